//! Endpoints and EndpointSlices.

use super::field::{Errors, Field};
use super::format;
use super::service::PROTOCOLS;
use crate::api::ip;
use crate::api::{FieldError, ObjectExt, Value};

// upstream: pkg/apis/core/validation/validation.go ValidateEndpoints
pub(super) fn endpoints(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let subsets = root.child("subsets");
    if old.is_some_and(|old| old.at("subsets") == subsets.value) {
        return;
    }
    for subset in subsets.items() {
        let lists = ["addresses", "notReadyAddresses"].map(|l| subset.child(l));
        if lists.iter().all(Field::empty) {
            errors.required(&subset, "must specify `addresses` or `notReadyAddresses`");
        }
        for address in lists.iter().flat_map(Field::items) {
            endpoint_address(errors, &address);
        }
        let ports = subset.child("ports").items();
        for port in &ports {
            endpoint_port(errors, port, ports.len() > 1);
        }
    }
}

fn endpoint_address(errors: &mut Errors, address: &Field) {
    let ip = address.child("ip");
    errors.each(&ip, &ip::legacy_ip(ip.str()));
    let host = address.child("hostname");
    if !host.str().is_empty() {
        errors.dns_label(&host);
    }
    let node = address.child("nodeName");
    if node.given() {
        errors.dns_subdomain(&node);
    }
    for message in ip::endpoint_ip(ip.str()) {
        errors.text(&ip, &message);
    }
}

fn endpoint_port(errors: &mut Errors, port: &Field, named: bool) {
    let name = port.child("name");
    if !name.str().is_empty() {
        errors.dns_label(&name);
    } else if named {
        errors.required(&name, "");
    }
    errors.port_number(&port.child("port"));
    errors.required_one_of(&port.child("protocol"), PROTOCOLS);
    let app = port.child("appProtocol");
    if app.given() {
        errors.qualified_name(&app);
    }
}

// upstream: pkg/apis/discovery/validation/validation.go ValidateEndpointSlice
pub(super) fn slice(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let kind = root.child("addressType");
    errors.required_one_of(&kind, &["FQDN", "IPv4", "IPv6"]);
    slice_ports(errors, &root.child("ports"));
    let endpoints = root.child("endpoints");
    let unchanged = old.is_some_and(|old| old.at("endpoints") == endpoints.value);
    if endpoints.items().len() > 1000 {
        errors.0.push(FieldError::too_many(endpoints.path.as_str(), endpoints.items().len(), 1000));
    } else if !unchanged {
        for endpoint in endpoints.items() {
            slice_endpoint(errors, &endpoint, kind.str());
        }
    }
    if let Some(old) = old {
        errors.immutable(&kind, old.at("addressType"));
    }
}

fn slice_ports(errors: &mut Errors, ports: &Field) {
    let list = ports.items();
    if list.len() > 20000 {
        return errors.0.push(FieldError::too_many(ports.path.as_str(), list.len(), 20000));
    }
    let mut names: Vec<&str> = Vec::new();
    for port in list {
        let name = port.child("name");
        if !name.str().is_empty() {
            errors.dns_label(&name);
        }
        if names.contains(&name.str()) {
            errors.0.push(FieldError::duplicate(name.path.as_str(), &name.str().into()));
        } else {
            names.push(name.str());
        }
        let protocol = port.child("protocol");
        if protocol.given() {
            errors.one_of(&protocol, PROTOCOLS)
        } else {
            errors.required(&protocol, "")
        }
        let app = port.child("appProtocol");
        if app.given() {
            errors.qualified_name(&app);
        }
    }
}

fn slice_endpoint(errors: &mut Errors, endpoint: &Field, kind: &str) {
    let addresses = endpoint.child("addresses");
    let count = addresses.items().len();
    if count == 0 {
        errors.required(&addresses, "must contain at least 1 address");
    } else if count > 100 {
        errors.0.push(FieldError::too_many(addresses.path.as_str(), count, 100));
    }
    for address in addresses.items() {
        match kind {
            "IPv4" | "IPv6" => slice_ip(errors, &addresses, &address, kind),
            "FQDN" => full_name(errors, &address),
            _ => {}
        }
    }
    let node = endpoint.child("nodeName");
    if node.given() {
        errors.dns_subdomain(&node);
    }
    errors.labels(&endpoint.child("deprecatedTopology"));
    let host = endpoint.child("hostname");
    if host.given() {
        errors.dns_label(&host);
    }
    hints(errors, &endpoint.child("hints"));
}

fn slice_ip(errors: &mut Errors, addresses: &Field, address: &Field, kind: &str) {
    let mut wrong = ip::legacy_ip(address.str());
    let canonical = ip::parse_sloppy(address.str()).map(|ip| ip.to_string()).unwrap_or_default();
    errors.each(address, &wrong);
    if kind == "IPv6" && wrong.is_empty() && canonical != address.str() {
        errors.text(address, &format!("must be in canonical form (\"{canonical}\")"));
        wrong.push("");
    }
    if !wrong.is_empty() {
        return;
    }
    if address.str().contains(':') != (kind == "IPv6") {
        errors.text(&address.named(addresses.path.clone()), &format!("must be an {kind} address"));
    }
    for message in ip::endpoint_ip(address.str()) {
        errors.text(address, &message);
    }
}

// upstream: apimachinery/pkg/util/validation/validation.go IsFullyQualifiedDomainName
fn full_name(errors: &mut Errors, address: &Field) {
    if address.str().is_empty() {
        return errors.required(address, "");
    }
    let name = Value::from(address.str().strip_suffix('.').unwrap_or(address.str()));
    let at = Field { path: address.path.clone(), value: &name };
    let messages = format::dns_subdomain(at.str());
    if !messages.is_empty() {
        return errors.text(&at, &messages.join(","));
    }
    if !at.str().contains('.') {
        return errors.text(&at, "should be a domain with at least two segments separated by dots");
    }
    for label in at.str().split('.') {
        let messages = format::dns_label(label);
        if !messages.is_empty() {
            let label = Value::from(label);
            let at = Field { path: address.path.clone(), value: &label };
            return errors.text(&at, &messages.join(","));
        }
    }
}

fn hints(errors: &mut Errors, hints: &Field) {
    for (list, rule) in [("forZones", format::label_value as fn(&str) -> _), ("forNodes", format::dns_subdomain)] {
        let entries = hints.child(list);
        let count = entries.items().len();
        if count > 8 {
            return errors.0.push(FieldError::too_many(entries.path.as_str(), count, 8));
        }
        let mut names: Vec<&str> = Vec::new();
        for name in entries.items().iter().map(|e| e.child("name")) {
            if names.contains(&name.str()) {
                errors.duplicate(&name);
            }
            names.push(name.value.as_str().unwrap_or(""));
            errors.each(&name, &rule(name.str()));
        }
    }
}

/// Addresses of Endpoints, with their paths.
pub(super) fn endpoint_ips<'a>(root: &Field<'a>) -> Vec<Field<'a>> {
    let mut out = Vec::new();
    for subset in root.child("subsets").items() {
        for list in ["addresses", "notReadyAddresses"] {
            out.extend(subset.child(list).items().iter().map(|a| a.child("ip")));
        }
    }
    out
}

/// Addresses of an EndpointSlice, with their paths.
pub(super) fn slice_ips<'a>(root: &Field<'a>) -> Vec<Field<'a>> {
    if root.value.str_at("addressType") == "FQDN" {
        return Vec::new();
    }
    root.child("endpoints").items().iter().flat_map(|e| e.child("addresses").items()).collect()
}
