//! The start cluster: what `kubeadm init` and two `kubeadm join` have left behind a few minutes later.

use super::{Cluster, Key, Options, kubelet};
use crate::api::resource::*;
use crate::api::{ObjectExt, Resource, Value};
use crate::network::Cidr;
use crate::sim::{Duration, Time};
use serde_json::json;
use std::net::Ipv4Addr;

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
        put(
            cluster,
            &NAMESPACES,
            json!({
                "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
            }),
        );
    }
    priority_classes(cluster);
    cluster.now = Time(1_120_000);
    kubernetes_service(cluster);
    cluster.now = Time(2_040_000);
    put(
        cluster,
        &CONFIG_MAPS,
        json!({"data": {"since": "2026-11-24"}, "metadata": {
        "name": "kube-apiserver-legacy-service-account-token-tracking", "namespace": "kube-system"}}),
    );
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
        ("system-node-critical", 2_000_001_000u64, "must not be moved from their current node."),
        (
            "system-cluster-critical",
            2_000_000_000,
            "must run in the cluster, but can be moved to another node if necessary.",
        ),
    ];
    for (name, value, what) in rows {
        put(
            cluster,
            &PRIORITY_CLASSES,
            json!({
                "metadata": {"name": name}, "value": value, "preemptionPolicy": "PreemptLowerPriority",
                "description": format!("Used for system critical pods that {what}"),
            }),
        );
    }
}

/// `kubernetes`: the API server's own Service, whose endpoints it writes itself.
fn kubernetes_service(cluster: &mut Cluster) {
    put(
        cluster,
        &SERVICES,
        json!({
            "metadata": {"name": "kubernetes", "namespace": "default",
                "labels": {"component": "apiserver", "provider": "kubernetes"}},
            "spec": service_spec("10.96.0.1", json!([{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}])),
            "status": {"loadBalancer": {}},
        }),
    );
    let ports = json!([{"name": "https", "port": 6443, "protocol": "TCP"}]);
    put(
        cluster,
        &ENDPOINTS,
        json!({
            "metadata": {"name": "kubernetes", "namespace": "default",
                "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
            "subsets": [{"addresses": [{"ip": "192.168.49.2"}], "ports": ports}],
        }),
    );
    put(
        cluster,
        &ENDPOINT_SLICES,
        json!({
            "metadata": {"name": "kubernetes", "namespace": "default",
                "labels": {"kubernetes.io/service-name": "kubernetes"}},
            "addressType": "IPv4", "ports": ports,
            "endpoints": [{"addresses": ["192.168.49.2"], "conditions": {"ready": true}}],
        }),
    );
}

fn service_spec(ip: &str, ports: Value) -> Value {
    json!({"clusterIP": ip, "clusterIPs": [ip], "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "ports": ports, "sessionAffinity": "None", "type": "ClusterIP"})
}

fn apiserver_lease(cluster: &mut Cluster) {
    let name = "apiserver-wlv32tlttr4jl3gtroqexyxapa";
    let holder = format!("{name}_{}", cluster.new_uid());
    let renew = cluster.now.rfc3339_micro();
    put(
        cluster,
        &LEASES,
        json!({
            "metadata": {"name": name, "namespace": "kube-system",
                "annotations": {"kubernetes.io/peer-advertise-address": "192.168.49.2:6443"},
                "labels": {"apiserver.kubernetes.io/identity": "kube-apiserver", "kubernetes.io/hostname": "control-plane"}},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 3600, "renewTime": renew},
        }),
    );
}

fn applied(object: &mut Value) {
    let mut bare = object.clone();
    if !bare.at("metadata.annotations").is_object() {
        bare.set("metadata.annotations", json!({}));
    }
    let text = format!("{bare}\n");
    if !object.at("metadata.annotations").is_object() {
        object.set("metadata.annotations", json!({}));
    }
    if let Some(map) = object.get_mut("metadata").and_then(|m| m.get_mut("annotations")).and_then(Value::as_object_mut)
    {
        map.insert("kubectl.kubernetes.io/last-applied-configuration".into(), text.into());
    }
}

/// kubeadm's DNS add-on: Service, Deployment and what the controllers made of them; both Pods are on the only node
/// that was there then.
fn coredns(cluster: &mut Cluster) {
    let port = |name: &str, port: u32, protocol: &str| json!({"name": name, "port": port, "protocol": protocol});
    let all = || [port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("metrics", 9153, "TCP")];
    let mut service_ports = all();
    for p in &mut service_ports {
        p["targetPort"] = p["port"].clone();
    }
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system",
            "annotations": {"prometheus.io/port": "9153", "prometheus.io/scrape": "true"},
            "labels": {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}},
        "spec": {"clusterIP": "10.96.0.10", "ports": service_ports, "selector": {"k8s-app": "kube-dns"}},
    });
    applied(&mut service);
    service["spec"] = service_spec("10.96.0.10", service_ports.to_vec().into());
    service["spec"]["selector"] = json!({"k8s-app": "kube-dns"});
    service["status"] = json!({"loadBalancer": {}});
    put(cluster, &SERVICES, service);
    put(cluster, &DEPLOYMENTS, coredns_deployment(&all()));
}

fn coredns_deployment(ports: &[Value]) -> Value {
    let container_ports: Vec<Value> = ports
        .iter()
        .map(|p| json!({"containerPort": p["port"], "name": p["name"], "protocol": p["protocol"]}))
        .collect();
    let mut deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"k8s-app": "kube-dns"}}, "template": {
            "metadata": {"labels": {"k8s-app": "kube-dns"}},
            "spec": {
                "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"},
                    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}],
                "containers": [{"name": "coredns", "image": "registry.k8s.io/coredns/coredns:v1.13.1",
                    "ports": container_ports}],
            }}},
    });
    applied(&mut deployment);
    let spec = &mut deployment["spec"];
    spec["progressDeadlineSeconds"] = 600.into();
    spec["revisionHistoryLimit"] = 10.into();
    spec["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
    let pod = &mut spec["template"]["spec"];
    for (key, value) in [
        ("dnsPolicy", json!("ClusterFirst")),
        ("restartPolicy", json!("Always")),
        ("schedulerName", json!("default-scheduler")),
        ("securityContext", json!({})),
        ("terminationGracePeriodSeconds", json!(30)),
    ] {
        pod[key] = value;
    }
    for (key, value) in [
        ("imagePullPolicy", json!("IfNotPresent")),
        ("resources", json!({})),
        ("terminationMessagePath", json!("/dev/termination-log")),
        ("terminationMessagePolicy", json!("File")),
    ] {
        pod["containers"][0][key] = value;
    }
    deployment
}
