//! The subresource `scale`. upstream: pkg/registry/apps/{replicaset,deployment,statefulset}/storage/storage.go ScaleREST

use super::managed::record_update;
use super::{Call, patch};
use crate::api::resource::Resource;
use crate::api::status::Status;
use crate::api::{ObjectExt, Value, selector, validation};
use crate::cluster::Cluster;
use serde_json::json;
use std::rc::Rc;

/// The kind of the subresource, as its errors name it.
static SCALES: Resource = Resource {
    group: "autoscaling",
    version: "v1",
    kind: "Scale",
    plural: "scales",
    singular: "scale",
    short: &[],
    namespaced: true,
    in_all: false,
};

/// Whether a kind can be scaled.
pub(super) fn has_scale(resource: &Resource) -> bool {
    matches!(resource.plural, "replicasets" | "deployments" | "statefulsets" | "replicationcontrollers")
}

/// The selector as text; that of a ReplicationController is a plain map.
fn selector_text(object: &Value) -> String {
    match object.at("spec.selector") {
        map if object.str_at("kind") == "ReplicationController" => selector::Selector::of_set(map).to_string(),
        other => selector::Selector::of_object(other).map(|s| s.to_string()).unwrap_or_default(),
    }
}

/// An object's `Scale`.
pub(super) fn scale_of(object: &Value) -> Value {
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        metadata[field] = object.at("metadata")[field].clone();
    }
    let replicas = |path| object.int_at(path).unwrap_or(0);
    let mut spec = json!({});
    if replicas("spec.replicas") != 0 {
        spec["replicas"] = replicas("spec.replicas").into();
    }
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec,
        "status": {"replicas": replicas("status.replicas"), "selector": selector_text(object)}})
}

impl Cluster {
    /// Reads, replaces or patches the scale.
    pub(super) fn scale(&mut self, call: &mut Call<'_>, change: Option<(&str, &Value)>) -> Result<Value, Box<Status>> {
        let (key, old) = self.stored(call)?;
        let Some((kind, body)) = change else { return Ok(scale_of(&old)) };
        let mut scale = scale_of(&old);
        match kind {
            "" => scale = body.clone(),
            _ => patch::merge(&mut scale, body),
        }
        let replicas = scale.int_at("spec.replicas").unwrap_or(0);
        let errors = validation::scale(&scale);
        if !errors.is_empty() {
            return Err(Status::invalid(&SCALES, &key.name, &errors));
        }
        let mut new = (*old).clone();
        new.set("spec.replicas", replicas);
        let version = scale.str_at("metadata.resourceVersion");
        if !version.is_empty() {
            new.set("metadata.resourceVersion", version);
        }
        record_update(key.resource, &mut new, Some(&old), self.manager(call, "Update"));
        let stored: Rc<Value> = self.replace(call, &key, new, &old)?;
        Ok(scale_of(&stored))
    }
}
