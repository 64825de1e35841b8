//! `kubeglass flows`: asks a rule set where flows may end, as kube-proxy's own flow tables do.
//!
//! A table's tracer follows every branch from nat PREROUTING (for local sources too) and then asks the filter table's
//! chains with the first destination it found; it remembers nothing, so marks, connection states and pins never match.
//!
//! upstream: pkg/proxy/iptables/proxier_test.go runPacketFlowTests, iptablesTracer

use super::address::{Cidr, Family, parse_ip};
use super::iptables::{Chain, ChainName, Match, NodeRules, ProxyConfig, Rule, Table, Target};
use super::packet::Protocol;
use super::service::Inputs;
use crate::api::{ObjectExt, Value};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// Reads scenarios (`[{services, endpointslices, node, flows}]`) and prints them with `actual` and `actualMasq` in every
/// flow. The error is what is wrong with the text as JSON.
pub fn run(text: &str) -> Result<String, String> {
    let mut scenarios: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    if let Value::Array(list) = &mut scenarios {
        list.iter_mut().for_each(answer);
    } else {
        answer(&mut scenarios);
    }
    serde_json::to_string_pretty(&scenarios).map(|t| t + "\n").map_err(|e| e.to_string())
}

/// Answers all flows of one scenario.
pub fn answer(scenario: &mut Value) {
    let config = Rc::new(proxy_config(scenario.at("node")));
    let mut inputs = Inputs::new(config.family);
    for service in scenario.list_at("services") {
        inputs.set_service(service.namespace(), service.name(), Some(Rc::new(service.clone())));
    }
    for slice in scenario.list_at("endpointslices") {
        inputs.set_slice(slice.namespace(), slice.name(), Some(Rc::new(slice.clone())));
    }
    let rules = NodeRules::build(&inputs.snapshot(), &config, None);
    let (nat, filter) = (rules.chains(Table::Nat), rules.chains(Table::Filter));
    let Some(Value::Array(flows)) = scenario.get_mut("flows") else { return };
    for flow in flows {
        let (actual, masq) = ask(&nat, &filter, &config, flow);
        flow.set("actual", actual);
        flow.set("actualMasq", masq);
    }
}

/// A scenario's `node` as kube-proxy's options.
fn proxy_config(node: &Value) -> ProxyConfig {
    let family = if node.str_at("ipFamily") == "IPv6" { Family::V6 } else { Family::V4 };
    let strings = |path: &str| node.list_at(path).iter().filter_map(Value::as_str).collect::<Vec<_>>();
    let mut interface_ips = Vec::new();
    if let Value::Object(interfaces) = node.at("interfaces") {
        for address in interfaces.values().filter_map(Value::as_array).flatten().filter_map(Value::as_str) {
            interface_ips.extend(parse_ip(address.split('/').next().unwrap_or("")));
        }
    }
    for ip in strings("ips").into_iter().chain(strings("loopbackIPs")).filter_map(parse_ip) {
        if !interface_ips.contains(&ip) {
            interface_ips.push(ip);
        }
    }
    let localhost = node.at("proxy.localhostNodePorts").as_bool().unwrap_or(true);
    ProxyConfig {
        node: node.str_at("name").to_owned(),
        zone: node.str_at("zone").to_owned(),
        family,
        node_ip: parse_ip(node.str_at("nodeIP")),
        interface_ips,
        pod_cidr: Cidr::parse(node.str_at("podCIDR")).filter(|_| node.str_at("proxy.localDetector") != "none"),
        masquerade_all: node.bool_at("proxy.masqueradeAll"),
        localhost_node_ports: localhost,
        node_port_addresses: (strings("proxy.nodePortAddresses").into_iter().filter_map(Cidr::parse))
            .filter(|c| c.family() == family)
            .collect(),
        nfacct: true,
        plugin_masquerade: None,
    }
}

struct Tracer<'a> {
    config: &'a ProxyConfig,
    src: IpAddr,
    dst: IpAddr,
    proto: Protocol,
    dport: u16,
    ends: Vec<String>,
    first: Option<IpAddr>,
    masq: bool,
}

fn ask(nat: &[Chain<'_>], filter: &[Chain<'_>], config: &ProxyConfig, flow: &Value) -> (Value, bool) {
    let proto = Protocol::parse(&flow.str_at("protocol").to_ascii_uppercase());
    let (src, dst) = (parse_ip(flow.str_at("sourceIP")), parse_ip(flow.str_at("destIP")));
    let (Some(src), Some(dst), Some(proto)) = (src, dst, proto) else { return (Value::from(""), false) };
    let dport = flow.int_at("destPort").and_then(|p| u16::try_from(p).ok()).unwrap_or(0);
    let mut tracer = Tracer { config, src, dst, proto, dport, ends: Vec::new(), first: None, masq: false };
    tracer.run(nat, ChainName::Prerouting);
    if let Some(first) = tracer.first {
        tracer.dst = first;
    }
    let asked = [ChainName::Services, ChainName::ExternalServices, ChainName::NodePorts, ChainName::ProxyFirewall];
    asked.into_iter().for_each(|chain| {
        tracer.run(filter, chain);
    });
    let verdict = |s: &String| matches!(s.as_str(), "ACCEPT" | "DROP" | "REJECT");
    let actual = match tracer.ends.as_slice() {
        [] => Value::from(""),
        [only] if verdict(only) => Value::from(only.as_str()),
        ends => Value::from(ends.to_vec()),
    };
    (actual, tracer.masq)
}

impl Tracer<'_> {
    /// Whether the chain ended the packet's way.
    fn run(&mut self, chains: &[Chain<'_>], name: ChainName) -> bool {
        let Some(chain) = chains.iter().find(|c| c.name == name) else { return false };
        for rule in &chain.rules {
            if !self.fits(rule) {
                continue;
            }
            let end = match rule.target {
                Target::Jump(ChainName::MarkMasq) => {
                    self.masq = true;
                    continue;
                }
                Target::Jump(to) => {
                    let chance = rule.matches.iter().any(|m| matches!(m, Match::Statistic(_)));
                    if self.run(chains, to) && !chance {
                        return true;
                    }
                    continue;
                }
                Target::Accept => "ACCEPT".to_owned(),
                Target::Drop => "DROP".to_owned(),
                Target::Reject => "REJECT".to_owned(),
                Target::Dnat(to) => {
                    self.first = self.first.or(Some(to.ip()));
                    match to {
                        SocketAddr::V4(to) => to.to_string(),
                        SocketAddr::V6(to) => format!("[{}]:{}", to.ip(), to.port()),
                    }
                }
                _ => continue,
            };
            self.ends.push(end);
            return true;
        }
        false
    }
    fn fits(&self, rule: &Rule) -> bool {
        let range = |range: Option<(bool, Cidr)>, ip| range.is_none_or(|(not, range)| range.contains(ip) != not);
        let fits = |m: &Match| match m {
            Match::Dport(proto, port) => *proto == self.proto && *port == self.dport,
            Match::Transport(proto) => *proto == self.proto,
            Match::Local { source } => self.config.interface_ips.contains(if *source { &self.src } else { &self.dst }),
            Match::CtState { .. } | Match::Mark { .. } | Match::RecentCheck { .. } => false,
            Match::Comment(_) | Match::RecentSet(_) | Match::Statistic(_) | Match::Nfacct(_) => true,
        };
        range(rule.source, self.src)
            && range(rule.destination, self.dst)
            && rule.proto.is_none_or(|p| p == self.proto)
            && rule.matches.iter().all(fits)
    }
}
