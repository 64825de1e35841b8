//! HTTP exchanges through the simulated network, and the log of them that stage and lists read.

use super::Cluster;
use super::image::{self, HttpRequest, HttpResponse};
use crate::api::{ObjectExt, resource};
use crate::network::{Connection, Dial, HostId, HostKind, Outcome, Protocol};
use crate::sim::Time;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// How many exchanges and look-ups are kept; the oldest go first.
pub const KEPT: usize = 10_000;

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its number, from 1.
    pub id: u64,
    /// When it was sent.
    pub at: Time,
    /// Name of the host that sent it: `user`, `worker-1`, `default/web-x`.
    pub from: Rc<str>,
    /// What was asked, as it was written: `http://web:80/`.
    pub url: String,
    /// The packets' way; its trace is there.
    pub connection: Connection,
    /// `namespace/name` of the Pod that answered or refused, empty if none did.
    pub pod: Rc<str>,
    /// What it answered.
    pub response: Option<HttpResponse>,
}

/// One name that was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRow {
    /// When.
    pub at: Time,
    /// By whom.
    pub from: Rc<str>,
    /// The name asked for.
    pub name: String,
    /// `A`, `AAAA` …
    pub kind: &'static str,
    /// The answer, `NXDOMAIN` …
    pub answer: String,
}

/// The newest exchanges and look-ups.
#[derive(Clone, Debug, Default)]
pub struct Log {
    exchanges: VecDeque<Rc<Exchange>>,
    names: VecDeque<NameRow>,
    sent: u64,
}

impl Log {
    /// How many exchanges there ever were: the newest one's number.
    pub fn sent(&self) -> u64 {
        self.sent
    }
    /// Those after number `id`, oldest first.
    pub fn since(&self, id: u64) -> impl Iterator<Item = &Rc<Exchange>> {
        let wanted = usize::try_from(self.sent.saturating_sub(id)).unwrap_or(usize::MAX);
        self.exchanges.iter().skip(self.exchanges.len().saturating_sub(wanted))
    }
    /// One by number, if it is still kept.
    pub fn get(&self, id: u64) -> Option<&Rc<Exchange>> {
        self.since(id.checked_sub(1)?).next().filter(|e| e.id == id)
    }
    /// Look-ups, oldest first.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &NameRow> {
        self.names.iter()
    }
}

impl Cluster {
    /// The log of exchanges and look-ups.
    pub fn traffic(&self) -> &Log {
        &self.traffic
    }

    /// Sends one HTTP request from a host to an address and port: a connection through the network, then the answer of
    /// the container that listens there. `url` is what was asked as the user wrote it, for the log.
    pub fn http(&mut self, from: HostId, to: (Ipv4Addr, u16), request: &HttpRequest, url: &str) -> Rc<Exchange> {
        let (network, now, random) = self.wire();
        let connection = network.connect(now, random, &Dial::tcp(from, to.0, to.1));
        let response = self.answer_http(&connection, request);
        let name = |id: Option<HostId>| id.and_then(|id| self.network.host(id)).map(|h| (h.kind, h.name.clone()));
        let end = match connection.outcome {
            Outcome::Accepted { host } | Outcome::Refused { host } => Some(host),
            _ => None,
        };
        let pod = name(end).filter(|(kind, _)| *kind == HostKind::Pod).map(|(_, n)| n).unwrap_or_else(|| "".into());
        let sender = match name(Some(from)) {
            Some((HostKind::User, _)) => "user".into(),
            other => other.map(|(_, n)| n).unwrap_or_else(|| "".into()),
        };
        self.traffic.sent += 1;
        let exchange = Rc::new(Exchange {
            id: self.traffic.sent,
            at: now,
            from: sender,
            url: url.into(),
            connection,
            pod,
            response,
        });
        self.traffic.exchanges.push_back(exchange.clone());
        if self.traffic.exchanges.len() > KEPT {
            self.traffic.exchanges.pop_front();
        }
        exchange
    }

    /// What the container at the end of a connection answers; `None` if there is no one, or no HTTP server.
    fn answer_http(&self, connection: &Connection, request: &HttpRequest) -> Option<HttpResponse> {
        let host = self.network.host(connection.outcome.accepted()?)?;
        let port = connection.server.dport;
        let container = host.listeners.iter().find(|l| l.proto == Protocol::Tcp && l.port == port)?.owner.clone();
        let (namespace, name) = host.name.split_once('/')?;
        let pod = self.store.find(&resource::PODS, namespace, name)?;
        let spec = pod.list_at("spec.containers").iter().find(|c| c.str_at("name") == &*container)?;
        let image = spec.str_at("image");
        if !image::speaks_http(image, port) {
            return None;
        }
        let client = (connection.server.src.to_string(), connection.server.sport);
        let request = HttpRequest { port, ..request.clone() };
        Some(image::respond(image, &request, (&client.0, client.1), name))
    }

    /// Notes a name that was looked up.
    pub fn note_lookup(&mut self, from: HostId, name: &str, kind: &'static str, answer: String) {
        let from = self.network.host(from).map(|h| h.name.clone()).unwrap_or_else(|| "".into());
        self.traffic.names.push_back(NameRow { at: self.now, from, name: name.into(), kind, answer });
        if self.traffic.names.len() > KEPT {
            self.traffic.names.pop_front();
        }
    }
}
