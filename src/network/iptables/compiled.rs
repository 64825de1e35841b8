//! The rule set's compiled form: the same decisions as walking the rules one by one, by direct look-up.
//!
//! **Invariant:** for every packet it draws the same chances, asks the same pins and reports the same rules as
//! [`super::walk`] (a property test holds them equal).

use super::block::{Block, NAT_SERVICES};
use super::index::{Entry, Way};
use super::name::{ChainName, Table};
use super::node::NodeRules;
use super::walk::{Decision, Env, Hook, Look, Looker, Memory};
use crate::network::address::Cidr;
use crate::network::packet::{Packet, Pin, Verdict};
use crate::sim::Duration;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

/// One packet's way through one node's rules.
pub struct Compiled<'a, 'e, L: Looker> {
    rules: &'a NodeRules,
    env: &'a mut Env<'e>,
    looker: &'a mut L,
    packet: Packet,
    memory: Memory,
}

/// As [`super::walk::walk`], without looking at each rule.
#[inline]
pub fn run<L: Looker>(
    rules: &NodeRules,
    (table, hook): (Table, Hook),
    packet: Packet,
    memory: &mut Memory,
    env: &mut Env<'_>,
    looker: &mut L,
) -> Decision {
    let mut this = Compiled { rules, env, looker, packet, memory: *memory };
    let decision = match (table, hook) {
        (Table::Nat, Hook::Prerouting | Hook::Output) => this.nat(hook),
        (Table::Nat, Hook::Postrouting) => this.postrouting(),
        (Table::Filter, _) => this.filter(hook),
        _ => None,
    };
    *memory = this.memory;
    decision.unwrap_or(Decision::Accept)
}

fn v4(ip: IpAddr) -> Ipv4Addr {
    match ip {
        IpAddr::V4(ip) => ip,
        IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
    }
}

impl<L: Looker> Compiled<'_, '_, L> {
    #[inline]
    fn look(&mut self, table: Table, chain: ChainName, number: u32, verdict: Verdict) {
        if L::ON {
            self.looker.look(Look::new(table, chain, number, verdict), self.packet, self.packet);
        }
    }
    /// A jump, what happens behind it, and the way back.
    #[inline]
    fn jump(
        &mut self,
        (table, chain, number): (Table, ChainName, u32),
        to: ChainName,
        then: impl FnOnce(&mut Self) -> Option<Decision>,
    ) -> Option<Decision> {
        let depth = self.looker.depth();
        self.look(table, chain, number, Verdict::Jump(to));
        let decision = then(self);
        self.looker.leave(depth);
        decision
    }
    fn is_local(&self, ip: Ipv4Addr) -> bool {
        self.rules.config.is_local(IpAddr::V4(ip))
    }
    fn mark(&mut self, chain: ChainName, number: u32) {
        self.memory.mark = true;
        if L::ON {
            self.jump((Table::Nat, chain, number), ChainName::MarkMasq, |this| {
                this.look(Table::Nat, ChainName::MarkMasq, 1, Verdict::Mark);
                None
            });
        }
    }

    /// nat PREROUTING and OUTPUT: KUBE-SERVICES, last of all NodePorts.
    fn nat(&mut self, hook: Hook) -> Option<Decision> {
        let p = self.packet;
        let rules = self.rules;
        self.jump((Table::Nat, hook.chain(), 1), ChainName::Services, |this| {
            for entry in rules.index.services.get(p.dst, p.proto, p.dport) {
                let decision = this.dispatch(ChainName::Services, entry);
                if decision.is_some() {
                    return decision;
                }
            }
            if rules.index.node_ports.is_empty() {
                return None;
            }
            let first = rules.total(NAT_SERVICES) + 1;
            if !rules.config.all_node_port_addresses() {
                let hits = rules.config.node_port_ips().zip(first..).filter(|(ip, _)| *ip == IpAddr::V4(p.dst));
                return hits.map(|(_, number)| this.node_ports(number)).find(Option::is_some).flatten();
            }
            let never = rules.config.node_ports_never_on().is_some_and(|c| c.contains(p.dst.into()));
            if !never && this.is_local(p.dst) { this.node_ports(first) } else { None }
        })
    }
    fn node_ports(&mut self, number: u32) -> Option<Decision> {
        let (p, rules) = (self.packet, self.rules);
        self.jump((Table::Nat, ChainName::Services, number), ChainName::NodePorts, |this| {
            for entry in rules.index.node_ports.port(p.proto, p.dport) {
                if entry.way == Way::Loopback && !Cidr::LOOPBACK.contains(p.dst.into()) {
                    continue;
                }
                let decision = this.dispatch(ChainName::NodePorts, entry);
                if decision.is_some() {
                    return decision;
                }
            }
            None
        })
    }
    fn dispatch(&mut self, chain: ChainName, entry: &Entry) -> Option<Decision> {
        let rules = self.rules;
        let block = &**rules.blocks.get(entry.block as usize)?;
        let at = (Table::Nat, chain, entry.number);
        match entry.way {
            Way::ClusterIp => {
                let to = block.internal_chain();
                self.jump(at, to, |this| this.balance(block, to))
            }
            Way::Guarded => self.jump(at, ChainName::Fw(block.port.hash), |this| this.firewall(block)),
            _ => self.jump(at, ChainName::Ext(block.port.hash), |this| this.external(block)),
        }
    }
    /// KUBE-FW: only source ranges get on.
    fn firewall(&mut self, block: &Block) -> Option<Decision> {
        let chain = ChainName::Fw(block.port.hash);
        let vips = if block.vips_allowed() { block.port.vips.as_slice() } else { &[] };
        let ranges = block.port.source_ranges.iter().copied().chain(vips.iter().map(|ip| Cidr::host(*ip)));
        let mut number = 0;
        for range in ranges {
            number += 1;
            if !range.contains(self.packet.src.into()) {
                continue;
            }
            let to = ChainName::Ext(block.port.hash);
            let decision = self.jump((Table::Nat, chain, number), to, |this| this.external(block));
            if decision.is_some() {
                return decision;
            }
        }
        self.look(Table::Nat, chain, number + 1, Verdict::Continue);
        None
    }
    /// KUBE-EXT: what came to an address or port from outside.
    fn external(&mut self, block: &Block) -> Option<Decision> {
        let (hash, src) = (block.port.hash, self.packet.src);
        let (chain, svc) = (ChainName::Ext(hash), ChainName::Svc(hash));
        let mut number = 1;
        if !block.port.external_local {
            self.mark(chain, number);
        } else {
            if let Some(pods) = self.rules.config.pod_cidr {
                if pods.contains(src.into()) {
                    let decision = self.jump((Table::Nat, chain, number), svc, |this| this.balance(block, svc));
                    if decision.is_some() {
                        return decision;
                    }
                }
                number += 1;
            }
            if self.is_local(src) {
                self.mark(chain, number);
                let decision = self.jump((Table::Nat, chain, number + 1), svc, |this| this.balance(block, svc));
                if decision.is_some() {
                    return decision;
                }
            }
            number += 1;
        }
        if !block.has_external() {
            return None;
        }
        let to = block.external_chain();
        self.jump((Table::Nat, chain, number + 1), to, |this| this.balance(block, to))
    }
    /// KUBE-SVC, KUBE-SVL: pins first, then chance.
    fn balance(&mut self, block: &Block, chain: ChainName) -> Option<Decision> {
        let (p, port, config) = (self.packet, &*block.port, &*self.rules.config);
        let endpoints = if matches!(chain, ChainName::Svl(_)) { &block.chosen.local } else { &block.chosen.cluster };
        let mut number = 0;
        if chain == block.internal_chain() && block.has_masquerade_rule() {
            number += 1;
            let outside = config.masquerade_all || config.pod_cidr.is_some_and(|c| !c.contains(p.src.into()));
            if outside && p.dport == port.port && p.proto == port.proto && IpAddr::V4(p.dst) == port.cluster_ip {
                self.mark(chain, number);
            }
        }
        if let Some(seconds) = port.affinity {
            for &i in endpoints {
                number += 1;
                let Some(e) = block.endpoint(i) else { continue };
                let hit = self.env.recent.check(&e.hash, p.src, seconds, self.env.now);
                let at = (Table::Nat, chain, number);
                let Some(left) = hit else {
                    if L::ON {
                        let look = Look { at, verdict: Verdict::Miss, draw: None, pin: Some(Pin::Checked) };
                        self.looker.look(look, p, p);
                    }
                    continue;
                };
                return self.endpoint(
                    block,
                    i,
                    Look { pin: Some(Pin::Hit(left)), ..Look::new(at.0, at.1, at.2, Verdict::Continue) },
                );
            }
        }
        let mut left = endpoints.len();
        for &i in endpoints {
            number += 1;
            let mut look = Look::new(Table::Nat, chain, number, Verdict::Miss);
            if left > 1 {
                let threshold = block.threshold(left);
                let drawn = self.env.random.bits31();
                look.draw = Some((threshold, drawn));
                if drawn >= threshold {
                    left -= 1;
                    if L::ON {
                        self.looker.look(look, p, p);
                    }
                    continue;
                }
            }
            return self.endpoint(block, i, look);
        }
        None
    }
    /// KUBE-SEP: hairpin mark, pin, new destination.
    fn endpoint(&mut self, block: &Block, index: u32, mut look: Look) -> Option<Decision> {
        let e = block.endpoint(index)?;
        let (p, chain) = (self.packet, ChainName::Sep(e.hash));
        if L::ON {
            look.verdict = Verdict::Jump(chain);
            self.looker.look(look, p, p);
        }
        if e.ip == IpAddr::V4(p.src) {
            self.mark(chain, 1);
        }
        let mut pin = None;
        if block.port.affinity.is_some() {
            self.env.recent.set(&e.hash, p.src, self.env.now);
            pin = Some(Pin::Made(Duration(0)));
        }
        let to = SocketAddrV4::new(v4(e.ip), e.port);
        if L::ON {
            let after = Packet { dst: *to.ip(), dport: to.port(), ..p };
            self.looker.look(Look { pin, ..Look::new(Table::Nat, chain, 2, Verdict::Dnat) }, p, after);
        }
        Some(Decision::Dnat(to))
    }

    /// nat POSTROUTING: marked packets, and Pods' packets that leave the cluster.
    fn postrouting(&mut self) -> Option<Decision> {
        let p = self.packet;
        if self.memory.mark {
            self.memory.mark = false;
            return self.jump((Table::Nat, ChainName::Postrouting, 1), ChainName::KubePostrouting, |this| {
                this.look(Table::Nat, ChainName::KubePostrouting, 3, Verdict::Masquerade);
                Some(Decision::Masquerade)
            });
        }
        let pods = self.rules.config.plugin_masquerade?;
        if pods.contains(p.src.into()) && !pods.contains(p.dst.into()) {
            self.look(Table::Nat, ChainName::Postrouting, 2, Verdict::Masquerade);
            return Some(Decision::Masquerade);
        }
        None
    }

    /// filter INPUT, FORWARD, OUTPUT for a new connection.
    fn filter(&mut self, hook: Hook) -> Option<Decision> {
        let own = hook.chain();
        match hook {
            Hook::Input => (self.martian(own))
                .or_else(|| self.guard(own, 2))
                .or_else(|| self.health_check(own, 3))
                .or_else(|| self.refuse_external(own, 4)),
            Hook::Forward => (self.guard(own, 1))
                .or_else(|| self.forward_marked(own))
                .or_else(|| self.refuse(own))
                .or_else(|| self.refuse_external(own, 4)),
            Hook::Output => self.martian(own).or_else(|| self.guard(own, 2)).or_else(|| self.refuse(own)),
            _ => None,
        }
    }
    /// A rule that decides, in a chain that rule `number` of `from` leads to.
    fn decide(
        &mut self,
        from: ChainName,
        number: u32,
        chain: ChainName,
        at: u32,
        verdict: Verdict,
    ) -> Option<Decision> {
        self.jump((Table::Filter, from, number), chain, |this| {
            this.look(Table::Filter, chain, at, verdict);
            Some(match verdict {
                Verdict::Drop => Decision::Drop,
                Verdict::Reject => Decision::Reject,
                _ => Decision::Accept,
            })
        })
    }
    /// KUBE-FIREWALL: loopback addresses never come from elsewhere.
    fn martian(&mut self, from: ChainName) -> Option<Decision> {
        let p = self.packet;
        let guarded = self.rules.config.localhost_node_ports && !self.memory.dnat && p.dst.is_loopback();
        (guarded && !p.src.is_loopback()).then(|| self.decide(from, 1, ChainName::Firewall, 1, Verdict::Drop)).flatten()
    }
    fn guard(&mut self, from: ChainName, number: u32) -> Option<Decision> {
        let p = self.packet;
        let at = self.rules.index.guards.get(p.dst, p.proto, p.dport).first()?.number;
        self.decide(from, number, ChainName::ProxyFirewall, at, Verdict::Drop)
    }
    fn health_check(&mut self, from: ChainName, number: u32) -> Option<Decision> {
        let at = self.rules.index.health_checks.port(self.packet.proto, self.packet.dport).first()?.number;
        self.decide(from, number, ChainName::NodePorts, at, Verdict::Accept)
    }
    fn forward_marked(&mut self, from: ChainName) -> Option<Decision> {
        self.memory.mark.then(|| self.decide(from, 2, ChainName::KubeForward, 2, Verdict::Accept)).flatten()
    }
    fn refusal(&self, entry: &Entry) -> Verdict {
        let any = self.rules.blocks.get(entry.block as usize).is_some_and(|b| b.chosen.any);
        if any { Verdict::Drop } else { Verdict::Reject }
    }
    fn refuse(&mut self, from: ChainName) -> Option<Decision> {
        let p = self.packet;
        let entry = self.rules.index.refused.get(p.dst, p.proto, p.dport).first()?;
        self.decide(from, 3, ChainName::Services, entry.number, self.refusal(entry))
    }
    fn refuse_external(&mut self, from: ChainName, number: u32) -> Option<Decision> {
        let (p, index) = (self.packet, &self.rules.index);
        let by_ip = index.refused_external.get(p.dst, p.proto, p.dport).first();
        let by_port = index.refused_ports.port(p.proto, p.dport).first().filter(|_| self.is_local(p.dst));
        let entry = by_ip.into_iter().chain(by_port).min_by_key(|e| e.number)?;
        self.decide(from, number, ChainName::ExternalServices, entry.number, self.refusal(entry))
    }
}
