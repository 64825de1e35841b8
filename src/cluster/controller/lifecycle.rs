//! Nodes that fall silent: marked, tainted, and welcomed back. Nothing is done here while all nodes report: a node is
//! watched from the moment at which its kubelet stops, on the beats that the real controller's monitor would have.
//! upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go

use super::{Kind, Work, source};
use crate::api::resource::{LEASES, NODES, PODS};
use crate::api::{ObjectExt, Value};
use crate::cluster::Cluster;
use crate::cluster::index::PodInfo;
use crate::cluster::recorder::EventType;
use crate::sim::{Duration, Time};
use serde_json::json;
use std::rc::Rc;

/// Between two looks at all nodes (`--node-monitor-period`).
const PERIOD: Duration = Duration::secs(5);
/// Silence that is borne with (`--node-monitor-grace-period`).
const GRACE: Duration = Duration::secs(50);
/// Between two passes that taint with NoExecute (`NodeEvictionPeriod`).
const PASS: Duration = Duration::millis(100);
/// Between two nodes whose Pods are evicted (`--node-eviction-rate` is 0.1 a second).
const EVICTION: Duration = Duration::secs(10);

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const NOT_READY: &str = "node.kubernetes.io/not-ready";

/// The first look at or after a moment.
fn look(at: Time) -> Time {
    Time(at.0.div_ceil(PERIOD.0) * PERIOD.0)
}

fn work(kind: Kind, node: &Rc<str>) -> Work {
    Work { kind, namespace: "".into(), name: node.clone() }
}

/// When a silent node's grace is over.
fn over(cluster: &Cluster, node: &str) -> Time {
    let lease = cluster.store.find(&LEASES, "kube-node-lease", node);
    let renewed = lease.and_then(|l| Time::parse(l.str_at("spec.renewTime"))).unwrap_or(cluster.now);
    look(renewed) + GRACE
}

/// Looks after a node whose kubelet has just stopped, or has just come back.
pub(crate) fn watch(cluster: &mut Cluster, node: &Rc<str>) {
    let next = if cluster.runs(node) { look(cluster.now) } else { over(cluster, node) };
    let after = next.since(cluster.now);
    cluster.enqueue_after(work(Kind::Lifecycle, node), after);
}

/// The monitor's look at one node.
// upstream: monitorNodeHealth, processTaintBaseEviction
#[inline(never)] // kept apart: loaded with the rest of the engine
pub(super) fn sync(cluster: &mut Cluster, name: &Rc<str>) {
    let Some(node) = cluster.store.find(&NODES, "", name).cloned() else { return };
    if cluster.runs(name) {
        set_taints(cluster, &node, &[], &|t| !lost(t));
        return;
    }
    if cluster.now < over(cluster, name) {
        watch(cluster, name);
        return;
    }
    if status_of(&node, "Ready") == "Unknown" {
        return;
    }
    let mut new = node.as_ref().clone();
    let now = cluster.now.rfc3339();
    let conditions = new.get_mut("status").and_then(|s| s.get_mut("conditions")).and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        condition["status"] = "Unknown".into();
        condition["reason"] = "NodeStatusUnknown".into();
        condition["message"] = "Kubelet stopped posting node status.".into();
        condition["lastTransitionTime"] = now.clone().into();
    }
    cluster.store.put(&NODES, new);
    let text = format!("Node {name} status is now: NodeNotReady");
    cluster.record(source("node-controller"), (&NODES, &node), "", (EventType::Normal, "NodeNotReady"), &text);
    mark_pods_not_ready(cluster, name, &now);
    let soon = cluster.now + PASS;
    let at = cluster.controllers.next_eviction.max(soon);
    cluster.controllers.next_eviction = at + EVICTION;
    let after = at.since(cluster.now);
    cluster.enqueue_after(work(Kind::NoExecute, name), after);
}

/// Pods of a lost node are not ready, whatever their containers last said.
// upstream: pkg/controller/util/node/controller_utils.go MarkPodsNotReady
fn mark_pods_not_ready(cluster: &mut Cluster, node: &str, now: &str) {
    let ready: Vec<Rc<PodInfo>> = cluster.index.on_node(node).filter(|p| p.ready).cloned().collect();
    for info in ready {
        let Some(mut pod) = cluster.store.find(&PODS, &info.key.0, &info.key.1).map(|p| p.as_ref().clone()) else {
            continue;
        };
        let conditions = pod.get_mut("status").and_then(|s| s.get_mut("conditions")).and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten().filter(|c| c.str_at("type") == "Ready") {
            condition["status"] = "False".into();
            condition["lastTransitionTime"] = now.into();
        }
        let pod = cluster.store.put(&PODS, pod);
        let event = (EventType::Warning, "NodeNotReady");
        cluster.record(source("node-controller"), (&PODS, &pod), "", event, "Node is not ready");
    }
}

/// The pass that taints a lost node, so that its Pods are evicted.
// upstream: doNoExecuteTaintingPass
pub(super) fn taint(cluster: &mut Cluster, name: &Rc<str>) {
    let Some(node) = cluster.store.find(&NODES, "", name).cloned() else { return };
    if status_of(&node, "Ready") == "Unknown" {
        set_taints(cluster, &node, &[(UNREACHABLE, "NoExecute")], &|t| !lost(t));
    }
}

/// Whether it is one of the taints that evict the Pods of a lost node.
fn lost(taint: &Value) -> bool {
    taint.str_at("effect") == "NoExecute" && [UNREACHABLE, NOT_READY].contains(&taint.str_at("key"))
}

/// Brings the taints that keep new Pods away in line with what the node says of itself.
// upstream: doNoScheduleTaintingPass
pub(super) fn no_schedule(cluster: &mut Cluster, node: &Value) {
    let mut wanted = Vec::new();
    match status_of(node, "Ready") {
        "False" => wanted.push((NOT_READY, "NoSchedule")),
        "Unknown" => wanted.push((UNREACHABLE, "NoSchedule")),
        _ => {}
    }
    if node.bool_at("spec.unschedulable") {
        wanted.push(("node.kubernetes.io/unschedulable", "NoSchedule"));
    }
    const OWN: [&str; 3] = [UNREACHABLE, NOT_READY, "node.kubernetes.io/unschedulable"];
    set_taints(cluster, node, &wanted, &|t| t.str_at("effect") != "NoSchedule" || !OWN.contains(&t.str_at("key")));
}

/// The status of a node's condition.
pub(super) fn status_of<'a>(node: &'a Value, kind: &str) -> &'a str {
    node.list_at("status.conditions").iter().find(|c| c.str_at("type") == kind).map_or("", |c| c.str_at("status"))
}

/// Keeps the taints that are wanted or that are not the caller's (`others`), adds those that are missing.
fn set_taints(cluster: &mut Cluster, node: &Value, wanted: &[(&str, &str)], others: &dyn Fn(&Value) -> bool) {
    let is = |t: &Value, (key, effect): &(&str, &str)| t.str_at("key") == *key && t.str_at("effect") == *effect;
    let old = node.list_at("spec.taints");
    let mut taints: Vec<Value> = old.iter().filter(|t| others(t) || wanted.iter().any(|w| is(t, w))).cloned().collect();
    for want in wanted.iter().filter(|w| !old.iter().any(|t| is(t, w))) {
        taints.push(json!({"effect": want.1, "key": want.0, "timeAdded": cluster.now.rfc3339()}));
    }
    if taints == old {
        return;
    }
    let mut new = node.clone();
    if taints.is_empty() {
        new.unset("spec.taints");
    } else {
        new.set("spec.taints", taints);
    }
    let _ = cluster.update(&NODES, new);
}
