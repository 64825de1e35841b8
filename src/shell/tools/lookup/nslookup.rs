//! `nslookup` of bind 9.18.

use super::{Report, ask, trouble};
use crate::network::dns::{Answer, Families, Lookup, Rcode, Record, RecordData, RecordType, reverse_name};
use crate::network::parse_ip;
use crate::shell::sys::Sys;
use crate::shell::tools::curl::host_id;
use crate::sim::Duration;
use std::net::{IpAddr, Ipv4Addr};

const NO_RECURSION: &str = ";; Got recursion not available from ";

/// What `nslookup` prints of a record.
fn nslookup_line(record: &Record) -> String {
    let owner = record.name.trim_end_matches('.');
    match &record.data {
        RecordData::A(ip) => format!("Name:\t{owner}\nAddress: {ip}\n"),
        RecordData::Aaaa(ip) => format!("Name:\t{owner}\nAddress: {ip}\n"),
        RecordData::Cname(_) => format!("{owner}\tcanonical name = {}\n", record.text()),
        RecordData::Ptr(_) => format!("{owner}\tname = {}\n", record.text()),
        RecordData::Srv { .. } => format!("{owner}\tservice = {}\n", record.text()),
        RecordData::Txt(_) => format!("{owner}\ttext = {}\n", record.text()),
        RecordData::Ns(_) => format!("{owner}\tnameserver = {}\n", record.text()),
        RecordData::Soa { .. } => format!("{owner}\n\t{}\n", record.text()),
    }
}

pub(super) fn nslookup(args: &[String], sys: &mut Sys) -> Report {
    let mut report = Report::default();
    let (mut kind, mut words, mut timeout) = (None, Vec::new(), 5);
    for arg in args {
        match arg.strip_prefix('-') {
            Some(option) => match option.split_once('=') {
                Some(("type" | "query" | "q" | "ty" | "querytype", value)) => kind = RecordType::parse(value),
                Some(("timeout", value)) => timeout = value.parse().unwrap_or(5),
                _ => {}
            },
            None => words.push(arg.clone()),
        }
    }
    let Some(name) = words.first().cloned() else {
        // Without a name it reads its questions from standard input, which is empty.
        return Report { status: 0, ..report };
    };
    let given = words.get(1).cloned();
    let from = host_id(sys);
    let mut server: Option<Ipv4Addr> = None;
    if let Some(text) = &given {
        let found = sys
            .cluster
            .resolve(from, text, Families::V4)
            .addresses
            .into_iter()
            .find_map(|a| if let IpAddr::V4(ip) = a { Some(ip) } else { None });
        let Some(ip) = found else {
            report.out = format!("nslookup: couldn't get address for '{text}': not found\n");
            report.status = 1;
            return report;
        };
        server = Some(ip);
    }
    let reverse = match parse_ip(&name) {
        Some(IpAddr::V4(ip)) if kind.is_none() => Some(reverse_name(ip)),
        _ => None,
    };
    let names = match (&reverse, &given) {
        (Some(reverse), _) => vec![reverse.clone()],
        (None, Some(_)) => vec![name.trim_end_matches('.').to_owned()],
        (None, None) => sys.cluster.network().search_names(from, &name),
    };
    let first_kind = if reverse.is_some() { RecordType::Ptr } else { kind.unwrap_or(RecordType::A) };
    let mut found: Option<(Lookup, Answer)> = None;
    for candidate in &names {
        let lookup = ask(sys, from, server, candidate, first_kind);
        let Some(answer) = lookup.answer.clone() else {
            let silent = trouble(&lookup) == "timed out";
            report.took = report.took + if silent { Duration::secs(timeout * 3) } else { Duration(0) };
            let line = format!(";; communications error to {}#53: {}\n", lookup.server, trouble(&lookup));
            report.out.push_str(&line.repeat(3));
            report.out.push_str(";; no servers could be reached\n\n");
            report.status = 1;
            return report;
        };
        report.took = report.took + lookup.took;
        if given.is_none() {
            report.out.push_str(&format!("{NO_RECURSION}{}\n", lookup.server));
        }
        let good = answer.rcode == Rcode::NoError && !answer.answers.is_empty();
        let stop = answer.rcode == Rcode::NoError && (good || kind.is_none());
        found = Some((lookup, answer));
        if stop {
            break;
        }
    }
    let Some((lookup, answer)) = found else { return report };
    if reverse.is_none() {
        report.out.push_str(&format!("Server:\t\t{0}\nAddress:\t{0}#53\n\n", lookup.server));
    }
    if answer.rcode != Rcode::NoError {
        let shown = if reverse.is_some() { lookup.name.clone() } else { name.trim_end_matches('.').to_owned() };
        report.out.push_str(&format!("** server can't find {shown}: {}\n\n", answer.rcode.name()));
        report.status = 1;
        return report;
    }
    answer.answers.iter().for_each(|r| report.out.push_str(&nslookup_line(r)));
    if answer.answers.is_empty() && kind.is_some() {
        report.out.push_str(&format!("*** Can't find {name}: No answer\n"));
    }
    if kind.is_none() && reverse.is_none() {
        // The addresses of the other family are asked for too, under the name at the end of the aliases.
        let end = answer.answers.iter().rev().find_map(|r| match &r.data {
            RecordData::Cname(target) => Some(target.trim_end_matches('.').to_owned()),
            _ => None,
        });
        let asked = end.clone().unwrap_or_else(|| lookup.name.clone());
        let second = ask(sys, from, server, &asked, RecordType::Aaaa);
        if given.is_none() {
            report.out.push_str(&format!("{NO_RECURSION}{}\n", lookup.server));
        }
        match second.answer {
            Some(more) if more.rcode == Rcode::NoError => {
                more.answers
                    .iter()
                    .filter(|r| r.kind() == RecordType::Aaaa)
                    .for_each(|r| report.out.push_str(&nslookup_line(r)));
            }
            Some(more) => {
                report.out.push_str(&format!("** server can't find {asked}: {}\n", more.rcode.name()));
                report.status = 1;
            }
            None => {}
        }
    }
    report.out.push('\n');
    report
}
