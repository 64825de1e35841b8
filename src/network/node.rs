//! The network value: hosts, and each node's kernel and kube-proxy.

use super::address::{Cidr, Family};
use super::conntrack::Conntrack;
use super::host::{AddressBook, Host, HostId, HostKind, Listener, ResolvConf};
use super::iptables::{NodeRules, ProxyConfig};
use super::packet::Trace;
use super::recent::Recents;
use super::service::{Inputs, Snapshot};
use crate::collections::{BTreeMap, BTreeSet, sort};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

/// A node to add.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// Its name.
    pub name: String,
    /// Its address on the nodes' network.
    pub ip: Ipv4Addr,
    /// Its Pods' range; its first address is the node's own end of every Pod's link.
    pub pod_cidr: Cidr,
    /// `topology.kubernetes.io/zone`, empty if it has none.
    pub zone: String,
    /// What listens on the node itself (kubelet, API server …).
    pub listeners: Vec<Listener>,
}

/// A Pod to add.
#[derive(Clone, Debug)]
pub struct PodSpec {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The node it runs on.
    pub node: HostId,
    /// Its address; the node's for `hostNetwork`.
    pub ip: Ipv4Addr,
    /// Who listens in it.
    pub listeners: Vec<Listener>,
    /// Its `/etc/resolv.conf`.
    pub resolver: ResolvConf,
}

/// One node's kernel and kube-proxy.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub host: HostId,
    pub ip: Ipv4Addr,
    /// The node's end of its Pods' links.
    pub gateway: Ipv4Addr,
    pub pod_cidr: Cidr,
    pub config: Rc<ProxyConfig>,
    /// What kube-proxy last wrote.
    pub snapshot: Rc<Snapshot>,
    /// The rules for it, once someone needed them; those of an older snapshot are kept to build on.
    pub rules: Option<(u64, Rc<NodeRules>)>,
    pub flows: Conntrack,
    pub recent: Recents,
    /// Pods on the node's own network.
    pub host_pods: Vec<HostId>,
}

impl Node {
    /// The rules as kube-proxy last wrote them.
    pub fn rules(&mut self) -> Rc<NodeRules> {
        match &self.rules {
            Some((generation, rules)) if *generation == self.snapshot.generation => rules.clone(),
            old => {
                let before = old.as_ref().map(|(_, r)| &**r);
                let rules = Rc::new(NodeRules::build(&self.snapshot, &self.config, before));
                self.rules = Some((self.snapshot.generation, rules.clone()));
                rules
            }
        }
    }
}

/// All hosts and nodes of one simulated cluster.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) hosts: Vec<Option<Host>>,
    pub(super) book: AddressBook,
    names: BTreeMap<Rc<str>, HostId>,
    pub(super) nodes: Vec<Node>,
    /// Index in `nodes` plus 1 by host number; 0: no node.
    node_at: Vec<u32>,
    /// What all kube-proxies last wrote; a new node's starts with it.
    pub(super) synced: Rc<Snapshot>,
    /// Pod ranges: first and last address, node; sorted.
    pub(super) ranges: Vec<(u32, u32, HostId)>,
    user: HostId,
    /// The nodes' network: who does not answer there is unreachable.
    pub(super) lan: Cidr,
    /// All Pods' range.
    pub(super) pods: Cidr,
    /// Services and EndpointSlices as kube-proxy's and CoreDNS' informers have them.
    pub inputs: Inputs,
    /// Existing namespaces, for CoreDNS.
    pub namespaces: BTreeSet<Rc<str>>,
    /// The domain of the cluster's names.
    pub domain: Rc<str>,
    /// Where a connection's trace is written before what it has come to is copied: empty between two of them.
    pub(super) paper: Trace,
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}

impl Network {
    /// The recorded cluster's networks: nodes and user in 192.168.49.0/24, Pods in 10.244.0.0/16; only the user's
    /// machine 192.168.49.1 is there yet.
    pub fn new() -> Self {
        let mut network = Self {
            hosts: Vec::new(),
            book: AddressBook::default(),
            names: BTreeMap::new(),
            nodes: Vec::new(),
            node_at: Vec::new(),
            synced: Rc::default(),
            ranges: Vec::new(),
            user: HostId(0),
            lan: Cidr::new(IpAddr::V4(Ipv4Addr::new(192, 168, 49, 0)), 24),
            pods: Cidr::new(IpAddr::V4(Ipv4Addr::new(10, 244, 0, 0)), 16),
            inputs: Inputs::new(Family::V4),
            namespaces: BTreeSet::new(),
            domain: "cluster.local".into(),
            paper: Trace::default(),
        };
        let ip = Ipv4Addr::new(192, 168, 49, 1);
        network.user = network.add_host(HostKind::User, "user", ip, Vec::new(), ResolvConf::node());
        network
    }
    /// Other networks than the recorded cluster's; to be called before nodes are added.
    pub fn set_ranges(&mut self, lan: Cidr, pods: Cidr) {
        (self.lan, self.pods) = (lan, pods);
    }
    fn add_host(
        &mut self,
        kind: HostKind,
        name: &str,
        ip: Ipv4Addr,
        listeners: Vec<Listener>,
        resolver: ResolvConf,
    ) -> HostId {
        let id = HostId(self.hosts.len() as u32);
        let name: Rc<str> = name.into();
        self.names.insert(name.clone(), id);
        let resolver = Rc::new(resolver);
        self.hosts.push(Some(Host { id, kind, name, ip, node: None, listeners, resolver, up: true }));
        if self
            .book
            .get(ip)
            .is_none_or(|old| self.host(old).is_none_or(|h| h.kind == HostKind::Pod && kind == HostKind::Pod))
        {
            self.book.insert(ip, id);
        }
        id
    }
    /// The user's machine.
    pub fn user(&self) -> HostId {
        self.user
    }
    /// Adds a client outside the cluster; its packets come in through the user's machine.
    pub fn add_outside(&mut self, name: &str, ip: Ipv4Addr) -> HostId {
        self.add_host(HostKind::Outside, name, ip, Vec::new(), ResolvConf::node())
    }
    /// Adds a node whose kube-proxy has written what the others have.
    pub fn add_node(&mut self, spec: NodeSpec) -> HostId {
        let gateway = match spec.pod_cidr.ip {
            IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() + 1),
            IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
        };
        let id = self.add_host(HostKind::Node, &spec.name, spec.ip, spec.listeners, ResolvConf::node());
        if let Some(Some(host)) = self.hosts.get_mut(id.0 as usize) {
            host.node = Some(id);
        }
        let config = ProxyConfig {
            node: spec.name,
            zone: spec.zone,
            family: Family::V4,
            node_ip: Some(spec.ip.into()),
            interface_ips: vec![Ipv4Addr::LOCALHOST.into(), spec.ip.into(), gateway.into()],
            pod_cidr: Some(self.pods),
            masquerade_all: false,
            localhost_node_ports: true,
            node_port_addresses: Vec::new(),
            nfacct: true,
            plugin_masquerade: Some(self.pods),
        };
        self.node_at.resize(id.0 as usize + 1, 0);
        self.node_at[id.0 as usize] = self.nodes.len() as u32 + 1;
        self.nodes.push(Node {
            host: id,
            ip: spec.ip,
            gateway,
            pod_cidr: spec.pod_cidr,
            config: Rc::new(config),
            snapshot: self.synced.clone(),
            rules: None,
            flows: Conntrack::default(),
            recent: Recents::default(),
            host_pods: Vec::new(),
        });
        self.index_ranges();
        id
    }
    fn index_ranges(&mut self) {
        let range = |n: &Node| match n.pod_cidr.ip {
            IpAddr::V4(ip) => {
                let first = ip.to_bits();
                let size = u32::MAX.checked_shr(u32::from(n.pod_cidr.bits)).unwrap_or(0);
                (first, first | size, n.host)
            }
            IpAddr::V6(_) => (0, 0, n.host),
        };
        let live = self.nodes.iter().filter(|n| matches!(self.hosts.get(n.host.0 as usize), Some(Some(_))));
        self.ranges = live.map(range).collect();
        sort(&mut self.ranges);
    }
    /// Adds a Pod.
    pub fn add_pod(&mut self, spec: PodSpec) -> HostId {
        let name = format!("{}/{}", spec.namespace, spec.name);
        let id = self.add_host(HostKind::Pod, &name, spec.ip, spec.listeners, spec.resolver);
        if let Some(Some(host)) = self.hosts.get_mut(id.0 as usize) {
            host.node = Some(spec.node);
        }
        if let Some(node) = self.node_mut(spec.node).filter(|n| n.ip == spec.ip) {
            node.host_pods.push(id);
        }
        id
    }
    /// Says who listens on a host from now on.
    pub fn set_listeners(&mut self, id: HostId, listeners: Vec<Listener>) {
        if let Some(Some(host)) = self.hosts.get_mut(id.0 as usize) {
            host.listeners = listeners;
        }
    }
    /// Takes a node down or brings it up: while down, nothing that goes to it, through it or from it arrives, and what
    /// its kernel remembered is gone.
    pub fn set_up(&mut self, id: HostId, up: bool) {
        if let Some(node) = self.node_mut(id) {
            (node.flows, node.recent) = (Conntrack::default(), Recents::default());
        }
        if let Some(Some(host)) = self.hosts.get_mut(id.0 as usize) {
            host.up = up;
        }
    }
    /// Changes a node's zone; its rules are built anew.
    pub fn set_zone(&mut self, node: HostId, zone: &str) {
        if let Some(node) = self.node_mut(node).filter(|n| n.config.zone != zone) {
            node.config = Rc::new(ProxyConfig { zone: zone.to_owned(), ..ProxyConfig::clone(&node.config) });
            node.rules = None;
        }
    }
    /// Takes a host away: its address is free again.
    pub fn remove(&mut self, id: HostId) {
        let Some(host) = self.hosts.get_mut(id.0 as usize).and_then(Option::take) else { return };
        self.book.remove(host.ip, id);
        if self.names.get(&host.name) == Some(&id) {
            self.names.remove(&host.name);
        }
        if let Some(node) = host.node.and_then(|n| self.node_mut(n)) {
            node.host_pods.retain(|p| *p != id);
        }
        if host.kind == HostKind::Node {
            if let Some(node) = self.node_mut(id) {
                (node.rules, node.flows, node.recent) = (None, Conntrack::default(), Recents::default());
            }
            self.index_ranges();
        }
    }
    /// A host.
    #[inline]
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(id.0 as usize)?.as_ref()
    }
    /// All hosts in the order in which they were added.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().flatten()
    }
    /// A node by name (or any machine).
    pub fn node(&self, name: &str) -> Option<HostId> {
        self.names.get(name).copied()
    }
    /// A Pod by namespace and name.
    pub fn pod(&self, namespace: &str, name: &str) -> Option<HostId> {
        self.names.get(&*format!("{namespace}/{name}")).copied()
    }
    /// Who has an address (a node before its host-network Pods).
    pub fn host_at(&self, ip: Ipv4Addr) -> Option<HostId> {
        self.book.get(ip)
    }
    #[inline]
    pub(super) fn node_index(&self, id: HostId) -> Option<usize> {
        (*self.node_at.get(id.0 as usize)? as usize).checked_sub(1)
    }
    pub(super) fn node_mut(&mut self, id: HostId) -> Option<&mut Node> {
        let at = self.node_index(id)?;
        self.nodes.get_mut(at)
    }
    pub(super) fn node_ref(&self, id: HostId) -> Option<&Node> {
        self.nodes.get(self.node_index(id)?)
    }
}
