//! What the registry does to Services before it validates them: fields that hang together.
//! upstream: pkg/registry/core/service/{strategy.go,storage/storage.go}

use crate::api::{ObjectExt, Value, validation};
use serde_json::json;

pub(super) fn kind(service: &Value) -> &str {
    service.str_at("spec.type")
}
pub(super) fn needs_cluster_ip(service: &Value) -> bool {
    kind(service) != "ExternalName"
}
pub(super) fn is_headless(service: &Value) -> bool {
    service.list_at("spec.clusterIPs").first().is_some_and(|ip| ip == "None")
}
pub(super) fn selectorless(service: &Value) -> bool {
    service.at("spec.selector").as_object().is_none_or(serde_json::Map::is_empty)
}
pub(super) fn needs_health_check(service: &Value) -> bool {
    kind(service) == "LoadBalancer" && service.str_at("spec.externalTrafficPolicy") == "Local"
}
pub(super) fn should_allocate_ports(service: &Value) -> bool {
    match kind(service) {
        "NodePort" => true,
        "LoadBalancer" => service.at("spec.allocateLoadBalancerNodePorts").as_bool() != Some(false),
        _ => false,
    }
}
pub(super) fn ports(service: &Value) -> &[Value] {
    service.list_at("spec.ports")
}
/// A port's `nodePort`, 0 if it has none; what is no port number counts as the nearest that is out of range.
pub(super) fn node_port(port: &Value) -> u32 {
    port.int_at("nodePort").map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX))
}
pub(super) fn node_ports(service: &Value) -> Vec<u32> {
    ports(service).iter().map(node_port).filter(|n| *n != 0).collect()
}
pub(super) fn set_node_port(service: &mut Value, index: usize, port: u32) {
    service.set(&format!("spec.ports.{index}.nodePort"), port);
}
/// Whether two objects have the same at `path`; an empty list and none are the same.
pub(super) fn same(a: &Value, b: &Value, path: &str) -> bool {
    let empty = |v: &Value| v.is_null() || v == "" || v.as_array().is_some_and(Vec::is_empty);
    let (a, b) = (a.at(path), b.at(path));
    a == b || empty(a) && empty(b)
}

/// Makes `clusterIPs` follow a client that only knows `clusterIP`. upstream: storage.go normalizeClusterIPs
pub(super) fn normalize_cluster_ips(new: &mut Value, old: Option<&Value>) {
    let (single, plural) = ("spec.clusterIP", "spec.clusterIPs");
    let Some(old) = old else {
        if !new.str_at(single).is_empty() && new.list_at(plural).is_empty() {
            new.set(plural, json!([new.str_at(single)]));
        }
        return;
    };
    if !old.list_at(plural).is_empty() && new.list_at(plural).is_empty() && same(old, new, single) {
        new.set(plural, old.at(plural).clone());
    }
    if !same(old, new, single) && same(old, new, plural) {
        if !old.str_at(single).is_empty() && new.str_at(single).is_empty() {
            new.unset(plural);
        } else {
            new.set(plural, json!([new.str_at(single)]));
        }
    }
}

/// Gives an update what the client left out because the server had chosen it. upstream: storage.go patchAllocatedValues
pub(super) fn patch_allocated_values(new: &mut Value, old: &Value) {
    if needs_cluster_ip(old) && needs_cluster_ip(new) {
        for path in ["spec.clusterIP", "spec.clusterIPs"] {
            let missing = new.str_at(path).is_empty() && new.list_at(path).is_empty();
            if missing && !old.at(path).is_null() {
                new.set(path, old.at(path).clone());
            }
        }
    }
    if should_allocate_ports(old) && should_allocate_ports(new) {
        let (before, after) = (node_ports(old), node_ports(new));
        for index in 0..ports(new).len() {
            let port = &ports(new)[index];
            if node_port(port) != 0 {
                continue;
            }
            let same_name = ports(old).iter().rev().find(|p| p.str_at("name") == port.str_at("name"));
            let number = same_name.map_or(0, node_port);
            if number != 0 && !(before.contains(&number) && after.contains(&number)) {
                set_node_port(new, index, number);
            }
        }
    }
    let health = "spec.healthCheckNodePort";
    let needed = needs_health_check(old) && needs_health_check(new) && new.int_at(health).unwrap_or(0) == 0;
    if let Some(port) = old.int_at(health).filter(|_| needed) {
        new.set(health, port);
    }
}

/// Clears what no longer applies after a change of type, unless the client changed that too.
/// upstream: pkg/registry/core/service/strategy.go dropTypeDependentFields
pub(super) fn drop_type_dependent_fields(new: &mut Value, old: &Value) {
    if needs_cluster_ip(old) && !needs_cluster_ip(new) {
        if same(old, new, "spec.clusterIP") && same(old, new, "spec.clusterIPs") {
            new.unset("spec.clusterIP");
            new.unset("spec.clusterIPs");
        }
        for path in ["spec.ipFamilies", "spec.ipFamilyPolicy"] {
            drop_if_same(new, old, path);
        }
    }
    let with_ports = |s: &Value| matches!(kind(s), "NodePort" | "LoadBalancer");
    if with_ports(old) && !with_ports(new) {
        let before = node_ports(old);
        if node_ports(new).iter().all(|p| before.contains(p)) {
            for index in 0..ports(new).len() {
                new.unset(&format!("spec.ports.{index}.nodePort"));
            }
        }
    }
    if needs_health_check(old) && !needs_health_check(new) {
        drop_if_same(new, old, "spec.healthCheckNodePort");
    }
    if kind(old) == "LoadBalancer" && kind(new) != "LoadBalancer" {
        drop_if_same(new, old, "spec.allocateLoadBalancerNodePorts");
        drop_if_same(new, old, "spec.loadBalancerClass");
    }
    if validation::externally_accessible(old) && !validation::externally_accessible(new) {
        drop_if_same(new, old, "spec.externalTrafficPolicy");
    }
    if kind(new) != "LoadBalancer" {
        new.set("status.loadBalancer", json!({}));
    }
}

fn drop_if_same(new: &mut Value, old: &Value, path: &str) {
    if same(old, new, path) {
        new.unset(path);
    }
}
