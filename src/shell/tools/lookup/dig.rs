//! `dig` of bind 9.18.

use super::{Report, ask, trouble};
use crate::network::dns::{Answer, Lookup, Rcode, Record, RecordData, RecordType, reverse_name};
use crate::shell::sys::Sys;
use crate::shell::tools::curl::host_id;
use crate::sim::{Duration, Stream};
use std::net::Ipv4Addr;

struct Dig {
    server: Option<Ipv4Addr>,
    name: String,
    kind: RecordType,
    short: bool,
    search: bool,
    answer: bool,
    comments: bool,
    question: bool,
    authority: bool,
    additional: bool,
    stats: bool,
    cmd: bool,
    tries: u32,
    time: u64,
}

fn dig_options(args: &[String]) -> Result<Dig, String> {
    let mut d = Dig {
        server: None,
        name: String::new(),
        kind: RecordType::A,
        short: false,
        search: false,
        answer: true,
        comments: true,
        question: true,
        authority: true,
        additional: true,
        stats: true,
        cmd: true,
        tries: 3,
        time: 5,
    };
    let (mut rest, mut kind) = (args.iter(), None);
    while let Some(arg) = rest.next() {
        if let Some(server) = arg.strip_prefix('@') {
            d.server = server.parse().ok();
        } else if let Some(flag) = arg.strip_prefix('+') {
            let (on, flag) = flag.strip_prefix("no").map_or((true, flag), |f| (false, f));
            match flag.split_once('=').unwrap_or((flag, "")) {
                ("short", _) => d.short = on,
                ("search" | "defname", _) => d.search = on,
                ("all", _) => {
                    (d.answer, d.comments, d.question, d.authority, d.additional, d.stats) = (on, on, on, on, on, on);
                    d.cmd = on;
                }
                ("answer", _) => d.answer = on,
                ("comments", _) => d.comments = on,
                ("question", _) => d.question = on,
                ("authority", _) => d.authority = on,
                ("additional", _) => d.additional = on,
                ("stats", _) => d.stats = on,
                ("cmd", _) => d.cmd = on,
                ("tries", n) => d.tries = n.parse().unwrap_or(3),
                ("retry", n) => d.tries = n.parse::<u32>().unwrap_or(2) + 1,
                ("time" | "timeout", n) => d.time = n.parse().unwrap_or(5),
                _ => {}
            }
        } else if arg == "-x" {
            let text = rest.next().cloned().unwrap_or_default();
            match text.parse::<Ipv4Addr>() {
                Ok(ip) => d.name = reverse_name(ip),
                Err(_) => return Err(format!("dig: couldn't get address for '{text}': not found\n")),
            }
            kind = kind.or(Some(RecordType::Ptr));
        } else if arg == "-t" || arg == "-q" {
            let value = rest.next().cloned().unwrap_or_default();
            if arg == "-q" { d.name = value } else { kind = RecordType::parse(&value).or(kind) }
        } else if arg.starts_with('-') {
            if matches!(arg.as_str(), "-p" | "-c" | "-b" | "-f" | "-k" | "-y") {
                rest.next();
            }
        } else if let Some(found) = RecordType::parse(arg).filter(|_| kind.is_none() || kind == Some(RecordType::Ptr)) {
            kind = Some(found);
        } else if arg != "IN" {
            d.name.clone_from(arg);
        }
    }
    d.kind = kind.unwrap_or(if d.name.is_empty() { RecordType::Ns } else { RecordType::A });
    if d.name.is_empty() {
        d.name = ".".into();
    }
    Ok(d)
}

pub(super) fn dig(args: &[String], sys: &mut Sys) -> Report {
    let mut report = Report::default();
    let d = match dig_options(args) {
        Ok(d) => d,
        Err(message) => return Report { err: message, status: 1, ..report },
    };
    let from = host_id(sys);
    let names = if d.search { sys.cluster.network().search_names(from, &d.name) } else { vec![d.name.clone()] };
    let mut last = None;
    for name in &names {
        let lookup = ask(sys, from, d.server, name, d.kind);
        if lookup.answer.is_none() {
            report.took = report.took + dig_wait(&lookup, &d);
            let line = format!(";; communications error to {}#53: {}\n", lookup.server, trouble(&lookup));
            report.out.push_str(&line.repeat(d.tries.max(1) as usize));
            if d.cmd && !d.short {
                report.out.push_str(&dig_banner(args, d.server.is_some()));
            } else {
                report.out.push('\n');
            }
            report.out.push_str(";; no servers could be reached\n");
            report.status = 9;
            return report;
        }
        report.took = report.took + lookup.took;
        let found = lookup.answer.as_ref().is_some_and(|a| a.rcode == Rcode::NoError && !a.answers.is_empty());
        last = Some(lookup);
        if found {
            break;
        }
    }
    let Some((lookup, answer)) = last.and_then(|l| l.answer.clone().map(|a| (l, a))) else { return report };
    if d.short {
        for record in &answer.answers {
            report.out.push_str(&format!("{}\n", record.text()));
        }
        return report;
    }
    report.out = dig_text(args, &d, &lookup, &answer, sys);
    report
}

fn dig_wait(lookup: &Lookup, d: &Dig) -> Duration {
    if trouble(lookup) == "timed out" { Duration::secs(d.time * u64::from(d.tries)) } else { Duration(0) }
}

fn dig_banner(args: &[String], server: bool) -> String {
    let one = if server { "; (1 server found)\n" } else { "" };
    format!("\n; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> {}\n{one};; global options: +cmd\n", args.join(" "))
}

/// Goes to a column with tabs and blanks, at least one; `at` is where the text ends.
// upstream: bind9 lib/dns/masterdump.c indent
fn column(text: &mut String, at: &mut usize, to: usize) {
    let to = to.max(*at + 1);
    let tabs = (to / 8).saturating_sub(*at / 8);
    let from = if tabs > 0 { to / 8 * 8 } else { *at };
    text.push_str(&"\t".repeat(tabs));
    text.push_str(&" ".repeat(to - from));
    *at = to;
}

/// Words at their columns.
fn columns(words: &[(usize, &str)]) -> String {
    let (mut line, mut at) = (String::new(), 0);
    for (n, (to, word)) in words.iter().enumerate() {
        if n > 0 {
            column(&mut line, &mut at, *to);
        }
        line.push_str(word);
        at += word.chars().count();
    }
    line + "\n"
}

fn record_line(record: &Record) -> String {
    let (ttl, text) = (record.ttl.to_string(), record.text());
    columns(&[(0, &record.name), (24, &ttl), (32, "IN"), (40, record.kind().name()), (48, &text)])
}

/// A name's length on the wire.
fn wire(name: &str) -> usize {
    name.trim_end_matches('.').len() + 2
}

fn record_size(record: &Record) -> usize {
    let data = match &record.data {
        RecordData::A(_) => 4,
        RecordData::Aaaa(_) => 16,
        RecordData::Cname(n) | RecordData::Ptr(n) | RecordData::Ns(n) => wire(n),
        RecordData::Txt(t) => t.len() + 1,
        RecordData::Srv { target, .. } => 6 + wire(target),
        RecordData::Soa { zone, .. } => wire(zone) * 2 + 7 + 11 + 20,
    };
    wire(&record.name) + 10 + data
}

fn dig_text(args: &[String], d: &Dig, lookup: &Lookup, answer: &Answer, sys: &mut Sys) -> String {
    let now = sys.now();
    let id = sys.cluster.random.below(Stream::Shell, 65_536);
    let cookie = sys.cluster.random.below(Stream::Shell, u64::MAX);
    let mut out = String::new();
    if d.cmd {
        out.push_str(&dig_banner(args, d.server.is_some()));
    }
    let counts = (answer.answers.len(), answer.authority.len(), answer.additional.len() + 1);
    if d.comments {
        out.push_str(";; Got answer:\n");
        if lookup.name.ends_with(".local") {
            out.push_str(
                ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is \
                 leaked to DNS\n",
            );
        }
        out.push_str(&format!(
            ";; ->>HEADER<<- opcode: QUERY, status: {}, id: {id}\n;; flags: qr aa rd; QUERY: 1, ANSWER: {}, AUTHORITY: {}, \
             ADDITIONAL: {}\n;; WARNING: recursion requested but not available\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, \
             flags:; udp: 1232\n; COOKIE: {cookie:016x} (echoed)\n",
            answer.rcode.name(),
            counts.0,
            counts.1,
            counts.2
        ));
    }
    if d.question {
        if d.comments {
            out.push_str(";; QUESTION SECTION:\n");
        }
        let name = format!(";{}.", lookup.name.trim_end_matches('.'));
        let line = columns(&[(0, &name), (32, "IN"), (40, d.kind.name())]);
        out.push_str(&line);
        if d.comments {
            out.push('\n');
        }
    }
    for (show, title, records) in [
        (d.answer, "ANSWER", &answer.answers),
        (d.authority, "AUTHORITY", &answer.authority),
        (d.additional, "ADDITIONAL", &answer.additional),
    ] {
        if !show || records.is_empty() {
            continue;
        }
        if d.comments {
            out.push_str(&format!(";; {title} SECTION:\n"));
        }
        records.iter().for_each(|r| out.push_str(&record_line(r)));
        if d.comments {
            out.push('\n');
        }
    }
    if d.stats {
        let all = answer.answers.iter().chain(&answer.authority).chain(&answer.additional);
        let size = 12 + wire(&lookup.name) + 4 + 23 + all.map(record_size).sum::<usize>();
        let when = now.rfc1123z();
        let part = |from: usize, to: usize| when.get(from..to).unwrap_or("");
        out.push_str(&format!(
            ";; Query time: 0 msec\n;; SERVER: {0}#53({0}) (UDP)\n;; WHEN: {1} {2} {3} {4} UTC {5}\n;; MSG SIZE  rcvd: {size}\n\n",
            lookup.server,
            part(0, 3),
            part(8, 11),
            part(5, 7),
            part(17, 25),
            part(12, 16)
        ));
    }
    out
}
