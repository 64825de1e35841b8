//! What the rules do to a packet, rule by rule, as the kernel goes: the yardstick of [`super::compiled`].

use super::name::{ChainName, Table};
use super::node::{Chain, NodeRules, ProxyConfig};
use super::rule::{Match, Rule, Target};
use crate::network::packet::{Packet, Pin, Verdict};
use crate::network::recent::Recents;
use crate::sim::{Duration, Random, Time};
use std::net::{IpAddr, SocketAddr, SocketAddrV4};

/// Where a packet is handed to the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// nat: from another machine or a Pod
    Prerouting,
    /// nat, filter: from the node's own processes
    Output,
    /// filter: to the node's own processes
    Input,
    /// filter: through the node
    Forward,
    /// nat: before it leaves
    Postrouting,
}

impl Hook {
    /// The built-in chain.
    pub const fn chain(self) -> ChainName {
        match self {
            Self::Prerouting => ChainName::Prerouting,
            Self::Output => ChainName::Output,
            Self::Input => ChainName::Input,
            Self::Forward => ChainName::Forward,
            Self::Postrouting => ChainName::Postrouting,
        }
    }
}

/// What nat may touch besides the packet.
pub struct Env<'a> {
    /// Now.
    pub now: Time,
    /// The node's `recent` lists.
    pub recent: &'a mut Recents,
    /// Chance.
    pub random: &'a mut Random,
}

/// What the kernel remembers of a packet besides its header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Bit 0x4000 of the mark.
    pub mark: bool,
    /// Whether conntrack state DNAT applies.
    pub dnat: bool,
}

/// What a chain decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Goes on (also: no rule decided, policy ACCEPT).
    Accept,
    /// Thrown away.
    Drop,
    /// Answered with ICMP port unreachable.
    Reject,
    /// Destination rewritten.
    Dnat(SocketAddrV4),
    /// Source to be rewritten.
    Masquerade,
}

/// A rule that was looked at: what a trace keeps of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Table, chain and number from 1.
    pub at: (Table, ChainName, u32),
    /// What it did.
    pub verdict: Verdict,
    /// Threshold and draw.
    pub draw: Option<(u32, u32)>,
    /// Pin.
    pub pin: Option<Pin>,
}

impl Look {
    /// A plain match.
    pub const fn new(table: Table, chain: ChainName, number: u32, verdict: Verdict) -> Self {
        Self { at: (table, chain, number), verdict, draw: None, pin: None }
    }
}

/// Why a rule does not match: the first thing that it asks and the packet isn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// `-s`
    Source,
    /// `-d`
    Destination,
    /// `-p`
    Protocol,
    /// `--dport`
    Port,
    /// `--ctstate`
    State,
    /// `--mark`
    Mark,
    /// `--src-type LOCAL`
    SourceType,
    /// `--dst-type LOCAL`
    DestinationType,
}

/// Who wants to know which rules were looked at.
pub trait Looker {
    /// Whether it wants to know at all.
    const ON: bool;
    /// A rule matched, or its chance or pin did not.
    fn look(&mut self, look: Look, before: Packet, after: Packet);
    /// How many looks there were; to be handed to [`Looker::leave`].
    fn depth(&self) -> usize;
    /// A chain that was entered after `depth` ended: a jump in which nothing happened is forgotten.
    fn leave(&mut self, depth: usize);
    /// Whether it also wants to know of rules that don't match, and of those that only lead back.
    fn every(&self) -> bool {
        false
    }
}

/// Nobody: the fast path.
pub struct Nobody;

impl Looker for Nobody {
    const ON: bool = false;
    #[inline]
    fn look(&mut self, _: Look, _: Packet, _: Packet) {}
    #[inline]
    fn depth(&self) -> usize {
        0
    }
    #[inline]
    fn leave(&mut self, _: usize) {}
}

enum Fit {
    No(Mismatch),
    /// Chance or pin said no.
    Miss(Option<(u32, u32)>, Option<Pin>),
    Yes(Option<(u32, u32)>, Option<Pin>),
}

/// A walk over one table.
pub struct Walk<'a, 'e, L: Looker> {
    table: Table,
    chains: Vec<Chain<'a>>,
    config: &'a ProxyConfig,
    packet: Packet,
    memory: Memory,
    env: &'a mut Env<'e>,
    looker: &'a mut L,
}

/// Hands a new connection's packet to a table's hook; says what becomes of it and leaves the mark in `memory`.
pub fn walk<L: Looker>(
    rules: &NodeRules,
    (table, hook): (Table, Hook),
    packet: Packet,
    memory: &mut Memory,
    env: &mut Env<'_>,
    looker: &mut L,
) -> Decision {
    let chains = rules.chains(table);
    let mut walk = Walk { table, chains, config: &rules.config, packet, memory: *memory, env, looker };
    let decision = walk.run(hook.chain());
    *memory = walk.memory;
    decision.unwrap_or(Decision::Accept)
}

impl<L: Looker> Walk<'_, '_, L> {
    fn run(&mut self, name: ChainName) -> Option<Decision> {
        let at = self.chains.iter().position(|c| c.name == name)?;
        let rules = std::mem::take(&mut self.chains[at].rules);
        let decision = self.chain(name, &rules);
        self.chains[at].rules = rules;
        decision
    }
    fn chain(&mut self, name: ChainName, rules: &[&Rule]) -> Option<Decision> {
        for (number, rule) in (1u32..).zip(rules) {
            let (draw, pin) = match self.fits(rule) {
                Fit::No(why) => {
                    if self.looker.every() {
                        let look = Look::new(self.table, name, number, Verdict::Pass(why));
                        self.looker.look(look, self.packet, self.packet);
                    }
                    continue;
                }
                Fit::Miss(draw, pin) => {
                    let at = (self.table, name, number);
                    self.looker.look(Look { at, verdict: Verdict::Miss, draw, pin }, self.packet, self.packet);
                    continue;
                }
                Fit::Yes(draw, pin) => (draw, pin),
            };
            let look = |verdict| Look { at: (self.table, name, number), verdict, draw, pin };
            let verdict = match rule.target {
                Target::Jump(to) => {
                    let depth = self.looker.depth();
                    self.looker.look(look(Verdict::Jump(to)), self.packet, self.packet);
                    let decision = self.run(to);
                    self.looker.leave(depth);
                    if decision.is_some() {
                        return decision;
                    }
                    continue;
                }
                Target::Return | Target::ClearMark => {
                    let back = matches!(rule.target, Target::Return);
                    self.memory.mark &= back;
                    if self.looker.every() {
                        let verdict = if back { Verdict::Return } else { Verdict::Continue };
                        self.looker.look(look(verdict), self.packet, self.packet);
                    }
                    if back {
                        return None;
                    }
                    continue;
                }
                Target::None => Verdict::Continue,
                Target::SetMark => Verdict::Mark,
                Target::Accept => Verdict::Accept,
                Target::Drop => Verdict::Drop,
                Target::Reject => Verdict::Reject,
                Target::Dnat(_) => Verdict::Dnat,
                Target::Masquerade { .. } => Verdict::Masquerade,
            };
            let mut after = self.packet;
            let decision = match rule.target {
                Target::Dnat(SocketAddr::V4(to)) => {
                    (after.dst, after.dport) = (*to.ip(), to.port());
                    Some(Decision::Dnat(to))
                }
                Target::Accept => Some(Decision::Accept),
                Target::Drop => Some(Decision::Drop),
                Target::Reject => Some(Decision::Reject),
                Target::Masquerade { .. } => Some(Decision::Masquerade),
                Target::SetMark => {
                    self.memory.mark = true;
                    None
                }
                _ => None,
            };
            self.looker.look(look(verdict), self.packet, after);
            if decision.is_some() {
                return decision;
            }
        }
        None
    }
    fn fits(&mut self, rule: &Rule) -> Fit {
        let p = self.packet;
        let range = |range: Option<(bool, crate::network::address::Cidr)>, ip: IpAddr| {
            range.is_none_or(|(not, range)| range.contains(ip) != not)
        };
        let asked = [
            (range(rule.source, p.src.into()), Mismatch::Source),
            (range(rule.destination, p.dst.into()), Mismatch::Destination),
            (rule.proto.is_none_or(|proto| proto == p.proto), Mismatch::Protocol),
        ];
        if let Some((_, why)) = asked.iter().find(|(fits, _)| !fits) {
            return Fit::No(*why);
        }
        let (mut draw, mut pin) = (None, None);
        for m in &rule.matches {
            let (fits, why) = match m {
                Match::Comment(_) | Match::Nfacct(_) => continue,
                Match::Transport(proto) => (*proto == p.proto, Mismatch::Protocol),
                Match::Dport(proto, port) => (*proto == p.proto && *port == p.dport, Mismatch::Port),
                Match::CtState { not, states } => {
                    let mut mine = vec!["NEW"];
                    mine.extend(self.memory.dnat.then_some("DNAT"));
                    (states.split(',').any(|s| mine.contains(&s)) != *not, Mismatch::State)
                }
                Match::Mark { not } => (self.memory.mark != *not, Mismatch::Mark),
                Match::Local { source: true } => (self.config.is_local(p.src.into()), Mismatch::SourceType),
                Match::Local { source: false } => (self.config.is_local(p.dst.into()), Mismatch::DestinationType),
                Match::RecentCheck { seconds, list } => {
                    match self.env.recent.check(list, p.src, *seconds, self.env.now) {
                        Some(left) => {
                            pin = Some(Pin::Hit(left));
                            continue;
                        }
                        None => return Fit::Miss(None, Some(Pin::Checked)),
                    }
                }
                Match::RecentSet(list) => {
                    self.env.recent.set(list, p.src, self.env.now);
                    pin = Some(Pin::Made(Duration(0)));
                    continue;
                }
                Match::Statistic(threshold) => {
                    let drawn = self.env.random.bits31();
                    draw = Some((*threshold, drawn));
                    if drawn >= *threshold {
                        return Fit::Miss(draw, None);
                    }
                    continue;
                }
            };
            if !fits {
                return Fit::No(why);
            }
        }
        Fit::Yes(draw, pin)
    }
}
