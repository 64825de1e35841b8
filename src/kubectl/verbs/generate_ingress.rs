//! `kubectl create ingress`
//!
//! upstream: kubectl/pkg/cmd/create/create_ingress.go

use super::generate::{name, send};
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use serde_json::{Map, json};

/// Creates an Ingress of rules.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    let flags = &cx.s.flags;
    let rules: Vec<String> = flags.each("rule").iter().map(|r| r.to_string()).collect();
    let default = flags.text("default-backend").to_string();
    if rules.is_empty() && default.is_empty() {
        return Err(Failure::new(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut hosts: Vec<(String, Vec<Value>)> = Vec::new();
    let mut tls: Vec<(String, Vec<String>)> = Vec::new();
    for rule in &rules {
        let Some((host, path, secret)) = read_rule(rule) else {
            let text =
                format!("rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]");
            return Err(Failure::new(text));
        };
        match hosts.iter_mut().find(|(h, _)| *h == host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((host.clone(), vec![path])),
        }
        let Some(secret) = secret else { continue };
        if tls.iter().any(|(_, hosts)| hosts.contains(&host)) {
            continue;
        }
        match tls.iter_mut().find(|(s, _)| *s == secret) {
            Some((_, hosts)) => hosts.push(host),
            None => tls.push((secret, vec![host])),
        }
    }
    let mut metadata = json!({"name": name});
    let mut annotations = Map::new();
    for annotation in flags.each("annotation") {
        let Some((key, value)) = annotation.split_once('=') else {
            let text = format!("annotation {annotation} is invalid and should be in format key=[value]");
            return Err(Failure::new(text));
        };
        annotations.insert(key.into(), json!(value));
    }
    if !annotations.is_empty() {
        metadata.set("annotations", Value::Object(annotations));
    }
    let mut spec = json!({});
    if flags.has("class") {
        spec.set("ingressClassName", flags.text("class"));
    }
    if !default.is_empty() {
        let backend = backend(&default);
        spec.set(
            "defaultBackend",
            backend.ok_or_else(|| Failure::new("default-backend should be in format servicename:serviceport"))?,
        );
    }
    let rule = |(host, paths): (String, Vec<Value>)| {
        let mut rule = json!({"http": {"paths": paths}});
        if !host.is_empty() {
            rule.set("host", host);
        }
        rule
    };
    if !hosts.is_empty() {
        spec.set("rules", Value::Array(hosts.into_iter().map(rule).collect()));
    }
    if !tls.is_empty() {
        spec.set("tls", Value::Array(tls.into_iter().map(|(secret, hosts)| tls_entry(&secret, &hosts)).collect()));
    }
    let object = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {}}});
    send(cx, object, "ingress:")
}

fn tls_entry(secret: &str, hosts: &[String]) -> Value {
    let hosts: Vec<&String> = hosts.iter().filter(|h| !h.is_empty()).collect();
    let mut entry = json!({});
    if !hosts.is_empty() {
        entry.set("hosts", json!(hosts));
    }
    if !secret.is_empty() {
        entry.set("secretName", secret);
    }
    entry
}

/// `host/path=service:port[,tls[=secret]]` as its host, its path and its secret.
fn read_rule(rule: &str) -> Option<(String, Value, Option<String>)> {
    let (head, tls) = rule.split_once(',').map_or((rule, None), |(h, t)| (h, Some(t)));
    let (host, rest) = head.split_once('/')?;
    let (path, service) = rest.split_once('=')?;
    let secret = match tls {
        None => None,
        Some("tls") => Some(String::new()),
        Some(tls) => Some(tls.strip_prefix("tls=")?.to_string()),
    };
    let path = format!("/{path}");
    let (path, kind) = match path.strip_suffix('*') {
        Some(path) => (path.to_string(), "Prefix"),
        None => (path, "Exact"),
    };
    Some((host.to_string(), json!({"backend": backend(service)?, "path": path, "pathType": kind}), secret))
}

fn backend(text: &str) -> Option<Value> {
    let (service, port) = text.split_once(':')?;
    if service.is_empty() || port.is_empty() {
        return None;
    }
    let port = port.parse::<i64>().map_or_else(|_| json!({"name": port}), |n| json!({"number": n}));
    Some(json!({"service": {"name": service, "port": port}}))
}
