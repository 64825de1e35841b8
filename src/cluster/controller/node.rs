//! What the node controllers do with a node that changed: taints that keep new Pods away, Pods of nodes that are gone.
//! upstream: pkg/controller/{nodelifecycle,podgc,nodeipam}/

use super::{Kind, Work, lifecycle};
use crate::api::ObjectExt;
use crate::api::resource::{NODES, PODS};
use crate::cluster::recorder::EventType;
use crate::cluster::{Change, Cluster, Key};
use crate::sim::{Duration, Time};
use serde_json::json;
use std::rc::Rc;

/// How long a node must be gone before its Pods are (`quarantineTime`) …
const QUARANTINE: Duration = Duration::secs(40);
/// … and how often that is looked for (`gcCheckPeriod`).
const GC_PERIOD: Duration = Duration::secs(20);

/// Puts a node into the queue if something changed that is looked at.
pub(super) fn on_change(cluster: &mut Cluster, change: &Change) {
    if let (Some(old), Some(new)) = (&change.old, &change.new)
        && old.at("spec") == new.at("spec")
    {
        let ready = |node| lifecycle::status_of(node, "Ready");
        if ready(old) == ready(new) {
            return;
        }
        if ready(new) == "True" {
            lifecycle::watch(cluster, &change.key.name);
        }
    }
    cluster.enqueue_name(Kind::Node, &"".into(), &change.key.name);
    let sets: Vec<Key> = cluster
        .store
        .list(&crate::api::resource::DAEMON_SETS, "")
        .map(|d| Key::of(&crate::api::resource::DAEMON_SETS, d))
        .collect();
    for key in sets {
        cluster.enqueue_name(Kind::DaemonSet, &key.namespace, &key.name);
    }
}

/// Brings a node's taints in line with its spec; removes the Pods of one that has been gone for a while.
// upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go doNoScheduleTaintingPass,
// pkg/controller/podgc/gc_controller.go gcOrphaned
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, name: &Rc<str>) {
    let Some(node) = cluster.store.find(&NODES, "", name).cloned() else {
        if cluster.controllers.nodes.remove(name) {
            let next = Time((cluster.now + QUARANTINE).0.div_ceil(GC_PERIOD.0) * GC_PERIOD.0);
            let work = Work { kind: Kind::Node, namespace: "".into(), name: name.clone() };
            cluster.enqueue_after(work, next.since(cluster.now));
            return;
        }
        let orphans: Vec<Key> = cluster
            .index
            .on_node(name)
            .map(|p| Key { resource: &PODS, namespace: p.key.0.clone(), name: p.key.1.clone() })
            .collect();
        for key in orphans {
            let _ = cluster.delete(&key, &json!({"gracePeriodSeconds": 0}));
        }
        return;
    };
    if cluster.controllers.nodes.insert(name.clone()) {
        let text = format!("Node {name} event: Registered Node {name} in Controller");
        cluster.record(
            super::source("node-controller"),
            (&NODES, &node),
            "",
            (EventType::Normal, "RegisteredNode"),
            &text,
        );
    }
    lifecycle::no_schedule(cluster, &node);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::api::Value;
    use crate::api::resource::{ENDPOINTS, SERVICES};
    use crate::cluster::Options;

    fn pass(cluster: &mut Cluster, seconds: u64) {
        cluster.advance(cluster.now + Duration::secs(seconds));
    }

    #[test]
    fn a_deleted_node_loses_its_pods_after_a_while_and_comes_back_when_its_kubelet_starts() {
        let mut cluster = Cluster::new(&Options::default());
        let spec = json!({"nodeName": "worker-1", "containers": [{"name": "c", "image": "nginx"}]});
        let pod: Value = json!({"metadata": {"name": "p", "namespace": "default"}, "spec": spec});
        cluster.create(&PODS, pod).unwrap();
        pass(&mut cluster, 3);
        let key = Key { resource: &NODES, namespace: "".into(), name: "worker-1".into() };
        cluster.delete(&key, &json!({})).unwrap();
        let there = |c: &Cluster| c.store.find(&PODS, "default", "p").map(|p| p.str_at("status.phase").to_owned());
        pass(&mut cluster, 38);
        assert_eq!(there(&cluster).as_deref(), Some("Running"));
        pass(&mut cluster, 24);
        assert_eq!(there(&cluster), None);
        assert!(cluster.store.find(&NODES, "", "worker-1").is_none(), "a kubelet that runs does not register again");
        cluster.restart_kubelet("worker-1");
        pass(&mut cluster, 1);
        let node = cluster.store.find(&NODES, "", "worker-1").unwrap();
        assert_eq!(lifecycle::status_of(node, "Ready"), "True");
        assert_eq!(node.str_at("spec.podCIDR"), "10.244.1.0/24");
    }

    #[test]
    fn the_api_server_makes_its_own_service_again() {
        let mut cluster = Cluster::new(&Options::default());
        let key = Key { resource: &SERVICES, namespace: "default".into(), name: "kubernetes".into() };
        cluster.delete(&key, &json!({})).unwrap();
        cluster.advance(cluster.now + Duration::millis(50));
        assert!(cluster.store.find(&ENDPOINTS, "default", "kubernetes").is_none());
        pass(&mut cluster, 11);
        let service = cluster.store.find(&SERVICES, "default", "kubernetes").unwrap();
        assert_eq!(service.str_at("spec.clusterIP"), "10.96.0.1");
        assert!(cluster.store.find(&ENDPOINTS, "default", "kubernetes").is_some());
    }
}
