//! The dispatch chains as hash tables: which rules can match a destination.
//!
//! A compiled form of KUBE-SERVICES, KUBE-NODEPORTS and the filter table's dispatch chains (IPv4). Rules of one key keep
//! their order, since the first that decides wins.

use super::block::{
    Block, FILTER_EXTERNAL, FILTER_FIREWALL, FILTER_NODEPORTS, FILTER_SERVICES, NAT_NODEPORTS, NAT_SERVICES,
};
use super::node::ProxyConfig;
use crate::collections::sort_by_key;
use crate::network::packet::Protocol;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

/// What a dispatch rule leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// nat: to KUBE-SVC or KUBE-SVL
    ClusterIp,
    /// nat: to KUBE-EXT
    External,
    /// nat: to KUBE-FW
    Guarded,
    /// nat: a NodePort on loopback, to KUBE-EXT
    Loopback,
    /// filter: REJECT or DROP
    Refuse,
    /// filter: the same, if the destination is the node's own
    RefuseLocal,
    /// filter: DROP of what source ranges did not let through
    Guard,
    /// filter: ACCEPT of health checks
    HealthCheck,
}

/// One dispatch rule.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    key: u64,
    /// The rule's number in its chain, from 1.
    pub number: u32,
    /// The block it belongs to.
    pub block: u32,
    /// Where it leads.
    pub way: Way,
}

fn key(ip: Ipv4Addr, proto: Protocol, port: u16) -> u64 {
    u64::from(ip.to_bits()) << 32 | u64::from(port) << 8 | u64::from(proto.number())
}

/// Rules by destination, with the order kept among those of one destination.
#[derive(Clone, Debug, Default)]
pub struct Dispatch {
    entries: Vec<Entry>,
    /// Open addressing: first entry of a key plus 1, 0: free. The length is a power of two.
    slots: Vec<u32>,
}

impl Dispatch {
    fn build(mut entries: Vec<Entry>) -> Self {
        sort_by_key(&mut entries, |e| (e.key, e.number));
        let mut slots = Vec::new();
        if !entries.is_empty() {
            slots.resize((entries.len() * 2).next_power_of_two(), 0u32);
            for (i, entry) in entries.iter().enumerate() {
                if i > 0 && entries[i - 1].key == entry.key {
                    continue;
                }
                let mut at = spread(entry.key) & (slots.len() - 1);
                while slots[at] != 0 {
                    at = (at + 1) & (slots.len() - 1);
                }
                slots[at] = i as u32 + 1;
            }
        }
        Self { entries, slots }
    }
    /// The rules for a destination, in order.
    #[inline]
    pub fn get(&self, ip: Ipv4Addr, proto: Protocol, port: u16) -> &[Entry] {
        if self.slots.is_empty() {
            return &[];
        }
        let key = key(ip, proto, port);
        let mut at = spread(key) & (self.slots.len() - 1);
        loop {
            let start = match self.slots[at] {
                0 => return &[],
                n => n as usize - 1,
            };
            if self.entries[start].key == key {
                let mut end = start + 1;
                while self.entries.get(end).is_some_and(|e| e.key == key) {
                    end += 1;
                }
                return &self.entries[start..end];
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
    /// The rules for a port on any address, in order.
    #[inline]
    pub fn port(&self, proto: Protocol, port: u16) -> &[Entry] {
        self.get(Ipv4Addr::UNSPECIFIED, proto, port)
    }
    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[inline]
fn spread(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize
}

/// All dispatch chains of a node.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// nat KUBE-SERVICES
    pub services: Dispatch,
    /// nat KUBE-NODEPORTS
    pub node_ports: Dispatch,
    /// filter KUBE-SERVICES
    pub refused: Dispatch,
    /// filter KUBE-EXTERNAL-SERVICES, by address
    pub refused_external: Dispatch,
    /// filter KUBE-EXTERNAL-SERVICES, by node port
    pub refused_ports: Dispatch,
    /// filter KUBE-NODEPORTS
    pub health_checks: Dispatch,
    /// filter KUBE-PROXY-FIREWALL
    pub guards: Dispatch,
}

impl Index {
    /// Indexes the rules that `blocks` have in the dispatch chains, without making them.
    pub fn build(blocks: &[Rc<Block>], offsets: &[[u32; 6]], config: &ProxyConfig) -> Self {
        let _ = config;
        let mut lists: [Vec<Entry>; 7] = Default::default();
        for (i, (block, offset)) in blocks.iter().zip(offsets).enumerate() {
            let mut next = offset.map(|o| o + 1);
            let p = &*block.port;
            let mut add = |list: usize, chain: usize, ip: IpAddr, port: u16, way: Way| {
                let proto = if way == Way::HealthCheck { Protocol::Tcp } else { p.proto };
                if let IpAddr::V4(ip) = ip {
                    lists[list].push(Entry { key: key(ip, proto, port), number: next[chain], block: i as u32, way });
                }
                next[chain] += 1;
            };
            let any_ip = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
            let (any, external) = (block.chosen.any, block.has_external());
            if block.has_internal() {
                add(0, NAT_SERVICES, p.cluster_ip, p.port, Way::ClusterIp);
            } else {
                add(2, FILTER_SERVICES, p.cluster_ip, p.port, Way::Refuse);
            }
            for &ip in &p.external_ips {
                if any {
                    add(0, NAT_SERVICES, ip, p.port, Way::External);
                }
                if !external {
                    add(3, FILTER_EXTERNAL, ip, p.port, Way::Refuse);
                }
            }
            for &ip in &p.vips {
                if any {
                    add(0, NAT_SERVICES, ip, p.port, if block.guarded() { Way::Guarded } else { Way::External });
                }
                if block.guarded() {
                    add(6, FILTER_FIREWALL, ip, p.port, Way::Guard);
                }
            }
            for &ip in p.vips.iter().filter(|_| !external) {
                add(3, FILTER_EXTERNAL, ip, p.port, Way::Refuse);
            }
            if p.node_port != 0 && any {
                if block.loopback_rule() {
                    add(1, NAT_NODEPORTS, any_ip, p.node_port, Way::Loopback);
                }
                add(1, NAT_NODEPORTS, any_ip, p.node_port, Way::External);
            }
            if p.node_port != 0 && !external {
                add(4, FILTER_EXTERNAL, any_ip, p.node_port, Way::RefuseLocal);
            }
            if p.health_check_node_port != 0 {
                add(5, FILTER_NODEPORTS, any_ip, p.health_check_node_port, Way::HealthCheck);
            }
        }
        let [services, node_ports, refused, refused_external, refused_ports, health_checks, guards] =
            lists.map(Dispatch::build);
        Self { services, node_ports, refused, refused_external, refused_ports, health_checks, guards }
    }
}
