//! Packets between hosts: who answers, under which address, and why not.

use super::{start, sync};
use crate::api::{ObjectExt, Value};
use crate::network::dns::{Families, LookupFailure, RecordType};
use crate::network::*;
use crate::sim::{Duration, Random, Time};
use serde_json::json;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// The start network with CoreDNS, two Pods that answer on 8080 (`a` on worker-1, `b` on worker-2) and a Pod that asks.
struct World {
    network: Network,
    random: Random,
    now: Time,
    a: HostId,
    b: HostId,
    shell: HostId,
}

fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn world() -> World {
    let mut network = start();
    let mut pod = |ns: &str, name: &str, node: &str, at: &str, listeners: Vec<Listener>| {
        let node = network.node(node).unwrap();
        let resolver = ResolvConf::cluster_first(ip("10.96.0.10"), ns, "cluster.local");
        let (namespace, name) = (ns.to_owned(), name.to_owned());
        network.add_pod(PodSpec { namespace, name, node, ip: ip(at), listeners, resolver })
    };
    for (name, at) in [("coredns-1", "10.244.0.2"), ("coredns-2", "10.244.0.3")] {
        let udp = Listener::new(Protocol::Udp, 53, "coredns");
        pod("kube-system", name, "control-plane", at, vec![udp, Listener::new(Protocol::Tcp, 53, "coredns")]);
    }
    let web = || vec![Listener::new(Protocol::Tcp, 8080, "main"), Listener::new(Protocol::Udp, 8080, "main")];
    let a = pod("default", "a", "worker-1", "10.244.1.10", web());
    let b = pod("default", "b", "worker-2", "10.244.2.10", web());
    let shell = pod("default", "shell", "worker-2", "10.244.2.11", Vec::new());
    network.namespaces.extend(["default", "kube-system", "other"].map(Rc::from));
    World { network, random: Random::new(1), now: Time(1_000_000), a, b, shell }
}

impl World {
    /// Service `web` on 10.96.0.40:80 over the given endpoints, with more fields of `spec`.
    fn serve(&mut self, spec: Value, endpoints: &[(&str, &str)]) {
        let mut service = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"type": "ClusterIP",
            "clusterIP": "10.96.0.40", "ports": [{"port": 80, "protocol": "TCP"}]}});
        for (key, value) in spec.as_object().unwrap() {
            service["spec"][key] = value.clone();
        }
        let ports = service
            .list_at("spec.ports")
            .iter()
            .map(|p| json!({"name": p.str_at("name"), "port": 8080, "protocol": p["protocol"]}));
        let list = endpoints
            .iter()
            .map(|(ip, node)| json!({"addresses": [ip], "nodeName": node, "conditions": {"ready": true}}));
        let slice = json!({"metadata": {"name": "web-x", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}},
            "addressType": "IPv4", "endpoints": list.collect::<Vec<_>>(), "ports": ports.collect::<Vec<_>>()});
        self.network.inputs.set_slice("default", "web-x", Some(Rc::new(slice)));
        self.network.inputs.set_service("default", "web", Some(Rc::new(service)));
        sync(&mut self.network);
    }
    fn node(&self, name: &str) -> HostId {
        self.network.node(name).unwrap()
    }
    fn dial(&mut self, dial: Dial) -> Connection {
        self.network.connect(self.now, &mut self.random, &dial)
    }
    fn tcp(&mut self, from: HostId, to: &str, port: u16) -> Connection {
        self.dial(Dial::tcp(from, ip(to), port))
    }
    /// Which source a server saw; `None` if none answered.
    fn seen(&mut self, from: HostId, to: &str, port: u16) -> Option<String> {
        let c = self.tcp(from, to, port);
        c.outcome.accepted().map(|_| c.server.src.to_string())
    }
}

const BOTH: [(&str, &str); 2] = [("10.244.1.10", "worker-1"), ("10.244.2.10", "worker-2")];

#[test]
fn servers_see_the_client_that_a_real_cluster_shows() {
    let mut w = world();
    w.serve(json!({"type": "NodePort", "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30008}]}), &BOTH[..1]);
    let (user, one, two) = (w.network.user(), w.node("worker-1"), w.node("worker-2"));
    assert_eq!(w.seen(w.shell, "10.96.0.40", 80).as_deref(), Some("10.244.2.11"));
    assert_eq!(w.seen(w.a, "10.96.0.40", 80).as_deref(), Some("10.244.1.1"), "hairpin");
    assert_eq!(w.seen(user, "192.168.49.3", 30008).as_deref(), Some("10.244.1.1"));
    assert_eq!(w.seen(user, "192.168.49.4", 30008).as_deref(), Some("192.168.49.4"));
    assert_eq!(w.seen(one, "10.96.0.40", 80).as_deref(), Some("10.244.1.1"));
    assert_eq!(w.seen(two, "10.96.0.40", 80).as_deref(), Some("192.168.49.4"));
    assert_eq!(w.seen(one, "127.0.0.1", 30008).as_deref(), Some("10.244.1.1"));
    assert_eq!(w.seen(one, "10.244.1.10", 8080).as_deref(), Some("10.244.1.1"));
    assert_eq!(w.seen(one, "10.244.2.10", 8080).as_deref(), Some("192.168.49.3"));
}

#[test]
fn policy_local_keeps_the_client_and_drops_elsewhere() {
    let mut w = world();
    let ports = json!([{"port": 80, "protocol": "TCP", "nodePort": 30009}]);
    w.serve(json!({"type": "NodePort", "externalTrafficPolicy": "Local", "ports": ports}), &BOTH[..1]);
    let (user, two) = (w.network.user(), w.node("worker-2"));
    assert_eq!(w.seen(user, "192.168.49.3", 30009).as_deref(), Some("192.168.49.1"));
    assert_eq!(w.tcp(user, "192.168.49.4", 30009).outcome, Outcome::Dropped { node: two });
    assert_eq!(w.seen(two, "192.168.49.4", 30009).as_deref(), Some("192.168.49.4"));
    assert_eq!(w.seen(w.shell, "192.168.49.4", 30009).as_deref(), Some("10.244.2.11"));
}

#[test]
fn kube_proxy_answers_load_balancers_health_checks() {
    let mut w = world();
    let ports = json!([{"port": 80, "protocol": "TCP", "nodePort": 30009}]);
    let local =
        json!({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31234, "ports": ports});
    w.serve(local, &BOTH[..1]);
    let (user, one, two) = (w.network.user(), w.node("worker-1"), w.node("worker-2"));
    assert_eq!(w.tcp(user, "192.168.49.4", 31234).outcome.accepted(), Some(two));
    let here = |node| w.network.health_check(node, 31234).map(|c| c.local_endpoints);
    assert_eq!((here(one), here(two)), (Some(1), Some(0)));
    assert_eq!(w.network.health_check(one, 31235), None);
}

#[test]
fn what_does_not_answer_fails_as_a_real_cluster_does() {
    let mut w = world();
    w.serve(json!({}), &[]);
    let (user, one, two, shell) = (w.network.user(), w.node("worker-1"), w.node("worker-2"), w.shell);
    let arp = |host| Outcome::Unreachable { host, after: Duration::millis(3056) };
    let no_route = Outcome::Unreachable { host: user, after: Duration(0) };
    let lost = Outcome::Lost { host: user };
    for (from, to, port, want) in [
        (shell, "10.96.0.40", 80, Outcome::Rejected { node: two }),
        (shell, "10.96.0.40", 81, lost),
        (shell, "8.8.8.8", 80, lost),
        (shell, "10.244.1.250", 80, lost),
        (shell, "10.244.2.250", 80, lost),
        (shell, "192.168.49.77", 80, arp(two)),
        (shell, "192.168.49.1", 80, Outcome::Refused { host: user }),
        (shell, "192.168.49.4", 80, Outcome::Refused { host: two }),
        (shell, "10.244.2.1", 80, Outcome::Refused { host: two }),
        (shell, "10.244.1.10", 81, Outcome::Refused { host: w.a }),
        (user, "10.244.1.10", 8080, no_route),
        (user, "10.96.0.40", 80, no_route),
        (user, "192.168.49.77", 80, arp(user)),
        (user, "192.168.49.3", 80, Outcome::Refused { host: one }),
        (one, "10.96.0.40", 80, Outcome::Rejected { node: one }),
        (one, "192.168.49.77", 80, arp(one)),
        (one, "10.244.2.250", 80, lost),
    ] {
        assert_eq!(w.tcp(from, to, port).outcome, want, "to {to}:{port}");
    }
    w.network.set_up(one, false);
    assert_eq!(w.tcp(shell, "10.244.1.10", 8080).outcome, Outcome::Lost { host: one });
}

#[test]
fn a_pin_holds_until_its_time_or_its_chain_is_gone() {
    let mut w = world();
    let spec = json!({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 30}}});
    w.serve(spec.clone(), &BOTH);
    let first = w.tcp(w.shell, "10.96.0.40", 80);
    let pinned = first.outcome.accepted().unwrap();
    for _ in 0..20 {
        w.now += Duration::secs(29);
        let again = w.tcp(w.shell, "10.96.0.40", 80);
        assert_eq!(again.outcome.accepted(), Some(pinned));
        assert!(again.trace.unwrap().hops.iter().any(|h| h.pin == Some(Pin::Hit(Duration::secs(1)))));
    }
    let two = w.node("worker-2");
    let rows = w.network.pins(two, w.now);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].client, rows[0].left), (ip("10.244.2.11"), Duration::secs(30)));
    let chain = rows[0].chain.to_string();
    assert!(w.network.recent_file(two, &chain).unwrap().starts_with("src=10.244.2.11 ttl: 64 last_seen: "));
    let (other, others) = if pinned == w.a { (w.b, &BOTH[1..]) } else { (w.a, &BOTH[..1]) };
    w.serve(spec.clone(), others);
    assert_eq!(w.tcp(w.shell, "10.96.0.40", 80).outcome.accepted(), Some(other));
    w.serve(spec, &BOTH);
    assert_eq!(w.tcp(w.shell, "10.96.0.40", 80).outcome.accepted(), Some(other), "no memory of the first");
}

#[test]
fn open_connections_outlive_their_service() {
    let mut w = world();
    w.serve(json!({}), &BOTH);
    let open = w.dial(Dial { life: Life::Open, ..Dial::tcp(w.shell, ip("10.96.0.40"), 80) });
    let server = open.outcome.accepted().unwrap();
    w.serve(json!({}), &[]);
    let shell = w.shell;
    let later = w.network.send(w.now, &mut w.random, shell, &open);
    assert_eq!(later.outcome.accepted(), Some(server));
    assert_eq!(later.server.sport, open.server.sport);
    w.network.remove(server);
    let later = w.network.send(w.now, &mut w.random, shell, &open);
    assert!(later.outcome.silent(), "{:?}", later.outcome);
    let (two, now) = (w.node("worker-2"), w.now);
    let listed = w.network.tool(two, now, &["conntrack", "-L", "-p", "tcp"]).unwrap();
    assert!(listed.stdout.contains("ESTABLISHED src=10.244.2.11 dst=10.96.0.40"), "{}", listed.stdout);
}

#[test]
fn a_udp_flow_stays_until_its_endpoint_goes() {
    let mut w = world();
    let spec = json!({"ports": [{"port": 80, "protocol": "UDP"}]});
    w.serve(spec.clone(), &BOTH);
    let dial = Dial { source_port: Some(5353), ..Dial::udp(w.shell, ip("10.96.0.40"), 80) };
    let first = w.dial(dial).outcome.accepted().unwrap();
    for _ in 0..20 {
        assert_eq!(w.dial(dial).outcome.accepted(), Some(first), "conntrack, not chance");
    }
    let (other, rest) = if first == w.a { (w.b, &BOTH[1..]) } else { (w.a, &BOTH[..1]) };
    w.serve(spec, rest);
    assert_eq!(w.dial(dial).outcome.accepted(), Some(other), "the stale entry was deleted");
}

#[test]
fn a_trace_tells_every_step() {
    let mut w = world();
    w.serve(json!({}), &BOTH[..1]);
    let connection = w.tcp(w.shell, "10.96.0.40", 80);
    let trace = connection.trace.unwrap();
    let rules = trace.hops.iter().filter_map(|h| trace.rule_text(h)).collect::<Vec<_>>();
    let hash = hash(&["default/web", "tcp"]);
    assert_eq!(rules.len(), 4, "{rules:#?}");
    assert!(rules[0].starts_with("-A PREROUTING"), "{}", rules[0]);
    assert!(rules[1].ends_with(&format!("--dport 80 -j KUBE-SVC-{}", hash.as_str())), "{}", rules[1]);
    assert!(rules[2].contains("default/web -> 10.244.1.10:8080"), "{}", rules[2]);
    assert!(rules[3].ends_with("-j DNAT --to-destination 10.244.1.10:8080"), "{}", rules[3]);
    let dnat = trace.hops.iter().find(|h| h.verdict == Verdict::Dnat).unwrap();
    assert_eq!(dnat.before.destination().to_string(), "10.96.0.40:80");
    assert_eq!(dnat.after.destination().to_string(), "10.244.1.10:8080");
    let last = trace.reply.last().unwrap();
    assert_eq!((last.host, last.after), (w.shell, connection.client.reversed()));
    assert!(trace.hops.windows(2).all(|h| h[0].after == h[1].before));
    assert!(trace.reply.windows(2).all(|h| h[0].after == h[1].before));
}

#[test]
fn names_are_found_through_the_search_list() {
    let mut w = world();
    w.serve(json!({}), &BOTH);
    let asked = |w: &mut World, name: &str| {
        let found = w.network.resolve(w.now, &mut w.random, w.shell, name, Families::V4);
        let names = found.lookups.iter().map(|l| l.name.clone()).collect::<Vec<_>>();
        (names, found.addresses.first().map(|ip| ip.to_string()), found.failure)
    };
    let web = Some("10.96.0.40".to_owned());
    assert_eq!(asked(&mut w, "web"), (vec!["web.default.svc.cluster.local".into()], web.clone(), None));
    assert_eq!(asked(&mut w, "web.default").0.len(), 2);
    assert_eq!(asked(&mut w, "web.default.svc").0.len(), 3);
    assert_eq!(asked(&mut w, "web.default.svc.cluster.local").0.len(), 4);
    assert_eq!(
        asked(&mut w, "web.default.svc.cluster.local."),
        (vec!["web.default.svc.cluster.local".into()], web, None)
    );
    let (names, none, why) = asked(&mut w, "nope");
    assert_eq!((names.len(), none, why), (4, None, Some(LookupFailure::NotFound)));
    for name in ["coredns-1", "coredns-2"] {
        let pod = w.network.pod("kube-system", name).unwrap();
        w.network.set_listeners(pod, Vec::new());
    }
    let (names, none, why) = asked(&mut w, "web");
    assert_eq!((none, why), (None, Some(LookupFailure::TryAgain)), "{names:?}");
}

#[test]
fn answers_are_those_of_coredns() {
    let mut w = world();
    w.serve(json!({"clusterIP": "None", "ports": [{"name": "http", "port": 80, "protocol": "TCP"}, {"name": "dns", "port": 53, "protocol": "UDP"}]}), &BOTH);
    let external = json!({"metadata": {"name": "ext", "namespace": "default"}, "spec": {"type": "ExternalName", "externalName": "db.example.com"}});
    w.network.inputs.set_service("default", "ext", Some(Rc::new(external)));
    let inside = json!({"metadata": {"name": "in", "namespace": "default"}, "spec": {"type": "ExternalName", "externalName": "kubernetes.default.svc.cluster.local"}});
    w.network.inputs.set_service("default", "in", Some(Rc::new(inside)));
    let ask = |name: &str, kind: &str| {
        let answer = w.network.dns_answer(w.now, name, RecordType::parse(kind).unwrap());
        let texts = answer.answers.iter().map(|r| r.text()).collect::<Vec<_>>();
        format!("{} {} +{}", answer.rcode.name(), texts.join(" "), answer.authority.len() + answer.additional.len())
    };
    for (name, kind, want) in [
        ("kubernetes.default.svc.cluster.local", "A", "NOERROR 10.96.0.1 +0"),
        ("KUBERNETES.default.SVC.cluster.local.", "A", "NOERROR 10.96.0.1 +0"),
        ("kubernetes.default.svc.cluster.local", "AAAA", "NOERROR  +1"),
        ("kubernetes.default.svc.cluster.local", "MX", "NOERROR  +1"),
        ("web.default.svc.cluster.local", "A", "NOERROR 10.244.1.10 10.244.2.10 +0"),
        ("10-244-1-10.web.default.svc.cluster.local", "A", "NOERROR 10.244.1.10 +0"),
        ("10-244-9-9.web.default.svc.cluster.local", "A", "NXDOMAIN  +1"),
        (
            "_http._tcp.web.default.svc.cluster.local",
            "SRV",
            "NOERROR 0 50 8080 10-244-1-10.web.default.svc.cluster.local. \
            0 50 8080 10-244-2-10.web.default.svc.cluster.local. +2",
        ),
        ("_http._udp.web.default.svc.cluster.local", "SRV", "NXDOMAIN  +1"),
        (
            "_https._tcp.kubernetes.default.svc.cluster.local",
            "SRV",
            "NOERROR 0 100 443 kubernetes.default.svc.cluster.local. +1",
        ),
        ("ext.default.svc.cluster.local", "A", "NOERROR db.example.com. +0"),
        ("ext.default.svc.cluster.local", "CNAME", "NOERROR db.example.com. +0"),
        ("ext.default.svc.cluster.local", "SRV", "NOERROR  +1"),
        ("x.ext.default.svc.cluster.local", "A", "NXDOMAIN  +1"),
        ("in.default.svc.cluster.local", "A", "NOERROR kubernetes.default.svc.cluster.local. 10.96.0.1 +0"),
        ("in.default.svc.cluster.local", "AAAA", "NOERROR  +1"),
        ("default.svc.cluster.local", "A", "NOERROR  +1"),
        ("svc.cluster.local", "A", "NOERROR  +1"),
        ("cluster.local", "NS", "NOERROR kube-dns.kube-system.svc.cluster.local. +1"),
        ("ns.dns.cluster.local", "A", "NOERROR 10.96.0.10 +0"),
        ("nope.svc.cluster.local", "A", "NXDOMAIN  +1"),
        ("foo.cluster.local", "A", "NXDOMAIN  +1"),
        ("example.com", "A", "NXDOMAIN  +0"),
        ("dns-version.cluster.local", "TXT", "NOERROR \"1.1.0\" +0"),
        ("1-2-3-4.default.pod.cluster.local", "A", "NOERROR 1.2.3.4 +0"),
        ("1-2-3.default.pod.cluster.local", "A", "NXDOMAIN  +1"),
        ("default.pod.cluster.local", "A", "NOERROR  +1"),
        ("1.0.96.10.in-addr.arpa", "PTR", "NOERROR kubernetes.default.svc.cluster.local. +0"),
        ("10.1.244.10.in-addr.arpa", "PTR", "NOERROR 10-244-1-10.web.default.svc.cluster.local. +0"),
        ("9.9.9.9.in-addr.arpa", "PTR", "NXDOMAIN  +0"),
    ] {
        assert_eq!(ask(name, kind), want, "{kind} {name}");
    }
}

#[test]
fn asking_what_a_packet_would_meet_is_the_next_packet_and_changes_nothing() {
    let mut w = world();
    let ports = json!([{"port": 80, "protocol": "TCP", "nodePort": 30010}]);
    let affinity = json!({"clientIP": {"timeoutSeconds": 60}});
    w.serve(
        json!({"type": "NodePort", "ports": ports, "sessionAffinity": "ClientIP", "sessionAffinityConfig": affinity}),
        &BOTH,
    );
    let (user, one) = (w.network.user(), w.node("worker-1"));
    let dial = Dial::tcp(user, ip("192.168.49.3"), 30010);
    for _ in 0..3 {
        let state =
            |w: &mut World| (w.network.pins(one, w.now), w.network.flows(one, w.now), w.random.clone().bits31());
        let before = state(&mut w);
        let asked = w.network.would_meet(w.now, &w.random, &dial);
        assert_eq!(state(&mut w), before);
        let sent = w.dial(dial);
        assert_eq!((asked.outcome, asked.client, asked.server), (sent.outcome, sent.client, sent.server));
        let all = asked.trace.unwrap();
        let told = |h: &&Hop| !matches!(h.verdict, Verdict::Pass(_) | Verdict::Return) && h.pin.is_none();
        let met = |t: &Trace| t.hops.iter().filter(told).filter_map(|h| t.rule_text(h)).collect::<Vec<_>>();
        let (asked, sent) = (met(&all), met(&sent.trace.unwrap()));
        assert!(sent.iter().all(|rule| asked.contains(rule)), "{asked:#?}\n{sent:#?}");
        let passed = |why| all.hops.iter().filter(|h| h.verdict == Verdict::Pass(why)).count();
        assert!(passed(Mismatch::Destination) > 2 && passed(Mismatch::SourceType) + passed(Mismatch::Mark) > 0);
        // Each chain's rules are asked from the first on, without a gap.
        let services = all.hops.iter().filter_map(|h| h.rule).filter(|r| r.chain == ChainName::Services);
        let nat = services.filter(|r| r.table == Table::Nat).map(|r| r.number).collect::<Vec<_>>();
        assert_eq!(nat, (1..=nat.len() as u32).collect::<Vec<_>>());
        w.now += Duration::secs(1);
    }
}
