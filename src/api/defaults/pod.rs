//! Defaults of Pods and templates of Pods.
// upstream: pkg/apis/core/v1/defaults.go SetDefaults_PodSpec, SetDefaults_Container, SetDefaults_Probe …

use super::{each, fill, missing, reach};
use crate::api::quantity::{self, Quantity};
use crate::api::{ObjectExt, Value};
use serde_json::json;

/// The Pod's or template's spec at `path`.
pub(super) fn spec(object: &mut Value, path: &str) {
    if !object.at(path).is_object() {
        object.set(path, json!({}));
    }
    let Some(spec) = reach(object, path) else { return };
    fill(spec, "dnsPolicy", "ClusterFirst");
    fill(spec, "restartPolicy", "Always");
    missing(spec, "securityContext", json!({}));
    missing(spec, "terminationGracePeriodSeconds", 30);
    fill(spec, "schedulerName", "default-scheduler");
    each(spec, "volumes", volume);
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list, container);
    }
    service_account(spec);
    if let Some(overhead) = spec.get_mut("overhead") {
        quantity::canonicalize(overhead);
    }
    resources(spec);
}

/// The old name of the field and the new one hold the same.
// upstream: pkg/apis/core/v1/conversion.go Convert_v1_PodSpec_To_core_PodSpec, Convert_core_PodSpec_To_v1_PodSpec
fn service_account(spec: &mut Value) {
    let old = spec.str_at("serviceAccount").to_owned();
    fill(spec, "serviceAccountName", old);
    match spec.str_at("serviceAccountName").to_owned() {
        name if name.is_empty() => {
            spec.unset("serviceAccountName");
            spec.unset("serviceAccount");
        }
        name => spec.set("serviceAccount", name),
    }
}

/// What only Pods get, not templates.
// upstream: SetDefaults_Pod
pub(super) fn pod(object: &mut Value) {
    let host = object.bool_at("spec.hostNetwork");
    for list in ["spec.containers", "spec.initContainers"] {
        each(object, list, |container| {
            let limits = container.at("resources.limits").clone();
            if let Value::Object(limits) = limits {
                if !container.at("resources.requests").is_object() && !limits.is_empty() {
                    container.set("resources.requests", json!({}));
                }
                if let Some(Value::Object(requests)) = reach(container, "resources.requests") {
                    for (name, amount) in limits {
                        requests.entry(name).or_insert(amount);
                    }
                }
            }
            if host {
                each(container, "ports", |port| {
                    let own = port.int_at("containerPort").unwrap_or(0);
                    fill(port, "hostPort", own);
                });
            }
        });
    }
    missing(object, "spec.enableServiceLinks", true);
    // Strictly, the Pod's strategy does this before it validates.
    if object.int_at("spec.terminationGracePeriodSeconds").is_some_and(|s| s < 0) {
        object.set("spec.terminationGracePeriodSeconds", 1);
    }
}

fn container(container: &mut Value) {
    let policy = if pulls_latest(container.str_at("image")) { "Always" } else { "IfNotPresent" };
    fill(container, "imagePullPolicy", policy);
    fill(container, "terminationMessagePath", "/dev/termination-log");
    fill(container, "terminationMessagePolicy", "File");
    each(container, "ports", |port| fill(port, "protocol", "TCP"));
    each(container, "env", |variable| {
        if variable.at("valueFrom.fieldRef").is_object() {
            fill(variable, "valueFrom.fieldRef.apiVersion", "v1");
        }
    });
    missing(container, "resources", json!({}));
    resources(container);
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(p) = container.get_mut(name).filter(|p| p.is_object()) {
            probe(p);
        }
    }
    for path in ["lifecycle.postStart", "lifecycle.preStop"] {
        if let Some(handler) = reach(container, path) {
            http_get(handler);
        }
    }
}

fn resources(holder: &mut Value) {
    for list in ["resources.limits", "resources.requests"] {
        if let Some(list) = reach(holder, list) {
            quantity::canonicalize(list);
        }
    }
}

fn probe(probe: &mut Value) {
    fill(probe, "timeoutSeconds", 1);
    fill(probe, "periodSeconds", 10);
    fill(probe, "successThreshold", 1);
    fill(probe, "failureThreshold", 3);
    http_get(probe);
    if probe.at("grpc").is_object() {
        missing(probe, "grpc.service", "");
    }
}

fn http_get(handler: &mut Value) {
    if handler.at("httpGet").is_object() {
        fill(handler, "httpGet.path", "/");
        fill(handler, "httpGet.scheme", "HTTP");
    }
}

/// Fields of a volume that are no source.
const NO_SOURCE: &[&str] = &["name"];

fn volume(volume: &mut Value) {
    let Value::Object(map) = &*volume else { return };
    if !map.iter().any(|(key, value)| !NO_SOURCE.contains(&key.as_str()) && !value.is_null()) {
        volume.set("emptyDir", json!({}));
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if volume.at(source).is_object() {
            missing(volume, &[source, ".defaultMode"].concat(), 0o644);
        }
    }
    if volume.at("hostPath").is_object() {
        missing(volume, "hostPath.type", "");
    }
    if let Some(limit) = Quantity::of(volume.at("emptyDir.sizeLimit")) {
        volume.set("emptyDir.sizeLimit", limit.to_string());
    }
    if volume.at("image").is_object() {
        let policy = if pulls_latest(volume.str_at("image.reference")) { "Always" } else { "IfNotPresent" };
        fill(volume, "image.pullPolicy", policy);
    }
    if volume.at("ephemeral.volumeClaimTemplate").is_object() {
        missing(volume, "ephemeral.volumeClaimTemplate.spec.volumeMode", "Filesystem");
    }
    let field_ref = |file: &mut Value| {
        if file.at("fieldRef").is_object() {
            fill(file, "fieldRef.apiVersion", "v1");
        }
    };
    each(volume, "downwardAPI.items", field_ref);
    each(volume, "projected.sources", |source| {
        each(source, "downwardAPI.items", field_ref);
        if source.at("serviceAccountToken").is_object() {
            missing(source, "serviceAccountToken.expirationSeconds", 3600);
        }
    });
}

/// Whether an image's tag is `latest`, or missing without a digest; a name that can't be read has none.
// upstream: pkg/util/parsers/parsers.go ParseImageName, github.com/distribution/reference
fn pulls_latest(image: &str) -> bool {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(r, d)| (r, Some(d)));
    if digest.is_some_and(|d| d.split_once(':').is_none_or(|(_, hex)| hex.len() < 32)) {
        return false;
    }
    let last = rest.rfind('/').map_or(0, |i| i + 1);
    let colon = rest.get(last..).and_then(|l| l.find(':')).map(|i| last + i);
    let (name, tag) = match colon {
        Some(i) => (rest.get(..i).unwrap_or(""), rest.get(i + 1..)),
        None => (rest, None),
    };
    let word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let good_tag = tag.is_none_or(|t| {
        t.len() <= 128 && t.bytes().next().is_some_and(word) && t.bytes().all(|c| word(c) || matches!(c, b'.' | b'-'))
    });
    if !good_tag || !repository(name) {
        return false;
    }
    tag.map_or(digest.is_none(), |t| t == "latest")
}

/// Whether a repository's name can be read: parts of lower case between single separators, perhaps behind a domain.
fn repository(name: &str) -> bool {
    let mut parts: Vec<&str> = name.split('/').collect();
    if let [first, _, ..] = parts.as_slice() {
        let domain =
            first.contains(['.', ':']) || *first == "localhost" || first.bytes().any(|c| c.is_ascii_uppercase());
        let host = first.split(':').next().unwrap_or("");
        if domain && !host.is_empty() && host.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-')) {
            parts.remove(0);
        }
    }
    let lower = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    parts.iter().all(|part| {
        let words = part.split(['.', '_', '-']).filter(|w| !w.is_empty());
        let edges = part.bytes().next().is_some_and(lower) && part.bytes().last().is_some_and(lower);
        edges && words.flat_map(str::bytes).all(lower) && !part.contains("..") && !part.contains("___")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_without_a_tag_are_always_pulled() {
        for image in ["nginx", "nginx:latest", "localhost:5000/a/b", "Example.com/api", "dalgudcks/http-go"] {
            assert!(pulls_latest(image), "{image}");
        }
        for image in ["", "nginx:1.27", " nginx", "Nginx", "a@sha256:0123456789abcdef0123456789abcdef", "a:", "a//b"] {
            assert!(!pulls_latest(image), "{image}");
        }
    }

    #[test]
    fn probes_and_resources_are_completed() {
        let mut p = json!({"spec": {"containers": [{"image": "nginx", "readinessProbe": {"httpGet": {"port": 80}},
            "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}}], "serviceAccount": "x", "volumes": [{"name": "a"}]}});
        spec(&mut p, "spec");
        pod(&mut p);
        assert_eq!(p.at("spec.containers.0.resources.requests"), &json!({"cpu": "500m", "memory": "1Gi"}));
        assert_eq!(p.str_at("spec.containers.0.readinessProbe.httpGet.scheme"), "HTTP");
        assert_eq!(p.str_at("spec.serviceAccountName"), "x");
        assert_eq!(p.at("spec.volumes.0"), &json!({"name": "a", "emptyDir": {}}));
    }
}
