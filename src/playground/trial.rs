//! What applying a manifest would do, asked of a copy of the cluster: even a dry run draws names, and those are the
//! cluster's own to draw.

use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::{Cluster, Method, Request, Server};
use crate::kubectl::{annotated, patch_for};
use std::rc::Rc;

/// What is there and what there would be.
pub(super) struct Trial {
    /// The object as it is in the cluster.
    pub live: Option<Rc<Value>>,
    /// The object as it would be, or the API server's `Status` that refuses it.
    pub after: Result<Value, Value>,
}

/// What `kubectl apply` of a manifest would do; `None` if nobody knows its kind. A dry run allots no addresses and ports,
/// so it doesn't find out that one is taken; without it what is drawn at random is in the answer.
// Kept apart: loaded with the rest of the engine.
#[inline(never)]
pub(super) fn applied(cluster: &Cluster, manifest: &Value, dry: bool) -> Option<Trial> {
    let resource = Resource::by_kind(manifest.str_at("apiVersion"), manifest.str_at("kind"))?;
    let namespace = match (resource.namespaced, manifest.namespace()) {
        (false, _) => "",
        (true, "") => "default",
        (true, namespace) => namespace,
    };
    let live = cluster.store.find(resource, namespace, manifest.name()).cloned();
    let request = match &live {
        None => Request::new(Method::Post, resource.path(namespace)).body(manifest.clone()),
        Some(live) => {
            let mut patch = patch_for(live, &annotated(manifest));
            // What the annotation alone changes is no change.
            let annotations = patch.get_mut("metadata").and_then(|m| m.get_mut("annotations"));
            if let Some(map) = annotations.and_then(|a| a.as_object_mut()) {
                map.retain(|key, _| !key.starts_with("kubectl.kubernetes.io/last-applied"));
            }
            let path = format!("{}/{}", resource.path(namespace), manifest.name());
            let mut request = Request::new(Method::Patch, path).body(patch);
            request.content_type = "application/strategic-merge-patch+json";
            request
        }
    };
    let request = request.query("fieldValidation", "Strict");
    let request = if dry { request.query("dryRun", "All") } else { request };
    let response = cluster.clone().request(&request);
    let after = if response.ok() { Ok(response.body.clone()) } else { Err(response.body.clone()) };
    Some(Trial { live, after })
}
