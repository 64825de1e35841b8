//! What the API server accepts with a warning.

use super::field::Field;
use super::{endpoints, format, networking, service};
use crate::api::ip;
use crate::api::quantity::Quantity;
use crate::api::{ObjectExt, Resource, Value};

/// Warnings about an object that is created (`old` none) or changed, in order. They come only with success.
// upstream: pkg/registry/*/*/strategy.go WarningsOnCreate, WarningsOnUpdate
pub fn warnings(resource: &Resource, new: &Value, old: Option<&Value>) -> Vec<String> {
    let root = Field::root(new);
    let respecified = old.is_none_or(|old| old.at("metadata.generation") != new.at("metadata.generation"));
    let mut out = Vec::new();
    match resource.kind {
        "Service" => services(&mut out, new),
        "Pod" if old.is_none() => {
            dotted_name(&mut out, new, "the Pod's hostname");
            pod(&mut out, &root);
        }
        "ReplicaSet" | "Deployment" | "Job" | "CronJob" => {
            if old.is_none() {
                dotted_name(&mut out, new, "Pod names and hostnames");
            }
            let template = if resource.kind == "CronJob" { "spec.jobTemplate.spec.template" } else { "spec.template" };
            if respecified {
                pod(&mut out, &root.child(template));
            }
        }
        "DaemonSet" | "StatefulSet" if respecified => pod(&mut out, &root.child("spec.template")),
        "Endpoints" => {
            let managed = new.label("endpoints.kubernetes.io/managed-by") == Some("endpoint-controller");
            for address in endpoints::endpoint_ips(&root).iter().filter(|_| !managed) {
                out.extend(ip::ip_warning(&address.path, address.str()));
            }
        }
        "EndpointSlice" => {
            if old.is_none() && new.str_at("addressType") == "FQDN" {
                out.push("spec.addressType: FQDN endpoints are deprecated".into());
            }
            let manager = new.label("endpointslice.kubernetes.io/managed-by").unwrap_or("");
            let managed =
                manager == "endpointslice-controller.k8s.io" || manager.starts_with("endpointslicemirroring-");
            for address in endpoints::slice_ips(&root).iter().filter(|_| !managed) {
                out.extend(ip::ip_warning(&address.path, address.str()));
            }
        }
        "Ingress" if old.is_none() && networking::annotated_class(new) => {
            let key = networking::CLASS_ANNOTATION;
            out.push(format!("annotation {key:?} is deprecated, please use 'spec.ingressClassName' instead"));
        }
        _ => {}
    }
    out
}

/// The warning that every request for a deprecated kind gets, whatever it does.
// upstream: apiserver/pkg/endpoints/deprecation/deprecation.go, api/core/v1/lifecycle.go
pub fn deprecation(resource: &Resource) -> Option<&'static str> {
    match resource.plural {
        "endpoints" => Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
        "componentstatuses" => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
}

fn dotted_name(out: &mut Vec<String>, object: &Value, use_of_it: &str) {
    let messages = format::dns_label(object.name());
    if !messages.is_empty() {
        out.push(format!(
            "metadata.name: this is used in {use_of_it}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            messages.join(" ")
        ));
    }
}

// upstream: pkg/api/service/warnings.go GetWarningsForService
fn services(out: &mut Vec<String>, service: &Value) {
    let spec = Field::root(service).child("spec");
    let list = |name: &str| spec.child(name).items();
    if service.at("metadata.annotations").get(service::TOPOLOGY_HINTS).is_some() {
        out.push(format!(
            "annotation {} is deprecated, please use service.kubernetes.io/topology-mode instead",
            service::TOPOLOGY_HINTS
        ));
    }
    for address in list("clusterIPs").iter().filter(|a| a.str() != "None") {
        out.extend(ip::ip_warning(&address.path, address.str()));
    }
    let balancer = spec.child("loadBalancerIP");
    let external = list("externalIPs");
    let kind = spec.value.str_at("type");
    if is_headless(service) {
        if !balancer.str().is_empty() {
            out.push("spec.loadBalancerIP is ignored for headless services".into());
        }
        if !external.is_empty() {
            out.push("spec.externalIPs is ignored for headless services".into());
        }
        if spec.value.str_at("sessionAffinity") != "None" {
            out.push("spec.SessionAffinity is ignored for headless services".into());
        }
    }
    for address in &external {
        out.extend(ip::ip_warning(&address.path, address.str()));
    }
    if !external.is_empty() && !is_headless(service) && kind != "ExternalName" {
        out.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters".into());
    }
    if !balancer.str().is_empty() {
        out.extend(ip::ip_warning(&balancer.path, balancer.str()));
    }
    for range in list("loadBalancerSourceRanges") {
        out.extend(ip::cidr_warnings(&range.path, range.str()));
    }
    if kind == "ExternalName" && !external.is_empty() {
        out.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".into());
    }
    if kind != "ExternalName" && !spec.value.str_at("externalName").is_empty() {
        out.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".into());
    }
    if spec.value.str_at("trafficDistribution") == "PreferClose" {
        out.push("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".into());
    }
}

fn is_headless(service: &Value) -> bool {
    service.str_at("spec.type") == "ClusterIP" && service.str_at("spec.clusterIP") == "None"
}

const OLD_ANNOTATIONS: &[(&str, &str)] = &[
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
];

const OLD_VOLUMES: &[(&str, &str)] = &[
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// A Pod or a template of Pods (`root` holds `metadata` and `spec`).
// upstream: pkg/api/pod/warnings.go warningsForPodSpecAndMeta
fn pod(out: &mut Vec<String>, root: &Field) {
    let spec = root.child("spec");
    for constraint in spec.child("topologySpreadConstraints").items() {
        null_selector(out, &constraint.child("labelSelector"));
    }
    let annotations = root.child("metadata.annotations");
    for (key, message) in OLD_ANNOTATIONS {
        if annotations.has(key) {
            out.push([&annotations.key(key).path, ": ", message].concat());
        }
    }
    for volume in spec.child("volumes").items() {
        for (name, message) in OLD_VOLUMES {
            let field = if *name == "storageOS" { "storageos" } else { name };
            if volume.has(field) {
                out.push([&volume.path, ".", name, ": ", message].concat());
            }
        }
    }
    duplicates(out, &spec.child("hostAliases"), "ip");
    duplicates(out, &spec.child("imagePullSecrets"), "name");
    for name in spec.child("imagePullSecrets").items().iter().map(|s| s.child("name")) {
        if name.str().is_empty() {
            out.push([&name.path, ": invalid empty name \"\""].concat());
        }
    }
    let containers: Vec<Field> =
        ["initContainers", "containers"].iter().flat_map(|list| spec.child(list).items()).collect();
    for container in &containers {
        fractional_bytes(out, &container.child("resources"));
        hidden_variables(out, &container.child("env"));
    }
    ports(out, &containers);
    port_names(out, &containers);
    let grace = spec.child("terminationGracePeriodSeconds");
    if grace.int() < 0 {
        out.push([&grace.path, ": must be >= 0; negative values are invalid and will be treated as 1"].concat());
    }
    for affinity in ["podAffinity", "podAntiAffinity"].map(|a| spec.child("affinity").child(a)) {
        for term in affinity.child("requiredDuringSchedulingIgnoredDuringExecution").items() {
            null_selector(out, &term.child("labelSelector"));
        }
        for term in affinity.child("preferredDuringSchedulingIgnoredDuringExecution").items() {
            null_selector(out, &term.child("podAffinityTerm.labelSelector"));
        }
    }
    for server in spec.child("dnsConfig.nameservers").items() {
        out.extend(ip::ip_warning(&server.path, server.str()));
    }
    for address in spec.child("hostAliases").items().iter().map(|a| a.child("ip")) {
        out.extend(ip::ip_warning(&address.path, address.str()));
    }
}

fn null_selector(out: &mut Vec<String>, selector: &Field) {
    if !selector.given() {
        out.push([&selector.path, ": a null labelSelector results in matching no pod"].concat());
    }
}

fn duplicates(out: &mut Vec<String>, list: &Field, key: &str) {
    let mut seen: Vec<&str> = Vec::new();
    for item in list.items() {
        let field = item.child(key);
        if seen.contains(&field.str()) {
            out.push(format!("{}: duplicate {key} {:?}", field.path, field.str()));
        }
        seen.push(field.str());
    }
}

fn fractional_bytes(out: &mut Vec<String>, resources: &Field) {
    for name in ["memory", "ephemeral-storage"] {
        for list in ["limits", "requests"] {
            let amount = resources.child(list).key(name);
            if let Some(q) = Quantity::of(amount.value).filter(|q| q.milli() % 1000 != 0) {
                out.push(format!("{}: fractional byte value \"{q}\" is invalid, must be an integer", amount.path));
            }
        }
    }
}

fn hidden_variables(out: &mut Vec<String>, env: &Field) {
    let mut seen: Vec<&str> = Vec::new();
    for variable in env.items() {
        let name = variable.value.str_at("name");
        let reference = ["$(", name, ")"].concat();
        let value = variable.value.str_at("value");
        if !seen.contains(&name) {
            seen.push(name);
        } else if variable.has("valueFrom") || value == reference || !value.contains(&reference) {
            out.push(format!(
                "{}: hides previous definition of {name:?}, which may be dropped when using apply",
                variable.path
            ));
        }
    }
}

fn ports(out: &mut Vec<String>, containers: &[Field]) {
    let mut seen: Vec<Field> = Vec::new();
    for port in containers.iter().flat_map(|c| c.child("ports").items()) {
        let key = |f: &Field| (f.child("containerPort").int(), f.value.str_at("protocol").to_owned());
        let host = |f: &Field| (f.value.str_at("hostIP").to_owned(), f.child("hostPort").int());
        let (ip, number) = host(&port);
        for other in seen.iter().filter(|o| key(o) == key(&port)) {
            let (other_ip, other_number) = host(other);
            let what = if ip == other_ip && number == other_number {
                "duplicate"
            } else if number == 0 || other_number == 0 {
                "overlapping"
            } else if number == other_number && (ip.is_empty() != other_ip.is_empty()) {
                "dangerously ambiguous"
            } else {
                continue;
            };
            out.push(format!("{}: {what} port definition with {}", port.path, other.path));
        }
        seen.push(port);
    }
}

fn port_names(out: &mut Vec<String>, containers: &[Field]) {
    let mut seen: Vec<Field> = Vec::new();
    for port in containers.iter().flat_map(|c| c.child("ports").items()) {
        let name = port.value.str_at("name");
        if name.is_empty() {
            continue;
        }
        match seen.iter().find(|o| o.value.str_at("name") == name) {
            Some(other) => out.push(format!(
                "{}: duplicate port name {name:?} with {}, services and probes that select ports by name will use {}",
                port.path, other.path, other.path
            )),
            None => seen.push(port),
        }
    }
}
