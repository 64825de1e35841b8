//! Which nodes can take a Pod, and the reasons of the others.

use super::super::Cluster;
use super::super::controller::pods::expression;
use super::{NodeInfo, Resources};
use crate::api::{ObjectExt, Value};
use crate::collections::{BTreeMap, sort};
use serde_json::json;

/// Whether a DaemonSet wants its Pod on a node: all but room is asked for.
// upstream: pkg/controller/daemon/daemon_controller.go NodeShouldRunDaemonPod
pub(crate) fn admits_daemon(pod: &Value, node: &Value) -> bool {
    let tolerated = |taint: &Value| pod.list_at("spec.tolerations").iter().any(|t| tolerates(t, taint));
    let hard = |t: &&Value| matches!(t.str_at("effect"), "NoSchedule" | "NoExecute");
    let named = pod.str_at("spec.nodeName");
    (named.is_empty() || named == node.name())
        && affinity(pod, node.name(), node)
        && node.list_at("spec.taints").iter().filter(hard).all(tolerated)
}

/// Why no node fits.
// upstream: pkg/scheduler/framework/types.go FitError.Error
pub(super) fn failure(all: usize, reasons: &BTreeMap<String, usize>, unresolvable: usize) -> String {
    let mut list: Vec<String> = reasons.iter().map(|(why, n)| format!("{n} {why}")).collect();
    sort(&mut list);
    let list = list.join(", ");
    let mut preemption = Vec::new();
    if all > unresolvable {
        preemption.push(format!("{} No preemption victims found for incoming pod", all - unresolvable));
    }
    if unresolvable > 0 {
        preemption.push(format!("{unresolvable} Preemption is not helpful for scheduling"));
    }
    format!(
        "0/{all} nodes are available: {list}. no new claims to deallocate, preemption: 0/{all} nodes are available: {}.",
        preemption.join(", ")
    )
}

/// Whether a node can take a Pod; else the reasons, and whether no preemption could help.
pub(super) fn filter(
    cluster: &Cluster,
    pod: &Value,
    tolerations: &[Value],
    wanted: &Resources,
    name: &str,
    node: &NodeInfo,
) -> Result<(), (Vec<String>, bool)> {
    let object = node.object.as_ref();
    let no = |why: &str| Err((vec![why.to_owned()], true));
    let tolerated = |taint: &Value| tolerations.iter().any(|t| tolerates(t, taint));
    let hard = |t: &&Value| matches!(t.str_at("effect"), "NoSchedule" | "NoExecute");
    if object.list_at("spec.taints").iter().filter(hard).any(|t| !tolerated(t)) {
        return no("node(s) had untolerated taint(s)");
    }
    let cordoned = || json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
    if object.bool_at("spec.unschedulable") && !tolerated(&cordoned()) {
        return no("node(s) were unschedulable");
    }
    if !affinity(pod, name, object) {
        return no("node(s) didn't match Pod's node affinity/selector");
    }
    if host_port_taken(cluster, pod, name) {
        return Err((vec!["node(s) didn't have free ports for the requested pod ports".into()], false));
    }
    let (have, used) = (&node.allocatable, &node.requested);
    let mut short = Vec::new();
    if used.pods + 1 > have.pods {
        short.push("Too many pods".to_owned());
    }
    if wanted.cpu > 0 && used.cpu + wanted.cpu > have.cpu {
        short.push("Insufficient cpu".to_owned());
    }
    if wanted.memory > 0 && used.memory + wanted.memory > have.memory {
        short.push("Insufficient memory".to_owned());
    }
    if short.is_empty() {
        return Ok(());
    }
    let never = wanted.cpu > have.cpu || wanted.memory > have.memory;
    Err((short, never))
}

// upstream: component-helpers/scheduling/corev1/helpers.go, api/core/v1/toleration.go ToleratesTaint
pub(crate) fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let same = |field: &str| toleration.str_at(field) == taint.str_at(field);
    (toleration.str_at("effect").is_empty() || same("effect"))
        && match toleration.str_at("operator") {
            "Exists" => toleration.str_at("key").is_empty() || same("key"),
            _ => same("key") && same("value"),
        }
}

// upstream: component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go RequiredNodeAffinity.Match
fn affinity(pod: &Value, name: &str, node: &Value) -> bool {
    let selected = pod.pairs_at("spec.nodeSelector").iter().all(|(k, v)| node.label(k) == Some(v));
    let required = pod.at("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    selected && (required.is_null() || required.list_at("nodeSelectorTerms").iter().any(|t| term(t, name, node)))
}

pub(super) fn term(term: &Value, name: &str, node: &Value) -> bool {
    let (labels, fields) = (term.list_at("matchExpressions"), term.list_at("matchFields"));
    !(labels.is_empty() && fields.is_empty())
        && labels.iter().all(|e| expression(e, node.label(e.str_at("key"))))
        && fields.iter().all(|e| expression(e, Some(name)))
}

fn host_ports(pod: &Value) -> Vec<(i64, &str)> {
    let ports = pod.list_at("spec.containers").iter().flat_map(|c| c.list_at("ports"));
    ports.into_iter().filter_map(|p| Some((p.int_at("hostPort")?, p.str_at("protocol")))).collect()
}

fn host_port_taken(cluster: &Cluster, pod: &Value, node: &str) -> bool {
    let wanted = host_ports(pod);
    !wanted.is_empty()
        && cluster.index.on_node(node).any(|p| host_ports(&p.object).iter().any(|port| wanted.contains(port)))
}
