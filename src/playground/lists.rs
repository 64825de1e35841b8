//! The lists' rows. Only those that are looked at are made: there may be ten thousand, and new ones all the time.

use super::view::{Row, Rows};
use super::{Playground, requests};
use crate::api::{ObjectExt, Value, resource};
use crate::cluster::traffic::Exchange;
use crate::collections::sort_by_key;
use crate::network::conntrack;
use std::collections::VecDeque;

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

/// Rows that are made at a time.
pub const ROWS_SHOWN: usize = 100;
/// Most rows that a list gives.
const ROWS_MAX: usize = 10_000;

/// What part of a list is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Only rows that hold this text.
    pub search: String,
    /// From this number on.
    pub first: usize,
    /// So many.
    pub count: usize,
    /// Of requests, none newer than this one.
    pub upto: Option<u64>,
}

impl Default for Query {
    fn default() -> Self {
        Self { search: String::new(), first: 0, count: ROWS_SHOWN, upto: None }
    }
}

/// The requests that hold what is searched, found as they come.
#[derive(Default)]
pub(super) struct Found {
    search: String,
    /// Number of the newest request that was looked at.
    upto: u64,
    /// Numbers, oldest first.
    ids: VecDeque<u64>,
}

impl Playground {
    /// The rows of a list that are asked for.
    pub fn list(&mut self, kind: ListKind, query: &Query) -> Rows {
        let all = match kind {
            ListKind::Requests => return self.request_rows(query),
            ListKind::Conntrack => return self.conntrack_rows(query),
            ListKind::Iptables => Vec::new(),
            ListKind::Endpoints => self.endpoint_rows(),
            ListKind::Events => self.event_rows(),
            ListKind::Affinity => self.pin_rows(),
            ListKind::Dns => self.dns_rows(),
        };
        part(all.into_iter(), query)
    }

    /// The newest requests first.
    fn request_rows(&mut self, query: &Query) -> Rows {
        let log = self.moment.cluster.traffic();
        let (sent, kept) = (log.sent(), log.since(0).count() as u64);
        let (newest, oldest) = (query.upto.unwrap_or(sent).min(sent), sent - kept + 1);
        let found = &mut self.cache.found;
        if found.search != query.search || found.upto > sent {
            *found = Found { search: query.search.clone(), ..Found::default() };
        }
        let rows = |ids: &mut dyn Iterator<Item = u64>| {
            let asked = ids.skip(query.first).take(query.count);
            asked.filter_map(|id| log.get(id)).map(|e| request_row(e)).collect()
        };
        if query.search.is_empty() {
            let total = (newest + 1).saturating_sub(oldest) as usize;
            return Rows { total, first: query.first, rows: rows(&mut (oldest..=newest).rev()) };
        }
        found.ids.extend(log.since(found.upto).filter(|e| holds(&request_row(e), &query.search)).map(|e| e.id));
        found.upto = sent;
        while found.ids.front().is_some_and(|id| *id < oldest) {
            found.ids.pop_front();
        }
        let total = found.ids.partition_point(|id| *id <= newest);
        Rows { total, first: query.first, rows: rows(&mut found.ids.range(..total).rev().copied()) }
    }

    fn conntrack_rows(&self, query: &Query) -> Rows {
        let (network, now) = (self.moment.cluster.network(), self.moment.cluster.now);
        let nodes = self.node_hosts();
        let flows = nodes.iter().flat_map(|(id, name)| network.flows(*id, now).into_iter().map(move |f| (name, f)));
        let row = |(name, flow)| vec![String::clone(name), conntrack::line(&flow, now)];
        if !query.search.is_empty() {
            return part(flows.map(row), query);
        }
        let flows: Vec<_> = flows.collect();
        let total = flows.len();
        let rows = flows.into_iter().skip(query.first).take(query.count).map(row).collect();
        Rows { total, first: query.first, rows }
    }

    fn endpoint_rows(&mut self) -> Vec<Row> {
        let scene = self.scene();
        let store = &self.moment.cluster.store;
        let mut rows = Vec::new();
        for service in &scene.services {
            let namespace = service.key.split('/').next().unwrap_or_default();
            let Some(object) = store.find(&resource::SERVICES, namespace, &service.name) else { continue };
            let endpoints: Vec<&Value> = self.endpoints_of(object).collect();
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
            for pod in scene.pods() {
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
        let mut events: Vec<_> = self.moment.cluster.store.list(&resource::EVENTS, "default").collect();
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

/// A request's row.
fn request_row(e: &Exchange) -> Row {
    let seconds = format!("{:.3}", e.at.0 as f64 / 1e6);
    let pod = if e.response.is_some() { e.pod.rsplit('/').next().unwrap_or_default() } else { "" };
    vec![e.id.to_string(), seconds, e.from.to_string(), e.url.clone(), pod.into(), requests::result(e)]
}

fn holds(row: &Row, search: &str) -> bool {
    search.is_empty() || row.iter().any(|cell| cell.contains(search))
}

/// The rows that are asked for, of all.
fn part(all: impl Iterator<Item = Row>, query: &Query) -> Rows {
    let (mut total, mut rows) = (0, Vec::new());
    for row in all.filter(|r| holds(r, &query.search)) {
        if total >= query.first && rows.len() < query.count {
            rows.push(row);
        }
        total += 1;
    }
    Rows { total, first: query.first, rows }
}
