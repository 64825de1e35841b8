//! Subsets of Endpoints in their canonical layout. upstream: pkg/api/v1/endpoints/util.go

use super::endpoints::{eligible, endpoint_port, find_port, headless, hostname};
use super::gohash::sort_endpoint_ports;
use crate::api::{ObjectExt, Value};
use crate::cluster::index::PodInfo;
use crate::collections::{BTreeMap, sort_by};
use serde_json::json;
use std::rc::Rc;

/// The subsets of a Service's Pods: ports that the same Pods offer are in one subset, in canonical order.
// upstream: pkg/api/v1/endpoints/util.go RepackSubsets
pub(super) fn of_pods(service: &Value, pods: &[&Rc<PodInfo>]) -> Vec<Value> {
    let publish = service.bool_at("spec.publishNotReadyAddresses");
    let mut members: Vec<&Rc<PodInfo>> = pods.iter().filter(|p| eligible(p, publish)).copied().collect();
    sort_by(&mut members, |a, b| a.ip.cmp(&b.ip).then_with(|| a.uid.cmp(&b.uid)));
    let ports = service.list_at("spec.ports");
    let mut offers: Vec<(Option<Value>, Vec<usize>)> = Vec::new();
    if ports.is_empty() && headless(service) && !members.is_empty() {
        offers.push((None, (0..members.len()).collect()));
    }
    for port in ports {
        let mut by_number: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        if let (true, Some(number)) = (!port.at("targetPort").is_string(), find_port(&Value::Null, port)) {
            by_number.insert(number, (0..members.len()).collect());
        } else {
            for (i, pod) in members.iter().enumerate() {
                if let Some(number) = find_port(&pod.object, port) {
                    by_number.entry(number).or_default().push(i);
                }
            }
        }
        by_number.retain(|_, who| !who.is_empty());
        for (number, who) in by_number {
            let mut offered = endpoint_port(port, number);
            if !port.str_at("name").is_empty() {
                offered["name"] = port.at("name").clone();
            }
            offers.push((Some(offered), who));
        }
    }
    let mut groups: BTreeMap<Vec<usize>, Vec<Value>> = BTreeMap::new();
    for (port, who) in offers {
        let group = groups.entry(who).or_default();
        group.extend(port);
    }
    let address = |i: &usize| members.get(*i).map(|pod| address(service, pod));
    let ready = |i: &&usize| publish || members.get(**i).is_some_and(|p| p.ready);
    let mut subsets: Vec<Value> = Vec::new();
    for (who, ports) in groups {
        let (up, down): (Vec<&usize>, Vec<&usize>) = who.iter().partition(ready);
        let mut subset = json!({});
        for (field, list) in [("addresses", up), ("notReadyAddresses", down)] {
            if !list.is_empty() {
                subset[field] = list.into_iter().filter_map(address).collect();
            }
        }
        if !ports.is_empty() {
            let mut ports = ports;
            sort_endpoint_ports(&mut ports);
            subset["ports"] = ports.into();
        }
        subsets.push(subset);
    }
    subsets
}

fn address(service: &Value, pod: &PodInfo) -> Value {
    let name = &pod.key;
    let mut address = json!({
        "ip": &*pod.ip, "nodeName": &*pod.node,
        "targetRef": {"kind": "Pod", "name": &*name.1, "namespace": &*name.0, "uid": &*pod.uid},
    });
    if let Some(name) = hostname(pod, service) {
        address["hostname"] = name.into();
    }
    address
}

/// Cuts to `capacity` addresses, ready ones first; whether it had to.
// upstream: pkg/controller/endpoint/endpoints_controller.go truncateEndpoints
pub(super) fn truncate(subsets: &mut Vec<Value>, capacity: usize) -> bool {
    let count = |subsets: &[Value], field: &str| subsets.iter().map(|s| s.list_at(field).len()).sum::<usize>();
    let (ready, unready) = (count(subsets, "addresses"), count(subsets, "notReadyAddresses"));
    if ready + unready <= capacity {
        return false;
    }
    let mut room = capacity;
    for (field, total) in [("addresses", ready), ("notReadyAddresses", unready)] {
        let share = room.min(total);
        let mut given = 0;
        for subset in subsets.iter_mut() {
            let have = subset.list_at(field).len();
            let part = (have * share).checked_div(total).unwrap_or(0).min(share - given);
            given += part;
            if let Some(list) = subset.get_mut(field).and_then(Value::as_array_mut) {
                list.truncate(part);
                if list.is_empty() {
                    subset.unset(field);
                }
            }
        }
        room -= share;
    }
    subsets.retain(|s| s.get("addresses").is_some() || s.get("notReadyAddresses").is_some());
    true
}
