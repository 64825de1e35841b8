//! Writes from inside the cluster: what controllers, the scheduler and kubelets send. They are trusted, so they are
//! neither decoded nor validated, which keeps a Pod's whole life cheap; everything else that the registry does to an
//! object (metadata, allocation, graceful deletion, finalizers) happens as it does to a client's.

use super::alloc::Transaction;
use super::{meta, strategy};
use crate::api::resource::{ENDPOINTS, NAMESPACES, PODS, SERVICES};
use crate::api::status::Status;
use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::{Cluster, Key};
use serde_json::json;
use std::rc::Rc;

/// The object that a write left, or why it was refused.
pub(crate) type Written = Result<Rc<Value>, Box<Status>>;

impl Cluster {
    /// Creates `object` as it is: fills in what the server gives every object (`uid`, `creationTimestamp`, a generated
    /// name, `generation`, `resourceVersion`), a Pod's first status and a Service's addresses.
    ///
    /// # Errors
    /// `AlreadyExists`; for Services what their allocation says.
    pub(crate) fn create(&mut self, resource: &'static Resource, mut object: Value) -> Written {
        self.fill_metadata(resource, &mut object);
        strategy::canonicalize(resource, &mut object);
        if resource == &PODS {
            meta::pod_status_on_create(&mut object);
        }
        let mut txn = Transaction::new(true);
        if resource == &SERVICES {
            txn = self.allocate_create(&mut object, false)?;
        }
        let key = Key::of(resource, &object);
        if let Some(old) = self.store.get(&key) {
            let status = meta::already_exists(resource, old);
            self.allocators.revert(&txn);
            return Err(status);
        }
        Ok(self.store.put(resource, object))
    }

    /// Replaces an object; status and all. `generation` goes up if `spec` changed; an object that is being deleted
    /// and has no finalizer left goes away; an update that changes nothing is none.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if `object` names another uid than the stored one has.
    pub(crate) fn update(&mut self, resource: &'static Resource, mut object: Value) -> Written {
        let key = Key::of(resource, &object);
        let Some(old) = self.store.get(&key).cloned() else {
            return Err(Status::not_found(resource, &key.name));
        };
        check_uid(resource, &key, &object, &old)?;
        strategy::canonicalize(resource, &mut object);
        meta::keep_system_fields(&mut object, &old);
        strategy::bump_generation(resource, &mut object, &old);
        Ok(self.store_update(&key, object, &old))
    }

    /// Replaces an object's `status` alone; the rest of `object` but its name, namespace and uid is not read.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if `object` names another uid than the stored one has.
    pub(crate) fn update_status(&mut self, resource: &'static Resource, mut object: Value) -> Written {
        let key = Key::of(resource, &object);
        let Some(old) = self.store.get(&key).cloned() else {
            return Err(Status::not_found(resource, &key.name));
        };
        check_uid(resource, &key, &object, &old)?;
        let status = object.get_mut("status").map(Value::take).unwrap_or(Value::Null);
        let rest = old.as_object().into_iter().flatten().filter(|(k, _)| *k != "status");
        let mut new: serde_json::Map<_, _> = rest.map(|(k, v)| (k.clone(), v.clone())).collect();
        new.insert("status".into(), status);
        let mut new = Value::Object(new);
        // A Deployment's annotations come with its status: its revision is one.
        // upstream: pkg/registry/apps/deployment/strategy.go deploymentStatusStrategy
        let annotations = object.at("metadata").get("annotations");
        if let Some(annotations) = annotations.filter(|_| resource.plural == "deployments") {
            new.set("metadata.annotations", annotations.clone());
        }
        Ok(self.store_update(&key, new, &old))
    }

    /// Deletes with `DeleteOptions` (`Null`: none): sets the deletion timestamp where a grace period or a finalizer
    /// asks for it, else takes the object away.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` (preconditions).
    pub(crate) fn delete(&mut self, key: &Key, options: &Value) -> Written {
        super::delete::delete(self, key, options)
    }

    /// Gives a Pod its node. upstream: pkg/registry/core/pod/storage/storage.go assignPod
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where the Pod has a node or is going away.
    pub(crate) fn bind(&mut self, namespace: &str, pod: &str, node: &str) -> Written {
        let key = Key::new(&PODS, namespace, pod);
        let Some(old) = self.store.get(&key).cloned() else { return Err(Status::not_found(&PODS, pod)) };
        let why = if old.at("metadata.deletionTimestamp").is_string() {
            format!("pod {pod} is being deleted, cannot be assigned to a host")
        } else if !old.str_at("spec.nodeName").is_empty() {
            format!("pod {pod} is already assigned to node {:?}", old.str_at("spec.nodeName"))
        } else {
            String::new()
        };
        if !why.is_empty() {
            return Err(Status::conflict(&super::POD_BINDINGS, pod, &why));
        }
        let mut new = (*old).clone();
        new.set("spec.nodeName", node);
        let scheduled = json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null,
            "lastTransitionTime": self.now.rfc3339(), "observedGeneration": old.at("metadata.generation")});
        meta::set_condition(&mut new, scheduled);
        Ok(self.store_update(&key, new, &old))
    }

    /// `metadata` as the server completes it before anything else looks at the object.
    /// upstream: staging/src/k8s.io/apiserver/pkg/registry/rest/create.go BeforeCreate
    pub(super) fn fill_metadata(&mut self, resource: &'static Resource, object: &mut Value) {
        object.set("apiVersion", resource.api_version());
        object.set("kind", resource.kind);
        object.set("metadata.uid", meta::uid(&mut self.random));
        object.set("metadata.creationTimestamp", self.now.rfc3339());
        if object.name().is_empty() && !object.str_at("metadata.generateName").is_empty() {
            let base = object.str_at("metadata.generateName").to_owned();
            let mut name = meta::generated_name(&mut self.random, &base);
            for _ in 0..7 {
                if self.store.find(resource, object.namespace(), &name).is_none() {
                    break;
                }
                name = meta::generated_name(&mut self.random, &base);
            }
            object.set("metadata.name", name);
        }
        if meta::has_generation(resource) {
            object.set("metadata.generation", 1);
        }
    }

    /// Stores an update: not if nothing changed; as a removal if it was the last finalizer that went.
    /// upstream: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go Update, ShouldDeleteDuringUpdate
    pub(super) fn store_update(&mut self, key: &Key, object: Value, old: &Rc<Value>) -> Rc<Value> {
        if object == **old {
            return old.clone();
        }
        let going = object.at("metadata.deletionTimestamp").is_string()
            && object.int_at("metadata.deletionGracePeriodSeconds").unwrap_or(0) == 0
            && object.list_at("metadata.finalizers").is_empty();
        if going && (key.resource != &NAMESPACES || object.list_at("spec.finalizers").is_empty()) {
            self.remove(key);
            return Rc::new(object);
        }
        self.store.put(key.resource, object)
    }

    /// Takes an object out of the store, and what the registry takes with it: a Service's addresses and Endpoints.
    /// upstream: pkg/registry/core/service/storage/storage.go afterDelete
    pub(super) fn remove(&mut self, key: &Key) -> Option<Rc<Value>> {
        let old = self.store.remove(key)?;
        if key.resource == &SERVICES {
            self.allocators.release_service(&old);
            self.store.remove(&Key { resource: &ENDPOINTS, ..key.clone() });
        }
        Some(old)
    }
}

/// An object that was deleted and made anew is not the one that the writer saw.
fn check_uid(resource: &'static Resource, key: &Key, new: &Value, old: &Value) -> Result<(), Box<Status>> {
    if new.uid().is_empty() || new.uid() == old.uid() {
        return Ok(());
    }
    let why = format!("Precondition failed: UID in precondition: {}, UID in object meta: {}", new.uid(), old.uid());
    Err(Status::conflict(resource, &key.name, &why))
}
