//! What the node controllers do with a node that changed: taints that keep new Pods away, Pods of nodes that are gone.
//! upstream: pkg/controller/{nodelifecycle,podgc,nodeipam}/

use super::{Kind, lifecycle};
use crate::api::ObjectExt;
use crate::api::resource::{NODES, PODS};
use crate::cluster::recorder::EventType;
use crate::cluster::{Change, Cluster, Key};
use serde_json::json;
use std::rc::Rc;

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

/// Brings a node's taints in line with its spec; removes the Pods of one that is gone.
// upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go doNoScheduleTaintingPass
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, name: &Rc<str>) {
    let Some(node) = cluster.store.find(&NODES, "", name).cloned() else {
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
