//! The cells of what carries traffic: Services, endpoints, Ingresses.

use crate::api::{ObjectExt, Value};
use crate::kubectl::print::age;
use crate::kubectl::print::text::{self, NONE, number, or};

// upstream: pkg/printers/internalversion/printers.go formatEndpoints
pub fn endpoints(o: &Value) -> String {
    if o.list_at("subsets").is_empty() {
        return NONE.into();
    }
    let mut list = Vec::new();
    for subset in o.list_at("subsets") {
        let addresses = text::each(subset.list_at("addresses"), "ip");
        match subset.list_at("ports") {
            [] => list.extend(addresses.iter().map(|ip| ip.to_string())),
            ports => {
                for port in ports {
                    let number = port.int_at("port").unwrap_or(0);
                    list.extend(addresses.iter().map(|ip| text::host_port(ip, number)));
                }
            }
        }
    }
    text::some_of(&list, 3, list.len())
}

pub fn slice_ports(o: &Value) -> String {
    let name = |p: &Value| match (p.int_at("port"), p.at("name").as_str()) {
        (Some(number), _) => number.to_string(),
        (None, Some(name)) => name.into(),
        (None, None) => "*".into(),
    };
    let list: Vec<String> = o.list_at("ports").iter().map(name).collect();
    or(&text::some_of(&list, 3, list.len()), "<unset>").into()
}

pub fn slice_addresses(o: &Value) -> String {
    let all = o.list_at("endpoints").iter().flat_map(|e| e.list_at("addresses"));
    let list: Vec<String> = all.map(text::plain).collect();
    or(&text::some_of(&list, 3, list.len()), "<unset>").into()
}

pub fn ingress_class(o: &Value, created: String) -> [String; 3] {
    let parameters = o.at("spec.parameters");
    let mut text = NONE.to_string();
    if parameters.is_object() {
        text = parameters.str_at("kind").into();
        if let Some(group) = parameters.at("apiGroup").as_str() {
            text.push('.');
            text.push_str(group);
        }
        text.push('/');
        text.push_str(parameters.str_at("name"));
    }
    [o.str_at("spec.controller").into(), text, created]
}

// upstream: pkg/printers/internalversion/printers.go formatHosts
pub fn hosts(o: &Value) -> String {
    let rules = o.list_at("spec.rules");
    let named: Vec<&str> = text::each(rules, "host").into_iter().filter(|h| !h.is_empty()).collect();
    // There is more as soon as a rule, even one without a host, follows the third host.
    let third = rules.iter().enumerate().filter(|(_, r)| !r.str_at("host").is_empty()).nth(2);
    let more = third.is_some_and(|(i, _)| i + 1 < rules.len());
    let shown = named.get(..3).unwrap_or(&named).join(",");
    match (shown.as_str(), more) {
        ("", _) => "*".into(),
        (_, true) => format!("{shown} + {} more...", rules.len() - 3),
        _ => shown,
    }
}

pub fn service(o: &Value, created: String) -> Vec<String> {
    let ip = o.at("spec.clusterIPs.0").as_str().unwrap_or(NONE);
    let ports: Vec<String> = o.list_at("spec.ports").iter().map(service_port).collect();
    vec![
        o.str_at("spec.type").into(),
        ip.into(),
        external_ip(o),
        or(&ports.join(","), NONE).into(),
        created,
        text::labels(&o.pairs_at("spec.selector")),
    ]
}

fn service_port(port: &Value) -> String {
    match port.int_at("nodePort").unwrap_or(0) {
        node @ 1.. => format!("{}:{node}/{}", number(port, "port"), port.str_at("protocol")),
        _ => format!("{}/{}", number(port, "port"), port.str_at("protocol")),
    }
}

// upstream: pkg/printers/internalversion/printers.go getServiceExternalIP
fn external_ip(o: &Value) -> String {
    let external: Vec<&str> = o.list_at("spec.externalIPs").iter().filter_map(Value::as_str).collect();
    match o.str_at("spec.type") {
        "ClusterIP" | "NodePort" => or(&external.join(","), NONE).into(),
        "LoadBalancer" => {
            let all = [text::balancer_addresses(o), external].concat();
            or(&all.join(","), "<pending>").into()
        }
        "ExternalName" => o.str_at("spec.externalName").into(),
        _ => age::UNKNOWN.into(),
    }
}
