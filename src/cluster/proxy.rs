//! The kube-proxies' and CoreDNS' informers: they learn of Services, EndpointSlices and namespaces, and some
//! milliseconds later every node's rules follow. The rules themselves are [`crate::network`]'s.

use super::index::is;
use super::world::Event;
use super::{Change, Cluster};
use crate::api::ObjectExt;
use crate::api::resource::{ENDPOINT_SLICES, NAMESPACES, NODES, SERVICES};
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
