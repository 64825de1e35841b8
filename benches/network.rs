//! How many requests a second the network routes on one thread: `cargo bench --bench network`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::unwrap_used)]

use kubeglass::network::{Cidr, Dial, HostId, Listener, Network, NodeSpec, PodSpec, Protocol, ResolvConf};
use kubeglass::sim::{Random, Time};
use serde_json::json;
use std::rc::Rc;
use std::time::Instant;

/// Three nodes, a Service with three Pods and a Pod that asks; `others` more Services beside it.
fn cluster(others: u32) -> (Network, HostId) {
    let mut network = Network::new();
    let nodes = ["control-plane", "worker-1", "worker-2"].map(|name| {
        let n = network.hosts().count() as u8 - 1;
        let pod_cidr = Cidr::parse(&format!("10.244.{n}.0/24")).unwrap();
        let ip = [192, 168, 49, 2 + n].into();
        network.add_node(NodeSpec { name: name.into(), ip, pod_cidr, zone: String::new(), listeners: Vec::new() })
    });
    let mut pod = |name: &str, node: usize, last: u8, listeners: Vec<Listener>| {
        let ip = [10, 244, node as u8, last].into();
        let (namespace, resolver) = ("default".to_owned(), ResolvConf::node());
        network.add_pod(PodSpec { namespace, name: name.to_owned(), node: nodes[node], ip, listeners, resolver })
    };
    let client = pod("shell", 2, 9, Vec::new());
    let mut endpoints = Vec::new();
    for (i, node) in [1, 2, 1].into_iter().enumerate() {
        pod(&format!("web-{i}"), node, 2 + i as u8, vec![Listener::new(Protocol::Tcp, 8080, "web")]);
        let node_name = format!("worker-{node}");
        endpoints.push(json!({"addresses": [format!("10.244.{node}.{}", 2 + i)], "nodeName": node_name}));
    }
    for n in 0..=others {
        let (name, last) = (format!("web-{n}"), n + 40);
        let ip = format!("10.{}.{}.{}", 96 + last / 65_536, last / 256 % 256, last % 256);
        let service = json!({"metadata": {"name": name, "namespace": "default"},
            "spec": {"type": "ClusterIP", "clusterIP": ip, "ports": [{"port": 80, "protocol": "TCP"}]}});
        let slice = json!({"metadata": {"name": name, "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4", "endpoints": endpoints, "ports": [{"name": "", "port": 8080, "protocol": "TCP"}]});
        network.inputs.set_service("default", &name, Some(Rc::new(service)));
        network.inputs.set_slice("default", &name, Some(Rc::new(slice)));
    }
    // Unnamed ports match slices' ports of the empty name.
    let snapshot = network.inputs.snapshot();
    network.sync(&snapshot);
    (network, client)
}

fn measure(what: &str, others: u32, trace: bool) {
    let (mut network, client) = cluster(others);
    let mut random = Random::new(1);
    let mut dial = Dial::tcp(client, [10, 96, 0, 40].into(), 80);
    dial.trace = trace;
    let (mut accepted, mut steps) = (0u64, 0u64);
    let rounds = 2_000_000u64;
    let began = Instant::now();
    for n in 0..rounds {
        let connection = network.connect(Time(n), &mut random, &dial);
        accepted += u64::from(connection.outcome.accepted().is_some());
        steps += connection.trace.map_or(0, |t| t.hops.len() as u64);
    }
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(accepted, rounds);
    let (rate, hops) = (rounds as f64 / seconds, steps as f64 / rounds as f64);
    println!("{what:<44} {rate:>12.0} requests/s  {hops:>5.1} hops each");
}

fn main() {
    measure("ClusterIP, untraced", 0, false);
    measure("ClusterIP, untraced, 10,000 Services", 10_000, false);
    measure("ClusterIP, traced", 0, true);
    measure("ClusterIP, traced, 10,000 Services", 10_000, true);
}
