//! The cells of what makes Pods: their readiness, Jobs' state, autoscalers' metrics.

use super::cells::containers;
use crate::api::{ObjectExt, Value};
use crate::kubectl::print::age;
use crate::kubectl::print::text::{self, NONE, number, or};
use crate::sim::Time;

/// `READY/DESIRED` of a workload.
pub fn ready(o: &Value) -> String {
    format!("{}/{}", number(o, "status.readyReplicas"), number(o, "spec.replicas"))
}

pub fn cron_job(o: &Value, now: Time) -> Vec<String> {
    let last = match o.str_at("status.lastScheduleTime") {
        "" => NONE.into(),
        time => age::since(time, now),
    };
    let suspend = o.at("spec.suspend").as_bool().map_or("<unset>", |s| if s { "True" } else { "False" });
    let mut cells = vec![
        o.str_at("spec.schedule").into(),
        or(o.str_at("spec.timeZone"), NONE).into(),
        suspend.into(),
        o.list_at("status.active").len().to_string(),
        last,
        age::since(o.str_at("metadata.creationTimestamp"), now),
    ];
    cells.extend(containers(o.at("spec.jobTemplate.spec.template")));
    cells.push(text::format_selector(o.at("spec.jobTemplate.spec.selector")));
    cells
}

pub fn job_status(o: &Value) -> &'static str {
    let has = |kind: &str| text::condition(o, kind) == "True";
    match () {
        () if has("Complete") => "Complete",
        () if has("Failed") => "Failed",
        () if !o.str_at("metadata.deletionTimestamp").is_empty() => "Terminating",
        () if has("Suspended") => "Suspended",
        () if has("FailureTarget") => "FailureTarget",
        () if has("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

pub fn job_completions(o: &Value) -> String {
    let succeeded = number(o, "status.succeeded");
    match (o.int_at("spec.completions"), o.int_at("spec.parallelism").unwrap_or(0)) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism @ 2..) => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    }
}

pub fn job_duration(o: &Value, now: Time) -> String {
    let time = |path: &str| Time::parse(o.str_at(path));
    time("status.startTime")
        .map_or(String::new(), |start| age::between(start, time("status.completionTime").unwrap_or(now)))
}

pub fn autoscaler(o: &Value, created: String) -> Vec<String> {
    let target = o.at("spec.scaleTargetRef");
    vec![
        format!("{}/{}", target.str_at("kind"), target.str_at("name")),
        metrics(o),
        o.int_at("spec.minReplicas").map_or("<unset>".into(), |n| n.to_string()),
        number(o, "spec.maxReplicas"),
        number(o, "status.currentReplicas"),
        created,
    ]
}

// upstream: pkg/printers/internalversion/printers.go formatHPAMetrics
fn metrics(o: &Value) -> String {
    let specs = o.list_at("spec.metrics");
    if specs.is_empty() {
        return NONE.into();
    }
    let list: Vec<String> = specs.iter().enumerate().map(|(i, spec)| metric(o, spec, i)).collect();
    let mut text = list.iter().take(2).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > 2 {
        text.push_str(&format!(" + {} more...", list.len() - 2));
    }
    text
}

fn metric(o: &Value, spec: &Value, index: usize) -> String {
    let source = match spec.str_at("type") {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return "<unknown type>".into(),
    };
    let current = o.at("status.currentMetrics").get(index).map_or(&Value::Null, |m| m.at(source).at("current"));
    let target = spec.at(source).at("target");
    let known = |value: &Value, unknown: &str| if value.is_null() { unknown.into() } else { text::plain(value) };
    let percent = |value: &Value, unknown: &str| match value.as_i64() {
        Some(n) => format!("{n}%"),
        None => unknown.into(),
    };
    let average = !target.at("averageValue").is_null();
    let pair = match (average, source) {
        (true, _) | (_, "pods") => {
            format!("{}/{}", known(current.at("averageValue"), "<unknown>"), text::plain(target.at("averageValue")))
        }
        (false, "resource" | "containerResource") => format!(
            "{}/{}",
            percent(current.at("averageUtilization"), "<unknown>"),
            percent(target.at("averageUtilization"), "<auto>")
        ),
        (false, _) => format!("{}/{}", known(current.at("value"), "<unknown>"), text::plain(target.at("value"))),
    };
    match source {
        "resource" | "containerResource" => format!("{}: {pair}", spec.at(source).str_at("name")),
        "external" | "object" if average => format!("{pair} (avg)"),
        _ => pair,
    }
}
