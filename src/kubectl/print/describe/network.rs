//! Ingresses, their classes, network policies.

use super::service::{ready_endpoints, slices_of};
use super::writer::{Description, line};
use crate::api::resource::SERVICES;
use crate::api::{ObjectExt, Value};
use crate::cluster::{Request, Server};
use crate::kubectl::print::text::{self, NONE, or, plain};

// upstream: kubectl/pkg/describe/describe.go describeIngressV1
pub fn ingress(d: &mut Description, server: &mut dyn Server, o: &Value) {
    d.field(0, "Name", o.name());
    d.pairs("Labels", &o.labels());
    d.field(0, "Namespace", o.namespace());
    d.field(0, "Address", text::balancer_addresses(o).join(","));
    d.field(0, "Ingress Class", or(o.str_at("spec.ingressClassName"), NONE));
    let default = match o.at("spec.defaultBackend") {
        Value::Null => "<default>".into(),
        backend_of => backend(server, o.namespace(), backend_of),
    };
    d.field(0, "Default backend", &default);
    if !o.list_at("spec.tls").is_empty() {
        line!(d, 0, "TLS:");
    }
    for tls in o.list_at("spec.tls") {
        let hosts = tls.list_at("hosts").iter().map(plain).collect::<Vec<_>>().join(",");
        match tls.str_at("secretName") {
            "" => line!(d, 1, "SNI routes {hosts}"),
            secret => line!(d, 1, "{secret} terminates {hosts}"),
        }
    }
    line!(d, 0, "Rules:");
    d.heading(1, &["Host", "Path", "Backends"]);
    let mut any = false;
    for rule in o.list_at("spec.rules").iter().filter(|r| r.at("http").is_object()) {
        any = true;
        line!(d, 1, "{}\t", or(rule.str_at("host"), "*"));
        for path in rule.list_at("http.paths") {
            let to = backend(server, o.namespace(), path.at("backend"));
            line!(d, 2, "\t{} \t{to}", path.str_at("path"));
        }
    }
    if !any {
        line!(d, 1, "*\t*\t{default}");
    }
    d.annotations("Annotations", o);
}

/// `SERVICE:PORT (ENDPOINTS)`
// upstream: kubectl/pkg/describe/describe.go describeBackendV1
fn backend(server: &mut dyn Server, namespace: &str, backend: &Value) -> String {
    let resource = backend.at("resource");
    if resource.is_object() {
        let group = or(resource.str_at("apiGroup"), NONE);
        return format!("APIGroup: {group}, Kind: {}, Name: {}", resource.str_at("kind"), resource.str_at("name"));
    }
    let (name, port) = (backend.str_at("service.name"), backend.at("service.port"));
    let shown =
        port.int_at("number").filter(|n| *n != 0).map_or_else(|| port.str_at("name").to_string(), |n| n.to_string());
    let slices = slices_of(server, namespace, name);
    let answer = server.request(&Request::get(format!("{}/{name}", SERVICES.path(namespace))));
    if !answer.ok() {
        return format!("{name}:{shown} (<error: {}>)", answer.body.str_at("message"));
    }
    let same = |p: &&Value| {
        port.int_at("number").is_some_and(|n| p.int_at("port") == Some(n))
            || (!port.str_at("name").is_empty() && p.str_at("name") == port.str_at("name"))
    };
    let port_name = answer.body.list_at("spec.ports").iter().rfind(same).map_or("", |p| p.str_at("name"));
    format!("{name}:{shown} ({})", ready_endpoints(&slices, port_name))
}

// upstream: kubectl/pkg/describe/describe.go describeIngressClassV1
pub fn ingress_class(d: &mut Description, o: &Value) {
    d.field(0, "Name", o.name());
    d.metadata(o);
    d.field(0, "Controller", o.str_at("spec.controller"));
    if o.at("spec.parameters").is_object() {
        line!(d, 0, "Parameters:");
        d.fields(1, o.at("spec.parameters"), &[("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")]);
    }
}

// upstream: kubectl/pkg/describe/describe.go describeNetworkPolicy
pub fn policy(d: &mut Description, o: &Value) {
    d.name(o);
    let created = o.str_at("metadata.creationTimestamp").replace('T', " ").replace('Z', " +0000 UTC");
    d.field(0, "Created on", created);
    d.metadata(o);
    line!(d, 0, "Spec:");
    let selector = text::selector(o.at("spec.podSelector"));
    let everything = "<none> (Allowing the specific traffic to all pods in this namespace)";
    line!(d, 1, "PodSelector:     {}", or(&selector, everything));
    let types: Vec<String> = o.list_at("spec.policyTypes").iter().map(plain).collect();
    for (kind, field, peers, title) in [("Ingress", "ingress", "from", "From"), ("Egress", "egress", "to", "To")] {
        if types.iter().any(|t| t == kind) {
            line!(d, 1, "Allowing {field} traffic:");
            rules(d, o.at("spec").list_at(field), field, peers, title);
        } else {
            line!(d, 1, "Not affecting {field} traffic");
        }
    }
    line!(d, 1, "Policy Types: {}", or(&types.join(", "), NONE));
}

fn rules(d: &mut Description, rules: &[Value], direction: &str, peers: &str, title: &str) {
    if rules.is_empty() {
        line!(d, 2, "<none> (Selected pods are isolated for {direction} connectivity)");
    }
    for (i, rule) in rules.iter().enumerate() {
        if i > 0 {
            line!(d, 2, "----------");
        }
        if rule.list_at("ports").is_empty() {
            line!(d, 2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in rule.list_at("ports") {
            let protocol = or(port.str_at("protocol"), "TCP");
            match port.int_at("endPort") {
                Some(end) => line!(d, 2, "To Port Range: {}-{end}/{protocol}", plain(port.at("port"))),
                None => line!(d, 2, "To Port: {}/{protocol}", or(&plain(port.at("port")), "<nil>")),
            }
        }
        let by = if peers == "from" { "source" } else { "destination" };
        if rule.list_at(peers).is_empty() {
            line!(d, 2, "{title}: <any> (traffic not restricted by {by})");
        }
        for peer in rule.list_at(peers) {
            line!(d, 2, "{title}:");
            for (name, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")] {
                if peer.at(field).is_object() {
                    line!(d, 3, "{name}: {}", text::format_selector(peer.at(field)));
                }
            }
            let block = peer.at("ipBlock");
            if block.is_object() {
                let except: Vec<String> = block.list_at("except").iter().map(plain).collect();
                line!(d, 3, "IPBlock:");
                line!(d, 4, "CIDR: {}", block.str_at("cidr"));
                line!(d, 4, "Except: {}", except.join(", "));
            }
        }
    }
}
