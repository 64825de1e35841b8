//! The lists' rows. Only those that are looked at are made: there may be ten thousand, and new ones all the time.

use super::endpoints::Membership;
use super::view::{Opens, Row, Rows, name_of};
use super::{Playground, Thing, requests, scene};
use crate::api::{ObjectExt, Value, resource};
use crate::cluster::traffic::Exchange;
use crate::collections::sort_by_key;
use crate::network::conntrack::{self, Flow};
use crate::sim::Time;
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
    /// By which column, and whether downwards; else in the list's own order.
    pub sort: Option<(usize, bool)>,
    /// From this number on.
    pub first: usize,
    /// So many.
    pub count: usize,
    /// Of requests, none newer than this one.
    pub upto: Option<u64>,
    /// Whether the keyboard is in the rows: then they stand still.
    pub held: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self { search: String::new(), sort: None, first: 0, count: ROWS_SHOWN, upto: None, held: false }
    }
}

impl Query {
    /// The rows that are asked for, of `len`: how many hold what is searched, and the numbers of those in the part that is
    /// looked at, in the order asked for.
    fn choose(&self, len: usize, columns: usize, cell: &dyn Fn(usize, usize) -> String) -> (usize, Vec<usize>) {
        let holds = |i: &usize| self.search.is_empty() || (0..columns).any(|c| cell(*i, c).contains(&self.search));
        let mut all: Vec<usize> = (0..len).filter(holds).collect();
        let total = all.len();
        if let Some((column, down)) = self.sort {
            let mut keyed: Vec<(String, usize)> = all.iter().map(|i| (natural(&cell(*i, column)), *i)).collect();
            sort_by_key(&mut keyed, |(key, _)| key.clone());
            all = keyed.into_iter().map(|(_, i)| i).collect();
            if down {
                all.reverse();
            }
        }
        (total, all.into_iter().skip(self.first).take(self.count).collect())
    }

    /// The part of a list that is looked at.
    fn part(&self, all: &[Row]) -> Rows {
        let cell = |i: usize, c: usize| all.get(i).and_then(|r| r.cells.get(c)).cloned().unwrap_or_default();
        let (total, chosen) = self.choose(all.len(), all.first().map_or(0, |r| r.cells.len()), &cell);
        Rows { total, first: self.first, rows: chosen.into_iter().filter_map(|i| all.get(i)).cloned().collect() }
    }
}

/// A text whose order is that of the numbers in it: they are filled up with zeros.
fn natural(text: &str) -> String {
    let mut key = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (head, tail) = rest.split_at(at);
        let (digits, after) = tail.split_at(tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len()));
        key.push_str(head);
        key.extend(std::iter::repeat_n('0', 12usize.saturating_sub(digits.len())));
        key.push_str(digits);
        rest = after;
    }
    key + rest
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
    /// The rows of a list that are asked for; `tell` words why a Pod is an endpoint or none.
    pub fn list(&mut self, kind: ListKind, query: &Query, tell: &dyn Fn(&Membership) -> String) -> Rows {
        let all = match kind {
            ListKind::Requests => return self.request_rows(query),
            ListKind::Conntrack => return self.conntrack_rows(query),
            ListKind::Iptables => Vec::new(),
            ListKind::Endpoints => self.endpoint_rows(tell),
            ListKind::Events => self.event_rows(),
            ListKind::Affinity => self.pin_rows(),
            ListKind::Dns => self.dns_rows(),
        };
        query.part(&all)
    }

    /// The newest requests first.
    fn request_rows(&mut self, query: &Query) -> Rows {
        let (log, began) = (self.moment.cluster.traffic(), self.began);
        let (sent, kept) = (log.sent(), log.since(0).count() as u64);
        let (newest, oldest) = (query.upto.unwrap_or(sent).min(sent), sent - kept + 1);
        let found = &mut self.cache.found;
        if found.search != query.search || found.upto > sent {
            *found = Found { search: query.search.clone(), ..Found::default() };
        }
        let row = |e: &Exchange| Row {
            cells: (0..REQUEST_COLUMNS).map(|c| request_cell(e, c, began)).collect(),
            opens: Some(Opens::Request(e.id)),
        };
        let rows = |ids: &mut dyn Iterator<Item = u64>| ids.filter_map(|id| log.get(id)).map(|e| row(e)).collect();
        if !query.search.is_empty() {
            let holds = |e: &Exchange| (0..REQUEST_COLUMNS).any(|c| request_cell(e, c, began).contains(&query.search));
            found.ids.extend(log.since(found.upto).filter(|e| holds(e)).map(|e| e.id));
            found.upto = sent;
            while found.ids.front().is_some_and(|id| *id < oldest) {
                found.ids.pop_front();
            }
        } else if query.sort.is_none() {
            // The plain list, ten times a second: only what is in sight is touched.
            let total = (newest + 1).saturating_sub(oldest) as usize;
            let ids = &mut (oldest..=newest).rev().skip(query.first).take(query.count);
            return Rows { total, first: query.first, rows: rows(ids) };
        }
        let ids: Vec<u64> = match query.search.is_empty() {
            true => (oldest..=newest).rev().collect(),
            false => found.ids.iter().rev().copied().skip_while(|id| *id > newest).collect(),
        };
        let cell = |i: usize, c: usize| {
            let e = ids.get(i).and_then(|id| log.get(*id));
            e.map(|e| request_cell(e, c, began)).unwrap_or_default()
        };
        // They were searched as they came.
        let (total, chosen) = Query { search: String::new(), ..query.clone() }.choose(ids.len(), 0, &cell);
        Rows { total, first: query.first, rows: rows(&mut chosen.into_iter().filter_map(|i| ids.get(i).copied())) }
    }

    fn conntrack_rows(&self, query: &Query) -> Rows {
        let (network, now) = (self.moment.cluster.network(), self.moment.cluster.now);
        let nodes = self.node_hosts();
        let flows: Vec<(&String, Flow)> =
            nodes.iter().flat_map(|(id, name)| network.flows(*id, now).into_iter().map(move |f| (name, f))).collect();
        let cell = |i: usize, c: usize| match (flows.get(i), c) {
            (None, _) => String::new(),
            (Some((node, _)), 0) => node.to_string(),
            (Some((_, f)), 1) => f.original.proto.upper().into(),
            (Some((_, f)), 2) => f.state.name().into(),
            (Some((_, f)), 3) => format!("{} s", f.expires.since(now).as_secs()),
            (Some((_, f)), 4) => format!("{} → {}", f.original.source(), f.original.destination()),
            (Some((_, f)), 5) => format!("{} → {}", f.reply.source(), f.reply.destination()),
            (Some((_, f)), _) => conntrack::line(f, now),
        };
        let pod = |f: &Flow| scene::pod_at(&self.moment.cluster, f.reply.src.into());
        let (total, chosen) = query.choose(flows.len(), 7, &cell);
        let row = |i: usize| {
            let opens = flows.get(i).and_then(|(_, f)| pod(f));
            Row { cells: (0..7).map(|c| cell(i, c)).collect(), opens: opens.map(|key| Opens::Thing(Thing::Pod(key))) }
        };
        Rows { total, first: query.first, rows: chosen.into_iter().map(row).collect() }
    }

    fn event_rows(&self) -> Vec<Row> {
        let when = |e: &Value| e.str_at("lastTimestamp").to_string().max(e.str_at("eventTime").to_string());
        let mut events: Vec<_> = self.moment.cluster.store.list(&resource::EVENTS, "default").collect();
        sort_by_key(&mut events, |e| std::cmp::Reverse((when(e), e.int_at("count"))));
        let row = |e: &std::rc::Rc<Value>| {
            let (kind, name) = (e.str_at("involvedObject.kind"), e.str_at("involvedObject.name"));
            let key = format!("{}/{name}", e.str_at("involvedObject.namespace"));
            let thing = match kind {
                "Pod" => Some(Thing::Pod(key)),
                "Service" => Some(Thing::Service(key)),
                "ReplicaSet" => Some(Thing::ReplicaSet(key)),
                "Node" => Some(Thing::Node(name.into())),
                _ => None,
            };
            let object = format!("{}/{name}", kind.to_ascii_lowercase());
            let cells =
                vec![when(e), e.str_at("type").into(), e.str_at("reason").into(), object, e.str_at("message").into()];
            Row { cells, opens: thing.map(Opens::Thing) }
        };
        events.into_iter().take(ROWS_MAX).map(row).collect()
    }

    fn pin_rows(&mut self) -> Vec<Row> {
        let row = |p: super::view::PinView| {
            let pod = name_of(&p.pod).to_string();
            let (left, whole) = (format!("{} s", p.left_s), format!("{} s", p.timeout_s));
            Row {
                cells: vec![p.node, p.service, p.client, pod, left, whole],
                opens: (!p.pod.is_empty()).then_some(Opens::Thing(Thing::Pod(p.pod))),
            }
        };
        self.pins().into_iter().map(row).collect()
    }
}

const REQUEST_COLUMNS: usize = 6;

/// One cell of a request's row; its time is that of the session, as the page's clock shows it.
fn request_cell(e: &Exchange, column: usize, began: Time) -> String {
    match column {
        0 => e.id.to_string(),
        1 => requests::clock(e.at, began),
        2 => e.from.to_string(),
        3 => e.url.clone(),
        4 if e.response.is_none() => String::new(),
        4 => name_of(&e.pod).into(),
        _ => requests::result(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_are_ordered_as_numbers() {
        let mut texts = ["10.244.2.10", "10.244.10.1", "10.244.2.9", "", "9 s", "10 s", "web"];
        sort_by_key(&mut texts, |t| natural(t));
        assert_eq!(texts, ["", "9 s", "10 s", "10.244.2.9", "10.244.2.10", "10.244.10.1", "web"]);
    }

    #[test]
    fn a_part_is_of_what_is_searched_and_in_the_order_asked_for() {
        let all: Vec<Row> =
            ["b 2", "a 10", "a 9"].iter().map(|c| Row { cells: vec![(*c).into(), "x".into()], opens: None }).collect();
        let shown = |query: Query| {
            let rows = query.part(&all);
            (rows.total, rows.rows.iter().map(|r| r.cells[0].clone()).collect::<Vec<_>>().join(","))
        };
        assert_eq!(shown(Query::default()), (3, "b 2,a 10,a 9".into()));
        assert_eq!(shown(Query { sort: Some((0, false)), ..Query::default() }), (3, "a 9,a 10,b 2".into()));
        let query = Query { sort: Some((0, true)), search: "a".into(), count: 1, ..Query::default() };
        assert_eq!(shown(query), (2, "a 10".into()));
        assert_eq!(shown(Query { search: "x".into(), first: 2, ..Query::default() }), (3, "a 9".into()));
    }
}
