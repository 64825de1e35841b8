//! Nodes that are switched off and on again: the kubelet falls silent, its Pods stop where they are, and after the boot
//! everything starts anew. upstream: pkg/kubelet/{kubelet,kubelet_node_status}.go, pkg/kubelet/nodestatus/setters.go

use super::{Cluster, Ended, EventType, NOTICE, SANDBOX, SHORT, Source, State, Step, node, pull, start};
use crate::api::resource::{LEASES, NODES, PODS};
use crate::api::{ObjectExt, Value};
use crate::cluster::controller::lifecycle;
use crate::sim::Duration;
use std::rc::Rc;

/// From being switched on until the kubelet reports.
const BOOT: Duration = Duration::secs(12);

/// The exit code of a container that nobody saw end.
pub(super) const LOST: i64 = 255;

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    #[default]
    On,
    /// It is switched off.
    Off,
    /// It was switched on; nothing on it answers yet.
    Booting,
}

impl Cluster {
    /// Whether a node runs; `None`: there is no such machine.
    pub fn power(&self, node: &str) -> Option<Power> {
        self.kubelets.nodes.get(node).map(|n| n.power)
    }

    /// All machines by name.
    pub fn machines(&self) -> Vec<(Rc<str>, Power)> {
        self.kubelets.nodes.iter().map(|(name, n)| (name.clone(), n.power)).collect()
    }

    /// How many Pods seem to be on their way, but are on a node that does not run.
    pub(crate) fn stranded(&self) -> usize {
        let off = self.kubelets.nodes.iter().filter(|(_, n)| n.power == Power::Off);
        off.map(|(name, _)| self.index.on_node(name).filter(|p| p.moving).count()).sum()
    }

    /// Whether what is on a node runs.
    pub(crate) fn runs(&self, node: &str) -> bool {
        self.power(node) == Some(Power::On)
    }

    /// Switches a node off: from now on nothing is heard of it. Its machine forgets connections, pins and addresses.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub(crate) fn power_off(&mut self, name: &str) {
        let Some(node) = self.kubelets.nodes.get_mut(name) else { return };
        node.power = Power::Off;
        if let Some(host) = self.network.node(name) {
            self.network.set_up(host, false);
            self.node_off(host);
        }
        self.last_change = self.now;
        let name: Rc<str> = name.into();
        for uid in self.pods_of(&name) {
            self.kubelets.transitions.retain(|(u, _)| *u != uid);
            if let Some(run) = self.kubelets.pods.get_mut(&uid) {
                run.epoch += 1;
            }
        }
        lifecycle::watch(self, &name);
    }

    /// Switches a node on.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub(crate) fn power_on(&mut self, name: &str) {
        let Some(node) = self.kubelets.nodes.get_mut(name).filter(|n| n.power == Power::Off) else { return };
        node.power = Power::Booting;
        self.queue.push(self.now + BOOT, crate::cluster::world::Event::Booted(name.into()));
    }

    /// Starts a running node's kubelet anew. Its containers don't notice.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub(crate) fn restart_kubelet(&mut self, name: &str) {
        node::announce_again(self, name);
        if let Some(node) = self.store.find(&NODES, "", name).cloned() {
            let source = Source { component: "kubelet", host: name };
            self.record(source, (&NODES, &node), "", (EventType::Normal, "Starting"), "Starting kubelet.");
        }
    }

    /// The uids of the Pods that the node's kubelet knows.
    fn pods_of(&self, node: &Rc<str>) -> Vec<Rc<str>> {
        self.kubelets.pods.iter().filter(|(_, run)| run.node == *node).map(|(uid, _)| uid.clone()).collect()
    }
}

/// The node is up: its kubelet reports and takes care of the Pods that it finds.
#[inline(never)] // kept apart: loaded with the rest of the engine
pub(crate) fn booted(cluster: &mut Cluster, name: &Rc<str>) {
    let Some(node) = cluster.kubelets.nodes.get_mut(name).filter(|n| n.power == Power::Booting) else { return };
    node.power = Power::On;
    node.boots += 1;
    let boots = node.boots;
    if let Some(host) = cluster.network.node(name) {
        cluster.network.set_up(host, true);
    }
    report(cluster, name, boots);
    for uid in cluster.pods_of(name) {
        let Some(run) = cluster.kubelets.pods.get(&uid) else { continue };
        let Some(pod) = cluster.store.find(&PODS, &run.namespace, &run.name).cloned() else { continue };
        if pod.at("metadata").get("deletionTimestamp").is_some() {
            if let Some(run) = cluster.kubelets.pods.get_mut(&uid) {
                run.stopping = true;
            }
            // Nothing of it runs any more, so nothing is killed.
            cluster.plan(&uid, SHORT, Step::Stopped);
        } else {
            after_boot(cluster, &uid, &pod);
        }
    }
}

/// Lease, status and events of a kubelet that has just started.
fn report(cluster: &mut Cluster, name: &Rc<str>, boots: u32) {
    if let Some(lease) = cluster.store.find(&LEASES, "kube-node-lease", name) {
        let mut lease = lease.as_ref().clone();
        lease.set("spec.renewTime", cluster.now.rfc3339_micro());
        cluster.store.put(&LEASES, lease);
    }
    node::announce_again(cluster, name);
    let Some(old) = cluster.store.find(&NODES, "", name).cloned() else { return };
    let boot_id = node::boot_id(name, boots);
    let mut new = old.as_ref().clone();
    new.set("status.nodeInfo.bootID", boot_id.clone());
    let old_conditions = old.list_at("status.conditions");
    let conditions: Vec<Value> = node::conditions(cluster.now)
        .into_iter()
        .map(|mut condition| {
            let kind = condition.str_at("type");
            let before = old_conditions.iter().find(|c| c.str_at("type") == kind);
            if let Some(before) = before.filter(|b| b.str_at("status") == condition.str_at("status")) {
                condition["lastTransitionTime"] = before.at("lastTransitionTime").clone();
            }
            condition
        })
        .collect();
    let was_ready = old_conditions.iter().any(|c| c.str_at("type") == "Ready" && c.str_at("status") == "True");
    new.set("status.conditions", conditions);
    cluster.store.put(&NODES, new);
    let mut say = |component: &'static str, kind: EventType, reason: &str, text: &str| {
        cluster.record(Source { component, host: name }, (&NODES, &old), "", (kind, reason), text);
    };
    say("kubelet", EventType::Normal, "Starting", "Starting kubelet.");
    for reason in ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID"] {
        say("kubelet", EventType::Normal, reason, &format!("Node {name} status is now: {reason}"));
    }
    let text = format!("Node {name} has been rebooted, boot id: {boot_id}");
    say("kubelet", EventType::Warning, "Rebooted", &text);
    if !was_ready {
        say("kubelet", EventType::Normal, "NodeReady", &format!("Node {name} status is now: NodeReady"));
    }
    say("kubelet", EventType::Normal, "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods");
    say("kube-proxy", EventType::Normal, "Starting", "");
}

/// A Pod on a node that has just been switched on: its sandbox and containers are gone, and are made anew.
// upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodActions
fn after_boot(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>) {
    if matches!(pod.str_at("status.phase"), "Succeeded" | "Failed") {
        return;
    }
    let now = cluster.now;
    cluster.free(uid);
    let Some(run) = cluster.kubelets.pods.get_mut(uid) else { return };
    run.epoch += 1;
    if !run.containers.iter().any(|c| c.ran && !c.init) {
        cluster.plan(uid, NOTICE, Step::Begin);
        return;
    }
    let never = pod.str_at("spec.restartPolicy") == "Never";
    let node = run.node.clone();
    for one in run.containers.iter_mut().filter(|c| c.ran && (!c.init || c.sidecar())) {
        let ended = match &one.state {
            State::Running { since } => Ended { code: LOST, since: *since, at: now },
            State::Terminated(ended) => ended.clone(),
            State::Waiting { .. } => continue,
        };
        (one.ready, one.started) = (false, false);
        if never {
            one.state = State::Terminated(ended);
        } else {
            one.restarts += 1;
            one.last = Some(ended);
            one.state = State::Waiting { reason: "ContainerCreating", message: String::new() };
        }
    }
    if never {
        cluster.post(uid, pod);
        return;
    }
    let text = "Pod sandbox changed, it will be killed and re-created.";
    let source = Source { component: "kubelet", host: &node };
    cluster.record(source, (&PODS, pod), "", (EventType::Normal, "SandboxChanged"), text);
    cluster.post(uid, pod);
    cluster.plan(uid, SANDBOX, Step::Resandbox);
}

/// The new sandbox is up: every container that ran is made again.
pub(super) fn sandbox_again(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>) {
    start::address(cluster, uid, pod);
    let Some(run) = cluster.kubelets.pods.get(uid) else { return };
    let tried = run.containers.iter().enumerate().filter(|(_, c)| c.ran || c.pull.tried());
    let again: Vec<usize> = tried.map(|(i, _)| i).collect();
    for i in again {
        if start::container(cluster, uid, i).is_some_and(|c| !c.init || c.sidecar()) {
            pull::create(cluster, uid, pod, i);
        }
    }
}
