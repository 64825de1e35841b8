//! Requests sent from the page: by whom, to what address, one, a burst or a rate.

use super::view::{PodLook, Scene};
use super::{Input, Playground};
use crate::network::{HostId, Network};
use crate::sim::{Duration, Time};
use std::net::Ipv4Addr;

/// Most requests at once, or a second.
const MOST: u32 = 1_000;
/// The sender that is the user's machine.
pub const USER: &str = "user";
/// The sender that stands for all clients outside, one after the other.
pub const ALL_CLIENTS: &str = "clients";
/// Who else may be outside, from addresses that are reserved for documentation. Their packets come in through the user's
/// machine, which forwards them as they are.
pub const CLIENTS: [(&str, Ipv4Addr); 5] = [
    ("A", Ipv4Addr::new(203, 0, 113, 7)),
    ("B", Ipv4Addr::new(198, 51, 100, 9)),
    ("C", Ipv4Addr::new(203, 0, 113, 21)),
    ("D", Ipv4Addr::new(198, 51, 100, 34)),
    ("E", Ipv4Addr::new(192, 0, 2, 15)),
];

/// Who sends to where, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aim {
    /// [`USER`], a client's name, [`ALL_CLIENTS`], a node's name or a Pod's key.
    pub from: String,
    /// `192.168.49.3:30001`, `http-go-svc`, `http://10.96.0.40:80/path`.
    pub to: String,
    /// Whether one connection serves many requests.
    pub keep: bool,
}

/// What the page's sending bar is set to. The clock has no say in it: it stays wherever the learner goes in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Who, where to, how.
    pub aim: Aim,
    /// Whether the learner chose the sender; until then one is proposed that can reach something.
    pub sender_chosen: bool,
    /// Whether the learner chose the address; until then the best one is proposed.
    pub chosen: bool,
    /// How many a burst is.
    pub burst: u32,
}

impl Default for Load {
    fn default() -> Self {
        let aim = Aim { from: USER.into(), ..Aim::default() };
        Self { aim, sender_chosen: false, chosen: false, burst: 30 }
    }
}

impl Load {
    /// As it was when that was sent.
    pub fn of(aim: &Aim) -> Self {
        Self { aim: aim.clone(), sender_chosen: true, chosen: true, ..Self::default() }
    }
}

/// Requests that are sent by themselves.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    /// How many a second, 0 for none.
    pub per_second: u32,
    /// Who, where to, how.
    pub aim: Aim,
    /// When the next one is due.
    pub due: Option<Time>,
}

impl Rate {
    /// When, up to `end`, the next request is due; moves on to the one after.
    pub fn next(&mut self, now: Time, end: Time) -> Option<Time> {
        if self.per_second == 0 {
            return None;
        }
        let at = self.due.unwrap_or(now).max(now);
        if at > end {
            self.due = Some(at);
            return None;
        }
        self.due = Some(at + Duration::micros(1_000_000 / u64::from(self.per_second)));
        Some(at)
    }
}

/// Whether a sender is outside the cluster.
pub(super) fn is_outside(from: &str) -> bool {
    from == USER || from == ALL_CLIENTS || CLIENTS.iter().any(|(name, _)| *name == from)
}

/// The clients outside that there are, the user's machine first.
pub(super) fn clients(network: &Network) -> impl Iterator<Item = (HostId, &'static str, Ipv4Addr)> {
    let user = (network.user(), USER, Ipv4Addr::new(192, 168, 49, 1));
    let others = CLIENTS.iter().filter_map(|(name, ip)| Some((network.node(name)?, *name, *ip)));
    std::iter::once(user).chain(others)
}

impl Playground {
    /// Who can send: the user's machine and the other clients, each alone or all in turn; the learner's Pods that run;
    /// the nodes.
    pub fn senders(&mut self) -> Vec<String> {
        let scene = self.scene();
        let mut all: Vec<String> = scene.clients.iter().map(|c| c.id.clone()).collect();
        if all.len() > 1 {
            all.push(ALL_CLIENTS.into());
        }
        all.extend(scene.pods().filter(|p| !p.ip.is_empty()).map(|p| p.key.clone()));
        all.extend(scene.nodes.iter().map(|n| n.name.clone()));
        all
    }

    /// What the sending bar is set to.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// Requests a second at this moment.
    pub fn rate(&self) -> u32 {
        self.moment.rate.per_second
    }

    /// Addresses worth sending to, from the Services there are.
    pub fn targets(&mut self) -> Vec<String> {
        let scene = self.scene();
        let mut all = Vec::new();
        for service in &scene.services {
            let port = if service.port == 80 { String::new() } else { format!(":{}", service.port) };
            match service.key.split_once('/') {
                Some((namespace, name)) if namespace != "default" => all.push(format!("{name}.{namespace}{port}")),
                _ => all.push(format!("{}{port}", service.name)),
            }
            if !service.cluster_ip.is_empty() && service.cluster_ip != "None" {
                all.push(format!("{}:{}", service.cluster_ip, service.port));
            }
        }
        for node in &scene.nodes {
            all.extend(node.doors.iter().map(|d| format!("{}:{}", node.ip, d.port)));
        }
        all
    }

    /// Sets who sends; a rate goes on from there.
    pub fn set_sender(&mut self, from: &str) {
        self.load.aim.from = from.into();
        self.load.sender_chosen = true;
        self.propose_target();
        self.aimed_anew();
    }

    /// Sets where requests go; a rate goes on to there.
    pub fn set_target(&mut self, to: &str) {
        self.load.aim.to = to.trim().into();
        self.load.chosen = !self.load.aim.to.is_empty();
        self.aimed_anew();
    }

    /// Sets whether one connection serves many requests; a rate goes on that way.
    pub fn set_keep(&mut self, keep: bool) {
        self.load.aim.keep = keep;
        self.aimed_anew();
    }

    /// Sets how many a burst is.
    pub fn set_burst(&mut self, n: u32) {
        self.load.burst = n.clamp(2, MOST);
        self.revision += 1;
    }

    /// A client outside comes: the first of [`CLIENTS`] that isn't there.
    pub fn add_client(&mut self) {
        let network = self.moment.cluster.network();
        if let Some(i) = CLIENTS.iter().position(|(name, _)| network.node(name).is_none()) {
            self.act(Input::Client(i, true));
        }
    }

    /// A client outside goes.
    pub fn remove_client(&mut self, name: &str) {
        if let Some(i) = CLIENTS.iter().position(|(client, _)| *client == name) {
            self.act(Input::Client(i, false));
        }
    }

    /// Client number `index` comes or goes.
    pub(super) fn client_comes(&mut self, index: usize, comes: bool) {
        let Some((name, ip)) = CLIENTS.get(index) else { return };
        match self.moment.cluster.network.node(name) {
            None if comes => _ = self.moment.cluster.network.add_outside(name, *ip),
            Some(host) if !comes => {
                self.moment.cluster.leave(host);
                self.moment.cluster.network.remove(host);
            }
            _ => {}
        }
        self.cache.scene = None;
    }

    fn aimed_anew(&mut self) {
        self.revision += 1;
        if self.rate() > 0 && !self.is_past() {
            self.set_rate(self.rate());
        }
    }

    /// Sets the rate.
    pub fn set_rate(&mut self, rate: u32) {
        // While requests are sent by themselves neither sender nor address changes by itself.
        self.load.chosen |= rate > 0;
        self.load.sender_chosen |= rate > 0;
        self.act(Input::Rate(rate.min(MOST), self.load.aim.clone()));
    }

    /// Sends `n` requests at this moment.
    pub fn send(&mut self, n: u32) {
        self.act(Input::Send(n.min(MOST), self.load.aim.clone()));
    }

    /// What a new learner's requests are set to: from outside through a door if there is one, else from a Pod to a
    /// ClusterIP, to which there is no way from outside.
    pub fn propose_target(&mut self) {
        let (targets, scene) = (self.targets(), self.scene());
        let senders = self.senders();
        if !senders.contains(&self.load.aim.from) {
            // Who was chosen has gone.
            (self.load.aim.from, self.load.sender_chosen) = (USER.into(), false);
        }
        let door = targets.iter().find(|t| t.starts_with("192.")).cloned();
        let inside = targets.iter().find(|t| t.starts_with("10.")).cloned();
        if !self.load.sender_chosen && !self.load.chosen {
            let pod = first_ready(&scene).filter(|_| door.is_none() && inside.is_some());
            self.load.aim.from = pod.unwrap_or_else(|| USER.into());
        }
        if !self.load.chosen {
            let best = if is_outside(&self.load.aim.from) { door } else { inside };
            self.load.aim.to = best.unwrap_or_default();
        }
    }
}

fn first_ready(scene: &Scene) -> Option<String> {
    scene.pods().find(|p| p.look == PodLook::Ready).map(|p| p.key.clone())
}
