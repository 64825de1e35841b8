//! How much a container asks for and may have.

use super::super::field::{Errors, Field};
use super::super::format;
use crate::api::Value;
use crate::api::quantity::Quantity;

/// Resources that may be asked for beyond what is there, so that request and limit may differ.
fn overcommit(name: &str) -> bool {
    let native = !name.contains('/') || name.contains("kubernetes.io/");
    native && !name.starts_with("hugepages-")
}

// upstream: ValidateContainerResourceRequirements, validateResourceRequirements
pub(in crate::api::validation) fn resources(errors: &mut Errors, resources: &Field) {
    let (limits, requests) = (resources.child("limits"), resources.child("requests"));
    for (name, text) in limits.pairs() {
        resource_amount(errors, &limits, name, text);
    }
    for (name, text) in requests.pairs() {
        resource_amount(errors, &requests, name, text);
        let Ok(amount) = Quantity::parse(text) else { continue };
        let limit = limits.value.get(name).and_then(Quantity::of);
        let printed = Value::from(amount.to_string());
        let at = Field { path: requests.path.clone(), value: &printed };
        match limit {
            Some(limit) if amount != limit && !overcommit(name) => {
                errors.text(&at, &format!("must be equal to {name} limit of {limit}"));
            }
            Some(limit) if amount > limit => {
                errors.text(&at, &format!("must be less than or equal to {name} limit of {limit}"));
            }
            None if !overcommit(name) => errors.required(&limits, "Limit must be set for non overcommitable resources"),
            _ => {}
        }
    }
    if only_huge_pages(resources) {
        errors.forbidden(resources, "HugePages require cpu or memory");
    }
}

/// Huge pages are no amount to live on.
fn only_huge_pages(resources: &Field) -> bool {
    let names: Vec<&str> =
        ["limits", "requests"].iter().flat_map(|list| resources.child(list).pairs()).map(|(name, _)| name).collect();
    names.iter().any(|n| n.starts_with("hugepages-")) && !names.iter().any(|n| matches!(*n, "cpu" | "memory"))
}

fn resource_amount(errors: &mut Errors, list: &Field, name: &str, text: &str) {
    let name_value = Value::from(name);
    let at = Field { path: list.key(name).path, value: &name_value };
    let messages = format::qualified_name(name);
    errors.each(&at, &messages);
    if messages.is_empty() && !name.contains('/') {
        let standard = ["cpu", "memory", "ephemeral-storage"].contains(&name) || name.starts_with("hugepages-");
        let objects = [
            "pods",
            "services",
            "replicationcontrollers",
            "resourcequotas",
            "secrets",
            "configmaps",
            "persistentvolumeclaims",
            "storage",
            "requests.cpu",
            "requests.memory",
            "requests.storage",
            "requests.ephemeral-storage",
            "limits.cpu",
            "limits.memory",
            "limits.ephemeral-storage",
            "services.nodeports",
            "services.loadbalancers",
        ];
        if !standard && !objects.contains(&name) {
            errors.text(&at, "must be a standard resource type or fully qualified");
        }
        if !standard {
            errors.text(&at, "must be a standard resource for containers");
        }
    }
    if let Ok(amount) = Quantity::parse(text) {
        let printed = Value::from(amount.to_string());
        let at = Field { path: at.path, value: &printed };
        if amount.nanos < 0 {
            errors.text(&at, format::NEGATIVE);
        }
        let integer = name.contains('/') && !name.contains("kubernetes.io/");
        if integer && amount.nanos % 1_000_000_000 != 0 {
            errors.text(&at, "must be an integer");
        }
    }
}
