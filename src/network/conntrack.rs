//! One node's connection tracking: what became of a flow's first packet holds for all that follow.
//!
//! upstream: net/netfilter/nf_conntrack_core.c, nf_conntrack_proto_tcp.c, nf_conntrack_proto_udp.c

use super::packet::{Packet, Protocol};
use crate::sim::{Duration, Time};
use std::net::Ipv4Addr;

/// How many flows a node remembers; the oldest that is not open makes room.
pub const TABLE_MAX: usize = 16_384;

/// State of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowState {
    /// TCP: opened, not answered yet
    SynSent,
    /// TCP: open
    Established,
    /// TCP: closed by both sides
    TimeWait,
    /// TCP: reset
    Close,
    /// UDP, SCTP: not answered yet
    Unreplied,
    /// UDP, SCTP: answered
    Replied,
}

impl FlowState {
    /// `nf_conntrack_*_timeout_*`
    pub const fn timeout(self) -> Duration {
        Duration::secs(match self {
            Self::SynSent | Self::TimeWait => 120,
            Self::Established => 432_000,
            Self::Close => 10,
            Self::Unreplied | Self::Replied => 30,
        })
    }
    /// As `conntrack -L` prints it; empty for UDP.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SynSent => "SYN_SENT",
            Self::Established => "ESTABLISHED",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
            Self::Unreplied | Self::Replied => "",
        }
    }
    /// Whether no answer was seen.
    pub const fn unreplied(self) -> bool {
        matches!(self, Self::SynSent | Self::Unreplied)
    }
}

/// One flow: its packet as it came, and the answer as it is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The first packet's header before any rewriting.
    pub original: Packet,
    /// The header of answers.
    pub reply: Packet,
    /// Its state.
    pub state: FlowState,
    /// When it is forgotten.
    pub expires: Time,
}

impl Flow {
    /// The packet after this node's rewriting.
    pub const fn rewritten(&self) -> Packet {
        self.reply.reversed()
    }
    /// Whether the destination was rewritten.
    pub fn dnat(&self) -> bool {
        (self.original.dst, self.original.dport) != (self.reply.src, self.reply.sport)
    }
    /// Whether the source was rewritten.
    pub fn snat(&self) -> bool {
        (self.original.src, self.original.sport) != (self.reply.dst, self.reply.dport)
    }
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Slot {
    flow: Flow,
    /// Next slot of the same bucket, by original and by reply header.
    next: [u32; 2],
    live: bool,
}

/// The table.
#[derive(Clone, Debug, Default)]
pub struct Conntrack {
    slots: Vec<Slot>,
    /// First slot by hash of the original header and of the reply header, interleaved.
    buckets: Vec<[u32; 2]>,
    free: Vec<u32>,
    /// Where the search for something to forget goes on.
    hand: usize,
}

#[inline]
fn spread(p: &Packet) -> usize {
    let addresses = u64::from(p.src.to_bits()) << 32 | u64::from(p.dst.to_bits());
    let ports = u64::from(p.sport) << 24 | u64::from(p.dport) << 8 | u64::from(p.proto.number());
    let mixed = (addresses ^ ports.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 29) as usize >> 8
}

impl Conntrack {
    #[inline]
    fn bucket(&self, p: &Packet) -> usize {
        spread(p) & (self.buckets.len() - 1)
    }
    #[inline]
    fn find(&self, side: usize, p: &Packet) -> Option<usize> {
        if self.buckets.is_empty() {
            return None;
        }
        let mut at = self.buckets[self.bucket(p)][side];
        while at != NONE {
            let slot = &self.slots[at as usize];
            if *(if side == 0 { &slot.flow.original } else { &slot.flow.reply }) == *p {
                return Some(at as usize);
            }
            at = slot.next[side];
        }
        None
    }
    /// The living flow that a packet opens or continues.
    #[inline]
    pub fn get(&self, original: &Packet, now: Time) -> Option<&Flow> {
        let at = self.find(0, original)?;
        Some(&self.slots[at].flow).filter(|f| f.expires > now)
    }
    /// Whether answers of a flow would be taken for another's.
    #[inline]
    pub fn reply_taken(&self, reply: &Packet, now: Time) -> bool {
        let closed = |f: &Flow| matches!(f.state, FlowState::TimeWait | FlowState::Close);
        self.find(1, reply).is_some_and(|at| {
            let flow = &self.slots[at].flow;
            flow.expires > now && !closed(flow)
        })
    }
    /// Notes a packet of a known flow.
    pub fn refresh(&mut self, original: &Packet, state: FlowState, now: Time) {
        if let Some(at) = self.find(0, original) {
            let flow = &mut self.slots[at].flow;
            flow.state = state;
            flow.expires = now + state.timeout();
        }
    }
    /// Remembers a flow; one with the same headers is replaced.
    pub fn insert(&mut self, flow: Flow) {
        if let Some(at) = self.find(0, &flow.original) {
            self.remove(at);
        }
        if let Some(at) = self.find(1, &flow.reply) {
            self.remove(at);
        }
        if self.slots.len() >= TABLE_MAX && self.free.is_empty() {
            self.forget_one();
        }
        let at = match self.free.pop() {
            Some(at) => at as usize,
            None => {
                self.slots.push(Slot { flow, next: [NONE; 2], live: false });
                self.slots.len() - 1
            }
        };
        if self.slots.len() > self.buckets.len() {
            self.grow();
        }
        self.slots[at] = Slot { flow, next: [NONE; 2], live: true };
        self.link(at);
    }
    fn link(&mut self, at: usize) {
        let flow = self.slots[at].flow;
        for (side, key) in [flow.original, flow.reply].iter().enumerate() {
            let bucket = self.bucket(key);
            self.slots[at].next[side] = self.buckets[bucket][side];
            self.buckets[bucket][side] = at as u32;
        }
    }
    fn grow(&mut self) {
        let size = (self.slots.len() * 2).next_power_of_two().max(64);
        self.buckets = vec![[NONE; 2]; size];
        for at in 0..self.slots.len() {
            if self.slots[at].live {
                self.link(at);
            }
        }
    }
    fn remove(&mut self, at: usize) {
        let flow = self.slots[at].flow;
        for (side, key) in [flow.original, flow.reply].iter().enumerate() {
            let bucket = self.bucket(key);
            let mut here = self.buckets[bucket][side];
            if here == at as u32 {
                self.buckets[bucket][side] = self.slots[at].next[side];
                continue;
            }
            while here != NONE {
                let next = self.slots[here as usize].next[side];
                if next == at as u32 {
                    self.slots[here as usize].next[side] = self.slots[at].next[side];
                    break;
                }
                here = next;
            }
        }
        self.slots[at].live = false;
        self.free.push(at as u32);
    }
    /// Makes room: open connections are spared as long as there are others nearby.
    fn forget_one(&mut self) {
        let len = self.slots.len();
        for tries in 0..len.min(64) {
            let at = (self.hand + tries) % len;
            let open = self.slots[at].flow.state == FlowState::Established;
            if self.slots[at].live && (!open || tries == 63) {
                self.hand = at + 1;
                self.remove(at);
                return;
            }
        }
        self.hand = (self.hand + 1) % len.max(1);
        self.remove(self.hand.min(len - 1));
    }
    /// All living flows.
    pub fn iter(&self, now: Time) -> impl Iterator<Item = &Flow> {
        self.slots.iter().filter(move |s| s.live && s.flow.expires > now).map(|s| &s.flow)
    }
    /// Deletes flows, as `conntrack -D` and kube-proxy's clean-up do; tells how many.
    pub fn delete(&mut self, stale: impl Fn(&Flow) -> bool) -> usize {
        let hits = (0..self.slots.len()).filter(|at| self.slots[*at].live && stale(&self.slots[*at].flow));
        let hits = hits.collect::<Vec<_>>();
        hits.iter().for_each(|at| self.remove(*at));
        hits.len()
    }
}

/// One line of `conntrack -L`.
pub fn line(flow: &Flow, now: Time) -> String {
    let side = |p: &Packet| format!("src={} dst={} sport={} dport={}", p.src, p.dst, p.sport, p.dport);
    let seconds = flow.expires.since(now).as_secs();
    let proto = flow.original.proto;
    let state = flow.state.name();
    let mut out = format!("{:<8} {} {seconds} ", proto.lower(), proto.number());
    if !state.is_empty() {
        out.push_str(state);
        out.push(' ');
    }
    out.push_str(&side(&flow.original));
    out.push(' ');
    if flow.state.unreplied() {
        out.push_str("[UNREPLIED] ");
    }
    out.push_str(&side(&flow.reply));
    if matches!(flow.state, FlowState::Established | FlowState::TimeWait) {
        out.push_str(" [ASSURED]");
    }
    out.push_str(" mark=0 use=1");
    out
}

/// Whether a flow goes to or comes from an address (any side).
pub fn touches(flow: &Flow, ip: Ipv4Addr) -> bool {
    [flow.original.src, flow.original.dst, flow.reply.src, flow.reply.dst].contains(&ip)
}

/// What `conntrack -L` may be narrowed by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// `-p`
    pub proto: Option<Protocol>,
    /// `-s`
    pub src: Option<Ipv4Addr>,
    /// `-d`
    pub dst: Option<Ipv4Addr>,
    /// `--dport`
    pub dport: Option<u16>,
}

impl Filter {
    /// Whether a flow passes.
    pub fn fits(&self, flow: &Flow) -> bool {
        let o = &flow.original;
        self.proto.is_none_or(|p| p == o.proto)
            && self.src.is_none_or(|ip| ip == o.src)
            && self.dst.is_none_or(|ip| ip == o.dst)
            && self.dport.is_none_or(|port| port == o.dport)
    }
}
