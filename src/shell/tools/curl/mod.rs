//! `curl` 7.88.1; `wget`: BusyBox's in its images, elsewhere of 1.21 what it prints most often.

mod busybox;
mod options;
mod output;
mod wget;

use crate::cluster::image::{HttpRequest, HttpResponse};
use crate::cluster::traffic::Url;
use crate::network::dns::{Families, Resolution};
use crate::network::{Connection, HostId, Outcome, Protocol};
use crate::shell::Host;
use crate::shell::job::Step;
use crate::shell::sys::Sys;
use crate::sim::{Duration, Time};
use options::{Options, parse};
use output::meter;
pub(super) use output::response_head;
use std::net::{IpAddr, Ipv4Addr};

/// A running transfer.
#[derive(Clone, Debug)]
pub struct Curl {
    options: Options,
    /// Which URL is next.
    next: usize,
    stage: Stage,
    /// The answers' bodies: written when curl ends, since its output is no terminal.
    output: String,
    status: i32,
    attempts: u32,
    transfer: Transfer,
}

#[derive(Clone, Debug)]
enum Stage {
    /// Reading the command line, or the next URL.
    Begin,
    /// The look-up takes so long.
    Resolving(Time),
    /// Waiting for the answer to a connection attempt: the address' index, when the next packet is sent, how many were.
    Connecting(usize, u32),
    /// The answer is on its way.
    Receiving(Time),
    /// `--retry-delay`
    Pausing(Time),
}

/// What is known of the URL at hand.
#[derive(Clone, Debug, Default)]
struct Transfer {
    url: Url,
    text: String,
    began: Time,
    lookup: Option<Resolution>,
    addresses: Vec<Ipv4Addr>,
    connection: Option<Connection>,
    answer: Option<HttpResponse>,
    /// What connecting came to.
    why: &'static str,
    meter: bool,
    /// Whether the exchange is in the log already.
    logged: bool,
}

/// SYN packets are sent again after these seconds; the kernel gives up at the last.
const RETRANSMITS: [u64; 7] = [1, 3, 7, 15, 31, 63, 134];

impl Curl {
    /// `curl ARGS`
    pub fn new(args: &[String], now: Time) -> Self {
        Self::with(parse(args), now)
    }
    /// `wget ARGS`
    pub fn wget(args: &[String], now: Time) -> Self {
        Self::with(wget::parse(args), now)
    }
    fn with(options: Options, now: Time) -> Self {
        let transfer = Transfer { began: now, ..Transfer::default() };
        Self { options, next: 0, stage: Stage::Begin, output: String::new(), status: 0, attempts: 0, transfer }
    }

    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        if self.options.wget && self.next == 0 && busybox::is_here(sys) {
            self.options.busybox = true;
            if self.options.urls.is_empty() {
                self.options.refused = Some((busybox::USAGE.into(), 1));
            }
        }
        if let Some((message, status)) = self.options.refused.take() {
            sys.err(&message);
            return Step::Done(status);
        }
        match self.stage {
            Stage::Begin => self.begin(sys),
            Stage::Resolving(until) | Stage::Receiving(until) | Stage::Pausing(until) if sys.now() < until => {
                Step::Until(until)
            }
            Stage::Resolving(_) => self.resolved(sys),
            Stage::Connecting(address, sent) => self.connect(address, sent, sys),
            Stage::Receiving(_) => self.received(sys),
            Stage::Pausing(_) => self.start(sys),
        }
    }

    fn begin(&mut self, sys: &mut Sys) -> Step {
        let Some(text) = self.options.urls.get(self.next).cloned() else {
            let output = std::mem::take(&mut self.output);
            sys.out(&output);
            return Step::Done(self.status);
        };
        self.next += 1;
        self.attempts = 0;
        self.transfer = Transfer { text: text.clone(), ..Transfer::default() };
        self.transfer.began = sys.now();
        let Some(url) = Url::parse(&text) else {
            return self.fail(3, "URL using bad/illegal format or missing URL", sys);
        };
        if !matches!(url.scheme.as_str(), "http" | "https" | "ftp") {
            let what = format!("Protocol \"{}\" not supported or disabled in libcurl", url.scheme);
            return self.fail(1, &what, sys);
        }
        self.transfer.url = url;
        self.start(sys)
    }

    fn start(&mut self, sys: &mut Sys) -> Step {
        self.transfer = Transfer {
            url: self.transfer.url.clone(),
            text: self.transfer.text.clone(),
            began: sys.now(),
            ..Transfer::default()
        };
        let to_file = self.options.output.is_some();
        if !self.options.silent && !self.options.wget && (to_file || !sys.is_terminal(1)) {
            self.transfer.meter = true;
            if self.attempts == 0 {
                sys.err(
                    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 \
                     Dload  Upload   Total   Spent    Left  Speed\n",
                );
            }
            sys.err(&meter(0, 0, 0, None, 0));
        }
        if self.tells_all() {
            sys.err(&wget::head(sys.now(), &self.transfer.url));
        }
        let host = host_id(sys);
        let lookup = sys.cluster.resolve(host, &self.transfer.url.host.clone(), Families::Both);
        let until = sys.now() + lookup.took;
        self.transfer.lookup = Some(lookup);
        self.stage = Stage::Resolving(until.min(self.deadline()));
        Step::Ran
    }

    /// When `-m` ends it.
    fn deadline(&self) -> Time {
        self.options.max_time.map_or(Time(u64::MAX), |m| self.transfer.began + m)
    }

    fn resolved(&mut self, sys: &mut Sys) -> Step {
        let Some(lookup) = &self.transfer.lookup else { return Step::Ran };
        let named = self.transfer.url.host.parse::<Ipv4Addr>().is_err();
        self.transfer.addresses = lookup
            .addresses
            .iter()
            .filter_map(|a| match a {
                IpAddr::V4(ip) if !self.options.only_v6 => Some(*ip),
                _ => None,
            })
            .collect();
        let host = self.transfer.url.host.clone();
        if self.transfer.addresses.is_empty() {
            self.log(sys);
            if sys.now() >= self.deadline() && lookup_timed_out(&self.transfer) {
                let ms = sys.now().since(self.transfer.began).as_millis() + 1;
                return self.fail(28, &format!("Resolving timed out after {ms} milliseconds"), sys);
            }
            self.note(&format!("Could not resolve host: {host}"), sys);
            return self.fail(6, &format!("Could not resolve host: {host}"), sys);
        }
        if self.tells_all() && named {
            let list: Vec<String> = self.transfer.addresses.iter().map(ToString::to_string).collect();
            sys.err(&format!("Resolving {host} ({host})... {}\n", list.join(", ")));
        }
        self.attempt(0, sys)
    }

    /// Begins with an address.
    fn attempt(&mut self, address: usize, sys: &mut Sys) -> Step {
        let Some(ip) = self.transfer.addresses.get(address).copied() else { return Step::Ran };
        let url = self.transfer.url.clone();
        self.note(&format!("  Trying {ip}:{}...", url.port), sys);
        if self.options.busybox && !self.options.silent {
            sys.err(&busybox::connecting(&url, &ip.to_string()));
        }
        if self.tells_all() {
            let named =
                if url.host == ip.to_string() { url.host.clone() } else { format!("{0} ({0})|{ip}|", url.host) };
            sys.err(&format!("Connecting to {named}:{}... ", url.port));
        }
        self.stage = Stage::Connecting(address, 0);
        Step::Ran
    }

    fn connect(&mut self, address: usize, sent: u32, sys: &mut Sys) -> Step {
        let limit =
            self.options.connect_timeout.map_or(Time(u64::MAX), |t| self.transfer.began + t).min(self.deadline());
        let gave_up = self.transfer.began + Duration::secs(RETRANSMITS[6]) + Duration::millis(800);
        // A packet is sent at the beginning and at each retransmission.
        let due = match sent.checked_sub(1) {
            None => sys.now(),
            Some(n) => self.transfer.began + Duration::secs(RETRANSMITS.get(n as usize).copied().unwrap_or(134)),
        };
        let now = sys.now();
        if now < due.min(limit) {
            return Step::Until(due.min(limit));
        }
        if now >= limit {
            self.log(sys);
            let ms = now.since(self.transfer.began).as_millis() + 1;
            let what = if self.options.wget {
                "Connection timed out".into()
            } else {
                format!("Connection timed out after {ms} milliseconds")
            };
            self.note(&what, sys);
            return self.fail(28, &what, sys);
        }
        if now >= gave_up || sent as usize >= RETRANSMITS.len() {
            return self.failed_to_connect(28, "Connection timed out", address, sys);
        }
        let Some(ip) = self.transfer.addresses.get(address).copied() else { return Step::Done(7) };
        let port = self.transfer.url.port;
        // Who comes to a forwarded port comes out within the Pod.
        let on_user = sys.common.host == Host::User;
        let within = if on_user { sys.job.forwarded(sys.cluster.network(), (ip, port)) } else { None };
        let (host, port) = within.unwrap_or_else(|| (host_id(sys), port));
        let connection = sys.cluster.dial(host, ip, port, Protocol::Tcp);
        let outcome = connection.outcome;
        self.transfer.connection = Some(connection);
        if within.is_some() && outcome.accepted().is_none() {
            self.log(sys);
            self.note("Empty reply from server", sys);
            return self.fail(52, "Empty reply from server", sys);
        }
        match outcome {
            Outcome::Accepted { .. } => {
                let took = sys.cluster.latency();
                self.stage = Stage::Receiving((now + took).min(limit));
                Step::Ran
            }
            Outcome::Refused { .. } | Outcome::Rejected { .. } => {
                self.failed_to_connect(7, "Connection refused", address, sys)
            }
            Outcome::Unreachable { after, .. } => {
                let until = self.transfer.began + after;
                if now < until.min(limit) {
                    return Step::Until(until.min(limit));
                }
                let why = if after.0 == 0 { "Network is unreachable" } else { "No route to host" };
                self.failed_to_connect(7, why, address, sys)
            }
            Outcome::Dropped { .. } | Outcome::Lost { .. } => {
                // The first packet's end is seen when it happens, not when curl gives up.
                self.log(sys);
                self.stage = Stage::Connecting(address, sent + 1);
                Step::Ran
            }
        }
    }

    fn failed_to_connect(&mut self, status: i32, why: &'static str, address: usize, sys: &mut Sys) -> Step {
        self.log(sys);
        let url = self.transfer.url.clone();
        let ip = self.transfer.addresses.get(address).map(ToString::to_string).unwrap_or_default();
        self.note(&format!("connect to {ip} port {} failed: {why}", url.port), sys);
        self.transfer.why = why;
        if self.tells_all() {
            sys.err(&format!("failed: {why}.\n"));
        }
        if address + 1 < self.transfer.addresses.len() && status == 7 {
            return self.attempt(address + 1, sys);
        }
        let ms = sys.now().since(self.transfer.began).as_millis();
        let text =
            format!("Failed to connect to {} port {} after {ms} ms: Couldn't connect to server", url.host, url.port);
        self.note(&text, sys);
        self.fail(status, &text, sys)
    }

    /// Writes the exchange into the log.
    fn log(&mut self, sys: &mut Sys) {
        if std::mem::replace(&mut self.transfer.logged, true) {
            return;
        }
        let url = &self.transfer.url;
        let port = if url.explicit_port { format!(":{}", url.port) } else { String::new() };
        let what = format!("{}://{}{port}{}", url.scheme, url.host, url.path);
        let took = sys.now().since(self.transfer.began);
        let host = host_id(sys);
        let (lookup, connection) = (self.transfer.lookup.clone(), self.transfer.connection.clone());
        sys.cluster.log_exchange(host, &what, (lookup, connection), self.transfer.answer.clone(), took);
    }

    fn received(&mut self, sys: &mut Sys) -> Step {
        let Some(connection) = self.transfer.connection.clone() else { return Step::Done(7) };
        let url = self.transfer.url.clone();
        let port = if url.explicit_port { format!(":{}", url.port) } else { String::new() };
        let request = HttpRequest {
            method: self.options.method(),
            path: self.options.path(&url.path),
            host: self.options.header("Host").unwrap_or_else(|| format!("{}{port}", url.host)),
            port: connection.server.dport,
        };
        let tls = url.scheme == "https";
        self.note(&format!("Connected to {} ({}) port {} (#0)", url.host, connection.client.dst, url.port), sys);
        let answer = sys.cluster.http_answer(&connection, &request, tls);
        if tls && connection.server.dport != 6443 {
            self.log(sys);
            return self.fail(35, "OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number", sys);
        }
        if tls && !self.options.insecure {
            self.log(sys);
            const MORE: &str = "SSL certificate problem: self-signed certificate in certificate chain\nMore details here: \
                https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\n\
                establish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the web page \
                mentioned above.";
            return self.fail(60, MORE, sys);
        }
        self.transfer.answer = answer;
        self.log(sys);
        self.send_lines(&request, sys);
        let Some(answer) = self.transfer.answer.clone() else {
            self.note("Empty reply from server", sys);
            return self.fail(52, "Empty reply from server", sys);
        };
        self.receive_lines(&answer, sys);
        if self.options.wget {
            let (text, status) = if self.options.busybox {
                busybox::answer(&answer, &url, &self.options, sys)
            } else {
                wget::answer(&answer, &self.options, sys)
            };
            self.output.push_str(&text);
            self.status = if status == 0 { self.status } else { status };
            self.stage = Stage::Begin;
            return Step::Ran;
        }
        if self.options.fail && answer.status >= 400 {
            let text = format!("The requested URL returned error: {}", answer.status);
            self.end_meter(answer.body.len(), 0, sys);
            return self.fail_quietly(22, &text, sys);
        }
        let body = if self.options.head { String::new() } else { answer.body.clone() };
        let head =
            if self.options.include || self.options.head { response_head(&answer, sys.now()) } else { String::new() };
        self.end_meter(body.len(), body.len(), sys);
        self.note(&format!("Connection #0 to host {} left intact", url.host), sys);
        let text = head + &body;
        match self.options.output.clone() {
            Some(path) if path != "-" => {
                if let Err(trouble) = sys.write_file(&path, &text) {
                    let what = format!("Failed writing body ({} != {})", u32::MAX, text.len());
                    sys.err(&format!("Warning: Failed to open the file {path}: {}\n", trouble.text()));
                    return self.fail(23, &what, sys);
                }
            }
            _ => self.output.push_str(&text),
        }
        self.write_out(0, "", sys);
        self.stage = Stage::Begin;
        Step::Ran
    }

    fn fail(&mut self, status: i32, message: &str, sys: &mut Sys) -> Step {
        self.failed_meter(sys);
        if !self.transfer.addresses.is_empty() || status == 6 {
            self.note("Closing connection 0", sys);
        }
        self.fail_quietly(status, message, sys)
    }

    fn fail_quietly(&mut self, status: i32, message: &str, sys: &mut Sys) -> Step {
        let retries =
            self.options.retry > self.attempts && (matches!(status, 28) || (status == 7 && self.options.retry_refused));
        if self.options.wget {
            return self.fail_wget(status, sys);
        }
        if !self.options.silent || self.options.show_error {
            sys.err(&format!("curl: ({status}) {message}\n"));
        }
        if retries {
            let delay = self.options.retry_delay.unwrap_or(Duration::secs(1 << self.attempts.min(9)));
            self.attempts += 1;
            if !self.options.silent {
                let left = self.options.retry - self.attempts + 1;
                let seconds = delay.as_secs();
                let what = if status == 28 { "timeout" } else { "connection refused" };
                sys.err(&format!("Warning: Problem: {what}. Will retry in {seconds} seconds. {left} retries left.\n"));
            }
            self.stage = Stage::Pausing(sys.now() + delay);
            return Step::Ran;
        }
        self.status = status;
        self.write_out(status, message, sys);
        self.stage = Stage::Begin;
        Step::Ran
    }

    /// GNU's wget tells every step.
    fn tells_all(&self) -> bool {
        self.options.wget && !self.options.busybox && !self.options.silent
    }

    fn fail_wget(&mut self, status: i32, sys: &mut Sys) -> Step {
        if self.options.busybox {
            let ip = self.transfer.addresses.first().map(ToString::to_string).unwrap_or_default();
            sys.err(&busybox::failure(status, &self.transfer.url, (&ip, self.transfer.why)));
            self.status = 1;
            self.stage = Stage::Begin;
            return Step::Ran;
        }
        if !self.options.silent {
            let host = &self.transfer.url.host;
            match status {
                6 => sys.err(&format!(
                    "Resolving {host} ({host})... failed: Name or service not known.\nwget: unable to resolve host address '{host}'\n"
                )),
                28 => sys.err("failed: Connection timed out.\nGiving up.\n\n"),
                _ => {}
            }
        }
        self.status = 4;
        self.stage = Stage::Begin;
        Step::Ran
    }
}

fn lookup_timed_out(transfer: &Transfer) -> bool {
    transfer.lookup.as_ref().is_some_and(|l| l.took.0 > 1_000_000)
}

/// The network's host that a process runs on.
pub(super) fn host_id(sys: &Sys) -> HostId {
    use crate::shell::Host;
    let network = sys.cluster.network();
    let found = match &sys.common.host {
        Host::User => None,
        Host::Node(name) => network.node(name),
        Host::Pod { namespace, name, .. } => network.pod(namespace, name),
    };
    found.unwrap_or(network.user())
}
