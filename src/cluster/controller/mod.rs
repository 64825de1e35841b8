//! The controllers: each looks at one object, compares what is with what should be, and writes the difference.
//!
//! A change in the store puts the objects it concerns into work queues; a queue holds an object once, so a thousand
//! changes that arrive before a worker gets to it cost one sync.

mod cronjob;
mod daemonset;
mod deployment;
mod endpoints;
mod endpointslice;
mod eviction;
pub(crate) mod garbage;
mod gohash;
mod job;
pub(crate) mod lifecycle;
mod mirroring;
pub(crate) mod namespace;
mod node;
pub(crate) mod pods;
mod replicaset;
mod revision;
mod statefulset;
mod subsets;

use super::index::{controller_of, is};
use super::recorder::Source;
use super::world::Event;
use super::{Change, Cluster, Method, Request, Server};
use crate::api::resource::*;
use crate::api::{ObjectExt, Resource, Value};
use crate::collections::BTreeSet;
use crate::sim::{Duration, Time};
use std::rc::Rc;

/// Which controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The API server looks after its own Service.
    ApiServer,
    CronJob,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Endpoints,
    /// The taint manager deletes a Pod.
    Eviction,
    Job,
    /// The node monitor looks at a node.
    Lifecycle,
    Mirroring,
    Namespace,
    /// A lost node is tainted, so that its Pods go.
    NoExecute,
    Node,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
}

/// One entry of a work queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Work {
    pub kind: Kind,
    pub namespace: Rc<str>,
    pub name: Rc<str>,
}

/// What the controllers keep beside the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    queued: BTreeSet<Work>,
    endpoint_triggers: endpoints::Triggers,
    /// Revisions that the EndpointSlice controllers wrote themselves (`EndpointSliceTracker`).
    own_slices: BTreeSet<u64>,
    digests: endpointslice::Digests,
    /// Nodes that the node controller has met.
    nodes: BTreeSet<Rc<str>>,
    evictions: eviction::Planned,
    /// The earliest moment at which another lost node's Pods may be evicted.
    next_eviction: Time,
}

/// `source.component` of a controller's events.
fn source(component: &'static str) -> Source<'static> {
    Source { component, host: "" }
}

impl Cluster {
    /// Puts an object into a controller's queue, where it is once.
    pub(crate) fn enqueue(&mut self, work: Work) {
        let delay = delay(self, &work);
        self.enqueue_soon(work, delay);
    }
    /// As [`Cluster::enqueue`], the sync being over after `delay`.
    fn enqueue_soon(&mut self, work: Work, delay: Duration) {
        if self.controllers.queued.contains(&work) {
            return;
        }
        self.controllers.queued.insert(work.clone());
        self.queue.push(self.now + delay, Event::Work(work));
    }
    fn enqueue_name(&mut self, kind: Kind, namespace: &Rc<str>, name: &Rc<str>) {
        self.enqueue(Work { kind, namespace: namespace.clone(), name: name.clone() });
    }
    /// Puts it in after a while (`AddAfter`).
    pub(crate) fn enqueue_after(&mut self, work: Work, after: Duration) {
        self.queue.push(self.now + after, Event::Later(work));
    }
}

/// How often the API server looks after the Service that leads to it (`EndpointReconcilerInterval`).
const OWN_SERVICE: Duration = Duration::secs(10);
/// From a ReplicaSet's new status to its Deployment's answer.
const REPORT: Duration = Duration::millis(1);

/// How long it takes from a change to the end of the sync it causes: informer, queue, requests. A sync of many
/// endpoints takes longer, during which more changes gather.
fn delay(cluster: &Cluster, work: &Work) -> Duration {
    match work.kind {
        Kind::Endpoints | Kind::EndpointSlice => {
            let service = cluster.store.find(&SERVICES, &work.namespace, &work.name);
            let pairs = service.map(|s| s.pairs_at("spec.selector")).unwrap_or_default();
            let pods = cluster.index.selection_size(&work.namespace, &pairs) as u64;
            Duration::micros(2_500 + pods * 120)
        }
        Kind::ReplicaSet => {
            let set = cluster.store.find(&REPLICA_SETS, &work.namespace, &work.name);
            let pods = set.and_then(|s| s.int_at("status.replicas")).unwrap_or(0).max(0) as u64;
            Duration::micros(3_000 + pods * 30)
        }
        Kind::Deployment => Duration::millis(12),
        Kind::Namespace => Duration::millis(5),
        _ => Duration::millis(3),
    }
}

/// One worker's turn. The syncs stay apart (`#[inline(never)]`): the page first loads those that the start cluster needs.
pub(crate) fn work(cluster: &mut Cluster, work: Work) {
    cluster.controllers.queued.remove(&work);
    let Work { kind, namespace, name } = work;
    match kind {
        Kind::ApiServer => crate::cluster::boot::kubernetes_service(cluster),
        Kind::CronJob => cronjob::sync(cluster, &namespace, &name),
        Kind::DaemonSet => daemonset::sync(cluster, &namespace, &name),
        Kind::Deployment => deployment::sync(cluster, &namespace, &name),
        Kind::EndpointSlice => endpointslice::sync(cluster, &namespace, &name),
        Kind::Endpoints => endpoints::sync(cluster, &namespace, &name),
        Kind::Eviction => eviction::sync(cluster, (namespace, name)),
        Kind::Job => job::sync(cluster, &namespace, &name),
        Kind::Lifecycle => lifecycle::sync(cluster, &name),
        Kind::Mirroring => mirroring::sync(cluster, &namespace, &name),
        Kind::Namespace => namespace::sync(cluster, &name),
        Kind::NoExecute => lifecycle::taint(cluster, &name),
        Kind::Node => node::sync(cluster, &name),
        Kind::ReplicaSet => replicaset::sync(cluster, &REPLICA_SETS, &namespace, &name),
        Kind::ReplicationController => replicaset::sync(cluster, &REPLICATION_CONTROLLERS, &namespace, &name),
        Kind::StatefulSet => statefulset::sync(cluster, &namespace, &name),
    }
}

/// Resources that a controller of the same name works on.
fn kind_of(resource: &'static Resource) -> Option<Kind> {
    let table: [(&'static Resource, Kind); 7] = [
        (&REPLICA_SETS, Kind::ReplicaSet),
        (&DEPLOYMENTS, Kind::Deployment),
        (&DAEMON_SETS, Kind::DaemonSet),
        (&STATEFUL_SETS, Kind::StatefulSet),
        (&JOBS, Kind::Job),
        (&CRON_JOBS, Kind::CronJob),
        (&REPLICATION_CONTROLLERS, Kind::ReplicationController),
    ];
    table.into_iter().find(|(r, _)| is(r, resource)).map(|(_, k)| k)
}

/// Puts what a change concerns into the queues.
pub(crate) fn on_change(cluster: &mut Cluster, change: &Change) {
    let key = &change.key;
    let resource = key.resource;
    if is(resource, &EVENTS) || is(resource, &LEASES) {
        return;
    }
    garbage::on_change(cluster, change);
    if change.new.is_none() && &*key.name == "kubernetes" && &*key.namespace == "default" {
        let next = Time((cluster.now.0 / OWN_SERVICE.0 + 1) * OWN_SERVICE.0);
        let work = Work { kind: Kind::ApiServer, namespace: key.namespace.clone(), name: key.name.clone() };
        cluster.enqueue_after(work, next.since(cluster.now));
    }
    if let Some(kind) = kind_of(resource) {
        if !own_status(kind, change) {
            cluster.enqueue_name(kind, &key.namespace, &key.name);
        }
        enqueue_owner(cluster, change);
    } else if is(resource, &PODS) {
        pods::on_change(cluster, change);
        endpoints::on_pod(cluster, change);
        eviction::on_pod(cluster, change);
    } else if is(resource, &SERVICES) {
        for kind in [Kind::Endpoints, Kind::EndpointSlice, Kind::Mirroring] {
            cluster.enqueue_name(kind, &key.namespace, &key.name);
        }
    } else if is(resource, &ENDPOINTS) {
        cluster.enqueue_name(Kind::Mirroring, &key.namespace, &key.name);
        if change.new.is_none() {
            cluster.enqueue_name(Kind::Endpoints, &key.namespace, &key.name);
        }
    } else if is(resource, &ENDPOINT_SLICES) {
        endpointslice::on_slice(cluster, change);
    } else if is(resource, &NAMESPACES) {
        if change.new.is_some() {
            cluster.enqueue_name(Kind::Namespace, &key.namespace, &key.name);
        }
    } else if is(resource, &NODES) {
        node::on_change(cluster, change);
        eviction::on_node(cluster, change);
    } else if (is(resource, &SERVICE_ACCOUNTS) || is(resource, &CONFIG_MAPS)) && change.new.is_none() {
        cluster.enqueue_name(Kind::Namespace, &"".into(), &key.namespace);
    }
}

/// A change that only the status of a ReplicaSet has, which its own controller wrote and learns nothing from.
fn own_status(kind: Kind, change: &Change) -> bool {
    let (Kind::ReplicaSet | Kind::ReplicationController, Some(old), Some(new)) = (kind, &change.old, &change.new)
    else {
        return false;
    };
    let generation = |v: &Value| v.int_at("metadata.generation");
    generation(old) == generation(new)
        && old.at("metadata").get("deletionTimestamp") == new.at("metadata").get("deletionTimestamp")
        && old.at("status") != new.at("status")
}

/// Puts the controllers of the object, before and after, into their queues.
fn enqueue_owner(cluster: &mut Cluster, change: &Change) {
    for object in [&change.old, &change.new].into_iter().flatten() {
        let Some(owner) = controller_of(object) else { continue };
        let resource = Resource::by_kind(owner.str_at("apiVersion"), owner.str_at("kind"));
        if let Some(kind) = resource.and_then(kind_of) {
            let work = Work { kind, namespace: change.key.namespace.clone(), name: owner.str_at("name").into() };
            // A Deployment answers what its ReplicaSets report faster than it goes on after its own writes.
            let reported = own_status(Kind::ReplicaSet, change);
            let delay = if kind == Kind::Deployment && reported { REPORT } else { delay(cluster, &work) };
            cluster.enqueue_soon(work, delay);
        }
    }
}

impl Cluster {
    /// Creates an object as a client would, so that defaults and what the server derives are filled in.
    fn create_as_client(&mut self, resource: &'static Resource, object: Value) -> Option<Value> {
        let request = Request::new(Method::Post, resource.path(object.namespace())).body(object);
        let answer = Server::request(self, &request);
        answer.ok().then_some(answer.body)
    }
}

/// A reference that makes `owner` the controller of what bears it (`metav1.NewControllerRef`).
fn controller_ref(resource: &'static Resource, owner: &Value) -> Value {
    serde_json::json!({"apiVersion": resource.api_version(), "kind": resource.kind, "name": owner.name(),
        "uid": owner.uid(), "controller": true, "blockOwnerDeletion": true})
}
