//! The way of a packet: from the client's socket through nodes to a listener, and back.

use super::conntrack::{Flow, FlowState};
use super::host::{HostId, HostKind};
use super::iptables::walk::{Decision, Env, Hook, Memory, Nobody, walk};
use super::iptables::{NodeRules, Table, compiled};
use super::node::Network;
use super::packet::{Connection, Dial, Life, Outcome, Packet, Place, Trace, Verdict};
use super::trace::{Collector, Recorder};
use crate::sim::{Duration, Random, Stream, Time};
use std::net::Ipv4Addr;

/// How long ARP tries before the kernel says that a host is unreachable.
const ARP_TIMEOUT: Duration = Duration::millis(3_056);
/// First ephemeral port and how many there are (`net.ipv4.ip_local_port_range`).
const EPHEMERAL: (u16, u64) = (32_768, 28_232);
/// The most nodes that a packet passes.
pub(super) const NODES_MAX: usize = 3;

/// Where a node sends a packet.
#[derive(Clone, Copy)]
enum Route {
    /// To the node's own processes.
    Local,
    /// To a Pod of the node.
    Pod(HostId),
    /// To another node.
    Node(HostId),
    /// To the user's machine or, through it, to a client outside.
    Outside(HostId),
    /// To the default gateway, from where nothing comes back.
    Beyond,
    /// Into the nodes' network, where nobody has the address.
    Nobody,
}

/// What a node made of a packet.
enum Step {
    Node(HostId, Packet),
    Arrived(HostId, Packet),
    End(Outcome, Packet),
}

/// How a node's conntrack stands to a flow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// It has the flow.
    Known,
    /// It has not, and nothing like it.
    Fresh,
    /// It may have something that must go first.
    Anew,
}

/// The nodes that a packet passed, with the flow it is part of there.
#[derive(Default)]
pub(super) struct Passed {
    pub list: [Option<(usize, Flow, Kept)>; NODES_MAX],
    pub len: usize,
}

impl Passed {
    #[inline]
    fn push(&mut self, node: usize, flow: Flow, known: Kept) {
        if let Some(slot) = self.list.get_mut(self.len) {
            *slot = Some((node, flow, known));
            self.len += 1;
        }
    }
}

/// What a node's rules make of a packet. The compiled ones decide; for who wants to hear of every rule they are walked
/// one by one, which decides the same.
#[inline]
fn decide<R: Recorder>(
    rules: &NodeRules,
    at: (Table, Hook),
    packet: Packet,
    memory: &mut Memory,
    env: &mut Env<'_>,
    recorder: &mut R,
) -> Decision {
    if R::ON && recorder.every() {
        walk(rules, at, packet, memory, env, recorder)
    } else {
        compiled::run(rules, at, packet, memory, env, recorder)
    }
}

impl Network {
    /// What a connection would meet if it were opened now, rule by rule, also those that don't match. Copies of the nodes'
    /// memory and of chance are asked, so that nothing is remembered or drawn.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub fn would_meet(&self, now: Time, random: &Random, dial: &Dial) -> Connection {
        let (mut network, mut random, mut collector) =
            (self.clone(), random.clone(), Collector::new(true, Trace::default()));
        let (outcome, client, server) = network.go(now, &mut random, dial, None, &mut collector);
        Connection { outcome, client, server, trace: Some(Box::new(collector.trace)) }
    }
    /// Opens a connection (or sends the first datagram) and follows it to its end; conntrack and pins remember it.
    pub fn connect(&mut self, now: Time, random: &mut Random, dial: &Dial) -> Connection {
        self.dial(now, random, dial, None)
    }
    /// A later packet of an open connection: it follows the nodes' conntrack entries, whatever the rules say now. A
    /// server that does not know the connection resets it ([`Outcome::Refused`]).
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub fn send(&mut self, now: Time, random: &mut Random, from: HostId, connection: &Connection) -> Connection {
        let Packet { proto, dst, dport, sport, .. } = connection.client;
        let dial = Dial {
            from,
            proto,
            dst,
            port: dport,
            source_port: Some(sport),
            life: Life::Open,
            trace: connection.trace.is_some(),
        };
        self.dial(now, random, &dial, connection.outcome.accepted().map(|host| (host, connection.server)))
    }
    fn dial(&mut self, now: Time, random: &mut Random, dial: &Dial, server: Option<(HostId, Packet)>) -> Connection {
        if !dial.trace {
            let (outcome, client, server) = self.go(now, random, dial, server, &mut Nobody);
            return Connection { outcome, client, server, trace: None };
        }
        let mut collector = Collector::new(false, std::mem::take(&mut self.paper));
        let (outcome, client, server) = self.go(now, random, dial, server, &mut collector);
        // Thousands are kept: none is longer than it must be.
        let trace = Some(Box::new(collector.trace.clone()));
        collector.trace.clear();
        self.paper = collector.trace;
        Connection { outcome, client, server, trace }
    }

    fn go<R: Recorder>(
        &mut self,
        now: Time,
        random: &mut Random,
        dial: &Dial,
        server: Option<(HostId, Packet)>,
        recorder: &mut R,
    ) -> (Outcome, Packet, Packet) {
        let sport = dial.source_port.unwrap_or_else(|| EPHEMERAL.0 + random.below(Stream::Ports, EPHEMERAL.1) as u16);
        let mut packet =
            Packet { proto: dial.proto, src: Ipv4Addr::UNSPECIFIED, sport, dst: dial.dst, dport: dial.port };
        let Some(host) = self.host(dial.from) else {
            return (Outcome::Unreachable { host: dial.from, after: Duration(0) }, packet, packet);
        };
        let (from, host_kind) = (host.id, host.kind);
        let own = host.ip == dial.dst || dial.dst.is_loopback();
        let first = match host.kind {
            HostKind::Pod | HostKind::Node => {
                let at = host.node.and_then(|n| self.node_index(n));
                let on_host = at.is_some_and(|at| self.nodes[at].ip == host.ip);
                packet.src = host.ip;
                match at {
                    Some(at) if on_host => {
                        packet.src = self.source_on(at, dial.dst);
                        Ok((at, Hook::Output))
                    }
                    Some(at) if !own => Ok((at, Hook::Prerouting)),
                    _ => Err(None),
                }
            }
            _ if own => Err(None),
            kind => {
                packet.src = host.ip;
                match self.enter(kind, dial.dst) {
                    Ok(node) => self.node_index(node).map(|at| (at, Hook::Prerouting)).ok_or(None),
                    Err(outcome) => Err(Some(outcome)),
                }
            }
        };
        if own && first.is_err() {
            packet.src = dial.dst;
        }
        let client = packet;
        recorder.hop(from, Place::Client, Verdict::Continue, client, client);
        let outside = host_kind == HostKind::Outside && !own;
        if outside {
            recorder.hop(self.user(), Place::Arrive, Verdict::Continue, client, client);
        }
        let mut passed = Passed::default();
        let step = match first {
            Ok((at, hook)) => self.pass_nodes(now, random, (at, hook), packet, server.is_some(), &mut passed, recorder),
            Err(None) => Step::Arrived(from, packet),
            Err(Some(outcome)) => {
                let verdict = if outcome.silent() { Verdict::Vanish } else { Verdict::Unreachable };
                let decides = if outside { self.user() } else { from };
                recorder.hop(decides, Place::Route, verdict, packet, packet);
                Step::End(outcome, packet)
            }
        };
        let (outcome, end) = match step {
            Step::Arrived(host, packet) => (self.arrive(host, packet, server, recorder), packet),
            Step::End(outcome, packet) => (outcome, packet),
            Step::Node(host, packet) => (Outcome::Lost { host }, packet),
        };
        self.remember(now, dial, outcome, &passed);
        if R::ON {
            self.answer(from, outcome, end, &passed, recorder);
        }
        (outcome, client, end)
    }
    /// The source address that a node's own process gets.
    fn source_on(&self, at: usize, dst: Ipv4Addr) -> Ipv4Addr {
        let node = &self.nodes[at];
        if dst.is_loopback() {
            return Ipv4Addr::LOCALHOST;
        }
        match self.route(at, dst) {
            Route::Local => dst,
            Route::Pod(_) => node.gateway,
            _ => node.ip,
        }
    }
    /// Which node a client outside hands its packet to.
    fn enter(&self, kind: HostKind, dst: Ipv4Addr) -> Result<HostId, Outcome> {
        let user = self.user();
        let node = self.book.get(dst).and_then(|id| self.host(id)).filter(|h| h.kind == HostKind::Node);
        match (node, kind) {
            (Some(node), _) if node.up => Ok(node.id),
            _ if self.lan.contains(dst.into()) => Err(Outcome::Unreachable { host: user, after: ARP_TIMEOUT }),
            (_, HostKind::User) => Err(Outcome::Unreachable { host: user, after: Duration(0) }),
            _ => Err(Outcome::Lost { host: user }),
        }
    }
    fn route(&self, at: usize, dst: Ipv4Addr) -> Route {
        let node = &self.nodes[at];
        if dst == node.ip || dst == node.gateway || dst.is_loopback() {
            return Route::Local;
        }
        match self.book.get(dst).and_then(|id| self.host(id)) {
            Some(host) => match (host.kind, host.node) {
                (HostKind::Pod, Some(n)) if n == node.host => Route::Pod(host.id),
                (HostKind::Pod, Some(n)) => Route::Node(n),
                (HostKind::Pod, None) => Route::Beyond,
                (HostKind::Node, _) => Route::Node(host.id),
                (HostKind::User | HostKind::Outside, _) => Route::Outside(host.id),
            },
            None if self.lan.contains(dst.into()) => Route::Nobody,
            None => {
                let ip = dst.to_bits();
                let before = self.ranges.partition_point(|(first, ..)| *first <= ip).checked_sub(1);
                match before.and_then(|i| self.ranges.get(i)) {
                    Some((_, last, owner)) if ip <= *last && *owner != node.host => Route::Node(*owner),
                    _ => Route::Beyond,
                }
            }
        }
    }
    #[allow(clippy::too_many_arguments)]
    fn pass_nodes<R: Recorder>(
        &mut self,
        now: Time,
        random: &mut Random,
        (mut at, mut hook): (usize, Hook),
        mut packet: Packet,
        later: bool,
        passed: &mut Passed,
        recorder: &mut R,
    ) -> Step {
        for _ in 0..NODES_MAX {
            let host = self.nodes[at].host;
            if self.host(host).is_none_or(|h| !h.up) {
                recorder.hop(host, Place::Arrive, Verdict::Vanish, packet, packet);
                return Step::End(Outcome::Lost { host }, packet);
            }
            match self.pass(now, random, at, hook, packet, later, passed, recorder) {
                Step::Node(next, out) => {
                    let Some(index) = self.node_index(next) else { return Step::End(Outcome::Lost { host }, out) };
                    (at, hook, packet) = (index, Hook::Prerouting, out);
                }
                step => return step,
            }
        }
        Step::End(Outcome::Lost { host: self.nodes[at].host }, packet)
    }
    /// One node: conntrack, nat, routing, filter, nat again.
    #[allow(clippy::too_many_arguments)]
    fn pass<R: Recorder>(
        &mut self,
        now: Time,
        random: &mut Random,
        at: usize,
        hook: Hook,
        packet: Packet,
        later: bool,
        passed: &mut Passed,
        recorder: &mut R,
    ) -> Step {
        let node = &mut self.nodes[at];
        let (host, rules) = (node.host, node.rules());
        recorder.node(host, &rules);
        if hook == Hook::Prerouting {
            recorder.hop(host, Place::Arrive, Verdict::Continue, packet, packet);
        }
        let before = node.flows.get(&packet).copied();
        let over = |f: &Flow| f.expires <= now || (!later && matches!(f.state, FlowState::TimeWait | FlowState::Close));
        let known = before.filter(|f| !over(f));
        let (mut out, mut memory) = (packet, Memory::default());
        let mut env = Env { now, recent: &mut node.recent, random };
        match known {
            Some(flow) => {
                (out.dst, out.dport) = (flow.reply.src, flow.reply.sport);
                recorder.hop(host, Place::Conntrack, Verdict::Continue, packet, out);
            }
            None => {
                let nat = decide(&rules, (Table::Nat, hook), packet, &mut memory, &mut env, recorder);
                if let Decision::Dnat(to) = nat {
                    (out.dst, out.dport) = (*to.ip(), to.port());
                    memory.dnat = true;
                }
            }
        }
        let route = self.route(at, out.dst);
        self.route_hop(host, route, out, recorder);
        let node = &mut self.nodes[at];
        let mut env = Env { now, recent: &mut node.recent, random };
        if known.is_none() {
            let local = matches!(route, Route::Local);
            let hooks = match (hook, local) {
                (Hook::Output, true) => [Some(Hook::Output), Some(Hook::Input)],
                (Hook::Output, false) => [Some(Hook::Output), None],
                (_, true) => [Some(Hook::Input), None],
                (_, false) => [Some(Hook::Forward), None],
            };
            for filter in hooks.into_iter().flatten() {
                match decide(&rules, (Table::Filter, filter), out, &mut memory, &mut env, recorder) {
                    Decision::Drop => return Step::End(Outcome::Dropped { node: host }, out),
                    Decision::Reject => return Step::End(Outcome::Rejected { node: host }, out),
                    _ => {}
                }
            }
            let leaves = hook == Hook::Output || !local;
            let (nat, marked) = ((Table::Nat, Hook::Postrouting), memory.mark);
            if leaves && decide(&rules, nat, out, &mut memory, &mut env, recorder) == Decision::Masquerade {
                out.src = if matches!(route, Route::Pod(_)) { node.gateway } else { node.ip };
                if marked {
                    out.sport = 1024 + env.random.below(Stream::Ports, 64_512) as u16; // --random-fully
                }
                recorder.rewritten(out);
            }
            let kept = if before.is_none() { Kept::Fresh } else { Kept::Anew };
            let state = FlowState::Unreplied;
            passed.push(at, Flow { original: packet, reply: out.reversed(), state, expires: now }, kept);
        } else if let Some(flow) = known {
            let rewritten = flow.rewritten();
            if rewritten != out {
                recorder.hop(host, Place::Conntrack, Verdict::Continue, out, rewritten);
            }
            out = rewritten;
            passed.push(at, flow, Kept::Known);
        }
        match route {
            Route::Local => Step::Arrived(host, out),
            Route::Pod(pod) => {
                recorder.hop(host, Place::Leave, Verdict::Forward(pod), out, out);
                Step::Arrived(pod, out)
            }
            Route::Node(next) => {
                recorder.hop(host, Place::Leave, Verdict::Forward(next), out, out);
                Step::Node(next, out)
            }
            Route::Outside(machine) => {
                recorder.hop(host, Place::Leave, Verdict::Forward(machine), out, out);
                if machine != self.user() {
                    recorder.hop(self.user(), Place::Arrive, Verdict::Continue, out, out);
                }
                Step::Arrived(machine, out)
            }
            // Who has the address is asked last of all, when the packet is about to leave.
            Route::Nobody => {
                recorder.hop(host, Place::Leave, Verdict::Unreachable, out, out);
                Step::End(Outcome::Unreachable { host, after: ARP_TIMEOUT }, out)
            }
            Route::Beyond => {
                let user = self.user();
                recorder.hop(host, Place::Leave, Verdict::Vanish, out, out);
                Step::End(Outcome::Lost { host: user }, out)
            }
        }
    }
    fn route_hop<R: Recorder>(&self, host: HostId, route: Route, out: Packet, recorder: &mut R) {
        let verdict = match route {
            Route::Local => Verdict::Deliver,
            Route::Pod(to) | Route::Node(to) | Route::Outside(to) => Verdict::Forward(to),
            Route::Beyond => Verdict::Forward(self.user()),
            Route::Nobody => Verdict::Continue,
        };
        recorder.hop(host, Place::Route, verdict, out, out);
    }
}
