//! What all controllers of Pods share: Pods made from a template, adoption and release, which controller a Pod
//! concerns. upstream: pkg/controller/{controller_utils,controller_ref_manager}.go

use super::{Kind, controller_ref, source};
use crate::api::resource::*;
use crate::api::status::Status;
use crate::api::{ObjectExt, Resource, Value, defaults};
use crate::cluster::apiserver::Written;
use crate::cluster::apiserver::meta::suffix;
use crate::cluster::index::{NamespacedName, PodInfo, controller_of, label};
use crate::cluster::recorder::EventType;
use crate::cluster::{Change, Cluster, Key};
use serde_json::json;
use std::rc::Rc;

/// An owner's selector, read once to be asked of many Pods.
pub(crate) struct Selector<'a> {
    pub pairs: Vec<(&'a str, &'a str)>,
    expressions: &'a [Value],
    nothing: bool,
}

impl<'a> Selector<'a> {
    /// Of a `LabelSelector` object. None selects nothing, an empty one everything.
    pub fn of(selector: &'a Value) -> Self {
        let expressions = selector.list_at("matchExpressions");
        Self { pairs: selector.pairs_at("matchLabels"), expressions, nothing: selector.is_null() }
    }
    /// Of a controller of Pods. A ReplicationController's selector is a plain map.
    pub fn of_owner(owner: &'a Value) -> Self {
        if owner.str_at("kind") != "ReplicationController" {
            return Self::of(owner.at("spec.selector"));
        }
        let pairs = owner.pairs_at("spec.selector");
        Self { nothing: pairs.is_empty(), pairs, expressions: &[] }
    }
    /// Whether it selects an object, given how to look a label up.
    pub fn matches<'b>(&self, label: impl Fn(&str) -> Option<&'b str>) -> bool {
        !self.nothing
            && self.pairs.iter().all(|(k, v)| label(k) == Some(v))
            && self.expressions.iter().all(|e| expression(e, label(e.str_at("key"))))
    }
    /// Whether it selects a Pod.
    pub fn selects(&self, pod: &PodInfo) -> bool {
        self.matches(|key| label(&pod.labels, key))
    }
}

/// One `matchExpressions` requirement, of labels or of a node.
pub(crate) fn expression(requirement: &Value, value: Option<&str>) -> bool {
    let values = requirement.list_at("values");
    let among = value.is_some_and(|v| values.iter().any(|x| x == v));
    let compare = |greater: bool| {
        let bound = values.first().and_then(|v| v.as_str()?.parse::<i64>().ok());
        let (Some(number), Some(bound)) = (value.and_then(|v| v.parse::<i64>().ok()), bound) else { return false };
        if greater { number > bound } else { number < bound }
    };
    match requirement.str_at("operator") {
        "In" => among,
        "NotIn" => !among,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compare(true),
        "Lt" => compare(false),
        _ => false,
    }
}

/// Whether a controller would see a difference: being scheduled or given a status that is still unready is none.
fn matters(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return true };
    let ready = |pod: &Value| {
        let conditions = pod.list_at("status.conditions").iter();
        conditions.filter(|c| c.str_at("type") == "Ready").map(|c| c.str_at("status") == "True").next().unwrap_or(false)
    };
    old.str_at("status.phase") != new.str_at("status.phase")
        || ready(old) != ready(new)
        || ["labels", "ownerReferences", "deletionTimestamp", "annotations"]
            .into_iter()
            .any(|field| old.at("metadata").get(field) != new.at("metadata").get(field))
}

/// Puts the controllers of a Pod, or those that would adopt it, into their queues.
pub(super) fn on_change(cluster: &mut Cluster, change: &Change) {
    if matters(change) {
        super::enqueue_owner(cluster, change);
    }
    let Some(new) = change.new.as_ref().filter(|n| controller_of(n).is_none()) else { return };
    if change
        .old
        .as_ref()
        .is_some_and(|o| controller_of(o).is_none() && o.at("metadata.labels") == new.at("metadata.labels"))
    {
        return;
    }
    let kinds: [(&'static Resource, Kind); 4] = [
        (&REPLICA_SETS, Kind::ReplicaSet),
        (&REPLICATION_CONTROLLERS, Kind::ReplicationController),
        (&DAEMON_SETS, Kind::DaemonSet),
        (&STATEFUL_SETS, Kind::StatefulSet),
    ];
    for (resource, kind) in kinds {
        let names: Vec<Rc<str>> = cluster
            .store
            .list(resource, &change.key.namespace)
            .filter(|o| Selector::of_owner(o).matches(|key| new.label(key)))
            .map(|o| o.name().into())
            .collect();
        for name in names {
            cluster.enqueue_name(kind, &change.key.namespace, &name);
        }
    }
}

/// Pods that are `owner`'s: those it controls, after letting go those it no longer selects and adopting orphans that
/// it does. Only active ones change hands; finished and terminating ones of its own are in the list too.
// upstream: pkg/controller/controller_ref_manager.go PodControllerRefManager.ClaimPods
pub(super) fn claim(cluster: &mut Cluster, resource: &'static Resource, owner: &Value) -> Vec<Rc<PodInfo>> {
    let namespace: Rc<str> = owner.namespace().into();
    let selector = Selector::of_owner(owner);
    let going = owner.at("metadata.deletionTimestamp").is_string();
    let mut mine = Vec::new();
    let mut released = Vec::new();
    for info in cluster.index.owned_by(owner.uid()) {
        if selector.selects(info) {
            mine.push(info.clone());
        } else if info.active() && !going {
            released.push(info.object.clone());
        } else if going {
            mine.push(info.clone());
        }
    }
    for pod in released {
        let mut free = pod.as_ref().clone();
        let kept: Vec<Value> = pod
            .list_at("metadata.ownerReferences")
            .iter()
            .filter(|o| o.str_at("uid") != owner.uid())
            .cloned()
            .collect();
        if kept.is_empty() {
            free.unset("metadata.ownerReferences");
        } else {
            free.set("metadata.ownerReferences", kept);
        }
        let _ = cluster.update(&PODS, free);
    }
    if !going {
        for orphan in orphans(cluster, &selector, &namespace) {
            let pod = &orphan.object;
            let mut adopted = pod.as_ref().clone();
            let mut references = pod.list_at("metadata.ownerReferences").to_vec();
            references.push(controller_ref(resource, owner));
            adopted.set("metadata.ownerReferences", references);
            if let Ok(object) = cluster.update(&PODS, adopted) {
                mine.push(Rc::new(PodInfo { object, ..orphan.as_ref().clone() }));
            }
        }
    }
    mine
}

fn orphans(cluster: &Cluster, selector: &Selector<'_>, namespace: &Rc<str>) -> Vec<Rc<PodInfo>> {
    let fits = |info: &&Rc<PodInfo>| info.owner.is_none() && info.active() && selector.selects(info);
    if selector.pairs.is_empty() {
        return cluster.index.pods_in(namespace).filter(fits).cloned().collect();
    }
    cluster.index.selected(namespace, &selector.pairs).filter(fits).cloned().collect()
}

/// A Pod from `spec.template` of `owner`, without a name.
// upstream: pkg/controller/controller_utils.go GetPodFromTemplate
pub(super) fn from_template(resource: &'static Resource, owner: &Value, template: &Value) -> Value {
    let mut metadata = json!({"namespace": owner.namespace(), "ownerReferences": [controller_ref(resource, owner)]});
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.at("metadata").get(field) {
            metadata[field] = value.clone();
        }
    }
    json!({"metadata": metadata, "spec": template.at("spec")})
}

/// Creates a Pod for `owner` and says so in an event.
// upstream: pkg/controller/controller_utils.go RealPodControl.createPods
pub(super) fn create(
    cluster: &mut Cluster,
    component: &'static str,
    (resource, owner): (&'static Resource, &Value),
    mut pod: Value,
) -> Written {
    if pod.name().is_empty() {
        pod.set("metadata.generateName", format!("{}-", owner.name()));
    }
    admit(cluster, &mut pod);
    post(cluster, component, (resource, owner), pod)
}

/// Creates `count` Pods of a template, until one fails. What the server fills in is made once: it is the same for all
/// of them but for the name of the token's volume.
pub(super) fn create_many(
    cluster: &mut Cluster,
    component: &'static str,
    (resource, owner): (&'static Resource, &Value),
    count: usize,
) -> Result<(), Box<Status>> {
    let mut model = from_template(resource, owner, owner.at("spec.template"));
    model.set("metadata.generateName", format!("{}-", owner.name()));
    complete(cluster, &mut model, "");
    for _ in 0..count {
        let mut pod = model.clone();
        defaults::name_token(&mut pod, &suffix(&mut cluster.random, 5));
        post(cluster, component, (resource, owner), pod)?;
    }
    Ok(())
}

fn post(
    cluster: &mut Cluster,
    component: &'static str,
    (resource, owner): (&'static Resource, &Value),
    pod: Value,
) -> Written {
    let made = cluster.create(&PODS, pod);
    let (event, text) = match &made {
        Ok(pod) => ((EventType::Normal, "SuccessfulCreate"), format!("Created pod: {}", pod.name())),
        Err(status) => ((EventType::Warning, "FailedCreate"), format!("Error creating: {}", status.message)),
    };
    cluster.record(source(component), (resource, owner), "", event, &text);
    made
}

/// Deletes a Pod of `owner` and says so in an event.
// upstream: pkg/controller/controller_utils.go RealPodControl.DeletePod
pub(super) fn delete(
    cluster: &mut Cluster,
    component: &'static str,
    (resource, owner): (&'static Resource, &Value),
    name: &NamespacedName,
) -> Written {
    let key = Key { resource: &PODS, namespace: name.0.clone(), name: name.1.clone() };
    let gone = cluster.delete(&key, &Value::Null);
    let (event, text) = match &gone {
        Ok(_) => ((EventType::Normal, "SuccessfulDelete"), format!("Deleted pod: {}", name.1)),
        Err(status) if status.code == 404 => return gone,
        Err(status) => ((EventType::Warning, "FailedDelete"), format!("Error deleting: {}", status.message)),
    };
    cluster.record(source(component), (resource, owner), "", event, &text);
    gone
}

/// What a Pod is given on its way through the server beside what its template says.
pub(super) fn admit(cluster: &mut Cluster, pod: &mut Value) {
    let suffix = suffix(&mut cluster.random, 5);
    complete(cluster, pod, &suffix);
}

fn complete(cluster: &Cluster, pod: &mut Value, suffix: &str) {
    let name = Some(pod.str_at("spec.serviceAccountName")).filter(|n| !n.is_empty()).unwrap_or("default");
    let account = cluster.store.find(&SERVICE_ACCOUNTS, pod.namespace(), name).cloned().unwrap_or_default();
    defaults::pod_from_template(pod);
    defaults::admit_pod(pod, &account, suffix);
}

/// Whether a namespace is going away, so that nothing can be made in it.
pub(super) fn namespace_ends(cluster: &Cluster, namespace: &str) -> bool {
    let found = cluster.store.find(&NAMESPACES, "", namespace);
    found.is_none_or(|n| n.at("metadata.deletionTimestamp").is_string())
}
