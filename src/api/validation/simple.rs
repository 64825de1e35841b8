//! Kinds with few rules: ConfigMap, Secret, Node, HorizontalPodAutoscaler, PodDisruptionBudget, PriorityClass.

use super::field::{Errors, Field};
use super::{apps, format};
use crate::api::{FieldError, ObjectExt, Value};

/// `core.MaxSecretSize`
const MOST_BYTES: usize = 1024 * 1024;

/// An immutable object stays so, and its data too.
fn frozen(errors: &mut Errors, root: &Field, old: Option<&Value>, data: &[&str]) {
    let Some(old) = old.filter(|old| old.bool_at("immutable")) else { return };
    let detail = "field is immutable when `immutable` is set";
    if !root.value.bool_at("immutable") {
        errors.forbidden(&root.child("immutable"), detail);
    }
    for name in data.iter().filter(|n| root.value.at(n) != old.at(n)) {
        errors.forbidden(&root.child(name), detail);
    }
}

fn keys(errors: &mut Errors, bag: &Field) {
    for (key, _) in bag.pairs() {
        let value = Value::from(key);
        errors.each(&Field { path: bag.key(key).path, value: &value }, &format::config_key(key));
    }
}

// upstream: pkg/apis/core/validation/validation.go ValidateConfigMap
pub(super) fn config_map(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    frozen(errors, root, old, &["data", "binaryData"]);
    let (data, binary) = (root.child("data"), root.child("binaryData"));
    keys(errors, &data);
    for (key, _) in data.pairs().iter().filter(|(k, _)| binary.has(k)) {
        let value = Value::from(*key);
        errors.text(&Field { path: data.key(key).path, value: &value }, "duplicate of key present in binaryData");
    }
    keys(errors, &binary);
    let size: usize = data.pairs().iter().map(|(_, v)| v.len()).sum::<usize>()
        + binary.pairs().iter().map(|(_, v)| v.len() / 4 * 3).sum::<usize>();
    if size > MOST_BYTES {
        errors.0.push(FieldError::too_long("", MOST_BYTES));
    }
}

/// Keys that a type of Secret must have.
const REQUIRED_KEYS: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

// upstream: pkg/apis/core/validation/validation.go ValidateSecret
pub(super) fn secret(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    if let Some(old) = old {
        errors.immutable(&root.child("type"), old.at("type"));
    }
    frozen(errors, root, old, &["data"]);
    let data = root.child("data");
    keys(errors, &data);
    if data.pairs().iter().map(|(_, v)| v.len() / 4 * 3).sum::<usize>() > MOST_BYTES {
        errors.0.push(FieldError::too_long("data", MOST_BYTES));
    }
    let kind = root.value.str_at("type");
    for key in REQUIRED_KEYS.iter().filter(|(k, _)| *k == kind).flat_map(|(_, keys)| keys.iter()) {
        if !data.has(key) {
            errors.required(&data.key(key), "");
        }
    }
    if kind == "kubernetes.io/basic-auth" && !data.has("username") && !data.has("password") {
        errors.required(&data.key("username"), "");
        errors.required(&data.key("password"), "");
    }
    if kind == "kubernetes.io/service-account-token" {
        let name = root.child("metadata.annotations").key("kubernetes.io/service-account.name");
        if name.str().is_empty() {
            errors.required(&name, "");
        }
    }
}

// upstream: pkg/apis/core/validation/validation.go ValidateNode, ValidateNodeUpdate
pub(super) fn node(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let spec = root.child("spec");
    if let Some(old) = old {
        let detail = "node updates may not change podCIDR except from \"\" to valid";
        if !old.list_at("spec.podCIDRs").is_empty() && old.at("spec.podCIDRs") != spec.value.at("podCIDRs") {
            errors.forbidden(&spec.child("podCIDRs"), detail);
        }
        let provider = old.str_at("spec.providerID");
        if !provider.is_empty() && provider != spec.value.str_at("providerID") {
            let detail = "node updates may not change providerID except from \"\" to valid";
            errors.forbidden(&spec.child("providerID"), detail);
        }
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    // The path's `metadata` is upstream's.
    let taints = spec.child("taints").named("metadata.taints".into());
    for taint in taints.items() {
        errors.qualified_name(&taint.child("key"));
        let value = taint.child("value");
        let messages = format::label_value(value.str());
        if !messages.is_empty() {
            errors.text(&value, &messages.join(";"));
        }
        errors.required_one_of(&taint.child("effect"), &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        let pair = (taint.value.str_at("key"), taint.value.str_at("effect"));
        if seen.contains(&pair) {
            let shown = serde_json::json!({"Key": pair.0, "Value": value.str(), "Effect": pair.1, "TimeAdded": null});
            let body = [
                "Duplicate value: ",
                &super::field::shown_in_order(&shown, &["Key", "Value", "Effect", "TimeAdded"]),
                ": taints must be unique by key and effect pair",
            ]
            .concat();
            errors.0.push(FieldError { path: taint.path.clone(), kind: crate::api::ErrorKind::Duplicate, body });
        }
        seen.push(pair);
    }
}

// upstream: pkg/apis/autoscaling/validation/validation.go validateHorizontalPodAutoscalerSpec
pub(super) fn autoscaler(errors: &mut Errors, root: &Field) {
    let spec = root.child("spec");
    let (least, most) = (spec.child("minReplicas"), spec.child("maxReplicas"));
    if least.given() && least.int() < 1 {
        errors.number(&least, "must be greater than or equal to 1");
    }
    match most.int() {
        0 => errors.required(&most, "must be set and greater than 0"),
        n if n < 0 => errors.number(&most, "must be greater than or equal to 1"),
        _ => {}
    }
    if least.given() && most.int() < least.int() {
        errors.number(&most, "must be greater than or equal to `minReplicas`");
    }
    for name in ["kind", "name"].map(|n| spec.child("scaleTargetRef").child(n)) {
        if name.str().is_empty() {
            errors.required(&name, "")
        } else {
            errors.each(&name, &format::path_segment(name.str()))
        }
    }
    let version = spec.child("scaleTargetRef.apiVersion");
    if !version.str().contains('/') {
        errors.text(&version, "apiVersion must specify API group");
    }
}

// upstream: pkg/apis/policy/validation/validation.go ValidatePodDisruptionBudgetSpec
pub(super) fn disruption_budget(errors: &mut Errors, root: &Field) {
    let spec = root.child("spec");
    for bound in ["minAvailable", "maxUnavailable"].map(|n| spec.child(n)) {
        if bound.given() {
            apps::int_or_percent(errors, &bound);
            apps::most_100_percent(errors, &bound);
        }
    }
    errors.label_selector(&spec.child("selector"));
    let policy = spec.child("unhealthyPodEvictionPolicy");
    if policy.given() {
        errors.one_of(&policy, &["AlwaysAllow", "IfHealthyBudget"]);
    }
}

// upstream: pkg/apis/scheduling/validation/validation.go ValidatePriorityClass
pub(super) fn priority_class(errors: &mut Errors, root: &Field, old: Option<&Value>) {
    let value = root.child("value");
    if let Some(old) = old {
        if old.int_at("value").unwrap_or(0) != value.int() {
            errors.forbidden(&value, "may not be changed in an update.");
        }
        return errors.immutable(&root.child("preemptionPolicy"), old.at("preemptionPolicy"));
    }
    if !root.value.name().starts_with("system-") && value.int() > 1_000_000_000 {
        errors.forbidden(&value, "maximum allowed value of a user defined priority is 1000000000");
    }
    let policy = root.child("preemptionPolicy");
    if policy.given() {
        errors.required_one_of(&policy, &["PreemptLowerPriority", "Never"]);
    }
}
