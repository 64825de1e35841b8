//! Endpoints objects: one for every Service with a selector, and what both endpoint controllers share.
//! upstream: pkg/controller/endpoint/endpoints_controller.go

use super::{Kind, pods, subsets};
use crate::api::resource::{ENDPOINTS, SERVICES};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::{NamespacedName, PodInfo};
use crate::cluster::{Change, Cluster};
use crate::collections::BTreeMap;
use crate::sim::Time;
use serde_json::{Map, json};
use std::rc::Rc;

/// Addresses in one Endpoints object at most (`maxCapacity`).
const CAPACITY: usize = 1000;
const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
const HEADLESS: &str = "service.kubernetes.io/headless";

/// When the last change of each Service and its Pods was that a controller has seen.
// upstream: endpointslice/util/trigger_time_tracker.go TriggerTimeTracker
#[derive(Clone, Debug, Default)]
pub(super) struct Triggers {
    seen: BTreeMap<(Kind, NamespacedName), Vec<(Rc<str>, Time)>>,
}

impl Triggers {
    /// When the oldest change happened that this sync makes visible.
    pub fn compute(
        &mut self,
        (kind, key): (Kind, NamespacedName),
        service: &Value,
        pods: &[&Rc<PodInfo>],
    ) -> Option<Time> {
        let now: Vec<(Rc<str>, Time)> =
            pods.iter().filter(|p| p.ready_since != Time(0)).map(|p| (p.key.1.clone(), p.ready_since)).collect();
        let before = self.seen.insert((kind, key.clone()), now);
        let Some(before) = before else { return Time::parse(service.str_at("metadata.creationTimestamp")) };
        let now = self.seen.get(&(kind, key)).map_or(&[] as &[_], Vec::as_slice);
        let mut old = before.iter().peekable();
        let mut oldest = None;
        for (name, time) in now {
            while old.peek().is_some_and(|(n, _)| n < name) {
                old.next();
            }
            let known = old.peek().filter(|(n, _)| n == name).map(|(_, t)| *t);
            if known.is_none_or(|t| *time > t) {
                oldest = Some(oldest.map_or(*time, |o: Time| o.min(*time)));
            }
        }
        oldest
    }
    /// Forgets a Service that is gone.
    pub fn forget(&mut self, kind: Kind, key: NamespacedName) {
        self.seen.remove(&(kind, key));
    }
}

/// Writes a trigger time into annotations, or takes it out.
pub(super) fn set_trigger_time(object: &mut Value, trigger: Option<Time>) {
    let mut annotations = object.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    match trigger {
        Some(time) => annotations.insert(TRIGGER_TIME.into(), time.rfc3339().into()),
        None => annotations.remove(TRIGGER_TIME),
    };
    set_map(object, "annotations", annotations);
}

/// Puts a map of strings into `metadata`, or takes it out if it is empty.
pub(super) fn set_map(object: &mut Value, field: &str, map: Map<String, Value>) {
    if map.is_empty() {
        object.unset(&format!("metadata.{field}"));
    } else {
        object["metadata"][field] = map.into();
    }
}

/// Puts the Services that a Pod's change concerns into both controllers' queues.
// upstream: endpointslice/util/controller_utils.go GetServicesToUpdateOnPodChange
pub(super) fn on_pod(cluster: &mut Cluster, change: &Change) {
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    if let (Some(old), Some(new)) = (old, new) {
        let ready = |p: &Value| {
            let ready = p.list_at("status.conditions").iter().find(|c| c.str_at("type") == "Ready");
            ready.is_some_and(|c| c.str_at("status") == "True")
        };
        let same = old.at("status.podIP") == new.at("status.podIP")
            && old.at("spec.nodeName") == new.at("spec.nodeName")
            && ready(old) == ready(new)
            && old.at("metadata").get("deletionTimestamp") == new.at("metadata").get("deletionTimestamp")
            && old.at("status.phase") == new.at("status.phase")
            && old.at("metadata.labels") == new.at("metadata.labels");
        // A Pod without address is in no endpoints, whatever else changes.
        let nowhere = new.str_at("status.podIP").is_empty() && old.str_at("status.podIP").is_empty();
        if same || (nowhere && old.at("metadata.labels") == new.at("metadata.labels")) {
            return;
        }
    }
    if old.is_none() && new.is_some_and(|n| n.str_at("status.podIP").is_empty()) {
        return;
    }
    let namespace = change.key.namespace.clone();
    let mut names: Vec<Rc<str>> = Vec::new();
    for pod in [old, new].into_iter().flatten() {
        for name in cluster.index.services_for(&namespace, &pod.labels()) {
            let service = cluster.store.find(&SERVICES, &namespace, &name);
            let selected =
                service.is_some_and(|s| s.pairs_at("spec.selector").iter().all(|(k, v)| pod.label(k) == Some(v)));
            if selected && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    for name in names {
        cluster.enqueue_name(Kind::Endpoints, &namespace, &name);
        cluster.enqueue_name(Kind::EndpointSlice, &namespace, &name);
    }
}

/// Whether the endpoint controllers look after a Service: it has a selector and is no ExternalName.
pub(super) fn managed(service: &Value) -> bool {
    service.str_at("spec.type") != "ExternalName" && service.at("spec.selector").is_object()
}

/// Headless: `clusterIP` is `None` or there is none.
pub(super) fn headless(service: &Value) -> bool {
    matches!(service.str_at("spec.clusterIP"), "" | "None")
}

/// The Pods that a Service selects, by name. An empty selector selects all.
pub(super) fn selected<'a>(
    cluster: &'a Cluster,
    namespace: &'a Rc<str>,
    pairs: &'a [(&'a str, &'a str)],
) -> Vec<&'a Rc<PodInfo>> {
    if pairs.is_empty() {
        return cluster.index.pods_in(namespace).collect();
    }
    cluster.index.selected(namespace, pairs).collect()
}

/// Whether a Pod belongs into endpoints at all.
// upstream: endpointslice/util/controller_utils.go ShouldPodBeInEndpoints
pub(super) fn eligible(pod: &PodInfo, include_terminating: bool) -> bool {
    !pod.finished() && !pod.ip.is_empty() && (include_terminating || !pod.deleting)
}

/// `spec.hostname` of a Pod whose `spec.subdomain` names the Service.
// upstream: endpointslice/util/controller_utils.go ShouldSetHostname
pub(super) fn hostname<'a>(pod: &'a PodInfo, service: &Value) -> Option<&'a str> {
    let (host, domain) = pod.hostname.as_ref()?;
    (**domain == *service.name()).then_some(host)
}

/// The port of a Pod that a Service port leads to.
// upstream: endpointslice/utils.go FindPort
pub(super) fn find_port(pod: &Value, service_port: &Value) -> Option<i64> {
    let target = service_port.at("targetPort");
    let Some(name) = target.as_str() else { return target.as_i64().or(service_port.int_at("port")) };
    let protocol = service_port.str_at("protocol");
    let sidecars = pod.list_at("spec.initContainers").iter().filter(|c| c.str_at("restartPolicy") == "Always");
    let ports = pod.list_at("spec.containers").iter().chain(sidecars).flat_map(|c| c.list_at("ports"));
    let named = |p: &&Value| p.str_at("name") == name && p.str_at("protocol") == protocol;
    ports.into_iter().find(named).and_then(|p| p.int_at("containerPort"))
}

/// A Service port as an endpoint port.
pub(super) fn endpoint_port(service_port: &Value, number: i64) -> Value {
    let mut port = json!({"port": number, "protocol": service_port.at("protocol")});
    if let Some(protocol) = service_port.get("appProtocol") {
        port["appProtocol"] = protocol.clone();
    }
    port
}

/// Brings one Service's Endpoints up to date.
// upstream: pkg/controller/endpoint/endpoints_controller.go syncService
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let tracked = (Kind::Endpoints, (namespace.clone(), name.clone()));
    let Some(service) = cluster.store.find(&SERVICES, namespace, name).cloned() else {
        let key = crate::cluster::Key { resource: &ENDPOINTS, namespace: namespace.clone(), name: name.clone() };
        let _ = cluster.delete(&key, &Value::Null);
        cluster.controllers.endpoint_triggers.forget(tracked.0, tracked.1);
        return;
    };
    if !managed(&service) {
        return;
    }
    let pairs = service.pairs_at("spec.selector");
    let mut triggers = std::mem::take(&mut cluster.controllers.endpoint_triggers);
    let pods = selected(cluster, namespace, &pairs);
    let trigger = triggers.compute(tracked, &service, &pods);
    let mut subsets = subsets::of_pods(&service, &pods);
    cluster.controllers.endpoint_triggers = triggers;
    let current = cluster.store.find(&ENDPOINTS, namespace, name).cloned();
    let labels = labels(&service);
    let truncated = subsets::truncate(&mut subsets, CAPACITY);
    if let Some(current) = &current {
        let annotated = !crate::cluster::index::annotation(current, OVER_CAPACITY).is_empty();
        let same = current.list_at("subsets") == subsets.as_slice()
            && current.at("metadata.labels").as_object() == Some(&labels)
            && annotated == truncated;
        if same {
            return;
        }
    } else if pods::namespace_ends(cluster, namespace) {
        return;
    }
    let metadata = current.as_ref().map(|c| c.at("metadata").clone());
    let mut object =
        json!({"metadata": metadata.unwrap_or_else(|| json!({"name": &**name, "namespace": &**namespace}))});
    object["apiVersion"] = "v1".into();
    object["kind"] = "Endpoints".into();
    if !subsets.is_empty() {
        object["subsets"] = subsets.into();
    }
    set_map(&mut object, "labels", labels);
    set_trigger_time(&mut object, trigger);
    let mut annotations = object.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    if truncated {
        annotations.insert(OVER_CAPACITY.into(), "truncated".into());
    } else {
        annotations.remove(OVER_CAPACITY);
    }
    set_map(&mut object, "annotations", annotations);
    let _ = if current.is_none() { cluster.create(&ENDPOINTS, object) } else { cluster.update(&ENDPOINTS, object) };
}

fn labels(service: &Value) -> Map<String, Value> {
    let mut labels = service.at("metadata.labels").as_object().cloned().unwrap_or_default();
    if headless(service) {
        labels.insert(HEADLESS.into(), "".into());
    } else {
        labels.remove(HEADLESS);
    }
    labels.insert("endpoints.kubernetes.io/managed-by".into(), "endpoint-controller".into());
    labels
}
