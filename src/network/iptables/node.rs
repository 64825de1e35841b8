//! One node's rule set: kube-proxy's options, the fixed rules, and a block per Service port.

use super::block::{Block, Chains, DISPATCH};
use super::index::Index;
use super::name::{ChainName, Table};
use super::rule::{Match, Rule, Target};
use crate::collections::BTreeMap;
use crate::network::address::{Cidr, Family};
use crate::network::service::Snapshot;
use std::cell::OnceCell;
use std::net::IpAddr;
use std::rc::Rc;

/// What one node's kube-proxy is configured with and what it finds on its node.
///
/// upstream: pkg/proxy/iptables/proxier.go NewProxier's arguments
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyConfig {
    /// The node's name.
    pub node: String,
    /// Its zone (`topology.kubernetes.io/zone`), empty if unknown.
    pub zone: String,
    /// Of which family the proxier is.
    pub family: Family,
    /// The node's own address.
    pub node_ip: Option<IpAddr>,
    /// All addresses of its interfaces, loopback included, interface by interface.
    pub interface_ips: Vec<IpAddr>,
    /// What tells Pods from other sources; `None`: nothing does (`--detect-local` without a range).
    pub pod_cidr: Option<Cidr>,
    /// `--masquerade-all`
    pub masquerade_all: bool,
    /// `--iptables-localhost-nodeports`
    pub localhost_node_ports: bool,
    /// `--nodeport-addresses` of the family; empty: all.
    pub node_port_addresses: Vec<Cidr>,
    /// Whether the kernel has nfacct counters.
    pub nfacct: bool,
    /// The Pods' range, where the network plugin masquerades what leaves it.
    pub plugin_masquerade: Option<Cidr>,
}

impl ProxyConfig {
    /// Whether an address is the node's own (`--dst-type LOCAL`).
    pub fn is_local(&self, ip: IpAddr) -> bool {
        (ip.is_loopback() && ip.is_ipv4()) || self.interface_ips.contains(&ip)
    }
    /// Whether NodePorts are taken by destination type rather than by single addresses.
    pub fn all_node_port_addresses(&self) -> bool {
        self.node_port_addresses.is_empty() || self.node_port_addresses.iter().any(|c| c.bits == 0)
    }
    /// The addresses that NodePorts are taken on, where not all are.
    pub fn node_port_ips(&self) -> impl Iterator<Item = IpAddr> {
        let wanted = |ip: &&IpAddr| self.node_port_addresses.iter().any(|c| c.contains(**ip));
        let skip = self.family == Family::V6 || !self.localhost_node_ports;
        self.interface_ips.iter().filter(wanted).copied().filter(move |ip| !(skip && ip.is_loopback()))
    }
    /// With all addresses: those that are left out all the same.
    pub fn node_ports_never_on(&self) -> Option<Cidr> {
        match self.family {
            Family::V6 => Some(Cidr::host(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST))),
            Family::V4 => (!self.localhost_node_ports).then_some(Cidr::LOOPBACK),
        }
    }
}

/// A chain with its rules, to print or to walk.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    /// Its name.
    pub name: ChainName,
    /// Whether it is a built-in one (with policy ACCEPT).
    pub builtin: bool,
    /// Its rules in order.
    pub rules: Vec<&'a Rule>,
}

/// All rules of one node.
#[derive(Clone, Debug)]
pub struct NodeRules {
    /// The node's options.
    pub config: Rc<ProxyConfig>,
    /// One per Service port, in the order of the rules.
    pub blocks: Vec<Rc<Block>>,
    /// Number of rules before each block in each chain of [`DISPATCH`]; one more entry at the end.
    pub(super) offsets: Vec<[u32; 6]>,
    pub(super) index: Index,
    fixed: OnceCell<Chains>,
}

impl NodeRules {
    /// The rules for `snapshot`; blocks of `before` whose Service port is the same value are kept.
    pub fn build(snapshot: &Snapshot, config: &Rc<ProxyConfig>, before: Option<&NodeRules>) -> Self {
        let same_node = |b: &&NodeRules| Rc::ptr_eq(&b.config, config);
        let mut old = before.filter(same_node).map(|b| b.blocks.as_slice()).unwrap_or_default().iter().peekable();
        let mut blocks = Vec::with_capacity(snapshot.services.len());
        for port in snapshot.ports() {
            let key = |p: &crate::network::service::ServicePort| (p.service.clone(), p.port_name.clone(), p.proto);
            while old.peek().is_some_and(|o| !Rc::ptr_eq(&o.port, port) && key(&o.port) < key(port)) {
                old.next();
            }
            let kept = old.next_if(|o| Rc::ptr_eq(&o.port, port));
            blocks.push(kept.cloned().unwrap_or_else(|| Rc::new(Block::new(port, config))));
        }
        let mut offsets = Vec::with_capacity(blocks.len() + 1);
        let mut at = [0; 6];
        for block in &blocks {
            offsets.push(at);
            at.iter_mut().zip(block.counts()).for_each(|(a, n)| *a += n);
        }
        offsets.push(at);
        let index = Index::build(&blocks, &offsets, config);
        Self { config: config.clone(), blocks, offsets, index, fixed: OnceCell::new() }
    }
    /// The number of rules that Service ports have in a chain of [`DISPATCH`].
    pub(super) fn total(&self, dispatch: usize) -> u32 {
        self.offsets.last().map_or(0, |o| o[dispatch])
    }
    /// The rules that do not depend on Services. Those of KUBE-SERVICES come after the Services'.
    pub fn fixed(&self) -> &Chains {
        self.fixed.get_or_init(|| fixed_rules(&self.config))
    }
    /// All chains of a table: built-in ones in the order of the hooks, then the others by name.
    pub fn chains(&self, table: Table) -> Vec<Chain<'_>> {
        let mut own: BTreeMap<String, Chain<'_>> = BTreeMap::new();
        let empty = |name: &ChainName, builtin| Chain { name: *name, builtin, rules: Vec::new() };
        let mut first = table.builtin().iter().map(|n| empty(n, true)).collect::<Vec<_>>();
        for block in &self.blocks {
            for (_, name, rules) in block.rules().iter().filter(|(t, ..)| *t == table) {
                own.entry(name.to_string()).or_insert(empty(name, false)).rules.extend(rules);
            }
        }
        for (_, name, rules) in self.fixed().iter().filter(|(t, ..)| *t == table) {
            match first.iter_mut().find(|c| c.name == *name) {
                Some(chain) => chain.rules.extend(rules),
                None => own.entry(name.to_string()).or_insert(empty(name, false)).rules.extend(rules),
            }
        }
        first.extend(own.into_values());
        first
    }
    /// One rule by its number (from 1) in its chain.
    pub fn rule(&self, table: Table, chain: ChainName, number: u32) -> Option<&Rule> {
        let at = number.checked_sub(1)?;
        let fixed = || self.fixed().iter().find(|(t, c, _)| (*t, *c) == (table, chain)).map(|(_, _, rules)| rules);
        if let Some(d) = DISPATCH.iter().position(|d| *d == (table, chain)) {
            if at >= self.total(d) {
                return fixed()?.get((at - self.total(d)) as usize);
            }
            let block = self.offsets.partition_point(|o| o[d] <= at).checked_sub(1)?;
            return self.blocks.get(block)?.chain(table, chain).get((at - self.offsets.get(block)?[d]) as usize);
        }
        match chain {
            ChainName::Ext(_) | ChainName::Fw(_) | ChainName::Sep(_) | ChainName::Svc(_) | ChainName::Svl(_) => {
                (self.blocks.iter()).find_map(|b| b.owns(chain).then(|| b.chain(table, chain).get(at as usize)))?
            }
            _ => fixed()?.get(at as usize),
        }
    }
    /// One rule as `iptables-save` prints it.
    pub fn rule_text(&self, table: Table, chain: ChainName, number: u32) -> Option<String> {
        self.rule(table, chain, number).map(|r| r.text(chain, false))
    }
}

const NEW: Match = Match::CtState { not: false, states: "NEW" };

/// Jumps from the built-in chains, the top-level chains and their fixed rules.
///
/// upstream: pkg/proxy/iptables/proxier.go iptablesJumpChains, syncProxyRules
fn fixed_rules(config: &ProxyConfig) -> Chains {
    use ChainName as C;
    let jump = |to: C, comment: &'static str| Rule::to(Target::Jump(to)).comment(comment);
    let jump_new = |to: C, comment: &'static str| Rule::to(Target::Jump(to)).with(NEW).comment(comment);
    let balancer = "kubernetes load balancer firewall";
    let (portals, external) = ("kubernetes service portals", "kubernetes externally-visible service portals");
    let firewall = Rule::to(Target::Jump(C::Firewall));
    let health = jump(C::NodePorts, "kubernetes health check service ports");
    let (guard, services) = (jump_new(C::ProxyFirewall, balancer), jump_new(C::Services, portals));
    let forward = vec![
        guard.clone(),
        jump(C::KubeForward, "kubernetes forwarding rules"),
        services.clone(),
        jump_new(C::ExternalServices, external),
    ];
    let input = vec![firewall.clone(), guard.clone(), health, jump_new(C::ExternalServices, external)];
    let mut postrouting = vec![jump(C::KubePostrouting, "kubernetes postrouting rules")];
    if let Some(pods) = config.plugin_masquerade {
        let leave = Rule::to(Target::Masquerade { random_fully: false }).comment("pods to the outside");
        postrouting.push(leave.from(false, pods).on(true, pods));
    }
    let mut invalid = Rule::to(Target::Drop).with(Match::CtState { not: false, states: "INVALID" });
    if config.nfacct {
        invalid = invalid.with(Match::Nfacct("ct_state_invalid_dropped_pkts"));
    }
    let established = Match::CtState { not: false, states: "RELATED,ESTABLISHED" };
    let kube_forward = vec![
        invalid,
        Rule::to(Target::Accept).comment("kubernetes forwarding rules").with(Match::Mark { not: false }),
        Rule::to(Target::Accept).comment("kubernetes forwarding conntrack rule").with(established),
    ];
    let snat = Rule::to(Target::Masquerade { random_fully: true });
    let kube_postrouting = vec![
        Rule::to(Target::Return).with(Match::Mark { not: true }),
        Rule::to(Target::ClearMark),
        snat.comment("kubernetes service traffic requiring SNAT"),
    ];
    let mut martian = Vec::new();
    if config.family == Family::V4 && config.localhost_node_ports {
        let states = Match::CtState { not: true, states: "RELATED,ESTABLISHED,DNAT" };
        let drop = Rule::to(Target::Drop).comment("block incoming localnet connections").with(states);
        martian.push(drop.from(true, Cidr::LOOPBACK).on(false, Cidr::LOOPBACK));
    }
    let (nat, filter) = (Table::Nat, Table::Filter);
    let mut chains: Chains = vec![
        (Table::Mangle, C::Canary, Vec::new()),
        (filter, C::Input, input),
        (filter, C::Forward, forward),
        (filter, C::Output, vec![firewall, guard, services]),
        (filter, C::ExternalServices, Vec::new()),
        (filter, C::Firewall, martian),
        (filter, C::KubeForward, kube_forward),
        (filter, C::NodePorts, Vec::new()),
        (filter, C::Canary, Vec::new()),
        (filter, C::ProxyFirewall, Vec::new()),
        (filter, C::Services, Vec::new()),
        (nat, C::Prerouting, vec![jump(C::Services, portals)]),
        (nat, C::Output, vec![jump(C::Services, portals)]),
        (nat, C::Postrouting, postrouting),
        (nat, C::MarkMasq, vec![Rule::to(Target::SetMark)]),
        (nat, C::NodePorts, Vec::new()),
        (nat, C::KubePostrouting, kube_postrouting),
        (nat, C::Canary, Vec::new()),
        (nat, C::Services, node_port_rules(config)),
    ];
    let v6 = config.family == Family::V6;
    chains.iter_mut().flat_map(|(_, _, rules)| rules).for_each(|r| r.v6 = v6);
    chains
}

/// The last rule (or rules) of nat KUBE-SERVICES.
fn node_port_rules(config: &ProxyConfig) -> Vec<Rule> {
    let last = "kubernetes service nodeports; NOTE: this must be the last rule in this chain";
    let rule = || Rule::to(Target::Jump(ChainName::NodePorts)).comment(last);
    if !config.all_node_port_addresses() {
        return config.node_port_ips().map(|ip| rule().at(ip)).collect();
    }
    let rule = rule().with(Match::Local { source: false });
    vec![match config.node_ports_never_on() {
        Some(range) => rule.on(true, range),
        None => rule,
    }]
}
