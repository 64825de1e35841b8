//! Ingresses and NetworkPolicies.
// upstream: pkg/apis/networking/validation/validation.go

use super::field::{Errors, Field};
use super::format;
use crate::api::ip;
use crate::api::{FieldError, ObjectExt, Value};

/// The annotation that named the class before `ingressClassName` did.
pub(super) const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

pub(super) fn ingress(errors: &mut Errors, root: &Field, create: bool) {
    let spec = root.child("spec");
    let (rules, backend) = (spec.child("rules"), spec.child("defaultBackend"));
    if rules.empty() && !backend.given() {
        let at = rules.named(spec.path.clone());
        errors.invalid(&at, "either `defaultBackend` or `rules` must be specified");
    }
    if backend.given() {
        ingress_backend(errors, &backend);
    }
    for rule in rules.items() {
        ingress_rule(errors, &rule);
    }
    for tls in spec.child("tls").items() {
        for host in tls.child("hosts").items() {
            host_name(errors, &host);
        }
        let secret = tls.child("secretName");
        if !secret.str().is_empty() {
            errors.dns_subdomain(&secret);
        }
    }
    let class = spec.child("ingressClassName");
    if class.given() {
        errors.dns_subdomain(&class);
    }
    let annotation = root.child("metadata.annotations").key(CLASS_ANNOTATION);
    if create && annotation.given() && class.given() && annotation.str() != class.str() {
        let at = annotation.named(["annotations.", CLASS_ANNOTATION].concat());
        errors.text(&at, "must match `ingressClassName` when both are specified");
    }
}

fn host_name(errors: &mut Errors, host: &Field) {
    if host.str().contains('*') {
        errors.each(host, &format::wildcard_subdomain(host.str()));
    } else {
        errors.dns_subdomain(host);
    }
}

fn ingress_rule(errors: &mut Errors, rule: &Field) {
    let host = rule.child("host");
    if !host.str().is_empty() {
        if ip::parse_sloppy(host.str()).is_some() {
            errors.text(&host, "must be a DNS name, not an IP address");
        }
        host_name(errors, &host);
    }
    if !rule.has("http") {
        return;
    }
    let paths = rule.child("http.paths");
    if paths.empty() {
        errors.required(&paths, "");
    }
    for path in paths.items() {
        ingress_path(errors, &path);
    }
}

// upstream: validateHTTPIngressPath
fn ingress_path(errors: &mut Errors, entry: &Field) {
    let (kind, path) = (entry.child("pathType"), entry.child("path"));
    if !kind.given() {
        return errors.required(&kind, "pathType must be specified");
    }
    let text = path.str();
    match kind.str() {
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                errors.text(&path, "must be an absolute path");
            }
            for wrong in ["//", "/./", "/../", "%2f", "%2F"].into_iter().filter(|w| text.contains(w)) {
                errors.text(&path, &format!("must not contain '{wrong}'"));
            }
            for wrong in ["/..", "/."].into_iter().filter(|w| text.ends_with(w)) {
                errors.text(&path, &format!("cannot end with '{wrong}'"));
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.starts_with('/') {
                errors.text(&path, "must be an absolute path");
            }
        }
        _ => errors.one_of(&kind, &["Exact", "ImplementationSpecific", "Prefix"]),
    }
    ingress_backend(errors, &entry.child("backend"));
}

// upstream: validateIngressBackend
fn ingress_backend(errors: &mut Errors, backend: &Field) {
    let whole = Field { path: backend.path.clone(), value: &Value::Null };
    match (backend.has("resource"), backend.has("service")) {
        (true, true) => return errors.text(&whole, "cannot set both resource and service backends"),
        (true, false) => return typed_reference(errors, &backend.child("resource")),
        (false, false) => return errors.text(&whole, "resource or service backend is required"),
        (false, true) => {}
    }
    let service = backend.child("service");
    let name = service.child("name");
    if name.str().is_empty() {
        errors.required(&name, "")
    } else {
        errors.dns_label(&name)
    }
    let (port, number) = (service.child("port.name"), service.child("port.number"));
    match (!port.str().is_empty(), number.int() != 0) {
        (true, true) => errors.text(&whole, "cannot set both port name & port number"),
        (true, false) => errors.each(&port, &format::port_name(port.str())),
        (false, true) => errors.port_number(&number),
        (false, false) => errors.required(&whole, "port name or number is required"),
    }
}

// upstream: validateIngressTypedLocalObjectReference
fn typed_reference(errors: &mut Errors, reference: &Field) {
    let group = reference.child("apiGroup");
    if group.given() {
        errors.dns_subdomain(&group);
    }
    for name in ["kind", "name"].map(|n| reference.child(n)) {
        if name.str().is_empty() {
            errors.required(&name, "");
        } else {
            errors.each(&name, &format::path_segment(name.str()));
        }
    }
}

// upstream: ValidateIngressLoadBalancerStatus
pub(super) fn ingress_status(errors: &mut Errors, balancer: &Field) {
    for entry in balancer.child("ingress").items() {
        let (address, host) = (entry.child("ip"), entry.child("hostname"));
        if !address.str().is_empty() {
            errors.each(&address, &ip::legacy_ip(address.str()));
        }
        if !host.str().is_empty() {
            errors.dns_subdomain(&host);
            if ip::parse_sloppy(host.str()).is_some() {
                errors.text(&host, "must be a DNS name, not an IP address");
            }
        }
    }
}

pub(super) fn network_policy(errors: &mut Errors, root: &Field) {
    let spec = root.child("spec");
    errors.label_selector(&spec.child("podSelector"));
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.child(rules).items() {
            for port in rule.child("ports").items() {
                policy_port(errors, &port);
            }
            for peer in rule.child(peers).items() {
                policy_peer(errors, &peer);
            }
        }
    }
    let types = spec.child("policyTypes");
    if types.items().len() > 2 {
        return errors.invalid(&types, "may not specify more than two policyTypes");
    }
    for kind in types.items() {
        errors.one_of(&kind, &["Ingress", "Egress"]);
    }
}

fn policy_port(errors: &mut Errors, entry: &Field) {
    let (protocol, port, end) = (entry.child("protocol"), entry.child("port"), entry.child("endPort"));
    if protocol.given() && !["TCP", "UDP", "SCTP"].contains(&protocol.str()) {
        let supported = ["TCP", "UDP", "SCTP"];
        errors.0.push(FieldError::not_supported(protocol.path.as_str(), protocol.value, &supported));
    }
    match port.value {
        Value::Null if end.given() => errors.number(&end, "may not be specified when `port` is not specified"),
        Value::Null => {}
        Value::String(name) => {
            if end.given() {
                errors.number(&end, "may not be specified when `port` is non-numeric");
            }
            errors.each(&port, &format::port_name(name));
        }
        _ => {
            errors.port_number(&port);
            if end.given() {
                if end.int() < port.int() {
                    errors.number(&port.named(end.path.clone()), "must be greater than or equal to `port`");
                }
                errors.port_number(&end);
            }
        }
    }
}

fn policy_peer(errors: &mut Errors, peer: &Field) {
    for name in ["podSelector", "namespaceSelector"].into_iter().filter(|n| peer.has(n)) {
        errors.label_selector(&peer.child(name));
    }
    let block = peer.child("ipBlock");
    if block.given() {
        ip_block(errors, &block);
    }
    let count = ["podSelector", "namespaceSelector", "ipBlock"].into_iter().filter(|n| peer.has(n)).count();
    if count == 0 {
        errors.required(peer, "must specify a peer");
    } else if count > 1 && block.given() {
        errors.forbidden(peer, "may not specify both ipBlock and another peer");
    }
}

fn ip_block(errors: &mut Errors, block: &Field) {
    let cidr = block.child("cidr");
    if cidr.str().is_empty() {
        return errors.required(&cidr, "");
    }
    errors.each(&cidr, &ip::legacy_cidr(cidr.str()));
    let Some((network, bits)) = ip::parse_cidr_sloppy(cidr.str()) else { return };
    for except in block.child("except").items() {
        errors.each(&except, &ip::legacy_cidr(except.str()));
        let Some((inner, inner_bits)) = ip::parse_cidr_sloppy(except.str()) else { continue };
        if ip::masked(inner, bits) != ip::masked(network, bits) || bits >= inner_bits {
            errors.text(&except, "must be a strict subset of `cidr`");
        }
    }
}

/// Whether an Ingress names its class in the old way only.
pub(super) fn annotated_class(ingress: &Value) -> bool {
    ingress.at("metadata.annotations").get(CLASS_ANNOTATION).is_some() && ingress.at("spec.ingressClassName").is_null()
}
