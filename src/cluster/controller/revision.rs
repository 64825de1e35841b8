//! ControllerRevisions: what a DaemonSet's or StatefulSet's template was. upstream: pkg/controller/history/

use super::controller_ref;
use super::gohash::template_hash;
use crate::api::resource::CONTROLLER_REVISIONS;
use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::Cluster;
use crate::cluster::index::controller_of;
use serde_json::json;

/// Finds or makes the revision of `owner`'s template; gives its hash. `label` is where the kind writes the hash.
// upstream: pkg/controller/history/controller_history.go NewControllerRevision
pub(super) fn current(cluster: &mut Cluster, resource: &'static Resource, owner: &Value, label: &str) -> String {
    let hash = template_hash(owner.at("spec.template"), owner.int_at("status.collisionCount").filter(|n| *n > 0));
    let mine: Vec<(String, i64)> = cluster
        .store
        .list(&CONTROLLER_REVISIONS, owner.namespace())
        .filter(|r| controller_of(r).is_some_and(|o| o.str_at("uid") == owner.uid()))
        .map(|r| (r.name().to_owned(), r.int_at("revision").unwrap_or(0)))
        .collect();
    let name = format!("{}-{hash}", owner.name());
    let latest = mine.iter().map(|(_, n)| *n).max().unwrap_or(0);
    if let Some((_, revision)) = mine.iter().find(|(n, _)| *n == name) {
        if *revision < latest {
            renumber(cluster, owner.namespace(), &name, latest + 1);
        }
        return hash;
    }
    let mut template = owner.at("spec.template").clone();
    template["$patch"] = "replace".into();
    let mut labels = owner.at("spec.template.metadata.labels").as_object().cloned().unwrap_or_default();
    labels.insert(label.into(), hash.as_str().into());
    let mut revision = json!({
        "metadata": {"name": name, "namespace": owner.namespace(), "labels": labels,
            "ownerReferences": [controller_ref(resource, owner)]},
        "data": {"spec": {"template": template}}, "revision": latest + 1,
    });
    if let Some(annotations) = owner.at("metadata").get("annotations") {
        revision["metadata"]["annotations"] = annotations.clone();
    }
    let _ = cluster.create(&CONTROLLER_REVISIONS, revision);
    hash
}

/// Going back to an old template makes its revision the newest.
fn renumber(cluster: &mut Cluster, namespace: &str, name: &str, number: i64) {
    let Some(old) = cluster.store.find(&CONTROLLER_REVISIONS, namespace, name) else { return };
    let mut revision = old.as_ref().clone();
    revision["revision"] = number.into();
    let _ = cluster.update(&CONTROLLER_REVISIONS, revision);
}
