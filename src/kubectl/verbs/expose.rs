//! `kubectl expose`
//!
//! upstream: kubectl/pkg/cmd/expose/expose.go, kubectl/pkg/polymorphichelpers

use super::create::generated;
use super::for_each;
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::present;
use crate::kubectl::resources::{Builder, Info};
use serde_json::{Map, json};

/// Makes a Service of what the command line names.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    cx.dry_run()?;
    let args = cx.s.flags.args.clone();
    let builder = Builder { selector: String::new(), ..Builder::new(cx, &args) };
    let found = builder.infos(cx)?;
    for_each(found, |info| {
        let service = service(cx, &info)?;
        generated(cx, service, "kubectl-expose", "exposed")
    })?;
    Ok(Flow::Done)
}

fn service(cx: &Cx, info: &Info) -> Outcome<Value> {
    let kind = info.resource.kind;
    if !matches!(kind, "ReplicationController" | "Service" | "Pod" | "Deployment" | "ReplicaSet") {
        return Err(Failure::new(format!("cannot expose a {kind}")));
    }
    let flags = &cx.s.flags;
    let headless = flags.text("cluster-ip") == "None";
    let selector = match flags.text("selector") {
        "" => selector(&info.object).map_err(|why| {
            Failure::new(format!("couldn't retrieve selectors via --selector flag or introspection: {why}"))
        })?,
        text => labels(text)?,
    };
    let own_ports = ports_of(&info.object);
    let ports: Vec<String> = match flags.text("port") {
        "" => unique(own_ports.iter().map(|(port, _)| port.to_string())),
        text => text.split(',').map(str::to_string).collect(),
    };
    if ports.is_empty() && !headless {
        return Err(Failure::new("couldn't find port via --port flag or introspection"));
    }
    let mut metadata = json!({"name": match flags.text("name") {
        "" => info.name.chars().take(63).collect::<String>(),
        name => name.to_string(),
    }});
    let labels = match flags.text("labels") {
        "" => info.object.at("metadata.labels").as_object().cloned().unwrap_or_default(),
        text => labels(text)?,
    };
    if !labels.is_empty() {
        metadata.set("labels", Value::Object(labels));
    }
    let mut spec = json!({"ports": service_ports(cx, &ports, &own_ports)?, "selector": selector});
    if ports.is_empty() {
        spec.unset("ports");
    }
    if flags.has("external-ip") {
        spec.set("externalIPs", json!([flags.text("external-ip")]));
    }
    if !flags.text("type").is_empty() {
        spec.set("type", flags.text("type"));
    }
    if flags.text("type") == "LoadBalancer" && flags.has("load-balancer-ip") {
        spec.set("loadBalancerIP", flags.text("load-balancer-ip"));
    }
    match flags.text("session-affinity") {
        "" => {}
        affinity @ ("None" | "ClientIP") => spec.set("sessionAffinity", affinity),
        other => return Err(Failure::new(format!("unknown session affinity: {other}"))),
    }
    if flags.has("cluster-ip") {
        spec.set("clusterIP", flags.text("cluster-ip"));
    }
    let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}});
    super::overrides(cx, &mut service)?;
    Ok(service)
}

/// upstream: kubectl/pkg/polymorphichelpers/mapbasedselectorforobject.go
fn selector(object: &Value) -> Result<Map<String, Value>, String> {
    let of = |path: &str| object.at(path).as_object().cloned().unwrap_or_default();
    match object.str_at("kind") {
        "Pod" => match of("metadata.labels") {
            labels if labels.is_empty() => Err("the pod has no labels and cannot be exposed".into()),
            labels => Ok(labels),
        },
        "Service" if object.at("spec.selector").is_null() => Err("the service has no pod selector set".into()),
        "Service" | "ReplicationController" => Ok(of("spec.selector")),
        kind => {
            let labels = of("spec.selector.matchLabels");
            if labels.is_empty() {
                return Err(format!("invalid {}: no selectors, therefore cannot be exposed", kind.to_lowercase()));
            }
            match object.list_at("spec.selector.matchExpressions") {
                [] => Ok(labels),
                some => {
                    let shown: Vec<String> = some.iter().map(expression).collect();
                    let shown = shown.join(" ");
                    Err(format!("couldn't convert expressions - \"[{shown}]\" to map-based selector format"))
                }
            }
        }
    }
}

/// A selector's expression in Go's `%+v`.
fn expression(e: &Value) -> String {
    let values: Vec<&str> = e.list_at("values").iter().filter_map(Value::as_str).collect();
    format!("{{Key:{} Operator:{} Values:[{}]}}", e.str_at("key"), e.str_at("operator"), values.join(" "))
}

/// The ports that an object has, with their protocols, in order.
///
/// upstream: kubectl/pkg/polymorphichelpers/portsforobject.go, multiprotocolsforobject.go
fn ports_of(object: &Value) -> Vec<(i64, String)> {
    let protocol = |p: &Value| match p.str_at("protocol") {
        "" => "TCP".to_string(),
        protocol => protocol.to_string(),
    };
    let spec = match object.str_at("kind") {
        "Service" => {
            let ports = object.list_at("spec.ports").iter();
            return ports.map(|p| (p.int_at("port").unwrap_or(0), protocol(p))).collect();
        }
        "Pod" => object.at("spec"),
        _ => object.at("spec.template.spec"),
    };
    let containers = spec.list_at("containers").iter();
    let ports = containers.flat_map(|c| c.list_at("ports"));
    ports.map(|p| (p.int_at("containerPort").unwrap_or(0), protocol(p))).collect()
}

fn unique(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

fn service_ports(cx: &Cx, ports: &[String], own: &[(i64, String)]) -> Outcome<Vec<Value>> {
    let flags = &cx.s.flags;
    let mut all = Vec::new();
    for (i, text) in ports.iter().enumerate() {
        let port = crate::kubectl::flags::parse_int(text, "Atoi").map_err(Failure::new)?;
        let name = if ports.len() > 1 { format!("port-{}", i + 1) } else { String::new() };
        let protocols = unique(own.iter().filter(|(p, _)| *p == port).map(|(_, protocol)| protocol.clone()));
        match (flags.text("protocol"), protocols.as_slice()) {
            ("", []) => all.push((name, port, "TCP".to_string())),
            ("", [one]) => all.push((name, port, one.clone())),
            ("", several) => {
                for protocol in several {
                    all.push((format!("port-{}-{}", i + 1, protocol.to_lowercase()), port, protocol.clone()));
                }
            }
            (given, _) => all.push((name, port, given.to_string())),
        }
    }
    let target = flags.text("target-port");
    Ok(all
        .into_iter()
        .map(|(name, port, protocol)| {
            let mut one = json!({"port": port, "protocol": protocol, "targetPort": match target.parse::<i32>() {
                Ok(number) => json!(number),
                Err(_) if target.is_empty() => json!(port),
                Err(_) => json!(target),
            }});
            if !name.is_empty() {
                one.set("name", name);
            }
            one
        })
        .collect())
}

/// `a=b,c=d`
///
/// upstream: kubectl/pkg/cmd/expose/expose.go parseLabels
pub fn labels(text: &str) -> Outcome<Map<String, Value>> {
    let mut map = Map::new();
    for pair in text.split(',') {
        match pair.split('=').collect::<Vec<_>>().as_slice() {
            ["", _] => return Err(Failure::new("unexpected empty label key")),
            [key, value] => drop(map.insert(key.to_string(), json!(value))),
            _ => return Err(Failure::new(format!("unexpected label spec: {pair}"))),
        }
    }
    Ok(map)
}
