//! The scheduler: which node a Pod gets.
//!
//! Filters throw nodes out, each with a reason; scores order the rest; chance decides among the best.
//! upstream: pkg/scheduler/schedule_one.go, pkg/scheduler/framework/plugins/

pub(crate) mod filter;
mod score;

use super::index::is;
use super::recorder::EventType;
use super::world::Event;
use super::{Change, Cluster};
use crate::api::quantity::Quantity;
use crate::api::resource::*;
use crate::api::{ObjectExt, Value};
use crate::collections::{BTreeMap, BTreeSet};
use crate::sim::{Duration, Stream};
use filter::{failure, filter};
use score::best;
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
