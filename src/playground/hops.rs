//! A packet's trace as the stage draws it and the inspector lists it.

use super::view::{HopKind, HopView, Place as Where, ProxyLine, RequestView};
use super::{Playground, scene};
use crate::api::{ObjectExt, Value, resource};
use crate::network::dns::{Lookup, Rcode, RecordType, Resolution};
use crate::network::{ChainName, Hop, HostId, HostKind, Network, Pin, Place, Table, Trace, Verdict};

/// All hops of a trace, those that did nothing left out.
pub(super) fn views(network: &Network, trace: &Trace) -> Vec<HopView> {
    let mut out: Vec<HopView> = Vec::new();
    for (back, hop) in trace.hops.iter().map(|h| (false, h)).chain(trace.reply.iter().map(|h| (true, h))) {
        let Some(kind) = kind(hop, back) else { continue };
        let place = place(network, hop, back, out.last().map(|h| &h.place));
        let mut rule = trace.rule_text(hop).unwrap_or_default();
        if let Some(pin) = hop.pin {
            rule = format!("{rule} {}", pin_text(pin)).trim().to_string();
        }
        out.push(HopView {
            place,
            kind,
            source: hop.before.source().to_string(),
            destination: hop.before.destination().to_string(),
            source_after: hop.after.source().to_string(),
            destination_after: hop.after.destination().to_string(),
            chain: hop.rule.map(|r| chain(r.chain, hop.verdict)).unwrap_or_default(),
            rule,
            probability: match hop.verdict {
                Verdict::Jump(ChainName::Sep(_)) => Some(Trace::chance(hop).map_or(1.0, |(p, _)| p)),
                _ => None,
            },
        });
    }
    out
}

/// The questions that were asked before: each one hop at who asked.
pub(super) fn lookups(from: &str, asked: &Resolution) -> Vec<HopView> {
    let place = match from {
        "user" => Where::Client(from.into()),
        _ if from.contains('/') => Where::Pod(from.into()),
        _ => Where::Node(from.into()),
    };
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
    };
    // Of the two questions at each step the one for IPv6 tells nothing here.
    asked.lookups.iter().filter(|l| l.kind == RecordType::A).map(hop).collect()
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
        (_, Verdict::Drop | Verdict::Vanish) => HopKind::Dropped,
        (_, Verdict::Reject) => HopKind::Rejected,
        (_, Verdict::Refuse | Verdict::Unreachable) => HopKind::Refused,
        (_, Verdict::Miss | Verdict::Return) => return None,
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
        HostKind::User => Where::Client("user".into()),
        HostKind::Outside => Where::Client(host.name.to_string()),
        HostKind::Pod => Where::Pod(host.name.to_string()),
        HostKind::Node => {
            let name = host.name.to_string();
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

/// `namespace/name` of the Service whose rules a trace met first; empty if none.
pub(super) fn service_of(trace: &Trace) -> String {
    let named = trace.hops.iter().filter_map(|h| {
        let at = h.rule?;
        let from_dispatch =
            matches!(at.chain, ChainName::Services | ChainName::NodePorts | ChainName::ExternalServices);
        let text = from_dispatch.then(|| trace.rule_text(h)).flatten()?;
        let comment = text.split_once("--comment \"")?.1;
        let name = comment.split(['"', ' ', ':']).next()?;
        name.contains('/').then(|| name.to_string())
    });
    named.into_iter().next().unwrap_or_default()
}

impl Playground {
    /// What each node's kube-proxy shows, in the scene's order of nodes: the focused Service's chains on that node, with
    /// those lit that the chosen request meets at its hop `at`.
    pub fn proxies(&mut self, focus: &str, request: Option<&RequestView>, at: Option<usize>) -> Vec<Vec<ProxyLine>> {
        let named = |n: &std::rc::Rc<Value>| (n.name().to_string(), self.cluster.network.node(n.name()));
        let nodes: Vec<(String, Option<HostId>)> = self.cluster.store.list(&resource::NODES, "").map(named).collect();
        let hop = at.and_then(|i| request?.hops.get(i));
        let mut all = Vec::new();
        for (name, id) in nodes {
            let lit = hop.filter(|h| h.place == Where::Proxy(name.clone())).map_or("", |h| h.rule.as_str());
            all.push(id.map(|id| self.proxy_lines(id, focus, lit)).unwrap_or_default());
        }
        all
    }

    fn proxy_lines(&mut self, node: HostId, focus: &str, lit: &str) -> Vec<ProxyLine> {
        let Some(rules) = self.cluster.network.rules(node) else { return Vec::new() };
        let comment = |c: char| format!("\"{focus}{c}");
        let wanted = [comment(' '), comment('"'), comment(':')];
        let mut lines = Vec::new();
        for table in [Table::Nat, Table::Filter] {
            for chain in rules.chains(table) {
                let kind = chain.name;
                for (i, rule) in chain.rules.iter().enumerate() {
                    let text = rule.text(kind, false);
                    if !wanted.iter().any(|w| text.contains(w)) {
                        continue;
                    }
                    let dead = text.contains("-j REJECT") || text.contains("-j DROP");
                    let short = match kind {
                        ChainName::Svc(_) | ChainName::Svl(_) if text.contains("KUBE-SEP-") => {
                            self.balance_text(&text, chain.rules.len() - i)
                        }
                        ChainName::Services | ChainName::NodePorts if table == Table::Nat => dispatch_text(&text),
                        _ if dead => Some(if text.contains("REJECT") { "→ REJECT" } else { "→ DROP" }.to_string()),
                        _ => None,
                    };
                    if let Some(short) = short {
                        let on = !lit.is_empty() && lit.starts_with(&text);
                        lines.push(ProxyLine { text: short, rule: text, lit: on, dead });
                    }
                }
            }
        }
        lines
    }

    /// `1/3 → web-x`, `pin → web-x`, `rest → web-x`.
    fn balance_text(&self, rule: &str, left: usize) -> Option<String> {
        let address = rule.split_once("-> ")?.1.split('"').next()?;
        let ip = address.rsplit_once(':')?.0;
        let pod = scene::pod_at(&self.cluster, ip).unwrap_or_else(|| address.to_string());
        let chance = if rule.contains("--rcheck") {
            "pin".to_string()
        } else if rule.contains("--probability") {
            format!("1/{left}")
        } else {
            "rest".to_string()
        };
        Some(format!("{chance} → {pod}"))
    }
}

/// `:30001 → EXT`, `:80 → SVC`.
fn dispatch_text(rule: &str) -> Option<String> {
    let port = rule.split_once("--dport ")?.1.split(' ').next()?;
    let chain = rule.split_once("-j KUBE-")?.1.get(..3)?;
    (!rule.contains("127.0.0.0/8")).then(|| format!(":{port} → KUBE-{chain}"))
}
