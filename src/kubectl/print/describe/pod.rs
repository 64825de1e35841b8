//! Pods.

use super::container::{self, Of};
use super::writer::{Description, line};
use super::{controlled_by, volume};
use crate::api::{ObjectExt, Value};
use crate::collections::sort_by_key;
use crate::kubectl::print::age;
use crate::kubectl::print::text::{self, NONE, number, or};

// upstream: kubectl/pkg/describe/describe.go describePod
pub fn pod(d: &mut Description, o: &Value) {
    d.name(o);
    d.fields(
        0,
        o,
        &[
            ("Priority", "spec.priority"),
            ("Priority Class Name", "spec.priorityClassName"),
            ("Runtime Class Name", "spec.runtimeClassName"),
            ("Service Account", "spec.serviceAccountName"),
        ],
    );
    match o.str_at("spec.nodeName") {
        "" => d.field(0, "Node", NONE),
        node => d.field(0, "Node", format_args!("{node}/{}", o.str_at("status.hostIP"))),
    }
    d.time_if(0, "Start Time", o, "status.startTime");
    d.metadata(o);
    status(d, o);
    d.field(0, "IP", o.str_at("status.podIP"));
    let ips = o.list_at("status.podIPs");
    line!(d, 0, "IPs:{}", if ips.is_empty() { "\t<none>" } else { "" });
    for ip in ips {
        d.field(1, "IP", ip.str_at("ip"));
    }
    controlled_by(d, o);
    d.fields(0, o, &[("NominatedNodeName", "status.nominatedNodeName")]);
    if o.at("spec.resources").is_object() {
        line!(d, 0, "Resources:");
        container::resources(d, o.at("spec.resources"), 1);
    }
    for (heading, list, statuses, always) in [
        ("Init Containers", "spec.initContainers", "status.initContainerStatuses", false),
        ("Containers", "spec.containers", "status.containerStatuses", true),
        ("Ephemeral Containers", "spec.ephemeralContainers", "status.ephemeralContainerStatuses", false),
    ] {
        if always || !o.list_at(list).is_empty() {
            container::containers(d, heading, o.list_at(list), o.list_at(statuses), Of::Pod(o));
        }
    }
    conditions(d, o);
    volume::of_pod(d, o.list_at("spec.volumes"), Of::Pod(o));
    d.field(0, "QoS Class", or(o.str_at("status.qosClass"), "BestEffort"));
    d.pairs("Node-Selectors", &o.pairs_at("spec.nodeSelector"));
    tolerations(d, "Tolerations", o.list_at("spec.tolerations"));
    spread(d, o.list_at("spec.topologySpreadConstraints"), "");
}

fn status(d: &mut Description, o: &Value) {
    let phase = o.str_at("status.phase");
    let deleted = o.str_at("metadata.deletionTimestamp");
    if !deleted.is_empty() && !matches!(phase, "Failed" | "Succeeded") {
        d.field(0, "Status", format_args!("Terminating (lasts {})", age::since(deleted, d.now)));
        line!(d, 0, "Termination Grace Period:\t{}s", number(o, "metadata.deletionGracePeriodSeconds"));
    } else {
        d.field(0, "Status", phase);
    }
    d.fields(0, o, &[("Reason", "status.reason"), ("Message", "status.message")]);
    let profile = o.at("spec.securityContext.seccompProfile");
    d.fields(0, profile, &[("SeccompProfile", "type"), ("LocalhostProfile", "localhostProfile")]);
}

fn conditions(d: &mut Description, o: &Value) {
    let gates = o.list_at("spec.readinessGates");
    if !gates.is_empty() {
        line!(d, 0, "Readiness Gates:\n  Type\tStatus");
    }
    for gate in gates {
        let kind = gate.str_at("conditionType");
        line!(d, 1, "{kind} \t{} ", or(text::condition(o, kind), NONE));
    }
    let conditions = o.list_at("status.conditions");
    if !conditions.is_empty() {
        line!(d, 0, "Conditions:\n  Type\tStatus");
    }
    for c in conditions {
        line!(d, 1, "{} \t{} ", c.str_at("type"), c.str_at("status"));
    }
}

/// Tolerations by key: `KEY=VALUE:EFFECT op=Exists for 300s`.
// upstream: kubectl/pkg/describe/describe.go printTolerationsMultilineWithIndent
pub fn tolerations(d: &mut Description, title: &str, list: &[Value]) {
    let mut list: Vec<&Value> = list.iter().collect();
    sort_by_key(&mut list, |t| t.str_at("key"));
    let text = |t: &&Value| {
        let mut text = t.str_at("key").to_string();
        for (sign, field) in [("=", "value"), (":", "effect")] {
            if !t.str_at(field).is_empty() {
                text.push_str(sign);
                text.push_str(t.str_at(field));
            }
        }
        if t.str_at("operator") == "Exists" && t.str_at("value").is_empty() {
            text.push_str(if text.is_empty() { "op=Exists" } else { " op=Exists" });
        }
        if let Some(seconds) = t.int_at("tolerationSeconds") {
            text.push_str(&format!(" for {seconds}s"));
        }
        text
    };
    d.several(title, &list.iter().map(text).collect::<Vec<_>>());
}

// upstream: kubectl/pkg/describe/describe.go describeTopologySpreadConstraints
pub fn spread(d: &mut Description, list: &[Value], space: &str) {
    let mut list: Vec<&Value> = list.iter().collect();
    sort_by_key(&mut list, |c| c.str_at("topologyKey"));
    for (i, c) in list.into_iter().enumerate() {
        let title = if i == 0 { "Topology Spread Constraints:" } else { "" };
        let selector = match c.at("labelSelector") {
            Value::Null => String::new(),
            selector => format!(" for selector {}", text::format_selector(selector)),
        };
        let (key, action, skew) = (c.str_at("topologyKey"), c.str_at("whenUnsatisfiable"), number(c, "maxSkew"));
        line!(d, 0, "{space}{title}\t{key}:{action} when max skew {skew} is exceeded{selector}");
    }
}
