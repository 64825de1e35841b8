//! Connections that clients keep, as lines on the stage.

use super::view::{LineView, Place};
use super::{Input, Playground, hops};

impl Playground {
    /// Whether any connection is kept, or ended lately.
    pub fn keeps(&self) -> bool {
        !self.moment.cluster.kept().is_empty()
    }

    /// Connections that are open, and those that ended lately, by number.
    pub fn kept_lines(&self) -> Vec<LineView> {
        let network = self.moment.cluster.network();
        let line = |k: &crate::cluster::kept::Kept| {
            let trace = k.connection.trace.as_deref();
            let mut stops = trace.map(|t| hops::way(network, t)).unwrap_or_default();
            if !k.pod.is_empty() {
                // A Pod that is gone stood at the end, wherever that is now.
                stops.retain(|s| *s != Place::Outside && *s != Place::Pod(k.pod.clone()));
                stops.push(Place::Pod(k.pod.clone()));
            }
            let port = if k.to.1 == 80 { String::new() } else { format!(":{}", k.to.1) };
            LineView {
                id: k.id,
                to: format!("{}{port}", k.to.0),
                pod: k.pod.clone(),
                service: trace.and_then(hops::service_of).unwrap_or_default().into(),
                stops,
                requests: k.requests,
                end: k.end.map(|(_, how)| how),
            }
        };
        self.moment.cluster.kept().iter().map(line).collect()
    }

    /// Closes a connection.
    pub fn hang_up(&mut self, id: u64) {
        self.act(Input::HangUp(id));
    }
}
