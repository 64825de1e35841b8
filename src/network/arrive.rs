//! The end of a packet's way: a listener or none, what conntrack keeps of it, and the way of the answer.

use super::conntrack::{Flow, FlowState};
use super::host::{Host, HostId, HostKind};
use super::node::Network;
use super::packet::{Connection, Dial, Life, Outcome, Packet, Place, Protocol, Verdict};
use super::path::{Kept, NODES_MAX, Passed};
use super::trace::Recorder;
use crate::sim::Time;

impl Network {
    /// At the end of the way: is anyone listening?
    pub(super) fn arrive<R: Recorder>(
        &self,
        host: HostId,
        packet: Packet,
        server: Option<(HostId, Packet)>,
        recorder: &mut R,
    ) -> Outcome {
        let listens = |h: &&Host| h.listens(packet.proto, packet.dport, packet.dst);
        let machine = self.host(host);
        let found = match machine.map(|h| h.kind) {
            Some(HostKind::Node) => machine.filter(listens).or_else(|| {
                let pods = self.node_ref(host).map(|n| n.host_pods.as_slice()).unwrap_or_default();
                pods.iter().filter_map(|p| self.host(*p)).find(listens)
            }),
            Some(HostKind::Outside) => {
                recorder.hop(host, Place::Server, Verdict::Vanish, packet, packet);
                return Outcome::Lost { host };
            }
            _ => machine.filter(listens),
        };
        // kube-proxy itself listens for health checks on every node.
        let asked = || packet.proto == Protocol::Tcp && self.health_check(host, packet.dport).is_some();
        let machine_answers = || machine.filter(|h| h.kind == HostKind::Node && asked());
        let found = found.or_else(machine_answers);
        // Of an open connection only who serves it knows, under the addresses that it has there.
        let known = |h: &&Host| server.is_none_or(|(host, seen)| host == h.id && seen == packet);
        match found.filter(known) {
            Some(listener) => {
                recorder.hop(listener.id, Place::Server, Verdict::Deliver, packet, packet);
                Outcome::Accepted { host: listener.id }
            }
            None => {
                recorder.hop(host, Place::Server, Verdict::Refuse, packet, packet);
                Outcome::Refused { host }
            }
        }
    }
    /// What the nodes' conntrack keeps of it.
    pub(super) fn remember(&mut self, now: Time, dial: &Dial, outcome: Outcome, passed: &Passed) {
        let tcp = dial.proto == Protocol::Tcp;
        let state = match outcome {
            Outcome::Accepted { .. } if tcp && dial.life == Life::Open => FlowState::Established,
            Outcome::Accepted { .. } if tcp => FlowState::TimeWait,
            Outcome::Accepted { .. } => FlowState::Replied,
            Outcome::Refused { .. } if tcp => FlowState::Close,
            _ if tcp => FlowState::SynSent,
            _ => FlowState::Unreplied,
        };
        for (at, flow, kept) in passed.list.iter().take(passed.len).flatten() {
            let Some(node) = self.nodes.get_mut(*at) else { continue };
            if *kept == Kept::Known {
                let answered = !matches!(state, FlowState::SynSent | FlowState::Unreplied);
                if answered || flow.state.unreplied() {
                    node.flows.refresh(&flow.original, state, now);
                }
            } else if state != FlowState::Close {
                // A flow whose first answer is a reset is forgotten at once: upstream nf_conntrack_proto_tcp.c.
                let flow = Flow { state, expires: now + state.timeout(), ..*flow };
                node.flows.insert(flow, *kept == Kept::Fresh);
            }
        }
    }
    /// The way of the answer: each node undoes what it did.
    pub(super) fn answer<R: Recorder>(
        &self,
        client: HostId,
        outcome: Outcome,
        end: Packet,
        passed: &Passed,
        recorder: &mut R,
    ) {
        let server = match outcome {
            Outcome::Accepted { host } | Outcome::Refused { host } => host,
            _ => return,
        };
        let mut packet = end.reversed();
        recorder.reply(server, Place::Server, Verdict::Continue, packet, packet);
        for (at, flow, _) in passed.list.iter().take(passed.len).rev().flatten() {
            let Some(node) = self.nodes.get(*at) else { continue };
            let back = flow.original.reversed();
            recorder.reply(node.host, Place::Conntrack, Verdict::Continue, packet, back);
            packet = back;
        }
        // The user's machine is the gateway of all other clients outside.
        if passed.len > 0 && self.host(client).is_some_and(|h| h.kind == HostKind::Outside) {
            recorder.reply(self.user(), Place::Arrive, Verdict::Continue, packet, packet);
        }
        recorder.reply(client, Place::Client, Verdict::Deliver, packet, packet);
    }
    /// An open connection is closed by one side and then the other: the nodes that it passes keep it for a while yet.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub fn close(&mut self, now: Time, connection: &Connection) {
        let mut packet = connection.client;
        for _ in 0..NODES_MAX {
            let mut next = packet;
            for node in &mut self.nodes {
                if let Some(flow) = node.flows.get(&packet).copied() {
                    node.flows.refresh(&packet, FlowState::TimeWait, now);
                    next = flow.rewritten();
                }
            }
            if next == packet {
                break;
            }
            packet = next;
        }
    }
}
