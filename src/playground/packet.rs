//! What rules a packet would meet, asked of copies of the nodes' memory and of chance: nothing is remembered or drawn.

use super::Playground;
use super::scene::internal_ip;
use crate::api::ObjectExt;
use crate::api::resource::{NODES, SERVICES};
pub use crate::network::Mismatch;
use crate::network::{Dial, Hop, HostId, Outcome, Pin, Protocol, Trace, Verdict};
use std::net::SocketAddrV4;

/// What a rule does to the packet, or why it does not match.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It does not match; what the packet has where the rule asks for something else.
    Passed(Mismatch, String),
    /// Its chance did not come.
    Missed,
    /// The client is not pinned to that endpoint.
    Unpinned,
    /// On in another chain.
    Jump(String),
    /// Back to the calling chain.
    Return,
    /// Marked for masquerading.
    Mark,
    /// The destination becomes this one.
    Dnat(String),
    /// The source becomes this one.
    Snat(String),
    /// Accepted.
    Accept,
    /// Thrown away.
    Drop,
    /// Answered with an error.
    Reject,
    /// It goes on with the next rule.
    Next,
}

/// One rule that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Met {
    /// On which node.
    pub node: String,
    /// In which table.
    pub table: &'static str,
    /// In which chain.
    pub chain: String,
    /// Its number there, from 1.
    pub number: u32,
    /// The rule as `iptables-save` prints it.
    pub rule: String,
    /// Of a rule that goes by chance: how probable it is, and what is drawn this time.
    pub chance: Option<(f64, f64)>,
    /// Of a pin that holds: for how many seconds more.
    pub pinned_s: Option<u64>,
    /// What comes of it.
    pub fate: Fate,
}

/// How a packet's way ends, at which host.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Somebody listens there.
    Accepted(String),
    /// Nobody listens there.
    Refused(String),
    /// A rule of that node rejects it.
    Rejected(String),
    /// A rule of that node drops it.
    Dropped(String),
    /// Nobody answers.
    Lost,
    /// There is no way to the address.
    Unreachable,
}

/// The rules that a packet would meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    /// When that was asked, in microseconds since the session began.
    pub at_us: u64,
    /// The packet as it sets out: `tcp 192.168.49.1:40000 → 192.168.49.3:30001`.
    pub packet: String,
    /// The rules in order.
    pub met: Vec<Met>,
    /// How it ends.
    pub end: End,
}

impl Playground {
    /// What rules a packet from a sender to `address:port` would meet now; `None` if the address is none.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub fn ask_packet(&self, from: &str, to: &str, proto: &str) -> Option<Meeting> {
        let to = self.address(to.trim().trim_start_matches("http://").trim_end_matches('/'))?;
        let dial = Dial { proto: Protocol::parse(proto)?, ..Dial::tcp(self.host(from)?, *to.ip(), to.port()) };
        let cluster = &self.moment.cluster;
        let connection = cluster.network().would_meet(cluster.now, &cluster.random, &dial);
        let trace = connection.trace.as_deref()?;
        let name = |id: HostId| cluster.network().host(id).map(|h| h.name.to_string()).unwrap_or_default();
        let end = match connection.outcome {
            Outcome::Accepted { host } => End::Accepted(name(host)),
            Outcome::Refused { host } => End::Refused(name(host)),
            Outcome::Rejected { node } => End::Rejected(name(node)),
            Outcome::Dropped { node } => End::Dropped(name(node)),
            Outcome::Lost { .. } => End::Lost,
            Outcome::Unreachable { .. } => End::Unreachable,
        };
        let met = trace.hops.iter().filter_map(|hop| met(trace, hop, name(hop.host))).collect();
        Some(Meeting { at_us: self.shown_us(), packet: connection.client.to_string(), met, end })
    }

    /// An address and port, or what a name and port stand for: a Service's ClusterIP, a node.
    fn address(&self, to: &str) -> Option<SocketAddrV4> {
        let (host, port) = match to.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (to, 80),
        };
        let (name, rest) = host.split_once('.').unwrap_or((host, ""));
        let namespace = rest.split('.').next().filter(|n| !n.is_empty()).unwrap_or("default");
        let store = &self.moment.cluster.store;
        let service = || store.find(&SERVICES, namespace, name)?.str_at("spec.clusterIP").parse().ok();
        let node = || internal_ip(store.find(&NODES, "", host)?).parse().ok();
        let ip = host.parse().ok().or_else(service).or_else(node)?;
        Some(SocketAddrV4::new(ip, port))
    }
}

fn met(trace: &Trace, hop: &Hop, node: String) -> Option<Met> {
    let at = hop.rule?;
    let packet = hop.before;
    let fate = match hop.verdict {
        Verdict::Pass(why) => {
            let has = match why {
                Mismatch::Source | Mismatch::SourceType => packet.src.to_string(),
                Mismatch::Destination | Mismatch::DestinationType => packet.dst.to_string(),
                Mismatch::Protocol => packet.proto.lower().into(),
                Mismatch::Port => packet.dport.to_string(),
                Mismatch::State => "NEW".into(),
                Mismatch::Mark => "0x4000".into(),
            };
            Fate::Passed(why, has)
        }
        Verdict::Miss if hop.draw.is_some() => Fate::Missed,
        Verdict::Miss => Fate::Unpinned,
        Verdict::Jump(to) => Fate::Jump(to.to_string()),
        Verdict::Return => Fate::Return,
        Verdict::Mark => Fate::Mark,
        Verdict::Dnat => Fate::Dnat(hop.after.destination().to_string()),
        Verdict::Masquerade => Fate::Snat(hop.after.source().to_string()),
        Verdict::Accept => Fate::Accept,
        Verdict::Drop => Fate::Drop,
        Verdict::Reject => Fate::Reject,
        _ => Fate::Next,
    };
    Some(Met {
        node,
        table: at.table.name(),
        chain: at.chain.to_string(),
        number: at.number,
        rule: trace.rule_text(hop).unwrap_or_default(),
        chance: Trace::chance(hop),
        pinned_s: match hop.pin {
            Some(Pin::Hit(left)) => Some(left.as_secs()),
            _ => None,
        },
        fate,
    })
}
