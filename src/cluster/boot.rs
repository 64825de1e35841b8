//! The start cluster: what `kubeadm init` and two `kubeadm join` have left behind a few minutes later.

use super::{Cluster, Key, Options, kubelet};
use crate::api::resource::*;
use crate::api::{ObjectExt, Resource, Value, from_text};
use crate::network::Cidr;
use crate::sim::{Duration, Time};
use std::net::Ipv4Addr;

mod objects;
use objects::*;

/// How old the cluster is when a learner meets it.
const AGE: Duration = Duration::secs(183);

/// Fills an empty cluster.
pub(super) fn boot(cluster: &mut Cluster, options: &Options) {
    if options.workers > 250 {
        // More nodes than the recorded cluster's networks have room for.
        let range = |ip, bits| Cidr::new(Ipv4Addr::from(ip).into(), bits);
        cluster.network.set_ranges(range([192, 168, 32, 0], 19), range([10, 224, 0, 0], 11));
    }
    for name in ["kube-system", "default", "kube-node-lease", "kube-public"] {
        put(cluster, &NAMESPACES, from_text(NAMESPACE, &[("$name", name)]));
    }
    priority_classes(cluster);
    cluster.now = Time(1_120_000);
    kubernetes_service(cluster);
    cluster.now = Time(2_040_000);
    put(cluster, &CONFIG_MAPS, from_text(TOKEN_TRACKING, &[]));
    apiserver_lease(cluster);
    kubelet::node::register(cluster, 0, options.pods_per_node);
    coredns(cluster);
    cluster.advance(cluster.now + Duration::secs(3));
    for n in 1..=options.workers {
        cluster.advance(cluster.now + Duration::millis(if n < 4 { 900 } else { 0 }));
        kubelet::node::register(cluster, n, options.pods_per_node);
    }
    cluster.advance(cluster.now + AGE);
    // What was said of the nodes when they joined has been forgotten.
    let old: Vec<Key> = cluster.store.list(&EVENTS, "default").map(|e| Key::of(&EVENTS, e)).collect();
    for key in old {
        cluster.store.remove(&key);
    }
    kubelet::node::heartbeat(cluster);
    cluster.dispatch();
}

fn put(cluster: &mut Cluster, resource: &'static Resource, object: Value) -> std::rc::Rc<Value> {
    match cluster.create(resource, object) {
        Ok(object) => object,
        Err(_) => std::rc::Rc::new(Value::Null),
    }
}

fn priority_classes(cluster: &mut Cluster) {
    let rows = [
        ("system-node-critical", "2000001000", "must not be moved from their current node."),
        (
            "system-cluster-critical",
            "2000000000",
            "must run in the cluster, but can be moved to another node if necessary.",
        ),
    ];
    for (name, value, what) in rows {
        put(
            cluster,
            &PRIORITY_CLASSES,
            from_text(PRIORITY_CLASS, &[("$name", name), ("$value", value), ("$what", what)]),
        );
    }
}

/// `kubernetes`: the API server's own Service, whose endpoints it writes itself. What of it is there already stays.
// upstream: pkg/controlplane/controller/kubernetesservice/controller.go
pub(super) fn kubernetes_service(cluster: &mut Cluster) {
    put(cluster, &SERVICES, from_text(KUBERNETES_SERVICE, &[("$spec", SERVICE_SPEC), ("$ip", "10.96.0.1")]));
    put(cluster, &ENDPOINTS, from_text(KUBERNETES_ENDPOINTS, &[]));
    put(cluster, &ENDPOINT_SLICES, from_text(KUBERNETES_SLICE, &[]));
}

fn apiserver_lease(cluster: &mut Cluster) {
    let uid = cluster.new_uid();
    let renew = cluster.now.rfc3339_micro();
    put(cluster, &LEASES, from_text(APISERVER_LEASE, &[("$uid", &uid), ("$renew", &renew)]));
}

fn applied(object: &mut Value) {
    let mut bare = object.clone();
    if !bare.at("metadata.annotations").is_object() {
        bare.set("metadata.annotations", Value::Object(Default::default()));
    }
    let text = format!("{bare}\n");
    if !object.at("metadata.annotations").is_object() {
        object.set("metadata.annotations", Value::Object(Default::default()));
    }
    if let Some(map) = object.get_mut("metadata").and_then(|m| m.get_mut("annotations")).and_then(Value::as_object_mut)
    {
        map.insert("kubectl.kubernetes.io/last-applied-configuration".into(), text.into());
    }
}

/// kubeadm's DNS add-on: Service, Deployment and what the controllers made of them; both Pods are on the only node
/// that was there then.
fn coredns(cluster: &mut Cluster) {
    let mut service = from_text(DNS_SERVICE, &[]);
    applied(&mut service);
    let ports = service.at("spec.ports").clone();
    service.set("spec", from_text(&["{", SERVICE_SPEC, "}"].concat(), &[("$ip", "10.96.0.10")]));
    service.set("spec.ports", ports);
    service.set("spec.selector", from_text(r#"{"k8s-app": "kube-dns"}"#, &[]));
    service.set("status", from_text(r#"{"loadBalancer": {}}"#, &[]));
    put(cluster, &SERVICES, service);
    let mut deployment = from_text(DNS_DEPLOYMENT, &[]);
    applied(&mut deployment);
    for (path, defaults) in DNS_DEFAULTS {
        let Some(holder) = path.split('.').try_fold(&mut deployment, |here, key| match here {
            Value::Array(list) => list.first_mut(),
            _ => here.get_mut(key),
        }) else {
            continue;
        };
        if let (Some(holder), Value::Object(defaults)) = (holder.as_object_mut(), from_text(defaults, &[])) {
            holder.extend(defaults);
        }
    }
    put(cluster, &DEPLOYMENTS, deployment);
}
