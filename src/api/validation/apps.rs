//! ReplicaSets, Deployments, DaemonSets, StatefulSets, ReplicationControllers.
// upstream: pkg/apis/apps/validation/validation.go

use super::field::{Errors, Field, shown_selector};
use super::{format, pod};
use crate::api::error::ErrorKind;
use crate::api::selector::Selector;
use crate::api::{FieldError, ObjectExt, Value};

pub(super) fn replica_set(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let spec = root.child("spec");
    errors.nonnegative(&spec.child("replicas"));
    errors.nonnegative(&spec.child("minReadySeconds"));
    selected_template(errors, &spec, "deployment", "ReplicaSet", "invalid label selector");
    immutable_selector(errors, &spec, old);
}

pub(super) fn replication_controller(errors: &mut Errors, root: &Field) {
    let spec = root.child("spec");
    errors.nonnegative(&spec.child("minReadySeconds"));
    let selector = spec.child("selector");
    if selector.empty() {
        errors.required(&selector, "");
    }
    errors.nonnegative(&spec.child("replicas"));
    let template = spec.child("template");
    if !template.given() {
        return errors.required(&template, "");
    }
    let selects = Selector::of_set(selector.value).matches(pod::template_labels(spec.value));
    pod::controlled(errors, &template, selects, "ReplicationController");
}

pub(super) fn deployment(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let spec = root.child("spec");
    errors.nonnegative(&spec.child("replicas"));
    selected_template(errors, &spec, "deployment", "ReplicaSet", "invalid label selector");
    let strategy = spec.child("strategy");
    let rolling = strategy.child("rollingUpdate");
    match strategy.value.str_at("type") {
        "Recreate" if rolling.given() => {
            errors.forbidden(&rolling, "may not be specified when strategy `type` is 'Recreate'");
        }
        "Recreate" => {}
        "RollingUpdate" => rolling_deployment(errors, &rolling),
        _ => unsupported_strategy(errors, &strategy, &["Recreate", "RollingUpdate"]),
    }
    let ready = spec.child("minReadySeconds");
    errors.nonnegative(&ready);
    errors.nonnegative(&spec.child("revisionHistoryLimit"));
    let deadline = spec.child("progressDeadlineSeconds");
    errors.nonnegative(&deadline);
    if deadline.given() && deadline.int() <= ready.int() {
        errors.invalid(&deadline, "must be greater than minReadySeconds");
    }
    immutable_selector(errors, &spec, old);
}

fn rolling_deployment(errors: &mut Errors, rolling: &Field) {
    let (unavailable, surge) = (rolling.child("maxUnavailable"), rolling.child("maxSurge"));
    int_or_percent(errors, &unavailable);
    int_or_percent(errors, &surge);
    if amount(unavailable.value) == 0 && amount(surge.value) == 0 {
        errors.invalid(&unavailable, "may not be 0 when `maxSurge` is 0");
    }
    most_100_percent(errors, &unavailable);
}

pub(super) fn daemon_set(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let spec = root.child("spec");
    immutable_selector(errors, &spec, old);
    let selector = spec.child("selector");
    errors.label_selector(&selector);
    let template = spec.child("template");
    let selects = Selector::of_object(selector.value).map_or(true, |s| s.matches(pod::template_labels(spec.value)));
    if !selects {
        errors.invalid(&template.child("metadata.labels"), "`selector` does not match template `labels`");
    }
    if selector.given() && selects_nothing_by(selector.value) {
        wrong_selector(errors, &selector, "empty selector is invalid for daemonset");
    }
    pod::template(errors, &template);
    pod::always(errors, &template, "DaemonSet");
    errors.nonnegative(&spec.child("minReadySeconds"));
    let strategy = spec.child("updateStrategy");
    let rolling = strategy.child("rollingUpdate");
    match strategy.value.str_at("type") {
        "OnDelete" => {}
        "RollingUpdate" if !rolling.given() => errors.required(&rolling, ""),
        "RollingUpdate" => rolling_daemon_set(errors, &rolling),
        _ => unsupported_strategy(errors, &strategy, &["RollingUpdate", "OnDelete"]),
    }
    errors.nonnegative(&spec.child("revisionHistoryLimit"));
}

fn rolling_daemon_set(errors: &mut Errors, rolling: &Field) {
    let (unavailable, surge) = (rolling.child("maxUnavailable"), rolling.child("maxSurge"));
    for field in [&unavailable, &surge] {
        int_or_percent(errors, field);
    }
    for field in [&unavailable, &surge] {
        most_100_percent(errors, field);
    }
    match (amount(unavailable.value) != 0, amount(surge.value) != 0) {
        (true, true) => errors.invalid(&surge, "may not be set when maxUnavailable is non-zero"),
        (false, false) => errors.required(&unavailable, "cannot be 0 when maxSurge is 0"),
        _ => {}
    }
}

pub(super) fn stateful_set(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let spec = root.child("spec");
    let management = spec.child("podManagementPolicy");
    if !["OrderedReady", "Parallel"].contains(&management.str()) {
        errors.text(&management, "must be 'OrderedReady' or 'Parallel'");
    }
    let strategy = spec.child("updateStrategy");
    let rolling = strategy.child("rollingUpdate");
    match strategy.value.str_at("type") {
        "OnDelete" if rolling.given() => {
            let partition = rolling.child("partition").int();
            let shown =
                format!("{{\"Partition\":{partition},\"MaxUnavailable\":{}}}", rolling.value.at("maxUnavailable"));
            errors.written(&rolling.path, &shown, "only allowed for updateStrategy 'RollingUpdate'");
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            errors.nonnegative(&rolling.child("partition"));
            let unavailable = rolling.child("maxUnavailable");
            if unavailable.given() {
                int_or_percent(errors, &unavailable);
                if amount(unavailable.value) == 0 {
                    errors.invalid(&unavailable, "cannot be 0");
                }
                most_100_percent(errors, &unavailable);
            }
        }
        other => {
            let shown = format!("{{\"Type\":{other:?},\"RollingUpdate\":null}}");
            errors.written(&strategy.path, &shown, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
    for name in ["whenDeleted", "whenScaled"] {
        let policy = spec.child("persistentVolumeClaimRetentionPolicy").child(name);
        if policy.given() {
            errors.one_of(&policy, &["Retain", "Delete"]);
        }
    }
    errors.nonnegative(&spec.child("replicas"));
    errors.nonnegative(&spec.child("minReadySeconds"));
    errors.nonnegative(&spec.child("ordinals.start"));
    let service = spec.child("serviceName");
    if !service.str().is_empty() && old.is_none() {
        errors.dns_label(&service);
    }
    stateful_template(errors, &spec);
    errors.nonnegative(&spec.child("revisionHistoryLimit"));
    if let Some(old) = old {
        stateful_changes(errors, &spec, old.at("spec"));
    }
}

fn stateful_template(errors: &mut Errors, spec: &Field) {
    // The claims' volumes are mounted like the template's own.
    let mut with_claims = spec.value.clone();
    // They are each Pod's own, so the template's aren't looked at.
    for own in ["template.spec.hostname", "template.spec.subdomain"] {
        with_claims.unset(own);
    }
    let claims: Vec<Value> = spec
        .value
        .list_at("volumeClaimTemplates")
        .iter()
        .map(|c| serde_json::json!({"name": c.name(), "persistentVolumeClaim": {"claimName": c.name()}}))
        .collect();
    if !claims.is_empty() {
        let named = |v: &&Value| !claims.iter().any(|c| c.str_at("name") == v.str_at("name"));
        let others: Vec<Value> = spec.value.list_at("template.spec.volumes").iter().filter(named).cloned().collect();
        with_claims.set("template.spec.volumes", [claims.as_slice(), others.as_slice()].concat());
    }
    let spec = Field { path: spec.path.clone(), value: &with_claims };
    selected_template(errors, &spec, "statefulset", "StatefulSet", "");
}

fn stateful_changes(errors: &mut Errors, new: &Field, old: &Value) {
    let mut changed = new.value.clone();
    let free = [
        "replicas",
        "template",
        "updateStrategy",
        "minReadySeconds",
        "ordinals",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
    ];
    for name in free {
        match old.at(name) {
            Value::Null => drop(changed.unset(name)),
            value => changed.set(name, value.clone()),
        }
    }
    if changed != *old {
        let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        errors.forbidden(new, detail);
    }
}

fn selects_nothing_by(selector: &Value) -> bool {
    ["matchLabels", "matchExpressions"].iter().all(|n| match selector.at(n) {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => true,
    })
}

fn wrong_selector(errors: &mut Errors, selector: &Field, detail: &str) {
    errors.written(&selector.path, &shown_selector(selector.value), detail);
}

/// Selector and template: the one must select the other.
// upstream: ValidateReplicaSetSpec, ValidatePodTemplateSpecForReplicaSet
fn selected_template(errors: &mut Errors, spec: &Field, kind: &str, template_kind: &str, not_a_selector: &str) {
    let selector = spec.child("selector");
    if selector.given() {
        errors.label_selector(&selector);
        if selects_nothing_by(selector.value) {
            wrong_selector(errors, &selector, &format!("empty selector is invalid for {kind}"));
        }
    } else {
        errors.required(&selector, "");
    }
    match Selector::of_object(selector.value) {
        Err(_) => wrong_selector(errors, &selector, not_a_selector),
        Ok(selector) => {
            let selects = selector.matches(pod::template_labels(spec.value));
            pod::controlled(errors, &spec.child("template"), selects, template_kind);
        }
    }
}

fn immutable_selector(errors: &mut Errors, spec: &Field, old: Option<&Value>) {
    let selector = spec.child("selector");
    if old.is_some_and(|old| old.at("spec.selector") != selector.value) {
        wrong_selector(errors, &selector, format::IMMUTABLE);
    }
}

fn unsupported_strategy(errors: &mut Errors, strategy: &Field, supported: &[&str]) {
    let rolling = strategy.child("rollingUpdate");
    let part = |name: &str| match rolling.value.at(name) {
        Value::Null => "0".into(),
        other => other.to_string(),
    };
    let rolling = if rolling.given() {
        format!("{{\"MaxUnavailable\":{},\"MaxSurge\":{}}}", part("maxUnavailable"), part("maxSurge"))
    } else {
        "null".into()
    };
    let list = supported.iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", ");
    let kind = strategy.value.str_at("type");
    let body =
        format!("Unsupported value: {{\"Type\":{kind:?},\"RollingUpdate\":{rolling}}}: supported values: {list}");
    errors.0.push(FieldError { path: strategy.path.clone(), kind: ErrorKind::NotSupported, body });
}

fn percentage(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    format::percent(text).is_empty().then(|| text.trim_end_matches('%').parse().unwrap_or(i64::MAX))
}

/// A number or the number of a percentage; 0 for what is neither.
fn amount(value: &Value) -> i64 {
    let plain = || value.as_str().and_then(|s| s.parse().ok()).unwrap_or(0);
    value.as_i64().or_else(|| percentage(value)).unwrap_or_else(plain)
}

// upstream: ValidatePositiveIntOrPercent
pub(super) fn int_or_percent(errors: &mut Errors, field: &Field) {
    match field.value {
        Value::String(text) => errors.each(field, &format::percent(text)),
        _ => errors.nonnegative(field),
    }
}

// upstream: IsNotMoreThan100Percent
pub(super) fn most_100_percent(errors: &mut Errors, field: &Field) {
    if percentage(field.value).is_some_and(|p| p > 100) {
        errors.invalid(field, "must not be greater than 100%");
    }
}
