//! EndpointSlices of Services with a selector. upstream: endpointslice/{reconciler,utils}.go

use super::endpoints::{
    eligible, endpoint_port, find_port, headless, hostname, managed, selected, set_map, set_trigger_time,
};
use super::gohash::sort_slice_ports;
use super::{Kind, controller_ref, pods};
use crate::api::resource::{ENDPOINT_SLICES, NODES, SERVICES};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::{NamespacedName, PodInfo};
use crate::cluster::{Change, Cluster, Key};
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Endpoints in one slice at most (`--max-endpoints-per-slice`).
const SLICE_MAX: usize = 100;
pub(super) const SERVICE_NAME: &str = "kubernetes.io/service-name";
pub(super) const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
const HEADLESS: &str = "service.kubernetes.io/headless";

/// A slice in the making, and what is to be done with it.
#[derive(Clone)]
struct Slice {
    object: Value,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unchanged,
    Create,
    Update,
    Delete,
}

/// A slice that somebody else changed or removed makes its Service due again.
// upstream: pkg/controller/endpointslice/endpointslice_controller.go onEndpointSliceUpdate
pub(super) fn on_slice(cluster: &mut Cluster, change: &Change) {
    let Some(slice) = change.new.as_ref().or(change.old.as_ref()) else { return };
    let service: Rc<str> = slice.label(SERVICE_NAME).unwrap_or("").into();
    let kind = match slice.label(MANAGED_BY) {
        Some(MANAGER) => Kind::EndpointSlice,
        Some(super::mirroring::MANAGER) => Kind::Mirroring,
        _ => return,
    };
    let ours = cluster.controllers.own_slices.remove(&change.revision);
    if change.old.is_some() && !ours {
        cluster.enqueue_name(kind, &change.key.namespace, &service);
    }
}

/// Brings the slices of one Service up to date.
// upstream: endpointslice/reconciler.go Reconcile
pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let tracked = (Kind::EndpointSlice, (namespace.clone(), name.clone()));
    let Some(service) = cluster.store.find(&SERVICES, namespace, name).cloned() else {
        cluster.controllers.endpoint_triggers.forget(tracked.0, tracked.1);
        return;
    };
    if !managed(&service) || service.at("metadata.deletionTimestamp").is_string() {
        return;
    }
    let pairs = service.pairs_at("spec.selector");
    let mut triggers = std::mem::take(&mut cluster.controllers.endpoint_triggers);
    let pods = selected(cluster, namespace, &pairs);
    let trigger = triggers.compute(tracked, &service, &pods);
    let existing: Vec<Rc<Value>> = cluster
        .index
        .slices(namespace, name)
        .iter()
        .filter_map(|n| cluster.store.find(&ENDPOINT_SLICES, namespace, n))
        .filter(|s| s.label(MANAGED_BY) == Some(MANAGER) && !s.at("metadata.deletionTimestamp").is_string())
        .cloned()
        .collect();
    let slices = plan(cluster, &service, &pods, &existing);
    cluster.controllers.endpoint_triggers = triggers;
    write(cluster, namespace, slices, |object| set_trigger_time(object, trigger));
}

/// What is to become of every slice.
fn plan(
    cluster: &Cluster,
    service: &Value,
    pods: &[(&NamespacedName, &PodInfo)],
    existing: &[Rc<Value>],
) -> Vec<Slice> {
    let mut slices = Vec::new();
    let families = service.list_at("spec.ipFamilies");
    let families: Vec<&str> =
        if families.is_empty() { vec!["IPv4"] } else { families.iter().filter_map(Value::as_str).collect() };
    for slice in existing.iter().filter(|s| !families.contains(&s.str_at("addressType"))) {
        slices.push(Slice { object: slice.as_ref().clone(), state: State::Delete });
    }
    for family in families {
        let mine: Vec<&Rc<Value>> = existing.iter().filter(|s| s.str_at("addressType") == family).collect();
        let members = if family == "IPv4" { pods } else { &[] };
        let mut planned = plan_family(cluster, service, members, &mine, family);
        hint(service, &mut planned);
        recycle(&mut planned);
        slices.append(&mut planned);
    }
    slices
}

// upstream: endpointslice/reconciler.go reconcileByAddressType
fn plan_family(
    cluster: &Cluster,
    service: &Value,
    pods: &[(&NamespacedName, &PodInfo)],
    existing: &[&Rc<Value>],
    family: &str,
) -> Vec<Slice> {
    let publish = service.bool_at("spec.publishNotReadyAddresses");
    let mut slices = Vec::new();
    let mut by_ports: BTreeMap<String, Vec<&Rc<Value>>> = BTreeMap::new();
    for slice in existing {
        let owned = slice.list_at("metadata.ownerReferences").iter().any(|o| o.str_at("uid") == service.uid());
        if owned {
            by_ports.entry(port_key(slice.list_at("ports"))).or_default().push(slice);
        } else {
            slices.push(Slice { object: slice.as_ref().clone(), state: State::Delete });
        }
    }
    let mut desired: BTreeMap<String, (Vec<Value>, Vec<(&NamespacedName, &PodInfo)>)> = BTreeMap::new();
    let same_for_all = service.list_at("spec.ports").iter().all(|p| !p.at("targetPort").is_string());
    let mut shared: Option<(String, Vec<Value>)> = None;
    for (name, pod) in pods.iter().filter(|(_, p)| eligible(p, true)) {
        let (key, ports) = match &shared {
            Some(shared) if same_for_all => shared.clone(),
            _ => {
                let ports = ports_of(service, &pod.object);
                shared.insert((port_key(&ports), ports)).clone()
            }
        };
        let group = desired.entry(key).or_insert_with(|| (ports, Vec::new()));
        if publish || cluster.store.find(&NODES, "", &pod.node).is_some() {
            group.1.push((name, pod));
        }
    }
    for (key, (ports, members)) in &desired {
        let old = by_ports.remove(key).unwrap_or_default();
        slices.extend(plan_ports(cluster, service, &old, members, ports, family));
    }
    for slice in by_ports.into_values().flatten() {
        slices.push(Slice { object: slice.as_ref().clone(), state: State::Delete });
    }
    placeholder(service, &mut slices, family);
    slices
}

/// A Service without any slice gets an empty one.
fn placeholder(service: &Value, slices: &mut Vec<Slice>, family: &str) {
    if slices.iter().any(|s| s.state != State::Delete) {
        return;
    }
    let empty = new_slice(service, &[], family);
    if let [only] = slices.as_mut_slice() {
        let bare = ["ports", "endpoints"].iter().all(|f| only.object.list_at(f).is_empty());
        let same = bare && only.object.at("metadata.labels") == empty.at("metadata.labels");
        let owned = only.object.list_at("metadata.ownerReferences") == empty.list_at("metadata.ownerReferences");
        if same && owned {
            only.state = State::Unchanged;
            return;
        }
    }
    slices.push(Slice { object: empty, state: State::Create });
}

/// Keeps what is in place, drops what went, fills up, and makes new slices for the rest.
// upstream: endpointslice/reconciler.go reconcileByPortMapping
fn plan_ports(
    cluster: &Cluster,
    service: &Value,
    existing: &[&Rc<Value>],
    members: &[(&NamespacedName, &PodInfo)],
    ports: &[Value],
    family: &str,
) -> Vec<Slice> {
    let mut left: BTreeMap<&str, (&NamespacedName, &PodInfo)> =
        members.iter().map(|(n, p)| (&*n.1, (*n, *p))).collect();
    let labels = labels(service);
    let mut slices: Vec<Slice> = Vec::new();
    for slice in existing {
        let before = slice.list_at("endpoints");
        let mut changed = false;
        let mut kept = Vec::with_capacity(before.len());
        for endpoint in before {
            let name = endpoint.str_at("targetRef.name");
            let found = left.get(name).filter(|(_, p)| endpoint.str_at("addresses.0") == &*p.ip).copied();
            let Some((of, pod)) = found else {
                changed = true;
                continue;
            };
            left.remove(name);
            changed |= !matches(cluster, service, endpoint, pod);
            kept.push((of, pod));
        }
        let relabelled = slice.at("metadata.labels").as_object() != Some(&labels);
        if !changed && !relabelled {
            slices.push(Slice { object: slice.as_ref().clone(), state: State::Unchanged });
            continue;
        }
        let mut object = slice.as_ref().clone();
        if kept.is_empty() && changed {
            slices.push(Slice { object, state: State::Delete });
            continue;
        }
        object["endpoints"] = kept.into_iter().map(|(n, p)| endpoint(cluster, service, n, p)).collect();
        set_map(&mut object, "labels", labels.clone());
        slices.push(Slice { object, state: State::Update });
    }
    let mut rest: Vec<Value> = left.values().map(|(n, p)| endpoint(cluster, service, n, p)).collect();
    fill(service, &mut slices, &mut rest, ports, family);
    slices
}

/// Puts new endpoints into slices that change anyway, fullest first, then into one unchanged slice that has room for
/// all of them, then into new ones.
fn fill(service: &Value, slices: &mut Vec<Slice>, rest: &mut Vec<Value>, ports: &[Value], family: &str) {
    let length = |s: &Slice| s.object.list_at("endpoints").len();
    let mut order: Vec<usize> = (0..slices.len()).filter(|i| slices[*i].state == State::Update).collect();
    order.sort_by_key(|i| std::cmp::Reverse(length(&slices[*i])));
    for i in order {
        let room = SLICE_MAX.saturating_sub(length(&slices[i])).min(rest.len());
        push(&mut slices[i], rest.drain(..room));
    }
    while !rest.is_empty() {
        let fits = |s: &&mut Slice| s.state == State::Unchanged && length(s) + rest.len() <= SLICE_MAX;
        let target =
            (rest.len() < SLICE_MAX).then(|| slices.iter_mut().filter(fits).max_by_key(|s| length(s))).flatten();
        let room = rest.len().min(SLICE_MAX);
        match target {
            Some(slice) => {
                slice.state = State::Update;
                push(slice, rest.drain(..room));
            }
            None => {
                let mut slice = Slice { object: new_slice(service, ports, family), state: State::Create };
                push(&mut slice, rest.drain(..room));
                slices.push(slice);
            }
        }
    }
}

fn push(slice: &mut Slice, endpoints: impl Iterator<Item = Value>) {
    let list = &mut slice.object["endpoints"];
    match list.as_array_mut() {
        Some(list) => list.extend(endpoints),
        None => *list = endpoints.collect(),
    }
}

/// Adds the hints that `trafficDistribution` asks for, takes away those it doesn't.
// upstream: endpointslice/trafficdist/trafficdist.go ReconcileHints
fn hint(service: &Value, slices: &mut [Slice]) {
    let distribution = service.str_at("spec.trafficDistribution");
    let close = matches!(distribution, "PreferClose" | "PreferSameZone" | "PreferSameNode");
    for slice in slices.iter_mut().filter(|s| s.state != State::Delete) {
        let Some(endpoints) = slice.object.get_mut("endpoints").and_then(Value::as_array_mut) else { continue };
        let mut changed = false;
        for endpoint in endpoints {
            if close && !endpoint.bool_at("conditions.ready") {
                continue;
            }
            let mut hints = Map::new();
            if let (true, Some(zone)) = (close, endpoint.get("zone")) {
                hints.insert("forZones".into(), json!([{"name": zone}]));
            }
            if let (true, Some(node)) = (distribution == "PreferSameNode", endpoint.get("nodeName")) {
                hints.insert("forNodes".into(), json!([{"name": node}]));
            }
            let hints = if hints.is_empty() { Value::Null } else { hints.into() };
            if endpoint.at("hints") != &hints {
                changed = true;
                if hints.is_null() {
                    endpoint.unset("hints");
                } else {
                    endpoint["hints"] = hints;
                }
            }
        }
        if changed && slice.state == State::Unchanged {
            slice.state = State::Update;
        }
    }
}

/// Turns creations into updates of slices that would be deleted, so that names stay.
// upstream: endpointslice/reconciler.go finalize
fn recycle(slices: &mut Vec<Slice>) {
    while let (Some(create), Some(delete)) =
        (slices.iter().rposition(|s| s.state == State::Create), slices.iter().position(|s| s.state == State::Delete))
    {
        let mut metadata = slices[delete].object.at("metadata").clone();
        let fresh = slices[create].object["metadata"].take();
        metadata["labels"] = fresh.at("labels").clone();
        metadata["ownerReferences"] = fresh.at("ownerReferences").clone();
        let mut object = slices[create].object.clone();
        object["metadata"] = metadata;
        slices[delete] = Slice { object, state: State::Update };
        slices.remove(create);
    }
}

fn write(cluster: &mut Cluster, namespace: &Rc<str>, slices: Vec<Slice>, mut stamp: impl FnMut(&mut Value)) {
    let ends = pods::namespace_ends(cluster, namespace);
    for state in [State::Create, State::Update, State::Delete] {
        for slice in slices.iter().filter(|s| s.state == state) {
            let mut object = slice.object.clone();
            if state == State::Delete {
                let _ = cluster.delete(&Key::of(&ENDPOINT_SLICES, &object), &Value::Null);
                continue;
            }
            stamp(&mut object);
            let written = match state {
                State::Create if !ends => cluster.create(&ENDPOINT_SLICES, object),
                State::Create => continue,
                _ => cluster.update(&ENDPOINT_SLICES, object),
            };
            if let Ok(revision) = written.map(|s| s.str_at("metadata.resourceVersion").parse().unwrap_or(0)) {
                cluster.controllers.own_slices.insert(revision);
            }
        }
    }
}

/// Ports as a key: two slices with the same ports are of one group.
fn port_key(ports: &[Value]) -> String {
    let mut texts: Vec<String> = ports.iter().map(Value::to_string).collect();
    texts.sort();
    texts.concat()
}

// upstream: endpointslice/utils.go getEndpointPorts
fn ports_of(service: &Value, pod: &Value) -> Vec<Value> {
    let resolve = |port: &Value| {
        let mut resolved = endpoint_port(port, find_port(pod, port)?);
        resolved["name"] = port.str_at("name").into();
        Some(resolved)
    };
    let mut ports: Vec<Value> = service.list_at("spec.ports").iter().filter_map(resolve).collect();
    sort_slice_ports(&mut ports);
    ports
}

fn labels(service: &Value) -> Map<String, Value> {
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
fn new_slice(service: &Value, ports: &[Value], family: &str) -> Value {
    let metadata = json!({
        "generateName": format!("{}-", service.name()), "namespace": service.namespace(), "labels": labels(service),
        "ownerReferences": [controller_ref(&SERVICES, service)],
    });
    // An empty list goes over the controller's wire as none.
    let ports = if ports.is_empty() { Value::Null } else { json!(ports) };
    json!({"metadata": metadata, "addressType": family, "endpoints": null, "ports": ports})
}

/// `ready`, `serving`, `terminating`.
fn conditions(service: &Value, pod: &PodInfo) -> [bool; 3] {
    [service.bool_at("spec.publishNotReadyAddresses") || (pod.ready && !pod.deleting), pod.ready, pod.deleting]
}

fn zone<'a>(cluster: &'a Cluster, pod: &PodInfo) -> Option<&'a str> {
    cluster.store.find(&NODES, "", &pod.node)?.label("topology.kubernetes.io/zone")
}

/// Whether an endpoint says all that is true of its Pod.
fn matches(cluster: &Cluster, service: &Value, endpoint: &Value, pod: &PodInfo) -> bool {
    let [ready, serving, terminating] = conditions(service, pod);
    let said = endpoint.at("conditions");
    said.bool_at("ready") == ready
        && said.bool_at("serving") == serving
        && said.bool_at("terminating") == terminating
        && endpoint.str_at("nodeName") == &*pod.node
        && endpoint.at("targetRef").str_at("uid") == &*pod.uid
        && endpoint.get("hostname").and_then(Value::as_str) == hostname(pod, service)
        && endpoint.get("zone").and_then(Value::as_str) == zone(cluster, pod)
}

// upstream: endpointslice/utils.go podToEndpoint
fn endpoint(cluster: &Cluster, service: &Value, name: &NamespacedName, pod: &PodInfo) -> Value {
    let [ready, serving, terminating] = conditions(service, pod);
    let mut endpoint = json!({
        "addresses": [&*pod.ip], "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "nodeName": &*pod.node,
        "targetRef": {"kind": "Pod", "name": &*name.1, "namespace": &*name.0, "uid": &*pod.uid},
    });
    if let Some(name) = hostname(pod, service) {
        endpoint["hostname"] = name.into();
    }
    if let Some(zone) = zone(cluster, pod) {
        endpoint["zone"] = zone.into();
    }
    endpoint
}
