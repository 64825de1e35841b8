//! What can be done with a Service.

use super::Playground;
use super::deeds::{Declared, Deed, DeedKind, Reason, deed};
use crate::api::resource::SERVICES;
use crate::api::{ObjectExt, Value};
use serde_json::json;

/// The menu of a Service.
#[inline(never)] // kept apart: loaded with the rest of the engine
pub(super) fn deeds(playground: &Playground, service: &Value) -> Vec<Deed> {
    let (name, n) = (service.name(), playground.in_namespace(service.namespace()));
    let slices = format!("kubectl get endpointslices{n} -l kubernetes.io/service-name={name}");
    let mut all =
        vec![deed(DeedKind::Describe, format!("kubectl describe svc {name}{n}")), deed(DeedKind::Endpoints, slices)];
    all.extend(types(&n, service));
    all.extend([policy(&n, service), affinity(&n, service)]);
    all.push(match playground.declaration(&SERVICES, service) {
        Some((file, _, byte)) => deed(DeedKind::Edit(file, byte), String::new()),
        None => deed(DeedKind::Edit(String::new(), 0), String::new()).unless(Some(Reason::NoFile)),
    });
    all.push(playground.deletion(&SERVICES, service));
    all
}

fn declared(service: &Value) -> Option<Box<Declared>> {
    let (namespace, name) = (service.namespace().into(), service.name().into());
    Some(Box::new(Declared { resource: &SERVICES, namespace, name }))
}

fn patch(n: &str, service: &Value, spec: &Value) -> String {
    let body = json!({"spec": spec});
    format!("kubectl patch svc {}{n} -p '{body}'", service.name())
}

/// The other types that it can have. Going to `ClusterIP` loses node ports and policy, which undoing brings back.
fn types(n: &str, service: &Value) -> Vec<Deed> {
    let now = service.str_at("spec.type");
    let headless = (service.str_at("spec.clusterIP") == "None").then_some(Reason::Headless);
    let ports = service.list_at("spec.ports");
    let kinds = ["ClusterIP", "NodePort", "LoadBalancer"].into_iter().filter(|k| *k != now);
    let change = |kind: &'static str| {
        let mut back = json!({"type": now});
        let mut edits = vec![("spec.type".to_string(), Some(kind.into()))];
        if kind == "ClusterIP" {
            let numbered = ports.iter().filter(|p| p.get("nodePort").is_some());
            let numbers: Vec<Value> = numbered.map(|p| json!({"port": p["port"], "nodePort": p["nodePort"]})).collect();
            back["ports"] = numbers.into();
            back["externalTrafficPolicy"] = service.at("spec.externalTrafficPolicy").clone();
            edits.push(("spec.externalTrafficPolicy".into(), None));
            edits.extend((0..ports.len()).map(|i| (format!("spec.ports[{i}].nodePort"), None)));
        }
        let line = patch(n, service, &json!({"type": kind}));
        Deed {
            edits,
            declared: declared(service),
            ..deed(DeedKind::Type(kind), line).undone_by(patch(n, service, &back))
        }
        .unless(headless.clone())
    };
    kinds.map(change).collect()
}

/// Whether requests from outside may go on to another node.
fn policy(n: &str, service: &Value) -> Deed {
    let now = service.str_at("spec.externalTrafficPolicy");
    let other = if now == "Local" { "Cluster" } else { "Local" };
    let change = patch(n, service, &json!({"externalTrafficPolicy": other}));
    let back = patch(n, service, &json!({"externalTrafficPolicy": now}));
    let edits = vec![("spec.externalTrafficPolicy".to_string(), Some(other.into()))];
    let inside = (service.str_at("spec.type") == "ClusterIP").then_some(Reason::NoNodePort);
    Deed { edits, declared: declared(service), ..deed(DeedKind::Policy(other), change).undone_by(back) }.unless(inside)
}

/// Whether a client stays with one Pod.
fn affinity(n: &str, service: &Value) -> Deed {
    let now = service.str_at("spec.sessionAffinity");
    let other = if now == "ClientIP" { "None" } else { "ClientIP" };
    let change = patch(n, service, &json!({"sessionAffinity": other}));
    let mut old = json!({"sessionAffinity": now});
    let config = service.at("spec.sessionAffinityConfig");
    let mut edits = vec![("spec.sessionAffinity".to_string(), Some(other.into()))];
    if !config.is_null() {
        old["sessionAffinityConfig"] = config.clone();
        edits.push(("spec.sessionAffinityConfig".into(), None));
    }
    Deed {
        edits,
        declared: declared(service),
        ..deed(DeedKind::Affinity(other), change).undone_by(patch(n, service, &old))
    }
}
