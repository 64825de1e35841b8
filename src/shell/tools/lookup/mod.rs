//! Name look-ups: `dig` and `nslookup` of bind 9.18, `host`, `getent`.

mod dig;
mod nslookup;

use super::curl::host_id;
use crate::network::HostId;
use crate::network::Outcome;
use crate::network::dns::{Families, Lookup, RecordType, Resolution, reverse_name};
use crate::shell::job::Step;
use crate::shell::sys::Sys;
use crate::sim::{Duration, Time};
use std::net::Ipv4Addr;

/// A look-up: it is done at once, and printed when it would have been answered.
#[derive(Clone, Debug)]
pub struct Later {
    name: String,
    args: Vec<String>,
    done: Option<(Time, String, String, i32)>,
}

/// What a program prints in the end, and how long it took.
#[derive(Default)]
struct Report {
    out: String,
    err: String,
    status: i32,
    took: Duration,
}

impl Later {
    /// By program.
    pub fn new(name: &str, args: &[String]) -> Self {
        Self { name: name.into(), args: args.to_vec(), done: None }
    }
    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        if let Some((until, out, err, status)) = &self.done {
            if sys.now() < *until {
                return Step::Until(*until);
            }
            let (out, err, status) = (out.clone(), err.clone(), *status);
            sys.out(&out);
            sys.err(&err);
            return Step::Done(status);
        }
        let report = match self.name.as_str() {
            "dig" => dig::dig(&self.args, sys),
            "nslookup" => nslookup::nslookup(&self.args, sys),
            "host" => host(&self.args, sys),
            _ => getent(&self.args, sys),
        };
        self.done = Some((sys.now() + report.took, report.out, report.err, report.status));
        Step::Ran
    }
}

/// Asks one question, as often as `tries` if nothing comes.
fn ask(sys: &mut Sys, from: HostId, server: Option<Ipv4Addr>, name: &str, kind: RecordType) -> Lookup {
    let (network, now, random) = sys.cluster.wire();
    let found = network.lookup(now, random, from, server, name, kind, None);
    sys.cluster.note_answer(from, &found);
    found
}

/// Why no answer came.
fn trouble(lookup: &Lookup) -> &'static str {
    match lookup.connection.outcome {
        Outcome::Refused { .. } | Outcome::Rejected { .. } => "connection refused",
        Outcome::Unreachable { after, .. } if after.0 == 0 => "network unreachable",
        Outcome::Unreachable { .. } => "host unreachable",
        _ => "timed out",
    }
}

fn host(args: &[String], sys: &mut Sys) -> Report {
    let mut report = Report::default();
    let Some(name) = args.iter().find(|a| !a.starts_with('-')).cloned() else { return Report { status: 1, ..report } };
    let from = host_id(sys);
    if let Ok(ip) = name.parse::<Ipv4Addr>() {
        let lookup = ask(sys, from, None, &reverse_name(ip), RecordType::Ptr);
        match lookup.answer.as_ref().and_then(|a| a.answers.first()) {
            Some(record) => {
                report.out = format!("{} domain name pointer {}\n", record.name.trim_end_matches('.'), record.text())
            }
            None => {
                report.out = format!("Host {}. not found: 3(NXDOMAIN)\n", reverse_name(ip));
                report.status = 1;
            }
        }
        return report;
    }
    let found = sys.cluster.resolve(from, &name, Families::V4);
    report.took = found.took;
    for ip in &found.addresses {
        report.out.push_str(&format!("{} has address {ip}\n", found.name));
    }
    if found.addresses.is_empty() {
        report.out = format!("Host {name} not found: 3(NXDOMAIN)\n");
        report.status = 1;
    }
    report
}

/// The names that led to the one that was found.
fn aliases(found: &Resolution) -> Vec<String> {
    let answers = found.lookups.iter().filter(|l| l.kind == RecordType::A).filter_map(|l| l.answer.as_ref());
    let owners = answers.flat_map(|a| &a.answers).filter(|r| r.kind() == RecordType::Cname);
    owners.map(|r| r.name.trim_end_matches('.').to_owned()).collect()
}

fn getent(args: &[String], sys: &mut Sys) -> Report {
    let mut report = Report::default();
    let Some((database, keys)) = args.split_first() else {
        report.err =
            "getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.\n".into();
        return Report { status: 1, ..report };
    };
    let from = host_id(sys);
    match database.as_str() {
        "hosts" | "ahosts" | "ahostsv4" => {}
        "passwd" | "group" => {
            let line = if database == "passwd" { "root:x:0:0:root:/root:/bin/bash" } else { "root:x:0:" };
            let known = keys.is_empty() || keys.iter().any(|k| k == "root" || k == "0");
            if known {
                report.out = format!("{line}\n");
            }
            return Report { status: if known { 0 } else { 2 }, ..report };
        }
        "services" => {
            for key in keys {
                let port =
                    key.parse::<u16>().ok().or_else(|| (1..=u16::MAX).find(|p| super::netcat::service_name(*p) == key));
                match port.map(|p| (p, super::netcat::service_name(p))).filter(|(_, n)| *n != "*") {
                    Some((port, name)) => report.out.push_str(&format!("{name:<21} {port}/tcp\n")),
                    None => report.status = 2,
                }
            }
            return report;
        }
        other => {
            report.err =
                format!("Unknown database: {other}\nTry `getent --help' or `getent --usage' for more information.\n");
            return Report { status: 1, ..report };
        }
    }
    if keys.is_empty() {
        report.out = "127.0.0.1       localhost\n127.0.0.1       localhost ip6-localhost ip6-loopback\n".into();
    }
    for key in keys {
        if let Ok(ip) = key.parse::<Ipv4Addr>()
            && database == "hosts"
        {
            let lookup = ask(sys, from, None, &reverse_name(ip), RecordType::Ptr);
            report.took = report.took + lookup.took;
            match lookup.answer.as_ref().and_then(|a| a.answers.first()) {
                Some(record) => report.out.push_str(&format!("{ip:<15} {}\n", record.text().trim_end_matches('.'))),
                None => report.status = 2,
            }
            continue;
        }
        let found = sys.cluster.resolve(from, key, Families::Both);
        report.took = report.took + found.took;
        if found.addresses.is_empty() {
            report.status = 2;
        }
        for (n, ip) in found.addresses.iter().enumerate() {
            let ip = ip.to_string();
            if database == "hosts" {
                let aliases: String = aliases(&found).iter().map(|a| format!(" {a}")).collect();
                report.out.push_str(&format!("{ip:<15} {}{aliases}\n", found.name));
            } else {
                let name = if n == 0 { found.name.as_str() } else { "" };
                report.out.push_str(&format!("{ip:<15} STREAM {name}\n{ip:<15} DGRAM  \n{ip:<15} RAW    \n"));
            }
        }
    }
    report
}
