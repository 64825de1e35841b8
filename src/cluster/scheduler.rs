//! The scheduler: which node a Pod gets.
//!
//! Filters throw nodes out, each with a reason; scores order the rest; chance decides among the best.
//! upstream: pkg/scheduler/schedule_one.go, pkg/scheduler/framework/plugins/

use super::controller::pods::expression;
use super::index::{controller_of, is};
use super::recorder::EventType;
use super::world::Event;
use super::{Change, Cluster};
use crate::api::quantity::Quantity;
use crate::api::resource::*;
use crate::api::{ObjectExt, Value};
use crate::collections::{BTreeMap, BTreeSet, sort};
use crate::sim::{Duration, Stream};
use serde_json::json;
use std::collections::VecDeque;
use std::rc::Rc;

/// What scheduling one Pod takes.
const CYCLE: Duration = Duration::micros(900);
/// What a container without requests counts as, for scores only (`DefaultMilliCPURequest`, `DefaultMemoryRequest`).
const DEFAULT_REQUEST: Resources = Resources { cpu: 100, memory: 200 * 1024 * 1024, pods: 0 };

/// CPU in thousandths, memory in bytes, number of Pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Resources {
    cpu: i64,
    memory: i64,
    pods: i64,
}

impl Resources {
    fn add(&mut self, other: Resources, sign: i64) {
        self.cpu += sign * other.cpu;
        self.memory += sign * other.memory;
        self.pods += sign * other.pods;
    }
}

/// What the scheduler's cache knows of a node (`NodeInfo`).
#[derive(Clone, Debug, Default)]
struct NodeInfo {
    object: Rc<Value>,
    allocatable: Resources,
    requested: Resources,
    /// As `requested`, with defaults for what asks for nothing.
    scored: Resources,
}

/// The scheduler's queues and cache.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    nodes: BTreeMap<Rc<str>, NodeInfo>,
    assigned: BTreeMap<Rc<str>, (Rc<str>, Resources, Resources)>,
    active: VecDeque<(Rc<str>, Rc<str>)>,
    unschedulable: BTreeSet<(Rc<str>, Rc<str>)>,
    running: bool,
    /// Where the next search begins, so that all nodes get their turn (`nextStartNodeIndex`).
    start: usize,
}

/// Keeps the cache, and queues what can be scheduled.
pub(crate) fn on_change(cluster: &mut Cluster, change: &Change) {
    let resource = change.key.resource;
    if is(resource, &NODES) {
        on_node(cluster, change);
    } else if is(resource, &PODS) {
        on_pod(cluster, change);
    }
}

fn on_node(cluster: &mut Cluster, change: &Change) {
    let Some(node) = &change.new else {
        cluster.scheduler.nodes.remove(&change.key.name);
        return;
    };
    let info = cluster.scheduler.nodes.entry(change.key.name.clone()).or_default();
    let differs = ["spec", "metadata.labels", "status.allocatable"].iter().any(|f| info.object.at(f) != node.at(f));
    info.object = node.clone();
    if differs {
        let quantity = |name: &str| amount(node.at("status.allocatable"), name).unwrap_or(0);
        info.allocatable = Resources { cpu: quantity("cpu"), memory: quantity("memory"), pods: quantity("pods") };
        retry(cluster);
    }
}

fn on_pod(cluster: &mut Cluster, change: &Change) {
    let key = (change.key.namespace.clone(), change.key.name.clone());
    let uid = |v: &Option<Rc<Value>>| v.as_ref().map(|v| Rc::<str>::from(v.uid()));
    let finished = |v: &Value| matches!(v.str_at("status.phase"), "Succeeded" | "Failed");
    let takes = change.new.as_ref().filter(|n| !n.str_at("spec.nodeName").is_empty() && !finished(n));
    match (takes, uid(&change.new).or_else(|| uid(&change.old))) {
        (Some(pod), Some(uid)) => {
            if !cluster.scheduler.assigned.contains_key(&uid) {
                let node: Rc<str> = pod.str_at("spec.nodeName").into();
                let (real, scored) = requests(pod);
                if let Some(info) = cluster.scheduler.nodes.get_mut(&node) {
                    info.requested.add(real, 1);
                    info.scored.add(scored, 1);
                }
                cluster.scheduler.assigned.insert(uid, (node, real, scored));
            }
            cluster.scheduler.unschedulable.remove(&key);
        }
        (None, Some(uid)) => {
            if let Some((node, real, scored)) = cluster.scheduler.assigned.remove(&uid) {
                if let Some(info) = cluster.scheduler.nodes.get_mut(&node) {
                    info.requested.add(real, -1);
                    info.scored.add(scored, -1);
                }
                retry(cluster);
            }
        }
        _ => {}
    }
    let Some(pod) = &change.new else {
        cluster.scheduler.unschedulable.remove(&key);
        return;
    };
    let ours = pod.str_at("spec.schedulerName") == "default-scheduler" || pod.at("spec.schedulerName").is_null();
    let waiting = pod.str_at("spec.nodeName").is_empty()
        && ours
        && pod.list_at("spec.schedulingGates").is_empty()
        && pod.at("metadata").get("deletionTimestamp").is_none();
    let fresh = change.old.as_ref().is_none_or(|o| o.at("spec") != pod.at("spec"));
    if waiting && fresh && !cluster.scheduler.active.contains(&key) {
        cluster.scheduler.unschedulable.remove(&key);
        enqueue(cluster, key);
    }
}

fn enqueue(cluster: &mut Cluster, key: (Rc<str>, Rc<str>)) {
    cluster.scheduler.active.push_back(key);
    if !cluster.scheduler.running {
        cluster.scheduler.running = true;
        cluster.queue.push(cluster.now + CYCLE, Event::Schedule);
    }
}

/// Something may have made room: what found no node is tried again.
fn retry(cluster: &mut Cluster) {
    for key in std::mem::take(&mut cluster.scheduler.unschedulable) {
        enqueue(cluster, key);
    }
}

/// Schedules the first Pod of the queue.
// upstream: pkg/scheduler/schedule_one.go ScheduleOne
pub(crate) fn schedule_next(cluster: &mut Cluster) {
    if let Some(key) = cluster.scheduler.active.pop_front() {
        schedule(cluster, key);
    }
    cluster.scheduler.running = !cluster.scheduler.active.is_empty();
    if cluster.scheduler.running {
        cluster.queue.push(cluster.now + CYCLE, Event::Schedule);
    }
}

fn schedule(cluster: &mut Cluster, key: (Rc<str>, Rc<str>)) {
    let Some(pod) = cluster.store.find(&PODS, &key.0, &key.1).cloned() else { return };
    if !pod.str_at("spec.nodeName").is_empty() || pod.at("metadata").get("deletionTimestamp").is_some() {
        return;
    }
    match find_node(cluster, &pod) {
        Ok(node) => {
            let text = format!("Successfully assigned {}/{} to {node}", key.0, key.1);
            if cluster.bind(&key.0, &key.1, &node).is_ok() {
                cluster.record_scheduling(&pod, "Binding", (EventType::Normal, "Scheduled"), &text);
            }
        }
        Err(message) => {
            cluster.record_scheduling(&pod, "Scheduling", (EventType::Warning, "FailedScheduling"), &message);
            mark_unschedulable(cluster, &pod, &message);
            cluster.scheduler.unschedulable.insert(key);
        }
    }
}

// upstream: pkg/scheduler/schedule_one.go handleSchedulingFailure
fn mark_unschedulable(cluster: &mut Cluster, pod: &Value, message: &str) {
    let old = pod.list_at("status.conditions").iter().find(|c| c.str_at("type") == "PodScheduled");
    let since = match old.filter(|c| c.str_at("status") == "False") {
        Some(old) => old.str_at("lastTransitionTime").to_owned(),
        None => cluster.now.rfc3339(),
    };
    let mut others: Vec<Value> =
        pod.list_at("status.conditions").iter().filter(|c| c.str_at("type") != "PodScheduled").cloned().collect();
    others.push(json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        "lastProbeTime": null, "lastTransitionTime": since, "observedGeneration": pod.at("metadata.generation")}));
    let mut new = pod.clone();
    new.set("status.conditions", others);
    if new.at("status") != pod.at("status") {
        cluster.store.put(&PODS, new);
    }
}

/// How many nodes that fit are enough.
// upstream: pkg/scheduler/schedule_one.go numFeasibleNodesToFind
fn enough(nodes: usize) -> usize {
    if nodes < 100 {
        return nodes;
    }
    let percent = (50_usize.saturating_sub(nodes / 125)).max(5);
    (nodes * percent / 100).max(100)
}

/// The best node for a Pod, or why there is none.
fn find_node(cluster: &mut Cluster, pod: &Value) -> Result<Rc<str>, String> {
    let wanted = requests(pod);
    let tolerations = pod.list_at("spec.tolerations");
    let state = &cluster.scheduler;
    let all = state.nodes.len();
    if all == 0 {
        return Err("no nodes available to schedule pods".into());
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut unresolvable = 0;
    let mut fits: Vec<(&Rc<str>, &NodeInfo)> = Vec::new();
    let (want, begin) = (enough(all), state.start % all);
    let mut seen = 0;
    for (name, node) in state.nodes.iter().skip(begin).chain(state.nodes.iter().take(begin)) {
        seen += 1;
        match filter(cluster, pod, tolerations, &wanted.0, name, node) {
            Ok(()) => {
                fits.push((name, node));
                if fits.len() >= want {
                    break;
                }
            }
            Err((why, final_)) => {
                unresolvable += usize::from(final_);
                for reason in why {
                    *reasons.entry(reason).or_default() += 1;
                }
            }
        }
    }
    if fits.is_empty() {
        return Err(failure(all, &reasons, unresolvable));
    }
    let best = best(cluster, pod, &wanted, &fits);
    let next = begin + seen;
    let pick = cluster.random.below(Stream::Scheduler, best.len() as u64) as usize;
    cluster.scheduler.start = next;
    best.get(pick).cloned().ok_or_else(String::new)
}

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
fn failure(all: usize, reasons: &BTreeMap<String, usize>, unresolvable: usize) -> String {
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
fn filter(
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

fn term(term: &Value, name: &str, node: &Value) -> bool {
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

/// The nodes with the highest score.
// upstream: pkg/scheduler/schedule_one.go prioritizeNodes, selectHost
fn best(
    cluster: &Cluster,
    pod: &Value,
    wanted: &(Resources, Resources),
    fits: &[(&Rc<str>, &NodeInfo)],
) -> Vec<Rc<str>> {
    if let [(only, _)] = fits {
        return vec![(*only).clone()];
    }
    let spread = spread(cluster, pod, fits);
    let taints = prefer_no_schedule(pod, fits);
    let preferred = preferred_affinity(pod, fits);
    let mut best = Vec::new();
    let mut top = i64::MIN;
    for (i, (name, node)) in fits.iter().enumerate() {
        let at = |list: &[i64]| list.get(i).copied().unwrap_or(0);
        let score = resources(node, wanted) + 2 * at(&spread) + 3 * at(&taints) + 2 * at(&preferred);
        if score > top {
            top = score;
            best.clear();
        }
        if score == top {
            best.push((*name).clone());
        }
    }
    best
}

/// NodeResourcesFit (least allocated) and NodeResourcesBalancedAllocation.
// upstream: plugins/noderesources/{least_allocated,balanced_allocation}.go
fn resources(node: &NodeInfo, (real, scored): &(Resources, Resources)) -> i64 {
    let have = &node.allocatable;
    if have.cpu <= 0 || have.memory <= 0 {
        return 0;
    }
    let free = |used: i64, have: i64| (have - used.min(have)) * 100 / have;
    let cpu = free(node.scored.cpu + scored.cpu, have.cpu);
    let least = (cpu + free(node.scored.memory + scored.memory, have.memory)) / 2;
    if real.cpu == 0 && real.memory == 0 {
        return least;
    }
    // Balance looks at what is really asked for; of a Pod that asks for nothing it says nothing.
    let share = |used: i64, have: i64| (used as f64 / have as f64).min(1.0);
    let (cpu, memory) =
        (share(node.requested.cpu + real.cpu, have.cpu), share(node.requested.memory + real.memory, have.memory));
    least + ((1.0 - ((cpu - memory) / 2.0).abs()) * 100.0) as i64
}

/// PodTopologySpread with the defaults that every Pod of a Service or controller has: few of its kind on a node.
// upstream: plugins/podtopologyspread/scoring.go, defaults in plugins/podtopologyspread/plugin.go
fn spread(cluster: &Cluster, pod: &Value, fits: &[(&Rc<str>, &NodeInfo)]) -> Vec<i64> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    let owner = controller_of(pod).filter(|o| o.str_at("kind") != "DaemonSet" && o.str_at("kind") != "Job");
    if let Some(owner) = owner {
        // The Pods of one controller carry what its own selector and their Services' select.
        let nodes = cluster.index.spread(owner.str_at("uid"));
        counts.extend(nodes.into_iter().flatten().map(|(node, count)| (&**node, *count)));
    } else {
        let mates = mates(cluster, pod);
        if mates.is_empty() {
            return vec![0; fits.len()];
        }
        let pairs: Vec<(&str, &str)> = mates.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        for info in cluster.index.selected(pod.namespace(), &pairs).filter(|p| !p.deleting) {
            *counts.entry(&info.node).or_default() += 1;
        }
    }
    let weight = |nodes: usize| ((nodes + 2) as f64).ln();
    let raw: Vec<i64> = fits
        .iter()
        .map(|(name, _)| {
            let count = counts.get(&***name).copied().unwrap_or(0) as f64;
            (count * weight(fits.len()) + 2.0).round() as i64
        })
        .collect();
    let (low, high) = (raw.iter().min().copied().unwrap_or(0), raw.iter().max().copied().unwrap_or(0));
    raw.into_iter().map(|s| if high == 0 { 100 } else { 100 * (high + low - s) / high }).collect()
}

/// What makes Pods without controller of one kind: the selectors of the Services that they belong to, together.
// upstream: pkg/scheduler/framework/plugins/helper/spread.go DefaultSelector
fn mates(cluster: &Cluster, pod: &Value) -> Vec<(String, String)> {
    let mut mates = Vec::new();
    for name in cluster.index.services_for(pod.namespace(), &pod.labels()) {
        let Some(service) = cluster.store.find(&SERVICES, pod.namespace(), &name) else { continue };
        let pairs = service.pairs_at("spec.selector");
        if pairs.iter().all(|(k, v)| pod.label(k) == Some(v)) {
            mates.extend(pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())));
        }
    }
    mates
}

/// Nodes with fewer taints that only ask to be avoided.
fn prefer_no_schedule(pod: &Value, fits: &[(&Rc<str>, &NodeInfo)]) -> Vec<i64> {
    let tolerations = pod.list_at("spec.tolerations");
    let count = |node: &NodeInfo| {
        let soft = node.object.list_at("spec.taints").iter().filter(|t| t.str_at("effect") == "PreferNoSchedule");
        soft.filter(|t| !tolerations.iter().any(|x| tolerates(x, t))).count() as i64
    };
    normalized(fits.iter().map(|(_, n)| count(n)).collect(), true)
}

fn preferred_affinity(pod: &Value, fits: &[(&Rc<str>, &NodeInfo)]) -> Vec<i64> {
    let terms = pod.list_at("spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution");
    let sum = |name: &str, node: &NodeInfo| {
        let matching = terms.iter().filter(|t| term(t.at("preference"), name, &node.object));
        matching.filter_map(|t| t.int_at("weight")).sum::<i64>()
    };
    normalized(fits.iter().map(|(name, node)| sum(name, node)).collect(), false)
}

/// To 0…100, the highest being 100, or 0 if `reverse`.
// upstream: plugins/helper/normalize_score.go DefaultNormalizeScore
fn normalized(scores: Vec<i64>, reverse: bool) -> Vec<i64> {
    let high = scores.iter().max().copied().unwrap_or(0);
    let scale = |s: i64| match (high, reverse) {
        (0, true) => 100,
        (0, false) => 0,
        (_, true) => 100 - 100 * s / high,
        (_, false) => 100 * s / high,
    };
    scores.into_iter().map(scale).collect()
}

/// What a Pod asks for; and the same with defaults where it asks for nothing.
fn requests(pod: &Value) -> (Resources, Resources) {
    let mut real = Resources { pods: 1, ..Default::default() };
    let mut scored = real;
    for container in pod.list_at("spec.containers") {
        let asked = container.at("resources.requests");
        let (cpu, memory) = (amount(asked, "cpu"), amount(asked, "memory"));
        real.add(Resources { cpu: cpu.unwrap_or(0), memory: memory.unwrap_or(0), pods: 0 }, 1);
        let cpu = cpu.unwrap_or(DEFAULT_REQUEST.cpu);
        scored.add(Resources { cpu, memory: memory.unwrap_or(DEFAULT_REQUEST.memory), pods: 0 }, 1);
    }
    (real, scored)
}

/// An amount of a resource: CPU in thousandths.
fn amount(list: &Value, name: &str) -> Option<i64> {
    let quantity = Quantity::of(list.get(name)?)?;
    Some(if name == "cpu" { quantity.milli() } else { quantity.whole() })
}
