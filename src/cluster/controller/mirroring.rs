//! EndpointSlices of Endpoints that a user wrote for a Service without selector.
//! upstream: pkg/controller/endpointslicemirroring/{endpointslicemirroring_controller,reconciler,utils}.go

use super::endpoints::set_map;
use super::endpointslice::{MANAGED_BY, SERVICE_NAME};
use super::gohash::sort_slice_ports;
use super::{controller_ref, pods, source};
use crate::api::resource::{ENDPOINT_SLICES, ENDPOINTS, SERVICES};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::annotation;
use crate::cluster::recorder::EventType;
use crate::cluster::{Cluster, Key};
use serde_json::json;
use std::net::IpAddr;
use std::rc::Rc;

/// Addresses of a subset that are mirrored at most (`--mirroring-max-endpoints-per-subset`).
const SUBSET_MAX: usize = 1000;
pub(super) const MANAGER: &str = "endpointslicemirroring-controller.k8s.io";

/// What one slice is to hold.
struct Mirror {
    family: &'static str,
    ports: Vec<Value>,
    endpoints: Vec<Value>,
}

/// Brings the mirrored slices of one Endpoints object up to date.
// upstream: pkg/controller/endpointslicemirroring/endpointslicemirroring_controller.go syncEndpoints
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let mut existing: Vec<Rc<Value>> = cluster
        .index
        .slices(namespace, name)
        .iter()
        .filter_map(|n| cluster.store.find(&ENDPOINT_SLICES, namespace, n))
        .filter(|s| s.label(MANAGED_BY) == Some(MANAGER))
        .cloned()
        .collect();
    let service = cluster.store.find(&SERVICES, namespace, name);
    let selectorless = service.is_some_and(|s| !s.at("spec.selector").is_object());
    let endpoints = cluster.store.find(&ENDPOINTS, namespace, name).filter(|_| selectorless).cloned();
    let mirrored = endpoints.filter(|e| {
        e.label("endpointslice.kubernetes.io/skip-mirror") != Some("true")
            && annotation(e, "control-plane.alpha.kubernetes.io/leader").is_empty()
    });
    let Some(endpoints) = mirrored else {
        delete(cluster, &existing);
        return;
    };
    let mirrors = mirrors(cluster, &endpoints);
    let ends = pods::namespace_ends(cluster, namespace);
    let mut unplaced = Vec::new();
    for mirror in mirrors {
        let same =
            |s: &Rc<Value>| s.str_at("addressType") == mirror.family && s.list_at("ports") == mirror.ports.as_slice();
        match existing.iter().position(same) {
            Some(at) => {
                let old = existing.remove(at);
                update(cluster, &endpoints, &old, mirror);
            }
            None => unplaced.push(mirror),
        }
    }
    for mirror in unplaced {
        match existing.iter().position(|s| s.str_at("addressType") == mirror.family) {
            Some(at) => {
                let old = existing.remove(at);
                update(cluster, &endpoints, &old, mirror);
            }
            None if ends => {}
            None => {
                let mut slice = written(&endpoints, json!({"namespace": &**namespace}), mirror);
                slice["metadata"]["generateName"] = format!("{name}-").into();
                let _ = cluster.create(&ENDPOINT_SLICES, slice);
            }
        }
    }
    delete(cluster, &existing);
}

fn delete(cluster: &mut Cluster, slices: &[Rc<Value>]) {
    for slice in slices {
        let _ = cluster.delete(&Key::of(&ENDPOINT_SLICES, slice), &Value::Null);
    }
}

fn update(cluster: &mut Cluster, endpoints: &Value, old: &Value, mirror: Mirror) {
    let slice = written(endpoints, old.at("metadata").clone(), mirror);
    let _ = cluster.update(&ENDPOINT_SLICES, slice);
}

/// A slice with what it takes over from its Endpoints.
// upstream: pkg/controller/endpointslicemirroring/utils.go newEndpointSlice
fn written(endpoints: &Value, metadata: Value, mirror: Mirror) -> Value {
    let mut slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
        "addressType": mirror.family, "endpoints": mirror.endpoints});
    slice["ports"] = if mirror.ports.is_empty() { Value::Null } else { mirror.ports.into() };
    let mut labels = endpoints.at("metadata.labels").as_object().cloned().unwrap_or_default();
    labels.insert(SERVICE_NAME.into(), endpoints.name().into());
    labels.insert(MANAGED_BY.into(), MANAGER.into());
    set_map(&mut slice, "labels", labels);
    let mut annotations = endpoints.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    annotations.remove("endpoints.kubernetes.io/last-change-trigger-time");
    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    set_map(&mut slice, "annotations", annotations);
    slice["metadata"]["ownerReferences"] = json!([controller_ref(&ENDPOINTS, endpoints)]);
    slice
}

/// One slice for every family and set of ports; says in events what could not be mirrored.
// upstream: pkg/controller/endpointslicemirroring/reconciler.go reconcile
fn mirrors(cluster: &mut Cluster, endpoints: &Value) -> Vec<Mirror> {
    let mut mirrors: Vec<Mirror> = Vec::new();
    let (mut invalid, mut skipped) = (0, 0);
    for subset in endpoints.list_at("subsets") {
        let mut ports: Vec<Value> = subset.list_at("ports").iter().map(slice_port).collect();
        sort_slice_ports(&mut ports);
        let ready = subset.list_at("addresses").iter().map(|a| (a, true));
        let all = ready.chain(subset.list_at("notReadyAddresses").iter().map(|a| (a, false)));
        let mut added = 0;
        for (address, ready) in all {
            if added >= SUBSET_MAX {
                skipped += 1;
                continue;
            }
            let Ok(ip) = address.str_at("ip").parse::<IpAddr>() else {
                invalid += 1;
                continue;
            };
            added += 1;
            let family = if ip.is_ipv4() { "IPv4" } else { "IPv6" };
            let at = mirrors.iter().position(|m| m.family == family && m.ports == ports).unwrap_or_else(|| {
                mirrors.push(Mirror { family, ports: ports.clone(), endpoints: Vec::new() });
                mirrors.len() - 1
            });
            if let Some(mirror) = mirrors.get_mut(at) {
                mirror.endpoints.push(slice_endpoint(address, &ip, ready));
            }
        }
    }
    let about = (&ENDPOINTS, endpoints);
    if invalid > 0 {
        let text = format!("Skipped {invalid} invalid IP addresses when mirroring to EndpointSlices");
        cluster.record(
            source("endpoint-slice-mirroring-controller"),
            about,
            "",
            (EventType::Warning, "InvalidIPAddress"),
            &text,
        );
    }
    if skipped > 0 {
        let text = format!(
            "A max of {SUBSET_MAX} addresses can be mirrored to EndpointSlices per Endpoints subset. {} addresses were skipped",
            skipped + invalid
        );
        cluster.record(
            source("endpoint-slice-mirroring-controller"),
            about,
            "",
            (EventType::Warning, "TooManyAddressesToMirror"),
            &text,
        );
    }
    mirrors
}

fn slice_port(port: &Value) -> Value {
    let mut out = json!({"name": port.str_at("name"), "port": port.at("port"), "protocol": port.at("protocol")});
    if let Some(protocol) = port.get("appProtocol") {
        out["appProtocol"] = protocol.clone();
    }
    out
}

// upstream: pkg/controller/endpointslicemirroring/utils.go addressToEndpoint
fn slice_endpoint(address: &Value, ip: &IpAddr, ready: bool) -> Value {
    let mut out = json!({"addresses": [ip.to_string()], "conditions": {"ready": ready}});
    for field in ["targetRef", "nodeName", "hostname"] {
        if let Some(value) = address.get(field) {
            out[field] = value.clone();
        }
    }
    out
}
