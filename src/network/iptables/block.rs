//! The part of a node's rule set that belongs to one Service port.
//!
//! Blocks are what a partial sync rewrites: a Service that did not change keeps its block. The choice of endpoints is
//! made when the block is; the rules as values only when someone looks (a print, a rule's text in a trace).

use super::name::{ChainName, Table};
use super::node::ProxyConfig;
use super::rule::{Match, Rule, Target, threshold};
use crate::network::address::{Cidr, Family};
use crate::network::service::{Endpoint, ServicePort};
use crate::network::topology::{Categorized, categorize};
use std::cell::OnceCell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// The chains that all Service ports add rules to.
pub const DISPATCH: [(Table, ChainName); 6] = [
    (Table::Nat, ChainName::Services),
    (Table::Nat, ChainName::NodePorts),
    (Table::Filter, ChainName::Services),
    (Table::Filter, ChainName::ExternalServices),
    (Table::Filter, ChainName::NodePorts),
    (Table::Filter, ChainName::ProxyFirewall),
];

/// Indices into [`DISPATCH`].
pub const NAT_SERVICES: usize = 0;
/// nat KUBE-NODEPORTS
pub const NAT_NODEPORTS: usize = 1;
/// filter KUBE-SERVICES
pub const FILTER_SERVICES: usize = 2;
/// filter KUBE-EXTERNAL-SERVICES
pub const FILTER_EXTERNAL: usize = 3;
/// filter KUBE-NODEPORTS
pub const FILTER_NODEPORTS: usize = 4;
/// filter KUBE-PROXY-FIREWALL
pub const FILTER_FIREWALL: usize = 5;

/// Chains with their rules.
pub type Chains = Vec<(Table, ChainName, Vec<Rule>)>;

/// One Service port on one node.
#[derive(Clone, Debug)]
pub struct Block {
    /// The Service port.
    pub port: Rc<ServicePort>,
    /// Which endpoints this node uses.
    pub chosen: Categorized,
    /// The node's options.
    config: Rc<ProxyConfig>,
    /// Thresholds of 1/n by n, as far as needed.
    thresholds: Vec<u32>,
    rules: OnceCell<Chains>,
}

impl Block {
    /// Chooses endpoints for the node that `config` is of.
    pub fn new(port: &Rc<ServicePort>, config: &Rc<ProxyConfig>) -> Self {
        let chosen = categorize(port, &config.node, &config.zone);
        let most = chosen.cluster.len().max(chosen.local.len()) as u32;
        let thresholds = (0..=most).map(threshold).collect();
        Self { port: port.clone(), chosen, config: config.clone(), thresholds, rules: OnceCell::new() }
    }
    /// The threshold of `--probability 1/n`.
    #[inline]
    pub fn threshold(&self, n: usize) -> u32 {
        self.thresholds.get(n).copied().unwrap_or(1 << 31)
    }
    /// Whether the cluster IP leads to an endpoint.
    pub fn has_internal(&self) -> bool {
        self.chosen.any && !(self.port.internal_local && self.chosen.local.is_empty())
    }
    /// Whether the other addresses lead to an endpoint for clients outside.
    pub fn has_external(&self) -> bool {
        self.chosen.any && !(self.port.external_local && self.chosen.local.is_empty())
    }
    /// Whether load balancer addresses are guarded by source ranges.
    pub fn guarded(&self) -> bool {
        self.chosen.any && !self.port.vips.is_empty() && !self.port.source_ranges.is_empty()
    }
    /// Whether there is a KUBE-EXT chain.
    pub fn has_ext(&self) -> bool {
        self.chosen.any && self.port.externally_accessible()
    }
    /// Whether cluster IP traffic goes to this node's endpoints only.
    pub fn internal_chain(&self) -> ChainName {
        if self.port.internal_local { ChainName::Svl(self.port.hash) } else { ChainName::Svc(self.port.hash) }
    }
    /// Where external traffic goes on to.
    pub fn external_chain(&self) -> ChainName {
        if self.port.external_local { ChainName::Svl(self.port.hash) } else { ChainName::Svc(self.port.hash) }
    }
    /// Whether the node's own address lies in a source range: then the VIP itself is let in as well.
    ///
    /// upstream: pkg/proxy/iptables/proxier.go allowFromNode
    pub fn vips_allowed(&self) -> bool {
        self.config.node_ip.is_some_and(|ip| self.port.source_ranges.iter().any(|r| r.contains(ip)))
    }
    /// Whether NodePort rules have one more for loopback in front.
    pub fn loopback_rule(&self) -> bool {
        self.config.family == Family::V4 && self.config.localhost_node_ports && self.config.nfacct
    }
    /// Whether the cluster IP's first balancing rule marks for masquerading.
    pub fn has_masquerade_rule(&self) -> bool {
        self.has_internal() && (self.config.masquerade_all || self.config.pod_cidr.is_some())
    }
    /// How many rules it has in each of [`DISPATCH`].
    pub fn counts(&self) -> [u32; 6] {
        let p = &*self.port;
        let (external, vips) = (p.external_ips.len() as u32, p.vips.len() as u32);
        let (any, node_port) = (u32::from(self.chosen.any), u32::from(p.node_port != 0));
        let (internal, unusable) = (u32::from(self.has_internal()), u32::from(!self.has_external()));
        [
            internal + any * (external + vips),
            any * node_port * (1 + u32::from(self.loopback_rule())),
            1 - internal,
            unusable * (external + vips + node_port),
            u32::from(p.health_check_node_port != 0),
            if self.guarded() { vips } else { 0 },
        ]
    }
    /// What happens to packets for which there is no endpoint.
    pub fn refusal(&self) -> Target {
        if self.chosen.any { Target::Drop } else { Target::Reject }
    }
    /// The endpoint behind an index of [`Categorized`].
    pub fn endpoint(&self, index: u32) -> Option<&Endpoint> {
        self.port.endpoints.get(index as usize)
    }
    /// Its rules as values.
    pub fn rules(&self) -> &Chains {
        self.rules.get_or_init(|| {
            let mut out = Writer { chains: Vec::new(), v6: self.config.family == Family::V6 };
            self.write_cluster_ip(&mut out);
            self.write_external_addresses(&mut out);
            self.write_node_port(&mut out);
            self.write_ext(&mut out);
            self.write_firewall(&mut out);
            self.write_balancing(
                &mut out,
                ChainName::Svc(self.port.hash),
                &self.chosen.cluster,
                self.port.uses_cluster(),
            );
            self.write_balancing(&mut out, ChainName::Svl(self.port.hash), &self.chosen.local, self.port.uses_local());
            self.write_endpoints(&mut out);
            out.chains
        })
    }
    /// Whether a chain of its own (not of [`DISPATCH`]) has that name.
    pub fn owns(&self, chain: ChainName) -> bool {
        match chain {
            ChainName::Ext(h) | ChainName::Fw(h) | ChainName::Svc(h) | ChainName::Svl(h) => h == self.port.hash,
            ChainName::Sep(h) => self.port.endpoints.iter().any(|e| e.hash == h),
            _ => false,
        }
    }
    /// The rules of one of its chains (or its part of a chain of [`DISPATCH`]).
    pub fn chain(&self, table: Table, chain: ChainName) -> &[Rule] {
        self.rules().iter().find(|(t, c, _)| (*t, *c) == (table, chain)).map_or(&[], |(_, _, rules)| rules)
    }

    fn comment(&self, what: &str) -> String {
        format!("{} {what}", self.port.name)
    }
    fn no_endpoints(&self) -> String {
        self.comment(if self.chosen.any { "has no local endpoints" } else { "has no endpoints" })
    }
    fn dispatch(&self, what: &str, ip: IpAddr, target: Target) -> Rule {
        Rule::to(target).comment(self.comment(what)).dport(self.port.proto, self.port.port).at(ip)
    }
    fn refuse(&self, ip: IpAddr) -> Rule {
        Rule::to(self.refusal()).comment(self.no_endpoints()).dport(self.port.proto, self.port.port).at(ip)
    }
    /// Dispatch of the cluster IP, and the mark for sources that are no Pods.
    fn write_cluster_ip(&self, out: &mut Writer) {
        let p = &*self.port;
        let chain = self.internal_chain();
        if !self.has_internal() {
            out.add(Table::Filter, ChainName::Services, self.refuse(p.cluster_ip));
            return;
        }
        out.add(Table::Nat, ChainName::Services, self.dispatch("cluster IP", p.cluster_ip, Target::Jump(chain)));
        let mark = self.dispatch("cluster IP", p.cluster_ip, Target::Jump(ChainName::MarkMasq));
        match self.config.pod_cidr {
            _ if self.config.masquerade_all => out.add(Table::Nat, chain, mark),
            Some(pods) => out.add(Table::Nat, chain, mark.from(true, pods)),
            None => {}
        }
    }
    /// Dispatch of external IPs and load balancer addresses.
    fn write_external_addresses(&self, out: &mut Writer) {
        let p = &*self.port;
        let (ext, fw) = (ChainName::Ext(p.hash), ChainName::Fw(p.hash));
        for &ip in &p.external_ips {
            if self.chosen.any {
                out.add(Table::Nat, ChainName::Services, self.dispatch("external IP", ip, Target::Jump(ext)));
            }
            if !self.has_external() {
                out.add(Table::Filter, ChainName::ExternalServices, self.refuse(ip));
            }
        }
        for &ip in &p.vips {
            let chain = if self.guarded() { fw } else { ext };
            if self.chosen.any {
                out.add(Table::Nat, ChainName::Services, self.dispatch("loadbalancer IP", ip, Target::Jump(chain)));
            }
            if self.guarded() {
                let rule = self.dispatch(&format!("traffic not accepted by {fw}"), ip, Target::Drop);
                out.add(Table::Filter, ChainName::ProxyFirewall, rule);
            }
        }
        for &ip in p.vips.iter().filter(|_| !self.has_external()) {
            out.add(Table::Filter, ChainName::ExternalServices, self.refuse(ip));
        }
    }
    /// The NodePort's rules and the health check's.
    fn write_node_port(&self, out: &mut Writer) {
        let p = &*self.port;
        let ext = Target::Jump(ChainName::Ext(p.hash));
        let rule = |target| Rule::to(target).comment(p.name.clone()).dport(p.proto, p.node_port);
        if p.node_port != 0 && self.chosen.any {
            if self.loopback_rule() {
                let loopback = rule(ext).on(false, Cidr::LOOPBACK).with(Match::Nfacct("localhost_nps_accepted_pkts"));
                out.add(Table::Nat, ChainName::NodePorts, loopback);
            }
            out.add(Table::Nat, ChainName::NodePorts, rule(ext));
        }
        if p.node_port != 0 && !self.has_external() {
            let refuse = Rule::to(self.refusal()).comment(self.no_endpoints()).with(Match::Local { source: false });
            out.add(Table::Filter, ChainName::ExternalServices, refuse.dport(p.proto, p.node_port));
        }
        if p.health_check_node_port != 0 {
            let accept = Rule::to(Target::Accept).comment(self.comment("health check node port"));
            let accept = accept.dport(crate::network::packet::Protocol::Tcp, p.health_check_node_port);
            out.add(Table::Filter, ChainName::NodePorts, accept);
        }
    }
    /// The chain of everything that came to an address or port from outside.
    fn write_ext(&self, out: &mut Writer) {
        if !self.has_ext() {
            return;
        }
        let p = &*self.port;
        let (chain, svc) = (ChainName::Ext(p.hash), Target::Jump(ChainName::Svc(p.hash)));
        let mark = Target::Jump(ChainName::MarkMasq);
        let comment = |what: &str| format!("{what} for {} external destinations", p.name);
        let local = Match::Local { source: true };
        out.open(chain);
        if !p.external_local {
            out.add(Table::Nat, chain, Rule::to(mark).comment(comment("masquerade traffic")));
        } else {
            if let Some(pods) = self.config.pod_cidr {
                out.add(Table::Nat, chain, Rule::to(svc).comment(comment("pod traffic")).from(false, pods));
            }
            out.add(Table::Nat, chain, Rule::to(mark).comment(comment("masquerade LOCAL traffic")).with(local.clone()));
            out.add(Table::Nat, chain, Rule::to(svc).comment(comment("route LOCAL traffic")).with(local));
        }
        if self.has_external() {
            out.add(Table::Nat, chain, Rule::to(Target::Jump(self.external_chain())));
        }
    }
    /// The chain that lets only source ranges through to KUBE-EXT.
    fn write_firewall(&self, out: &mut Writer) {
        if !self.guarded() {
            return;
        }
        let p = &*self.port;
        let (chain, ext) = (ChainName::Fw(p.hash), Target::Jump(ChainName::Ext(p.hash)));
        let allow = |range| Rule::to(ext).comment(self.comment("loadbalancer IP")).from(false, range);
        p.source_ranges.iter().for_each(|r| out.add(Table::Nat, chain, allow(*r)));
        if self.vips_allowed() {
            p.vips.iter().for_each(|ip| out.add(Table::Nat, chain, allow(Cidr::host(*ip))));
        }
        let rest = format!("other traffic to {} will be dropped by KUBE-PROXY-FIREWALL", p.name);
        out.add(Table::Nat, chain, Rule::to(Target::None).comment(rest));
    }
    /// Affinity rules, then balancing rules.
    fn write_balancing(&self, out: &mut Writer, chain: ChainName, endpoints: &[u32], used: bool) {
        if !used || endpoints.is_empty() {
            return;
        }
        out.open(chain);
        let rule = |e: &Endpoint| {
            let rule = Rule::to(Target::Jump(ChainName::Sep(e.hash)));
            if self.port.large { rule } else { rule.comment(format!("{} -> {}", self.port.name, e.text())) }
        };
        let each = || endpoints.iter().filter_map(|i| self.endpoint(*i));
        if let Some(seconds) = self.port.affinity {
            for e in each() {
                out.add(Table::Nat, chain, rule(e).with(Match::RecentCheck { seconds, list: e.hash }));
            }
        }
        for (left, e) in (1..=endpoints.len() as u32).rev().zip(each()) {
            let rule = rule(e);
            out.add(Table::Nat, chain, if left == 1 { rule } else { rule.with(Match::Statistic(threshold(left))) });
        }
    }
    /// Each endpoint's own chain.
    fn write_endpoints(&self, out: &mut Writer) {
        for e in self.chosen.reachable.iter().filter_map(|i| self.endpoint(*i)) {
            let chain = ChainName::Sep(e.hash);
            let rule = |target| {
                let rule = Rule::to(target);
                if self.port.large { rule } else { rule.comment(self.port.name.clone()) }
            };
            out.add(Table::Nat, chain, rule(Target::Jump(ChainName::MarkMasq)).from(false, Cidr::host(e.ip)));
            let mut dnat = rule(Target::Dnat(SocketAddr::new(e.ip, e.port)));
            if self.port.affinity.is_some() {
                dnat = dnat.with(Match::RecentSet(e.hash));
            }
            out.add(Table::Nat, chain, dnat.transport(self.port.proto));
        }
    }
}

/// Collects rules by chain, chains in the order in which they are first named.
struct Writer {
    chains: Chains,
    v6: bool,
}

impl Writer {
    fn open(&mut self, chain: ChainName) {
        if !self.chains.iter().any(|(t, c, _)| (*t, *c) == (Table::Nat, chain)) {
            self.chains.push((Table::Nat, chain, Vec::new()));
        }
    }
    fn add(&mut self, table: Table, chain: ChainName, mut rule: Rule) {
        rule.v6 = self.v6;
        // The chain is nearly always the last one: search from the end.
        match self.chains.iter_mut().rev().find(|(t, c, _)| (*t, *c) == (table, chain)) {
            Some((_, _, rules)) => rules.push(rule),
            None => self.chains.push((table, chain, vec![rule])),
        }
    }
}
