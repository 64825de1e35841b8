//! DaemonSets: one Pod on every node that will have it.
//! upstream: pkg/controller/daemon/{daemon_controller,update}.go, pkg/controller/daemon/util/daemonset_util.go

use super::{pods, revision};
use crate::api::resource::{DAEMON_SETS, NODES};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::{PodInfo, annotation, label};
use crate::cluster::{Cluster, scheduler};
use crate::collections::{BTreeMap, sort_by_key};
use serde_json::json;
use std::rc::Rc;

const HASH: &str = "controller-revision-hash";
const GENERATION: &str = "pod-template-generation";
const COMPONENT: &str = "daemonset-controller";

/// Brings one DaemonSet's Pods and status up to date.
// upstream: pkg/controller/daemon/daemon_controller.go syncDaemonSet
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let Some(set) = cluster.store.find(&DAEMON_SETS, namespace, name).cloned() else { return };
    if set.at("metadata.deletionTimestamp").is_string() {
        return;
    }
    let hash = revision::current(cluster, &DAEMON_SETS, &set, HASH);
    let mut by_node: BTreeMap<Rc<str>, Vec<Rc<PodInfo>>> = BTreeMap::new();
    for pod in pods::claim(cluster, &DAEMON_SETS, &set) {
        by_node.entry(target(&pod)).or_default().push(pod);
    }
    let template = pod_template(&set, &hash);
    let nodes: Vec<(Rc<str>, bool)> = cluster
        .store
        .list(&NODES, "")
        .map(|node| (node.name().into(), scheduler::filter::admits_daemon(&template, node)))
        .collect();
    for (node, wanted) in &nodes {
        let here = by_node.remove(node).unwrap_or_default();
        manage(cluster, &set, &template, node, *wanted, here);
    }
    roll(cluster, &set, &hash);
    write_status(cluster, &set, &nodes, &hash);
}

/// The node a Pod is on or is meant for.
// upstream: pkg/controller/daemon/util/daemonset_util.go GetTargetNodeName
fn target(pod: &PodInfo) -> Rc<str> {
    if !pod.node.is_empty() {
        return pod.node.clone();
    }
    let terms = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0";
    pod.object.at(terms).str_at("matchFields.0.values.0").into()
}

/// Sees to one node: a Pod where one is wanted and none is, none where none is wanted, a new one for a failed one.
// upstream: pkg/controller/daemon/daemon_controller.go podsShouldBeOnNode
fn manage(cluster: &mut Cluster, set: &Value, template: &Value, node: &str, wanted: bool, here: Vec<Rc<PodInfo>>) {
    let owner = (&DAEMON_SETS, set);
    let mut alive: Vec<Rc<PodInfo>> = Vec::new();
    for pod in here {
        if pod.finished() {
            let _ = pods::delete(cluster, COMPONENT, owner, &pod.key);
        } else if !pod.deleting {
            alive.push(pod);
        } else if wanted {
            // Its successor waits until it is gone.
            return;
        }
    }
    if wanted && alive.is_empty() && !pods::namespace_ends(cluster, set.namespace()) {
        let mut pod = template.clone();
        pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = json!({
            "nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]});
        let _ = pods::create(cluster, COMPONENT, owner, pod);
        return;
    }
    sort_by_key(&mut alive, |p| p.created);
    for pod in alive.iter().skip(usize::from(wanted)) {
        let _ = pods::delete(cluster, COMPONENT, owner, &pod.key);
    }
}

/// The Pod of a DaemonSet, but for the node it is meant for.
// upstream: pkg/controller/daemon/util/daemonset_util.go CreatePodTemplate, AddOrUpdateDaemonPodTolerations
fn pod_template(set: &Value, hash: &str) -> Value {
    let mut pod = pods::from_template(&DAEMON_SETS, set, set.at("spec.template"));
    let generation = annotation(set, "deprecated.daemonset.template.generation");
    pod["metadata"]["labels"][HASH] = hash.into();
    pod["metadata"]["labels"][GENERATION] = if generation.is_empty() { "1" } else { generation }.into();
    let mut tolerations = pod.list_at("spec.tolerations").to_vec();
    let keys = [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
        ("network-unavailable", "NoSchedule"),
    ];
    let count = if pod.bool_at("spec.hostNetwork") { 7 } else { 6 };
    for (key, effect) in keys.into_iter().take(count) {
        let toleration = json!({"effect": effect, "key": format!("node.kubernetes.io/{key}"), "operator": "Exists"});
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
    pod["spec"]["tolerations"] = tolerations.into();
    pod
}

/// Deletes Pods of older templates, no more at a time than may be unavailable.
// upstream: pkg/controller/daemon/update.go rollingUpdate
fn roll(cluster: &mut Cluster, set: &Value, hash: &str) {
    if set.str_at("spec.updateStrategy.type") == "OnDelete" {
        return;
    }
    let mine: Vec<Rc<PodInfo>> = cluster.index.owned_by(set.uid()).cloned().collect();
    let most = set.int_at("spec.updateStrategy.rollingUpdate.maxUnavailable").unwrap_or(1).max(1) as usize;
    let unavailable = mine.iter().filter(|p| p.deleting || !p.ready).count();
    let old = |p: &PodInfo| !p.deleting && label(&p.labels, HASH) != Some(hash);
    let (sick, well): (Vec<_>, Vec<_>) = mine.iter().filter(|p| old(p)).partition(|p| !p.ready);
    let room = most.saturating_sub(unavailable);
    for pod in sick.into_iter().chain(well.into_iter().take(room)) {
        let _ = pods::delete(cluster, COMPONENT, (&DAEMON_SETS, set), &pod.key);
    }
}

// upstream: pkg/controller/daemon/daemon_controller.go updateDaemonSetStatus
fn write_status(cluster: &mut Cluster, set: &Value, nodes: &[(Rc<str>, bool)], hash: &str) {
    let minimum = set.int_at("spec.minReadySeconds").unwrap_or(0);
    let (mut desired, mut current, mut misplaced, mut ready, mut available, mut updated) = (0, 0, 0, 0, 0, 0);
    for (node, wanted) in nodes {
        let mut here = cluster.index.owned_by(set.uid()).filter(|p| target(p) == *node && !p.deleting);
        desired += i64::from(*wanted);
        let Some(pod) = here.next() else { continue };
        if !wanted {
            misplaced += 1;
            continue;
        }
        current += 1;
        ready += i64::from(pod.ready);
        available += i64::from(pod.available(minimum, cluster.now));
        updated += i64::from(label(&pod.labels, HASH) == Some(hash));
    }
    let mut status = json!({"currentNumberScheduled": current, "desiredNumberScheduled": desired,
        "numberMisscheduled": misplaced, "numberReady": ready,
        "observedGeneration": set.int_at("metadata.generation").unwrap_or(1)});
    let optional = [
        ("numberAvailable", available),
        ("numberUnavailable", desired - available),
        ("updatedNumberScheduled", updated),
    ];
    for (field, number) in optional.into_iter().filter(|(_, n)| *n > 0) {
        status[field] = number.into();
    }
    let object =
        json!({"metadata": {"name": set.name(), "namespace": set.namespace(), "uid": set.uid()}, "status": status});
    let _ = cluster.update_status(&DAEMON_SETS, object);
}
