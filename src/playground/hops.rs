//! A packet's trace as the stage draws it and the inspector lists it.

use super::load::{CLIENTS, USER};
use super::view::{HopKind, HopView, Journey, Place as Where};
use crate::cluster::traffic::Exchange;
use crate::network::dns::{Lookup, Rcode, RecordType, Resolution};
use crate::network::{ChainName, Hop, HostKind, Network, Pin, Place, Trace, Verdict};
use std::rc::Rc;

/// All hops of a trace, those that did nothing left out.
pub(super) fn views(network: &Network, trace: &Trace) -> Vec<HopView> {
    let mut out: Vec<HopView> = Vec::new();
    each(network, trace, &mut |kind, place, hop| out.push(view(trace, kind, place.clone(), hop)));
    out
}

/// The places that a request came by until it was answered.
pub(super) fn way(network: &Network, trace: &Trace) -> Vec<Where> {
    let (mut out, mut there) = (Vec::new(), false);
    each(network, trace, &mut |kind, place, _| {
        there |= kind == HopKind::Reply;
        if !there && out.last() != Some(place) {
            out.push(place.clone());
        }
    });
    out
}

/// Goes through the hops of a trace that tell something: what each does, and where.
fn each(network: &Network, trace: &Trace, f: &mut dyn FnMut(HopKind, &Where, &Hop)) {
    let mut before: Option<Where> = None;
    for (back, hop) in trace.hops.iter().map(|h| (false, h)).chain(trace.reply.iter().map(|h| (true, h))) {
        let Some(kind) = kind(hop, back) else { continue };
        let place = place(network, hop, back, before.as_ref());
        f(kind, &place, hop);
        before = Some(place);
    }
}

fn view(trace: &Trace, kind: HopKind, place: Where, hop: &Hop) -> HopView {
    let probability = match hop.verdict {
        Verdict::Jump(ChainName::Sep(_)) => Some(Trace::chance(hop).map_or(1.0, |(p, _)| p)),
        _ => None,
    };
    let mut rule = trace.rule_text(hop).unwrap_or_default();
    if let Some(pin) = hop.pin {
        rule = format!("{rule} {}", pin_text(pin)).trim().to_string();
    }
    HopView {
        place,
        kind,
        source: hop.before.source().to_string(),
        destination: hop.before.destination().to_string(),
        source_after: hop.after.source().to_string(),
        destination_after: hop.after.destination().to_string(),
        chain: hop.rule.map(|r| chain(r.chain, hop.verdict)).unwrap_or_default(),
        rule,
        probability,
        share: probability.map_or(1.0, |p| p * left(trace, hop)),
        at: hop.rule,
    }
}

/// What the rules of its chain that missed left for a hop's rule.
fn left(trace: &Trace, hop: &Hop) -> f64 {
    let chain = |h: &Hop| h.rule.map(|r| (r.set, r.chain));
    let missed = |h: &&Hop| h.verdict == Verdict::Miss && chain(h) == chain(hop);
    trace.hops.iter().filter(missed).filter_map(Trace::chance).map(|(p, _)| 1.0 - p).product()
}

/// The way of a request over the stage; the hops' numbers are those of its whole view.
pub(super) fn journey(network: &Network, e: &Exchange) -> Journey {
    let trace = e.connection.as_ref().and_then(|c| c.trace.as_deref());
    let asked = e.lookup.iter().flat_map(told).count();
    let mut stops: Vec<(usize, Where)> = Vec::with_capacity(12);
    if asked > 0 {
        stops.push((0, asker(&e.from)));
    }
    let mut n = asked;
    if let Some(trace) = trace {
        each(network, trace, &mut |_, place, _| {
            if stops.last().is_none_or(|(_, last)| last != place) {
                stops.push((n, place.clone()));
            }
            n += 1;
        });
    }
    let answered = e.response.as_ref().is_some_and(|r| r.status != 0);
    let service = trace.and_then(service_of).unwrap_or_default().into();
    Journey { stops, service, pod: if answered { e.pod.clone() } else { "".into() }, answered }
}

/// Where a sender is, by its name.
pub(super) fn asker(from: &Rc<str>) -> Where {
    match &**from {
        name if name == USER || CLIENTS.iter().any(|(client, _)| *client == name) => Where::Client(from.clone()),
        name if name.contains('/') => Where::Pod(from.clone()),
        _ => Where::Node(from.clone()),
    }
}

/// Of the two questions at each step of a look-up the one for IPv6 tells nothing here.
fn told(asked: &Resolution) -> impl Iterator<Item = &Lookup> {
    asked.lookups.iter().filter(|l| l.kind == RecordType::A)
}

/// The questions that were asked before: each one hop at who asked.
pub(super) fn lookups(from: &Rc<str>, asked: &Resolution) -> Vec<HopView> {
    let place = asker(from);
    let hop = |l: &Lookup| HopView {
        place: place.clone(),
        kind: HopKind::Lookup,
        source: String::new(),
        destination: String::new(),
        source_after: String::new(),
        destination_after: String::new(),
        chain: String::new(),
        rule: format!("{} {} → {}", l.name, l.kind.name(), answer(l)),
        probability: None,
        share: 1.0,
        at: None,
    };
    told(asked).map(hop).collect()
}

/// A question's answer in short: the records, or why there are none.
fn answer(lookup: &Lookup) -> String {
    let Some(answer) = &lookup.answer else { return "no answer".into() };
    let texts: Vec<String> = answer.answers.iter().map(|r| r.text()).collect();
    match texts.is_empty() {
        false => texts.join(", "),
        true if answer.rcode == Rcode::NoError => "NODATA".into(),
        true => answer.rcode.name().into(),
    }
}

/// `KUBE-NODEPORTS → KUBE-EXT-…`
fn chain(from: ChainName, verdict: Verdict) -> String {
    match verdict {
        Verdict::Jump(to) => format!("{from} → {to}"),
        Verdict::Mark => format!("{from}: 0x4000"),
        _ => from.to_string(),
    }
}

fn pin_text(pin: Pin) -> String {
    match pin {
        Pin::Checked => String::new(),
        Pin::Hit(left) => format!("✓ ({} s)", left.as_secs()),
        Pin::Made(whole) => format!("({} s)", whole.as_secs()),
    }
}

/// What a hop means, `None` for one that changes nothing and tells nothing.
fn kind(hop: &Hop, back: bool) -> Option<HopKind> {
    Some(match (hop.place, hop.verdict) {
        (_, Verdict::Drop) => HopKind::Dropped,
        (_, Verdict::Vanish) => HopKind::Lost,
        (_, Verdict::Reject) => HopKind::Rejected,
        (_, Verdict::Refuse) => HopKind::Refused,
        (_, Verdict::Unreachable) => HopKind::NoRoute,
        (_, Verdict::Miss | Verdict::Pass(_) | Verdict::Return) => return None,
        (_, Verdict::Jump(ChainName::Sep(_))) => match hop.pin {
            Some(Pin::Hit(_)) => HopKind::Pinned,
            _ => HopKind::Balanced,
        },
        (_, Verdict::Jump(_) | Verdict::Mark) => HopKind::Rule,
        (_, Verdict::Dnat) if !back => HopKind::Dnat,
        (_, Verdict::Masquerade) if !back => HopKind::Snat,
        (_, Verdict::Deliver) => {
            if back {
                HopKind::Reply
            } else {
                HopKind::Delivered
            }
        }
        (Place::Client, _) => HopKind::Sent,
        (Place::Arrive, _) => {
            if back {
                HopKind::Routed
            } else {
                HopKind::Arrived
            }
        }
        (Place::Conntrack, _) if !back => HopKind::Known,
        (Place::Conntrack, _) => HopKind::Routed,
        (Place::Rule, _) if matches!(hop.pin, Some(Pin::Made(_))) => HopKind::PinSet,
        (Place::Server, _) if back => HopKind::Reply,
        _ if hop.before != hop.after => HopKind::Routed,
        _ => return None,
    })
}

/// Where a hop is on the stage. A node's inside is its kube-proxy; what comes to a node from outside on a node port is
/// at that port's door.
fn place(network: &Network, hop: &Hop, back: bool, before: Option<&Where>) -> Where {
    let Some(host) = network.host(hop.host) else { return Where::Outside };
    match host.kind {
        HostKind::User => Where::Client(USER.into()),
        HostKind::Outside => Where::Client(host.name.clone()),
        HostKind::Pod => Where::Pod(host.name.clone()),
        HostKind::Node => {
            let name = host.name.clone();
            let outside = matches!(before, Some(Where::Client(_)));
            match hop.place {
                Place::Arrive if !back && outside && hop.before.dport >= 30_000 => Where::Door(name, hop.before.dport),
                Place::Arrive if matches!(before, Some(Where::Pod(_))) => Where::Proxy(name),
                Place::Arrive | Place::Client | Place::Server => Where::Node(name),
                _ => Where::Proxy(name),
            }
        }
    }
}

/// The node by whose door a packet from outside came in: where it is right after its client.
pub(super) fn door_of(network: &Network, trace: &Trace) -> Option<Rc<str>> {
    let [sent, arrived, ..] = trace.hops.as_slice() else { return None };
    match place(network, arrived, false, Some(&place(network, sent, false, None))) {
        Where::Door(node, _) => Some(node),
        _ => None,
    }
}

/// `namespace/name` of the Service whose rules a trace met first.
pub(super) fn service_of(trace: &Trace) -> Option<&str> {
    trace.hops.iter().find_map(|h| {
        let chain = h.rule?.chain;
        let dispatch = matches!(chain, ChainName::Services | ChainName::NodePorts | ChainName::ExternalServices);
        let comment = dispatch.then(|| trace.rule(h)).flatten()?.comment_text()?;
        comment.split([' ', ':']).next().filter(|name| name.contains('/'))
    })
}
