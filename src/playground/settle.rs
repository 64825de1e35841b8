//! Letting time pass until the cluster is at rest.

use crate::api::{ObjectExt, Resource, resource};
use crate::cluster::Cluster;
use crate::sim::{Duration, Time};

/// Nothing may have changed for this long.
const QUIET: Duration = Duration::millis(1300);
/// At most this long.
const LIMIT: Duration = Duration::secs(25);
/// How often to look.
const LOOK: Duration = Duration::millis(150);

/// What is watched: changes of anything else don't count.
fn watched() -> [&'static Resource; 7] {
    [
        &resource::PODS,
        &resource::SERVICES,
        &resource::ENDPOINTS,
        &resource::ENDPOINT_SLICES,
        &resource::REPLICA_SETS,
        &resource::DEPLOYMENTS,
        &resource::EVENTS,
    ]
}

/// Lets time pass until no Pod of the default namespace is starting or ending and nothing has changed for a while.
pub fn settle(cluster: &mut Cluster) {
    let end = cluster.now + LIMIT;
    let (mut seen, mut since) = (fingerprint(cluster), cluster.now);
    while cluster.now < end {
        let mark = fingerprint(cluster);
        if mark != seen || moving(cluster) {
            (seen, since) = (mark, cluster.now);
        } else if cluster.now.since(since) >= QUIET {
            return;
        }
        let next = Time((cluster.now + LOOK).0.min(end.0));
        cluster.advance(next);
    }
}

/// Names and versions of all that is watched.
fn fingerprint(cluster: &Cluster) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    let store = &cluster.store;
    for object in
        watched().into_iter().flat_map(|r| store.list(r, "default")).chain(store.list(&resource::NAMESPACES, ""))
    {
        add(object.name());
        add(object.str_at("metadata.resourceVersion"));
    }
    hash
}

/// Whether a Pod is on its way in or out.
fn moving(cluster: &Cluster) -> bool {
    cluster.store.list(&resource::PODS, "default").any(|pod| {
        if !pod.str_at("metadata.deletionTimestamp").is_empty() {
            return true;
        }
        let states = pod.list_at("status.containerStatuses");
        let known = matches!(pod.str_at("spec.nodeName"), "control-plane" | "worker-1" | "worker-2");
        known && (states.is_empty() || states.iter().any(|s| s.str_at("state.waiting.reason") == "ContainerCreating"))
    })
}
