//! CronJobs: Jobs by the clock. upstream: pkg/controller/cronjob/{cronjob_controllerv2,utils}.go

use super::{Kind, Work, controller_ref, pods, source};
use crate::api::resource::{CRON_JOBS, JOBS};
use crate::api::{ObjectExt, Value};
use crate::cluster::index::controller_of;
use crate::cluster::recorder::EventType;
use crate::cluster::{Cluster, Key};
use crate::collections::sort_by_key;
use crate::sim::{Duration, Time};
use serde_json::json;
use std::rc::Rc;

const COMPONENT: &str = "cronjob-controller";
/// No schedule is looked for further ahead.
const HORIZON_MINUTES: u64 = 60 * 24 * 366;

/// Starts a Job that is due, tidies up old ones, and plans the next time.
// upstream: pkg/controller/cronjob/cronjob_controllerv2.go syncCronJob
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, namespace: &Rc<str>, name: &Rc<str>) {
    let Some(cron) = cluster.store.find(&CRON_JOBS, namespace, name).cloned() else { return };
    if cron.at("metadata.deletionTimestamp").is_string() {
        return;
    }
    let jobs: Vec<Rc<Value>> = cluster
        .store
        .list(&JOBS, namespace)
        .filter(|j| controller_of(j).is_some_and(|o| o.str_at("uid") == cron.uid()))
        .cloned()
        .collect();
    tidy(cluster, &cron, &jobs);
    let mut active: Vec<Value> = jobs.iter().filter(|j| ended(j).is_none()).map(|j| reference(j)).collect();
    let mut status = cron.at("status").clone();
    if !status.is_object() {
        status = json!({});
    }
    let last_end = jobs.iter().filter(|j| ended(j) == Some(true)).map(|j| j.str_at("status.completionTime")).max();
    if let Some(time) = last_end.filter(|t| !t.is_empty()) {
        status["lastSuccessfulTime"] = time.into();
    }
    let schedule = Schedule::parse(cron.str_at("spec.schedule"));
    if let (Some(schedule), false) = (schedule, cron.bool_at("spec.suspend")) {
        let since = [cron.str_at("status.lastScheduleTime"), cron.str_at("metadata.creationTimestamp")];
        let since = since.into_iter().filter_map(Time::parse).max().unwrap_or(cluster.now);
        if let Some(due) = schedule.last_between(since, cluster.now)
            && start(cluster, &cron, due, &mut active)
        {
            status["lastScheduleTime"] = due.rfc3339().into();
        }
        if let Some(next) = schedule.next_after(cluster.now) {
            let work = Work { kind: Kind::CronJob, namespace: namespace.clone(), name: name.clone() };
            cluster.enqueue_after(work, next.since(cluster.now) + Duration::millis(100));
        }
    }
    if active.is_empty() {
        status.unset("active");
    } else {
        status["active"] = active.into();
    }
    let object = json!({"metadata": {"name": cron.name(), "namespace": cron.namespace()}, "status": status});
    let _ = cluster.update_status(&CRON_JOBS, object);
}

/// Whether a Job succeeded; `None`: it goes on.
fn ended(job: &Value) -> Option<bool> {
    let kinds = job.list_at("status.conditions").iter().map(|c| c.str_at("type"));
    kinds.filter(|k| matches!(*k, "Complete" | "Failed")).map(|k| k == "Complete").next()
}

fn reference(job: &Value) -> Value {
    json!({"apiVersion": "batch/v1", "kind": "Job", "name": job.name(), "namespace": job.namespace(), "uid": job.uid(),
        "resourceVersion": job.str_at("metadata.resourceVersion")})
}

/// Starts the Job that was due at `due`, unless its predecessor forbids it.
fn start(cluster: &mut Cluster, cron: &Value, due: Time, active: &mut Vec<Value>) -> bool {
    if pods::namespace_ends(cluster, cron.namespace()) {
        return false;
    }
    match cron.str_at("spec.concurrencyPolicy") {
        "Forbid" if !active.is_empty() => {
            let text = "Not starting job because prior execution is running and concurrency policy is Forbid";
            say(cluster, cron, "JobAlreadyActive", text);
            return false;
        }
        "Replace" => {
            for job in active.drain(..) {
                let key = Key::new(&JOBS, cron.namespace(), job.str_at("name"));
                let _ = cluster.delete(&key, &json!({"propagationPolicy": "Background"}));
                say(cluster, cron, "SuccessfulDelete", &format!("Deleted job {}", job.str_at("name")));
            }
        }
        _ => {}
    }
    let template = cron.at("spec.jobTemplate");
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": format!("{}-{}", cron.name(), due.unix() / 60), "namespace": cron.namespace(),
            "ownerReferences": [controller_ref(&CRON_JOBS, cron)],
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": due.rfc3339()}},
        "spec": template.at("spec"),
    });
    if let Some(labels) = template.at("metadata").get("labels") {
        job["metadata"]["labels"] = labels.clone();
    }
    let Some(job) = cluster.create_as_client(&JOBS, job) else { return false };
    say(cluster, cron, "SuccessfulCreate", &format!("Created job {}", job.name()));
    active.push(reference(&job));
    true
}

fn say(cluster: &mut Cluster, cron: &Value, reason: &str, text: &str) {
    cluster.record(source(COMPONENT), (&CRON_JOBS, cron), "", (EventType::Normal, reason), text);
}

/// Deletes finished Jobs beyond the history limits, oldest first.
// upstream: pkg/controller/cronjob/cronjob_controllerv2.go cleanupFinishedJobs
fn tidy(cluster: &mut Cluster, cron: &Value, jobs: &[Rc<Value>]) {
    for (field, good, default) in [("successfulJobsHistoryLimit", true, 3), ("failedJobsHistoryLimit", false, 1)] {
        let keep = cron.at("spec").int_at(field).unwrap_or(default).max(0) as usize;
        let mut done: Vec<&Rc<Value>> = jobs.iter().filter(|j| ended(j) == Some(good)).collect();
        sort_by_key(&mut done, |j| j.str_at("status.startTime"));
        let excess = done.len().saturating_sub(keep);
        for job in done.into_iter().take(excess) {
            let _ = cluster.delete(&Key::of(&JOBS, job), &json!({"propagationPolicy": "Background"}));
            say(cluster, cron, "SuccessfulDelete", &format!("Deleted job {}", job.name()));
        }
    }
}

/// A crontab line as sets of allowed numbers.
struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both days are restricted: either is enough.
    either: bool,
}

impl Schedule {
    fn parse(text: &str) -> Option<Self> {
        let text = match text {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else { return None };
        let restricted = |f: &str| !f.starts_with(['*', '?']);
        Some(Self {
            minutes: set(minutes, 0, 59)?,
            hours: set(hours, 0, 23)?,
            days: set(days, 1, 31)?,
            months: set(months, 1, 12)?,
            weekdays: set(weekdays, 0, 7).map(|s| if s & (1 << 7) != 0 { s | 1 } else { s })?,
            either: restricted(days) && restricted(weekdays),
        })
    }
    fn matches(&self, minute: u64) -> bool {
        let text = at_minute(minute).rfc3339();
        let number = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<u64>().ok()).unwrap_or(0);
        let in_set = |set: u64, n: u64| set & (1 << n) != 0;
        let weekday = (minute / (60 * 24) + 4) % 7;
        let (day, week) = (in_set(self.days, number(8..10)), in_set(self.weekdays, weekday));
        in_set(self.minutes, minute % 60)
            && in_set(self.hours, minute / 60 % 24)
            && in_set(self.months, number(5..7))
            && if self.either { day || week } else { day && week }
    }
    /// The first moment after `time` that it names.
    fn next_after(&self, time: Time) -> Option<Time> {
        let first = minute_of(time) + 1;
        (first..first + HORIZON_MINUTES).find(|m| self.matches(*m)).map(at_minute)
    }
    /// The last moment after `from` and not after `to` that it names.
    fn last_between(&self, from: Time, to: Time) -> Option<Time> {
        (minute_of(from) + 1..=minute_of(to)).rev().find(|m| self.matches(*m)).map(at_minute)
    }
}

fn minute_of(time: Time) -> u64 {
    (time.unix() / 60) as u64
}

fn at_minute(minute: u64) -> Time {
    Time((minute * 60).saturating_sub(Time::EPOCH_UNIX as u64) * 1_000_000)
}

/// One field: `*`, `a`, `a-b`, `x/n`, and lists of them.
fn set(field: &str, low: u64, high: u64) -> Option<u64> {
    let mut set = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u64>().ok().filter(|s| *s > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
            None if matches!(range, "*" | "?") => (low, high),
            None => {
                let n: u64 = range.parse().ok()?;
                (n, if part.contains('/') { high } else { n })
            }
        };
        if from < low || to > high {
            return None;
        }
        (from..=to).step_by(step as usize).for_each(|n| set |= 1 << n);
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_name_moments() {
        let start = Time(0); // Tuesday, 24 November 2026, 9:00
        let next = |text: &str| Schedule::parse(text).and_then(|s| s.next_after(start)).map(|t| t.rfc3339());
        assert_eq!(next("* * * * *").as_deref(), Some("2026-11-24T09:01:00Z"));
        assert_eq!(next("*/15 * * * *").as_deref(), Some("2026-11-24T09:15:00Z"));
        assert_eq!(next("30 8 * * *").as_deref(), Some("2026-11-25T08:30:00Z"));
        assert_eq!(next("0 0 * * 0").as_deref(), Some("2026-11-29T00:00:00Z"));
        assert_eq!(next("0 12 1 1 *").as_deref(), Some("2027-01-01T12:00:00Z"));
        assert_eq!(next("61 * * * *"), None);
    }
}
