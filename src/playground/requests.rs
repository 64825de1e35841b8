//! Requests as the page shows them: the cluster's exchanges with their hops, counts per Pod, pins, rules.

use super::load::{ALL_CLIENTS, Aim, USER, clients};
use super::view::{HopKind, HopView, Journey, PinView, Place, PodTag, RequestView, Row, Served};
use super::{MarkKind, Playground, hops, scene};
use crate::api::{ObjectExt, Value};
use crate::cluster::image::{self, HttpRequest};
use crate::cluster::traffic::{Exchange, NameRow, Url};
use crate::collections::sort;
use crate::network::dns::{Families, LookupFailure};
use crate::network::{HostId, HostKind, Outcome, Protocol};
use crate::sim::{Duration, Time};
use std::rc::Rc;

impl Playground {
    /// How many requests were sent so far: the newest one's number.
    pub fn requests_sent(&self) -> u64 {
        self.moment.cluster.traffic().sent()
    }

    /// The ways of the requests after number `id`, oldest first, each with its number and when it was sent, in
    /// microseconds of simulated time; those no longer kept are left out.
    pub fn journeys_since(&self, id: u64) -> Vec<(u64, u64, Journey)> {
        let network = self.moment.cluster.network();
        self.moment.cluster.traffic().since(id).map(|e| (e.id, e.at.0, hops::journey(network, e))).collect()
    }

    /// The number of the last request sent before a moment, in microseconds of simulated time.
    pub fn last_before_us(&self, us: u64) -> u64 {
        let later = self.moment.cluster.traffic().since(0).filter(|e| e.at.0 >= us).count();
        self.requests_sent().saturating_sub(later as u64)
    }

    /// Whether a request was answered, if it is still kept.
    pub fn is_answered(&self, id: u64) -> Option<bool> {
        self.moment.cluster.traffic().get(id).map(|e| e.response.is_some())
    }

    /// What came of a request, as [`RequestView::result`] has it, if it is still kept.
    pub fn result_of(&self, id: u64) -> Option<String> {
        self.moment.cluster.traffic().get(id).map(|e| result(e))
    }

    /// How many requests each Pod answered.
    pub fn served(&self) -> Rc<Served> {
        self.moment.served.clone()
    }

    /// One request with all its texts, if it is still kept.
    pub fn request(&self, id: u64) -> Option<RequestView> {
        self.moment.cluster.traffic().get(id).map(|e| self.request_view(e))
    }

    fn request_view(&self, e: &Exchange) -> RequestView {
        let network = self.moment.cluster.network();
        let trace = e.connection.as_ref().and_then(|c| c.trace.as_deref());
        let code = e.response.as_ref().map_or(0, |r| r.status);
        let mut hops: Vec<HopView> = e.lookup.iter().flat_map(|r| hops::lookups(&e.from, r)).collect();
        hops.extend(trace.map(|t| hops::views(network, t)).unwrap_or_default());
        if let Some(last) = hops.last_mut().filter(|h| h.kind == HopKind::NoRoute) {
            last.rule = result(e);
        }
        let pods = self.tags(&hops);
        RequestView {
            pods,
            id: e.id,
            at_us: e.at.0,
            from: e.from.to_string(),
            to: e.url.clone(),
            service: trace.and_then(hops::service_of).unwrap_or_default().into(),
            pod: if code == 0 { String::new() } else { e.pod.to_string() },
            code,
            result: result(e),
            kept: e.kept,
            hops,
        }
    }

    /// The Pods at which a request's hops are, as the stage marks them.
    fn tags(&self, hops: &[HopView]) -> Vec<PodTag> {
        let mut tags: Vec<PodTag> = Vec::new();
        for hop in hops {
            let Place::Pod(key) = &hop.place else { continue };
            if let (true, Some(tag)) = (tags.iter().all(|t| *t.key != **key), self.tag(key)) {
                tags.push(tag);
            }
        }
        tags
    }

    /// Sends one request.
    pub(super) fn send_one(&mut self, aim: &Aim) {
        let (Some(from), Some(url)) = (self.host(&aim.from), Url::parse(&aim.to)) else { return };
        let request = HttpRequest { method: "GET".into(), path: url.path, host: url.host, port: url.port };
        let took = self.moment.cluster.latency();
        let tls = url.scheme == "https";
        if aim.keep {
            return self.moment.cluster.ask_kept(from, &aim.to, &request, tls, took);
        }
        let lookup = self.moment.cluster.resolve(from, &request.host, Families::Both);
        let connection = lookup.ipv4().map(|ip| {
            // What the terminal forwards comes out within the Pod.
            let job = self.moment.job.as_mut().filter(|_| aim.from == USER);
            let within = job.and_then(|job| job.forwarded(self.moment.cluster.network(), (ip, request.port)));
            let (from, port) = within.unwrap_or((from, request.port));
            self.moment.cluster.dial(from, ip, port, Protocol::Tcp)
        });
        let response = connection.as_ref().and_then(|c| self.moment.cluster.http_answer(c, &request, tls));
        self.moment.cluster.log_exchange(from, &aim.to, (Some(lookup), connection), response, took);
    }

    /// The host of a sender's id. Of all clients it is the next one's turn.
    pub(super) fn host(&self, id: &str) -> Option<HostId> {
        let network = self.moment.cluster.network();
        if id == ALL_CLIENTS {
            let turn = self.requests_sent() as usize % clients(network).count();
            return clients(network).nth(turn).map(|(host, ..)| host);
        }
        match id.split_once('/') {
            Some((namespace, name)) => network.pod(namespace, name),
            None => network.node(id),
        }
    }

    /// Counts new answers by Pod; requests that failed are marked.
    pub(super) fn count(&mut self) {
        let sent = self.requests_sent();
        if self.moment.counted == sent {
            return;
        }
        let new: Vec<Rc<Exchange>> = self.moment.cluster.traffic().since(self.moment.counted).cloned().collect();
        self.moment.counted = sent;
        for e in new.iter().filter(|e| e.response.is_none()) {
            self.mark(MarkKind::Failed, format!("{}: {}", e.url, result(e)));
            self.note_refusal(e);
        }
        for e in new.iter().filter(|e| e.response.is_some() && !e.pod.is_empty()) {
            match Rc::make_mut(&mut self.moment.served).get_mut(&e.pod) {
                Some(n) => *n += 1,
                None => _ = Rc::make_mut(&mut self.moment.served).insert(e.pod.clone(), 1),
            }
            self.note_answer(e);
        }
    }

    /// The nodes as hosts, with their names.
    pub(super) fn node_hosts(&self) -> Vec<(HostId, String)> {
        let nodes = self.moment.cluster.network().hosts().filter(|h| h.kind == HostKind::Node);
        nodes.map(|h| (h.id, h.name.to_string())).collect()
    }

    /// Affinity pins of all nodes that still hold.
    pub fn pins(&mut self) -> Vec<PinView> {
        let now = self.moment.cluster.now;
        let mut all = Vec::new();
        for (id, node) in self.node_hosts() {
            for pin in self.moment.cluster.network.pins(id, now) {
                let ip = pin.endpoint.rsplit_once(':').map_or("", |(ip, _)| ip);
                let pod = ip.parse().ok().and_then(|ip| scene::pod_at(&self.moment.cluster, ip)).unwrap_or_default();
                if pin.left.0 > 0 {
                    all.push(PinView {
                        node: node.clone(),
                        service: pin.service_port,
                        client: pin.client.to_string(),
                        pod,
                        left_s: pin.left.as_secs(),
                        timeout_s: pin.timeout.as_secs(),
                    });
                }
            }
        }
        all
    }

    /// Where a Pod's containers listen, lowest first.
    pub(super) fn listening(&self, pod: &Value) -> Vec<u16> {
        let mut ports: Vec<u16> = pod.list_at("spec.containers").iter().flat_map(image::ports).collect();
        sort(&mut ports);
        ports.dedup();
        ports
    }

    /// A node's table as `iptables-save` prints it.
    pub fn iptables(&mut self, node: &str, table: &str) -> String {
        let now = self.moment.cluster.now;
        let Some(id) = self.moment.cluster.network.node(node) else { return String::new() };
        let output = self.moment.cluster.network.tool(id, now, &["iptables-save", "-t", table]);
        output.map(|o| o.stdout).unwrap_or_default()
    }

    /// Names that were looked up, newest first.
    pub(super) fn dns_rows(&self) -> Vec<Row> {
        let names = self.moment.cluster.traffic().names().rev();
        let cells = |n: &NameRow| {
            vec![clock(n.at, self.began), n.from.to_string(), n.name.clone(), n.kind.into(), n.answer.clone()]
        };
        names.take(1_000).map(|n| Row { cells: cells(n), opens: None }).collect()
    }
}

/// A moment on the session's clock, in seconds.
pub(super) fn clock(at: Time, began: Time) -> String {
    format!("{:.3}", at.0.saturating_sub(began.0) as f64 / 1e6)
}

/// What came back, or why nothing did.
pub(super) fn result(e: &Exchange) -> String {
    if let Some(response) = &e.response {
        let line = response.body.lines().next().unwrap_or_default();
        return if response.status == 200 { line.into() } else { format!("{} {line}", response.status) };
    }
    let Some(connection) = &e.connection else {
        return match e.lookup.as_ref().and_then(|l| l.failure) {
            Some(LookupFailure::TryAgain) => "no DNS server answers".into(),
            Some(LookupFailure::NoData) => "the name has no address".into(),
            _ => "NXDOMAIN".into(),
        };
    };
    match connection.outcome {
        Outcome::Accepted { .. } => "no HTTP".into(),
        // Who listens does not know the connection, or nobody listens.
        Outcome::Refused { .. } if e.kept.is_some_and(|(_, nth)| nth > 1) => "connection reset".into(),
        Outcome::Refused { .. } => "connection refused".into(),
        Outcome::Rejected { .. } => format!("REJECT: {}", reason(e, "no endpoints")),
        Outcome::Dropped { .. } => format!("DROP: {}", reason(e, "no local endpoints")),
        Outcome::Lost { .. } => "timed out: nobody answers".into(),
        Outcome::Unreachable { after: Duration(0), .. } => "network is unreachable: no route".into(),
        Outcome::Unreachable { .. } => "no route to host: nobody answers ARP for 3 s".into(),
    }
}

/// What the rule that ended it says in its comment.
fn reason(e: &Exchange, or: &str) -> String {
    let trace = e.connection.as_ref().and_then(|c| c.trace.as_deref());
    let rule = trace.and_then(|t| t.hops.iter().rev().find_map(|h| t.rule(h)));
    let comment = rule.and_then(|r| r.comment_text()).unwrap_or(or);
    comment.split_once(" has ").map_or(comment, |(_, why)| why).to_string()
}
