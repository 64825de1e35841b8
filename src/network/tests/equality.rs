//! The compiled rule set against walking its rules one by one, over random Services, options and packets.

use crate::api::{ObjectExt, Value};
use crate::network::iptables::walk::{Decision, Env, Hook, Look, Looker, Memory, walk};
use crate::network::iptables::{NodeRules, Table, compiled};
use crate::network::packet::{Packet, Protocol};
use crate::network::recent::Recents;
use crate::network::{Cidr, Family, Inputs, ProxyConfig};
use crate::sim::{Random, Stream, Time};
use proptest::prelude::*;
use serde_json::json;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// Writes down every look.
#[derive(Default)]
struct Notes(Vec<(Look, Packet, Packet)>);

impl Looker for Notes {
    const ON: bool = true;
    fn look(&mut self, look: Look, before: Packet, after: Packet) {
        self.0.push((look, before, after));
    }
    fn depth(&self) -> usize {
        self.0.len()
    }
    fn leave(&mut self, depth: usize) {
        if self.0.len() == depth + 1 {
            self.0.pop();
        }
    }
}

struct Draw(Random);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0.below(Stream::Shell, n)
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize].clone()
    }
}

const VIPS: [&str; 4] = ["198.51.100.9", "203.0.113.50", "192.168.49.3", "10.244.1.9"];

fn service(d: &mut Draw, n: u64) -> Value {
    let kind = d.pick(&["ClusterIP", "NodePort", "LoadBalancer"]);
    let mut ports = Vec::new();
    for i in 0..=d.below(2) {
        let mut port =
            json!({"name": format!("p{i}"), "port": d.pick(&[80, 81, 53]), "protocol": d.pick(&["TCP", "UDP"])});
        if kind != "ClusterIP" {
            port["nodePort"] = json!(d.pick(&[30000, 30001, 30002, 30003]));
        }
        ports.push(port);
    }
    let mut spec = json!({"type": kind, "clusterIP": format!("10.96.0.{}", 40 + n % 4), "ports": ports});
    if d.chance(40) {
        spec["externalIPs"] = json!([d.pick(&VIPS), d.pick(&VIPS)]);
    }
    for (field, percent) in [("externalTrafficPolicy", 50), ("internalTrafficPolicy", 30)] {
        if d.chance(percent) {
            spec[field] = json!("Local");
        }
    }
    if d.chance(40) {
        spec["sessionAffinity"] = json!("ClientIP");
        spec["sessionAffinityConfig"] = json!({"clientIP": {"timeoutSeconds": 30}});
    }
    if d.chance(40) {
        spec["loadBalancerSourceRanges"] =
            json!([d.pick(&["192.168.49.0/24", "10.244.0.0/16", "203.0.113.0/25"]), "10.244.2.0/24"]);
    }
    spec["healthCheckNodePort"] = json!(d.pick(&[0, 30000, 32000]));
    let mut service =
        json!({"kind": "Service", "metadata": {"name": format!("s{n}"), "namespace": "ns"}, "spec": spec});
    if kind == "LoadBalancer" {
        service.set(
            "status.loadBalancer.ingress",
            json!([{"ip": d.pick(&VIPS)}, {"ip": d.pick(&VIPS), "ipMode": d.pick(&["VIP", "Proxy"])}]),
        );
    }
    service
}

fn slice(d: &mut Draw, service: &Value) -> Value {
    let endpoints = (0..d.below(6)).map(|_| {
        let ip = format!("10.244.{}.{}", d.below(3), 2 + d.below(6));
        let (ready, ending) = (d.chance(70), d.chance(50));
        let hints = if d.chance(30) { json!({"forZones": [{"name": d.pick(&["a", "b"])}]}) } else { Value::Null };
        json!({"addresses": [ip], "nodeName": d.pick(&["worker-1", "worker-2"]), "hints": hints,
            "conditions": {"ready": ready, "serving": ready || ending, "terminating": !ready && ending}})
    });
    let endpoints = endpoints.collect::<Vec<_>>();
    let ports = service
        .list_at("spec.ports")
        .iter()
        .map(|p| json!({"name": p["name"], "protocol": p["protocol"], "port": 8080}));
    let ports = ports.collect::<Vec<_>>();
    json!({"metadata": {"name": service.name(), "namespace": "ns", "labels": {"kubernetes.io/service-name": service.name()}},
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports})
}

fn config(d: &mut Draw) -> ProxyConfig {
    let cidr = |t: &str| Cidr::parse(t).unwrap();
    ProxyConfig {
        node: "worker-1".into(),
        zone: d.pick(&["", "a"]).into(),
        family: Family::V4,
        node_ip: Some([192, 168, 49, 3].into()),
        interface_ips: vec![[127, 0, 0, 1].into(), [192, 168, 49, 3].into(), [10, 244, 1, 1].into()],
        pod_cidr: d.chance(80).then(|| cidr("10.244.0.0/16")),
        masquerade_all: d.chance(20),
        localhost_node_ports: d.chance(80),
        node_port_addresses: d.pick(&[
            vec![],
            vec![cidr("192.168.49.0/24")],
            vec![cidr("127.0.0.0/8"), cidr("10.244.1.0/24")],
        ]),
        nfacct: d.chance(80),
        plugin_masquerade: d.chance(80).then(|| cidr("10.244.0.0/16")),
    }
}

fn packet(d: &mut Draw) -> Packet {
    let ip = |t: &str| t.parse::<Ipv4Addr>().unwrap();
    let sources =
        ["10.244.1.2", "10.244.1.3", "10.244.2.4", "192.168.49.3", "127.0.0.1", "192.168.49.1", "203.0.113.7"];
    let targets = [
        "10.96.0.40",
        "10.96.0.41",
        "10.96.0.42",
        "10.96.0.43",
        "192.168.49.3",
        "127.0.0.1",
        "10.244.1.1",
        "10.244.1.3",
    ];
    let dst = if d.chance(30) { d.pick(&VIPS) } else { d.pick(&targets) };
    Packet {
        proto: d.pick(&[Protocol::Tcp, Protocol::Tcp, Protocol::Udp]),
        src: ip(d.pick(&sources)),
        sport: 40_000 + d.below(100) as u16,
        dst: ip(dst),
        dport: d.pick(&[80, 81, 53, 30000, 30001, 30002, 32000, 8080]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compiled_rules_decide_as_rules_do(seed in any::<u64>()) {
        let mut d = Draw(Random::new(seed));
        let mut inputs = Inputs::new(Family::V4);
        for n in 0..1 + d.below(5) {
            let service = service(&mut d, n);
            if d.chance(90) {
                let slice = slice(&mut d, &service);
                inputs.set_slice("ns", slice.name(), Some(Rc::new(slice.clone())));
            }
            inputs.set_service("ns", &format!("s{n}"), Some(Rc::new(service)));
        }
        let rules = NodeRules::build(&inputs.snapshot(), &Rc::new(config(&mut d)), None);
        let (mut walked, mut quick) = (Recents::default(), Recents::default());
        let (mut walker, mut runner) = (Random::new(seed), Random::new(seed));
        let hooks = [
            (Table::Nat, Hook::Prerouting), (Table::Nat, Hook::Prerouting), (Table::Nat, Hook::Output),
            (Table::Nat, Hook::Postrouting), (Table::Filter, Hook::Input), (Table::Filter, Hook::Forward),
            (Table::Filter, Hook::Output),
        ];
        for round in 0..60 {
            let (packet, hook) = (packet(&mut d), d.pick(&hooks));
            let now = Time(round * 1_000_000);
            let memory = Memory { mark: hook.0 == Table::Filter && d.chance(30) || hook.1 == Hook::Postrouting && d.chance(50), dnat: d.chance(30) };
            let (mut a, mut b) = ((memory, Notes::default()), (memory, Notes::default()));
            let mut env = Env { now, recent: &mut walked, random: &mut walker };
            let want: Decision = walk(&rules, hook, packet, &mut a.0, &mut env, &mut a.1);
            let mut env = Env { now, recent: &mut quick, random: &mut runner };
            let got = compiled::run(&rules, hook, packet, &mut b.0, &mut env, &mut b.1);
            prop_assert_eq!(want, got, "{:?} {}", hook, packet);
            prop_assert_eq!(a.0, b.0, "{:?} {}", hook, packet);
            prop_assert_eq!(&a.1.0, &b.1.0, "{:?} {}", hook, packet);
            for look in &a.1.0 {
                let (table, chain, number) = look.0.at;
                prop_assert!(rules.rule_text(table, chain, number).is_some());
            }
        }
        let lists = |r: &Recents| r.iter().map(|(h, l)| (*h, l.clone())).collect::<Vec<_>>();
        prop_assert_eq!(lists(&walked), lists(&quick));
        prop_assert_eq!(walker.bits31(), runner.bits31());
    }
}
