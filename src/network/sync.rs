//! What kube-proxy does on a node: it writes rules, forgets what is stale, answers health checks; and what it and the
//! kernel remember, for lists.

use super::conntrack::{Conntrack, Flow};
use super::host::HostId;
use super::iptables::{ChainName, NodeRules};
use super::node::Network;
use super::packet::Protocol;
use super::service::{ServiceName, Snapshot};
use crate::collections::{BTreeMap, BTreeSet};
use crate::sim::{Duration, Time};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

/// One pin, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinRow {
    /// The Service port: `default/web:http`.
    pub service_port: String,
    /// The pinned client.
    pub client: Ipv4Addr,
    /// The endpoint it is pinned to, `ip:port`.
    pub endpoint: String,
    /// The chain whose name the list bears.
    pub chain: ChainName,
    /// How much longer; zero once expired.
    pub left: Duration,
    /// The whole timeout.
    pub timeout: Duration,
}

/// What a Service's health check node port tells a load balancer about one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// The Service.
    pub service: ServiceName,
    /// How many of its ready endpoints run on the node: none, and the answer is 503.
    pub local_endpoints: usize,
}

impl Network {
    /// Every node's kube-proxy writes `snapshot`.
    pub fn sync(&mut self, snapshot: &Rc<Snapshot>) {
        self.synced = snapshot.clone();
        for at in 0..self.nodes.len() {
            self.sync_at(at, snapshot);
        }
    }
    /// One node's kube-proxy writes `snapshot`: stale UDP flows and pins without a chain go.
    pub fn sync_node(&mut self, node: HostId, snapshot: &Rc<Snapshot>) {
        if let Some(at) = self.node_index(node) {
            self.sync_at(at, snapshot);
        }
    }
    fn sync_at(&mut self, at: usize, snapshot: &Rc<Snapshot>) {
        let Some(node) = self.nodes.get_mut(at) else { return };
        let before = std::mem::replace(&mut node.snapshot, snapshot.clone());
        if before.generation == snapshot.generation {
            return;
        }
        if !node.recent.is_empty() {
            let rules = node.rules();
            let lists = rules.blocks.iter().filter(|b| b.port.affinity.is_some());
            let kept = lists.flat_map(|b| b.chosen.reachable.iter().filter_map(|i| b.endpoint(*i)).map(|e| e.hash));
            let kept = kept.collect::<BTreeSet<_>>();
            node.recent.retain(|hash| kept.contains(hash));
        }
        clean_udp(&mut node.flows, &before, snapshot);
    }
    /// What kube-proxy wrote on a node; `None` for anything but a node.
    pub fn rules(&mut self, node: HostId) -> Option<Rc<NodeRules>> {
        self.host(node)?;
        Some(self.node_mut(node)?.rules())
    }
    /// A node's flows, for lists, the newest last where times differ.
    pub fn flows(&self, node: HostId, now: Time) -> Vec<Flow> {
        self.node_ref(node).map(|n| n.flows.iter(now).copied().collect()).unwrap_or_default()
    }
    /// A node's pins, for lists.
    pub fn pins(&mut self, node: HostId, now: Time) -> Vec<PinRow> {
        let Some(node) = self.node_mut(node).filter(|n| !n.recent.is_empty()) else { return Vec::new() };
        let rules = node.rules();
        let mut rows = Vec::new();
        for block in &rules.blocks {
            let Some(seconds) = block.port.affinity else { continue };
            let timeout = Duration::secs(u64::from(seconds));
            for e in block.chosen.reachable.iter().filter_map(|i| block.endpoint(*i)) {
                for (client, seen) in node.recent.get(&e.hash).map(|r| r.entries()).unwrap_or_default() {
                    rows.push(PinRow {
                        service_port: block.port.name.clone(),
                        client: *client,
                        endpoint: e.text(),
                        chain: ChainName::Sep(e.hash),
                        left: Duration(timeout.0.saturating_sub((now - *seen).0)),
                        timeout,
                    });
                }
            }
        }
        rows
    }
    /// What kube-proxy answers on a node's port, if that is some Service's health check node port.
    ///
    /// upstream: pkg/proxy/healthcheck/service_health.go
    pub fn health_check(&self, node: HostId, port: u16) -> Option<HealthCheck> {
        let node = self.node_ref(node)?;
        let asked = |p: &&Rc<super::ServicePort>| p.health_check_node_port == port;
        let service = node.snapshot.ports().find(asked)?.service.clone();
        let ports = node.snapshot.services.get(&service).map(Vec::as_slice).unwrap_or_default();
        let here = ports.iter().flat_map(|p| &p.endpoints).filter(|e| e.ready);
        let here = here.filter(|e| e.node.as_deref() == Some(&node.config.node)).map(|e| e.ip);
        Some(HealthCheck { service, local_endpoints: here.collect::<BTreeSet<_>>().len() })
    }
}

/// After endpoints of a UDP Service changed, flows to UDP Services whose endpoint no longer serves are forgotten, so
/// that their next packet is balanced anew.
///
/// upstream: pkg/proxy/conntrack/cleanup.go CleanStaleEntries
fn clean_udp(flows: &mut Conntrack, before: &Snapshot, now: &Snapshot) {
    let is_udp = |s: &Snapshot, key: &ServiceName| {
        s.services.get(key).is_some_and(|ports| ports.iter().any(|p| p.proto == Protocol::Udp))
    };
    if !now.endpoints_changed.iter().any(|key| is_udp(before, key) || is_udp(now, key)) {
        return;
    }
    let mut by_address: BTreeMap<(IpAddr, u16), BTreeSet<(IpAddr, u16)>> = BTreeMap::new();
    let mut by_port: BTreeMap<u16, BTreeSet<(IpAddr, u16)>> = BTreeMap::new();
    for port in now.ports().filter(|p| p.proto == Protocol::Udp) {
        let serving = port.endpoints.iter().filter(|e| e.serving).map(|e| (e.ip, e.port)).collect::<BTreeSet<_>>();
        if serving.is_empty() {
            continue;
        }
        for ip in [port.cluster_ip].iter().chain(&port.vips).chain(&port.external_ips) {
            by_address.insert((*ip, port.port), serving.clone());
        }
        if port.node_port != 0 {
            by_port.insert(port.node_port, serving);
        }
    }
    flows.delete(|flow| {
        let o = &flow.original;
        let to = (IpAddr::V4(flow.reply.src), flow.reply.sport);
        let serving = by_address.get(&(o.dst.into(), o.dport)).or_else(|| by_port.get(&o.dport));
        o.proto == Protocol::Udp && serving.is_some_and(|s| !s.contains(&to))
    });
}
