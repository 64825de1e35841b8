//! A Pod's status, as its kubelet posts it. upstream: pkg/kubelet/status/generate.go, pkg/kubelet/kubelet_pods.go

use super::{Cluster, Container, Ended, PodRun, State};
use crate::api::resource::PODS;
use crate::api::{ObjectExt, Value};
use crate::cluster::image;
use serde_json::{Map, json};
use std::rc::Rc;

impl Cluster {
    /// Posts the status of a Pod as it is now.
    pub(super) fn post(&mut self, uid: &Rc<str>, pod: &Value) {
        let Some(run) = self.kubelets.pods.get(uid) else { return };
        let Some(current) = self.store.find(&PODS, pod.namespace(), pod.name()) else { return };
        let host_ip = self.kubelets.nodes.get(&run.node).map(|n| n.ip.as_str()).unwrap_or("");
        let status = status(self.now.rfc3339(), uid, run, current, host_ip);
        if &status == current.at("status") {
            return;
        }
        let mut new = current.as_ref().clone();
        new["status"] = status;
        self.store.put(&PODS, new);
    }
}

fn status(now: String, uid: &str, run: &PodRun, pod: &Value, host_ip: &str) -> Value {
    let generation = pod.int_at("metadata.generation").unwrap_or(1);
    let phase = phase(run, pod.str_at("spec.restartPolicy"));
    let mut status = Map::new();
    let mut put = |key: &str, value: Value| status.insert(key.into(), value);
    put("phase", phase.into());
    put("qosClass", pod.at("status.qosClass").clone());
    put("startTime", run.began.rfc3339().into());
    put("hostIP", host_ip.into());
    put("hostIPs", json!([{"ip": host_ip}]));
    put("observedGeneration", generation.into());
    if !run.ip.is_empty() {
        put("podIP", (*run.ip).into());
        put("podIPs", json!([{"ip": &*run.ip}]));
    }
    put("conditions", conditions(&now, run, pod, phase, generation));
    for (field, init) in [("initContainerStatuses", true), ("containerStatuses", false)] {
        let list: Vec<Value> = run.containers.iter().filter(|c| c.init == init).map(|c| container(uid, c)).collect();
        if !list.is_empty() {
            put(field, list.into());
        }
    }
    status.into()
}

// upstream: pkg/kubelet/kubelet_pods.go getPhase
fn phase(run: &PodRun, restart_policy: &str) -> &'static str {
    let initialized = run.containers.iter().filter(|c| c.init && !c.sidecar()).all(done);
    let regular = || run.containers.iter().filter(|c| !c.init);
    let broken = run
        .containers
        .iter()
        .any(|c| c.init && restart_policy == "Never" && matches!(&c.state, State::Terminated(e) if e.code != 0));
    if broken {
        return "Failed";
    }
    if !initialized {
        return "Pending";
    }
    let (mut running, mut waiting, mut failed) = (0, 0, 0);
    for c in regular() {
        match &c.state {
            State::Running { .. } => running += 1,
            State::Terminated(ended) => failed += usize::from(ended.code != 0),
            State::Waiting { .. } if c.last.is_some() => running += 1,
            State::Waiting { .. } => waiting += 1,
        }
    }
    match restart_policy {
        _ if waiting > 0 => "Pending",
        _ if running > 0 => "Running",
        "Always" => "Running",
        "Never" if failed > 0 => "Failed",
        _ if failed > 0 => "Running",
        _ => "Succeeded",
    }
}

/// Whether an init container has done its work.
fn done(container: &Container) -> bool {
    matches!(&container.state, State::Terminated(ended) if ended.code == 0)
}

fn names<'a>(containers: impl Iterator<Item = &'a Container>) -> String {
    containers.map(Container::name).collect::<Vec<_>>().join(" ")
}

// upstream: pkg/kubelet/status/generate.go GeneratePodReadyCondition, GenerateContainersReadyCondition
fn conditions(now: &str, run: &PodRun, pod: &Value, phase: &str, generation: i64) -> Value {
    let finished = matches!(phase, "Succeeded" | "Failed");
    let unready = || run.containers.iter().filter(|c| (!c.init || c.sidecar()) && !c.ready);
    let unfinished = || run.containers.iter().filter(|c| c.init && !c.sidecar() && !done(c));
    let ready = unready().next().is_none();
    let (reason, message) = match phase {
        _ if ready => ("", String::new()),
        "Succeeded" => ("PodCompleted", String::new()),
        "Failed" => ("PodFailed", String::new()),
        _ => ("ContainersNotReady", format!("containers with unready status: [{}]", names(unready()))),
    };
    let initialized = phase == "Succeeded" || unfinished().next().is_none();
    let (init_reason, init_message) = match phase {
        "Succeeded" => ("PodCompleted", String::new()),
        _ if initialized => ("", String::new()),
        _ => ("ContainersNotInitialized", format!("containers with incomplete status: [{}]", names(unfinished()))),
    };
    let old = pod.list_at("status.conditions");
    let condition = |kind: &str, is: bool, reason: &str, message: &str| {
        let status = if is { "True" } else { "False" };
        let same = old.iter().find(|c| c.str_at("type") == kind && c.str_at("status") == status);
        let since = same.map_or(now, |c| c.str_at("lastTransitionTime"));
        let mut c = json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": since,
            "observedGeneration": generation});
        for (key, text) in [("reason", reason), ("message", message)] {
            if !text.is_empty() {
                c[key] = text.into();
            }
        }
        c
    };
    let gates = pod.list_at("spec.readinessGates").iter().all(|g| {
        let kind = g.str_at("conditionType");
        old.iter().any(|c| c.str_at("type") == kind && c.str_at("status") == "True")
    });
    let (pod_ready, pod_reason) = if ready && !gates { (false, "ReadinessGatesNotReady") } else { (ready, reason) };
    const OWN: [&str; 5] = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
    let mut all: Vec<Value> = old.iter().filter(|c| !OWN.contains(&c.str_at("type"))).cloned().collect();
    all.push(condition(OWN[0], !run.ip.is_empty() && !finished, "", ""));
    all.push(condition(OWN[1], initialized, init_reason, &init_message));
    all.push(condition(OWN[2], pod_ready, pod_reason, &message));
    all.push(condition(OWN[3], ready, reason, &message));
    all.push(condition(OWN[4], true, "", ""));
    all.into()
}

fn container(uid: &str, c: &Container) -> Value {
    let mut status = json!({"name": c.name(), "ready": c.ready, "started": c.started, "restartCount": c.restarts,
        "lastState": {}, "image": c.image(), "imageID": ""});
    let id = container_id(uid, c.name());
    if c.ran {
        let name = image::full_name(c.image());
        status["imageID"] = format!("{}@sha256:{id}", image::repository(&name)).into();
        status["image"] = name.into();
        status["containerID"] = format!("containerd://{id}").into();
    }
    if let Some(last) = &c.last {
        status["lastState"] = json!({"terminated": terminated(last, &id)});
    }
    status["state"] = match &c.state {
        State::Waiting { reason, message } if message.is_empty() => json!({"waiting": {"reason": reason}}),
        State::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
        State::Running { since } => json!({"running": {"startedAt": since.rfc3339()}}),
        State::Terminated(ended) => json!({"terminated": terminated(ended, &id)}),
    };
    status
}

fn terminated(ended: &Ended, id: &str) -> Value {
    let reason = match ended.code {
        0 => "Completed",
        super::power::LOST => "Unknown",
        _ => "Error",
    };
    json!({"exitCode": ended.code, "reason": reason,
        "startedAt": ended.since.rfc3339(), "finishedAt": ended.at.rfc3339(), "containerID": format!("containerd://{id}")})
}

/// 64 hex digits that tell containers apart.
fn container_id(uid: &str, name: &str) -> String {
    let hash = |seed: u64| {
        uid.bytes().chain(name.bytes()).fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
    };
    let parts = [0xcbf2_9ce4_8422_2325u64, 0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9];
    parts.into_iter().map(|p| format!("{:016x}", hash(p))).collect()
}
