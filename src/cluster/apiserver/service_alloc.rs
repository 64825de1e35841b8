//! What a Service is given: families, its cluster address, node ports, the port of its health check.
//! upstream: pkg/registry/core/service/storage/alloc.go

use super::alloc::Transaction;
use super::service::{
    is_headless, kind, needs_cluster_ip, needs_health_check, node_port, node_ports, normalize_cluster_ips,
    patch_allocated_values, ports, same, selectorless, set_node_port, should_allocate_ports,
};
use crate::api::resource::SERVICES;
use crate::api::status::Status;
use crate::api::{FieldError, ObjectExt, Value, validation};
use crate::cluster::Cluster;
use serde_json::json;
use std::net::Ipv4Addr;

type Allocated = Result<Transaction, Box<Status>>;

fn invalid(service: &Value, errors: &[FieldError]) -> Box<Status> {
    Status::invalid(&SERVICES, service.name(), errors)
}
/// Whether both want two stacks if there are two, and nothing about that changed.
/// upstream: alloc.go isMatchingPreferDualStackClusterIPFields
fn same_prefer_dual_stack(new: &Value, old: &Value) -> bool {
    let prefer = |s: &Value| s.str_at("spec.ipFamilyPolicy") == "PreferDualStack";
    kind(new) == kind(old)
        && needs_cluster_ip(new)
        && prefer(new)
        && (prefer(old) || old.at("spec.ipFamilyPolicy").is_null())
        && same(new, old, "spec.clusterIPs")
        && same(new, old, "spec.ipFamilies")
}

/// Families and policy from each other, from the addresses, from the cluster (IPv4 alone).
/// upstream: alloc.go initIPFamilyFields
fn init_ip_families(service: &mut Value, old: Option<&Value>) -> Result<(), Box<Status>> {
    if !needs_cluster_ip(service) || old.is_some_and(|old| same_prefer_dual_stack(service, old)) {
        return Ok(());
    }
    let (policy_at, ips_at, families_at) = ("spec.ipFamilyPolicy", "spec.clusterIPs", "spec.ipFamilies");
    let free_form = service.str_at("spec.clusterIP") == "None" && selectorless(service);
    if service.at(policy_at).is_null() {
        let before = old.map(|o| o.str_at(policy_at)).filter(|p| !p.is_empty());
        let default = if free_form { "RequireDualStack" } else { "SingleStack" };
        service.set(policy_at, before.unwrap_or(default));
    }
    let related = validation::related_ip_fields(service, old);
    if !related.is_empty() {
        return Err(invalid(service, &related));
    }
    let single = service.str_at(policy_at) == "SingleStack";
    let mut errors = Vec::new();
    if let Some(old) = old {
        for (path, what) in [(ips_at, "cluster IP"), (families_at, "IP family")] {
            let (before, now) = (old.list_at(path).len(), service.list_at(path).len());
            if single && now > 1 && same(old, service, path) {
                service.set(path, json!([service.list_at(path)[0]]));
            } else if !single && now != 0 && now < before {
                let why = format!("must be 'SingleStack' to release the secondary {what}");
                errors.push(FieldError::invalid(policy_at, service.at(policy_at), &why));
            }
        }
    }
    for (path, what) in [(ips_at, "cluster IPs"), (families_at, "IP families")] {
        if single && service.list_at(path).len() == 2 {
            let why = format!("must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified");
            errors.push(FieldError::invalid(policy_at, service.at(policy_at), &why));
        }
    }
    infer_families(service, &mut errors);
    if !errors.is_empty() {
        return Err(invalid(service, &errors));
    }
    let mut families = service.list_at(families_at).to_vec();
    if free_form {
        if families.is_empty() {
            families.push("IPv4".into());
        }
        if families.len() < 2 && !single {
            families.push(if families[0] == "IPv4" { "IPv6" } else { "IPv4" }.into());
        }
        service.set(families_at, families);
        return Ok(());
    }
    if service.str_at(policy_at) == "RequireDualStack" {
        let why = "this cluster is not configured for dual-stack services";
        errors.push(FieldError::invalid(policy_at, service.at(policy_at), why));
    }
    for (i, family) in families.iter().enumerate().filter(|(_, f)| *f != "IPv4") {
        errors.push(FieldError::invalid(format!("spec.ipFamilies[{i}]"), family, "not configured on this cluster"));
    }
    if !errors.is_empty() {
        return Err(invalid(service, &errors));
    }
    if families.is_empty() {
        service.set(families_at, json!(["IPv4"]));
    }
    Ok(())
}

/// A family for every address that was asked for.
fn infer_families(service: &mut Value, errors: &mut Vec<FieldError>) {
    let ips = service.list_at("spec.clusterIPs").to_vec();
    let mut families = service.list_at("spec.ipFamilies").to_vec();
    for (i, ip) in ips.iter().enumerate().skip(families.len()) {
        if ip == "None" {
            break;
        }
        if ip.as_str().is_some_and(|ip| ip.contains(':')) {
            let why = "IPv6 is not configured on this cluster";
            errors.push(FieldError::invalid(format!("spec.clusterIPs[{i}]"), service.at("spec.clusterIPs"), why));
        } else {
            families.push("IPv4".into());
        }
    }
    if !families.is_empty() {
        service.set("spec.ipFamilies", families);
    }
}

impl Cluster {
    /// Gives a new Service its addresses and ports.
    /// upstream: storage.go beginCreate, alloc.go allocateCreate
    pub(super) fn allocate_create(&mut self, service: &mut Value, dry_run: bool) -> Allocated {
        normalize_cluster_ips(service, None);
        init_ip_families(service, None)?;
        let mut txn = Transaction::new(dry_run);
        let result = self.allocate_new(service, &mut txn);
        self.finish_allocation(result, txn)
    }

    fn allocate_new(&mut self, service: &mut Value, txn: &mut Transaction) -> Result<(), Box<Status>> {
        self.allocate_ip(service, txn)?;
        if matches!(kind(service), "NodePort" | "LoadBalancer") {
            self.init_node_ports(service, txn)?;
        }
        if needs_health_check(service) {
            self.allocate_health_check(service, txn)?;
        }
        Ok(())
    }

    /// Gives an updated Service what it needs now and frees what it needs no more.
    /// upstream: storage.go beginUpdate, alloc.go allocateUpdate
    pub(super) fn allocate_update(&mut self, new: &mut Value, old: &Value, dry_run: bool) -> Allocated {
        patch_allocated_values(new, old);
        normalize_cluster_ips(new, Some(old));
        init_ip_families(new, Some(old))?;
        let mut txn = Transaction::new(dry_run);
        let result = self.allocate_changed(new, old, &mut txn);
        self.finish_allocation(result, txn)
    }

    fn allocate_changed(&mut self, new: &mut Value, old: &Value, txn: &mut Transaction) -> Result<(), Box<Status>> {
        if !same_prefer_dual_stack(new, old) {
            if !needs_cluster_ip(old) && needs_cluster_ip(new) {
                self.allocate_ip(new, txn)?;
            } else if needs_cluster_ip(old) && !needs_cluster_ip(new) && !is_headless(old) {
                old.list_at("spec.clusterIPs").iter().filter_map(Value::as_str).for_each(|ip| txn.free_ip(ip));
            }
        }
        let with_ports = |s: &Value| matches!(kind(s), "NodePort" | "LoadBalancer");
        if with_ports(old) && matches!(kind(new), "ExternalName" | "ClusterIP") {
            node_ports(old).into_iter().for_each(|port| txn.free_port(port));
        }
        if with_ports(new) {
            self.update_node_ports(new, old, txn)?;
        }
        match (needs_health_check(old), needs_health_check(new)) {
            (false, true) => self.allocate_health_check(new, txn)?,
            (true, false) => {
                let port = old.int_at("spec.healthCheckNodePort").and_then(|p| u32::try_from(p).ok());
                txn.free_port(port.unwrap_or(0));
            }
            _ => {}
        }
        Ok(())
    }

    fn finish_allocation(&mut self, result: Result<(), Box<Status>>, txn: Transaction) -> Allocated {
        match result {
            Ok(()) => Ok(txn),
            Err(status) => {
                self.allocators.revert(&txn);
                Err(status)
            }
        }
    }

    /// upstream: alloc.go allocClusterIPs, allocIPs
    fn allocate_ip(&mut self, service: &mut Value, txn: &mut Transaction) -> Result<(), Box<Status>> {
        if !needs_cluster_ip(service) || is_headless(service) {
            return Ok(());
        }
        let asked = service.list_at("spec.clusterIPs").first().and_then(Value::as_str).unwrap_or("").to_owned();
        if asked.is_empty() {
            let ip = self.allocators.draw_ip(txn, &mut self.random).map_err(|e| {
                let (name, why) = (service.name(), e.ip_text());
                Status::internal(&format!("failed to allocate a serviceIP for Service {name:?}: {why}"))
            })?;
            named(service, &ip.to_string(), "failed to allocate IP", txn)?;
            service.set("spec.clusterIP", ip.to_string());
            service.set("spec.clusterIPs", json!([ip.to_string()]));
            return Ok(());
        }
        let Ok(ip) = asked.parse::<Ipv4Addr>() else {
            return Err(Status::internal(&format!("failed to parse service IP {asked:?}")));
        };
        self.allocators.take_ip(txn, ip).map_err(|why| {
            let why = format!("failed to allocate IP {asked}: {why}");
            invalid(service, &[FieldError::invalid("spec.clusterIPs", service.at("spec.clusterIPs"), &why)])
        })?;
        named(service, &asked, &format!("failed to allocate IP {asked}"), txn)?;
        service.set("spec.clusterIP", asked);
        Ok(())
    }

    /// upstream: alloc.go initNodePorts
    fn init_node_ports(&mut self, service: &mut Value, txn: &mut Transaction) -> Result<(), Box<Status>> {
        // Ports of one number (TCP and UDP) share one node port.
        let mut by_port: Vec<(Option<i64>, u32)> = Vec::new();
        for index in 0..ports(service).len() {
            let number = ports(service)[index].int_at("port");
            let asked = node_port(&ports(service)[index]);
            if asked == 0 && !should_allocate_ports(service) {
                continue;
            }
            match by_port.iter().find(|(n, _)| *n == number).map(|(_, p)| *p) {
                Some(shared) if asked == 0 => set_node_port(service, index, shared),
                Some(shared) if asked == shared => {}
                Some(_) => self.take_port(service, index, asked, txn)?,
                None => {
                    let wanted = ports(service).iter().filter(|p| p.int_at("port") == number).map(node_port);
                    let port = match wanted.into_iter().find(|n| *n != 0) {
                        Some(port) => {
                            self.take_port(service, index, port, txn)?;
                            port
                        }
                        None => self.draw_port(txn)?,
                    };
                    set_node_port(service, index, port);
                    by_port.push((number, port));
                }
            }
        }
        Ok(())
    }

    /// upstream: alloc.go updateNodePorts
    fn update_node_ports(&mut self, new: &mut Value, old: &Value, txn: &mut Transaction) -> Result<(), Box<Status>> {
        let before = node_ports(old);
        let mut taken = Vec::new();
        let mut seen: Vec<(String, u32)> = Vec::new();
        for index in 0..ports(new).len() {
            let mut port = node_port(&ports(new)[index]);
            if port == 0 {
                if !should_allocate_ports(new) {
                    continue;
                }
                port = self.draw_port(txn)?;
                set_node_port(new, index, port);
            } else if !before.contains(&port) && !taken.contains(&port) {
                self.take_port(new, index, port, txn)?;
                taken.push(port);
            }
            let pair = (ports(new)[index].str_at("protocol").to_owned(), port);
            if seen.contains(&pair) {
                let message = format!("duplicate nodePort: {{{} {}}}", pair.0, pair.1);
                return Err(Box::new(Status { code: 500, reason: "", message, details: Value::Null }));
            }
            seen.push(pair);
        }
        let after = node_ports(new);
        before.into_iter().filter(|p| !after.contains(p)).for_each(|p| txn.free_port(p));
        Ok(())
    }

    /// upstream: alloc.go allocHealthCheckNodePort
    fn allocate_health_check(&mut self, service: &mut Value, txn: &mut Transaction) -> Result<(), Box<Status>> {
        let path = "spec.healthCheckNodePort";
        let asked = service.int_at(path).unwrap_or(0);
        if asked == 0 {
            let port = self.allocators.draw_port(txn, &mut self.random).map_err(|e| {
                Status::internal(&format!("failed to allocate a HealthCheck NodePort 0: {}", e.port_text()))
            })?;
            service.set(path, port);
            return Ok(());
        }
        let number = u32::try_from(asked).unwrap_or(u32::MAX);
        self.allocators.take_port(txn, number).map_err(|e| {
            let why = e.port_text();
            Status::internal(&format!("failed to allocate requested HealthCheck NodePort {asked}: {why}"))
        })
    }

    fn take_port(&mut self, s: &Value, index: usize, port: u32, txn: &mut Transaction) -> Result<(), Box<Status>> {
        self.allocators.take_port(txn, port).map_err(|e| {
            let value = match port {
                u32::MAX => ports(s)[index].at("nodePort").clone(),
                port => port.into(),
            };
            invalid(s, &[FieldError::invalid(format!("spec.ports[{index}].nodePort"), &value, e.port_text())])
        })
    }

    fn draw_port(&mut self, txn: &mut Transaction) -> Result<u32, Box<Status>> {
        self.allocators
            .draw_port(txn, &mut self.random)
            .map_err(|e| Status::internal(&format!("failed to allocate a nodePort: {}", e.port_text())))
    }
}

/// An address is an object that names its Service, which therefore needs a name.
/// upstream: pkg/registry/core/service/ipallocator/cidrallocator.go createIPAddress
fn named(service: &Value, ip: &str, what: &str, txn: &Transaction) -> Result<(), Box<Status>> {
    if txn.is_dry_run() || !service.name().is_empty() {
        return Ok(());
    }
    let why = format!("{what}: IPAddress.networking.k8s.io \"{ip}\" is invalid: spec.parentRef.name: Required value");
    let asked = match service.list_at("spec.clusterIPs") {
        [] => json!([""]),
        ips => json!(ips),
    };
    Err(invalid(service, &[FieldError::invalid("spec.clusterIPs", &asked, &why)]))
}
