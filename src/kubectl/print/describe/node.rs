//! Nodes: what they are, what runs on them and what that asks for.

use super::list;
use super::writer::{Description, line};
use crate::api::quantity::{Format, Quantity};
use crate::api::resource::{LEASES, PODS};
use crate::api::{ObjectExt, Value};
use crate::cluster::{Request, Server};
use crate::collections::{BTreeMap, sort_by_key};
use crate::kubectl::print::age;
use crate::kubectl::print::text::{self, NONE, or, plain};

// upstream: kubectl/pkg/describe/describe.go describeNode
pub fn node(d: &mut Description, server: &mut dyn Server, o: &Value) {
    let running = format!("spec.nodeName={},status.phase!=Succeeded,status.phase!=Failed", o.name());
    let pods = list(server, &Request::get(PODS.path("")).query("fieldSelector", running).query("limit", "500"));
    d.field(0, "Name", o.name());
    d.field(0, "Roles", or(&text::node_roles(o).join(","), NONE));
    d.metadata(o);
    d.time(0, "CreationTimestamp", o, "metadata.creationTimestamp");
    taints(d, o.list_at("spec.taints"));
    d.field(0, "Unschedulable", o.bool_at("spec.unschedulable"));
    lease(d, server, o);
    conditions(d, o.list_at("status.conditions"));
    line!(d, 0, "Addresses:");
    for address in o.list_at("status.addresses") {
        d.field(1, address.str_at("type"), address.str_at("address"));
    }
    for (title, field) in [("Capacity", "status.capacity"), ("Allocatable", "status.allocatable")] {
        let Value::Object(map) = o.at(field) else { continue };
        if !map.is_empty() {
            line!(d, 0, "{title}:");
        }
        for (name, quantity) in map {
            d.field(1, name, plain(quantity));
        }
    }
    line!(d, 0, "System Info:");
    d.fields_or(
        1,
        o.at("status.nodeInfo"),
        "",
        &[
            ("Machine ID", "machineID"),
            ("System UUID", "systemUUID"),
            ("Boot ID", "bootID"),
            ("Kernel Version", "kernelVersion"),
            ("OS Image", "osImage"),
            ("Operating System", "operatingSystem"),
            ("Architecture", "architecture"),
            ("Container Runtime Version", "containerRuntimeVersion"),
            ("Kubelet Version", "kubeletVersion"),
        ],
    );
    d.fields(0, o, &[("PodCIDR", "spec.podCIDR")]);
    let cidrs: Vec<String> = o.list_at("spec.podCIDRs").iter().map(plain).collect();
    if !cidrs.is_empty() {
        d.field(0, "PodCIDRs", cidrs.join(","));
    }
    d.fields(0, o, &[("ProviderID", "spec.providerID")]);
    usage(d, o, &pods);
}

/// `KEY=VALUE:EFFECT`, by effect and key.
// upstream: kubectl/pkg/describe/describe.go printTaintsMultilineWithIndent
fn taints(d: &mut Description, list: &[Value]) {
    let mut list: Vec<&Value> = list.iter().collect();
    sort_by_key(&mut list, |t| (t.str_at("effect"), t.str_at("key")));
    let text = |t: &&Value| match (t.str_at("key"), t.str_at("value"), t.str_at("effect")) {
        (key, "", "") => key.to_string(),
        (key, value, "") => format!("{key}={value}:"),
        (key, "", effect) => format!("{key}:{effect}"),
        (key, value, effect) => format!("{key}={value}:{effect}"),
    };
    d.several("Taints", &list.iter().map(text).collect::<Vec<_>>());
}

// upstream: kubectl/pkg/describe/describe.go describeNodeLease
fn lease(d: &mut Description, server: &mut dyn Server, o: &Value) {
    let answer = server.request(&Request::get(format!("{}/{}", LEASES.path("kube-node-lease"), o.name())));
    if !answer.ok() {
        d.field(0, "Lease", format_args!("Failed to get lease: {}", answer.body.str_at("message")));
        return;
    }
    line!(d, 0, "Lease:");
    let lease = answer.body;
    d.fields_or(1, &lease, "<unset>", &[("HolderIdentity", "spec.holderIdentity")]);
    for (title, path) in [("AcquireTime", "spec.acquireTime"), ("RenewTime", "spec.renewTime")] {
        match lease.str_at(path) {
            "" => d.field(1, title, "<unset>"),
            _ => d.time(1, title, &lease, path),
        }
    }
}

fn conditions(d: &mut Description, list: &[Value]) {
    if list.is_empty() {
        return;
    }
    line!(d, 0, "Conditions:");
    d.heading(1, &["Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message"]);
    for c in list {
        let [heartbeat, transition] =
            ["lastHeartbeatTime", "lastTransitionTime"].map(|path| super::writer::time(c.str_at(path)));
        let [kind, status, reason, message] = ["type", "status", "reason", "message"].map(|path| c.str_at(path));
        line!(d, 1, "{kind} \t{status} \t{heartbeat} \t{transition} \t{reason} \t{message}");
    }
}

/// Amounts by resource name.
type Amounts = BTreeMap<String, Quantity>;

fn add(to: &mut Amounts, name: &str, amount: Quantity) {
    match to.get_mut(name) {
        Some(sum) => {
            if sum.nanos == 0 {
                sum.format = amount.format;
            }
            sum.nanos += amount.nanos;
        }
        None => drop(to.insert(name.into(), amount)),
    }
}

fn amounts(list: &Value) -> Amounts {
    let Value::Object(map) = list else { return Amounts::new() };
    map.iter().filter_map(|(name, value)| Some((name.clone(), Quantity::of(value)?))).collect()
}

/// What a Pod asks for (`requests`) or may use (`limits`): its containers together, or its largest init container.
// upstream: component-helpers/resource/helpers.go PodRequests, PodLimits
fn of_pod(pod: &Value, list: &str) -> Amounts {
    let mut total = Amounts::new();
    for container in pod.list_at("spec.containers") {
        amounts(container.at("resources").at(list)).iter().for_each(|(name, q)| add(&mut total, name, *q));
    }
    let (mut sidecars, mut largest) = (Amounts::new(), Amounts::new());
    for container in pod.list_at("spec.initContainers") {
        let mut own = amounts(container.at("resources").at(list));
        if container.str_at("restartPolicy") == "Always" {
            own.iter().for_each(|(name, q)| add(&mut total, name, *q));
            own.iter().for_each(|(name, q)| add(&mut sidecars, name, *q));
            own = sidecars.clone();
        } else {
            sidecars.iter().for_each(|(name, q)| add(&mut own, name, *q));
        }
        raise(&mut largest, &own);
    }
    raise(&mut total, &largest);
    let pod_level = |name: &str| matches!(name, "cpu" | "memory") || name.starts_with("hugepages-");
    let own = amounts(pod.at("spec.resources").at(list));
    total.extend(own.into_iter().filter(|(name, _)| pod_level(name)));
    for (name, q) in amounts(pod.at("spec.overhead")) {
        if list == "requests" || total.get(&name).is_some_and(|sum| sum.nanos != 0) {
            add(&mut total, &name, q);
        }
    }
    total
}

fn raise(to: &mut Amounts, least: &Amounts) {
    for (name, q) in least {
        if to.get(name).is_none_or(|have| have < q) {
            to.insert(name.clone(), *q);
        }
    }
}

const ZERO: Quantity = Quantity { nanos: 0, format: Format::DecimalSi };

/// `100m (5%)`
fn share(amounts: &Amounts, name: &str, of: &Amounts) -> String {
    let get = |from: &Amounts| *from.get(name).unwrap_or(&ZERO);
    let value = |q: Quantity| if name == "cpu" { q.milli() } else { q.whole() };
    let (amount, whole) = (get(amounts), value(get(of)));
    let percent = if whole == 0 { 0 } else { (value(amount) as f64 / whole as f64 * 100.0) as i64 };
    format!("{amount} ({percent}%)")
}

// upstream: kubectl/pkg/describe/describe.go describeNodeResource
fn usage(d: &mut Description, o: &Value, pods: &[Value]) {
    line!(d, 0, "Non-terminated Pods:\t({} in total)", pods.len());
    line!(d, 1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    line!(d, 1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let mut allocatable = amounts(o.at("status.allocatable"));
    if allocatable.is_empty() {
        allocatable = amounts(o.at("status.capacity"));
    }
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for pod in pods {
        let [asked, most] = ["requests", "limits"].map(|list| of_pod(pod, list));
        let cells = [("cpu", &asked), ("cpu", &most), ("memory", &asked), ("memory", &most)]
            .map(|(name, from)| share(from, name, &allocatable));
        let age = age::since(pod.str_at("metadata.creationTimestamp"), d.now);
        line!(d, 1, "{}\t{}\t\t{}\t{age}", pod.namespace(), pod.name(), cells.join("\t"));
        asked.iter().for_each(|(name, q)| add(&mut requests, name, *q));
        most.iter().for_each(|(name, q)| add(&mut limits, name, *q));
    }
    line!(d, 0, "Allocated resources:");
    line!(d, 1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    line!(d, 1, "Resource\tRequests\tLimits");
    line!(d, 1, "--------\t--------\t------");
    let standard = ["cpu", "memory", "ephemeral-storage"];
    let huge = allocatable.keys().map(String::as_str).filter(|name| name.starts_with("hugepages-"));
    for name in standard.into_iter().chain(huge) {
        line!(d, 1, "{name}\t{}\t{}", share(&requests, name, &allocatable), share(&limits, name, &allocatable));
    }
    let others =
        allocatable.keys().filter(|n| !standard.contains(&n.as_str()) && !n.starts_with("hugepages-") && *n != "pods");
    for name in others {
        let get = |from: &Amounts| *from.get(name).unwrap_or(&ZERO);
        line!(d, 1, "{name}\t{}\t{}", get(&requests), get(&limits));
    }
}
