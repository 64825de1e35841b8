//! Packets and what became of them: the plain data that the stage, the inspector and the lists show.

use super::host::HostId;
use super::iptables::walk::Mismatch;
use super::iptables::{ChainName, NodeRules, Rule, Table};
use crate::sim::Duration;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;

/// Transport protocol of a Service port or a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `TCP`
    #[default]
    Tcp,
    /// `UDP`
    Udp,
    /// `SCTP`
    Sctp,
}

impl Protocol {
    /// From the API's spelling; empty is TCP.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "TCP" => Some(Self::Tcp),
            "UDP" => Some(Self::Udp),
            "SCTP" => Some(Self::Sctp),
            _ => None,
        }
    }
    /// `tcp`: as iptables and chain names spell it.
    pub const fn lower(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
    /// `TCP`: as the API spells it.
    pub const fn upper(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
    /// The number in the IP header.
    pub const fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Sctp => 132,
        }
    }
}

/// What identifies a flow: a packet's header as far as rules, NAT and conntrack look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Packet {
    /// Transport protocol.
    pub proto: Protocol,
    /// Source address.
    pub src: Ipv4Addr,
    /// Source port.
    pub sport: u16,
    /// Destination address.
    pub dst: Ipv4Addr,
    /// Destination port.
    pub dport: u16,
}

impl Packet {
    /// The packet that answers this one.
    pub const fn reversed(self) -> Self {
        Self { proto: self.proto, src: self.dst, sport: self.dport, dst: self.src, dport: self.sport }
    }
    /// Source as `ip:port`.
    pub const fn source(self) -> SocketAddrV4 {
        SocketAddrV4::new(self.src, self.sport)
    }
    /// Destination as `ip:port`.
    pub const fn destination(self) -> SocketAddrV4 {
        SocketAddrV4::new(self.dst, self.dport)
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} → {}", self.proto.lower(), self.source(), self.destination())
    }
}

/// Who wants to reach what.
#[derive(Clone, Copy, Debug)]
pub struct Dial {
    /// On which host the client runs.
    pub from: HostId,
    /// Transport protocol.
    pub proto: Protocol,
    /// Address dialled.
    pub dst: Ipv4Addr,
    /// Port dialled.
    pub port: u16,
    /// The client's port; `None`: an ephemeral one is drawn.
    pub source_port: Option<u16>,
    /// What becomes of the connection afterwards.
    pub life: Life,
    /// Whether to record a [`Trace`].
    pub trace: bool,
}

impl Dial {
    /// A traced TCP request that ends at once, as curl's.
    pub const fn tcp(from: HostId, dst: Ipv4Addr, port: u16) -> Self {
        Self { from, proto: Protocol::Tcp, dst, port, source_port: None, life: Life::Request, trace: true }
    }
    /// A traced UDP question.
    pub const fn udp(from: HostId, dst: Ipv4Addr, port: u16) -> Self {
        Self { proto: Protocol::Udp, ..Self::tcp(from, dst, port) }
    }
    /// Without a trace: the fast path.
    pub const fn untraced(mut self) -> Self {
        self.trace = false;
        self
    }
}

/// How long a connection lives; it decides what conntrack remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// Opened, answered, closed: TCP entries stay in TIME_WAIT for 120 s.
    #[default]
    Request,
    /// Stays open (ESTABLISHED, 5 days): later packets follow the entry ([`super::Network::send`]).
    Open,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Something listens there and answers.
    Accepted {
        /// The Pod, node or machine that answers.
        host: HostId,
    },
    /// The packet arrived, nobody listens on the port: TCP reset (UDP: ICMP port unreachable). curl: exit code 7 at once.
    Refused {
        /// Where it arrived.
        host: HostId,
    },
    /// A rule with target REJECT answered ICMP port unreachable. curl: exit code 7 at once.
    Rejected {
        /// The node whose rule it was.
        node: HostId,
    },
    /// A rule with target DROP ate it: the client waits until it gives up. curl: exit code 28.
    Dropped {
        /// The node whose rule it was.
        node: HostId,
    },
    /// No one answers (an address beyond the cluster, a Pod that is gone, a node that is down, or an open connection
    /// whose entry leads nowhere): the client waits until it gives up. curl: exit code 28.
    Lost {
        /// Where it was last seen.
        host: HostId,
    },
    /// ICMP host unreachable, or no route at the sender. curl: exit code 7 after that time.
    Unreachable {
        /// Who says so.
        host: HostId,
        /// When: 0 for a missing route, 3 s where nobody answers ARP.
        after: Duration,
    },
}

impl Outcome {
    /// Whether the request was answered by a listener.
    pub const fn accepted(self) -> Option<HostId> {
        match self {
            Self::Accepted { host } => Some(host),
            _ => None,
        }
    }
    /// Whether the client hears nothing at all and has to wait.
    pub const fn silent(self) -> bool {
        matches!(self, Self::Dropped { .. } | Self::Lost { .. })
    }
}

/// What one attempt gave.
#[derive(Clone, Debug)]
pub struct Connection {
    /// How it ended.
    pub outcome: Outcome,
    /// The flow as the client has it.
    pub client: Packet,
    /// The flow as it was where it ended: source seen by the server, destination after all rewriting.
    pub server: Packet,
    /// Every hop, where asked for.
    pub trace: Option<Box<Trace>>,
}

/// Where on a host a hop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The client's socket.
    Client,
    /// A network interface where the packet comes in: a node's `eth0`, a Pod's link.
    Arrive,
    /// A rule was looked at: see [`Hop::rule`].
    Rule,
    /// The conntrack entry of an earlier packet of the flow decides; nat rules are not asked.
    Conntrack,
    /// The routing decision of a node.
    Route,
    /// The packet leaves through an interface.
    Leave,
    /// The listener (or its absence) at the end.
    Server,
}

/// What a rule did to the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet, it goes on.
    Continue,
    /// The rule's chance or pin did not match: on to the next rule.
    Miss,
    /// The rule does not match; written down only by [`super::Network::would_meet`].
    Pass(Mismatch),
    /// Jump to another chain.
    Jump(ChainName),
    /// Marked for masquerading.
    Mark,
    /// Back to the calling chain.
    Return,
    /// Destination rewritten.
    Dnat,
    /// Source rewritten.
    Masquerade,
    /// Accepted by the rule or the policy.
    Accept,
    /// Thrown away silently.
    Drop,
    /// Answered with ICMP port unreachable.
    Reject,
    /// Handed over to the next host.
    Forward(HostId),
    /// Handed to a listener.
    Deliver,
    /// Nobody listens.
    Refuse,
    /// Nobody is there.
    Vanish,
    /// No route, or nobody answers ARP.
    Unreachable,
}

/// A rule by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleRef {
    /// Which of [`Trace::rules`] it is in.
    pub set: u8,
    /// Its table.
    pub table: Table,
    /// Its chain.
    pub chain: ChainName,
    /// Its number in the chain, from 1, as `iptables -L --line-numbers` counts.
    pub number: u32,
}

/// What session affinity had to do with a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// The list was asked and does not hold the client.
    Checked,
    /// The client is pinned to this endpoint for so much longer (before this connection renews it).
    Hit(Duration),
    /// The client was written into the list, for so long.
    Made(Duration),
}

/// One step of a packet. Plain data; texts are made on demand by [`Trace`]'s methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// On which host.
    pub host: HostId,
    /// Where on it.
    pub place: Place,
    /// What happened.
    pub verdict: Verdict,
    /// The rule that was looked at.
    pub rule: Option<RuleRef>,
    /// Of `-m statistic`: threshold and draw, both in units of 1/2^31; it matches where the draw is below.
    pub draw: Option<(u32, u32)>,
    /// Of `-m recent`.
    pub pin: Option<Pin>,
    /// The packet before.
    pub before: Packet,
    /// The packet after.
    pub after: Packet,
}

/// The whole way of one request and of its answer.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The request's steps.
    pub hops: Vec<Hop>,
    /// The answer's steps; empty where nothing answers.
    pub reply: Vec<Hop>,
    /// The rule sets as they were, by [`RuleRef::set`].
    pub rules: Vec<Rc<NodeRules>>,
}

impl Trace {
    /// Takes all out of it; the room stays.
    pub(super) fn clear(&mut self) {
        self.hops.clear();
        self.reply.clear();
        self.rules.clear();
    }
    /// The rule of a hop.
    pub fn rule(&self, hop: &Hop) -> Option<&Rule> {
        let at = hop.rule?;
        self.rules.get(usize::from(at.set))?.rule(at.table, at.chain, at.number)
    }
    /// The rule of a hop as `iptables-save` prints it.
    pub fn rule_text(&self, hop: &Hop) -> Option<String> {
        Some(self.rule(hop)?.text(hop.rule?.chain, false))
    }
    /// Probability and draw of a hop as numbers from 0 to 1.
    pub fn chance(hop: &Hop) -> Option<(f64, f64)> {
        hop.draw.map(|(p, d)| (f64::from(p) / 2_147_483_648.0, f64::from(d) / 2_147_483_648.0))
    }
}
