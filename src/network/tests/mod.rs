#![allow(clippy::unnecessary_to_owned)]
//! The rule set against recordings, and its compiled form against walking it.

mod equality;
mod path;

use super::*;
use crate::api::{ObjectExt, Value};
use crate::sim::Time;
use std::fmt::Write as _;
use std::rc::Rc;

/// The recorded cluster's network with the Services it starts with.
pub(super) fn start() -> Network {
    let mut network = Network::new();
    for (i, name) in ["control-plane", "worker-1", "worker-2"].into_iter().enumerate() {
        let pod_cidr = Cidr::parse(&format!("10.244.{i}.0/24")).unwrap();
        let ip = [192, 168, 49, 2 + i as u8].into();
        network.add_node(NodeSpec { name: name.into(), ip, pod_cidr, zone: String::new(), listeners: Vec::new() });
    }
    for (file, service) in [
        (
            "kubernetes",
            r#"{"metadata":{"name":"kubernetes","namespace":"default"},"spec":{"clusterIP":"10.96.0.1","type":"ClusterIP",
            "ports":[{"name":"https","port":443,"protocol":"TCP","targetPort":6443}]}}"#,
        ),
        (
            "kube-dns",
            r#"{"metadata":{"name":"kube-dns","namespace":"kube-system"},"spec":{"clusterIP":"10.96.0.10","type":"ClusterIP",
            "ports":[{"name":"dns","port":53,"protocol":"UDP"},{"name":"dns-tcp","port":53,"protocol":"TCP"},
            {"name":"metrics","port":9153,"protocol":"TCP"}]}}"#,
        ),
    ] {
        let service: Value = serde_json::from_str(service).unwrap();
        network.inputs.set_service(&service.namespace().to_owned(), file, Some(Rc::new(service)));
    }
    for slice in [
        r#"{"metadata":{"name":"kubernetes","namespace":"default","labels":{"kubernetes.io/service-name":"kubernetes"}},
            "addressType":"IPv4","endpoints":[{"addresses":["192.168.49.2"],"conditions":{"ready":true}}],
            "ports":[{"name":"https","port":6443,"protocol":"TCP"}]}"#,
        r#"{"metadata":{"name":"kube-dns-abcde","namespace":"kube-system","labels":{"kubernetes.io/service-name":"kube-dns"}},
            "addressType":"IPv4","endpoints":[{"addresses":["10.244.0.3"],"conditions":{"ready":true},"nodeName":"control-plane"},
            {"addresses":["10.244.0.2"],"conditions":{"ready":true},"nodeName":"control-plane"}],
            "ports":[{"name":"dns","port":53,"protocol":"UDP"},{"name":"dns-tcp","port":53,"protocol":"TCP"},
            {"name":"metrics","port":9153,"protocol":"TCP"}]}"#,
    ] {
        let slice: Value = serde_json::from_str(slice).unwrap();
        network.inputs.set_slice(&slice.namespace().to_owned(), &slice.name().to_owned(), Some(Rc::new(slice)));
    }
    sync(&mut network);
    network
}

pub(super) fn sync(network: &mut Network) {
    let snapshot = network.inputs.snapshot();
    network.sync(&snapshot);
}

/// Fills in what the API server would have.
fn defaulted(mut object: Value) -> Value {
    if object.namespace().is_empty() {
        object.set("metadata.namespace", "default");
    }
    let mut ports = object.list_at("spec.ports").to_vec();
    for port in &mut ports {
        if port.str_at("protocol").is_empty() {
            port.set("protocol", "TCP");
        }
    }
    if object.str_at("kind") == "Service" {
        object.set("spec.ports", ports);
    }
    object
}

/// Applies a recording's files and `kubectl patch … --subresource=status`, as far as rules- recordings use them.
fn apply(network: &mut Network, text: &str) {
    let mut blocks = text.split("```yaml file=").skip(1).filter_map(|b| b.split_once('\n')?.1.split("```").next());
    let mut service = Value::Null;
    for object in blocks.by_ref().map(|yaml| defaulted(serde_yaml::from_str(yaml).unwrap())) {
        let (ns, name) = (object.namespace().to_owned(), object.name().to_owned());
        match object.str_at("kind") {
            "Service" => service = object,
            "EndpointSlice" => network.inputs.set_slice(&ns, &name, Some(Rc::new(object))),
            kind => panic!("{kind} in a recording of rules"),
        }
    }
    if let Some(patch) = text.split("--subresource=status -p '").nth(1).and_then(|p| p.split('\'').next()) {
        let patch: Value = serde_json::from_str(patch).unwrap();
        service.set("status", patch.at("status").clone());
    }
    if !service.is_null() {
        network.inputs.set_service("default", &service.name().to_owned(), Some(Rc::new(service)));
    }
    sync(network);
}

/// Runs a recording's `ssh NODE iptables…` lines and prints console text as recorded.
fn replay(network: &mut Network, text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().filter_map(|l| l.strip_prefix("$ ssh ")) {
        let (node, rest) = line.split_once(' ').unwrap();
        let mut stages = rest.split(" | ");
        let argv = stages.next().unwrap().split(' ').collect::<Vec<_>>();
        let node = network.node(node).unwrap();
        let ran = network.tool(node, Time(0), &argv).unwrap();
        let (mut lines, mut code) = (ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>(), ran.code);
        lines.extend(ran.stderr.lines().map(str::to_owned));
        for stage in stages {
            let words = stage.split(' ').collect::<Vec<_>>();
            let pattern = words.last().unwrap().trim_matches('\'').replace('\\', "");
            let hit = |l: &String| match pattern.strip_prefix('^') {
                Some(start) => l.starts_with(start),
                None => l.contains(&pattern),
            };
            match words[..] {
                ["grep", "-v", _] => lines.retain(|l| !hit(l)),
                ["grep", "-c", _] => lines = vec![lines.iter().filter(|l| hit(l)).count().to_string()],
                ["grep", _] => lines.retain(hit),
                ["head", "-n", n] => lines.truncate(n.parse().unwrap()),
                ["tail", "-n", n] => drop(lines.drain(..lines.len() - n.parse::<usize>().unwrap())),
                ["cut", "-d", .., range] => {
                    let last: usize = range.split('-').nth(1).unwrap().parse().unwrap();
                    let cut = |l: &String| l.split(' ').take(last).collect::<Vec<_>>().join(" ");
                    lines = lines.iter().map(cut).collect();
                }
                _ => panic!("{stage}"),
            }
            code = i32::from(words[0] == "grep" && lines.is_empty());
        }
        writeln!(out, "$ ssh {line}").unwrap();
        lines.iter().for_each(|l| writeln!(out, "{l}").unwrap());
        if code != 0 {
            writeln!(out, "[exit {code}]").unwrap();
        }
    }
    out
}

fn recorded(text: &str) -> String {
    let console = text.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let start = console.find("$ ssh").unwrap();
    console[start..].to_owned()
}

#[test]
fn rules_are_those_that_a_real_kube_proxy_wrote() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/transcripts");
    let mut files = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    files.retain(|p| p.file_name().unwrap().to_str().unwrap().starts_with("rules-"));
    assert!(files.len() > 5);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut network = start();
        apply(&mut network, &text);
        assert_eq!(replay(&mut network, &text), recorded(&text).replace("\n```", ""), "{}", file.display());
    }
}

#[test]
fn flows_end_where_kube_proxys_tables_say() {
    let text = include_str!("../../../tests/recordings/packet-flows.json");
    let answered: Value = serde_json::from_str(&flows::run(text).unwrap()).unwrap();
    for scenario in answered.as_array().unwrap() {
        for flow in scenario.list_at("flows") {
            let name = format!("{} {}", scenario.str_at("name"), flow.str_at("name"));
            assert_eq!(flow.at("actual"), flow.at("expect"), "{name}");
            assert_eq!(flow.at("actualMasq"), flow.at("masq"), "{name}");
        }
    }
}
