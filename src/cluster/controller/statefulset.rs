//! StatefulSets: Pods with names that stay, one after the other.
//! upstream: pkg/controller/statefulset/{stateful_set_control,stateful_set_utils,stateful_pod_control}.go

use super::{pods, revision, source};
use crate::api::resource::{PODS, STATEFUL_SETS};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::{NamespacedName, PodInfo, label};
use crate::cluster::recorder::EventType;
use crate::cluster::{Cluster, Key};
use crate::collections::BTreeMap;
use serde_json::json;
use std::rc::Rc;

const HASH: &str = "controller-revision-hash";

/// Brings one StatefulSet's Pods and status up to date.
// upstream: pkg/controller/statefulset/stateful_set_control.go updateStatefulSet
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let Some(set) = cluster.store.find(&STATEFUL_SETS, namespace, name).cloned() else { return };
    let hash = revision::current(cluster, &STATEFUL_SETS, &set, "controller.kubernetes.io/hash");
    let update = format!("{name}-{hash}");
    let first = set.int_at("spec.ordinals.start").unwrap_or(0);
    let mut members: BTreeMap<i64, Rc<PodInfo>> = BTreeMap::new();
    for pod in pods::claim(cluster, &STATEFUL_SETS, &set) {
        let ordinal = pod.key.1.strip_prefix(&**name).and_then(|r| r.strip_prefix('-')).and_then(|n| n.parse().ok());
        if let Some(ordinal) = ordinal {
            members.insert(ordinal, pod);
        }
    }
    if !set.at("metadata.deletionTimestamp").is_string() {
        step(cluster, &set, &members, first, &update);
    }
    write_status(cluster, &set, &update);
}

/// Takes the next step: at most one in order, or all at once if `Parallel`.
fn step(cluster: &mut Cluster, set: &Value, members: &BTreeMap<i64, Rc<PodInfo>>, first: i64, update: &str) {
    let want = set.int_at("spec.replicas").unwrap_or(1);
    let ordered = set.str_at("spec.podManagementPolicy") != "Parallel";
    for ordinal in first..first + want {
        match members.get(&ordinal) {
            None => {
                if pods::namespace_ends(cluster, set.namespace()) {
                    return;
                }
                create(cluster, set, ordinal, update);
                if ordered {
                    return;
                }
            }
            Some(pod) if pod.finished() && !pod.deleting => {
                delete(cluster, set, &pod.key);
                if ordered {
                    return;
                }
            }
            Some(pod) if ordered && (pod.deleting || !pod.ready) => return,
            Some(_) => {}
        }
    }
    for (_, pod) in members.range(first + want..).rev() {
        if pod.deleting && ordered {
            return;
        }
        if !pod.deleting {
            delete(cluster, set, &pod.key);
            if ordered {
                return;
            }
        }
    }
    if set.str_at("spec.updateStrategy.type") == "OnDelete" {
        return;
    }
    let partition = set.int_at("spec.updateStrategy.rollingUpdate.partition").unwrap_or(0);
    for (_, pod) in members.range(first.max(partition)..first + want).rev() {
        if label(&pod.labels, HASH) != Some(update) && !pod.deleting {
            delete(cluster, set, &pod.key);
            return;
        }
        if !pod.ready || pod.deleting {
            return;
        }
    }
}

// upstream: pkg/controller/statefulset/stateful_set_utils.go newVersionedStatefulSetPod
fn create(cluster: &mut Cluster, set: &Value, ordinal: i64, update: &str) {
    let name = format!("{}-{ordinal}", set.name());
    let mut pod = pods::from_template(&STATEFUL_SETS, set, set.at("spec.template"));
    pod["metadata"]["name"] = name.as_str().into();
    pod["metadata"]["generateName"] = format!("{}-", set.name()).into();
    let labels = &mut pod["metadata"]["labels"];
    labels["apps.kubernetes.io/pod-index"] = ordinal.to_string().into();
    labels[HASH] = update.into();
    labels["statefulset.kubernetes.io/pod-name"] = name.as_str().into();
    pod["spec"]["hostname"] = name.as_str().into();
    if !set.str_at("spec.serviceName").is_empty() {
        pod["spec"]["subdomain"] = set.at("spec.serviceName").clone();
    }
    pods::admit(cluster, &mut pod);
    let made = cluster.create(&PODS, pod);
    say(cluster, set, "Create", &name, made.err().map(|s| s.message));
}

fn delete(cluster: &mut Cluster, set: &Value, key: &NamespacedName) {
    let gone = cluster.delete(&Key { resource: &PODS, namespace: key.0.clone(), name: key.1.clone() }, &Value::Null);
    say(cluster, set, "Delete", &key.1, gone.err().map(|s| s.message));
}

// upstream: pkg/controller/statefulset/stateful_pod_control.go recordPodEvent
fn say(cluster: &mut Cluster, set: &Value, verb: &str, pod: &str, failure: Option<String>) {
    let set_name = set.name();
    let (kind, reason, text) = match failure {
        None => (
            EventType::Normal,
            format!("Successful{verb}"),
            format!("{verb} Pod {pod} in StatefulSet {set_name} successful"),
        ),
        Some(error) => (
            EventType::Warning,
            format!("Failed{verb}"),
            format!("{verb} Pod {pod} in StatefulSet {set_name} failed error: {error}"),
        ),
    };
    cluster.record(source("statefulset-controller"), (&STATEFUL_SETS, set), "", (kind, &reason), &text);
}

// upstream: pkg/controller/statefulset/stateful_set_control.go updateStatefulSet (status)
fn write_status(cluster: &mut Cluster, set: &Value, update: &str) {
    let minimum = set.int_at("spec.minReadySeconds").unwrap_or(0);
    let mine: Vec<&Rc<PodInfo>> = cluster.index.owned_by(set.uid()).filter(|p| !p.finished() && !p.deleting).collect();
    let count = |f: &dyn Fn(&PodInfo) -> bool| mine.iter().filter(|p| f(p)).count() as i64;
    let updated = count(&|p| label(&p.labels, HASH) == Some(update));
    let want = set.int_at("spec.replicas").unwrap_or(1);
    let ready = count(&|p| p.ready);
    let old = set.str_at("status.currentRevision");
    // A rollout is over once all are of the new revision and ready.
    let current = if old.is_empty() || (updated == want && ready == want) { update } else { old };
    let now = cluster.now;
    let mut status = json!({"replicas": mine.len(), "availableReplicas": count(&|p| p.available(minimum, now)),
        "collisionCount": set.int_at("status.collisionCount").unwrap_or(0), "currentRevision": current,
        "updateRevision": update, "observedGeneration": set.int_at("metadata.generation").unwrap_or(1)});
    let optional = [
        ("currentReplicas", count(&|p| label(&p.labels, HASH) == Some(current))),
        ("readyReplicas", ready),
        ("updatedReplicas", updated),
    ];
    for (field, number) in optional.into_iter().filter(|(_, n)| *n > 0) {
        status[field] = number.into();
    }
    let object =
        json!({"metadata": {"name": set.name(), "namespace": set.namespace(), "uid": set.uid()}, "status": status});
    let _ = cluster.update_status(&STATEFUL_SETS, object);
}
