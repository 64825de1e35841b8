//! What a Deployment says of itself: counts, conditions, whether its rollout has stopped.

use super::super::{Kind, Work};
use super::size::max_unavailable;
use super::{Sets, replicas};
use crate::api::resource::DEPLOYMENTS;
use crate::api::{ObjectExt, Value};
use crate::cluster::Cluster;
use crate::sim::{Duration, Time};
use serde_json::json;
use std::rc::Rc;

/// `progressDeadlineSeconds`, if there is one.
pub(super) fn deadline(d: &Value) -> Option<i64> {
    d.int_at("spec.progressDeadlineSeconds").filter(|n| *n != i64::from(i32::MAX))
}

pub(super) fn condition(now: Time, kind: &str, status: &str, reason: &str, message: &str) -> Value {
    let now = now.rfc3339();
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": now,
        "lastTransitionTime": now})
}

pub(super) fn find<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status.list_at("conditions").iter().find(|c| c.str_at("type") == kind)
}

pub(super) fn progressing(status: &Value) -> Option<&Value> {
    find(status, "Progressing")
}

fn remove_condition(status: &mut Value, kind: &str) {
    if let Some(list) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        list.retain(|c| c.str_at("type") != kind);
    }
}

// upstream: pkg/controller/deployment/util/deployment_util.go SetDeploymentCondition
pub(super) fn set_condition(status: &mut Value, mut condition: Value) {
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
pub(super) fn complete(d: &Value, status: &Value) -> bool {
    let is = |field: &str| status.int_at(field).unwrap_or(0) == replicas(d);
    is("updatedReplicas")
        && is("replicas")
        && is("availableReplicas")
        && status.int_at("observedGeneration") >= d.int_at("metadata.generation")
}

// upstream: pkg/controller/deployment/sync.go calculateStatus
pub(super) fn calculate(now: Time, d: &Value, sets: &Sets) -> Value {
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
pub(super) fn sync_rollout_status(cluster: &mut Cluster, d: &Value, sets: &Sets) {
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

pub(super) fn write_status(cluster: &mut Cluster, d: &Value, status: Value) {
    let object = json!({"metadata": {"name": d.name(), "namespace": d.namespace(), "uid": d.uid()}, "status": status});
    let _ = cluster.update_status(&DEPLOYMENTS, object);
}

/// Writes a status together with the annotation that tells the revision, which `UpdateStatus` of this kind takes.
// upstream: pkg/registry/apps/deployment/strategy.go deploymentStatusStrategy
pub(super) fn write_whole(cluster: &mut Cluster, d: &Value) {
    let Some(stored) = cluster.store.find(&DEPLOYMENTS, d.namespace(), d.name()) else { return };
    let mut new = stored.as_ref().clone();
    new["status"] = d.at("status").clone();
    if let Some(annotations) = d.at("metadata").get("annotations") {
        new["metadata"]["annotations"] = annotations.clone();
    }
    let _ = cluster.update_status(&DEPLOYMENTS, new);
}
