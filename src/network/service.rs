//! What kube-proxy knows of Services and EndpointSlices: Service ports with their endpoints, as typed values.
//!
//! [`Inputs`] are the objects as an informer holds them; [`Snapshot`] is what all nodes share (by `Rc`), one
//! [`ServicePort`] per Service, port and protocol. Only what changed is made anew.

use super::address::{Cidr, Family, parse_ip};
use super::packet::Protocol;
use super::{Hash, hash};
use crate::api::{ObjectExt, Value};
use crate::collections::{BTreeMap, BTreeSet, sort_by};
use std::net::IpAddr;
use std::rc::Rc;

/// Namespace and name of a Service.
pub type ServiceName = (Rc<str>, Rc<str>);

/// With more endpoints than this (over all Service ports) kube-proxy leaves comments out of per-endpoint rules.
///
/// upstream: pkg/proxy/iptables/proxier.go largeClusterEndpointsThreshold
pub const LARGE_CLUSTER: usize = 1000;

/// One address behind a Service port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address.
    pub ip: IpAddr,
    /// Its numeric target port.
    pub port: u16,
    /// Condition `ready`; unknown counts as ready.
    pub ready: bool,
    /// Condition `serving`; unknown counts as serving.
    pub serving: bool,
    /// Condition `terminating`.
    pub terminating: bool,
    /// The node it runs on.
    pub node: Option<Rc<str>>,
    /// `hints.forZones`
    pub zone_hints: Vec<Rc<str>>,
    /// `hints.forNodes`
    pub node_hints: Vec<Rc<str>>,
    /// The hash in its `KUBE-SEP-` chain's name.
    pub hash: Hash,
}

impl Endpoint {
    /// `10.244.1.5:8080`, `[fd00::5]:8080`
    pub fn text(&self) -> String {
        match self.ip {
            IpAddr::V4(ip) => format!("{ip}:{}", self.port),
            IpAddr::V6(ip) => format!("[{ip}]:{}", self.port),
        }
    }
    /// Not ready, but still answering while its Pod ends.
    pub const fn terminating_fallback(&self) -> bool {
        !self.ready && self.serving && self.terminating
    }
}

/// One port of one Service, of one address family.
///
/// upstream: pkg/proxy/serviceport.go BaseServicePortInfo
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The Service.
    pub service: ServiceName,
    /// The port's name, empty if it has none.
    pub port_name: String,
    /// `ns/name` or `ns/name:port`: how rules' comments and hashes name it.
    pub name: String,
    /// Its protocol.
    pub proto: Protocol,
    /// The Service's cluster IP of the family.
    pub cluster_ip: IpAddr,
    /// The Service's port.
    pub port: u16,
    /// Its node port, 0 if none.
    pub node_port: u16,
    /// `spec.externalIPs` of the family.
    pub external_ips: Vec<IpAddr>,
    /// Load balancer addresses with `ipMode: VIP`.
    pub vips: Vec<IpAddr>,
    /// `spec.loadBalancerSourceRanges` of the family.
    pub source_ranges: Vec<Cidr>,
    /// `externalTrafficPolicy: Local`, where it means anything.
    pub external_local: bool,
    /// `internalTrafficPolicy: Local`
    pub internal_local: bool,
    /// Health check node port, 0 if none.
    pub health_check_node_port: u16,
    /// Session affinity's timeout in seconds; `None`: no affinity.
    pub affinity: Option<u32>,
    /// The hash in its chains' names.
    pub hash: Hash,
    /// All endpoints, ready or not, sorted by the text `ip:port`.
    pub endpoints: Vec<Endpoint>,
    /// Whether the cluster was large when this was last written (see [`LARGE_CLUSTER`]).
    pub large: bool,
}

impl ServicePort {
    /// Whether anything but the cluster IP leads to it.
    pub fn externally_accessible(&self) -> bool {
        self.node_port != 0 || !self.vips.is_empty() || !self.external_ips.is_empty()
    }
    /// Whether some traffic to it may go to endpoints of all nodes.
    pub fn uses_cluster(&self) -> bool {
        !self.internal_local || self.externally_accessible()
    }
    /// Whether some traffic to it may go to this node's endpoints alone.
    pub fn uses_local(&self) -> bool {
        self.internal_local || (self.external_local && self.externally_accessible())
    }
}

fn addresses(list: &[Value], family: Family) -> Vec<IpAddr> {
    let ips = list.iter().filter_map(|v| parse_ip(v.as_str()?.trim()));
    ips.filter(|ip| Family::of(ip) == family).collect()
}

/// The Service ports of one Service; none for headless ones, `ExternalName`, or without address of the family.
///
/// upstream: pkg/proxy/servicechangetracker.go serviceToServiceMap
pub fn service_ports(service: &Value, slices: &[&Value], family: Family) -> Vec<ServicePort> {
    let kind = service.str_at("spec.type");
    let ips = match service.list_at("spec.clusterIPs") {
        [] => std::slice::from_ref(service.at("spec.clusterIP")),
        list => list,
    };
    let Some(&cluster_ip) = addresses(ips, family).first().filter(|_| kind != "ExternalName") else {
        return Vec::new();
    };
    let external_ips = addresses(service.list_at("spec.externalIPs"), family);
    let vips = (service.list_at("status.loadBalancer.ingress").iter())
        .filter(|i| matches!(i.str_at("ipMode"), "" | "VIP"))
        .filter_map(|i| parse_ip(i.str_at("ip")))
        .filter(|ip| Family::of(ip) == family)
        .collect::<Vec<_>>();
    let mut source_ranges = (service.list_at("spec.loadBalancerSourceRanges").iter())
        .filter_map(|r| Cidr::parse(r.as_str()?))
        .filter(|c| c.family() == family)
        .collect::<Vec<_>>();
    if source_ranges.iter().any(|c| c.bits == 0) {
        source_ranges.clear(); // "everyone" is as good as no range
    }
    let by_type = match kind {
        "LoadBalancer" | "NodePort" => true,
        _ => !service.list_at("spec.externalIPs").is_empty(),
    };
    let external_local = by_type && service.str_at("spec.externalTrafficPolicy") == "Local";
    let health_check =
        if kind == "LoadBalancer" && external_local { service.int_at("spec.healthCheckNodePort") } else { None };
    let affinity = (service.str_at("spec.sessionAffinity") == "ClientIP").then(|| {
        service.int_at("spec.sessionAffinityConfig.clientIP.timeoutSeconds").unwrap_or(10_800).clamp(0, 86_400) as u32
    });
    let (namespace, name): ServiceName = (service.namespace().into(), service.name().into());
    let full = format!("{namespace}/{name}");
    let mut ports = Vec::new();
    for port in service.list_at("spec.ports") {
        let Some(proto) = Protocol::parse(port.str_at("protocol")) else { continue };
        let port_name = port.str_at("name").to_owned();
        let name_string = if port_name.is_empty() { full.clone() } else { format!("{full}:{port_name}") };
        ports.push(ServicePort {
            service: (namespace.clone(), name.clone()),
            endpoints: endpoints(slices, family, &port_name, proto, &name_string),
            hash: hash(&[&name_string, proto.lower()]),
            port_name,
            name: name_string,
            proto,
            cluster_ip,
            port: port_number(port.at("port")),
            node_port: port_number(port.at("nodePort")),
            external_ips: external_ips.clone(),
            vips: vips.clone(),
            source_ranges: source_ranges.clone(),
            external_local,
            internal_local: service.str_at("spec.internalTrafficPolicy") == "Local",
            health_check_node_port: health_check.and_then(|p| u16::try_from(p).ok()).unwrap_or(0),
            affinity,
            large: false,
        });
    }
    sort_by(&mut ports, |a, b| (&a.port_name, a.proto).cmp(&(&b.port_name, b.proto)));
    ports.dedup_by(|b, a| (&a.port_name, a.proto) == (&b.port_name, b.proto));
    ports
}

fn port_number(value: &Value) -> u16 {
    value.as_u64().and_then(|p| u16::try_from(p).ok()).unwrap_or(0)
}

/// The endpoints of one port: slices' ports of the same name and protocol.
///
/// upstream: pkg/proxy/endpointslicecache.go endpointInfoByServicePort
fn endpoints(slices: &[&Value], family: Family, port_name: &str, proto: Protocol, name_string: &str) -> Vec<Endpoint> {
    let mut found: BTreeMap<String, Endpoint> = BTreeMap::new();
    for slice in slices.iter().filter(|s| s.str_at("addressType") == family.address_type()) {
        let fits = |p: &&Value| {
            p.at("name").as_str() == Some(port_name) && Protocol::parse(p.str_at("protocol")) == Some(proto)
        };
        for port in slice.list_at("ports").iter().filter(fits).map(|p| port_number(p.at("port"))).filter(|p| *p != 0) {
            for value in slice.list_at("endpoints") {
                let Some(ip) = value.list_at("addresses").first().and_then(Value::as_str).and_then(parse_ip) else {
                    continue;
                };
                let mut endpoint = endpoint(value, ip, port);
                let text = endpoint.text();
                if endpoint.terminating && found.contains_key(&text) {
                    continue;
                }
                endpoint.hash = hash(&[name_string, proto.lower(), &text]);
                found.insert(text, endpoint);
            }
        }
    }
    found.into_values().collect()
}

fn endpoint(value: &Value, ip: IpAddr, port: u16) -> Endpoint {
    let condition = |name: &str| value.at("conditions").get(name).and_then(Value::as_bool);
    let hints = |path: &str| value.list_at(path).iter().map(|h| h.str_at("name").into()).collect::<Vec<Rc<str>>>();
    Endpoint {
        ip,
        port,
        ready: condition("ready").unwrap_or(true),
        serving: condition("serving").unwrap_or(true),
        terminating: condition("terminating").unwrap_or(false),
        node: value.at("nodeName").as_str().map(Into::into),
        zone_hints: hints("hints.forZones"),
        node_hints: hints("hints.forNodes"),
        hash: Hash::default(),
    }
}

/// A Service and its slices as an informer holds them.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The Service, if it exists.
    pub service: Option<Rc<Value>>,
    /// Its EndpointSlices by name.
    pub slices: BTreeMap<Rc<str>, Rc<Value>>,
}

/// All Services and slices, and which of them changed since the last [`Inputs::snapshot`].
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    all: BTreeMap<ServiceName, Input>,
    /// Which Service a slice belonged to, to find it again when its label changes or it goes.
    owners: BTreeMap<ServiceName, Rc<str>>,
    dirty: BTreeSet<ServiceName>,
    endpoints_dirty: BTreeSet<ServiceName>,
    snapshot: Rc<Snapshot>,
    family: Family,
}

impl Inputs {
    /// Of one family's proxiers.
    pub fn new(family: Family) -> Self {
        Self { family, ..Self::default() }
    }
    /// A Service was made, changed (`Some`) or deleted (`None`).
    pub fn set_service(&mut self, namespace: &str, name: &str, service: Option<Rc<Value>>) {
        let key: ServiceName = (namespace.into(), name.into());
        let input = self.all.entry(key.clone()).or_default();
        input.service = service;
        self.touched(key);
    }
    /// An EndpointSlice was made, changed (`Some`) or deleted (`None`).
    pub fn set_slice(&mut self, namespace: &str, name: &str, slice: Option<Rc<Value>>) {
        let key: ServiceName = (namespace.into(), name.into());
        let owner = slice.as_ref().and_then(|s| s.label("kubernetes.io/service-name")).map(Rc::<str>::from);
        let before = match &owner {
            Some(owner) => self.owners.insert(key.clone(), owner.clone()),
            None => self.owners.remove(&key),
        };
        if let Some(before) = before.filter(|b| Some(b) != owner.as_ref()) {
            let old: ServiceName = (key.0.clone(), before);
            self.all.entry(old.clone()).or_default().slices.remove(&key.1);
            self.endpoints_dirty.insert(old.clone());
            self.touched(old);
        }
        if let (Some(owner), Some(slice)) = (owner, slice) {
            let new: ServiceName = (key.0.clone(), owner);
            self.all.entry(new.clone()).or_default().slices.insert(key.1, slice);
            self.endpoints_dirty.insert(new.clone());
            self.touched(new);
        }
    }
    fn touched(&mut self, key: ServiceName) {
        if self.all.get(&key).is_some_and(|i| i.service.is_none() && i.slices.is_empty()) {
            self.all.remove(&key);
        }
        self.dirty.insert(key);
    }
    /// One Service with its slices.
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Input> {
        self.all.get(&(namespace.into(), name.into()))
    }
    /// All of them by namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = (&ServiceName, &Input)> {
        self.all.iter()
    }
    /// Whether something changed since the last snapshot.
    pub fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }
    /// The Service ports as they are now; what did not change is shared with the snapshot before.
    pub fn snapshot(&mut self) -> Rc<Snapshot> {
        if !self.dirty.is_empty() {
            let dirty = std::mem::take(&mut self.dirty);
            let mut next = Snapshot::clone(&self.snapshot);
            next.generation += 1;
            next.endpoints_changed = std::mem::take(&mut self.endpoints_dirty);
            let mut made = Vec::new();
            for key in dirty {
                let ports = self.all.get(&key).and_then(|input| {
                    let slices = input.slices.values().map(Rc::as_ref).collect::<Vec<_>>();
                    input.service.as_ref().map(|s| service_ports(s, &slices, self.family))
                });
                let old = next.services.remove(&key).unwrap_or_default();
                next.endpoints -= old.iter().map(|p| p.endpoints.len()).sum::<usize>();
                if let Some(ports) = ports.filter(|p| !p.is_empty()) {
                    next.endpoints += ports.iter().map(|p| p.endpoints.len()).sum::<usize>();
                    made.push((key, ports, old));
                }
            }
            let large = next.endpoints > LARGE_CLUSTER;
            for (key, mut ports, old) in made {
                ports.iter_mut().for_each(|p| p.large = large);
                let shared = ports.into_iter().map(|p| match old.iter().find(|o| ***o == p) {
                    Some(same) => same.clone(),
                    None => Rc::new(p),
                });
                next.services.insert(key, shared.collect());
            }
            self.snapshot = Rc::new(next);
        }
        self.snapshot.clone()
    }
}

/// All Service ports at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// By Service; ports by name.
    pub services: BTreeMap<ServiceName, Vec<Rc<ServicePort>>>,
    /// Counts up with every change.
    pub generation: u64,
    /// Number of endpoints over all Service ports.
    pub endpoints: usize,
    /// The Services whose slices changed since the generation before.
    pub endpoints_changed: BTreeSet<ServiceName>,
}

impl Snapshot {
    /// All Service ports in the order in which rules list them.
    pub fn ports(&self) -> impl Iterator<Item = &Rc<ServicePort>> {
        self.services.values().flatten()
    }
}
