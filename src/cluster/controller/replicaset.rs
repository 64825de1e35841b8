//! ReplicaSets (and ReplicationControllers): so many Pods of a template.
//! upstream: pkg/controller/replicaset/{replica_set,replica_set_utils}.go

use super::{Kind, Work, pods};
use crate::api::resource::REPLICA_SETS;
use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::Cluster;
use crate::cluster::index::{NamespacedName, PodInfo, controller_of, is, label};
use crate::collections::{BTreeMap, sort_by};
use crate::sim::{Duration, Time};
use serde_json::json;
use std::cmp::Ordering;
use std::rc::Rc;

/// Pods created or deleted in one sync at most (`BurstReplicas`).
const BURST: usize = 500;

type Pods = Vec<Rc<PodInfo>>;

/// Brings one ReplicaSet's Pods and status up to date.
// upstream: pkg/controller/replicaset/replica_set.go syncReplicaSet
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, resource: &'static Resource, namespace: &Rc<str>, name: &Rc<str>) {
    let Some(set) = cluster.store.find(resource, namespace, name).cloned() else { return };
    let claimed = pods::claim(cluster, resource, &set);
    let terminating = claimed.iter().filter(|p| p.deleting && !p.finished()).count();
    let active: Pods = claimed.into_iter().filter(|p| p.active()).collect();
    let mut failure = None;
    if !set.at("metadata.deletionTimestamp").is_string() {
        failure = manage(cluster, resource, &set, &active).err();
    }
    let status = status(cluster.now, &set, &active, terminating, failure, is(resource, &REPLICA_SETS));
    let minimum = set.int_at("spec.minReadySeconds").unwrap_or(0);
    if minimum > 0 && status.int_at("readyReplicas") != status.int_at("availableReplicas") {
        let kind = if is(resource, &REPLICA_SETS) { Kind::ReplicaSet } else { Kind::ReplicationController };
        let work = Work { kind, namespace: namespace.clone(), name: name.clone() };
        let soonest = active.iter().filter(|p| p.ready && !p.available(minimum, cluster.now));
        let wait = soonest.map(|p| (p.ready_since + Duration::secs(minimum as u64)).since(cluster.now)).min();
        cluster.enqueue_after(work, wait.unwrap_or_default().max(Duration::millis(1)));
    }
    if &status != set.at("status") {
        let object =
            json!({"metadata": {"name": set.name(), "namespace": set.namespace(), "uid": set.uid()}, "status": status});
        let _ = cluster.update_status(resource, object);
    }
}

/// Creates what is missing or deletes what is too many; the error is what goes into the condition.
// upstream: pkg/controller/replicaset/replica_set.go manageReplicas
fn manage(cluster: &mut Cluster, resource: &'static Resource, set: &Value, active: &Pods) -> Result<(), String> {
    let want = usize::try_from(set.int_at("spec.replicas").unwrap_or(1)).unwrap_or(0);
    let component = if is(resource, &REPLICA_SETS) { "replicaset-controller" } else { "replication-controller" };
    if active.len() < want {
        if pods::namespace_ends(cluster, set.namespace()) {
            return Ok(());
        }
        let missing = (want - active.len()).min(BURST);
        pods::create_many(cluster, component, (resource, set), missing).map_err(|s| s.message)?;
    } else if active.len() > want {
        let count = (active.len() - want).min(BURST);
        for name in to_delete(cluster, set, active, count) {
            let gone = pods::delete(cluster, component, (resource, set), &name);
            if let Err(status) =
                gone.map_err(|s| *s).or_else(|s| if s.code == 404 { Ok(Rc::default()) } else { Err(s) })
            {
                return Err(status.message);
            }
        }
    }
    Ok(())
}

/// The first `count` Pods to go.
// upstream: pkg/controller/replicaset/replica_set.go getPodsToDelete
fn to_delete(cluster: &Cluster, set: &Value, active: &Pods, count: usize) -> Vec<NamespacedName> {
    if count >= active.len() {
        return active.iter().map(|p| p.key.clone()).collect();
    }
    let per_node = related_by_node(cluster, set);
    let rank = |p: &PodInfo| per_node.get(&p.node).copied().unwrap_or(0);
    let mut ranked: Vec<(usize, &PodInfo)> = active.iter().map(|p| (rank(p), &**p)).collect();
    let now = cluster.now;
    sort_by(&mut ranked, |a, b| first_to_go(*a, *b, now));
    ranked.into_iter().take(count).map(|(_, p)| p.key.clone()).collect()
}

/// Active Pods by node of all ReplicaSets that have the same controller as this one; none for one without controller.
// upstream: pkg/controller/replicaset/replica_set.go getIndirectlyRelatedPods
fn related_by_node(cluster: &Cluster, set: &Value) -> BTreeMap<Rc<str>, usize> {
    let mut per_node = BTreeMap::new();
    let Some(owner) = controller_of(set) else { return per_node };
    for related in cluster.store.list(&REPLICA_SETS, set.namespace()) {
        if controller_of(related).map(|o| o.str_at("uid")) == Some(owner.str_at("uid")) {
            for pod in cluster.index.owned_by(related.uid()).filter(|p| p.active()) {
                *per_node.entry(pod.node.clone()).or_default() += 1;
            }
        }
    }
    per_node
}

/// Orders Pods: less is deleted first.
// upstream: pkg/controller/controller_utils.go ActivePodsWithRanks.Less
fn first_to_go((rank_a, a): (usize, &PodInfo), (rank_b, b): (usize, &PodInfo), now: Time) -> Ordering {
    let by_age = |x: Time, y: Time| {
        if x == y { Ordering::Equal } else { bucket(x, now).cmp(&bucket(y, now)).then_with(|| a.uid.cmp(&b.uid)) }
    };
    let both_ready = a.ready && b.ready;
    (!a.node.is_empty())
        .cmp(&!b.node.is_empty())
        .then_with(|| a.phase.cmp(&b.phase))
        .then_with(|| a.ready.cmp(&b.ready))
        .then_with(|| a.deletion_cost.cmp(&b.deletion_cost))
        .then_with(|| rank_b.cmp(&rank_a))
        .then_with(|| if both_ready { by_age(a.ready_since, b.ready_since) } else { Ordering::Equal })
        .then_with(|| b.restarts.cmp(&a.restarts))
        .then_with(|| by_age(a.created, b.created))
}

/// Ages are compared by powers of two of nanoseconds (`logarithmicRankDiff`).
fn bucket(since: Time, now: Time) -> i64 {
    let nanos = now.since(since).0 * 1_000;
    if nanos == 0 { -1 } else { i64::from(nanos.ilog2()) }
}

// upstream: pkg/controller/replicaset/replica_set_utils.go calculateStatus
fn status(now: Time, set: &Value, active: &Pods, terminating: usize, failure: Option<String>, counts: bool) -> Value {
    let minimum = set.int_at("spec.minReadySeconds").unwrap_or(0);
    let template = set.pairs_at("spec.template.metadata.labels");
    let labelled = |p: &PodInfo| template.iter().all(|(k, v)| label(&p.labels, k) == Some(v));
    let numbers = [
        ("fullyLabeledReplicas", active.iter().filter(|p| labelled(p)).count()),
        ("readyReplicas", active.iter().filter(|p| p.ready).count()),
        ("availableReplicas", active.iter().filter(|p| p.available(minimum, now)).count()),
    ];
    let mut status = json!({"replicas": active.len()});
    for (name, number) in numbers.into_iter().filter(|(_, n)| *n > 0) {
        status[name] = number.into();
    }
    if counts {
        status["terminatingReplicas"] = terminating.into();
    }
    status["observedGeneration"] = set.int_at("metadata.generation").unwrap_or(1).into();
    let others = set.list_at("status.conditions").iter();
    let mut conditions: Vec<Value> = others.filter(|c| c.str_at("type") != "ReplicaFailure").cloned().collect();
    if let Some(message) = failure {
        let want = set.int_at("spec.replicas").unwrap_or(1);
        let reason = if (active.len() as i64) < want { "FailedCreate" } else { "FailedDelete" };
        let old = set.list_at("status.conditions").iter().find(|c| c.str_at("type") == "ReplicaFailure");
        conditions.push(old.cloned().unwrap_or_else(|| {
            json!({"type": "ReplicaFailure", "status": "True", "reason": reason, "message": message, "lastTransitionTime": now.rfc3339()})
        }));
    }
    if !conditions.is_empty() {
        status["conditions"] = conditions.into();
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_fall_into_buckets_of_powers_of_two() {
        let now = Time(1_000_000_000);
        assert_eq!(bucket(now, now), -1);
        assert_eq!(bucket(Time(999_000_000), now), bucket(Time(998_950_000), now));
        assert!(bucket(Time(0), now) > bucket(Time(990_000_000), now));
    }
}
