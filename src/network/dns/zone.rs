//! What CoreDNS' kubernetes plugin answers from Services and EndpointSlices.
//!
//! upstream: coredns/plugin/kubernetes/kubernetes.go, parse.go; plugin/backend_lookup.go

use super::{Answer, Rcode, Record, RecordData, RecordType};
use crate::api::{ObjectExt, Value};
use crate::network::address::parse_ip;
use crate::network::node::Network;
use crate::network::service::Input;
use crate::sim::Time;
use std::net::IpAddr;

/// Seconds (`ttl 30` in kubeadm's Corefile).
const TTL: u32 = 30;
/// How many aliases are followed.
const ALIASES_MAX: usize = 8;

/// One thing behind a name: an address with a port, or another name.
struct Target {
    /// An address, or an `externalName`.
    host: Result<IpAddr, String>,
    /// 0: none.
    port: u16,
    /// The name of the address in SRV records.
    name: String,
}

/// What a name is.
enum Found {
    /// Nothing: NXDOMAIN.
    Unknown,
    /// A name above others: NODATA.
    Empty,
    Targets(Vec<Target>),
}

impl Network {
    /// CoreDNS' answer to a question, whoever asks. `name` may end with a dot.
    pub fn dns_answer(&self, now: Time, name: &str, kind: RecordType) -> Answer {
        let shown = name.trim_end_matches('.');
        let plain = shown.to_ascii_lowercase();
        if let Some(zone) = ["in-addr.arpa", "ip6.arpa"].into_iter().find(|z| within(&plain, z).is_some()) {
            return self.reverse_answer(now, shown, &plain, zone, kind);
        }
        match within(&plain, &self.domain) {
            Some(rest) => self.zone_answer(now, shown, rest, kind, 0),
            None => Answer { rcode: Rcode::NxDomain, ..Answer::default() },
        }
    }

    fn zone_answer(&self, now: Time, shown: &str, rest: &str, kind: RecordType, depth: usize) -> Answer {
        let zone = &*self.domain;
        let record = |ttl, data| Record { name: format!("{shown}."), ttl, data };
        let soa = || Record {
            name: format!("{zone}."),
            ttl: TTL,
            data: RecordData::Soa { zone: zone.to_owned(), serial: now.unix() },
        };
        let negative = |rcode| Answer { rcode, authority: vec![soa()], ..Answer::default() };
        let mut answer = Answer::default();
        match (rest, kind) {
            ("", RecordType::Soa) => answer.answers.push(soa()),
            ("", RecordType::Ns) => self.name_servers(&mut answer, record),
            ("dns-version", RecordType::Txt) => answer.answers.push(record(28_800, RecordData::Txt("1.1.0".into()))),
            ("ns.dns", RecordType::A) => {
                let ip = self.service_ip("kube-system", "kube-dns");
                answer.answers.extend(ip.map(|ip| record(TTL, RecordData::A(ip))));
            }
            ("" | "ns.dns", _) => {}
            _ => match self.find(rest) {
                Found::Unknown => return negative(Rcode::NxDomain),
                Found::Empty => {}
                Found::Targets(targets) => self.records(now, shown, targets, kind, depth, &mut answer),
            },
        }
        if answer.answers.is_empty() { negative(Rcode::NoError) } else { answer }
    }
    fn name_servers(&self, answer: &mut Answer, record: impl Fn(u32, RecordData) -> Record) {
        let name = format!("kube-dns.kube-system.svc.{}.", self.domain);
        if let Some(ip) = self.service_ip("kube-system", "kube-dns") {
            answer.answers.push(record(TTL, RecordData::Ns(name.clone())));
            answer.additional.push(Record { name, ttl: TTL, data: RecordData::A(ip) });
        }
    }
    fn service_ip(&self, namespace: &str, name: &str) -> Option<std::net::Ipv4Addr> {
        let service = self.inputs.get(namespace, name)?.service.as_ref()?;
        service.str_at("spec.clusterIP").parse().ok()
    }

    /// The records of `kind` for what was found.
    fn records(
        &self,
        now: Time,
        shown: &str,
        targets: Vec<Target>,
        kind: RecordType,
        depth: usize,
        answer: &mut Answer,
    ) {
        let name = format!("{shown}.");
        let push = |list: &mut Vec<Record>, name: &str, data: RecordData| {
            let record = Record { name: name.to_owned(), ttl: TTL, data };
            if !list.contains(&record) {
                list.push(record);
            }
        };
        let weight = (100 / targets.len().max(1)).max(1) as u16;
        for target in targets {
            match (&target.host, kind) {
                (Ok(IpAddr::V4(ip)), RecordType::A) => push(&mut answer.answers, &name, RecordData::A(*ip)),
                (Ok(IpAddr::V6(ip)), RecordType::Aaaa) => push(&mut answer.answers, &name, RecordData::Aaaa(*ip)),
                (Ok(ip), RecordType::Srv) if target.port != 0 => {
                    let data = RecordData::Srv { priority: 0, weight, port: target.port, target: target.name.clone() };
                    push(&mut answer.answers, &name, data);
                    let data = match ip {
                        IpAddr::V4(ip) => RecordData::A(*ip),
                        IpAddr::V6(ip) => RecordData::Aaaa(*ip),
                    };
                    push(&mut answer.additional, &target.name, data);
                }
                (Err(other), RecordType::Cname) => {
                    push(&mut answer.answers, &name, RecordData::Cname(format!("{other}.")));
                }
                (Err(other), RecordType::A | RecordType::Aaaa) => {
                    let inside = within(&other.to_ascii_lowercase(), &self.domain).map(str::to_owned);
                    let next = match &inside {
                        _ if depth >= ALIASES_MAX => continue,
                        Some(rest) => self.zone_answer(now, other, rest, kind, depth + 1),
                        None => Answer::default(),
                    };
                    // An alias into the cluster is only told together with where it leads.
                    if inside.is_none() || !next.answers.is_empty() {
                        push(&mut answer.answers, &name, RecordData::Cname(format!("{other}.")));
                        answer.answers.extend(next.answers);
                    }
                }
                _ => {}
            }
        }
    }

    /// What is behind a name within the zone (`web.default.svc`).
    fn find(&self, rest: &str) -> Found {
        let mut labels = rest.split('.').collect::<Vec<_>>();
        let kind = labels.pop().unwrap_or("");
        if kind != "svc" && kind != "pod" {
            return Found::Unknown;
        }
        let Some(namespace) = labels.pop() else { return Found::Empty };
        if !self.namespaces.contains(namespace) {
            return Found::Unknown;
        }
        let Some(name) = labels.pop() else { return Found::Empty };
        if kind == "pod" {
            let ip = dashed(name);
            let target = |ip| vec![Target { host: Ok(ip), port: 0, name: String::new() }];
            return ip.map_or(Found::Unknown, |ip| Found::Targets(target(ip)));
        }
        let Some(input) = self.inputs.get(namespace, name) else { return Found::Unknown };
        let Some(service) = input.service.as_deref() else { return Found::Unknown };
        let base = format!("{name}.{namespace}.svc.{}.", self.domain);
        let found = match labels[..] {
            [] => targets(service, input, &base, |_, _| true, None),
            [host] => targets(service, input, &base, |_, _| true, Some(host)),
            [port, proto] => {
                let (port, proto) = (port.trim_start_matches('_'), proto.trim_start_matches('_'));
                targets(service, input, &base, |n, p| n == port && p.eq_ignore_ascii_case(proto), None)
            }
            _ => Vec::new(),
        };
        if found.is_empty() || (!labels.is_empty() && found.iter().any(|t| t.host.is_err())) {
            return Found::Unknown;
        }
        Found::Targets(found)
    }

    /// PTR: a Service's address, else the endpoints with the address.
    fn reverse_answer(&self, now: Time, shown: &str, plain: &str, zone: &str, kind: RecordType) -> Answer {
        let mut answer = Answer::default();
        if plain == zone && kind == RecordType::Soa {
            let data = RecordData::Soa { zone: zone.to_owned(), serial: now.unix() };
            answer.answers.push(Record { name: format!("{shown}."), ttl: TTL, data });
        }
        let parts = plain.split('.').collect::<Vec<_>>();
        if let (["in-addr", "arpa"], RecordType::Ptr, 6) = (&parts[parts.len() - 2..], kind, parts.len()) {
            let ip = parse_ip(&[parts[3], parts[2], parts[1], parts[0]].join("."));
            for name in ip.map(|ip| self.names_of(ip)).unwrap_or_default() {
                answer.answers.push(Record { name: format!("{shown}."), ttl: TTL, data: RecordData::Ptr(name) });
            }
        }
        if answer.answers.is_empty() {
            answer.rcode = Rcode::NxDomain; // falls through to a world that knows nobody
        }
        answer
    }
    fn names_of(&self, ip: IpAddr) -> Vec<String> {
        let base = |key: &crate::network::service::ServiceName| format!("{}.{}.svc.{}.", key.1, key.0, self.domain);
        let owner = |(_, input): &(_, &Input)| {
            let service = input.service.as_deref().unwrap_or(&Value::Null);
            let ips = service.list_at("spec.clusterIPs").iter().chain([service.at("spec.clusterIP")]);
            ips.filter_map(|v| parse_ip(v.as_str()?)).any(|own| own == ip)
        };
        if let Some((key, _)) = self.inputs.iter().find(owner) {
            return vec![base(key)];
        }
        let mut names = Vec::new();
        for (key, input) in self.inputs.iter().filter(|(_, i)| i.service.is_some()) {
            for (found, host, _) in ready_addresses(input).filter(|(found, ..)| *found == ip) {
                let name = format!("{}.{}", host.unwrap_or_else(|| dashes(found)), base(key));
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

/// What is left of `name` before `.zone`; empty for the zone itself.
fn within<'a>(name: &'a str, zone: &str) -> Option<&'a str> {
    let rest = name.strip_suffix(zone)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_suffix('.') }
}

/// `10-1-2-3`
fn dashes(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string().replace('.', "-"),
        IpAddr::V6(ip) => {
            let text = ip.to_string().replace(':', "-");
            if text.ends_with('-') { text + "0" } else { text }
        }
    }
}

/// The address that `10-1-2-3` stands for.
fn dashed(name: &str) -> Option<IpAddr> {
    if name.matches('-').count() == 3 && !name.contains("--") {
        return parse_ip(&name.replace('-', "."));
    }
    parse_ip(&name.replace('-', ":"))
}

/// Ready addresses of all slices with their host names and slices.
fn ready_addresses(input: &Input) -> impl Iterator<Item = (IpAddr, Option<String>, &Value)> {
    input.slices.values().map(|s| &**s).flat_map(|slice: &Value| {
        slice.list_at("endpoints").iter().filter(|e| e.at("conditions.ready").as_bool().unwrap_or(true)).flat_map(
            move |e| {
                let host = Some(e.str_at("hostname")).filter(|h| !h.is_empty()).map(str::to_owned);
                let ips = e.list_at("addresses").iter().filter_map(|a| parse_ip(a.as_str()?));
                ips.map(move |ip| (ip, host.clone(), slice))
            },
        )
    })
}

/// upstream: coredns/plugin/kubernetes/kubernetes.go findServices
fn targets(
    service: &Value,
    input: &Input,
    base: &str,
    port: impl Fn(&str, &str) -> bool,
    host: Option<&str>,
) -> Vec<Target> {
    let mut found = Vec::new();
    if service.str_at("spec.type") == "ExternalName" {
        let name = service.str_at("spec.externalName").trim_end_matches('.');
        if parse_ip(name).is_none() {
            found.push(Target { host: Err(name.to_owned()), port: 0, name: String::new() });
        }
        return found;
    }
    if host.is_none() && service.str_at("spec.clusterIP") != "None" {
        let ips = match service.list_at("spec.clusterIPs") {
            [] => std::slice::from_ref(service.at("spec.clusterIP")),
            list => list,
        };
        for p in service.list_at("spec.ports").iter().filter(|p| port(p.str_at("name"), p.str_at("protocol"))) {
            for ip in ips.iter().filter_map(|ip| parse_ip(ip.as_str()?)) {
                found.push(Target { host: Ok(ip), port: number(p), name: base.to_owned() });
            }
        }
        return found;
    }
    for (ip, named, slice) in ready_addresses(input) {
        let own = named.unwrap_or_else(|| dashes(ip));
        if host.is_some_and(|h| !h.eq_ignore_ascii_case(&own)) {
            continue;
        }
        let name = format!("{own}.{base}");
        let ports = slice.list_at("ports");
        if ports.is_empty() && port("", "") {
            found.push(Target { host: Ok(ip), port: 0, name: name.clone() });
        }
        for p in ports.iter().filter(|p| port(p.str_at("name"), p.str_at("protocol"))) {
            found.push(Target { host: Ok(ip), port: number(p), name: name.clone() });
        }
    }
    found
}

fn number(port: &Value) -> u16 {
    port.int_at("port").and_then(|p| u16::try_from(p).ok()).unwrap_or(0)
}
