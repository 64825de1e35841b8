//! What admission fills into new Pods.

use crate::api::quantity::Quantity;
use crate::api::{ObjectExt, Value, from_text};
use serde_json::{Map, json};

/// Where the account's token is mounted.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_VOLUME: &str = "kube-api-access-";

/// Fills in the service account, its token's volume, and tolerations and priority where the Pod has none. `account` is
/// its ServiceAccount, which the caller has looked up; `suffix`, five random characters, ends the volume's name.
// upstream: plugin/pkg/admission/{serviceaccount,priority,defaulttolerationseconds}/admission.go
pub fn admit_pod(pod: &mut Value, account: &Value, suffix: &str) {
    if !pod.at("spec").is_object() {
        return;
    }
    if pod.at("metadata.annotations").get("kubernetes.io/config.mirror").is_none() {
        if pod.str_at("spec.serviceAccountName").is_empty() {
            pod.set("spec.serviceAccountName", "default");
        }
        let name = pod.str_at("spec.serviceAccountName").to_owned();
        pod.set("spec.serviceAccount", name);
        let automount =
            [pod.at("spec"), account].into_iter().find_map(|o| o.at("automountServiceAccountToken").as_bool());
        if automount.unwrap_or(true) {
            mount_token(pod, suffix);
        }
        let secrets = account.list_at("imagePullSecrets");
        if pod.list_at("spec.imagePullSecrets").is_empty() && !secrets.is_empty() {
            pod.set("spec.imagePullSecrets", secrets.to_vec());
        }
    }
    for (field, value) in [("priority", json!(0)), ("preemptionPolicy", json!("PreemptLowerPriority"))] {
        if let Some(Value::Object(spec)) = pod.get_mut("spec") {
            spec.entry(field).or_insert(value);
        }
    }
    tolerate_lost_nodes(pod);
}

/// What admission fills into a changed Pod: its priority stays, and lost nodes are borne with.
// upstream: plugin/pkg/admission/{priority,defaulttolerationseconds}/admission.go
pub fn admit_pod_update(pod: &mut Value, old: &Value) {
    let Some(Value::Object(spec)) = pod.get_mut("spec") else { return };
    for field in ["priority", "preemptionPolicy"] {
        let was = old.at("spec").at(field);
        if !was.is_null() {
            spec.entry(field).or_insert_with(|| was.clone());
        }
    }
    tolerate_lost_nodes(pod);
}

fn tolerate_lost_nodes(pod: &mut Value) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        tolerate(pod, key);
    }
}

/// Nodes that are lost are borne with for five minutes.
fn tolerate(pod: &mut Value, key: &str) {
    let tolerates = |t: &Value| ["", key].contains(&t.str_at("key")) && ["", "NoExecute"].contains(&t.str_at("effect"));
    if !pod.list_at("spec.tolerations").iter().any(tolerates) {
        let toleration = json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
        push(pod, "tolerations", toleration);
    }
}

fn push(pod: &mut Value, list: &str, item: Value) {
    let Some(Value::Object(spec)) = pod.get_mut("spec") else { return };
    append(spec, list, item);
}

fn append(map: &mut Map<String, Value>, list: &str, item: Value) {
    match map.get_mut(list) {
        Some(Value::Array(items)) => items.push(item),
        _ => drop(map.insert(list.into(), json!([item]))),
    }
}

fn mount_token(pod: &mut Value, suffix: &str) {
    let existing = pod.list_at("spec.volumes").iter().map(|v| v.str_at("name")).find(|n| n.starts_with(TOKEN_VOLUME));
    let existing = existing.map(str::to_owned);
    let has_volume = existing.is_some();
    let volume = existing.unwrap_or_else(|| [TOKEN_VOLUME, suffix].concat());
    let mut mounted = false;
    for list in ["initContainers", "containers"] {
        let Some(Value::Array(containers)) = pod.get_mut("spec").and_then(|s| s.get_mut(list)) else { continue };
        for container in containers {
            if container.list_at("volumeMounts").iter().any(|m| m.str_at("mountPath") == TOKEN_PATH) {
                continue;
            }
            let Value::Object(container) = container else { continue };
            append(container, "volumeMounts", json!({"name": volume, "readOnly": true, "mountPath": TOKEN_PATH}));
            mounted = true;
        }
    }
    if mounted && !has_volume {
        push(pod, "volumes", from_text(TOKEN, &[("$volume", &volume)]));
    }
}

/// Gives the token's volume of a Pod that was admitted with an empty suffix its whole name.
pub fn name_token(pod: &mut Value, suffix: &str) {
    let named = |item: &mut Value| {
        if let Some(Value::String(name)) = item.get_mut("name").filter(|n| *n == TOKEN_VOLUME) {
            name.push_str(suffix);
        }
    };
    let Some(spec) = pod.get_mut("spec") else { return };
    list(spec, "volumes").for_each(named);
    for of in ["initContainers", "containers"] {
        list(spec, of).for_each(|container| list(container, "volumeMounts").for_each(named));
    }
}

fn list<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

/// The volume of a token. Its mode is 0644.
const TOKEN: &str = r#"{"name": "$volume", "projected": {"defaultMode": 420, "sources": [
    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
    {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
    {"downwardAPI": {"items": [
        {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}}]}}"#;

/// How a Pod is treated when its node runs out: `Guaranteed`, `Burstable` or `BestEffort`.
// upstream: pkg/apis/core/v1/helper/qos/qos.go ComputePodQOS
pub fn qos_class(pod: &Value) -> &'static str {
    let (mut any, mut guaranteed) = (false, true);
    let containers = pod.list_at("spec.containers").iter().chain(pod.list_at("spec.initContainers"));
    for container in containers {
        for name in ["cpu", "memory"] {
            let amount = |list: &str| Quantity::of(container.at(list).at(name)).filter(|q| q.nanos > 0);
            let (request, limit) = (amount("resources.requests"), amount("resources.limits"));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && (request.is_none() || request == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
