//! EndpointSlices of Services with a selector. upstream: endpointslice/{reconciler,utils}.go

mod slice;

use super::endpoints::{eligible, managed, selected, set_map, set_trigger_time};
use super::{Kind, pods};
use crate::api::resource::{ENDPOINT_SLICES, NODES, SERVICES};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::PodInfo;
use crate::cluster::{Change, Cluster, Key};
use crate::collections::{BTreeMap, sort_by_key};
use serde_json::{Map, json};
pub(super) use slice::Digests;
use slice::{endpoint, labels, matches, new_slice, port_key, ports_of, without_endpoints};
use std::rc::Rc;

/// Endpoints in one slice at most (`--max-endpoints-per-slice`).
const SLICE_MAX: usize = 100;

pub(super) const SERVICE_NAME: &str = "kubernetes.io/service-name";

pub(super) const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";

const MANAGER: &str = "endpointslice-controller.k8s.io";

const HEADLESS: &str = "service.kubernetes.io/headless";

/// A slice in the making, and what is to be done with it. It is copied only when it changes.
struct Slice {
    object: Rc<Value>,
    state: State,
}

/// A Service and the nodes its Pods are on, looked up once a sync.
struct Context<'a> {
    service: &'a Value,
    publish: bool,
    /// Zones of the nodes that exist.
    zones: BTreeMap<&'a str, Option<&'a str>>,
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
#[inline(never)]
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
    let mut digests = std::mem::take(&mut cluster.controllers.digests);
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
    let mut zones = BTreeMap::new();
    for pod in &pods {
        if !zones.contains_key(&*pod.node)
            && let Some(node) = cluster.store.find(&NODES, "", &pod.node)
        {
            zones.insert(&*pod.node, node.label("topology.kubernetes.io/zone"));
        }
    }
    let publish = service.bool_at("spec.publishNotReadyAddresses");
    let context = Context { service: &service, publish, zones };
    let slices = plan(&context, &pods, &existing, &mut digests);
    cluster.controllers.endpoint_triggers = triggers;
    cluster.controllers.digests = digests;
    write(cluster, namespace, slices, |object| set_trigger_time(object, trigger));
}

/// What is to become of every slice.
fn plan(context: &Context<'_>, pods: &[&Rc<PodInfo>], existing: &[Rc<Value>], digests: &mut Digests) -> Vec<Slice> {
    let mut slices = Vec::new();
    let families = context.service.list_at("spec.ipFamilies");
    let families: Vec<&str> =
        if families.is_empty() { vec!["IPv4"] } else { families.iter().filter_map(Value::as_str).collect() };
    for slice in existing.iter().filter(|s| !families.contains(&s.str_at("addressType"))) {
        slices.push(Slice { object: slice.clone(), state: State::Delete });
    }
    for family in families {
        let mine: Vec<&Rc<Value>> = existing.iter().filter(|s| s.str_at("addressType") == family).collect();
        let members = if family == "IPv4" { pods } else { &[] };
        let mut planned = plan_family(context, members, &mine, family, digests);
        hint(context.service, &mut planned, digests);
        recycle(&mut planned);
        slices.append(&mut planned);
    }
    slices
}

// upstream: endpointslice/reconciler.go reconcileByAddressType
fn plan_family(
    context: &Context<'_>,
    pods: &[&Rc<PodInfo>],
    existing: &[&Rc<Value>],
    family: &str,
    digests: &mut Digests,
) -> Vec<Slice> {
    let service = context.service;
    let mut slices = Vec::new();
    let mut by_ports: BTreeMap<String, Vec<&Rc<Value>>> = BTreeMap::new();
    for slice in existing {
        let owned = slice.list_at("metadata.ownerReferences").iter().any(|o| o.str_at("uid") == service.uid());
        if owned {
            by_ports.entry(port_key(slice.list_at("ports"))).or_default().push(slice);
        } else {
            slices.push(Slice { object: (*slice).clone(), state: State::Delete });
        }
    }
    let mut desired: BTreeMap<String, (Vec<Value>, Vec<&Rc<PodInfo>>)> = BTreeMap::new();
    let eligible = || pods.iter().filter(|p| eligible(p, true)).copied();
    let placed = |p: &&Rc<PodInfo>| context.publish || context.zones.contains_key(&*p.node);
    let same_for_all = service.list_at("spec.ports").iter().all(|p| !p.at("targetPort").is_string());
    if same_for_all && eligible().next().is_some() {
        let ports = ports_of(service, &Value::Null);
        desired.insert(port_key(&ports), (ports, eligible().filter(placed).collect()));
    } else {
        for pod in eligible() {
            let ports = ports_of(service, &pod.object);
            let group = desired.entry(port_key(&ports)).or_insert_with(|| (ports, Vec::new()));
            group.1.extend(Some(pod).filter(placed));
        }
    }
    for (key, (ports, members)) in &desired {
        let old = by_ports.remove(key).unwrap_or_default();
        slices.extend(plan_ports(context, &old, members, ports, family, digests));
    }
    for slice in by_ports.into_values().flatten() {
        slices.push(Slice { object: slice.clone(), state: State::Delete });
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
    slices.push(Slice { object: Rc::new(empty), state: State::Create });
}

/// Keeps what is in place, drops what went, fills up, and makes new slices for the rest. `members` are in the order of
/// their names.
// upstream: endpointslice/reconciler.go reconcileByPortMapping
fn plan_ports(
    context: &Context<'_>,
    existing: &[&Rc<Value>],
    members: &[&Rc<PodInfo>],
    ports: &[Value],
    family: &str,
    digests: &mut Digests,
) -> Vec<Slice> {
    let service = context.service;
    let mut placed = vec![false; members.len()];
    let labels = labels(service);
    let mut slices: Vec<Slice> = Vec::new();
    for slice in existing {
        let before = digests.of(slice);
        let mut changed = false;
        let mut kept = Vec::with_capacity(before.len());
        for (said, full) in before.iter().zip(slice.list_at("endpoints")) {
            let at = members.binary_search_by(|p| p.key.1.cmp(&said.pod)).ok();
            let found = at.and_then(|i| Some((members.get(i)?, placed.get_mut(i)?)));
            match found.filter(|(p, placed)| !**placed && p.ip == said.ip) {
                Some((pod, placed)) => {
                    *placed = true;
                    changed |= !matches(context, said, full, pod);
                    kept.push(*pod);
                }
                None => changed = true,
            }
        }
        let relabelled = slice.at("metadata.labels").as_object() != Some(&labels);
        let state = match (changed, relabelled, kept.is_empty()) {
            (false, false, _) => State::Unchanged,
            (true, _, true) => State::Delete,
            _ => State::Update,
        };
        let mut object = (*slice).clone();
        if state == State::Update {
            let mut new = without_endpoints(slice);
            new["endpoints"] = kept.into_iter().map(|p| endpoint(context, p)).collect();
            set_map(&mut new, "labels", labels.clone());
            object = Rc::new(new);
        }
        slices.push(Slice { object, state });
    }
    let left = members.iter().zip(&placed).filter(|(_, placed)| !**placed);
    let mut rest: Vec<Value> = left.map(|(p, _)| endpoint(context, p)).collect();
    fill(service, &mut slices, &mut rest, ports, family);
    slices
}

/// Puts new endpoints into slices that change anyway, fullest first, then into one unchanged slice that has room for
/// all of them, then into new ones.
fn fill(service: &Value, slices: &mut Vec<Slice>, rest: &mut Vec<Value>, ports: &[Value], family: &str) {
    let length = |s: &Slice| s.object.list_at("endpoints").len();
    let mut order: Vec<usize> = (0..slices.len()).filter(|i| slices[*i].state == State::Update).collect();
    sort_by_key(&mut order, |i| std::cmp::Reverse(length(&slices[*i])));
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
                let object = Rc::new(new_slice(service, ports, family));
                let mut slice = Slice { object, state: State::Create };
                push(&mut slice, rest.drain(..room));
                slices.push(slice);
            }
        }
    }
}

fn push(slice: &mut Slice, endpoints: impl Iterator<Item = Value>) {
    let list = &mut Rc::make_mut(&mut slice.object)["endpoints"];
    match list.as_array_mut() {
        Some(list) => list.extend(endpoints),
        None => *list = endpoints.collect(),
    }
}

/// Adds the hints that `trafficDistribution` asks for, takes away those it doesn't.
// upstream: endpointslice/trafficdist/trafficdist.go ReconcileHints
fn hint(service: &Value, slices: &mut [Slice], digests: &mut Digests) {
    let distribution = service.str_at("spec.trafficDistribution");
    let close = matches!(distribution, "PreferClose" | "PreferSameZone" | "PreferSameNode");
    for slice in slices.iter_mut().filter(|s| s.state != State::Delete) {
        if !close && (slice.state != State::Unchanged || digests.of(&slice.object).iter().all(|s| !s.more)) {
            continue;
        }
        let mut object = slice.object.as_ref().clone();
        let Some(endpoints) = object.get_mut("endpoints").and_then(Value::as_array_mut) else { continue };
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
        if changed {
            slice.object = Rc::new(object);
            if slice.state == State::Unchanged {
                slice.state = State::Update;
            }
        }
    }
}

/// Turns creations into updates of slices that would be deleted, so that names stay.
// upstream: endpointslice/reconciler.go finalize
fn recycle(slices: &mut Vec<Slice>) {
    while let (Some(create), Some(delete)) =
        (slices.iter().rposition(|s| s.state == State::Create), slices.iter().position(|s| s.state == State::Delete))
    {
        let mut object = slices[create].object.as_ref().clone();
        let fresh = object["metadata"].take();
        let mut metadata = slices[delete].object.at("metadata").clone();
        metadata["labels"] = fresh.at("labels").clone();
        metadata["ownerReferences"] = fresh.at("ownerReferences").clone();
        object["metadata"] = metadata;
        slices[delete] = Slice { object: Rc::new(object), state: State::Update };
        slices.remove(create);
    }
}

fn write(cluster: &mut Cluster, namespace: &Rc<str>, slices: Vec<Slice>, mut stamp: impl FnMut(&mut Value)) {
    let ends = pods::namespace_ends(cluster, namespace);
    for state in [State::Create, State::Update, State::Delete] {
        for slice in slices.iter().filter(|s| s.state == state) {
            if state == State::Delete {
                let object = &slice.object;
                let key = Key::of(&ENDPOINT_SLICES, object);
                cluster.controllers.digests.forget(&key.namespace, &key.name);
                let _ = cluster.delete(&key, &Value::Null);
                continue;
            }
            let mut object = slice.object.as_ref().clone();
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
