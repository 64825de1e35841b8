//! One slice as an object: what it says of its endpoints, and what is written on it.

use super::super::controller_ref;
use super::super::endpoints::{endpoint_port, find_port, headless, hostname};
use super::super::gohash::sort_slice_ports;
use super::{Context, HEADLESS, MANAGED_BY, MANAGER, SERVICE_NAME};
use crate::api::resource::SERVICES;
use crate::api::{ObjectExt, Value};
use crate::cluster::index::{NamespacedName, PodInfo};
use crate::collections::{BTreeMap, sort};
use serde_json::{Map, json};
use std::rc::Rc;

/// What a slice says of one Pod, to be compared without walking the slice.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) pod: Rc<str>,
    uid: Rc<str>,
    pub(super) ip: Rc<str>,
    node: Rc<str>,
    conditions: [bool; 3],
    /// It has a host name, a zone or hints.
    pub(super) more: bool,
}

/// What the slices said at the revision that is in front.
#[derive(Clone, Debug, Default)]
pub(in crate::cluster::controller) struct Digests(BTreeMap<NamespacedName, (Rc<str>, Rc<Vec<Said>>)>);

impl Digests {
    pub(super) fn of(&mut self, slice: &Value) -> Rc<Vec<Said>> {
        let key: NamespacedName = (slice.namespace().into(), slice.name().into());
        let revision = slice.str_at("metadata.resourceVersion");
        match self.0.get(&key) {
            Some((known, said)) if **known == *revision => said.clone(),
            _ => {
                let said: Rc<Vec<Said>> = Rc::new(slice.list_at("endpoints").iter().map(said).collect());
                self.0.insert(key, (revision.into(), said.clone()));
                said
            }
        }
    }
    pub(super) fn forget(&mut self, namespace: &Rc<str>, name: &Rc<str>) {
        self.0.remove(&(namespace.clone(), name.clone()));
    }
}

fn said(endpoint: &Value) -> Said {
    let conditions = endpoint.at("conditions");
    let pod = endpoint.at("targetRef");
    Said {
        pod: pod.str_at("name").into(),
        uid: pod.str_at("uid").into(),
        ip: endpoint.str_at("addresses.0").into(),
        node: endpoint.str_at("nodeName").into(),
        conditions: ["ready", "serving", "terminating"].map(|c| conditions.bool_at(c)),
        more: ["hostname", "zone", "hints"].iter().any(|f| endpoint.get(*f).is_some()),
    }
}

/// A slice that is to get new endpoints.
pub(super) fn without_endpoints(slice: &Value) -> Value {
    let Value::Object(map) = slice else { return Value::Null };
    let fields = map.iter().filter(|(k, _)| *k != "endpoints");
    Value::Object(fields.map(|(k, v)| (k.clone(), v.clone())).collect())
}

/// Ports as a key: two slices with the same ports are of one group.
pub(super) fn port_key(ports: &[Value]) -> String {
    let mut texts: Vec<String> = ports.iter().map(Value::to_string).collect();
    sort(&mut texts);
    texts.concat()
}

// upstream: endpointslice/utils.go getEndpointPorts
pub(super) fn ports_of(service: &Value, pod: &Value) -> Vec<Value> {
    let resolve = |port: &Value| {
        let mut resolved = endpoint_port(port, find_port(pod, port)?);
        resolved["name"] = port.str_at("name").into();
        Some(resolved)
    };
    let mut ports: Vec<Value> = service.list_at("spec.ports").iter().filter_map(resolve).collect();
    sort_slice_ports(&mut ports);
    ports
}

pub(super) fn labels(service: &Value) -> Map<String, Value> {
    let mut labels = service.at("metadata.labels").as_object().cloned().unwrap_or_default();
    labels.remove(HEADLESS);
    if headless(service) {
        labels.insert(HEADLESS.into(), "".into());
    }
    labels.insert(SERVICE_NAME.into(), service.name().into());
    labels.insert(MANAGED_BY.into(), MANAGER.into());
    labels
}

// upstream: endpointslice/utils.go newEndpointSlice
pub(super) fn new_slice(service: &Value, ports: &[Value], family: &str) -> Value {
    let metadata = json!({
        "generateName": format!("{}-", service.name()), "namespace": service.namespace(), "labels": labels(service),
        "ownerReferences": [controller_ref(&SERVICES, service)],
    });
    // An empty list goes over the controller's wire as none.
    let ports = if ports.is_empty() { Value::Null } else { json!(ports) };
    json!({"metadata": metadata, "addressType": family, "endpoints": null, "ports": ports})
}

/// `ready`, `serving`, `terminating`.
fn conditions(context: &Context<'_>, pod: &PodInfo) -> [bool; 3] {
    [context.publish || (pod.ready && !pod.deleting), pod.ready, pod.deleting]
}

/// Whether a slice says all that is true of a Pod, its hints aside.
pub(super) fn matches(context: &Context<'_>, said: &Said, full: &Value, pod: &PodInfo) -> bool {
    let more = hostname(pod, context.service).is_some() || context.zones.get(&*pod.node).is_some_and(Option::is_some);
    if said.more || more {
        let mut full = full.clone();
        full.unset("hints");
        return full == endpoint(context, pod);
    }
    said.conditions == conditions(context, pod) && said.node == pod.node && said.uid == pod.uid
}

// upstream: endpointslice/utils.go podToEndpoint
pub(super) fn endpoint(context: &Context<'_>, pod: &PodInfo) -> Value {
    let [ready, serving, terminating] = conditions(context, pod);
    let mut endpoint = json!({
        "addresses": [&*pod.ip], "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "nodeName": &*pod.node,
        "targetRef": {"kind": "Pod", "name": &*pod.key.1, "namespace": &*pod.key.0, "uid": &*pod.uid},
    });
    if let Some(name) = hostname(pod, context.service) {
        endpoint["hostname"] = name.into();
    }
    if let Some(Some(zone)) = context.zones.get(&*pod.node) {
        endpoint["zone"] = (*zone).into();
    }
    endpoint
}
