//! The kube-proxies' and CoreDNS' informers: they learn of Services, EndpointSlices and namespaces, and some
//! milliseconds later every node's rules follow. The rules themselves are [`crate::network`]'s.

use super::image::HttpResponse;
use super::index::is;
use super::world::Event;
use super::{Change, Cluster};
use crate::api::ObjectExt;
use crate::api::resource::{ENDPOINT_SLICES, NAMESPACES, NODES, SERVICES};
use crate::network::HostId;
use crate::sim::{Duration, Time};

/// From a change until the rules are written, if nothing was written lately.
const SYNC: Duration = Duration::millis(12);
/// Between two syncs (`--iptables-min-sync-period`).
const MIN_SYNC_PERIOD: Duration = Duration::secs(1);

/// When the proxies write.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    planned: bool,
    last: Option<Time>,
}

/// Hands a change to the informers and plans a sync.
// upstream: pkg/proxy/iptables/proxier.go OnServiceUpdate, OnEndpointSliceUpdate; pkg/proxy/runner/
pub(crate) fn on_change(cluster: &mut Cluster, change: &Change) {
    let (key, new) = (&change.key, change.new.clone());
    if is(key.resource, &SERVICES) {
        cluster.network.inputs.set_service(&key.namespace, &key.name, new);
    } else if is(key.resource, &ENDPOINT_SLICES) {
        cluster.network.inputs.set_slice(&key.namespace, &key.name, new);
    } else if is(key.resource, &NAMESPACES) {
        if new.is_some() {
            cluster.network.namespaces.insert(key.name.clone());
        } else {
            cluster.network.namespaces.remove(&key.name);
        }
        return;
    } else if is(key.resource, &NODES) {
        let zone = new.as_ref().and_then(|n| n.label("topology.kubernetes.io/zone")).unwrap_or("");
        if let Some(node) = cluster.network.node(&key.name) {
            cluster.network.set_zone(node, zone);
        }
        return;
    } else {
        return;
    }
    if !cluster.proxies.planned {
        cluster.proxies.planned = true;
        let soon = cluster.now + SYNC;
        let at = cluster.proxies.last.map_or(soon, |last| soon.max(last + MIN_SYNC_PERIOD));
        cluster.queue.push(at, Event::ProxySync);
    }
}

/// Every node's kube-proxy writes what it knows.
// upstream: pkg/proxy/iptables/proxier.go syncProxyRules
pub(crate) fn sync(cluster: &mut Cluster) {
    cluster.proxies = State { planned: false, last: Some(cluster.now) };
    let snapshot = cluster.network.inputs.snapshot();
    cluster.network.sync(&snapshot);
}

/// What a node's kube-proxy answers over HTTP: health checks of load balancers (health check node ports), its own health
/// (10256), and its mode (10249).
// upstream: pkg/proxy/healthcheck/{service_health,proxy_health}.go, cmd/kube-proxy/app/server.go serveMetrics
pub(super) fn http(cluster: &Cluster, node: HostId, port: u16, path: &str) -> Option<HttpResponse> {
    let sniff = ("X-Content-Type-Options", "nosniff".to_owned());
    let (json, text) = ("application/json", "text/plain; charset=utf-8");
    let answer = |status, content_type, body: String| {
        Some(HttpResponse { status, content_type, headers: vec![sniff.clone()], body })
    };
    if let Some(check) = cluster.network.health_check(node, port) {
        let ((namespace, name), n) = (&check.service, check.local_endpoints);
        let body = format!(
            "{{\n\t\"service\": {{\n\t\t\"namespace\": \"{namespace}\",\n\t\t\"name\": \"{name}\"\n\t}},\n\t\
             \"localEndpoints\": {n},\n\t\"serviceProxyHealthy\": true\n}}"
        );
        let mut response = answer(if n > 0 { 200 } else { 503 }, json, body)?;
        response.headers.push(("X-Load-Balancing-Endpoint-Weight", n.to_string()));
        return Some(response);
    }
    let missing = || answer(404, text, "404 page not found\n".to_owned());
    match (port, path) {
        (10256, "/healthz" | "/livez") => {
            let now = cluster.now.rfc3339_micro();
            let written = cluster.proxies.last.unwrap_or_default().rfc3339_micro();
            let eligible = if path == "/healthz" { "\"nodeEligible\":true," } else { "" };
            let family = format!("{{\"lastUpdated\":\"{written}\",\"healthy\":true}}");
            let body = format!(
                "{{\"lastUpdated\":\"{now}\",\"currentTime\":\"{now}\",{eligible}\"healthy\":true,\
                 \"status\":{{\"IPv4\":{family},\"IPv6\":{family}}}}}"
            );
            answer(200, json, body)
        }
        (10249, "/healthz") => answer(200, text, "ok".to_owned()),
        (10249, "/proxyMode") => answer(200, text, if cluster.nftables { "nftables" } else { "iptables" }.to_owned()),
        (10249 | 10256, _) => missing(),
        _ => None,
    }
}
