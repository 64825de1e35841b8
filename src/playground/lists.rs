//! The lists' rows.

use super::Playground;
use super::view::Row;
use crate::api::{ObjectExt, Value, resource};
use crate::collections::sort_by_key;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Requests, newest first.
    Requests,
    /// A node's rules (a text, no rows).
    Iptables,
    /// Services' endpoints and why each Pod is in or out.
    Endpoints,
    /// Events, newest first.
    Events,
    /// Affinity pins.
    Affinity,
    /// Connections that nodes remember.
    Conntrack,
    /// Names that were looked up, newest first.
    Dns,
}

impl ListKind {
    /// Its name in element ids.
    pub fn id(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Iptables => "iptables",
            Self::Endpoints => "endpoints",
            Self::Events => "events",
            Self::Affinity => "affinity",
            Self::Conntrack => "conntrack",
            Self::Dns => "dns",
        }
    }
}

/// Most rows that a list gives.
const ROWS_MAX: usize = 10_000;

impl Playground {
    /// A list's rows.
    pub fn list(&mut self, kind: ListKind) -> Vec<Row> {
        match kind {
            ListKind::Requests => self.request_rows(),
            ListKind::Iptables => Vec::new(),
            ListKind::Endpoints => self.endpoint_rows(),
            ListKind::Events => self.event_rows(),
            ListKind::Affinity => self.pin_rows(),
            ListKind::Conntrack => self.conntrack_rows(),
            ListKind::Dns => self.dns_rows(),
        }
    }

    fn request_rows(&self) -> Vec<Row> {
        let newest = self.requests_since(self.requests_sent().saturating_sub(ROWS_MAX as u64));
        let row = |r: super::view::RequestView| {
            let seconds = format!("{:.3}", r.at_us as f64 / 1e6);
            let pod = r.pod.rsplit('/').next().unwrap_or_default().to_string();
            vec![r.id.to_string(), seconds, r.from, r.to, pod, r.result]
        };
        newest.into_iter().rev().map(row).collect()
    }

    fn endpoint_rows(&self) -> Vec<Row> {
        let store = &self.cluster.store;
        let scene = self.scene();
        let mut rows = Vec::new();
        for service in &scene.services {
            let namespace = service.key.split('/').next().unwrap_or_default();
            let Some(object) = store.find(&resource::SERVICES, namespace, &service.name) else { continue };
            let endpoints = self.endpoints_of(object);
            for endpoint in &endpoints {
                let pod = endpoint.str_at("targetRef.name");
                let ready = endpoint.at("conditions.ready") != &Value::Bool(false);
                let why = match (ready, endpoint.bool_at("conditions.terminating")) {
                    (true, _) => "ready",
                    (false, true) => "terminating",
                    (false, false) => "not ready",
                };
                rows.push(vec![
                    service.name.clone(),
                    pod.into(),
                    endpoint.str_at("addresses.0").into(),
                    ready.to_string(),
                    why.into(),
                ]);
            }
            // Pods of the namespace that are no endpoint: by labels or by state.
            for pod in scene.nodes.iter().flat_map(|n| &n.pods).chain(&scene.pending) {
                let listed = endpoints.iter().any(|e| e.str_at("targetRef.name") == pod.name);
                if pod.namespace != namespace || listed {
                    continue;
                }
                let labels = pod.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",");
                let why =
                    if service.selects.contains(&pod.key) { pod.status.clone() } else { format!("labels {labels}") };
                rows.push(vec![service.name.clone(), pod.name.clone(), pod.ip.clone(), "–".into(), why]);
            }
        }
        rows
    }

    fn event_rows(&self) -> Vec<Row> {
        let when = |e: &Value| e.str_at("lastTimestamp").to_string().max(e.str_at("eventTime").to_string());
        let mut events: Vec<_> = self.cluster.store.list(&resource::EVENTS, "default").collect();
        sort_by_key(&mut events, |e| std::cmp::Reverse((when(e), e.int_at("count"))));
        let row = |e: &std::rc::Rc<Value>| {
            let object =
                format!("{}/{}", e.str_at("involvedObject.kind").to_ascii_lowercase(), e.str_at("involvedObject.name"));
            vec![when(e), e.str_at("type").into(), e.str_at("reason").into(), object, e.str_at("message").into()]
        };
        events.into_iter().take(ROWS_MAX).map(row).collect()
    }

    fn pin_rows(&mut self) -> Vec<Row> {
        let row = |p: super::view::PinView| {
            let pod = p.pod.rsplit('/').next().unwrap_or_default().to_string();
            vec![p.node, p.service, p.client, pod, format!("{} s", p.left_s)]
        };
        self.pins().into_iter().map(row).collect()
    }
}
