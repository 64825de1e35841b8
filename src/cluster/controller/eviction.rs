//! Pods that do not tolerate their node's NoExecute taints, or only for a while.
//! upstream: pkg/controller/tainteviction/taint_eviction.go

use super::{Kind, Work, source};
use crate::api::resource::{NODES, PODS};
use crate::api::{ObjectExt, Value};
use crate::cluster::apiserver::meta;
use crate::cluster::index::NamespacedName;
use crate::cluster::recorder::EventType;
use crate::cluster::scheduler::filter::tolerates;
use crate::cluster::{Change, Cluster, Key};
use crate::collections::BTreeMap;
use crate::sim::{Duration, Time};
use serde_json::json;

/// Planned evictions: since when, and when.
pub(super) type Planned = BTreeMap<NamespacedName, (Time, Time)>;

fn no_execute(node: &Value) -> Vec<&Value> {
    node.list_at("spec.taints").iter().filter(|t| t.str_at("effect") == "NoExecute").collect()
}

/// A node's taints changed: what does that mean for its Pods?
// upstream: handleNodeUpdate
pub(super) fn on_node(cluster: &mut Cluster, change: &Change) {
    let taints = |v: &Option<std::rc::Rc<Value>>| -> Vec<Value> {
        v.as_ref().map(|n| no_execute(n).into_iter().cloned().collect()).unwrap_or_default()
    };
    let new = taints(&change.new);
    if new == taints(&change.old) {
        return;
    }
    let pods: Vec<NamespacedName> = cluster.index.on_node(&change.key.name).map(|p| p.key.clone()).collect();
    for key in pods {
        judge(cluster, &key, &new);
    }
}

/// A Pod came to a node, tolerates something else, or is gone.
// upstream: handlePodUpdate
pub(super) fn on_pod(cluster: &mut Cluster, change: &Change) {
    let key = (change.key.namespace.clone(), change.key.name.clone());
    let Some(pod) = &change.new else {
        cancel(cluster, &key);
        return;
    };
    let node = pod.str_at("spec.nodeName");
    let same = |field| change.old.as_ref().is_some_and(|o| o.at(field) == pod.at(field));
    if node.is_empty() || (same("spec.nodeName") && same("spec.tolerations")) {
        return;
    }
    let Some(node) = cluster.store.find(&NODES, "", node).cloned() else { return };
    let taints: Vec<Value> = no_execute(&node).into_iter().cloned().collect();
    if !taints.is_empty() {
        judge(cluster, &key, &taints);
    }
}

/// Plans, keeps or cancels the eviction of a Pod whose node has these taints.
// upstream: processPodOnNode, getMinTolerationTime
#[inline(never)] // kept apart: loaded with the rest of the engine
fn judge(cluster: &mut Cluster, key: &NamespacedName, taints: &[Value]) {
    let Some(pod) = cluster.store.find(&PODS, &key.0, &key.1) else { return };
    let tolerations = pod.list_at("spec.tolerations");
    let used: Vec<Option<&Value>> =
        taints.iter().map(|taint| tolerations.iter().find(|t| tolerates(t, taint))).collect();
    let seconds = used.iter().flatten().filter_map(|t| t.int_at("tolerationSeconds")).min();
    let wait = match seconds {
        _ if used.contains(&None) => Duration(0),
        Some(seconds) => Duration::secs(u64::try_from(seconds).unwrap_or(0)),
        // Tolerated for ever, or no taint left.
        None => return cancel(cluster, key),
    };
    let now = cluster.now;
    let mut since = now;
    if let Some((began, _)) = cluster.controllers.evictions.get(key) {
        since = *began;
        if used.contains(&None) {
            since = now;
        } else if since + wait < now + wait {
            return;
        }
        cancel(cluster, key);
    }
    let at = if wait.0 == 0 { now } else { since + wait };
    cluster.controllers.evictions.insert(key.clone(), (since, at));
    let work = Work { kind: Kind::Eviction, namespace: key.0.clone(), name: key.1.clone() };
    cluster.enqueue_after(work, at.since(now));
}

fn cancel(cluster: &mut Cluster, key: &NamespacedName) {
    if cluster.controllers.evictions.remove(key).is_some() {
        tell(cluster, key, "Cancelling deletion of Pod");
    }
}

/// The event knows the Pod by its name only.
fn tell(cluster: &mut Cluster, (namespace, name): &NamespacedName, what: &str) {
    let pod = json!({"metadata": {"namespace": &**namespace, "name": &**name}});
    let text = format!("{what} {namespace}/{name}");
    let event = (EventType::Normal, "TaintManagerEviction");
    cluster.record(source("taint-eviction-controller"), (&PODS, &pod), "", event, &text);
}

/// A Pod's time on its node is over, if that still holds.
// upstream: deletePodHandler, addConditionAndDeletePod
#[inline(never)] // kept apart: loaded with the rest of the engine
pub(super) fn sync(cluster: &mut Cluster, key: NamespacedName) {
    let due = |(_, at): &(Time, Time)| *at <= cluster.now;
    if !cluster.controllers.evictions.get(&key).is_some_and(due) {
        return;
    }
    cluster.controllers.evictions.remove(&key);
    tell(cluster, &key, "Marking for deletion Pod");
    let Some(mut pod) = cluster.store.find(&PODS, &key.0, &key.1).map(|p| p.as_ref().clone()) else { return };
    let condition = json!({"type": "DisruptionTarget", "status": "True", "lastProbeTime": null,
        "lastTransitionTime": cluster.now.rfc3339(), "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint",
        "observedGeneration": pod.int_at("metadata.generation").unwrap_or(1)});
    meta::set_condition(&mut pod, condition);
    cluster.store.put(&PODS, pod);
    let _ = cluster.delete(&Key { resource: &PODS, namespace: key.0, name: key.1 }, &Value::Null);
}
