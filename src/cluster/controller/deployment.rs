//! Deployments: ReplicaSets that replace one another.
//! upstream: pkg/controller/deployment/{deployment_controller,sync,rolling,recreate,progress}.go and util/deployment_util.go

use super::gohash::template_hash;
use super::{Kind, Work, controller_ref, pods, source};
use crate::api::resource::{DEPLOYMENTS, REPLICA_SETS};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::{annotation, controller_of};
use crate::cluster::recorder::EventType;
use crate::cluster::{Cluster, Key};
use crate::collections::{sort_by, sort_by_key};
use crate::sim::{Duration, Time};
use serde_json::{Map, json};
use std::cmp::Reverse;
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

/// Gives the new ReplicaSet its revision and annotations; makes it where there is none and `create` says so.
// upstream: pkg/controller/deployment/sync.go getNewReplicaSet
fn sync_revision(cluster: &mut Cluster, d: &mut Value, sets: &mut Sets, create: bool) {
    let revision = sets.old.iter().filter_map(|s| annotation(s, REVISION).parse::<i64>().ok()).max().unwrap_or(0) + 1;
    if let Some(set) = sets.new.clone() {
        let mut changed = set.as_ref().clone();
        annotate(d, &mut changed, revision, true);
        if d.at("spec.minReadySeconds") != set.at("spec.minReadySeconds") {
            match d.at("spec").get("minReadySeconds") {
                Some(n) => changed.set("spec.minReadySeconds", n.clone()),
                None => drop(changed.unset("spec.minReadySeconds")),
            }
        }
        if changed != *set {
            if let Ok(set) = cluster.update(&REPLICA_SETS, changed) {
                sets.new = Some(set);
            }
            return;
        }
        let text = format!("Found new replica set {:?}", set.name());
        let mut needs = set_revision(d, annotation(&set, REVISION));
        if deadline(d).is_some() && progressing(d.at("status")).is_none() {
            set_condition(&mut d["status"], condition(cluster.now, "Progressing", "True", "FoundNewReplicaSet", &text));
            needs = true;
        }
        if needs {
            write_whole(cluster, d);
        }
    } else if create {
        create_set(cluster, d, sets, revision);
    }
}

fn create_set(cluster: &mut Cluster, d: &mut Value, sets: &mut Sets, revision: i64) {
    let mut template = d.at("spec.template").clone();
    let collisions = d.int_at("status.collisionCount");
    let hash = template_hash(&template, collisions);
    put_label(&mut template, &hash);
    let mut selector = d.at("spec.selector").clone();
    if !selector.at("matchLabels").is_object() {
        selector["matchLabels"] = json!({});
    }
    selector["matchLabels"][HASH] = hash.clone().into();
    let mut set = json!({
        "metadata": {"name": format!("{}-{hash}", d.name()), "namespace": d.namespace(),
            "labels": template.at("metadata.labels"), "ownerReferences": [controller_ref(&DEPLOYMENTS, d)]},
        "spec": {"replicas": 0, "selector": selector, "template": template},
    });
    if let Some(n) = d.at("spec").get("minReadySeconds") {
        set["spec"]["minReadySeconds"] = n.clone();
    }
    let count = new_replicas(d, sets, 0);
    set["spec"]["replicas"] = count.into();
    annotate(d, &mut set, revision, false);
    let name = set.name().to_owned();
    if pods::namespace_ends(cluster, d.namespace()) {
        return;
    }
    match cluster.create(&REPLICA_SETS, with_status(set)) {
        Ok(set) => {
            if count > 0 {
                let text = format!("Scaled up replica set {name} from 0 to {count}");
                say(cluster, d, EventType::Normal, "ScalingReplicaSet", &text);
            }
            sets.new = Some(set);
            set_revision(d, &revision.to_string());
            if deadline(d).is_some() {
                let text = format!("Created new replica set {name:?}");
                set_condition(
                    &mut d["status"],
                    condition(cluster.now, "Progressing", "True", "NewReplicaSetCreated", &text),
                );
            }
            write_whole(cluster, d);
        }
        Err(status) if status.code == 409 => {
            d["status"]["collisionCount"] = (collisions.unwrap_or(0) + 1).into();
            let status = d.at("status").clone();
            write_status(cluster, d, status);
        }
        Err(status) => {
            let text = format!("Failed to create new replica set {name:?}: {}", status.message);
            say(cluster, d, EventType::Warning, "ReplicaSetCreateError", &text);
        }
    }
}

fn with_status(mut set: Value) -> Value {
    set["status"] = json!({"replicas": 0});
    set
}

fn put_label(template: &mut Value, hash: &str) {
    if !template.at("metadata.labels").is_object() {
        template.set("metadata.labels", json!({}));
    }
    template["metadata"]["labels"][HASH] = hash.into();
}

/// Writes the annotations that a ReplicaSet has from its Deployment.
// upstream: pkg/controller/deployment/util/deployment_util.go SetNewReplicaSetAnnotations
fn annotate(d: &Value, set: &mut Value, revision: i64, exists: bool) {
    let mut annotations = set.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    for (key, value) in d.pairs_at("metadata.annotations") {
        if !KEPT.contains(&key) {
            annotations.insert(key.into(), value.into());
        }
    }
    let old = annotations.get(REVISION).and_then(Value::as_str).map(str::to_owned);
    let number = old.as_deref().and_then(|o| o.parse::<i64>().ok()).unwrap_or(0);
    if number < revision {
        annotations.insert(REVISION.into(), revision.to_string().into());
        if let Some(old) = old {
            let history = match annotations.get(HISTORY).and_then(Value::as_str).filter(|h| !h.is_empty()) {
                Some(history) => format!("{history},{old}"),
                None => old,
            };
            annotations.insert(HISTORY.into(), history.into());
        }
    }
    if !exists {
        size_annotations(d, &mut annotations);
    }
    set["metadata"]["annotations"] = annotations.into();
}

fn size_annotations(d: &Value, annotations: &mut Map<String, Value>) {
    annotations.insert(DESIRED.into(), replicas(d).to_string().into());
    annotations.insert(MAX.into(), (replicas(d) + max_surge(d)).to_string().into());
}

fn set_revision(d: &mut Value, revision: &str) -> bool {
    if annotation(d, REVISION) == revision {
        return false;
    }
    if !d.at("metadata.annotations").is_object() {
        d.set("metadata.annotations", json!({}));
    }
    d["metadata"]["annotations"][REVISION] = revision.into();
    true
}

fn say(cluster: &mut Cluster, d: &Value, kind: EventType, reason: &str, text: &str) {
    cluster.record(source("deployment-controller"), (&DEPLOYMENTS, d), "", (kind, reason), text);
}

// --- sizes -------------------------------------------------------------------------------------------------------

/// A number or a percentage of `total`.
fn share(value: &Value, total: i64, up: bool) -> i64 {
    match value.as_str().and_then(|s| s.trim_end_matches('%').parse::<i64>().ok()) {
        Some(percent) if up => (percent * total + 99).div_euclid(100),
        Some(percent) => percent * total / 100,
        None => value.as_i64().unwrap_or(0),
    }
}

/// `(maxSurge, maxUnavailable)` as numbers; never both 0.
// upstream: pkg/controller/deployment/util/deployment_util.go ResolveFenceposts
fn fenceposts(d: &Value) -> (i64, i64) {
    let rolling = d.at("spec.strategy.rollingUpdate");
    let surge = share(rolling.at("maxSurge"), replicas(d), true);
    let unavailable = share(rolling.at("maxUnavailable"), replicas(d), false);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

fn rolling(d: &Value) -> bool {
    d.str_at("spec.strategy.type") == "RollingUpdate"
}

fn max_surge(d: &Value) -> i64 {
    if rolling(d) { fenceposts(d).0 } else { 0 }
}

fn max_unavailable(d: &Value) -> i64 {
    if !rolling(d) || replicas(d) == 0 { 0 } else { fenceposts(d).1.min(replicas(d)) }
}

/// How many Pods the new ReplicaSet, which has `has`, is to have.
// upstream: pkg/controller/deployment/util/deployment_util.go NewRSNewReplicas
fn new_replicas(d: &Value, sets: &Sets, has: i64) -> i64 {
    if !rolling(d) {
        return replicas(d);
    }
    let most = replicas(d) + share(d.at("spec.strategy.rollingUpdate.maxSurge"), replicas(d), true);
    let now: i64 = sets.all().map(|s| replicas(s)).sum();
    if now >= most {
        return has;
    }
    has + (most - now).min(replicas(d) - has)
}

/// Sets a ReplicaSet's size and says so.
// upstream: pkg/controller/deployment/sync.go scaleReplicaSet
fn scale(cluster: &mut Cluster, d: &Value, set: &Rc<Value>, size: i64, force: bool) -> bool {
    let old = replicas(set);
    if !force && old == size {
        return false;
    }
    let mut new = set.as_ref().clone();
    new.set("spec.replicas", size);
    let mut annotations = set.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    size_annotations(d, &mut annotations);
    new["metadata"]["annotations"] = annotations.into();
    if cluster.update(&REPLICA_SETS, new).is_err() || old == size {
        return false;
    }
    let way = if old < size { "up" } else { "down" };
    let text = format!("Scaled {way} replica set {} from {old} to {size}", set.name());
    say(cluster, d, EventType::Normal, "ScalingReplicaSet", &text);
    true
}

/// Brings the ReplicaSets to a new total size, in proportion to what they have.
// upstream: pkg/controller/deployment/sync.go scale
fn scale_all(cluster: &mut Cluster, d: &Value, sets: &mut Sets) {
    let mut active: Vec<Rc<Value>> = sets.all().filter(|s| replicas(s) > 0).cloned().collect();
    let newest = || sets.new.clone().or_else(|| sets.old.last().cloned());
    if active.len() < 2 {
        if let Some(set) = active.pop().or_else(newest) {
            scale(cluster, d, &set, replicas(d), false);
        }
        return;
    }
    if sets.new.as_ref().is_some_and(|s| saturated(d, s)) {
        for old in sets.old.iter().filter(|s| replicas(s) > 0) {
            scale(cluster, d, old, 0, false);
        }
        return;
    }
    if !rolling(d) {
        return;
    }
    let total: i64 = active.iter().map(|s| replicas(s)).sum();
    let allowed = if replicas(d) > 0 { replicas(d) + max_surge(d) } else { 0 };
    let to_add = allowed - total;
    if to_add > 0 {
        sort_by_key(&mut active, |s| (Reverse(replicas(s)), Reverse(created(s).to_owned())));
    } else {
        sort_by_key(&mut active, |s| (Reverse(replicas(s)), created(s).to_owned()));
    }
    let mut added = 0;
    let mut sizes = Vec::new();
    for set in &active {
        let part = proportion(d, set, to_add, added);
        added += part;
        sizes.push(replicas(set) + part);
    }
    if let (Some(first), true) = (sizes.first_mut(), to_add != 0) {
        *first = (*first + to_add - added).max(0);
    }
    for (set, size) in active.iter().zip(sizes) {
        scale(cluster, d, set, size, true);
    }
}

// upstream: pkg/controller/deployment/util/deployment_util.go GetReplicaSetProportion
fn proportion(d: &Value, set: &Value, to_add: i64, added: i64) -> i64 {
    let size = replicas(set);
    if size == 0 || to_add == 0 || to_add == added {
        return 0;
    }
    let most = annotation(set, MAX).parse::<i64>().ok().filter(|n| *n > 0);
    let before = most.unwrap_or_else(|| d.int_at("status.replicas").unwrap_or(0));
    let part = if replicas(d) == 0 {
        -size
    } else if before == 0 {
        0
    } else {
        ((size * (replicas(d) + max_surge(d))) as f64 / before as f64).round() as i64 - size
    };
    if to_add > 0 { part.min(to_add - added) } else { part.max(to_add - added) }
}

// upstream: pkg/controller/deployment/util/deployment_util.go IsSaturated
fn saturated(d: &Value, set: &Value) -> bool {
    let want = replicas(d);
    replicas(set) == want
        && annotation(set, DESIRED).parse() == Ok(want)
        && set.int_at("status.availableReplicas").unwrap_or(0) == want
}

// --- strategies --------------------------------------------------------------------------------------------------

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

// --- status ------------------------------------------------------------------------------------------------------

/// `progressDeadlineSeconds`, if there is one.
fn deadline(d: &Value) -> Option<i64> {
    d.int_at("spec.progressDeadlineSeconds").filter(|n| *n != i64::from(i32::MAX))
}

fn condition(now: Time, kind: &str, status: &str, reason: &str, message: &str) -> Value {
    let now = now.rfc3339();
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": now,
        "lastTransitionTime": now})
}

fn find<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status.list_at("conditions").iter().find(|c| c.str_at("type") == kind)
}

fn progressing(status: &Value) -> Option<&Value> {
    find(status, "Progressing")
}

fn remove_condition(status: &mut Value, kind: &str) {
    if let Some(list) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        list.retain(|c| c.str_at("type") != kind);
    }
}

// upstream: pkg/controller/deployment/util/deployment_util.go SetDeploymentCondition
fn set_condition(status: &mut Value, mut condition: Value) {
    let kind = condition.str_at("type").to_owned();
    if let Some(old) = find(status, &kind).filter(|o| o.at("status") == condition.at("status")) {
        if old.at("reason") == condition.at("reason") {
            return;
        }
        condition["lastTransitionTime"] = old.at("lastTransitionTime").clone();
    }
    remove_condition(status, &kind);
    match status.get_mut("conditions").and_then(Value::as_array_mut) {
        Some(list) => list.push(condition),
        None => status["conditions"] = json!([condition]),
    }
}

// upstream: pkg/controller/deployment/util/deployment_util.go DeploymentComplete
fn complete(d: &Value, status: &Value) -> bool {
    let is = |field: &str| status.int_at(field).unwrap_or(0) == replicas(d);
    is("updatedReplicas")
        && is("replicas")
        && is("availableReplicas")
        && status.int_at("observedGeneration") >= d.int_at("metadata.generation")
}

// upstream: pkg/controller/deployment/sync.go calculateStatus
fn calculate(now: Time, d: &Value, sets: &Sets) -> Value {
    let available = sets.sum("status.availableReplicas");
    let wanted: i64 = sets.all().map(|s| replicas(s)).sum();
    let updated = sets.new.as_ref().and_then(|s| s.int_at("status.replicas")).unwrap_or(0);
    let mut status = json!({"observedGeneration": d.int_at("metadata.generation").unwrap_or(1)});
    let numbers = [
        ("replicas", sets.sum("status.replicas")),
        ("updatedReplicas", updated),
        ("readyReplicas", sets.sum("status.readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", (wanted - available).max(0)),
    ];
    for (name, number) in numbers.into_iter().filter(|(_, n)| *n > 0) {
        status[name] = number.into();
    }
    // Known only once every ReplicaSet that was synced has said how many of its Pods are terminating.
    let silent = |s: &&Rc<Value>| {
        s.at("status").get("terminatingReplicas").is_none() && s.int_at("status.observedGeneration").unwrap_or(0) > 0
    };
    if !sets.all().any(|s| silent(&s)) {
        status["terminatingReplicas"] = sets.sum("status.terminatingReplicas").into();
    }
    for field in ["collisionCount", "conditions"] {
        if let Some(value) = d.at("status").get(field) {
            status[field] = value.clone();
        }
    }
    let enough = available >= replicas(d) - max_unavailable(d);
    let condition = if enough {
        condition(now, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        let text = "Deployment does not have minimum availability.";
        condition(now, "Available", "False", "MinimumReplicasUnavailable", text)
    };
    set_condition(&mut status, condition);
    status
}

// upstream: pkg/controller/deployment/progress.go syncRolloutStatus
fn sync_rollout_status(cluster: &mut Cluster, d: &Value, sets: &Sets) {
    let now = cluster.now;
    let mut status = calculate(now, d, sets);
    let number = |s: &Value, field: &str| s.int_at(field).unwrap_or(0);
    let current = progressing(d.at("status")).cloned();
    let over = number(&status, "replicas") == number(&status, "updatedReplicas")
        && current.as_ref().is_some_and(|c| c.str_at("reason") == "NewReplicaSetAvailable");
    match deadline(d) {
        None => remove_condition(&mut status, "Progressing"),
        Some(_) if over => {}
        Some(seconds) => {
            let what = match &sets.new {
                Some(set) => format!("ReplicaSet {:?}", set.name()),
                None => format!("Deployment {:?}", d.name()),
            };
            let old = d.at("status");
            let left = |s: &Value| number(s, "replicas") - number(s, "updatedReplicas");
            let progress = number(&status, "updatedReplicas") > number(old, "updatedReplicas")
                || left(&status) < left(old)
                || number(&status, "readyReplicas") > number(old, "readyReplicas")
                || number(&status, "availableReplicas") > number(old, "availableReplicas");
            if complete(d, &status) {
                let text = format!("{what} has successfully progressed.");
                set_condition(&mut status, condition(now, "Progressing", "True", "NewReplicaSetAvailable", &text));
            } else if progress {
                let mut fresh =
                    condition(now, "Progressing", "True", "ReplicaSetUpdated", &format!("{what} is progressing."));
                if let Some(current) = &current {
                    if current.str_at("status") == "True" {
                        fresh["lastTransitionTime"] = current.at("lastTransitionTime").clone();
                    }
                    remove_condition(&mut status, "Progressing");
                }
                set_condition(&mut status, fresh);
            } else if timed_out(now, &status, seconds) {
                let text = format!("{what} has timed out progressing.");
                set_condition(&mut status, condition(now, "Progressing", "False", "ProgressDeadlineExceeded", &text));
            }
        }
    }
    let failed = sets.new.iter().chain(&sets.old).find_map(|s| find(s.at("status"), "ReplicaFailure").cloned());
    match failed {
        Some(mut failure) => {
            failure["lastUpdateTime"] = failure.at("lastTransitionTime").clone();
            set_condition(&mut status, failure);
        }
        None => remove_condition(&mut status, "ReplicaFailure"),
    }
    if &status == d.at("status") {
        look_again(cluster, d, &status);
    } else {
        write_status(cluster, d, status);
    }
}

// upstream: pkg/controller/deployment/util/deployment_util.go DeploymentTimedOut
fn timed_out(now: Time, status: &Value, seconds: i64) -> bool {
    let Some(condition) = progressing(status) else { return false };
    match condition.str_at("reason") {
        "NewReplicaSetAvailable" => false,
        "ProgressDeadlineExceeded" => true,
        _ => {
            let from = Time::parse(condition.str_at("lastUpdateTime")).unwrap_or(now);
            from + Duration::secs(seconds.max(0) as u64) < now
        }
    }
}

/// A rollout that stands still is looked at again when its deadline is over.
// upstream: pkg/controller/deployment/progress.go requeueStuckDeployment
fn look_again(cluster: &mut Cluster, d: &Value, status: &Value) {
    let (Some(seconds), Some(condition)) = (deadline(d), progressing(d.at("status"))) else { return };
    let settled = complete(d, status) || condition.str_at("reason") == "ProgressDeadlineExceeded";
    if settled || condition.str_at("reason") == "NewReplicaSetAvailable" {
        return;
    }
    let from = Time::parse(condition.str_at("lastUpdateTime")).unwrap_or_default();
    let after = (from + Duration::secs(seconds.max(0) as u64 + 1)).since(cluster.now).0.max(1_000_000);
    let work = Work { kind: Kind::Deployment, namespace: d.namespace().into(), name: d.name().into() };
    cluster.enqueue_after(work, Duration(after));
}

fn write_status(cluster: &mut Cluster, d: &Value, status: Value) {
    let object = json!({"metadata": {"name": d.name(), "namespace": d.namespace(), "uid": d.uid()}, "status": status});
    let _ = cluster.update_status(&DEPLOYMENTS, object);
}

/// Writes a status together with the annotation that tells the revision, which `UpdateStatus` of this kind takes.
// upstream: pkg/registry/apps/deployment/strategy.go deploymentStatusStrategy
fn write_whole(cluster: &mut Cluster, d: &Value) {
    let Some(stored) = cluster.store.find(&DEPLOYMENTS, d.namespace(), d.name()) else { return };
    let mut new = stored.as_ref().clone();
    new["status"] = d.at("status").clone();
    if let Some(annotations) = d.at("metadata").get("annotations") {
        new["metadata"]["annotations"] = annotations.clone();
    }
    let _ = cluster.update_status(&DEPLOYMENTS, new);
}
