//! What may change in a Pod: little more than its images.
// upstream: pkg/apis/core/validation/validation.go ValidatePodUpdate

use super::difflib::unified;
use super::field::{Errors, Field};
use super::internal::print_pod_spec;
use super::pod;
use crate::api::{ObjectExt, Value};

const CHANGEABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";

pub(super) fn update(errors: &mut Errors, root: &Field, old: &Value) {
    pod::pod(errors, root);
    let (spec, old) = (root.child("spec"), old.at("spec"));
    for list in ["containers", "initContainers"] {
        let containers = spec.child(list);
        if containers.items().len() != old.list_at(list).len() {
            return errors.forbidden(&containers, "pod updates may not add or remove containers");
        }
        for image in containers.items().iter().map(|c| c.child("image")) {
            if image.str().is_empty() {
                errors.required(&image, "");
            }
            if image.str().trim() != image.str() {
                errors.text(&image, "must not have leading or trailing whitespace");
            }
        }
    }
    let deadline = spec.child("activeDeadlineSeconds");
    let old_deadline = old.int_at("activeDeadlineSeconds");
    if deadline.given() {
        if !(0..=i64::from(i32::MAX)).contains(&deadline.int()) {
            return errors.number(&deadline, "must be between 0 and 2147483647, inclusive");
        }
        if old_deadline.is_some_and(|old| old < deadline.int()) {
            return errors.number(&deadline, "must be less than or equal to previous value");
        }
    } else if old_deadline.is_some() {
        errors.invalid(&deadline, "must not update from a positive integer to nil value");
    }
    tolerations(errors, &spec.child("tolerations"), old.list_at("tolerations"));
    let had: Vec<&str> = old.list_at("schedulingGates").iter().map(|g| g.str_at("name")).collect();
    for gate in spec.child("schedulingGates").items().iter().map(|g| g.child("name")) {
        if !had.contains(&gate.str()) {
            let detail = format!("only deletion is allowed, but found new scheduling gate '{}'", gate.str());
            errors.forbidden(&gate, &detail);
        }
    }
    let changed = without_changeable(spec.value, old);
    if changed != *old {
        let difference = unified(&print_pod_spec(old), &print_pod_spec(&changed));
        errors.forbidden(&spec, &[CHANGEABLE, &difference].concat());
    }
}

fn tolerations(errors: &mut Errors, new: &Field, old: &[Value]) {
    let plain = |t: &Value| {
        let mut t = t.clone();
        t.unset("tolerationSeconds");
        t
    };
    let kept = |old: &&Value| new.items().iter().any(|n| plain(n.value) == plain(old));
    if !old.iter().all(|t| kept(&t)) {
        return errors.forbidden(new, "existing toleration can not be modified except its tolerationSeconds");
    }
    pod::tolerations(errors, new);
}

/// The new spec with the old one's values wherever a change is allowed.
fn without_changeable(new: &Value, old: &Value) -> Value {
    let mut spec = new.clone();
    for list in ["containers", "initContainers"] {
        for (i, container) in old.list_at(list).iter().enumerate() {
            spec.set(&format!("{list}.{i}.image"), container.at("image").clone());
        }
    }
    let mut keep = vec!["activeDeadlineSeconds", "schedulingGates", "tolerations"];
    let grace = "terminationGracePeriodSeconds";
    if old.int_at(grace).is_some_and(|g| g < 0) && spec.int_at(grace) == Some(1) {
        keep.push(grace);
    }
    for name in keep {
        match old.at(name) {
            Value::Null => drop(spec.unset(name)),
            value => spec.set(name, value.clone()),
        }
    }
    spec
}
