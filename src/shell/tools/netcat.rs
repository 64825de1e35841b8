//! `nc` of OpenBSD.

use super::curl::host_id;
use crate::cluster::image::HttpRequest;
use crate::network::dns::Families;
use crate::network::{Outcome, Protocol};
use crate::shell::job::Step;
use crate::shell::sys::Sys;
use crate::sim::{Duration, Time};
use std::net::{IpAddr, Ipv4Addr};

/// A running `nc`.
#[derive(Clone, Debug)]
pub struct Netcat {
    options: Result<Options, String>,
    began: Time,
    next: usize,
    stage: Stage,
    any: bool,
    input: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Options {
    zero: bool,
    verbose: bool,
    udp: bool,
    numeric: bool,
    wait: Option<Duration>,
    host: String,
    ports: Vec<u16>,
}

#[derive(Clone, Debug)]
enum Stage {
    Resolve,
    /// The look-up takes so long.
    Resolving(Time, Option<Ipv4Addr>),
    /// Packets sent so far to the present port, since when.
    Connect(Ipv4Addr, u32, Time),
}

const USAGE: &str = "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]\n\t  [-m minttl] [-O length] [-P proxy_username] \
    [-p source_port]\n\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]\n\t  [-w timeout] [-X proxy_protocol] \
    [-x proxy_address[:port]]\n\t  [destination] [port]\n";

fn parse(args: &[String]) -> Result<Options, String> {
    let read = super::getopt::parse(args, "46CDdFhklNnrStUuvZzI:i:M:m:O:P:p:q:s:T:V:W:w:X:x:", &[]);
    let read = read.map_err(|message| format!("nc: {message}\n{USAGE}"))?;
    let mut options = Options {
        zero: read.has('z'),
        verbose: read.has('v'),
        udp: read.has('u'),
        numeric: read.has('n'),
        ..Options::default()
    };
    if let Some(text) = read.value('w') {
        let seconds: u64 = text.parse().map_err(|_| format!("nc: timeout cannot be parsed: {text}\n"))?;
        options.wait = Some(Duration::secs(seconds.min(1 << 30)));
    }
    match read.rest.as_slice() {
        [] => return Err(USAGE.into()),
        [_] => return Err("nc: missing port number\n".into()),
        [host, ports @ ..] => {
            options.host.clone_from(host);
            for text in ports {
                let (from, to) = text.split_once('-').unwrap_or((text, text));
                let number = |t: &str| match service(t) {
                    Some(port) => Ok(port),
                    None => t.parse::<u16>().map_err(|_| format!("nc: port number invalid: {t}\n")),
                };
                let (from, to) = (number(from)?, number(to)?);
                options.ports.extend(from.min(to)..=from.max(to));
            }
        }
    }
    Ok(options)
}

/// `/etc/services`, as far as anyone here needs it.
const SERVICES: [(u16, &str); 16] = [
    (21, "ftp"),
    (22, "ssh"),
    (25, "smtp"),
    (53, "domain"),
    (80, "http"),
    (110, "pop3"),
    (143, "imap2"),
    (443, "https"),
    (389, "ldap"),
    (3306, "mysql"),
    (5432, "postgresql"),
    (6379, "redis"),
    (8080, "http-alt"),
    (9090, "*"),
    (8443, "*"),
    (123, "ntp"),
];

/// A port's service name.
pub(super) fn service_name(port: u16) -> &'static str {
    SERVICES.iter().find(|(p, _)| *p == port).map_or("*", |(_, name)| name)
}

fn service(name: &str) -> Option<u16> {
    SERVICES.iter().find(|(_, n)| *n == name && *n != "*").map(|(p, _)| *p)
}

impl Netcat {
    /// `nc ARGS`
    pub fn new(args: &[String], now: Time) -> Self {
        Self { options: parse(args), began: now, next: 0, stage: Stage::Resolve, any: false, input: None }
    }

    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        let options = match &self.options {
            Ok(options) => options.clone(),
            Err(message) => {
                sys.err(&message.clone());
                return Step::Done(1);
            }
        };
        if !options.zero && self.input.is_none() {
            match sys.read_all() {
                Some(text) => self.input = Some(text),
                None => return Step::Blocked,
            }
        }
        match self.stage.clone() {
            Stage::Resolve => {
                self.began = sys.now();
                let host = host_id(sys);
                let lookup = sys.cluster.resolve(host, &options.host, Families::Both);
                let ip = lookup.addresses.iter().find_map(|a| if let IpAddr::V4(ip) = a { Some(*ip) } else { None });
                self.stage = Stage::Resolving(sys.now() + lookup.took, ip);
                Step::Ran
            }
            Stage::Resolving(until, _) if sys.now() < until => Step::Until(until),
            Stage::Resolving(_, None) => {
                let port = options.ports.first().copied().unwrap_or(0);
                sys.err(&format!(
                    "nc: getaddrinfo for host \"{}\" port {port}: Name or service not known\n",
                    options.host
                ));
                Step::Done(1)
            }
            Stage::Resolving(_, Some(ip)) => {
                self.stage = Stage::Connect(ip, 0, sys.now());
                Step::Ran
            }
            Stage::Connect(ip, sent, since) => self.connect(&options, ip, sent, since, sys),
        }
    }

    fn connect(&mut self, options: &Options, ip: Ipv4Addr, sent: u32, since: Time, sys: &mut Sys) -> Step {
        let Some(port) = options.ports.get(self.next).copied() else { return Step::Done(i32::from(!self.any)) };
        let limit = options.wait.map_or(since + Duration::secs(134), |w| since + w);
        let due = since + Duration::secs(if sent == 0 { 0 } else { (1u64 << sent.min(7)) - 1 });
        let now = sys.now();
        if now < due.min(limit) {
            return Step::Until(due.min(limit));
        }
        let proto = if options.udp { Protocol::Udp } else { Protocol::Tcp };
        let word = if options.udp { "udp" } else { "tcp" };
        let shown = if options.host == ip.to_string() { String::new() } else { format!(" ({ip})") };
        let advance = |nc: &mut Self, now: Time| {
            nc.next += 1;
            nc.stage = Stage::Connect(ip, 0, now);
            Step::Ran
        };
        if sent > 0 && now >= limit {
            if options.verbose {
                let why = if options.wait.is_some() {
                    "timed out: Operation now in progress"
                } else {
                    "failed: Connection timed out"
                };
                sys.err(&format!("nc: connect to {}{shown} port {port} ({word}) {why}\n", options.host));
            }
            return advance(self, now);
        }
        let host = host_id(sys);
        let connection = sys.cluster.dial(host, ip, port, proto);
        let outcome = connection.outcome;
        if outcome.silent() && !options.udp {
            self.stage = Stage::Connect(ip, sent + 1, since);
            return Step::Ran;
        }
        let what = format!("{word}://{}:{port}", options.host);
        let open = outcome.accepted().is_some() || (options.udp && outcome.silent());
        if open {
            self.any = true;
            if options.verbose {
                let name = if options.numeric { "*" } else { service_name(port) };
                sys.err(&format!("Connection to {}{shown} {port} port [{word}/{name}] succeeded!\n", options.host));
            }
            if let Some(input) = self.input.clone().filter(|i| !i.is_empty()) {
                self.talk(&input, &connection, sys);
            }
        } else if options.verbose {
            let why = match outcome {
                Outcome::Unreachable { after, .. } if after.0 == 0 => "Network is unreachable",
                Outcome::Unreachable { .. } => "No route to host",
                _ => "Connection refused",
            };
            sys.err(&format!("nc: connect to {}{shown} port {port} ({word}) failed: {why}\n", options.host));
        }
        let took = now.since(self.began);
        sys.cluster.log_exchange(host, &what, (None, Some(connection)), None, took);
        advance(self, now)
    }

    /// What the server says to what was piped in: HTTP, if that is what it was.
    fn talk(&mut self, input: &str, connection: &crate::network::Connection, sys: &mut Sys) {
        let mut words = input.lines().next().unwrap_or("").split_whitespace();
        let (method, path, version) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next());
        let valid = version.is_some_and(|v| v.starts_with("HTTP/")) && path.starts_with('/');
        if !valid {
            sys.out(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
            );
            return;
        }
        let request = HttpRequest {
            method: method.into(),
            path: path.into(),
            host: String::new(),
            port: connection.server.dport,
        };
        if let Some(answer) = sys.cluster.http_answer(connection, &request, false) {
            let text = super::curl::response_head(&answer, sys.now()) + &answer.body;
            sys.out(&text);
        }
    }
}
