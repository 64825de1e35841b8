//! Admission: what is refused or filled in because of the rest of the cluster.

use super::meta;
use crate::api::resource::{NAMESPACES, NODES, PODS, PRIORITY_CLASSES, SERVICE_ACCOUNTS};
use crate::api::status::Status;
use crate::api::{ObjectExt, Resource, Value, defaults};
use crate::cluster::Cluster;
use serde_json::json;
use std::rc::Rc;

type Admitted = Result<(), Box<Status>>;

/// Namespaces that stay. upstream: plugin/pkg/admission/namespace/lifecycle/admission.go
pub(super) const IMMORTAL_NAMESPACES: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Before a new object is completed.
pub(super) fn create(cluster: &mut Cluster, resource: &'static Resource, object: &mut Value) -> Admitted {
    namespace_exists(cluster, resource, object)?;
    namespace_lives(cluster, resource, object)?;
    if resource == &NODES {
        taint_new_node(object);
    }
    if resource == &PODS {
        let account = service_account(cluster, object)?;
        priority(cluster, object)?;
        let suffix = meta::suffix(&mut cluster.random, 5);
        defaults::admit_pod(object, &account, &suffix);
    }
    Ok(())
}

/// Before a changed object is completed.
pub(super) fn update(cluster: &mut Cluster, resource: &'static Resource, new: &mut Value, old: &Value) -> Admitted {
    if resource == &PODS {
        defaults::admit_pod_update(new, old);
    }
    namespace_exists(cluster, resource, new)
}

/// upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go Admit
fn namespace_exists(cluster: &Cluster, resource: &'static Resource, object: &Value) -> Admitted {
    if resource.namespaced && cluster.store.find(&NAMESPACES, "", object.namespace()).is_none() {
        return Err(Status::not_found(&NAMESPACES, object.namespace()));
    }
    Ok(())
}

fn namespace_lives(cluster: &Cluster, resource: &'static Resource, object: &Value) -> Admitted {
    let namespace = object.namespace();
    let terminating =
        cluster.store.find(&NAMESPACES, "", namespace).is_some_and(|n| n.str_at("status.phase") == "Terminating");
    if !resource.namespaced || !terminating {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let mut status = Status::forbidden(resource, object.name(), &why);
    status.details["causes"] = json!([{"reason": "NamespaceTerminating", "field": "metadata.namespace",
        "message": format!("namespace {namespace} is being terminated")}]);
    Err(status)
}

/// A new node takes no Pods before it is known to be ready.
/// upstream: plugin/pkg/admission/nodetaint/admission.go
fn taint_new_node(node: &mut Value) {
    let not_ready = json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"});
    let mut taints = node.list_at("spec.taints").to_vec();
    if !taints.iter().any(|t| t["key"] == not_ready["key"] && t["effect"] == not_ready["effect"]) {
        taints.push(not_ready);
        node.set("spec.taints", taints);
    }
}

/// upstream: plugin/pkg/admission/serviceaccount/admission.go
fn service_account(cluster: &Cluster, pod: &Value) -> Result<Rc<Value>, Box<Status>> {
    let namespace = pod.namespace();
    let name = Some(pod.str_at("spec.serviceAccountName")).filter(|n| !n.is_empty()).unwrap_or("default");
    if let Some(account) = cluster.store.find(&SERVICE_ACCOUNTS, namespace, name) {
        return Ok(account.clone());
    }
    let why = format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
    Err(Status::forbidden(&PODS, pod.name(), &why))
}

/// upstream: plugin/pkg/admission/priority/admission.go
fn priority(cluster: &Cluster, pod: &mut Value) -> Admitted {
    let name = pod.str_at("spec.priorityClassName");
    if name.is_empty() {
        return Ok(());
    }
    let built_in = match name {
        "system-node-critical" => Some(2_000_001_000),
        "system-cluster-critical" => Some(2_000_000_000),
        _ => None,
    };
    let class = cluster.store.find(&PRIORITY_CLASSES, "", name);
    let Some(value) = class.and_then(|c| c.int_at("value")).or(built_in) else {
        let why = format!("no PriorityClass with name {name} was found");
        return Err(Status::forbidden(&PODS, pod.name(), &why));
    };
    let policy = class.map_or("", |c| c.str_at("preemptionPolicy"));
    let policy = if policy.is_empty() { "PreemptLowerPriority" } else { policy }.to_owned();
    pod.set("spec.priority", value);
    pod.set("spec.preemptionPolicy", policy);
    Ok(())
}
