//! A Pod's way from its node's notice to running containers, and what follows when one ends.
//! upstream: pkg/kubelet/kuberuntime/kuberuntime_{manager,container}.go

use super::pull::create;
use super::*;

/// What containers that ended are waited for before they start again (`backOffPeriod`), doubled each time.
const BACK_OFF: u64 = 10;
/// … up to this (`MaxContainerBackOff`).
const BACK_OFF_MAX: u64 = 300;

/// The kubelet takes the Pod on.
pub(super) fn begin(cluster: &mut Cluster, uid: &Rc<str>, pod: &Value) {
    let now = cluster.now;
    let Some(run) = cluster.kubelets.pods.get_mut(uid) else { return };
    run.began = now;
    let lists = [("spec.initContainers", true), ("spec.containers", false)];
    let has_init = !pod.list_at("spec.initContainers").is_empty();
    run.containers = lists
        .into_iter()
        .flat_map(|(path, init)| pod.list_at(path).iter().map(move |c| (c, init)))
        .map(|(spec, init)| Container {
            spec: spec.clone(),
            init,
            state: State::Waiting {
                reason: if has_init { "PodInitializing" } else { "ContainerCreating" },
                message: String::new(),
            },
            last: None,
            ready: false,
            started: false,
            restarts: 0,
            ran: false,
            probes: Default::default(),
            env: Vec::new(),
            pull: Default::default(),
            process: Default::default(),
        })
        .collect();
    cluster.post(uid, pod);
    cluster.plan(uid, SANDBOX, Step::Sandbox);
}

/// The sandbox is up: it has an address, and the first container can be made.
pub(super) fn sandbox(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>) {
    address(cluster, uid, pod);
    create(cluster, uid, pod, 0);
}

/// Gives a Pod's sandbox its address.
pub(super) fn address(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>) {
    let Some(run) = cluster.kubelets.pods.get_mut(uid) else { return };
    let Some(node) = cluster.kubelets.nodes.get_mut(&run.node) else { return };
    run.ip = if pod.bool_at("spec.hostNetwork") { node.ip.as_str().into() } else { node.allocate().into() };
    cluster.attach(uid, pod);
}

/// Its image is there.
pub(super) fn created(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    let Some((node, _, name)) = about(cluster, uid, i) else { return };
    cluster.container_event(&node, pod, &name, (EventType::Normal, "Created"), "Container created");
    cluster.plan(uid, START, Step::Started(i));
}

/// The container runs.
pub(super) fn started(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    let Some((node, _, name)) = about(cluster, uid, i) else { return };
    cluster.container_event(&node, pod, &name, (EventType::Normal, "Started"), "Container started");
    let env = cluster.environment_of(pod, i);
    let now = cluster.now;
    let Some(container) = container(cluster, uid, i) else { return };
    container.env = env;
    container.ran = true;
    container.state = State::Running { since: now };
    container.probes = Default::default();
    container.started = container.spec.get("startupProbe").is_none();
    container.ready = container.started && container.spec.get("readinessProbe").is_none();
    let (first, init) = (container.restarts == 0 && !container.pull.passed, container.init);
    cluster.listen(uid);
    process::start(cluster, uid, pod, i);
    if !first {
        cluster.post(uid, pod);
        probe::plan_first(cluster, uid, i);
        return;
    }
    next(cluster, uid, pod, i, init);
}

/// After container `i` the next: at once, or for an init container once it has ended.
pub(super) fn next(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize, init: bool) {
    let Some(one) = container(cluster, uid, i) else { return };
    if !one.init || one.sidecar() {
        create(cluster, uid, pod, i + 1);
    } else if init {
        cluster.post(uid, pod);
        probe::plan_first(cluster, uid, i);
    } else {
        cluster.post(uid, pod);
    }
}

/// All containers were tried: the status is posted, and what runs is followed.
pub(super) fn all_started(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>) {
    cluster.post(uid, pod);
    let Some(run) = cluster.kubelets.pods.get(uid) else { return };
    let running: Vec<usize> =
        (0..run.containers.len()).filter(|i| run.containers.get(*i).is_some_and(|c| c.running())).collect();
    for i in running {
        probe::plan_first(cluster, uid, i);
    }
}

/// The container ended by itself.
pub(super) fn exited(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    if let Some(code) = process::code(cluster, uid, i) {
        end(cluster, uid, pod, i, code);
    }
}

fn end(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize, code: i64) {
    let now = cluster.now;
    let Some(one) = container(cluster, uid, i) else { return };
    let State::Running { since } = one.state else { return };
    one.state = State::Terminated(Ended { code, since, at: now });
    one.ready = one.init && code == 0;
    one.started = false;
    let init = one.init && !one.sidecar();
    cluster.kubelets.transitions.remove(&(uid.clone(), i));
    cluster.listen(uid);
    cluster.post(uid, pod);
    let policy = pod.str_at("spec.restartPolicy");
    if init && code == 0 {
        create(cluster, uid, pod, i + 1);
    } else if (policy == "Always" && !init) || (policy != "Never" && code != 0) {
        cluster.plan(uid, SHORT, Step::AfterExit(i));
    }
}

/// It is to run again, but not at once.
pub(super) fn after_exit(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    let Some(run) = cluster.kubelets.pods.get_mut(uid) else { return };
    let (node, name) = (run.node.clone(), run.name.clone());
    let Some(one) = run.containers.get_mut(i) else { return };
    let State::Terminated(ended) = one.state.clone() else { return };
    let wait = (BACK_OFF << one.restarts.clamp(0, 10)).min(BACK_OFF_MAX);
    one.restarts += 1;
    one.last = Some(ended);
    let shown = match wait {
        60.. if wait.is_multiple_of(60) => format!("{}m0s", wait / 60),
        60.. => format!("{}m{}s", wait / 60, wait % 60),
        _ => format!("{wait}s"),
    };
    let of = one.name().to_owned();
    let who = format!("{of} in pod {name}_{}({uid})", pod.namespace());
    let message = format!("back-off {shown} restarting failed container={of} pod={name}_{}({uid})", pod.namespace());
    one.state = State::Waiting { reason: "CrashLoopBackOff", message };
    let text = format!("Back-off restarting failed container {who}");
    cluster.container_event(&node, pod, &of, (EventType::Warning, "BackOff"), &text);
    cluster.post(uid, pod);
    cluster.plan(uid, Duration::secs(wait), Step::Restart(i));
}

/// It is made again, unless it was since, for another image.
pub(super) fn restart(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    if container(cluster, uid, i).is_some_and(|c| matches!(c.state, State::Waiting { .. })) {
        create(cluster, uid, pod, i);
    }
}

/// A container that failed its liveness or startup probe has been stopped; it starts again at once.
pub(super) fn killed(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize) {
    let now = cluster.now;
    let Some(one) = container(cluster, uid, i) else { return };
    let State::Running { since } = one.state else { return };
    let ended = Ended { code: 137, since, at: now };
    one.ready = false;
    one.started = false;
    if pod.str_at("spec.restartPolicy") == "Never" {
        one.state = State::Terminated(ended);
        cluster.post(uid, pod);
        return;
    }
    one.restarts += 1;
    one.last = Some(ended);
    one.state = State::Waiting { reason: "ContainerCreating", message: String::new() };
    cluster.listen(uid);
    create(cluster, uid, pod, i);
}

/// A container whose image was changed is stopped and made anew.
// upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodActions
pub(super) fn on_spec_change(cluster: &mut Cluster, uid: &Rc<str>, change: &Change) {
    let (Some(old), Some(pod)) = (&change.old, &change.new) else { return };
    const LISTS: [&str; 2] = ["spec.containers", "spec.initContainers"];
    if LISTS.iter().all(|list| old.at(list) == pod.at(list)) {
        return;
    }
    let Some(run) = cluster.kubelets.pods.get_mut(uid) else { return };
    let node = run.node.clone();
    let mut changed = Vec::new();
    for (i, one) in run.containers.iter_mut().enumerate() {
        let mut specs = LISTS.iter().flat_map(|list| pod.list_at(list));
        let Some(spec) = specs.find(|s| s.str_at("name") == one.name()) else { continue };
        // An init container is not run again for it, but may still be waiting to be.
        let tried = !one.init || one.pull.tried();
        if spec.str_at("image") != one.image() && tried {
            one.pull.forget();
            changed.push((i, one.name().to_owned(), one.running()));
        }
        one.spec = spec.clone();
    }
    for (i, name, running) in changed {
        if running {
            let text = format!("Container {name} definition changed, will be restarted");
            cluster.container_event(&node, pod, &name, (EventType::Normal, "Killing"), &text);
            cluster.plan(uid, STOP, Step::Killed(i));
        } else {
            cluster.plan(uid, NOTICE, Step::Restart(i));
        }
    }
}

/// A container of a Pod.
pub(super) fn container<'a>(cluster: &'a mut Cluster, uid: &str, i: usize) -> Option<&'a mut Container> {
    cluster.kubelets.pods.get_mut(uid)?.containers.get_mut(i)
}

pub(super) fn set_state(cluster: &mut Cluster, uid: &str, i: usize, state: State) {
    if let Some(container) = container(cluster, uid, i) {
        container.state = state;
    }
}

/// Node, image and name of a container.
pub(super) fn about(cluster: &Cluster, uid: &str, i: usize) -> Option<(Rc<str>, String, String)> {
    let run = cluster.kubelets.pods.get(uid)?;
    let container = run.containers.get(i)?;
    Some((run.node.clone(), container.image().to_owned(), container.name().to_owned()))
}
