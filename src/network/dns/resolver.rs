//! How a host asks: each question is a UDP packet through the rules like any other.

use super::{Answer, Rcode, RecordData, RecordType};
use crate::network::host::HostId;
use crate::network::node::Network;
use crate::network::packet::{Connection, Dial, Outcome};
use crate::sim::{Duration, Random, Stream, Time};
use std::net::{IpAddr, Ipv4Addr};

/// How long a resolver waits for an answer, and how often it asks (`options timeout:5 attempts:2`).
const TIMEOUT: Duration = Duration::secs(5);
const ATTEMPTS: usize = 2;

/// One question to one server.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The server asked.
    pub server: Ipv4Addr,
    /// The name asked for, without trailing dot.
    pub name: String,
    /// The type asked for.
    pub kind: RecordType,
    /// The packet's way.
    pub connection: Connection,
    /// The answer; `None`: none came.
    pub answer: Option<Answer>,
    /// How long it took: nothing worth mention, or the time-out.
    pub took: Duration,
}

/// Which addresses a program wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// `getaddrinfo` with AF_UNSPEC (curl, nc): both questions at each step.
    Both,
    /// AF_INET
    V4,
    /// AF_INET6
    V6,
}

/// Why nothing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupFailure {
    /// EAI_NONAME: no such name
    NotFound,
    /// EAI_NODATA: the name exists without addresses
    NoData,
    /// EAI_AGAIN: no server answered
    TryAgain,
}

/// What looking a name up gave.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// All questions in order.
    pub lookups: Vec<Lookup>,
    /// The full name that was found (the end of its aliases), without trailing dot.
    pub name: String,
    /// Its addresses in the answer's order.
    pub addresses: Vec<IpAddr>,
    /// Why there is none.
    pub failure: Option<LookupFailure>,
    /// How long it took.
    pub took: Duration,
}

impl Resolution {
    /// The first IPv4 address.
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        self.addresses.iter().find_map(|a| if let IpAddr::V4(ip) = a { Some(*ip) } else { None })
    }
}

impl Network {
    /// The names that a host's resolver tries for `name`, in order.
    ///
    /// upstream: glibc resolv/res_query.c __res_context_search
    pub fn search_names(&self, from: HostId, name: &str) -> Vec<String> {
        if let Some(absolute) = name.strip_suffix('.') {
            return vec![absolute.to_owned()];
        }
        let (search, ndots) = match self.host(from) {
            Some(host) => (host.resolver.search.as_slice(), host.resolver.ndots as usize),
            None => (&[][..], 1),
        };
        let mut names = search.iter().map(|s| format!("{name}.{s}")).collect::<Vec<_>>();
        let at = if name.matches('.').count() >= ndots { 0 } else { names.len() };
        names.insert(at, name.to_owned());
        names
    }

    /// Asks one question of a server (`None`: the host's first name server), as dig does.
    #[allow(clippy::too_many_arguments)]
    pub fn lookup(
        &mut self,
        now: Time,
        random: &mut Random,
        from: HostId,
        server: Option<Ipv4Addr>,
        name: &str,
        kind: RecordType,
        source_port: Option<u16>,
    ) -> Lookup {
        let own = self.host(from).and_then(|h| h.resolver.nameservers.first().copied());
        let server = server.or(own).unwrap_or(Ipv4Addr::LOCALHOST);
        let dial = Dial { source_port, ..Dial::udp(from, server, 53) };
        let connection = self.connect(now, random, &dial);
        let name = name.trim_end_matches('.').to_owned();
        let serves = |id| self.host(id).is_some_and(|h| h.listeners.iter().any(|l| &*l.owner == "coredns"));
        let answer = match connection.outcome {
            Outcome::Accepted { host } if serves(host) => Some(self.dns_answer(now, &name, kind)),
            _ => None,
        };
        let silent = answer.is_none() && (connection.outcome.silent() || connection.outcome.accepted().is_some());
        let took = if silent { TIMEOUT } else { Duration::micros(400) };
        Lookup { server, name, kind, connection, answer, took }
    }

    /// Looks a name up as glibc does: search list, `ndots`, two attempts. An address is taken as it is.
    pub fn resolve(
        &mut self,
        now: Time,
        random: &mut Random,
        from: HostId,
        name: &str,
        families: Families,
    ) -> Resolution {
        let mut found = Resolution {
            lookups: Vec::new(),
            name: name.trim_end_matches('.').to_owned(),
            addresses: Vec::new(),
            failure: None,
            took: Duration(0),
        };
        if let Ok(ip) = name.parse() {
            found.addresses.push(ip);
            return found;
        }
        if let Some(ip) = self.hosts_file(from, name) {
            found.addresses.push(ip.into());
            return found;
        }
        let kinds: &[RecordType] = match families {
            Families::Both => &[RecordType::A, RecordType::Aaaa],
            Families::V4 => &[RecordType::A],
            Families::V6 => &[RecordType::Aaaa],
        };
        let names = self.search_names(from, name);
        let (mut failure, mut no_data) = (LookupFailure::NotFound, false);
        for (i, candidate) in names.iter().enumerate() {
            match self.ask(now, random, from, candidate, kinds, &mut found) {
                Some(Rcode::NoError) if !found.addresses.is_empty() => return found,
                Some(Rcode::NoError) => no_data = true,
                Some(_) => {}
                None => {
                    // No server: the search list is given up, the name as it is still tried.
                    failure = LookupFailure::TryAgain;
                    let as_it_is = names[i + 1..].iter().find(|n| *n == name).cloned();
                    if let Some(last) = as_it_is {
                        self.ask(now, random, from, &last, kinds, &mut found);
                    }
                    break;
                }
            }
        }
        if no_data && failure == LookupFailure::NotFound {
            failure = LookupFailure::NoData;
        }
        found.failure = Some(failure).filter(|_| found.addresses.is_empty());
        found
    }
    /// `localhost` and a host's own name are in `/etc/hosts`.
    fn hosts_file(&self, from: HostId, name: &str) -> Option<Ipv4Addr> {
        if name == "localhost" {
            return Some(Ipv4Addr::LOCALHOST);
        }
        let host = self.host(from)?;
        let own = host.name.rsplit('/').next() == Some(name);
        own.then_some(host.ip)
    }
    /// All questions about one candidate, from one socket; `None`: no answer came.
    fn ask(
        &mut self,
        now: Time,
        random: &mut Random,
        from: HostId,
        name: &str,
        kinds: &[RecordType],
        found: &mut Resolution,
    ) -> Option<Rcode> {
        for _ in 0..ATTEMPTS {
            let port = 32_768 + random.below(Stream::Ports, 28_232) as u16;
            let (mut rcode, mut answered) = (Rcode::NxDomain, false);
            let mut waited = Duration(0);
            for kind in kinds {
                let lookup = self.lookup(now + found.took, random, from, None, name, *kind, Some(port));
                waited = Duration(waited.0.max(lookup.took.0));
                if let Some(answer) = &lookup.answer {
                    answered = true;
                    if answer.rcode == Rcode::NoError {
                        rcode = Rcode::NoError;
                    }
                    take(answer, found);
                }
                found.lookups.push(lookup);
            }
            found.took = found.took + waited;
            if answered {
                return Some(rcode);
            }
        }
        None
    }
}

/// Takes addresses and the name at the end of the aliases.
fn take(answer: &Answer, found: &mut Resolution) {
    for record in &answer.answers {
        let ip = match &record.data {
            RecordData::A(ip) => IpAddr::V4(*ip),
            RecordData::Aaaa(ip) => IpAddr::V6(*ip),
            _ => continue,
        };
        found.name = record.name.trim_end_matches('.').to_owned();
        if !found.addresses.contains(&ip) {
            found.addresses.push(ip);
        }
    }
}
