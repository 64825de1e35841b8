//! The subresource `proxy`: HTTP requests through the API server.
//! upstream: pkg/registry/core/service/storage/storage.go ResourceLocation, pkg/registry/core/pod/strategy.go

use super::{Answer, Call};
use crate::api::resource::{ENDPOINTS, PODS};
use crate::api::status::Status;
use crate::api::{ObjectExt, Value};
use crate::cluster::Cluster;
use crate::cluster::image::HttpRequest;
use crate::sim::Stream;
use std::net::{Ipv4Addr, SocketAddrV4};

/// The address that the API server's own requests come from.
const API_SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 49, 2), 0);

/// 503
fn unavailable(message: String) -> Box<Status> {
    Box::new(Status { code: 503, reason: "ServiceUnavailable", message, details: Value::Null })
}

/// Scheme, name and port of `[SCHEME:]NAME[:PORT]`.
/// upstream: staging/src/k8s.io/apimachinery/pkg/util/net/port_split.go SplitSchemeNamePort
fn split(id: &str) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = id.split(':').collect();
    let (scheme, name, port) = match parts[..] {
        [name] => ("", name, ""),
        [name, port] => ("", name, port),
        [scheme @ ("" | "http" | "https"), name, port] => (scheme, name, port),
        _ => return None,
    };
    (!name.is_empty()).then_some((scheme, name, port))
}

impl Cluster {
    /// Finds who is to answer and asks it.
    pub(super) fn proxy(&mut self, call: &Call<'_>) -> Answer {
        let path = format!("/{}", call.route.rest);
        let (pod, port) = match call.route.resource.plural {
            "services" => self.service_backend(call)?,
            "pods" => self.pod_backend(call)?,
            _ => return Err(Status::no_such_path()),
        };
        let request = HttpRequest { method: "GET".into(), path, ..HttpRequest::default() };
        let listening = u16::try_from(port).ok();
        // The API server asks from its own node.
        match listening.and_then(|port| self.serve(call.route.namespace, &pod, port, &request, API_SERVER)) {
            Some(answer) => Ok((answer.status, answer.body.into())),
            None => {
                let ip =
                    self.store.find(&PODS, call.route.namespace, &pod).map(|p| p.str_at("status.podIP").to_owned());
                let ip = ip.unwrap_or_default();
                let why = format!("error trying to reach service: dial tcp {ip}:{port}: connect: connection refused");
                Err(unavailable(why))
            }
        }
    }

    /// A random ready address of the Service's Endpoints that is a Pod's.
    fn service_backend(&mut self, call: &Call<'_>) -> Result<(String, i64), Box<Status>> {
        let (id, namespace) = (call.route.name, call.route.namespace);
        let Some((_, name, port)) = split(id) else {
            return Err(Status::bad_request(format!("invalid service request {id:?}")));
        };
        let none = |id: &str| unavailable(format!("no endpoints available for service {id:?}"));
        let mut port_name = port.to_owned();
        if let Ok(number) = port.parse::<i64>() {
            let resource = call.route.resource;
            let service =
                self.store.find(resource, namespace, name).ok_or_else(|| Status::not_found(resource, name))?;
            let found = service.list_at("spec.ports").iter().find(|p| p.int_at("port") == Some(number));
            let Some(found) = found else {
                return Err(unavailable(format!("no service port {number} found for service {name:?}")));
            };
            port_name = found.str_at("name").to_owned();
        }
        let endpoints = self.store.find(&ENDPOINTS, namespace, name).cloned();
        let endpoints = endpoints.ok_or_else(|| Status::not_found(&ENDPOINTS, name))?;
        let subsets = endpoints.list_at("subsets");
        if subsets.is_empty() {
            return Err(none(name));
        }
        let first = self.random.below(Stream::Balancing, subsets.len() as u64) as usize;
        for subset in subsets.iter().cycle().skip(first).take(subsets.len()) {
            let addresses = subset.list_at("addresses");
            let Some(port) = subset.list_at("ports").iter().find(|p| p.str_at("name") == port_name) else { continue };
            if addresses.is_empty() {
                continue;
            }
            let start = self.random.below(Stream::Balancing, addresses.len() as u64) as usize;
            let mut tries = addresses.iter().cycle().skip(start).take(addresses.len());
            if let Some(address) = tries.find(|a| self.is_pod_address(namespace, a)) {
                return Ok((address.str_at("targetRef.name").into(), port.int_at("port").unwrap_or(0)));
            }
        }
        Err(none(id))
    }

    /// upstream: storage.go isValidAddress
    fn is_pod_address(&self, namespace: &str, address: &Value) -> bool {
        let target = address.at("targetRef");
        let pod = self.store.find(&PODS, target.str_at("namespace"), target.str_at("name"));
        let here = target.str_at("namespace") == namespace;
        here && pod.is_some_and(|p| p.str_at("status.podIP") == address.str_at("ip"))
    }

    /// A Pod by name; its first container's first port if none is asked for.
    fn pod_backend(&mut self, call: &Call<'_>) -> Result<(String, i64), Box<Status>> {
        let id = call.route.name;
        let Some((_, name, port)) = split(id) else {
            return Err(Status::bad_request(format!("invalid pod request {id:?}")));
        };
        let pod = self.store.find(&PODS, call.route.namespace, name).ok_or_else(|| Status::not_found(&PODS, name))?;
        if pod.str_at("status.podIP").is_empty() {
            return Err(Status::bad_request("address not allowed"));
        }
        let declared = pod.list_at("spec.containers").iter().flat_map(|c| c.list_at("ports"));
        let first = declared.filter_map(|p| p.int_at("containerPort")).next();
        let port = if port.is_empty() { first.unwrap_or(80) } else { port.parse().unwrap_or(80) };
        Ok((name.into(), port))
    }
}
