//! HTTP exchanges through the simulated network, and the log of them that stage and lists read.

use super::image::{self, HttpRequest, HttpResponse};
use super::{Cluster, Method, Request, Server};
use crate::network::dns::{Answer as DnsAnswer, Families, Lookup, Rcode, Resolution};
use crate::network::{Connection, Dial, HostId, HostKind, Outcome, Protocol};
use crate::sim::{Duration, Stream, Time};
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// How many exchanges and look-ups are kept; the oldest go first.
pub const KEPT: usize = 10_000;

/// A URL in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// `http`, `https`
    pub scheme: String,
    /// Name or address.
    pub host: String,
    /// Port, the scheme's own if none is given.
    pub port: u16,
    /// Whether the port was given.
    pub explicit_port: bool,
    /// Path with query; at least `/`.
    pub path: String,
}

impl Url {
    /// Reads what a person types: the scheme may be missing. `None`: it is no URL.
    pub fn parse(text: &str) -> Option<Self> {
        // Read for every request that is sent by itself: not with the standard search, which first studies its needle.
        let colon = text.as_bytes().windows(3).position(|w| w == b"://");
        let (scheme, rest) = colon.map_or(("http", text), |at| (&text[..at], &text[at + 3..]));
        let scheme = scheme.to_ascii_lowercase();
        let rest = rest.split('#').next().unwrap_or("");
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit('@').next().unwrap_or("");
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.parse::<u16>().ok().filter(|p| *p > 0)?)),
            None => (authority, None),
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "{}|\\^\"<>".contains(c)) {
            return None;
        }
        let default = match scheme.as_str() {
            "https" => 443,
            "ftp" => 21,
            _ => 80,
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Self { scheme, host: host.into(), port: port.unwrap_or(default), explicit_port: port.is_some(), path })
    }
}

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
    /// The packets' way, with its trace; `None` where the name was not found, so that nothing was sent.
    pub connection: Option<Connection>,
    /// `namespace/name` of the Pod that answered or refused, empty if none did.
    pub pod: Rc<str>,
    /// What it answered.
    pub response: Option<HttpResponse>,
    /// The name's look-up, each question with its own way through the rules; `None` where an address was asked.
    pub lookup: Option<Resolution>,
    /// From the first question to the answer.
    pub took: Duration,
    /// Over a connection that is kept: its number and which request on it this was, from 1.
    pub kept: Option<(u64, u64)>,
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
    names: VecDeque<Rc<NameRow>>,
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
    /// Notes of the newest one that it went over a connection that is kept.
    pub(super) fn went_over(&mut self, connection: u64, nth: u64) {
        if let Some(newest) = self.exchanges.back_mut() {
            Rc::make_mut(newest).kept = Some((connection, nth));
        }
    }
    /// Look-ups, oldest first.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &Rc<NameRow>> {
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
        let connection = self.dial(from, to.0, to.1, Protocol::Tcp);
        let response = self.http_answer(&connection, request, false);
        let took = self.latency();
        self.log_exchange(from, url, (None, Some(connection)), response, took)
    }

    /// Writes an exchange into the log.
    pub fn log_exchange(
        &mut self,
        from: HostId,
        url: &str,
        (lookup, connection): (Option<Resolution>, Option<Connection>),
        response: Option<HttpResponse>,
        took: Duration,
    ) -> Rc<Exchange> {
        let name = |id: Option<HostId>| id.and_then(|id| self.network.host(id)).map(|h| (h.kind, h.name.clone()));
        let end = match connection.as_ref().map(|c| c.outcome) {
            Some(Outcome::Accepted { host } | Outcome::Refused { host }) => Some(host),
            _ => None,
        };
        let pod = name(end).filter(|(kind, _)| *kind == HostKind::Pod).map(|(_, n)| n).unwrap_or_else(|| "".into());
        let sender = match name(Some(from)) {
            Some((HostKind::User, _)) => "user".into(),
            other => other.map(|(_, n)| n).unwrap_or_else(|| "".into()),
        };
        let (id, at, url) = (self.traffic.sent + 1, self.now, url.to_owned());
        self.traffic.sent = id;
        let exchange =
            Rc::new(Exchange { id, at, from: sender, url, connection, pod, response, lookup, took, kept: None });
        self.traffic.exchanges.push_back(exchange.clone());
        if self.traffic.exchanges.len() > KEPT {
            self.traffic.exchanges.pop_front();
        }
        exchange
    }

    /// Looks a name up as programs on `from` do, and notes it.
    pub fn resolve(&mut self, from: HostId, name: &str, families: Families) -> Resolution {
        let (network, now, random) = self.wire();
        let found = network.resolve(now, random, from, name, families);
        found.lookups.iter().for_each(|l| self.note_answer(from, l));
        found
    }

    /// Notes one question and its answer.
    pub fn note_answer(&mut self, from: HostId, lookup: &Lookup) {
        let shown = |a: &DnsAnswer| match a.answers.iter().map(|r| r.text()).collect::<Vec<_>>().join(" ") {
            _ if a.rcode != Rcode::NoError => a.rcode.name().to_owned(),
            none if none.is_empty() => "no data".to_owned(),
            texts => texts,
        };
        let answer = lookup.answer.as_ref().map_or_else(|| "no answer".to_owned(), shown);
        self.note_lookup(from, &lookup.name, lookup.kind.name(), answer);
    }

    /// Opens a connection, with a trace.
    pub fn dial(&mut self, from: HostId, ip: Ipv4Addr, port: u16, proto: Protocol) -> Connection {
        let (network, now, random) = self.wire();
        network.connect(now, random, &Dial { proto, ..Dial::tcp(from, ip, port) })
    }

    /// How long a connection and an answer take in these networks: well below a millisecond.
    pub fn latency(&mut self) -> Duration {
        Duration::micros(300 + self.random.below(Stream::Jitter, 500))
    }

    /// What the container (or the API server) at the end of a connection answers; `None` if there is no one, or no HTTP
    /// server.
    pub fn http_answer(&mut self, connection: &Connection, request: &HttpRequest, tls: bool) -> Option<HttpResponse> {
        let port = connection.server.dport;
        let host = self.network.host(connection.outcome.accepted()?)?;
        if host.kind == HostKind::Node {
            let path = request.path.split('?').next().unwrap_or("/");
            let of_proxy = super::proxy::http(self, host.id, port, path);
            return of_proxy.or_else(|| self.machine_answer(port, request, tls));
        }
        let (image, name) = self.image_at(connection)?;
        if !image::speaks_http(image, port) {
            return None;
        }
        Some(image::respond(image, request, connection.server.source(), name))
    }

    /// The API server on control-plane's port 6443, to a client without a certificate.
    fn machine_answer(&mut self, port: u16, request: &HttpRequest, tls: bool) -> Option<HttpResponse> {
        if port != 6443 {
            return None;
        }
        let plain = |status: u16, content_type: &'static str, body: String| HttpResponse {
            status,
            content_type,
            headers: Vec::new(),
            body,
        };
        if !tls {
            return Some(plain(400, "text/plain", "Client sent an HTTP request to an HTTPS server.\n".into()));
        }
        let path = request.path.split('?').next().unwrap_or("/");
        match path {
            "/healthz" | "/livez" | "/readyz" => Some(plain(200, "text/plain; charset=utf-8", "ok".into())),
            "/version" => {
                let body = self.request(&Request::new(Method::Get, "/version")).body;
                let text = serde_json::to_string_pretty(&body).unwrap_or_default();
                Some(plain(200, "application/json", text))
            }
            _ => {
                let what = format!("forbidden: User \\\"system:anonymous\\\" cannot get path \\\"{path}\\\"");
                let body = format!(
                    "{{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {{}},\n  \"status\": \"Failure\",\n  \
                     \"message\": \"{what}\",\n  \"reason\": \"Forbidden\",\n  \"details\": {{}},\n  \"code\": 403\n}}"
                );
                Some(plain(403, "application/json", body))
            }
        }
    }

    /// Notes a name that was looked up.
    pub fn note_lookup(&mut self, from: HostId, name: &str, kind: &'static str, answer: String) {
        let from = self.network.host(from).map(|h| h.name.clone()).unwrap_or_else(|| "".into());
        let row = NameRow { at: self.now, from, name: name.into(), kind, answer };
        self.traffic.names.push_back(Rc::new(row));
        if self.traffic.names.len() > KEPT {
            self.traffic.names.pop_front();
        }
    }
}

/// `Tue, 24 Nov 2026 20:50:42 GMT`
pub fn http_date(now: Time) -> String {
    now.rfc1123z().replace("+0000", "GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_urls() {
        let url = |text: &str| Url::parse(text).map(|u| (u.scheme, u.host, u.port, u.path));
        assert_eq!(url("web"), Some(("http".into(), "web".into(), 80, "/".into())));
        assert_eq!(url("https://a.b:8443/x?y=1#z"), Some(("https".into(), "a.b".into(), 8443, "/x?y=1".into())));
        assert_eq!(url("10.0.0.1:81?x"), Some(("http".into(), "10.0.0.1".into(), 81, "/?x".into())));
        assert_eq!(url("http://"), None);
        assert_eq!(url("web:99999"), None);
        assert_eq!(url("web:abc"), None);
    }
}
