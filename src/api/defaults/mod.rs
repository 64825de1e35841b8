//! What the API server fills into an object that leaves it out, whenever it reads one: versioned defaulting.
//!
//! A value that Go's types can't tell from an absent one (`0`, `""`, `false` without a pointer) counts as absent.

mod admission;
mod pod;
mod workload;

pub use admission::{admit_pod, admit_pod_update, name_token, qos_class};

use super::quantity;
use super::schema;
use super::validation;
use super::{ObjectExt, Resource, Value};
use serde_json::json;

/// Fills in the defaults of a kind, and the fields that Go's types always have. What is then validated is to be
/// stripped of what Go doesn't print by [`schema::encode`] before it is stored or answered.
// upstream: pkg/apis/*/v1/defaults.go, zz_generated.defaults.go
pub fn apply(resource: &Resource, object: &mut Value) {
    schema::complete(resource, object);
    match resource.kind {
        "Service" => service(object),
        "Pod" => pod_from_template(object),
        "PodTemplate" => pod::spec(object, "template.spec"),
        "ReplicationController" => workload::replication_controller(object),
        "ReplicaSet" => workload::replica_set(object),
        "Deployment" => workload::deployment(object),
        "DaemonSet" => workload::daemon_set(object),
        "StatefulSet" => workload::stateful_set(object),
        "Job" => workload::job(object),
        "CronJob" => workload::cron_job(object),
        "HorizontalPodAutoscaler" => workload::autoscaler(object),
        "Endpoints" => each(object, "subsets", |s| each(s, "ports", |p| fill(p, "protocol", "TCP"))),
        "EndpointSlice" => each(object, "ports", |p| {
            missing(p, "name", "");
            missing(p, "protocol", "TCP");
        }),
        "NetworkPolicy" => network_policy(object),
        "IngressClass" if object.at("spec.parameters").is_object() => {
            missing(object, "spec.parameters.scope", "Cluster")
        }
        "Namespace" => namespace(object),
        "Node" => node(object),
        "Secret" => secret(object),
        "PersistentVolume" => {
            fill(object, "status.phase", "Pending");
            fill(object, "spec.persistentVolumeReclaimPolicy", "Retain");
            missing(object, "spec.volumeMode", "Filesystem");
        }
        "PersistentVolumeClaim" => {
            fill(object, "status.phase", "Pending");
            missing(object, "spec.volumeMode", "Filesystem");
        }
        "PriorityClass" => missing(object, "preemptionPolicy", "PreemptLowerPriority"),
        "StorageClass" => {
            missing(object, "reclaimPolicy", "Delete");
            missing(object, "volumeBindingMode", "Immediate");
        }
        _ => {}
    }
}

/// Fills in the defaults of a Pod whose template has the fields that Go's types always have.
pub fn pod_from_template(object: &mut Value) {
    pod::spec(object, "spec");
    pod::pod(object);
}

/// Sets a field that is absent or empty.
fn fill(object: &mut Value, path: &str, value: impl Into<Value>) {
    let absent = match object.at(path) {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Number(n) => n.as_i64() == Some(0),
        _ => false,
    };
    if absent {
        object.set(path, value);
    }
}

/// Sets a field that is absent.
fn missing(object: &mut Value, path: &str, value: impl Into<Value>) {
    if object.at(path).is_null() {
        object.set(path, value);
    }
}

/// Does something to every item of a list.
fn each(object: &mut Value, path: &str, mut f: impl FnMut(&mut Value)) {
    if let Some(Value::Array(list)) = reach(object, path) {
        list.iter_mut().for_each(&mut f);
    }
}

/// The value at a dotted path of fields, to change it.
fn reach<'a>(object: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(object, |here, key| here.get_mut(key))
}

// upstream: pkg/apis/core/v1/defaults.go SetDefaults_Service
fn service(object: &mut Value) {
    fill(object, "spec.sessionAffinity", "None");
    match object.str_at("spec.sessionAffinity") {
        "None" => drop(object.unset("spec.sessionAffinityConfig")),
        "ClientIP" if object.at("spec.sessionAffinityConfig.clientIP.timeoutSeconds").is_null() => {
            object.set("spec.sessionAffinityConfig", json!({"clientIP": {"timeoutSeconds": 10800}}));
        }
        _ => {}
    }
    fill(object, "spec.type", "ClusterIP");
    each(object, "spec.ports", |port| {
        fill(port, "protocol", "TCP");
        let number = port.int_at("port").unwrap_or(0);
        fill(port, "targetPort", number);
    });
    if validation::externally_accessible(object) {
        fill(object, "spec.externalTrafficPolicy", "Cluster");
    }
    let kind = object.str_at("spec.type");
    let balanced = kind == "LoadBalancer";
    if matches!(kind, "NodePort" | "LoadBalancer" | "ClusterIP") {
        missing(object, "spec.internalTrafficPolicy", "Cluster");
    }
    if balanced {
        missing(object, "spec.allocateLoadBalancerNodePorts", true);
        each(object, "status.loadBalancer.ingress", |entry| {
            if !entry.str_at("ip").is_empty() {
                missing(entry, "ipMode", "VIP");
            }
        });
    }
}

// upstream: pkg/apis/networking/v1/defaults.go SetDefaults_NetworkPolicy
fn network_policy(object: &mut Value) {
    for rules in ["ingress", "egress"] {
        each(object, &["spec.", rules].concat(), |rule| each(rule, "ports", |port| missing(port, "protocol", "TCP")));
    }
    if object.list_at("spec.policyTypes").is_empty() {
        let egress = !object.list_at("spec.egress").is_empty();
        let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
        object.set("spec.policyTypes", types);
    }
}

/// A namespace is labelled by its name, so that it can be selected.
// upstream: pkg/apis/core/v1/defaults.go SetDefaults_Namespace
fn namespace(object: &mut Value) {
    let name = object.name().to_owned();
    if !name.is_empty() {
        if !object.at("metadata.labels").is_object() {
            object.set("metadata.labels", json!({}));
        }
        if let Some(Value::Object(labels)) = reach(object, "metadata.labels") {
            labels.insert("kubernetes.io/metadata.name".into(), name.into());
        }
    }
    fill(object, "status.phase", "Active");
}

fn node(object: &mut Value) {
    for list in ["status.capacity", "status.allocatable"] {
        if let Some(list) = reach(object, list) {
            quantity::canonicalize(list);
        }
    }
    let capacity = object.at("status.capacity").clone();
    if capacity.is_object() {
        missing(object, "status.allocatable", capacity);
    }
    // The singular is the first of the plural; where they differ, the singular counts.
    let cidr = object.str_at("spec.podCIDR").to_owned();
    if !cidr.is_empty() && object.str_at("spec.podCIDRs.0") != cidr {
        object.set("spec.podCIDRs", json!([cidr]));
    }
}

/// `stringData` is written into `data`, as base64.
// upstream: pkg/apis/core/v1/defaults.go SetDefaults_Secret, conversion.go Convert_v1_Secret_To_core_Secret
fn secret(object: &mut Value) {
    fill(object, "type", "Opaque");
    let Some(Value::Object(texts)) = object.unset("stringData") else { return };
    if !object.at("data").is_object() && !texts.is_empty() {
        object.set("data", json!({}));
    }
    if let Some(Value::Object(data)) = object.get_mut("data") {
        for (key, text) in texts {
            let text = text.as_str().unwrap_or("");
            data.insert(key, data_encoding::BASE64.encode(text.as_bytes()).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::resource::{NAMESPACES, SECRETS, SERVICES};

    #[test]
    fn services_get_their_defaults() {
        let mut s = json!({"spec": {"type": "LoadBalancer", "sessionAffinity": "ClientIP", "ports": [{"port": 80, "targetPort": 0}]}});
        apply(&SERVICES, &mut s);
        assert_eq!(s.int_at("spec.ports.0.targetPort"), Some(80));
        assert_eq!(s.int_at("spec.sessionAffinityConfig.clientIP.timeoutSeconds"), Some(10800));
        assert_eq!(s.str_at("spec.externalTrafficPolicy"), "Cluster");
        assert!(s.bool_at("spec.allocateLoadBalancerNodePorts"));
        let mut s = json!({"spec": {"type": "ExternalName", "sessionAffinityConfig": {}}});
        apply(&SERVICES, &mut s);
        assert_eq!(s.at("spec"), &json!({"type": "ExternalName", "sessionAffinity": "None"}));
    }

    #[test]
    fn secrets_and_namespaces_get_their_defaults() {
        let mut s = json!({"stringData": {"a": "b"}});
        apply(&SECRETS, &mut s);
        assert_eq!(s, json!({"metadata": {}, "type": "Opaque", "data": {"a": "Yg=="}}));
        let mut n = json!({"metadata": {"name": "x"}});
        apply(&NAMESPACES, &mut n);
        assert_eq!(n.label("kubernetes.io/metadata.name"), Some("x"));
    }
}
