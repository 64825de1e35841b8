//! Services.
// upstream: pkg/apis/core/validation/validation.go ValidateServiceCreate, ValidateServiceUpdate, validateService

use super::field::{Errors, Field};
use super::format;
use crate::api::error::ErrorKind;
use crate::api::ip;
use crate::api::{FieldError, ObjectExt, Value};

const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";
/// The annotation that [`TOPOLOGY_MODE`] took the place of.
pub(super) const TOPOLOGY_HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
pub(super) const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];
const TYPES: &[&str] = &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const FAMILY_POLICIES: &[&str] = &["PreferDualStack", "RequireDualStack", "SingleStack"];
const ONLY_LOAD_BALANCER: &str = "may only be used when `type` is 'LoadBalancer'";
const ONCE: &str = "may not change once set";

/// Whether a Service has no address of its own: `clusterIP: None`, whatever its type.
// upstream: isHeadlessService
pub fn is_headless(service: &Value) -> bool {
    matches!(service.list_at("spec.clusterIPs"), [only] if only == "None")
}

/// Whether traffic from outside the cluster may reach it.
// upstream: pkg/api/service/util.go ExternallyAccessible
pub(crate) fn externally_accessible(service: &Value) -> bool {
    match service.str_at("spec.type") {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => !service.list_at("spec.externalIPs").is_empty(),
        _ => false,
    }
}

/// Whether it gets a port for the load balancer's health checks.
// upstream: pkg/api/service/util.go NeedsHealthCheck
pub(super) fn needs_health_check(service: &Value) -> bool {
    service.str_at("spec.type") == "LoadBalancer" && service.str_at("spec.externalTrafficPolicy") == "Local"
}

pub(super) fn validate(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let service = root.value;
    let spec = root.child("spec");
    if let Some(old) = old {
        changes(errors, &spec, service, old);
    }
    let annotations = root.child("metadata.annotations");
    let (mode, hints) = (annotations.key(TOPOLOGY_MODE), annotations.key(TOPOLOGY_HINTS));
    if mode.given() && hints.given() && mode.value != hints.value {
        errors.invalid(&mode, &format!("must match annotations[{TOPOLOGY_HINTS}] when both are specified"));
    }
    let kind = spec.child("type");
    let ports = spec.child("ports");
    if ports.empty() && !is_headless(service) && kind.str() != "ExternalName" {
        errors.required(&ports, "");
    }
    if is_headless(service) && matches!(kind.str(), "LoadBalancer" | "NodePort") {
        let first = spec.child("clusterIPs").items().into_iter().next();
        let why = format!("may not be set to 'None' for {} services", kind.str());
        first.iter().for_each(|ip| errors.invalid(ip, &why));
    }
    match kind.str() {
        "ExternalName" => external_name(errors, &spec),
        "LoadBalancer" | "NodePort" if is_headless(service) => {
            let detail = format!("may not be set to 'None' for {} services", kind.str());
            errors.invalid(&spec.child("clusterIPs.0").named("spec.clusterIPs[0]".into()), &detail);
        }
        _ => {}
    }
    service_ports(errors, &ports);
    errors.labels(&spec.child("selector"));
    affinity(errors, &spec);
    errors.0.extend(related_ip_fields(service, old));
    for address in spec.child("externalIPs").items() {
        let existed = old.is_some_and(|old| old.list_at("spec.externalIPs").contains(address.value));
        let wrong = if existed { Vec::new() } else { ip::legacy_ip(address.str()) };
        errors.each(&address, &wrong);
        if wrong.is_empty() {
            for message in ip::endpoint_ip(address.str()) {
                errors.text(&address, &message);
            }
        }
    }
    errors.required_one_of(&kind, TYPES);
    if kind.str() == "ClusterIP" {
        for port in ports.items().iter().map(|p| p.child("nodePort")).filter(|p| p.int() != 0) {
            errors.forbidden(&port, "may not be used when `type` is 'ClusterIP'");
        }
    }
    duplicate_ports(errors, &ports);
    load_balancer(errors, root, &spec, old);
    external_traffic(errors, &spec, service);
    let internal = spec.child("internalTrafficPolicy");
    if internal.given() {
        errors.one_of(&internal, &["Cluster", "Local"]);
    } else if TYPES.contains(&kind.str()) && kind.str() != "ExternalName" {
        errors.required(&internal, "");
    }
    let distribution = spec.child("trafficDistribution");
    if distribution.given() {
        errors.one_of(&distribution, &["PreferClose", "PreferSameZone", "PreferSameNode"]);
    }
}

fn external_name(errors: &mut Errors, spec: &Field) {
    for name in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let field = spec.child(name);
        if !field.empty() {
            errors.forbidden(&field, "may not be set for ExternalName services");
        }
    }
    let name = spec.child("externalName");
    let canonical = name.str().strip_suffix('.').unwrap_or(name.str());
    if canonical.is_empty() {
        errors.required(&name, "");
    } else {
        let canonical = Value::from(canonical);
        errors.dns_subdomain(&Field { path: name.path, value: &canonical });
    }
}

fn service_ports(errors: &mut Errors, ports: &Field) {
    let all = ports.items();
    let mut names: Vec<&str> = Vec::new();
    for port in &all {
        let name = port.child("name");
        if name.str().is_empty() {
            if all.len() > 1 {
                errors.required(&name, "");
            }
        } else {
            errors.dns_label(&name);
            if names.contains(&name.str()) {
                errors.duplicate(&name);
            } else {
                names.push(name.str());
            }
        }
        errors.port_number(&port.child("port"));
        errors.required_one_of(&port.child("protocol"), PROTOCOLS);
        errors.port(&port.child("targetPort"));
        let protocol = port.child("appProtocol");
        if protocol.given() {
            errors.qualified_name(&protocol);
        }
    }
}

fn duplicate_ports(errors: &mut Errors, ports: &Field) {
    let mut seen: Vec<(&str, i64)> = Vec::new();
    for port in ports.items() {
        let node_port = port.child("nodePort");
        let key = (port.value.str_at("protocol"), node_port.int());
        if key.1 != 0 && seen.contains(&key) {
            errors.duplicate(&node_port);
        }
        seen.push(key);
    }
    seen.clear();
    for port in ports.items() {
        let key = (port.value.str_at("protocol"), port.value.int_at("port").unwrap_or(0));
        if seen.contains(&key) {
            // The internal type's own fields, of which only the pair in question is filled in.
            let body = format!(
                "Duplicate value: {{\"Name\":\"\",\"Protocol\":\"{}\",\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                key.0, key.1
            );
            errors.0.push(FieldError { path: port.path, kind: ErrorKind::Duplicate, body });
        }
        seen.push(key);
    }
}

fn affinity(errors: &mut Errors, spec: &Field) {
    let affinity = spec.child("sessionAffinity");
    errors.required_one_of(&affinity, &["ClientIP", "None"]);
    let config = spec.child("sessionAffinityConfig");
    if affinity.str() == "None" && config.given() {
        errors.forbidden(&config, "must not be set when session affinity is None");
    }
    if affinity.str() != "ClientIP" {
        return;
    }
    for missing in [&config, &config.child("clientIP"), &config.child("clientIP.timeoutSeconds")] {
        if !missing.given() {
            return errors.required(missing, "when session affinity type is ClientIP");
        }
    }
    let timeout = config.child("clientIP.timeoutSeconds");
    if !(1..=86400).contains(&timeout.int()) {
        errors.number(&timeout, "must be greater than 0 and less than 86400");
    }
}

/// The rules that tie clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy together; the API server also checks them
/// before it allocates.
// upstream: ValidateServiceClusterIPsRelatedFields
pub fn related_ip_fields(service: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let spec = Field::root(service).child("spec");
    if service.str_at("spec.type") == "ExternalName" {
        return errors.0;
    }
    let (single, addresses, families) = (spec.child("clusterIP"), spec.child("clusterIPs"), spec.child("ipFamilies"));
    let list = addresses.items();
    match (single.str(), list.first()) {
        ("", Some(_)) => errors.invalid(&addresses, "must be empty when `clusterIP` is not specified"),
        ("", None) => {}
        (_, None) => errors.required(&addresses, ""),
        (ip, Some(first)) if first.str() != ip => errors.invalid(&addresses, "first value must match `clusterIP`"),
        _ => {}
    }
    let mut seen: Vec<&str> = Vec::new();
    for family in families.items() {
        errors.one_of(&family, &["IPv4", "IPv6"]);
        if seen.contains(&family.str()) {
            errors.duplicate(&family);
        }
        seen.push(family.str());
    }
    let policy = spec.child("ipFamilyPolicy");
    if policy.given() {
        errors.one_of(&policy, FAMILY_POLICIES);
    }
    let mut invalid = false;
    for (i, address) in list.iter().enumerate() {
        if i == 0 && address.str() == "None" {
            if list.len() > 1 {
                invalid = true;
                errors.invalid(&addresses, "'None' must be the first and only value");
            }
            continue;
        }
        let existed = old.is_some_and(|old| old.list_at("spec.clusterIPs").contains(address.value));
        let wrong = if existed { Vec::new() } else { ip::legacy_ip(address.str()) };
        invalid |= !wrong.is_empty();
        errors.each(address, &wrong);
    }
    if list.len() > 2 {
        errors.invalid(&addresses, "may only hold up to 2 values");
    }
    if invalid {
        return errors.0;
    }
    let is_v6 = |f: &Field| f.str().contains(':');
    if list.len() > 1 && (list.iter().all(is_v6) || !list.iter().any(is_v6)) {
        errors.invalid(&addresses, "may specify no more than one IP for each IP family");
    }
    if !is_headless(service) {
        for (i, (address, family)) in list.iter().zip(families.items()).enumerate() {
            if matches!((family.str(), is_v6(address)), ("IPv4", true) | ("IPv6", false)) {
                let detail = format!("expected an {} value as indicated by `ipFamilies[{i}]`", family.str());
                errors.text(address, &detail);
            }
        }
    }
    errors.0
}

fn load_balancer(errors: &mut Errors, root: &Field, spec: &Field, old: Option<&Value>) {
    let balanced = spec.value.str_at("type") == "LoadBalancer";
    // The path's capital L is upstream's.
    let ranges = spec.child("loadBalancerSourceRanges").named("spec.LoadBalancerSourceRanges".into());
    let annotation = root.child("metadata.annotations").key(SOURCE_RANGES);
    if !ranges.empty() {
        if !balanced {
            errors.forbidden(&ranges, ONLY_LOAD_BALANCER);
        }
        for range in ranges.items() {
            let existed = old.is_some_and(|o| {
                o.list_at("spec.loadBalancerSourceRanges")
                    .iter()
                    .any(|r| r.as_str().map(str::trim) == Some(range.str().trim()))
            });
            if !existed {
                let trimmed = Value::from(range.str().trim());
                let range = Field { path: range.path, value: &trimmed };
                errors.each(&range, &ip::legacy_cidr(range.str()));
            }
        }
    } else if annotation.given() {
        if !balanced {
            errors.forbidden(&annotation, ONLY_LOAD_BALANCER);
        }
        let unchanged = old.is_some_and(|o| o.at("metadata.annotations").get(SOURCE_RANGES) == Some(annotation.value));
        if !unchanged && !annotation.str().trim().is_empty() {
            for range in annotation.str().trim().split(',') {
                let trimmed = Value::from(range.trim());
                let range = Field { path: annotation.path.clone(), value: &trimmed };
                errors.each(&range, &ip::legacy_cidr(range.str()));
            }
        }
    }
    let allocate = spec.child("allocateLoadBalancerNodePorts");
    if allocate.given() && !balanced {
        errors.forbidden(&allocate, ONLY_LOAD_BALANCER);
    }
    if balanced && !allocate.given() {
        errors.required(&allocate.named("allocateLoadBalancerNodePorts".into()), "");
    }
    load_balancer_class(errors, spec, None);
}

fn load_balancer_class(errors: &mut Errors, spec: &Field, old: Option<&Value>) {
    let class = spec.child("loadBalancerClass");
    let balanced = spec.value.str_at("type") == "LoadBalancer";
    if let Some(old) = old {
        let was = old.str_at("spec.type") == "LoadBalancer";
        if was && balanced && class.value != old.at("spec.loadBalancerClass") {
            errors.invalid(&class, ONCE);
        }
    }
    if class.given() {
        if balanced { errors.qualified_name(&class) } else { errors.forbidden(&class, ONLY_LOAD_BALANCER) }
    }
}

fn external_traffic(errors: &mut Errors, spec: &Field, service: &Value) {
    let policy = spec.child("externalTrafficPolicy");
    if externally_accessible(service) {
        errors.required_one_of(&policy, &["Cluster", "Local"]);
    } else if !policy.str().is_empty() {
        errors.invalid(&policy, "may only be set for externally-accessible services");
    }
    let port = spec.child("healthCheckNodePort");
    if !needs_health_check(service) {
        if port.int() != 0 {
            let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            errors.invalid(&port, detail);
        }
    } else if port.int() == 0 {
        errors.required(&port, "");
    } else {
        errors.port_number(&port);
    }
}

/// What may not change.
// upstream: validateUpgradeDowngradeClusterIPs, validateUpgradeDowngradeIPFamilies, validateServiceExternalTrafficFieldsUpdate
fn changes(errors: &mut Errors, spec: &Field, new: &Value, old: &Value) {
    let external = [new, old].iter().any(|s| s.str_at("spec.type") == "ExternalName");
    let (headless, was_headless) = (is_headless(new), is_headless(old));
    if !(external || headless && was_headless) {
        let (is, was) = (spec.child("clusterIPs"), old.list_at("spec.clusterIPs"));
        changed_list(errors, &is, was, "clusterIP", spec, false);
    }
    if !external && !headless && !was_headless {
        let (is, was) = (spec.child("ipFamilies"), old.list_at("spec.ipFamilies"));
        changed_list(errors, &is, was, "ipFamily", spec, true);
    }
    load_balancer_class(errors, spec, Some(old));
    let port = spec.child("healthCheckNodePort");
    if needs_health_check(new) && needs_health_check(old) && port.value != old.at("spec.healthCheckNodePort") {
        errors.forbidden(&port, format::IMMUTABLE);
    }
}

fn changed_list(errors: &mut Errors, is: &Field, was: &[Value], one: &str, spec: &Field, first_only: bool) {
    let list = is.items();
    let at = |i: usize| Field { path: is.index(i), value: is.value };
    if list.len() == was.len() {
        for (i, (new, old)) in list.iter().zip(was).enumerate() {
            if new.value != old {
                errors.invalid(&at(if first_only { 0 } else { i }), ONCE);
            }
        }
        return;
    }
    if list.is_empty() {
        errors.invalid(&at(0), &format!("primary {one} can not be unset"));
    }
    if let (Some(new), Some(old)) = (list.first(), was.first())
        && new.value != old
    {
        errors.invalid(&at(0), ONCE);
    }
    let policy = spec.child("ipFamilyPolicy");
    if list.len() < was.len() && list.len() == 1 && policy.str() != "SingleStack" {
        errors.invalid(&policy, &format!("must be set to 'SingleStack' when releasing the secondary {one}"));
    }
}

/// What is wrong with a Service's status.
// upstream: ValidateLoadBalancerStatus
pub(super) fn load_balancer_status(errors: &mut Errors, root: &Field) {
    let entries = root.child("status.loadBalancer.ingress");
    if !entries.empty() && root.value.str_at("spec.type") != "LoadBalancer" {
        errors.forbidden(&entries, "may only be used when `spec.type` is 'LoadBalancer'");
        return;
    }
    for entry in entries.items() {
        let (address, mode, host) = (entry.child("ip"), entry.child("ipMode"), entry.child("hostname"));
        if !address.str().is_empty() {
            errors.each(&address, &ip::legacy_ip(address.str()));
        }
        if !address.str().is_empty() && !mode.given() {
            errors.required(&mode, "must be specified when `ip` is set");
        } else if address.str().is_empty() && mode.given() {
            errors.forbidden(&mode, "may not be specified when `ip` is not set");
        } else if mode.given() {
            errors.one_of(&mode, &["Proxy", "VIP"]);
        }
        if !host.str().is_empty() {
            errors.dns_subdomain(&host);
            if ip::parse_sloppy(host.str()).is_some() {
                errors.text(&host, "must be a DNS name, not an IP address");
            }
        }
    }
}
