//! What applying a manifest would do, asked of a copy of the cluster: even a dry run draws names, and those are the
//! cluster's own to draw.

use super::Playground;
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

/// Most trials that are kept.
const KEPT: usize = 600;

/// Trials of one state of the cluster: of a long file a keystroke changes one document, and the others need not be tried
/// again.
#[derive(Default)]
pub(super) struct Trials {
    revision: u64,
    tried: Vec<(Value, bool, Option<Rc<Trial>>)>,
    /// Where the next one is looked for first: documents are tried in their order.
    next: usize,
}

impl Playground {
    /// As [`applied`], of the cluster as it is now.
    pub(super) fn trial(&self, manifest: &Value, dry: bool) -> Option<Rc<Trial>> {
        let cluster = &self.moment.cluster;
        let mut kept = self.cache.trials.borrow_mut();
        if kept.revision != cluster.store.revision() || kept.tried.len() >= KEPT {
            *kept = Trials { revision: cluster.store.revision(), ..Trials::default() };
        }
        let (head, tail) = kept.tried.split_at(kept.next.min(kept.tried.len()));
        let same = |(m, d, _): &(Value, bool, Option<Rc<Trial>>)| *d == dry && m == manifest;
        let after = tail.iter().position(same).map(|i| head.len() + i);
        if let Some(at) = after.or_else(|| head.iter().position(same)) {
            kept.next = at + 1;
            return kept.tried.get(at).and_then(|(_, _, trial)| trial.clone());
        }
        let trial = applied(cluster, manifest, dry).map(Rc::new);
        kept.tried.push((manifest.clone(), dry, trial.clone()));
        trial
    }
}

/// What `kubectl apply` of a manifest would do; `None` if nobody knows its kind. A dry run allots no addresses and ports,
/// so it doesn't find out that one is taken; without it what is drawn at random is in the answer.
// Kept apart: loaded with the rest of the engine.
#[inline(never)]
fn applied(cluster: &Cluster, manifest: &Value, dry: bool) -> Option<Trial> {
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
