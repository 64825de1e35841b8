//! Jobs: Pods that are to succeed so many times. upstream: pkg/controller/job/job_controller.go

use super::{Kind, Work, pods, source};
use crate::api::resource::JOBS;
use crate::api::{ObjectExt, Value};
use crate::cluster::index::{Phase, PodInfo};
use crate::cluster::recorder::EventType;
use crate::cluster::{Cluster, Key};
use crate::sim::{Duration, Time};
use serde_json::json;
use std::rc::Rc;

const COMPONENT: &str = "job-controller";
/// How long after a failure a new Pod is made, doubled with each (`DefaultJobPodFailureBackOff`).
const BACK_OFF: u64 = 10;
/// … up to this (`MaxJobPodFailureBackOff`).
const BACK_OFF_MAX: u64 = 600;

/// Brings one Job's Pods and status up to date.
// upstream: pkg/controller/job/job_controller.go syncJob
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let Some(job) = cluster.store.find(&JOBS, namespace, name).cloned() else { return };
    let ended = |kind: &str| job.list_at("status.conditions").iter().any(|c| c.str_at("type") == kind);
    if ended("Complete") || ended("Failed") {
        expire(cluster, &job);
        return;
    }
    if job.at("metadata.deletionTimestamp").is_string() {
        return;
    }
    let mine = pods::claim(cluster, &JOBS, &job);
    let count = |phase: Phase| mine.iter().filter(|p| p.phase == phase).count() as i64;
    let (succeeded, failed) = (count(Phase::Succeeded), count(Phase::Failed));
    let active: Vec<&Rc<PodInfo>> = mine.iter().filter(|p| p.active()).collect();
    let mut status = json!({
        "startTime": job.at("status").get("startTime").cloned().unwrap_or_else(|| cluster.now.rfc3339().into()),
        "terminating": mine.iter().filter(|p| p.deleting && !p.finished()).count(),
        "uncountedTerminatedPods": {}});
    let restarts: i64 = active.iter().map(|p| p.restarts).sum();
    let on_failure = job.str_at("spec.template.spec.restartPolicy") == "OnFailure";
    let limit = job.int_at("spec.backoffLimit").unwrap_or(6);
    let suspended = job.bool_at("spec.suspend");
    let want = job.int_at("spec.completions").unwrap_or(1);
    let (mut running, mut ready) = (active.len() as i64, active.iter().filter(|p| p.ready).count());
    if failed > limit || (on_failure && restarts > limit) || overdue(cluster.now, &job) {
        let late = overdue(cluster.now, &job);
        let why = if late {
            ("DeadlineExceeded", "Job was active longer than specified deadline")
        } else {
            ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
        };
        stop(cluster, &job, &active);
        (running, ready) = (0, 0);
        finish(cluster, &job, &mut status, ("FailureTarget", "Failed"), why, EventType::Warning);
    } else if succeeded >= want {
        status["completionTime"] = cluster.now.rfc3339().into();
        let why = ("CompletionsReached", "Reached expected number of succeeded pods");
        finish(cluster, &job, &mut status, ("SuccessCriteriaMet", "Complete"), why, EventType::Normal);
    } else if suspended {
        stop(cluster, &job, &active);
        (running, ready) = (0, 0);
    } else {
        let room = (job.int_at("spec.parallelism").unwrap_or(1)).min(want - succeeded) - running;
        running += make(cluster, &job, &mine, room, failed);
    }
    status["ready"] = ready.into();
    for (field, number) in [("active", running), ("succeeded", succeeded), ("failed", failed)] {
        if number > 0 {
            status[field] = number.into();
        }
    }
    let object =
        json!({"metadata": {"name": job.name(), "namespace": job.namespace(), "uid": job.uid()}, "status": status});
    let _ = cluster.update_status(&JOBS, object);
}

fn overdue(now: Time, job: &Value) -> bool {
    let (Some(seconds), Some(start)) =
        (job.int_at("spec.activeDeadlineSeconds"), Time::parse(job.str_at("status.startTime")))
    else {
        return false;
    };
    now.since(start).as_secs() as i64 >= seconds
}

/// Makes the Pods that are missing, not before the last failure is long enough ago; how many it made.
fn make(cluster: &mut Cluster, job: &Value, mine: &[Rc<PodInfo>], room: i64, failed: i64) -> i64 {
    let work = || Work { kind: Kind::Job, namespace: job.namespace().into(), name: job.name().into() };
    if let Some(seconds) = job.int_at("spec.activeDeadlineSeconds") {
        cluster.enqueue_after(work(), Duration::secs(seconds.max(0) as u64));
    }
    if room <= 0 || pods::namespace_ends(cluster, job.namespace()) {
        return 0;
    }
    let last = mine.iter().filter(|p| p.phase == Phase::Failed).map(|p| p.ready_since.max(p.created)).max();
    if let Some(last) = last {
        let wait = (BACK_OFF << (failed - 1).clamp(0, 10)).min(BACK_OFF_MAX);
        let due = last + Duration::secs(wait);
        if due > cluster.now {
            cluster.enqueue_after(work(), due.since(cluster.now));
            return 0;
        }
    }
    for _ in 0..room {
        let pod = pods::from_template(&JOBS, job, job.at("spec.template"));
        if pods::create(cluster, COMPONENT, (&JOBS, job), pod).is_err() {
            return 0;
        }
    }
    room
}

fn stop(cluster: &mut Cluster, job: &Value, active: &[&Rc<PodInfo>]) {
    for pod in active {
        let _ = pods::delete(cluster, COMPONENT, (&JOBS, job), &pod.key);
    }
}

fn finish(
    cluster: &mut Cluster,
    job: &Value,
    status: &mut Value,
    kinds: (&str, &str),
    (reason, message): (&str, &str),
    event: EventType,
) {
    let now = cluster.now.rfc3339();
    let condition = |kind: &str| {
        json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastProbeTime": now,
            "lastTransitionTime": now})
    };
    status["conditions"] = json!([condition(kinds.0), condition(kinds.1)]);
    let said = if event == EventType::Normal { ("Completed", "Job completed") } else { (reason, message) };
    cluster.record(source(COMPONENT), (&JOBS, job), "", (event, said.0), said.1);
    if let Some(seconds) = job.int_at("spec.ttlSecondsAfterFinished") {
        let work = Work { kind: Kind::Job, namespace: job.namespace().into(), name: job.name().into() };
        cluster.enqueue_after(work, Duration::secs(seconds.max(0) as u64));
    }
}

/// Deletes a finished Job whose time is over. upstream: pkg/controller/ttlafterfinished/
fn expire(cluster: &mut Cluster, job: &Value) {
    let Some(seconds) = job.int_at("spec.ttlSecondsAfterFinished") else { return };
    let done = job.list_at("status.conditions").last().and_then(|c| Time::parse(c.str_at("lastTransitionTime")));
    if done.is_some_and(|t| cluster.now.since(t).as_secs() as i64 >= seconds) {
        let _ = cluster.delete(&Key::of(&JOBS, job), &json!({"propagationPolicy": "Background"}));
    }
}
