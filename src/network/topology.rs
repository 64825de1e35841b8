//! Which endpoints of a Service port a node uses.

use super::service::{Endpoint, ServicePort};
use crate::collections::sort;

/// The choice of one node; numbers index [`ServicePort::endpoints`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Categorized {
    /// For traffic with policy Cluster.
    pub cluster: Vec<u32>,
    /// For traffic with policy Local.
    pub local: Vec<u32>,
    /// All that some chain of this node can reach.
    pub reachable: Vec<u32>,
    /// Whether there is a usable endpoint anywhere.
    pub any: bool,
}

/// How hints narrow the choice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topology {
    None,
    SameNode,
    SameZone,
}

/// The hints' mode: every ready endpoint must have hints and one must name this node (or zone).
///
/// upstream: pkg/proxy/topology.go topologyModeFromHints
fn mode(endpoints: &[Endpoint], node: &str, zone: &str) -> Topology {
    let ready = || endpoints.iter().filter(|e| e.ready);
    let names = |list: &[std::rc::Rc<str>], name: &str| list.iter().any(|n| &**n == name);
    if ready().next().is_none() {
        return Topology::None;
    }
    if ready().all(|e| !e.node_hints.is_empty()) && ready().any(|e| names(&e.node_hints, node)) {
        return Topology::SameNode;
    }
    if !zone.is_empty() && ready().all(|e| !e.zone_hints.is_empty()) && ready().any(|e| names(&e.zone_hints, zone)) {
        return Topology::SameZone;
    }
    Topology::None
}

/// Sorts a port's endpoints into those that this node's rules use.
///
/// upstream: pkg/proxy/topology.go CategorizeEndpoints
pub fn categorize(port: &ServicePort, node: &str, zone: &str) -> Categorized {
    let mut out = Categorized::default();
    let all = &port.endpoints;
    let pick = |wanted: &dyn Fn(&Endpoint) -> bool| -> Vec<u32> {
        (0u32..).zip(all).filter(|(_, e)| wanted(e)).map(|(i, _)| i).collect()
    };
    let mut topology = Topology::None;
    if port.uses_cluster() {
        topology = mode(all, node, zone);
        out.cluster = pick(&|e| {
            e.ready
                && match topology {
                    Topology::None => true,
                    Topology::SameNode => e.node_hints.iter().any(|n| &**n == node),
                    Topology::SameZone => e.zone_hints.iter().any(|z| &**z == zone),
                }
        });
        if out.cluster.is_empty() {
            out.cluster = pick(&|e| e.serving && e.terminating);
        }
        out.any = !out.cluster.is_empty();
    }
    if !port.uses_local() {
        out.reachable.clone_from(&out.cluster);
        return out;
    }
    out.any |= all.iter().any(|e| e.ready || (e.serving && e.terminating));
    let here = |e: &Endpoint| e.node.as_deref() == Some(node);
    out.local = pick(&|e| here(e) && e.ready);
    let mut local_terminating = false;
    if out.local.is_empty() {
        out.local = pick(&|e| here(e) && e.terminating_fallback());
        local_terminating = !out.local.is_empty();
    }
    out.reachable = if !port.uses_cluster() {
        out.local.clone()
    } else if topology == Topology::None && !local_terminating {
        out.cluster.clone()
    } else {
        let mut union = [out.cluster.as_slice(), out.local.as_slice()].concat();
        sort(&mut union);
        union.dedup();
        union
    };
    out
}
