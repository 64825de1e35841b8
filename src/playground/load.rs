//! Load: requests sent from the page, one, a burst or a rate.

use super::{Input, Playground};
use crate::sim::{Duration, Time};

/// Who sends how often to what.
#[derive(Clone, Debug)]
pub struct Load {
    /// `user` or a Pod's key.
    pub from: String,
    /// `192.168.49.3:30001`, `http-go-svc`, `http://10.96.0.40:80/path`.
    pub to: String,
    /// Requests a second, 0 for none.
    pub rate: u32,
    /// When the next one of the rate is due.
    pub due: Option<Time>,
    /// Whether the learner chose the address; until then the best one is proposed.
    pub chosen: bool,
}

impl Default for Load {
    fn default() -> Self {
        Self { from: "user".into(), to: String::new(), rate: 0, due: None, chosen: false }
    }
}

impl Load {
    /// When, up to `end`, the next request of the rate is due; moves on to the one after.
    pub fn next(&mut self, now: Time, end: Time) -> Option<Time> {
        if self.rate == 0 {
            return None;
        }
        let at = self.due.unwrap_or(now).max(now);
        if at > end {
            self.due = Some(at);
            return None;
        }
        self.due = Some(at + Duration::micros(1_000_000 / u64::from(self.rate)));
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

    /// Requests a second.
    pub fn rate(&self) -> u32 {
        self.load.rate
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

    /// Sets who sends.
    pub fn set_sender(&mut self, from: &str) {
        self.load.from = from.into();
        self.propose_target();
        self.revision += 1;
    }

    /// Sets where requests go.
    pub fn set_target(&mut self, to: &str) {
        self.load.to = to.trim().into();
        self.load.chosen = !self.load.to.is_empty();
        self.revision += 1;
    }

    /// Sets the rate.
    pub fn set_rate(&mut self, rate: u32) {
        self.load.rate = rate.min(1_000);
        self.load.due = None;
        self.note(Input::Rate(self.load.rate, self.load.from.clone(), self.load.to.clone()));
    }

    /// Sends `n` requests at this moment.
    pub fn send(&mut self, n: u32) {
        self.note(Input::Send(n, self.load.from.clone(), self.load.to.clone()));
        for _ in 0..n.min(1_000) {
            self.send_one();
        }
        self.observe();
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
