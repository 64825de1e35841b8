//! The world value and how time passes in it.

use super::apiserver::{Allocators, meta};
use super::files::PodFiles;
use super::index::{Index, is};
use super::recorder::Recorder;
use super::{Change, Store, controller, kubelet, proxy, scheduler};
use crate::api::resource::{EVENTS, LEASES, NODES};
use crate::api::{ObjectExt, Value};
use crate::network::Network;
use crate::sim::{Duration, Queue, Random, Time};

/// What a cluster is made from; the same options and the same inputs give the same cluster to the byte.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of all randomness.
    pub seed: u64,
    /// Nodes besides `control-plane`: `worker-1`, `worker-2` …
    pub workers: u32,
    /// How many Pods a node takes (`status.capacity.pods`).
    pub pods_per_node: u32,
    /// kube-proxy's `--proxy-mode` is `nftables` instead of `iptables`.
    pub nftables: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, workers: 2, pods_per_node: 110, nftables: false }
    }
}

/// What the queue holds: who has something to do.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A controller's worker takes an object from its queue.
    Work(controller::Work),
    /// An object goes into a controller's queue later (`AddAfter`).
    Later(controller::Work),
    /// The garbage collector looks after the dependents of an owner that went.
    Collect(std::rc::Rc<str>),
    /// The scheduler takes the next Pod from its queue.
    Schedule,
    /// A kubelet goes on with a Pod.
    Kubelet(kubelet::Task),
    /// Every kubelet says that it is alive.
    Heartbeat,
    /// A node that was switched on is up.
    Booted(std::rc::Rc<str>),
    /// Every node's kube-proxy writes its rules.
    ProxySync,
}

/// One simulated cluster with its clock, its chance and its network.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub(crate) now: Time,
    pub(crate) queue: Queue<Event>,
    pub(crate) random: Random,
    pub(crate) store: Store,
    /// Cluster addresses and node ports in use.
    pub(crate) allocators: Allocators,
    /// What Pods' processes wrote; exec probes look here.
    pub(crate) pod_files: PodFiles,
    /// What controllers look up.
    pub(crate) index: Index,
    /// What the event recorders remember.
    pub(crate) recorder: Recorder,
    pub(crate) controllers: controller::State,
    pub(crate) scheduler: scheduler::State,
    pub(crate) kubelets: kubelet::KubeletState,
    pub(crate) proxies: proxy::State,
    /// Hosts, rules and what the nodes' kernels remember.
    pub(crate) network: Network,
    /// The newest exchanges.
    pub(crate) traffic: super::traffic::Log,
    /// Connections that clients keep.
    pub(crate) kept: super::kept::Connections,
    /// When an object last changed that a user waits for.
    pub(crate) last_change: Time,
    /// Whether kube-proxy writes nftables rules.
    pub(crate) nftables: bool,
    /// Who runs the programs of containers.
    pub(crate) runtime: Option<kubelet::Runtime>,
}

/// What [`Cluster::settle`] waits for: no change for so long …
pub const QUIET: Duration = Duration::millis(1_300);
/// … or at most so long.
pub const SETTLE_MAX: Duration = Duration::secs(25);

impl Cluster {
    /// The cluster at its start: three nodes ready, CoreDNS running, every kube-proxy synced.
    pub fn new(options: &Options) -> Self {
        let mut cluster = Self {
            now: Time(0),
            queue: Queue::default(),
            random: Random::new(options.seed),
            store: Store::default(),
            allocators: Allocators::default(),
            pod_files: PodFiles::default(),
            index: Index::default(),
            recorder: Recorder::default(),
            controllers: controller::State::default(),
            scheduler: scheduler::State::default(),
            kubelets: kubelet::KubeletState::default(),
            proxies: proxy::State::default(),
            network: Network::new(),
            traffic: super::traffic::Log::default(),
            kept: super::kept::Connections::default(),
            last_change: Time(0),
            nftables: options.nftables,
            runtime: None,
        };
        super::boot::boot(&mut cluster, options);
        cluster
    }

    /// The data plane.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The data plane, the clock and the chance, for whoever sends packets.
    pub fn wire(&mut self) -> (&mut Network, Time, &mut Random) {
        (&mut self.network, self.now, &mut self.random)
    }

    /// What the clock shows.
    pub fn time(&self) -> Time {
        self.now
    }

    /// When something will happen next, if anything.
    pub fn next_due(&self) -> Option<Time> {
        // What was just written is still to be told to those whom it concerns.
        if self.store.has_changes() { Some(self.now) } else { self.queue.peek() }
    }

    /// Lets time pass until `until`: everything due happens, in order.
    pub fn advance(&mut self, until: Time) {
        self.dispatch();
        while let Some((at, event)) = self.queue.pop(until) {
            self.now = self.now.max(at);
            self.happen(event);
            self.dispatch();
        }
        self.now = self.now.max(until);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Work(work) => controller::work(self, work),
            Event::Later(work) => self.enqueue(work),
            Event::Collect(uid) => controller::garbage::collect(self, &uid),
            Event::Schedule => scheduler::schedule_next(self),
            Event::Kubelet(task) => kubelet::go_on(self, task),
            Event::Heartbeat => kubelet::node::heartbeat(self),
            Event::Booted(node) => kubelet::power::booted(self, &node),
            Event::ProxySync => proxy::sync(self),
        }
    }

    /// Tells controllers, scheduler, kubelets and proxies what changed in the store.
    pub(crate) fn dispatch(&mut self) {
        while let Some(change) = self.store.next_change() {
            self.note(&change);
            controller::on_change(self, &change);
            scheduler::on_change(self, &change);
            kubelet::on_change(self, &change);
            proxy::on_change(self, &change);
        }
    }

    /// Takes a change into the indexes; says no controller of it.
    pub(crate) fn note(&mut self, change: &Change) {
        let resource = change.key.resource;
        if is(resource, &EVENTS) {
            let event = change.new.as_deref().unwrap_or(&Value::Null);
            if change.new.is_some() && !matches!(event.str_at("reason"), "Unhealthy" | "BackOff") {
                self.last_change = self.now;
            }
            return;
        }
        self.index.update(change);
        if is(resource, &LEASES) || (is(resource, &NODES) && change.old.is_some() && change.new.is_some()) {
            return;
        }
        self.last_change = self.now;
        if let (None, Some(old)) = (&change.new, &change.old) {
            self.recorder.forget(old.uid());
        }
    }

    /// Whether nobody would see anything move: no Pod starting or ending, nothing changed for [`QUIET`] (`since` is
    /// when the user began to wait).
    pub fn settled(&self, since: Time) -> bool {
        !self.on_its_way() && self.now.since(self.last_change.max(since)) >= QUIET
    }

    fn on_its_way(&self) -> bool {
        self.index.moving() > self.stranded() || self.kubelets.in_transition()
    }

    /// Lets time pass until the cluster [is settled](Cluster::settled), at most [`SETTLE_MAX`].
    pub fn settle(&mut self) {
        let began = self.now;
        let end = began + SETTLE_MAX;
        self.dispatch();
        while !self.settled(began) {
            let quiet = self.last_change.max(began) + QUIET;
            let due = self.next_due().unwrap_or(end);
            let until = if self.on_its_way() || quiet <= self.now { due } else { due.min(quiet) };
            self.advance(until.min(end));
            if self.now >= end {
                return;
            }
        }
    }

    /// A random uid for an object.
    pub(crate) fn new_uid(&mut self) -> String {
        meta::uid(&mut self.random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::resource::*;
    use crate::api::{ObjectExt, Resource};
    use serde_json::json;

    fn replica_set(replicas: i64) -> Value {
        json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
                "containers": [{"name": "web", "image": "dalgudcks/http-go", "imagePullPolicy": "Always"}],
                "restartPolicy": "Always", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30}}}})
    }

    fn service() -> Value {
        json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"selector": {"app": "web"},
            "clusterIP": "10.96.0.77", "ipFamilies": ["IPv4"], "type": "ClusterIP",
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}]}})
    }

    fn names(cluster: &Cluster, resource: &'static Resource, namespace: &str) -> Vec<String> {
        cluster.store.list(resource, namespace).map(|o| o.name().to_owned()).collect()
    }

    fn get<'a>(cluster: &'a Cluster, resource: &'static Resource, namespace: &str, name: &str) -> &'a Value {
        cluster.store.find(resource, namespace, name).map(|v| v.as_ref()).unwrap()
    }

    #[test]
    fn the_start_cluster_is_whole_and_still() {
        let cluster = Cluster::new(&Options::default());
        assert_eq!(names(&cluster, &NODES, ""), ["control-plane", "worker-1", "worker-2"]);
        let dns = get(&cluster, &ENDPOINTS, "kube-system", "kube-dns");
        assert_eq!(dns.list_at("subsets.0.addresses").len(), 2, "{dns:#}");
        let deployment = get(&cluster, &DEPLOYMENTS, "kube-system", "coredns");
        assert_eq!(deployment.int_at("status.availableReplicas"), Some(2), "{deployment:#}");
        for pod in cluster.store.list(&PODS, "kube-system") {
            assert_eq!(pod.str_at("spec.nodeName"), "control-plane");
            assert_eq!(pod.str_at("status.phase"), "Running");
        }
        assert_eq!(names(&cluster, &EVENTS, "").len(), 13);
        assert!(cluster.settled(Time(0)));
    }

    #[test]
    fn a_replica_set_gets_its_pods_and_a_service_its_endpoints() {
        let mut cluster = Cluster::new(&Options::default());
        cluster.create(&REPLICA_SETS, replica_set(3)).unwrap();
        cluster.create(&SERVICES, service()).unwrap();
        cluster.settle();
        let set = get(&cluster, &REPLICA_SETS, "default", "web");
        assert_eq!(set.int_at("status.availableReplicas"), Some(3), "{set:#}");
        let endpoints = get(&cluster, &ENDPOINTS, "default", "web");
        assert_eq!(endpoints.list_at("subsets.0.addresses").len(), 3, "{endpoints:#}");
        let slices: Vec<_> =
            cluster.store.list(&ENDPOINT_SLICES, "default").filter(|s| s.name() != "kubernetes").collect();
        assert_eq!(slices.len(), 1);
        assert_eq!(slices[0].list_at("endpoints").len(), 3);
        let nodes: crate::collections::BTreeSet<_> =
            cluster.store.list(&PODS, "default").map(|p| p.str_at("spec.nodeName").to_owned()).collect();
        assert_eq!(nodes.len(), 2);
        let key = crate::cluster::Key::new(&REPLICA_SETS, "default", "web");
        cluster.delete(&key, &Value::Null).unwrap();
        cluster.settle();
        assert_eq!(names(&cluster, &PODS, "default"), [""; 0]);
        assert!(get(&cluster, &ENDPOINTS, "default", "web").list_at("subsets").is_empty());
    }

    fn deployment(image: &str, replicas: i64) -> Value {
        let mut template = replica_set(1).at("spec.template").clone();
        template["spec"]["containers"][0]["image"] = image.into();
        json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}}, "template": template, "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10, "strategy": {"type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}}})
    }

    fn messages(cluster: &Cluster, reason: &str) -> Vec<String> {
        let events = cluster.store.list(&EVENTS, "default").filter(|e| e.str_at("reason") == reason);
        events.map(|e| e.str_at("message").to_owned()).collect()
    }

    #[test]
    fn a_rollout_goes_step_by_step() {
        let mut cluster = Cluster::new(&Options::default());
        cluster.create(&DEPLOYMENTS, deployment("nginx:1", 4)).unwrap();
        cluster.settle();
        let mut changed = deployment("nginx:2", 4);
        changed["metadata"] = get(&cluster, &DEPLOYMENTS, "default", "web").at("metadata").clone();
        changed["status"] = get(&cluster, &DEPLOYMENTS, "default", "web").at("status").clone();
        cluster.update(&DEPLOYMENTS, changed).unwrap();
        cluster.settle();
        let steps: Vec<String> = messages(&cluster, "ScalingReplicaSet")
            .iter()
            .map(|m| m.rsplit(" from ").next().unwrap_or("").to_owned())
            .collect();
        assert_eq!(steps, ["0 to 4", "0 to 1", "4 to 3", "1 to 2", "3 to 2", "2 to 3", "2 to 1", "3 to 4", "1 to 0"]);
    }

    #[test]
    fn the_same_seed_gives_the_same_cluster() {
        let run = || {
            let mut cluster = Cluster::new(&Options::default());
            cluster.create(&REPLICA_SETS, replica_set(3)).unwrap();
            cluster.settle();
            cluster.store.list(&PODS, "").map(|p| p.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }
}
