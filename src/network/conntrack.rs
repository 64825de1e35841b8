//! One node's connection tracking: what became of a flow's first packet holds for all that follow.
//!
//! upstream: net/netfilter/nf_conntrack_core.c, nf_conntrack_proto_tcp.c, nf_conntrack_proto_udp.c

use super::packet::{Packet, Protocol};
use crate::sim::{Duration, Time};
use std::net::Ipv4Addr;

/// How many flows a node remembers; the oldest that is not open makes room.
pub const TABLE_MAX: usize = 8_191;

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

#[derive(Clone, Copy, Debug)]
struct Slot {
    flow: Flow,
    live: bool,
}

/// Bits of a slot's number in a [`Cells`] entry; [`TABLE_MAX`] slots need no more.
const SLOT_BITS: u32 = 13;
const EMPTY: u32 = u32::MAX;

/// Slots by the hash of a header: open addressing. A cell holds 19 bits of the hash and the slot's number, so that
/// looking for something touches a flow only where it is nearly sure to be the right one.
#[derive(Clone, Debug, Default)]
struct Cells(Vec<u32>);

impl Cells {
    #[inline]
    fn home(&self, hash: u32) -> usize {
        hash as usize & (self.0.len() - 1)
    }
    #[inline]
    fn find(&self, hash: u32, fits: impl Fn(usize) -> bool) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let mut at = self.home(hash);
        loop {
            let cell = self.0[at];
            if cell == EMPTY {
                return None;
            }
            let slot = (cell & ((1 << SLOT_BITS) - 1)) as usize;
            if cell >> SLOT_BITS == hash && fits(slot) {
                return Some(slot);
            }
            at = (at + 1) & (self.0.len() - 1);
        }
    }
    fn put(&mut self, cell: u32) {
        let mut at = self.home(cell >> SLOT_BITS);
        while self.0[at] != EMPTY {
            at = (at + 1) & (self.0.len() - 1);
        }
        self.0[at] = cell;
    }
    /// Takes a cell away and closes the gap.
    fn take(&mut self, cell: u32) {
        let mask = self.0.len() - 1;
        let mut gap = self.home(cell >> SLOT_BITS);
        while self.0[gap] != cell {
            if self.0[gap] == EMPTY {
                return;
            }
            gap = (gap + 1) & mask;
        }
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let next = self.0[at];
            if next == EMPTY {
                break;
            }
            let home = self.home(next >> SLOT_BITS);
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(gap) & mask {
                self.0[gap] = next;
                gap = at;
            }
        }
        self.0[gap] = EMPTY;
    }
    fn grow(&mut self, size: usize) {
        let old = std::mem::replace(&mut self.0, vec![EMPTY; size]);
        old.into_iter().filter(|c| *c != EMPTY).for_each(|c| self.put(c));
    }
}

/// The table.
#[derive(Clone, Debug, Default)]
pub struct Conntrack {
    slots: Vec<Slot>,
    /// By original header. (Answers need no look-up: they follow their request's flow.)
    cells: Cells,
    free: Vec<u32>,
    /// Where the search for something to forget goes on.
    hand: usize,
}

#[inline]
fn spread(p: &Packet) -> u32 {
    let addresses = u64::from(p.src.to_bits()) << 32 | u64::from(p.dst.to_bits());
    let ports = u64::from(p.sport) << 24 | u64::from(p.dport) << 8 | u64::from(p.proto.number());
    // Ports differ most from flow to flow: they go in last, so that the product's upper half depends on all of them.
    let mixed = addresses.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32) ^ ports;
    (mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> (32 + SLOT_BITS)) as u32
}

impl Conntrack {
    #[inline]
    fn find(&self, p: &Packet) -> Option<usize> {
        self.cells.find(spread(p), |at| self.slots[at].flow.original == *p)
    }
    /// The flow that a packet opens or continues; it may have expired.
    #[inline]
    pub fn get(&self, original: &Packet) -> Option<&Flow> {
        let at = self.find(original)?;
        Some(&self.slots[at].flow)
    }
    /// Notes a packet of a known flow.
    pub fn refresh(&mut self, original: &Packet, state: FlowState, now: Time) {
        if let Some(at) = self.find(original) {
            let flow = &mut self.slots[at].flow;
            flow.state = state;
            flow.expires = now + state.timeout();
        }
    }
    /// Remembers a flow; one with the same headers is replaced. `fresh`: it is known that there is none.
    pub fn insert(&mut self, flow: Flow, fresh: bool) {
        if let Some(at) = if fresh { None } else { self.find(&flow.original) } {
            self.remove(at);
        }
        if self.slots.len() >= TABLE_MAX && self.free.is_empty() {
            self.forget_one();
        }
        let at = match self.free.pop() {
            Some(at) => at as usize,
            None => {
                self.slots.push(Slot { flow, live: false });
                self.slots.len() - 1
            }
        };
        if self.slots.len() * 2 > self.cells.0.len() {
            let size = (self.slots.len() * 2).next_power_of_two().max(64);
            self.cells.grow(size);
        }
        self.slots[at] = Slot { flow, live: true };
        self.cells.put(spread(&flow.original) << SLOT_BITS | at as u32);
    }
    fn remove(&mut self, at: usize) {
        let flow = &self.slots[at].flow;
        self.cells.take(spread(&flow.original) << SLOT_BITS | at as u32);
        self.slots[at].live = false;
        self.free.push(at as u32);
    }
    /// Makes room: open connections are spared as long as there are others nearby.
    fn forget_one(&mut self) {
        let len = self.slots.len();
        for tries in 0..len.min(64) {
            let at = if self.hand < len { self.hand } else { 0 };
            self.hand = at + 1;
            let open = self.slots[at].flow.state == FlowState::Established;
            if self.slots[at].live && (!open || tries == 63) {
                self.remove(at);
                return;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(n: u32, state: FlowState, expires: u64) -> Flow {
        let original = Packet {
            proto: Protocol::Tcp,
            src: Ipv4Addr::from_bits(0x0AF4_0000 + n % 7),
            sport: (1_000 + n % 60_000) as u16,
            dst: Ipv4Addr::new(10, 96, 0, 40),
            dport: 80,
        };
        let to = Packet { dst: Ipv4Addr::from_bits(0x0AF4_0100 + n % 3), dport: 8080, ..original };
        Flow { original, reply: to.reversed(), state, expires: Time(expires) }
    }

    #[test]
    fn the_table_is_bounded_and_finds_what_it_holds() {
        let mut table = Conntrack::default();
        let kept = flow(1, FlowState::Established, u64::MAX);
        table.insert(kept, false);
        for n in 2..30_000 {
            table.insert(flow(n, FlowState::TimeWait, u64::MAX), n % 2 == 0);
            assert!(table.get(&flow(n, FlowState::TimeWait, 0).original).is_some());
            if n > 5 {
                assert!(table.get(&flow(n - 3, FlowState::TimeWait, 0).original).is_some());
            }
        }
        assert_eq!(table.iter(Time(0)).count(), TABLE_MAX);
        assert_eq!(table.get(&kept.original), Some(&kept), "open connections are spared");
        assert_eq!(table.delete(|f| f.state == FlowState::TimeWait), TABLE_MAX - 1);
        assert_eq!(table.iter(Time(0)).collect::<Vec<_>>(), [&kept]);
    }

    #[test]
    fn lines_are_those_of_conntrack() {
        let mut udp = flow(9, FlowState::Unreplied, 24_500_000);
        (udp.original.proto, udp.reply.proto) = (Protocol::Udp, Protocol::Udp);
        let want = "udp      17 24 src=10.244.0.2 dst=10.96.0.40 sport=1009 dport=80 [UNREPLIED] \
            src=10.244.1.0 dst=10.244.0.2 sport=8080 dport=1009 mark=0 use=1";
        assert_eq!(line(&udp, Time(0)), want);
        let want = "tcp      6 431993 ESTABLISHED src=10.244.0.2 dst=10.96.0.40 sport=1009 dport=80 \
            src=10.244.1.0 dst=10.244.0.2 sport=8080 dport=1009 [ASSURED] mark=0 use=1";
        assert_eq!(line(&flow(9, FlowState::Established, 431_993_000_000), Time(0)), want);
    }
}
