//! The kubelets: what happens to a Pod once it has a node. A container is no process here but a state: what its image
//! would do is in [`super::image`]; every status and event is posted in the order, with the fields and in the words
//! of the real kubelet.
//!
//! One Pod's way is a chain of [`Task`]s in the queue. A task of an older epoch is void: its Pod was told to stop.

mod env;
pub(crate) mod node;
pub mod power;
mod probe;
mod process;
mod pull;
mod start;
mod status;

use super::index::is;
use super::recorder::{EventType, Source};
use super::{Change, Cluster, Key, image};
use crate::api::resource::PODS;
use crate::api::{ObjectExt, Value};
use crate::collections::{BTreeMap, BTreeSet};
use crate::network::{HostId, Listener, PodSpec, Protocol, ResolvConf};
use crate::sim::{Duration, Time};
use serde_json::json;
use std::net::SocketAddrV4;
use std::rc::Rc;

use power::Power;
pub(crate) use probe::ProbeKind;
pub use process::{Doing, Program, Runtime};

/// From being told of a Pod until its sandbox has an address.
const SANDBOX: Duration = Duration::millis(100);
/// A pull.
const PULL: Duration = Duration::millis(700);
/// From a container's creation until it runs.
const START: Duration = Duration::millis(200);
/// From being told to stop until it has.
const STOP: Duration = Duration::millis(300);
/// How long a container runs that ends by itself, and how long until the kubelet has something to say about an end
/// or a failed pull.
const SHORT: Duration = Duration::millis(500);
/// From a change in the store until the kubelet acts on it.
const NOTICE: Duration = Duration::millis(2);

/// The cluster's name server.
const DNS_IP: std::net::Ipv4Addr = std::net::Ipv4Addr::new(10, 96, 0, 10);

/// What a kubelet does next with a Pod.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// The Pod's uid.
    pub uid: Rc<str>,
    /// The Pod's epoch when it was planned.
    pub epoch: u32,
    pub step: Step,
}

/// Steps of a Pod's way; a number says which container, init containers first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It was assigned to the node.
    Begin,
    /// Its sandbox is up.
    Sandbox,
    /// Its sandbox is up again after its node was switched off.
    Resandbox,
    /// An image was pulled, or could not be.
    Pulled(usize),
    /// The Pod is looked at again, whose image could not be had.
    PullAgain(usize),
    /// The container runs.
    Started(usize),
    /// Its program goes on.
    Run(usize),
    /// It ended by itself.
    Exited(usize),
    /// What is to become of it after its end.
    AfterExit(usize),
    /// It is started again.
    Restart(usize),
    /// It was killed because it did not live.
    Killed(usize),
    /// A probe is due.
    Probe(usize, ProbeKind),
    /// All its containers have stopped.
    Stopped,
}

/// `state` of a container's status.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    Waiting { reason: &'static str, message: String },
    Running { since: Time },
    Terminated(Ended),
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ended {
    code: i64,
    since: Time,
    at: Time,
}

/// A container on its node.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    /// Its part of the Pod's spec.
    spec: Value,
    init: bool,
    state: State,
    last: Option<Ended>,
    ready: bool,
    started: bool,
    restarts: i64,
    /// Whether it ever ran, so that it has an ID.
    ran: bool,
    probes: [probe::Count; 3],
    /// The environment it was given when it started.
    env: Vec<(String, String)>,
    pull: pull::Pull,
    process: process::Process,
}

impl Container {
    fn name(&self) -> &str {
        self.spec.str_at("name")
    }
    fn image(&self) -> &str {
        self.spec.str_at("image")
    }
    fn running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }
    /// A sidecar: an init container that keeps running.
    fn sidecar(&self) -> bool {
        self.init && self.spec.str_at("restartPolicy") == "Always"
    }
}

/// A Pod on its node.
#[derive(Clone, Debug)]
pub(crate) struct PodRun {
    namespace: Rc<str>,
    name: Rc<str>,
    node: Rc<str>,
    began: Time,
    ip: Rc<str>,
    containers: Vec<Container>,
    epoch: u32,
    stopping: bool,
    /// Its host in the network, once it has an address.
    host: Option<HostId>,
}

/// What all kubelets know.
#[derive(Clone, Debug, Default)]
pub(crate) struct KubeletState {
    pods: BTreeMap<Rc<str>, PodRun>,
    nodes: BTreeMap<Rc<str>, Node>,
    /// Containers whose probes fail but that still are ready, or the other way round.
    transitions: BTreeSet<(Rc<str>, usize)>,
}

/// A node, as its kubelet knows it.
#[derive(Clone, Debug)]
struct Node {
    ip: String,
    /// `10.244.1.`
    prefix: String,
    /// How many Pods it takes.
    pods_max: u32,
    next_ip: u32,
    taken: BTreeSet<u32>,
    images: BTreeSet<String>,
    power: Power,
    /// How often it was switched on.
    boots: u32,
}

impl KubeletState {
    /// Whether a probe's results are about to change what is ready.
    pub fn in_transition(&self) -> bool {
        !self.transitions.is_empty()
    }
    /// The environment that a container was started with.
    pub fn environment(&self, uid: &str, container: &str) -> Option<&[(String, String)]> {
        let pod = self.pods.get(uid)?;
        pod.containers.iter().find(|c| c.name() == container).map(|c| c.env.as_slice())
    }
}

/// Notes Pods that come to a node, are to stop, or are gone.
pub(crate) fn on_change(cluster: &mut Cluster, change: &Change) {
    if !is(change.key.resource, &PODS) {
        return;
    }
    let Some(pod) = &change.new else {
        if let Some(old) = &change.old {
            forget(cluster, old.uid());
        }
        return;
    };
    if let Some(old) = change.old.as_ref().filter(|o| o.uid() != pod.uid()) {
        forget(cluster, old.uid());
    }
    let node = pod.str_at("spec.nodeName");
    if node.is_empty() || !cluster.kubelets.nodes.contains_key(node) {
        return;
    }
    let uid: Rc<str> = pod.uid().into();
    let deleting = pod.at("metadata").get("deletionTimestamp").is_some();
    let up = cluster.runs(node);
    match cluster.kubelets.pods.get_mut(&uid) {
        None if !deleting && !matches!(pod.str_at("status.phase"), "Succeeded" | "Failed") => {
            let run = PodRun {
                namespace: change.key.namespace.clone(),
                name: change.key.name.clone(),
                node: node.into(),
                began: cluster.now,
                ip: "".into(),
                containers: Vec::new(),
                epoch: 0,
                stopping: false,
                host: None,
            };
            cluster.kubelets.pods.insert(uid.clone(), run);
            cluster.plan(&uid, NOTICE, Step::Begin);
        }
        Some(run) if deleting && !run.stopping && up => {
            run.stopping = true;
            run.epoch += 1;
            stop(cluster, &uid, pod);
        }
        Some(_) if !deleting && up => start::on_spec_change(cluster, &uid, change),
        _ => {}
    }
}

/// Tells the containers to stop.
// upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer
fn stop(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>) {
    let Some(run) = cluster.kubelets.pods.get(uid) else { return };
    let node = run.node.clone();
    let names: Vec<String> = pod.list_at("spec.containers").iter().map(|c| c.str_at("name").to_owned()).collect();
    cluster.kubelets.transitions.retain(|(u, _)| u != uid);
    for name in names {
        let text = format!("Stopping container {name}");
        cluster.container_event(&node, pod, &name, (EventType::Normal, "Killing"), &text);
    }
    cluster.plan(uid, STOP + before_stop(pod), Step::Stopped);
}

/// How long the containers' preStop hooks take together: the longest one's time, at most what the Pod is given.
// upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go executePreStopHook
fn before_stop(pod: &Value) -> Duration {
    let hook = |c: &Value| {
        let hook = c.at("lifecycle.preStop");
        let words = hook.list_at("exec.command").iter().filter_map(Value::as_str).flat_map(str::split_whitespace);
        // Of commands only those take time that sleep.
        let asleep = words.clone().zip(words.skip(1)).filter(|(word, _)| word.ends_with("sleep"));
        let asleep = asleep.filter_map(|(_, n)| n.trim_end_matches(['s', ';']).parse::<u64>().ok()).sum();
        hook.int_at("sleep.seconds").map_or(asleep, |n| n.max(0) as u64)
    };
    let longest = pod.list_at("spec.containers").iter().map(hook).max().unwrap_or(0);
    let grace = pod.int_at("metadata.deletionGracePeriodSeconds").unwrap_or(0).max(0) as u64;
    Duration::secs(longest.min(grace))
}

/// A Pod is gone: its sandbox and its address are, too.
fn forget(cluster: &mut Cluster, uid: &str) {
    cluster.free(uid);
    cluster.kubelets.pods.remove(uid);
    cluster.kubelets.transitions.retain(|(u, _)| &**u != uid);
}

/// Goes on with a Pod.
pub(crate) fn go_on(cluster: &mut Cluster, task: Task) {
    let Some(run) = cluster.kubelets.pods.get(&task.uid).filter(|r| r.epoch == task.epoch) else { return };
    let (namespace, name) = (run.namespace.clone(), run.name.clone());
    let found = cluster.store.find(&PODS, &namespace, &name).filter(|p| *p.uid() == *task.uid);
    let Some(pod) = found.cloned() else { return };
    if !cluster.runs(pod.str_at("spec.nodeName")) {
        return;
    }
    let uid = &task.uid;
    match task.step {
        Step::Begin => start::begin(cluster, uid, &pod),
        Step::Sandbox => start::sandbox(cluster, uid, &pod),
        Step::Resandbox => power::sandbox_again(cluster, uid, &pod),
        Step::Pulled(i) => pull::pulled(cluster, uid, &pod, i),
        Step::PullAgain(i) => pull::again(cluster, uid, &pod, i),
        Step::Started(i) => start::started(cluster, uid, &pod, i),
        Step::Run(i) => process::run(cluster, uid, i),
        Step::Exited(i) => start::exited(cluster, uid, &pod, i),
        Step::AfterExit(i) => start::after_exit(cluster, uid, &pod, i),
        Step::Restart(i) => start::restart(cluster, uid, &pod, i),
        Step::Killed(i) => start::killed(cluster, uid, &pod, i),
        Step::Probe(i, kind) => probe::run(cluster, uid, &pod, i, kind),
        Step::Stopped => {
            let options = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": &**uid}});
            let _ = cluster.delete(&Key { resource: &PODS, namespace, name }, &options);
        }
    }
}

impl Cluster {
    /// Plans a Pod's next step.
    fn plan(&mut self, uid: &Rc<str>, after: Duration, step: Step) {
        let Some(run) = self.kubelets.pods.get(uid) else { return };
        let task = Task { uid: uid.clone(), epoch: run.epoch, step };
        self.queue.push(self.now + after, super::world::Event::Kubelet(task));
    }

    /// A kubelet's event about one container.
    fn container_event(&mut self, node: &str, pod: &Value, container: &str, event: (EventType, &str), text: &str) {
        let init = pod.list_at("spec.initContainers").iter().any(|c| c.str_at("name") == container);
        let field = if init { "spec.initContainers" } else { "spec.containers" };
        let source = Source { component: "kubelet", host: node };
        self.record(source, (&PODS, pod), &format!("{field}{{{container}}}"), event, text);
    }

    /// What a container of a Pod was told in its environment when it started: `NAME`, `VALUE` in order; `None` if it
    /// does not run.
    pub fn environment(&self, namespace: &str, pod: &str, container: &str) -> Option<&[(String, String)]> {
        let pod = self.store.find(&PODS, namespace, pod)?;
        self.kubelets.environment(pod.uid(), container)
    }

    /// What a Pod's server at `port` answers to a request from `client`, as it sees them; `None`: nothing listens
    /// there.
    pub fn serve(
        &self,
        namespace: &str,
        pod: &str,
        port: u16,
        request: &image::HttpRequest,
        client: SocketAddrV4,
    ) -> Option<image::HttpResponse> {
        let object = self.store.find(&PODS, namespace, pod)?;
        let run = self.kubelets.pods.get(object.uid()).filter(|r| self.runs(&r.node))?;
        let server = run.containers.iter().filter(|c| c.running()).find(|c| c.ports().contains(&port))?;
        Some(image::respond(server.image(), request, client, pod))
    }

    /// A file of a Pod, if it is there; a folder counts as an empty one.
    fn pod_file(&self, uid: &str, path: &str) -> Option<String> {
        let tree = self.pod_files.get(uid)?;
        if tree.is_folder(path) { Some(String::new()) } else { tree.read(path).ok().map(str::to_owned) }
    }

    /// Wires a Pod's sandbox to its node.
    fn attach(&mut self, uid: &Rc<str>, pod: &Value) {
        let Some(run) = self.kubelets.pods.get_mut(uid) else { return };
        let (Some(node), Ok(ip)) = (self.network.node(&run.node), run.ip.parse()) else { return };
        let host_network = pod.bool_at("spec.hostNetwork");
        let resolver = match pod.str_at("spec.dnsPolicy") {
            "Default" => ResolvConf::node(),
            "ClusterFirst" | "" if host_network => ResolvConf::node(),
            _ => ResolvConf::cluster_first(DNS_IP, &run.namespace, &self.network.domain),
        };
        let (namespace, name) = (run.namespace.to_string(), run.name.to_string());
        let spec = PodSpec { namespace, name, node, ip, listeners: Vec::new(), resolver };
        run.host = Some(self.network.add_pod(spec));
    }

    /// Opens and closes the ports of a Pod's containers as they start and end.
    fn listen(&mut self, uid: &Rc<str>) {
        let Some(run) = self.kubelets.pods.get(uid) else { return };
        let Some(host) = run.host else { return };
        let mut listeners = Vec::new();
        for container in run.containers.iter().filter(|c| c.running()) {
            let ports = container.ports();
            listeners.extend(ports.iter().map(|p| Listener::new(Protocol::Tcp, *p, container.name())));
            if image::serves_dns(container.image()) {
                listeners.push(Listener::new(Protocol::Udp, 53, container.name()));
            }
        }
        self.network.set_listeners(host, listeners);
        self.close_unheard(host);
    }

    /// Takes a Pod's sandbox away, with its address and what its processes wrote.
    fn free(&mut self, uid: &str) {
        self.pod_files.remove(uid);
        let Some(run) = self.kubelets.pods.get_mut(uid) else { return };
        let (ip, host) = (std::mem::replace(&mut run.ip, "".into()), run.host.take());
        if let Some(node) = self.kubelets.nodes.get_mut(&run.node)
            && let Some(number) = ip.strip_prefix(&*node.prefix).and_then(|n| n.parse().ok())
        {
            node.taken.remove(&number);
        }
        if let Some(host) = host {
            self.leave(host);
            self.network.remove(host);
        }
    }
}
