//! Services and their endpoints.

use super::list;
use super::writer::{Description, line};
use crate::api::resource::ENDPOINT_SLICES;
use crate::api::{ObjectExt, Value};
use crate::cluster::{Request, Server};
use crate::kubectl::print::text::{self, NONE, number, or, plain};

const UNSET: &str = "<unset>";

/// The EndpointSlices of a Service.
pub fn slices_of(server: &mut dyn Server, namespace: &str, service: &str) -> Vec<Value> {
    let selector = format!("kubernetes.io/service-name={service}");
    list(server, &Request::get(ENDPOINT_SLICES.path(namespace)).query("labelSelector", selector))
}

fn joined(o: &Value, path: &str, separator: &str) -> String {
    o.list_at(path).iter().map(plain).collect::<Vec<_>>().join(separator)
}

// upstream: kubectl/pkg/describe/describe.go describeService
pub fn service(d: &mut Description, server: &mut dyn Server, o: &Value) {
    let slices = slices_of(server, o.namespace(), o.name());
    d.name(o);
    d.metadata(o);
    d.field(0, "Selector", text::labels(&o.pairs_at("spec.selector")));
    d.field(0, "Type", o.str_at("spec.type"));
    d.fields(0, o, &[("IP Family Policy", "spec.ipFamilyPolicy")]);
    d.field(0, "IP Families", or(&joined(o, "spec.ipFamilies", ","), NONE));
    d.field(0, "IP", o.str_at("spec.clusterIP"));
    d.field(0, "IPs", or(&joined(o, "spec.clusterIPs", ","), NONE));
    if !o.list_at("spec.externalIPs").is_empty() {
        d.field(0, "External IPs", joined(o, "spec.externalIPs", ","));
    }
    d.fields(0, o, &[("Desired LoadBalancer IP", "spec.loadBalancerIP"), ("External Name", "spec.externalName")]);
    let ingress = o.list_at("status.loadBalancer.ingress");
    if !ingress.is_empty() {
        d.field(0, "LoadBalancer Ingress", ingress.iter().map(address).collect::<Vec<_>>().join(", "));
    }
    for port in o.list_at("spec.ports") {
        service_port(d, port, &slices);
    }
    d.field(0, "Session Affinity", o.str_at("spec.sessionAffinity"));
    d.fields(
        0,
        o,
        &[
            ("External Traffic Policy", "spec.externalTrafficPolicy"),
            ("Internal Traffic Policy", "spec.internalTrafficPolicy"),
        ],
    );
    if o.int_at("spec.healthCheckNodePort").unwrap_or(0) != 0 {
        d.field(0, "HealthCheck NodePort", number(o, "spec.healthCheckNodePort"));
    }
    if !o.list_at("spec.loadBalancerSourceRanges").is_empty() {
        d.field(0, "LoadBalancer Source Ranges", joined(o, "spec.loadBalancerSourceRanges", ","));
    }
    d.fields(0, o, &[("Traffic Distribution", "spec.trafficDistribution")]);
}

/// `IP (VIP)` or a host name.
fn address(ingress: &Value) -> String {
    match (ingress.str_at("ip"), ingress.str_at("ipMode")) {
        ("", _) => ingress.str_at("hostname").into(),
        (ip, "") => ip.into(),
        (ip, mode) => format!("{ip} ({mode})"),
    }
}

fn service_port(d: &mut Description, port: &Value, slices: &[Value]) {
    let name = or(port.str_at("name"), UNSET);
    let protocol = port.str_at("protocol");
    line!(d, 0, "Port:\t{name}\t{}/{protocol}", number(port, "port"));
    line!(d, 0, "TargetPort:\t{}/{protocol}", plain(port.at("targetPort")));
    d.fields(0, port, &[("AppProtocol", "appProtocol")]);
    if port.int_at("nodePort").unwrap_or(0) != 0 {
        line!(d, 0, "NodePort:\t{name}\t{}/{protocol}", number(port, "nodePort"));
    }
    d.field(0, "Endpoints", ready_endpoints(slices, port.str_at("name")));
}

/// The ready endpoints of the port with a name, three of them at most. The mark that there are more comes with the
/// fourth endpoint, ready or not.
// upstream: kubectl/pkg/describe/describe.go formatEndpointSlices
pub fn ready_endpoints(slices: &[Value], port_name: &str) -> String {
    if slices.is_empty() {
        return NONE.into();
    }
    let mut list: Vec<String> = Vec::new();
    let (mut more, mut count) = (false, 0);
    for slice in slices {
        let ports = slice.list_at("ports");
        let matching: Vec<Option<i64>> = match ports {
            [] => vec![None],
            ports => ports
                .iter()
                .filter(|p| p.str_at("name") == port_name)
                .map(|p| Some(p.int_at("port").unwrap_or(0)))
                .collect(),
        };
        for port in matching {
            for endpoint in slice.list_at("endpoints") {
                more |= list.len() == 3;
                if endpoint.at("conditions.ready") == false {
                    continue;
                }
                let ip = endpoint.str_at("addresses.0");
                if !more {
                    list.push(port.map_or_else(|| ip.to_string(), |p| text::host_port(ip, p)));
                }
                count += 1;
            }
        }
    }
    let shown = list.join(",");
    if more { format!("{shown} + {} more...", count - 3) } else { shown }
}

// upstream: kubectl/pkg/describe/describe.go describeEndpoints
pub fn endpoints(d: &mut Description, o: &Value) {
    d.name(o);
    d.metadata(o);
    line!(d, 0, "Subsets:");
    for subset in o.list_at("subsets") {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            d.field(1, title, or(&text::each(subset.list_at(field), "ip").join(","), NONE));
        }
        if !subset.list_at("ports").is_empty() {
            line!(d, 1, "Ports:");
            d.heading(2, &["Name", "Port", "Protocol"]);
            for port in subset.list_at("ports") {
                let name = or(port.str_at("name"), UNSET);
                line!(d, 2, "{name}\t{}\t{}", number(port, "port"), port.str_at("protocol"));
            }
        }
        line!(d, 0, "");
    }
}

// upstream: kubectl/pkg/describe/describe.go describeEndpointSliceV1
pub fn endpoint_slice(d: &mut Description, o: &Value) {
    d.name(o);
    d.metadata(o);
    d.field(0, "AddressType", o.str_at("addressType"));
    if o.list_at("ports").is_empty() {
        line!(d, 0, "Ports: <unset>");
    } else {
        line!(d, 0, "Ports:");
        d.heading(1, &["Name", "Port", "Protocol"]);
        for port in o.list_at("ports") {
            let number = plain(port.at("port"));
            let protocol = port.str_at("protocol");
            line!(d, 1, "{}\t{}\t{protocol}", or(port.str_at("name"), UNSET), or(&number, UNSET));
        }
    }
    if o.list_at("endpoints").is_empty() {
        line!(d, 0, "Endpoints: <none>");
        return;
    }
    line!(d, 0, "Endpoints:");
    for endpoint in o.list_at("endpoints") {
        d.field(1, "- Addresses", or(&joined(endpoint, "addresses", ", "), NONE));
        line!(d, 2, "Conditions:");
        d.fields_or(3, endpoint, UNSET, &[("Ready", "conditions.ready")]);
        d.fields_or(2, endpoint, UNSET, &[("Hostname", "hostname")]);
        let target = endpoint.at("targetRef");
        if target.is_object() {
            d.field(2, "TargetRef", format_args!("{}/{}", target.str_at("kind"), target.str_at("name")));
        }
        d.fields_or(2, endpoint, UNSET, &[("NodeName", "nodeName"), ("Zone", "zone")]);
    }
}
