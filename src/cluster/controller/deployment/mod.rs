//! Deployments: ReplicaSets that replace one another.
//! upstream: pkg/controller/deployment/{deployment_controller,sync,rolling,recreate,progress}.go and util/deployment_util.go

mod revision;
mod size;
mod status;

use super::{controller_ref, pods, source};
use crate::api::resource::{DEPLOYMENTS, REPLICA_SETS};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::{annotation, controller_of};
use crate::cluster::recorder::EventType;
use crate::cluster::{Cluster, Key};
use crate::collections::{sort_by, sort_by_key};
use revision::sync_revision;
use serde_json::json;
use size::{max_unavailable, new_replicas, scale, scale_all};
use status::{calculate, complete, condition, deadline, progressing, set_condition, sync_rollout_status, write_status};
use std::rc::Rc;

const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAX: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";
/// Annotations that stay with the Deployment (`annotationsToSkip`).
const KEPT: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAX,
    "deprecated.deployment.rollback.to",
];

/// The ReplicaSets of one Deployment; `old` in order of creation.
struct Sets {
    new: Option<Rc<Value>>,
    old: Vec<Rc<Value>>,
}

impl Sets {
    fn all(&self) -> impl Iterator<Item = &Rc<Value>> {
        self.old.iter().chain(&self.new)
    }
    fn sum(&self, path: &str) -> i64 {
        self.all().map(|s| s.int_at(path).unwrap_or(0)).sum()
    }
}

fn replicas(object: &Value) -> i64 {
    object.int_at("spec.replicas").unwrap_or(1)
}

/// Brings one Deployment's ReplicaSets and status up to date.
// upstream: pkg/controller/deployment/deployment_controller.go syncDeployment
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let Some(deployment) = cluster.store.find(&DEPLOYMENTS, namespace, name) else { return };
    let mut d = deployment.as_ref().clone();
    let mut sets = owned(cluster, &d);
    if d.at("metadata.deletionTimestamp").is_string() {
        sync_revision(cluster, &mut d, &mut sets, false);
        write_status(cluster, &d, calculate(cluster.now, &d, &sets));
        return;
    }
    pause(cluster, &mut d);
    let paused = d.bool_at("spec.paused");
    if paused || scaled(cluster, &mut d, &mut sets) {
        sync_revision(cluster, &mut d, &mut sets, false);
        scale_all(cluster, &d, &mut sets);
        if paused {
            clean_up(cluster, &d, &sets);
        }
        write_status(cluster, &d, calculate(cluster.now, &d, &sets));
    } else if d.str_at("spec.strategy.type") == "Recreate" {
        recreate(cluster, &mut d, &mut sets);
    } else {
        roll(cluster, &mut d, &mut sets);
    }
}

/// The ReplicaSets that a Deployment controls, after adopting orphans that it selects and letting go the others.
// upstream: pkg/controller/deployment/deployment_controller.go getReplicaSetsForDeployment
fn owned(cluster: &mut Cluster, d: &Value) -> Sets {
    let selector = pods::Selector::of_owner(d);
    let going = d.at("metadata.deletionTimestamp").is_string();
    let mut mine: Vec<Rc<Value>> = Vec::new();
    let mut writes: Vec<Value> = Vec::new();
    for set in cluster.store.list(&REPLICA_SETS, d.namespace()) {
        let selected = selector.matches(|key| set.label(key));
        match controller_of(set) {
            Some(owner) if owner.str_at("uid") == d.uid() && (selected || going) => mine.push(set.clone()),
            Some(owner) if owner.str_at("uid") == d.uid() => {
                let mut free = set.as_ref().clone();
                free.unset("metadata.ownerReferences");
                writes.push(free);
            }
            None if selected && !going && !set.at("metadata.deletionTimestamp").is_string() => {
                let mut adopted = set.as_ref().clone();
                adopted.set("metadata.ownerReferences", json!([controller_ref(&DEPLOYMENTS, d)]));
                writes.push(adopted);
            }
            _ => {}
        }
    }
    for set in writes {
        if let Ok(set) = cluster.update(&REPLICA_SETS, set)
            && controller_of(&set).is_some()
        {
            mine.push(set);
        }
    }
    sort_by(&mut mine, |a, b| created(a).cmp(created(b)).then_with(|| a.name().cmp(b.name())));
    let template = bare(d.at("spec.template"));
    let at = mine.iter().position(|s| bare(s.at("spec.template")) == template);
    Sets { new: at.map(|i| mine.remove(i)), old: mine }
}

fn created(object: &Value) -> &str {
    object.str_at("metadata.creationTimestamp")
}

/// A template without the label that tells ReplicaSets apart (`EqualIgnoreHash`).
fn bare(template: &Value) -> Value {
    let mut template = template.clone();
    let labels = template.get_mut("metadata").and_then(|m| m.get_mut("labels")).and_then(Value::as_object_mut);
    if let Some(labels) = labels {
        labels.remove(HASH);
    }
    template
}

/// Says in the status that a Deployment was paused or goes on.
// upstream: pkg/controller/deployment/sync.go checkPausedConditions
fn pause(cluster: &mut Cluster, d: &mut Value) {
    if deadline(d).is_none() {
        return;
    }
    let reason = progressing(d.at("status")).map(|c| c.str_at("reason").to_owned()).unwrap_or_default();
    let paused = d.bool_at("spec.paused");
    let (why, text) = match (reason.as_str(), paused) {
        ("ProgressDeadlineExceeded", _) => return,
        ("DeploymentPaused", false) => ("DeploymentResumed", "Deployment is resumed"),
        (r, true) if r != "DeploymentPaused" => ("DeploymentPaused", "Deployment is paused"),
        _ => return,
    };
    let condition = condition(cluster.now, "Progressing", "Unknown", why, text);
    set_condition(&mut d["status"], condition);
    let status = d.at("status").clone();
    write_status(cluster, d, status);
}

/// Whether `spec.replicas` changed since the ReplicaSets were last written.
// upstream: pkg/controller/deployment/sync.go isScalingEvent
fn scaled(cluster: &mut Cluster, d: &mut Value, sets: &mut Sets) -> bool {
    sync_revision(cluster, d, sets, false);
    let active = sets.all().filter(|s| replicas(s) > 0);
    active.filter_map(|s| annotation(s, DESIRED).parse::<i64>().ok()).any(|n| n != replicas(d))
}

fn say(cluster: &mut Cluster, d: &Value, kind: EventType, reason: &str, text: &str) {
    cluster.record(source("deployment-controller"), (&DEPLOYMENTS, d), "", (kind, reason), text);
}

// upstream: pkg/controller/deployment/rolling.go rolloutRolling
fn roll(cluster: &mut Cluster, d: &mut Value, sets: &mut Sets) {
    sync_revision(cluster, d, sets, true);
    let Some(new) = sets.new.clone() else { return };
    let (has, want) = (replicas(&new), replicas(d));
    let size = if has > want { want } else { new_replicas(d, sets, has) };
    let changed = (has != want && scale(cluster, d, &new, size, false)) || scale_down_old(cluster, d, sets, &new);
    if !changed && complete(d, d.at("status")) {
        clean_up(cluster, d, sets);
    }
    sync_rollout_status(cluster, d, sets);
}

// upstream: pkg/controller/deployment/rolling.go reconcileOldReplicaSets
fn scale_down_old(cluster: &mut Cluster, d: &Value, sets: &mut Sets, new: &Value) -> bool {
    let least = replicas(d) - max_unavailable(d);
    let available = |s: &Value| s.int_at("status.availableReplicas").unwrap_or(0);
    let all: i64 = sets.all().map(|s| replicas(s)).sum();
    if sets.old.iter().all(|s| replicas(s) == 0) {
        return false;
    }
    let mut room = all - least - (replicas(new) - available(new));
    if room <= 0 {
        return false;
    }
    let mut changed = false;
    for set in &mut sets.old {
        let sick = replicas(set) - available(set);
        if room > 0 && replicas(set) > 0 && sick > 0 {
            let count = room.min(sick);
            changed |= scale(cluster, d, set, replicas(set) - count, false);
            room -= count;
            if let Some(fresh) = cluster.store.get(&Key::of(&REPLICA_SETS, set)) {
                *set = fresh.clone();
            }
        }
    }
    let mut spare = sets.sum("status.availableReplicas") - least;
    for set in &sets.old {
        if spare > 0 && replicas(set) > 0 {
            let count = replicas(set).min(spare);
            changed |= scale(cluster, d, set, replicas(set) - count, false);
            spare -= count;
        }
    }
    changed
}

// upstream: pkg/controller/deployment/recreate.go rolloutRecreate
fn recreate(cluster: &mut Cluster, d: &mut Value, sets: &mut Sets) {
    sync_revision(cluster, d, sets, false);
    let mut down = false;
    for set in sets.old.iter().filter(|s| replicas(s) > 0) {
        down |= scale(cluster, d, set, 0, false);
    }
    let running = sets.old.iter().any(|s| {
        s.int_at("status.replicas").unwrap_or(0) > 0 || cluster.index.owned_by(s.uid()).any(|p| !p.finished())
    });
    if down || running {
        sync_rollout_status(cluster, d, sets);
        return;
    }
    if sets.new.is_none() {
        sync_revision(cluster, d, sets, true);
    }
    if let Some(new) = sets.new.clone() {
        scale(cluster, d, &new, replicas(d), false);
    }
    if complete(d, d.at("status")) {
        clean_up(cluster, d, sets);
    }
    sync_rollout_status(cluster, d, sets);
}

/// Deletes ReplicaSets beyond `revisionHistoryLimit`.
// upstream: pkg/controller/deployment/sync.go cleanupDeployment
fn clean_up(cluster: &mut Cluster, d: &Value, sets: &Sets) {
    let Some(limit) = d.int_at("spec.revisionHistoryLimit").filter(|n| *n != i64::from(i32::MAX)) else { return };
    let mut old: Vec<&Rc<Value>> =
        sets.old.iter().filter(|s| !s.at("metadata.deletionTimestamp").is_string()).collect();
    let excess = (old.len() as i64 - limit).max(0) as usize;
    sort_by_key(&mut old, |s| annotation(s, REVISION).parse::<i64>().unwrap_or(0));
    for set in old.into_iter().take(excess) {
        let observed = set.int_at("status.observedGeneration") >= set.int_at("metadata.generation");
        if set.int_at("status.replicas").unwrap_or(0) == 0 && replicas(set) == 0 && observed {
            let _ = cluster.delete(&Key::of(&REPLICA_SETS, set), &Value::Null);
        }
    }
}
