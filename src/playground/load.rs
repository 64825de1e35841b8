//! Requests sent from the page: one, a burst or a rate.

use super::{Input, Playground};
use crate::sim::{Duration, Time};

/// Most requests at once, or a second.
const MOST: u32 = 1_000;

/// What the page's sending bar is set to. The clock has no say in it: it stays wherever the learner goes in time.
#[derive(Clone, Debug)]
pub struct Load {
    /// `user` or a Pod's key.
    pub from: String,
    /// `192.168.49.3:30001`, `http-go-svc`, `http://10.96.0.40:80/path`.
    pub to: String,
    /// Whether the learner chose the address; until then the best one is proposed.
    pub chosen: bool,
}

impl Default for Load {
    fn default() -> Self {
        Self { from: "user".into(), to: String::new(), chosen: false }
    }
}

/// Requests that are sent by themselves.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    /// How many a second, 0 for none.
    pub per_second: u32,
    /// From where.
    pub from: String,
    /// To where.
    pub to: String,
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

impl Playground {
    /// Who can send: the user's machine, then the learner's Pods that run.
    pub fn senders(&mut self) -> Vec<String> {
        let scene = self.scene();
        let pods = scene.nodes.iter().flat_map(|n| &n.pods).filter(|p| !p.ip.is_empty());
        std::iter::once("user".to_string()).chain(pods.map(|p| p.key.clone())).collect()
    }

    /// Who sends now.
    pub fn sender(&self) -> &str {
        &self.load.from
    }

    /// Where requests go.
    pub fn target(&self) -> &str {
        &self.load.to
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
            all.push(service.name.clone());
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
        self.load.from = from.into();
        self.propose_target();
        self.aimed_anew();
    }

    /// Sets where requests go; a rate goes on to there.
    pub fn set_target(&mut self, to: &str) {
        self.load.to = to.trim().into();
        self.load.chosen = !self.load.to.is_empty();
        self.aimed_anew();
    }

    fn aimed_anew(&mut self) {
        self.revision += 1;
        if self.rate() > 0 && !self.is_past() {
            self.set_rate(self.rate());
        }
    }

    /// Sets the rate.
    pub fn set_rate(&mut self, rate: u32) {
        // While requests are sent by themselves their address doesn't change by itself.
        self.load.chosen |= rate > 0;
        self.act(Input::Rate(rate.min(MOST), self.load.from.clone(), self.load.to.clone()));
    }

    /// Sends `n` requests at this moment.
    pub fn send(&mut self, n: u32) {
        self.act(Input::Send(n.min(MOST), self.load.from.clone(), self.load.to.clone()));
    }

    /// Where a new learner's requests go by default: the newest thing that can be reached.
    pub fn propose_target(&mut self) {
        let targets = self.targets();
        if !self.load.chosen {
            let from_outside = self.load.from == "user";
            let door = targets.iter().find(|t| t.starts_with("192.")).cloned();
            let inside = targets.iter().find(|t| !t.starts_with("192.") && t.contains(':')).cloned();
            if let Some(best) = if from_outside { door.or(inside) } else { inside } {
                self.load.to = best;
            }
        }
    }
}
