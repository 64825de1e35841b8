//! Which of the nodes that can take a Pod are the best.

use super::super::Cluster;
use super::super::index::controller_of;
use super::filter::{term, tolerates};
use super::{NodeInfo, Resources};
use crate::api::resource::*;
use crate::api::{ObjectExt, Value};
use crate::collections::BTreeMap;
use std::rc::Rc;

/// The nodes with the highest score.
// upstream: pkg/scheduler/schedule_one.go prioritizeNodes, selectHost
pub(super) fn best(
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
pub(super) fn resources(node: &NodeInfo, (real, scored): &(Resources, Resources)) -> i64 {
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
