//! The garbage collector: what an owner's deletion means for its dependents.
//! upstream: pkg/controller/garbagecollector/{garbagecollector,graph_builder}.go

use crate::api::{ObjectExt, Value};
use crate::cluster::world::Event;
use crate::cluster::{Change, Cluster, Key};
use crate::sim::Duration;
use serde_json::json;
use std::rc::Rc;

/// From an owner's deletion until its dependents are looked at.
const DELAY: Duration = Duration::millis(8);

/// Notes owners that went or wait for their dependents, and dependents for whose end an owner waits.
pub(super) fn on_change(cluster: &mut Cluster, change: &Change) {
    let mut due: Vec<Rc<str>> = Vec::new();
    match (&change.old, &change.new) {
        (Some(old), None) => {
            due.push(old.uid().into());
            // An owner may be waiting for this one's end.
            for owner in old.list_at("metadata.ownerReferences").iter().filter(|o| o.bool_at("blockOwnerDeletion")) {
                due.push(owner.str_at("uid").into());
            }
        }
        (_, Some(new)) if new.at("metadata").get("deletionTimestamp").is_some() && waits(new).is_some() => {
            due.push(new.uid().into());
        }
        (None, Some(new)) => {
            // An owner that never was, or is gone already (`absentOwnerCache`).
            let owners = new.list_at("metadata.ownerReferences").iter().map(|o| o.str_at("uid"));
            due.extend(owners.filter(|uid| cluster.index.owner(uid).is_none()).map(Rc::from));
        }
        _ => {}
    }
    for uid in due {
        let waiting = cluster.index.owner(&uid).and_then(|k| cluster.store.get(k));
        let alive = waiting.is_some_and(|o| o.at("metadata").get("deletionTimestamp").is_none());
        if !alive && (waiting.is_some() || cluster.index.dependents(&uid).next().is_some()) {
            cluster.queue.push(cluster.now + DELAY, Event::Collect(uid));
        }
    }
}

/// The collector's own finalizer on an object, if any.
fn waits(object: &Value) -> Option<&'static str> {
    let has = |name: &str| object.list_at("metadata.finalizers").iter().any(|f| f == name);
    ["foregroundDeletion", "orphan"].into_iter().find(|f| has(f))
}

/// Looks after the dependents of the owner `uid`.
// upstream: pkg/controller/garbagecollector/garbagecollector.go attemptToDeleteItem, attemptToOrphanWorker
pub(crate) fn collect(cluster: &mut Cluster, uid: &Rc<str>) {
    let dependents: Vec<Key> = cluster.index.dependents(uid).cloned().collect();
    match cluster.index.owner(uid).cloned() {
        None => {
            for key in dependents {
                collect_dependent(cluster, &key);
            }
        }
        Some(owner_key) => {
            let Some(owner) = cluster.store.get(&owner_key).cloned() else { return };
            if !owner.at("metadata.deletionTimestamp").is_string() {
                return;
            }
            match waits(&owner) {
                Some("orphan") => {
                    for key in dependents {
                        release(cluster, &key, uid);
                    }
                    drop_finalizer(cluster, &owner_key, "orphan");
                }
                Some(_) => foreground(cluster, &owner_key, uid, &dependents),
                None => {}
            }
        }
    }
}

/// Deletes a dependent none of whose owners is left; else drops the references to those that are gone.
fn collect_dependent(cluster: &mut Cluster, key: &Key) {
    let Some(object) = cluster.store.get(key).cloned() else { return };
    let references = object.list_at("metadata.ownerReferences");
    let solid: Vec<Value> =
        references.iter().filter(|o| cluster.index.owner(o.str_at("uid")).is_some()).cloned().collect();
    if solid.is_empty() && !references.is_empty() {
        if object.at("metadata.deletionTimestamp").is_string() && waits(&object).is_none() {
            return;
        }
        let policy = match waits(&object) {
            Some("orphan") => "Orphan",
            Some(_) => "Foreground",
            None => "Background",
        };
        let _ = cluster.delete(key, &json!({"propagationPolicy": policy, "preconditions": {"uid": object.uid()}}));
    } else if solid.len() < references.len() {
        let mut kept = object.as_ref().clone();
        kept.set("metadata.ownerReferences", solid);
        let _ = cluster.update(key.resource, kept);
    }
}

/// Takes one owner's reference off a dependent.
fn release(cluster: &mut Cluster, key: &Key, uid: &str) {
    let Some(object) = cluster.store.get(key) else { return };
    let mut free = object.as_ref().clone();
    let left: Vec<Value> =
        object.list_at("metadata.ownerReferences").iter().filter(|o| o.str_at("uid") != uid).cloned().collect();
    if left.is_empty() {
        free.unset("metadata.ownerReferences");
    } else {
        free.set("metadata.ownerReferences", left);
    }
    let _ = cluster.update(key.resource, free);
}

/// Deletes the dependents first; the owner goes when none that blocks it is left.
fn foreground(cluster: &mut Cluster, owner: &Key, uid: &str, dependents: &[Key]) {
    let blocks = |object: &Value| {
        let mine = |o: &&Value| o.str_at("uid") == uid;
        object.list_at("metadata.ownerReferences").iter().find(mine).is_some_and(|o| o.bool_at("blockOwnerDeletion"))
    };
    let mut blocked = false;
    for key in dependents {
        let Some(object) = cluster.store.get(key).cloned() else { continue };
        blocked |= blocks(&object);
        if !object.at("metadata.deletionTimestamp").is_string() {
            let options = json!({"propagationPolicy": "Foreground", "preconditions": {"uid": object.uid()}});
            let gone = cluster.delete(key, &options);
            drop(gone);
        }
    }
    if !blocked {
        drop_finalizer(cluster, owner, "foregroundDeletion");
    }
}

fn drop_finalizer(cluster: &mut Cluster, key: &Key, finalizer: &str) {
    let Some(object) = cluster.store.get(key) else { return };
    let mut new = object.as_ref().clone();
    let left: Vec<Value> = object.list_at("metadata.finalizers").iter().filter(|f| *f != finalizer).cloned().collect();
    if left.is_empty() {
        new.unset("metadata.finalizers");
    } else {
        new.set("metadata.finalizers", left);
    }
    let _ = cluster.update(key.resource, new);
}
