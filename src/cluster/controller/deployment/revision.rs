//! Revisions: which ReplicaSet carries the template as it is now, and what is written on it.

use super::super::gohash::template_hash;
use super::super::{controller_ref, pods};
use super::size::{max_surge, new_replicas};
use super::status::{condition, deadline, progressing, set_condition, write_status, write_whole};
use super::{DESIRED, HASH, HISTORY, KEPT, MAX, REVISION, Sets, replicas, say};
use crate::api::resource::{DEPLOYMENTS, REPLICA_SETS};
use crate::api::{ObjectExt, Value};
use crate::cluster::Cluster;
use crate::cluster::index::annotation;
use crate::cluster::recorder::EventType;
use serde_json::{Map, json};

/// Gives the new ReplicaSet its revision and annotations; makes it where there is none and `create` says so.
// upstream: pkg/controller/deployment/sync.go getNewReplicaSet
pub(super) fn sync_revision(cluster: &mut Cluster, d: &mut Value, sets: &mut Sets, create: bool) {
    let revision = sets.old.iter().filter_map(|s| annotation(s, REVISION).parse::<i64>().ok()).max().unwrap_or(0) + 1;
    if let Some(set) = sets.new.clone() {
        let mut changed = set.as_ref().clone();
        annotate(d, &mut changed, revision, true);
        if d.at("spec.minReadySeconds") != set.at("spec.minReadySeconds") {
            match d.at("spec").get("minReadySeconds") {
                Some(n) => changed.set("spec.minReadySeconds", n.clone()),
                None => drop(changed.unset("spec.minReadySeconds")),
            }
        }
        if changed != *set {
            if let Ok(set) = cluster.update(&REPLICA_SETS, changed) {
                sets.new = Some(set);
            }
            return;
        }
        let text = format!("Found new replica set {:?}", set.name());
        let mut needs = set_revision(d, annotation(&set, REVISION));
        if deadline(d).is_some() && progressing(d.at("status")).is_none() {
            set_condition(&mut d["status"], condition(cluster.now, "Progressing", "True", "FoundNewReplicaSet", &text));
            needs = true;
        }
        if needs {
            write_whole(cluster, d);
        }
    } else if create {
        create_set(cluster, d, sets, revision);
    }
}

fn create_set(cluster: &mut Cluster, d: &mut Value, sets: &mut Sets, revision: i64) {
    let mut template = d.at("spec.template").clone();
    let collisions = d.int_at("status.collisionCount");
    let hash = template_hash(&template, collisions);
    put_label(&mut template, &hash);
    let mut selector = d.at("spec.selector").clone();
    if !selector.at("matchLabels").is_object() {
        selector["matchLabels"] = json!({});
    }
    selector["matchLabels"][HASH] = hash.clone().into();
    let mut set = json!({
        "metadata": {"name": format!("{}-{hash}", d.name()), "namespace": d.namespace(),
            "labels": template.at("metadata.labels"), "ownerReferences": [controller_ref(&DEPLOYMENTS, d)]},
        "spec": {"replicas": 0, "selector": selector, "template": template},
    });
    if let Some(n) = d.at("spec").get("minReadySeconds") {
        set["spec"]["minReadySeconds"] = n.clone();
    }
    let count = new_replicas(d, sets, 0);
    set["spec"]["replicas"] = count.into();
    annotate(d, &mut set, revision, false);
    let name = set.name().to_owned();
    if pods::namespace_ends(cluster, d.namespace()) {
        return;
    }
    match cluster.create(&REPLICA_SETS, with_status(set)) {
        Ok(set) => {
            if count > 0 {
                let text = format!("Scaled up replica set {name} from 0 to {count}");
                say(cluster, d, EventType::Normal, "ScalingReplicaSet", &text);
            }
            sets.new = Some(set);
            set_revision(d, &revision.to_string());
            if deadline(d).is_some() {
                let text = format!("Created new replica set {name:?}");
                set_condition(
                    &mut d["status"],
                    condition(cluster.now, "Progressing", "True", "NewReplicaSetCreated", &text),
                );
            }
            write_whole(cluster, d);
        }
        Err(status) if status.code == 409 => {
            d["status"]["collisionCount"] = (collisions.unwrap_or(0) + 1).into();
            let status = d.at("status").clone();
            write_status(cluster, d, status);
        }
        Err(status) => {
            let text = format!("Failed to create new replica set {name:?}: {}", status.message);
            say(cluster, d, EventType::Warning, "ReplicaSetCreateError", &text);
        }
    }
}

fn with_status(mut set: Value) -> Value {
    set["status"] = json!({"replicas": 0});
    set
}

fn put_label(template: &mut Value, hash: &str) {
    if !template.at("metadata.labels").is_object() {
        template.set("metadata.labels", json!({}));
    }
    template["metadata"]["labels"][HASH] = hash.into();
}

/// Writes the annotations that a ReplicaSet has from its Deployment.
// upstream: pkg/controller/deployment/util/deployment_util.go SetNewReplicaSetAnnotations
fn annotate(d: &Value, set: &mut Value, revision: i64, exists: bool) {
    let mut annotations = set.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    for (key, value) in d.pairs_at("metadata.annotations") {
        if !KEPT.contains(&key) {
            annotations.insert(key.into(), value.into());
        }
    }
    let old = annotations.get(REVISION).and_then(Value::as_str).map(str::to_owned);
    let number = old.as_deref().and_then(|o| o.parse::<i64>().ok()).unwrap_or(0);
    if number < revision {
        annotations.insert(REVISION.into(), revision.to_string().into());
        if let Some(old) = old {
            let history = match annotations.get(HISTORY).and_then(Value::as_str).filter(|h| !h.is_empty()) {
                Some(history) => format!("{history},{old}"),
                None => old,
            };
            annotations.insert(HISTORY.into(), history.into());
        }
    }
    if !exists {
        size_annotations(d, &mut annotations);
    }
    set["metadata"]["annotations"] = annotations.into();
}

pub(super) fn size_annotations(d: &Value, annotations: &mut Map<String, Value>) {
    annotations.insert(DESIRED.into(), replicas(d).to_string().into());
    annotations.insert(MAX.into(), (replicas(d) + max_surge(d)).to_string().into());
}

fn set_revision(d: &mut Value, revision: &str) -> bool {
    if annotation(d, REVISION) == revision {
        return false;
    }
    if !d.at("metadata.annotations").is_object() {
        d.set("metadata.annotations", json!({}));
    }
    d["metadata"]["annotations"][REVISION] = revision.into();
    true
}
