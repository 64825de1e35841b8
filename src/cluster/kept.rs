//! Connections that clients keep for their next requests (HTTP keep-alive). Which Pod serves one was decided when it was
//! opened: conntrack remembers it, whatever becomes of Service and endpoints, until one side closes it or is gone.

use super::Cluster;
use super::image::{self, HttpRequest};
use crate::network::dns::Families;
use crate::network::{Connection, Dial, HostId, HostKind, Life, Outcome};
use crate::sim::{Duration, Time};
use std::rc::Rc;

/// Most connections open at a time; the one that was opened first makes room.
const OPEN_MAX: usize = 64;
/// How long one that has ended is remembered.
const ENDED_FOR: Duration = Duration::secs(6);
/// A server that knows nothing of a connection.
const NOBODY: HostId = HostId(u32::MAX);

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Who sends closed it.
    ByClient,
    /// The server closed it: its process ended, or it waited for long enough.
    ByServer,
    /// The server did not know it (any more): TCP reset.
    Reset,
    /// Nothing came back, so the client gave it up.
    TimedOut,
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its number, from 1.
    pub id: u64,
    /// Who keeps it.
    pub from: HostId,
    /// To which host and port, as it was asked for.
    pub to: (String, u16),
    /// The Pod that serves it, empty if a node does.
    pub pod: Rc<str>,
    /// Its packets, with the trace of the first.
    pub connection: Connection,
    /// How many requests it has served.
    pub requests: u64,
    /// When the last one was.
    pub last: Time,
    /// When and how it ended.
    pub end: Option<(Time, End)>,
    /// After how long without a request its server closes it.
    idle: Option<Duration>,
}

impl Kept {
    fn serves(&self, host: HostId) -> bool {
        self.end.is_none() && self.connection.outcome.accepted() == Some(host)
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    list: Vec<Kept>,
    made: u64,
}

impl Cluster {
    /// Connections that are kept, and those that ended lately, by number.
    pub fn kept(&self) -> &[Kept] {
        &self.kept.list
    }

    /// Sends an HTTP request over the connection that `from` keeps to that host and port, or over a new one that it
    /// keeps from now on. `url` is what was asked as the user wrote it, for the log.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub fn ask_kept(&mut self, from: HostId, url: &str, request: &HttpRequest, tls: bool, took: Duration) {
        let fits = |k: &Kept| k.end.is_none() && k.from == from && k.to.1 == request.port && k.to.0 == request.host;
        match self.kept.list.iter().position(fits) {
            Some(at) => self.ask_again(at, url, request, tls, took),
            None => self.open(from, url, request, tls, took),
        }
    }

    fn open(&mut self, from: HostId, url: &str, request: &HttpRequest, tls: bool, took: Duration) {
        let lookup = self.resolve(from, &request.host, Families::Both);
        let connection = lookup.ipv4().map(|ip| {
            let (network, now, random) = self.wire();
            network.connect(now, random, &Dial { life: Life::Open, ..Dial::tcp(from, ip, request.port) })
        });
        let response = connection.as_ref().and_then(|c| self.http_answer(c, request, tls));
        let answered = response.is_some();
        let exchange = self.log_exchange(from, url, (Some(lookup), connection.clone()), response, took);
        let Some(connection) = connection else { return };
        if !answered {
            return self.network.close(self.now, &connection);
        }
        self.make_room();
        self.kept.made += 1;
        let idle = self.image_at(&connection).and_then(|(image, _)| image::idle(image));
        let (id, last, pod) = (self.kept.made, self.now, exchange.pod.clone());
        let to = (request.host.clone(), request.port);
        self.kept.list.push(Kept { id, from, to, pod, connection, requests: 1, last, end: None, idle });
        self.traffic.went_over(id, 1);
    }

    fn ask_again(&mut self, at: usize, url: &str, request: &HttpRequest, tls: bool, took: Duration) {
        let Some(kept) = self.kept.list.get(at).cloned() else { return };
        let (network, now, random) = self.wire();
        let sent = network.send(now, random, kept.from, &kept.connection);
        let response = self.http_answer(&sent, request, tls);
        let (outcome, answered) = (sent.outcome, response.is_some());
        self.log_exchange(kept.from, url, (None, Some(sent)), response, took);
        self.traffic.went_over(kept.id, kept.requests + 1);
        if !answered {
            let how = match outcome {
                Outcome::Refused { .. } => End::Reset,
                Outcome::Accepted { .. } => End::ByServer,
                _ => End::TimedOut,
            };
            return self.end(at, how);
        }
        if let Some(kept) = self.kept.list.get_mut(at) {
            (kept.requests, kept.last) = (kept.requests + 1, now);
        }
    }

    fn make_room(&mut self) {
        let open = self.kept.list.iter().filter(|k| k.end.is_none()).count();
        if open >= OPEN_MAX {
            self.end_all(End::ByClient, 1, &|_| true);
        }
    }

    fn end(&mut self, at: usize, how: End) {
        let now = self.now;
        let Some(kept) = self.kept.list.get_mut(at) else { return };
        kept.end = Some((now, how));
        // The packets that close it pass where its others did; a reset did so already, and one that timed out can't.
        if matches!(how, End::ByClient | End::ByServer) {
            self.network.close(now, &kept.connection);
        }
    }

    /// Ends the first `most` open ones that `which` picks.
    fn end_all(&mut self, how: End, most: usize, which: &dyn Fn(&Kept) -> bool) {
        let open = self.kept.list.iter().enumerate().filter(|(_, k)| k.end.is_none() && which(k));
        let found: Vec<usize> = open.map(|(at, _)| at).take(most).collect();
        found.into_iter().for_each(|at| self.end(at, how));
    }

    /// A client closes one of its connections.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub fn hang_up(&mut self, id: u64) {
        self.end_all(End::ByClient, 1, &|k| k.id == id);
    }

    /// Servers close what was not used for long enough; what ended some time ago is forgotten.
    pub fn close_idle(&mut self) {
        if !self.kept.list.is_empty() {
            self.tidy();
        }
    }

    #[inline(never)] // kept apart: loaded with the rest of the engine
    fn tidy(&mut self) {
        let now = self.now;
        self.end_all(End::ByServer, usize::MAX, &|k| k.idle.is_some_and(|idle| k.last + idle <= now));
        self.kept.list.retain(|k| k.end.is_none_or(|(at, _)| at + ENDED_FOR > now));
    }

    /// Listeners of a host have changed: whose process has ended, its connections are closed by the kernel.
    pub(crate) fn close_unheard(&mut self, host: HostId) {
        if self.kept.list.iter().any(|k| k.serves(host)) {
            self.server_ends(host, false);
        }
    }

    /// A host goes: with it the connections that it keeps and those that it serves.
    pub(crate) fn leave(&mut self, host: HostId) {
        if !self.kept.list.is_empty() {
            self.end_all(End::ByClient, usize::MAX, &|k| k.from == host);
            self.server_ends(host, true);
        }
    }

    /// The server's side of connections ends where no one listens any more, or for `all`. While its node is off nobody
    /// hears of it.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    fn server_ends(&mut self, host: HostId, all: bool) {
        let Some(server) = self.network.host(host).cloned() else { return };
        let up = server.node.and_then(|n| self.network.host(n)).is_none_or(|n| n.up);
        let unheard = |k: &Kept| {
            let packet = &k.connection.server;
            k.serves(host) && (all || !server.listens(packet.proto, packet.dport, packet.dst))
        };
        if up {
            self.end_all(End::ByServer, usize::MAX, &unheard);
        } else {
            self.kept.list.iter_mut().filter(|k| unheard(k)).for_each(forget);
        }
    }

    /// A node is off: what its Pods kept is gone, and no server there knows a connection any more.
    pub(crate) fn node_off(&mut self, node: HostId) {
        if self.kept.list.is_empty() {
            return;
        }
        let there: Vec<HostId> = self.network.hosts().filter(|h| h.node == Some(node)).map(|h| h.id).collect();
        let ended = |k: &Kept| there.contains(&k.from);
        self.kept.list.retain(|k| k.end.is_some() || !ended(k));
        let served = |k: &&mut Kept| k.connection.outcome.accepted().is_some_and(|h| there.contains(&h));
        self.kept.list.iter_mut().filter(served).for_each(forget);
    }

    /// The image and the Pod's name at the end of a connection, where a Pod is.
    pub(super) fn image_at(&self, connection: &Connection) -> Option<(&str, &str)> {
        let host = self.network.host(connection.outcome.accepted()?)?;
        if host.kind != HostKind::Pod {
            return None;
        }
        let port = connection.server.dport;
        let listener = host.listeners.iter().find(|l| l.proto == connection.server.proto && l.port == port)?;
        let (namespace, name) = host.name.split_once('/')?;
        let pod = self.store.find(&crate::api::resource::PODS, namespace, name)?;
        Some((image::of(pod, &listener.owner)?, host.name.split_once('/')?.1))
    }
}

/// The server's side knows nothing of it: the next packet is answered by a reset, if at all.
fn forget(kept: &mut Kept) {
    kept.connection.outcome = Outcome::Accepted { host: NOBODY };
}
