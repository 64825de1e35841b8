//! How many Pods each ReplicaSet is to have.

use super::revision::size_annotations;
use super::{DESIRED, MAX, Sets, created, replicas, say};
use crate::api::resource::REPLICA_SETS;
use crate::api::{ObjectExt, Value};
use crate::cluster::Cluster;
use crate::cluster::index::annotation;
use crate::cluster::recorder::EventType;
use crate::collections::sort_by_key;
use std::cmp::Reverse;
use std::rc::Rc;

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

pub(super) fn max_surge(d: &Value) -> i64 {
    if rolling(d) { fenceposts(d).0 } else { 0 }
}

pub(super) fn max_unavailable(d: &Value) -> i64 {
    if !rolling(d) || replicas(d) == 0 { 0 } else { fenceposts(d).1.min(replicas(d)) }
}

/// How many Pods the new ReplicaSet, which has `has`, is to have.
// upstream: pkg/controller/deployment/util/deployment_util.go NewRSNewReplicas
pub(super) fn new_replicas(d: &Value, sets: &Sets, has: i64) -> i64 {
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
pub(super) fn scale(cluster: &mut Cluster, d: &Value, set: &Rc<Value>, size: i64, force: bool) -> bool {
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
pub(super) fn scale_all(cluster: &mut Cluster, d: &Value, sets: &mut Sets) {
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
