//! Deletion: preconditions, grace, finalizers. upstream: staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go,
//! registry/generic/registry/store.go Delete

use super::trusted::Written;
use crate::api::resource::{NAMESPACES, PODS};
use crate::api::status::Status;
use crate::api::{ObjectExt, Value};
use crate::cluster::{Cluster, Key};
use crate::sim::{Duration, Time};
use serde_json::json;
use std::rc::Rc;

/// Deletes one object as `DeleteOptions` say.
///
/// # Errors
/// `NotFound`; `Conflict` where a precondition does not hold or a namespace is going already.
pub(super) fn delete(cluster: &mut Cluster, key: &Key, options: &Value) -> Written {
    let Some(old) = cluster.store.get(key).cloned() else { return Err(Status::not_found(key.resource, &key.name)) };
    preconditions(key, options, &old)?;
    if key.resource == &NAMESPACES {
        return Ok(delete_namespace(cluster, key, &old));
    }
    let deleting = old.at("metadata.deletionTimestamp").is_string();
    let mut new = (*old).clone();
    let grace = match (key.resource == &PODS, deleting) {
        (true, false) => grace_period(&old, options),
        (true, true) => match shorter_grace(&old, options) {
            Some(seconds) => seconds,
            None => return Ok(old),
        },
        (false, _) => 0,
    };
    let finalizers = finalizers_after(&old, options);
    if grace == 0 && finalizers.is_empty() {
        return Ok(cluster.remove(key).unwrap_or(old));
    }
    if finalizers != old.list_at("metadata.finalizers") {
        if finalizers.is_empty() {
            new.unset("metadata.finalizers");
        } else {
            new.set("metadata.finalizers", finalizers);
        }
    }
    let start = if deleting { deletion_start(&old) } else { cluster.now };
    if key.resource == &PODS || !deleting {
        new.set("metadata.deletionTimestamp", (start + Duration::secs(grace)).rfc3339());
        new.set("metadata.deletionGracePeriodSeconds", grace);
    }
    if let (false, Some(generation)) = (deleting, old.int_at("metadata.generation")) {
        new.set("metadata.generation", generation + 1);
    }
    Ok(if new == *old { old } else { cluster.store.put(key.resource, new) })
}

/// When the deletion that is under way began.
fn deletion_start(old: &Value) -> Time {
    let end = Time::parse(old.str_at("metadata.deletionTimestamp")).unwrap_or_default();
    let grace = old.int_at("metadata.deletionGracePeriodSeconds").unwrap_or(0).max(0) as u64;
    Time(end.0.saturating_sub(Duration::secs(grace).0))
}

/// Seconds a Pod is given. upstream: pkg/registry/core/pod/strategy.go CheckGracefulDelete
fn grace_period(pod: &Value, options: &Value) -> u64 {
    let asked = options.int_at("gracePeriodSeconds").or(pod.int_at("spec.terminationGracePeriodSeconds")).unwrap_or(0);
    let over = matches!(pod.str_at("status.phase"), "Failed" | "Succeeded");
    if pod.str_at("spec.nodeName").is_empty() || over {
        return 0;
    }
    u64::try_from(asked).unwrap_or(1)
}

/// A Pod that is going already can only be told to go sooner; `None`: nothing changes.
fn shorter_grace(pod: &Value, options: &Value) -> Option<u64> {
    let now = pod.int_at("metadata.deletionGracePeriodSeconds").unwrap_or(0);
    if now == 0 {
        return Some(0);
    }
    let asked = options.int_at("gracePeriodSeconds")?;
    (asked < now).then(|| u64::try_from(asked).unwrap_or(1))
}

/// The finalizers after `propagationPolicy`. upstream: store.go deletionFinalizersForGarbageCollection
fn finalizers_after(old: &Value, options: &Value) -> Vec<Value> {
    let has = |name: &str| old.list_at("metadata.finalizers").iter().any(|f| f == name);
    let policy = options.str_at("propagationPolicy");
    let orphan = match options.at("orphanDependents").as_bool() {
        Some(orphan) => orphan,
        None => policy == "Orphan" || policy.is_empty() && has("orphan"),
    };
    let foreground = policy == "Foreground" || policy.is_empty() && has("foregroundDeletion") && !orphan;
    let ours = ["orphan", "foregroundDeletion"];
    let mut out: Vec<Value> =
        old.list_at("metadata.finalizers").iter().filter(|f| !ours.iter().any(|o| *f == o)).cloned().collect();
    if orphan {
        out.push("orphan".into());
    }
    if foreground {
        out.push("foregroundDeletion".into());
    }
    out
}

/// upstream: staging/src/k8s.io/apiserver/pkg/storage/interfaces.go Preconditions.Check
fn preconditions(key: &Key, options: &Value, old: &Value) -> Result<(), Box<Status>> {
    for (field, what) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
        let want = options.at("preconditions").str_at(field);
        let have = old.at("metadata").str_at(field);
        if !want.is_empty() && want != have {
            let why = format!("Precondition failed: {what} in precondition: {want}, {what} in object meta: {have}");
            return Err(Status::conflict(key.resource, &key.name, &why));
        }
    }
    Ok(())
}

/// A namespace stays, terminating, until its finalizers say that it is empty.
/// upstream: pkg/registry/core/namespace/storage/storage.go REST.Delete
fn delete_namespace(cluster: &mut Cluster, key: &Key, old: &Rc<Value>) -> Rc<Value> {
    let empty = old.list_at("spec.finalizers").is_empty() && old.list_at("metadata.finalizers").is_empty();
    if empty {
        return cluster.remove(key).unwrap_or_else(|| old.clone());
    }
    if old.at("metadata.deletionTimestamp").is_string() {
        return old.clone();
    }
    let mut new = (**old).clone();
    new.set("metadata.deletionTimestamp", cluster.now.rfc3339());
    new.set("metadata.deletionGracePeriodSeconds", json!(0));
    new.set("status.phase", "Terminating");
    cluster.store.put(key.resource, new)
}
