//! Deletion: preconditions, grace, finalizers. upstream: staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go,
//! registry/generic/registry/store.go Delete

use super::admission::IMMORTAL_NAMESPACES;
use super::trusted::Written;
use super::{Answer, Call, success};
use crate::api::resource::{NAMESPACES, PODS};
use crate::api::status::Status;
use crate::api::{ObjectExt, Resource, Value};
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
    check_preconditions(key, options, &old)?;
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
    new.set("status.phase", "Terminating");
    cluster.store.put(key.resource, new)
}

impl Cluster {
    /// `DELETE` of one object: answers with what is left of it, or with a `Status` once it is gone.
    pub(super) fn client_delete(&mut self, call: &mut Call<'_>) -> Answer {
        let (key, old) = self.stored(call)?;
        if key.resource == &NAMESPACES && IMMORTAL_NAMESPACES.contains(&&*key.name) {
            return Err(Status::forbidden(&NAMESPACES, &key.name, "this namespace may not be deleted"));
        }
        let options = delete_options(call);
        if call.dry_run {
            check_preconditions(&key, &options, &old)?;
            return Ok((200, (*old).clone()));
        }
        let left = self.delete(&key, &options)?;
        // Services answer with the deleted object. upstream: store.go ReturnDeletedObject
        if self.store.get(&key).is_some() || matches!(key.resource.plural, "services" | "pods") {
            return Ok((200, (*left).clone()));
        }
        let (group, kind) = (key.resource.group, key.resource.plural);
        let mut details = json!({"name": &*key.name, "kind": kind, "uid": old.uid()});
        if !group.is_empty() {
            details["group"] = group.into();
        }
        Ok((200, success(details)))
    }

    /// `DELETE` of all that the selectors name.
    pub(super) fn delete_collection(&mut self, call: &mut Call<'_>) -> Answer {
        let options = delete_options(call);
        let answer = self.list(call)?;
        if !call.dry_run {
            for object in self.selected(call)? {
                self.delete(&Key::of(call.route.resource, &object), &options)?;
            }
        }
        Ok((200, answer))
    }

    /// `PUT namespaces/NAME/finalize`: what is left of `spec.finalizers`; the last one takes the namespace along.
    /// upstream: pkg/registry/core/namespace/strategy.go namespaceFinalizeStrategy
    pub(super) fn finalize(&mut self, call: &mut Call<'_>) -> Answer {
        let (key, old) = self.stored(call)?;
        let mut new = (*old).clone();
        match call.request.body.list_at("spec.finalizers") {
            [] => drop(new.unset("spec.finalizers")),
            left => new.set("spec.finalizers", left.to_vec()),
        }
        Ok((200, (*self.store_update(&key, new, &old)).clone()))
    }
}

/// The options of the body; those of the query only if there is no body.
fn delete_options(call: &Call<'_>) -> Value {
    if call.request.body.is_object() {
        return call.request.body.clone();
    }
    let mut options = json!({});
    if let Ok(seconds) = call.param("gracePeriodSeconds").parse::<i64>() {
        options["gracePeriodSeconds"] = seconds.into();
    }
    if !call.param("propagationPolicy").is_empty() {
        options["propagationPolicy"] = call.param("propagationPolicy").into();
    }
    options
}

/// upstream: staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go BeforeDelete
fn check_preconditions(key: &Key, options: &Value, old: &Value) -> Result<(), Box<Status>> {
    for (field, what) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
        let (want, have) = (options.at("preconditions").str_at(field), old.at("metadata").str_at(field));
        if !want.is_empty() && want != have {
            let why = format!(
                "the {what} in the precondition ({want}) does not match the {what} in record ({have}). \
                 The object might have been deleted and then recreated"
            );
            return Err(Status::conflict(&named_by_kind(key.resource), &key.name, &why));
        }
    }
    Ok(())
}

/// A conflict of preconditions names the kind where others name the resource.
fn named_by_kind(resource: &Resource) -> Resource {
    Resource { plural: resource.kind, ..*resource }
}
