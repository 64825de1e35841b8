//! "What will happen?": what can be guessed of the next request, and whether and why a guess was right.

use super::Playground;
use super::requests::result;
use super::view::{PodLook, ServiceView};
use crate::cluster::traffic::{Exchange, Url};
use crate::network::{ChainName, Outcome, Pin, Trace, Verdict};

/// What may become of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Guess {
    /// This Pod answers, by key.
    Pod(String),
    /// Chance decides among so many Pods.
    Any(usize),
    /// Refused at once: nobody listens, or a rule rejects it.
    Refused,
    /// Nothing comes back.
    TimedOut,
    /// There is no way there.
    NoRoute,
    /// There is no such name.
    NoName,
}

/// Why it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// The rules drew one of so many.
    Drawn(usize),
    /// The Service has no other ready Pod here.
    Only,
    /// Session affinity remembered the client, for so many seconds more.
    Pinned(u64),
    /// A kept connection was used: conntrack led to its Pod.
    Kept,
    /// No Service was asked.
    Direct,
    /// It failed, in the network's words.
    Failed(String),
}

impl Playground {
    /// What is worth guessing of the next request.
    pub fn guesses(&mut self) -> Vec<Guess> {
        let scene = self.scene();
        let to = Url::parse(&self.load().aim.to).unwrap_or_default();
        let behind = scene.services.iter().find(|s| leads_to(s, &to, &scene.nodes));
        let mut all: Vec<Guess> = match behind {
            Some(service) => service.ready.iter().filter(|k| scene.pod(k).is_some()).cloned().map(Guess::Pod).collect(),
            None => {
                let own = scene.pods().filter(|p| p.ip == to.host && p.look == PodLook::Ready);
                own.map(|p| Guess::Pod(p.key.clone())).collect()
            }
        };
        if all.len() > 1 {
            all.push(Guess::Any(all.len()));
        }
        all.extend([Guess::Refused, Guess::TimedOut, Guess::NoRoute]);
        if to.host.parse::<std::net::Ipv4Addr>().is_err() {
            all.push(Guess::NoName);
        }
        all
    }

    /// Whether a guess of request `id` was right, which Pod answered (by key, empty if none did), and why it did.
    pub fn judge(&self, guess: &Guess, id: u64) -> Option<(bool, String, Why)> {
        let e = self.moment.cluster.traffic().get(id)?;
        let why = why(e);
        let pod = if matches!(why, Why::Failed(_)) { String::new() } else { e.pod.to_string() };
        let outcome = e.connection.as_ref().map(|c| c.outcome);
        let right = match guess {
            Guess::Pod(key) => *key == pod,
            Guess::Any(_) => matches!(why, Why::Drawn(n) if n > 1),
            Guess::Refused => matches!(outcome, Some(Outcome::Refused { .. } | Outcome::Rejected { .. })),
            Guess::TimedOut => matches!(outcome, Some(Outcome::Dropped { .. } | Outcome::Lost { .. })),
            Guess::NoRoute => matches!(outcome, Some(Outcome::Unreachable { .. })),
            Guess::NoName => outcome.is_none(),
        };
        Some((right, pod, why))
    }
}

/// Whether an address is a Service's.
fn leads_to(service: &ServiceView, to: &Url, nodes: &[super::view::NodeView]) -> bool {
    let full = service.key.split_once('/').map(|(ns, name)| format!("{name}.{ns}.svc.cluster.local"));
    let named = || full.is_some_and(|full| full == to.host || full.starts_with(&format!("{}.", to.host)));
    let door = || {
        let doors = nodes.iter().filter(|n| n.ip == to.host).flat_map(|n| &n.doors);
        doors.into_iter().any(|d| d.port == to.port && d.service == service.key)
    };
    service.cluster_ip == to.host || named() || door()
}

fn why(e: &Exchange) -> Why {
    let trace = e.connection.as_ref().filter(|_| e.response.is_some()).and_then(|c| c.trace.as_deref());
    let Some(trace) = trace else { return Why::Failed(result(e)) };
    if e.kept.is_some_and(|(_, nth)| nth > 1) {
        return Why::Kept;
    }
    let pinned =
        trace.hops.iter().find_map(|h| if let Some(Pin::Hit(left)) = h.pin { Some(left.as_secs()) } else { None });
    let chosen = trace.hops.iter().any(|h| matches!(h.verdict, Verdict::Jump(ChainName::Sep(_))));
    match (pinned, trace.hops.iter().find_map(Trace::chance)) {
        (Some(left), _) => Why::Pinned(left),
        // The first of n rules has the chance 1/n.
        (None, Some((chance, _))) => Why::Drawn((1.0 / chance).round() as usize),
        _ if chosen => Why::Only,
        _ => Why::Direct,
    }
}
