//! HorizontalPodAutoscalers and PodDisruptionBudgets.

use super::writer::{Description, line};
use crate::api::{ObjectExt, Value};
use crate::kubectl::print::text::{self, number, plain};

const UNKNOWN: &str = "<unknown>";

// upstream: kubectl/pkg/describe/describe.go describeHorizontalPodAutoscalerV2
pub fn autoscaler(d: &mut Description, o: &Value) {
    d.name(o);
    d.metadata(o);
    d.time(0, "CreationTimestamp", o, "metadata.creationTimestamp");
    let target = o.at("spec.scaleTargetRef");
    d.field(0, "Reference", format_args!("{}/{}", target.str_at("kind"), target.str_at("name")));
    d.field(0, "Metrics", "( current / target )");
    for (i, metric) in o.list_at("spec.metrics").iter().enumerate() {
        let status = o.list_at("status.currentMetrics").get(i).unwrap_or(&Value::Null);
        let (title, current, target) = describe_metric(metric, status);
        line!(d, 1, "{title}:\t{current} / {target}");
    }
    d.field(0, "Min replicas", o.int_at("spec.minReplicas").map_or("<unset>".into(), |n| n.to_string()));
    d.field(0, "Max replicas", number(o, "spec.maxReplicas"));
    if o.at("spec.behavior").is_object() {
        line!(d, 0, "Behavior:");
        behavior(d, "Scale Up", o.at("spec.behavior.scaleUp"));
        behavior(d, "Scale Down", o.at("spec.behavior.scaleDown"));
    }
    let (current, desired) = (number(o, "status.currentReplicas"), number(o, "status.desiredReplicas"));
    line!(d, 0, "{} pods:\t{current} current / {desired} desired", target.str_at("kind"));
    let conditions = o.list_at("status.conditions");
    if !conditions.is_empty() {
        line!(d, 0, "Conditions:");
        d.heading(1, &["Type", "Status", "Reason", "Message"]);
    }
    for c in conditions {
        let cells = ["type", "status", "reason", "message"].map(|key| c.str_at(key));
        line!(d, 1, "{}", cells.join("\t"));
    }
}

/// A metric's title, its current and its wanted value.
fn describe_metric(metric: &Value, status: &Value) -> (String, String, String) {
    let (field, what) = match metric.str_at("type") {
        "External" => ("external", format!("\"{}\" ", metric.str_at("external.metric.name"))),
        "Pods" => ("pods", format!("\"{}\" on pods", metric.str_at("pods.metric.name"))),
        "Object" => {
            let object = metric.at("object.describedObject");
            let of = format!("{}/{}", object.str_at("kind"), object.str_at("name"));
            ("object", format!("\"{}\" on {of} ", metric.str_at("object.metric.name")))
        }
        "Resource" => ("resource", format!("resource {} on pods", metric.str_at("resource.name"))),
        _ => {
            let m = metric.at("containerResource");
            let text = format!("resource {} of container \"{}\" on pods", m.str_at("name"), m.str_at("container"));
            ("containerResource", text)
        }
    };
    let target = metric.at(field).at("target");
    let current = status.at(field).at("current");
    let known = |v: &Value| if v.is_null() { UNKNOWN.to_string() } else { plain(v) };
    let average = !target.at("averageValue").is_null();
    match field {
        "external" | "object" if average => {
            let title = format!("{what}(target average value)");
            (title, known(current.at("averageValue")), plain(target.at("averageValue")))
        }
        "external" | "object" => {
            (format!("{what}(target value)"), known(current.at("value")), plain(target.at("value")))
        }
        _ if average || field == "pods" => (what, known(current.at("averageValue")), plain(target.at("averageValue"))),
        _ => {
            let now = match current.int_at("averageUtilization") {
                Some(percent) => format!("{percent}% ({})", plain(current.at("averageValue"))),
                None => UNKNOWN.into(),
            };
            let wanted = target.int_at("averageUtilization").map_or("<auto>".into(), |n| format!("{n}%"));
            (format!("{what}  (as a percentage of request)"), now, wanted)
        }
    }
}

// upstream: kubectl/pkg/describe/describe.go printDirectionBehavior
fn behavior(d: &mut Description, direction: &str, rules: &Value) {
    if !rules.is_object() {
        return;
    }
    line!(d, 1, "{direction}:");
    if let Some(seconds) = rules.int_at("stabilizationWindowSeconds") {
        line!(d, 2, "Stabilization Window: {seconds} seconds");
    }
    if rules.list_at("policies").is_empty() {
        return;
    }
    line!(d, 2, "Select Policy: {}", text::or(rules.str_at("selectPolicy"), "Max"));
    line!(d, 2, "Policies:");
    for p in rules.list_at("policies") {
        let (kind, value, period) = (p.str_at("type"), number(p, "value"), number(p, "periodSeconds"));
        line!(d, 3, "- Type: {kind}\tValue: {value}\tPeriod: {period} seconds");
    }
}

// upstream: kubectl/pkg/describe/describe.go describePodDisruptionBudgetV1
pub fn disruption_budget(d: &mut Description, o: &Value) {
    d.name(o);
    let bounds: &[(&str, &str)] = match o.at("spec.minAvailable") {
        Value::Null => &[("Max unavailable", "spec.maxUnavailable")],
        _ => &[("Min available", "spec.minAvailable")],
    };
    d.fields(0, o, bounds);
    let selector = o.at("spec.selector");
    d.field(0, "Selector", if selector.is_null() { "<unset>".into() } else { text::format_selector(selector) });
    line!(d, 0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        d.field(2, title, number(o.at("status"), field));
    }
}
