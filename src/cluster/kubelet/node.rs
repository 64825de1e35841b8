//! A node as its kubelet registers and reports it. upstream: pkg/kubelet/kubelet_node_status.go

use super::{Node, Power};
use crate::api::resource::{LEASES, NODES};
use crate::api::{ObjectExt, Value, from_text};
use crate::cluster::Cluster;
use crate::cluster::recorder::{EventType, Source};
use crate::collections::BTreeSet;
use crate::network::{Cidr, Listener, NodeSpec, Protocol};
use crate::sim::{Duration, Time};
use std::net::Ipv4Addr;
use std::rc::Rc;

/// How often a kubelet reports.
pub(crate) const HEARTBEAT: Duration = Duration::secs(10);
/// Nodes beyond so many are not reported anew: their reports would say the same.
const REPORTING_MAX: usize = 64;

impl Node {
    /// The next free address of the node's range, in a circle (`host-local`).
    pub(super) fn allocate(&mut self) -> String {
        for _ in 2..=254 {
            let n = self.next_ip;
            self.next_ip = if n >= 254 { 2 } else { n + 1 };
            if self.taken.insert(n) {
                return format!("{}{n}", self.prefix);
            }
        }
        String::new()
    }
}

/// Makes node `n` (0 is `control-plane`) with its Node object and lease.
pub(crate) fn register(cluster: &mut Cluster, n: u32, pods_max: u32) {
    let name: Rc<str> = if n == 0 { "control-plane".into() } else { format!("worker-{n}").into() };
    let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(192, 168, 49, 2)).wrapping_add(n));
    let ip = address.to_string();
    let range = Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 244, 0, 0)).wrapping_add(n << 8));
    let prefix = range.to_string().trim_end_matches('0').to_owned();
    let cidr = format!("{range}/24");
    announce(cluster, &name, (&ip, &cidr, pods_max));
    let lease = r#"{"metadata": {"name": "$name", "namespace": "kube-node-lease"},
        "spec": {"holderIdentity": "$name", "leaseDurationSeconds": 40, "renewTime": "$now"}}"#;
    let lease = from_text(lease, &[("$name", &name), ("$now", &cluster.now.rfc3339_micro())]);
    let _ = cluster.create(&LEASES, lease);
    if let Some(node) = cluster.store.find(&NODES, "", &name).cloned() {
        // kube-proxy says so when it starts.
        let source = Source { component: "kube-proxy", host: &name };
        cluster.record(source, (&NODES, &node), "", (EventType::Normal, "Starting"), "");
    }
    let listeners = listeners(n == 0);
    let pod_cidr = Cidr::new(range.into(), 24);
    cluster.network.add_node(NodeSpec {
        name: name.to_string(),
        ip: address,
        pod_cidr,
        zone: String::new(),
        listeners,
    });
    let (taken, images) = (BTreeSet::new(), BTreeSet::new());
    let kubelet = Node { ip, prefix, pods_max, next_ip: 2, taken, images, power: Power::On, boots: 1 };
    cluster.kubelets.nodes.insert(name, kubelet);
}

/// Makes the Node object, unless there is one.
// upstream: pkg/kubelet/kubelet_node_status.go tryRegisterWithAPIServer
fn announce(cluster: &mut Cluster, name: &str, (ip, cidr, pods_max): (&str, &str, u32)) {
    let mut node = object(name, cidr, name == "control-plane");
    node["status"] = status(cluster, name, ip, pods_max);
    let _ = cluster.create(&NODES, node);
}

/// A kubelet that has just started makes its Node object again, if that was deleted. While it runs it does not.
#[inline(never)] // kept apart: loaded with the rest of the engine
pub(super) fn announce_again(cluster: &mut Cluster, name: &str) {
    if cluster.store.find(&NODES, "", name).is_none()
        && let Some(node) = cluster.kubelets.nodes.get(name)
    {
        let (ip, cidr, pods_max) = (node.ip.clone(), format!("{}0/24", node.prefix), node.pods_max);
        announce(cluster, name, (&ip, &cidr, pods_max));
    }
}

/// What listens on a node itself.
fn listeners(control_plane: bool) -> Vec<Listener> {
    let mut all = vec![Listener::new(Protocol::Tcp, 10250, "kubelet")];
    let local = |port, owner| Listener { loopback_only: true, ..Listener::new(Protocol::Tcp, port, owner) };
    all.push(local(10256, "kube-proxy"));
    if control_plane {
        all.push(Listener::new(Protocol::Tcp, 6443, "kube-apiserver"));
        all.push(local(2379, "etcd"));
        all.push(local(10257, "kube-controller-manager"));
        all.push(local(10259, "kube-scheduler"));
    }
    all
}

fn object(name: &str, cidr: &str, control_plane: bool) -> Value {
    let mut node = from_text(NODE, &[("$name", name), ("$cidr", cidr)]);
    if control_plane {
        for key in ["node-role.kubernetes.io/control-plane", "node.kubernetes.io/exclude-from-external-load-balancers"]
        {
            node["metadata"]["labels"][key] = "".into();
        }
        let taints = r#"[{"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"}]"#;
        node.set("spec.taints", from_text(taints, &[]));
    }
    node
}

const NODE: &str = r#"{
    "metadata": {"name": "$name",
        "labels": {"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": "$name", "kubernetes.io/os": "linux"},
        "annotations": {"node.alpha.kubernetes.io/ttl": "0",
            "volumes.kubernetes.io/controller-managed-attach-detach": "true"}},
    "spec": {"podCIDR": "$cidr", "podCIDRs": ["$cidr"]}}"#;

fn status(cluster: &Cluster, name: &str, ip: &str, pods_max: u32) -> Value {
    let (machine, pods) = (boot_id(name, 1), pods_max.to_string());
    let words = [("$name", name), ("$ip", ip), ("$machine", &machine), ("$pods", &pods)];
    let mut status = from_text(STATUS, &words);
    status.set("capacity", status.at("allocatable").clone());
    status.set("conditions", conditions(cluster.now));
    status
}

const STATUS: &str = r#"{
    "addresses": [{"address": "$ip", "type": "InternalIP"}, {"address": "$name", "type": "Hostname"}],
    "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "$pods",
        "ephemeral-storage": "61255492Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0"},
    "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
    "nodeInfo": {
        "architecture": "amd64", "bootID": "$machine", "containerRuntimeVersion": "containerd://2.1.4",
        "kernelVersion": "6.1.0-18-amd64", "kubeProxyVersion": "", "kubeletVersion": "v1.36.3",
        "machineID": "$machine", "operatingSystem": "linux", "osImage": "Debian GNU/Linux 12 (bookworm)",
        "systemUUID": "$machine"}}"#;

/// The conditions that a healthy kubelet reports.
pub(super) fn conditions(now: Time) -> Vec<Value> {
    let now = now.rfc3339();
    let rows = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ];
    let condition = |(kind, status, reason, message): (&str, &str, &str, &str)| {
        let words =
            [("$kind", kind), ("$status", status), ("$reason", reason), ("$message", message), ("$now", now.as_str())];
        from_text(CONDITION, &words)
    };
    rows.into_iter().map(condition).collect()
}

const CONDITION: &str = r#"{"type": "$kind", "status": "$status", "reason": "$reason", "message": "$message",
    "lastHeartbeatTime": "$now", "lastTransitionTime": "$now"}"#;

/// 32 hex digits that tell machines and their boots apart.
pub(super) fn boot_id(name: &str, boots: u32) -> String {
    let hash = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    let half = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, hash);
    let second = (1..boots).fold(half, |h, boot| hash(h, boot as u8));
    format!("{half:016x}{second:016x}")
}

/// Renews every living kubelet's lease and report, and plans the next time.
pub(crate) fn heartbeat(cluster: &mut Cluster) {
    if cluster.kubelets.nodes.len() <= REPORTING_MAX {
        beat(cluster);
    }
    cluster.queue.push(cluster.now + HEARTBEAT, crate::cluster::world::Event::Heartbeat);
}

fn beat(cluster: &mut Cluster) {
    let living = cluster.kubelets.nodes.iter().filter(|(_, n)| n.power == Power::On);
    let names: Vec<Rc<str>> = living.map(|(name, _)| name.clone()).collect();
    let (now, micro) = (cluster.now.rfc3339(), cluster.now.rfc3339_micro());
    for name in names {
        if let Some(lease) = cluster.store.find(&LEASES, "kube-node-lease", &name) {
            let mut lease = lease.as_ref().clone();
            lease.set("spec.renewTime", micro.clone());
            cluster.store.put(&LEASES, lease);
        }
        if let Some(node) = cluster.store.find(&NODES, "", &name) {
            let mut node = node.as_ref().clone();
            let conditions = node.get_mut("status").and_then(|s| s.get_mut("conditions")).and_then(Value::as_array_mut);
            for condition in conditions.into_iter().flatten() {
                condition["lastHeartbeatTime"] = now.clone().into();
            }
            cluster.store.put(&NODES, node);
        }
    }
}
