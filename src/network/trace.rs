//! Writing down what happens to a packet.

use super::host::HostId;
use super::iptables::walk::{Look, Looker, Nobody};
use super::iptables::{ChainName, NodeRules};
use super::packet::{Hop, Packet, Place, RuleRef, Trace, Verdict};
use std::rc::Rc;

/// Who wants to know the whole way of a packet.
pub(super) trait Recorder: Looker {
    /// A node's rules are asked from now on.
    fn node(&mut self, host: HostId, rules: &Rc<NodeRules>);
    /// A step that is no rule.
    fn hop(&mut self, host: HostId, place: Place, verdict: Verdict, before: Packet, after: Packet);
    /// The last rule's rewriting, once it is known.
    fn rewritten(&mut self, after: Packet);
    /// A step of the answer.
    fn reply(&mut self, host: HostId, place: Place, verdict: Verdict, before: Packet, after: Packet);
}

impl Recorder for Nobody {
    #[inline]
    fn node(&mut self, _: HostId, _: &Rc<NodeRules>) {}
    #[inline]
    fn hop(&mut self, _: HostId, _: Place, _: Verdict, _: Packet, _: Packet) {}
    #[inline]
    fn rewritten(&mut self, _: Packet) {}
    #[inline]
    fn reply(&mut self, _: HostId, _: Place, _: Verdict, _: Packet, _: Packet) {}
}

/// Collects a [`Trace`].
pub(super) struct Collector {
    pub trace: Trace,
    host: HostId,
    set: u8,
    every: bool,
}

impl Collector {
    /// `every`: with the rules that don't match. `trace` is an empty one, maybe with room in it.
    pub fn new(every: bool, trace: Trace) -> Self {
        Self { trace, host: HostId(0), set: 0, every }
    }
    fn push(&mut self, host: HostId, place: Place, verdict: Verdict, before: Packet, after: Packet) -> &mut Hop {
        let hop = Hop { host, place, verdict, rule: None, draw: None, pin: None, before, after };
        self.trace.hops.push(hop);
        let last = self.trace.hops.len() - 1;
        &mut self.trace.hops[last]
    }
}

impl Looker for Collector {
    const ON: bool = true;
    fn look(&mut self, look: Look, before: Packet, after: Packet) {
        let (table, chain, number) = look.at;
        let (host, set) = (self.host, self.set);
        let hop = self.push(host, Place::Rule, look.verdict, before, after);
        hop.rule = Some(RuleRef { set, table, chain, number });
        (hop.draw, hop.pin) = (look.draw, look.pin);
    }
    fn depth(&self) -> usize {
        self.trace.hops.len()
    }
    fn leave(&mut self, depth: usize) {
        // Where nothing fitted there is nothing to tell, unless a Service led there: why nothing was rewritten.
        let of_service = |h: &Hop| {
            use ChainName::{Ext, Fw, Svc, Svl};
            matches!(h.verdict, Verdict::Jump(Ext(_) | Fw(_) | Svc(_) | Svl(_)))
        };
        if self.trace.hops.len() == depth + 1 && !self.trace.hops.last().is_some_and(of_service) {
            self.trace.hops.pop();
        }
    }
    fn every(&self) -> bool {
        self.every
    }
}

impl Recorder for Collector {
    fn node(&mut self, host: HostId, rules: &Rc<NodeRules>) {
        self.host = host;
        self.set = self.trace.rules.len() as u8;
        self.trace.rules.push(rules.clone());
    }
    fn hop(&mut self, host: HostId, place: Place, verdict: Verdict, before: Packet, after: Packet) {
        self.push(host, place, verdict, before, after);
    }
    fn rewritten(&mut self, after: Packet) {
        if let Some(hop) = self.trace.hops.last_mut() {
            hop.after = after;
        }
    }
    fn reply(&mut self, host: HostId, place: Place, verdict: Verdict, before: Packet, after: Packet) {
        let hop = Hop { host, place, verdict, rule: None, draw: None, pin: None, before, after };
        self.trace.reply.push(hop);
    }
}
