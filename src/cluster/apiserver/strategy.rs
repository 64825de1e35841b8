//! What a kind's registry does to its objects before they are validated.
//! upstream: pkg/registry/*/*/strategy.go PrepareForCreate, PrepareForUpdate

use super::{meta, service};
use crate::api::{ObjectExt, Resource, Value, defaults, schema};
use serde_json::json;

/// The status of a new object, as Go prints its empty struct; `None`: the kind has none, or keeps what it is given.
fn initial_status(resource: &Resource) -> Option<Value> {
    Some(match resource.plural {
        "services" | "ingresses" => json!({"loadBalancer": {}}),
        "replicasets" | "replicationcontrollers" => json!({"replicas": 0}),
        "deployments" | "jobs" | "cronjobs" | "resourcequotas" => json!({}),
        "daemonsets" => json!({"currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0,
            "numberReady": 0}),
        "statefulsets" => json!({"availableReplicas": 0, "replicas": 0}),
        "horizontalpodautoscalers" => json!({"currentMetrics": null, "desiredReplicas": 0}),
        "poddisruptionbudgets" => json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0,
            "expectedPods": 0}),
        "persistentvolumes" | "persistentvolumeclaims" => json!({"phase": "Pending"}),
        "namespaces" => json!({"phase": "Active"}),
        _ => return None,
    })
}

/// Whether the kind's status is changed through a path of its own.
pub(super) fn has_status(resource: &Resource) -> bool {
    initial_status(resource).is_some() || matches!(resource.plural, "pods" | "nodes")
}

/// Kinds that a `PUT` may create. upstream: strategy.go AllowCreateOnUpdate
pub(super) fn allows_create_on_update(resource: &Resource) -> bool {
    matches!(resource.plural, "services" | "endpoints" | "events" | "leases" | "limitranges")
}

/// Kinds that a `PUT` without `resourceVersion` may change. upstream: strategy.go AllowUnconditionalUpdate
pub(super) fn allows_unconditional_update(resource: &Resource) -> bool {
    !matches!(resource.plural, "leases" | "poddisruptionbudgets")
}

/// Before a new object is validated.
pub(super) fn prepare_for_create(resource: &Resource, object: &mut Value) {
    match resource.plural {
        "pods" => {
            object.unset("status");
            meta::pod_status_on_create(object);
        }
        "namespaces" if object.list_at("spec.finalizers").is_empty() => {
            object.set("spec.finalizers", json!(["kubernetes"]))
        }
        "jobs" => generate_job_selector(object),
        "daemonsets" => set_template_generation(object, 1),
        _ => {}
    }
    if let Some(status) = initial_status(resource) {
        object.set("status", status);
    }
}

/// What is stored of a valid new object is what would be read back: defaulted again, and as Go prints it.
pub(super) fn finish_create(resource: &Resource, object: &mut Value) {
    match resource.plural {
        // What was stored stays, but reading drops it: storage.go defaultOnReadInternalTrafficPolicy.
        "services" if object.str_at("spec.type") == "ExternalName" => drop(object.unset("spec.internalTrafficPolicy")),
        // The template has its labels only now.
        "jobs" => defaults::apply(resource, object),
        _ => {}
    }
    schema::encode(resource, object);
}

/// Before a changed object is validated: the status stays, what goes with a change follows it.
pub(super) fn prepare_for_update(resource: &Resource, new: &mut Value, old: &Value) {
    if has_status(resource) {
        copy(new, old, "status");
    }
    match resource.plural {
        "services" => service::drop_type_dependent_fields(new, old),
        "namespaces" => copy(new, old, "spec"),
        "daemonsets" => {
            let before = old.at("metadata.annotations").get(TEMPLATE_GENERATION);
            let before = before.and_then(|v| v.as_str()?.parse::<u64>().ok()).unwrap_or(1);
            let changed = new.at("spec.template") != old.at("spec.template");
            set_template_generation(new, before + u64::from(changed));
        }
        _ => {}
    }
    bump_generation(resource, new, old);
}

/// Before a changed status is validated: all else stays, but for what of the metadata anyone may change.
pub(super) fn prepare_for_status_update(new: &mut Value, old: &Value) {
    if let Value::Object(map) = new {
        map.retain(|k, _| k == "metadata" || k == "status");
        let Value::Object(before) = old else { return };
        for (k, v) in before.iter().filter(|(k, _)| *k != "metadata" && *k != "status") {
            map.insert(k.clone(), v.clone());
        }
    }
    if let Some(generation) = old.int_at("metadata.generation") {
        new.set("metadata.generation", generation);
    }
}

/// What readers see of a valid object: storage drops a field of ExternalName Services, and defaults once more.
/// upstream: pkg/registry/core/service/storage/storage.go defaultOnReadInternalTrafficPolicy,
/// pkg/apis/batch/v1/defaults.go setDefaults_Job
pub(super) fn as_read(resource: &Resource, object: &mut Value) {
    match resource.plural {
        "services" if object.str_at("spec.type") == "ExternalName" => drop(object.unset("spec.internalTrafficPolicy")),
        "jobs" if object.labels().is_empty() => {
            object.set("metadata.labels", object.at("spec.template.metadata.labels").clone());
        }
        _ => {}
    }
}

/// Lists that Go prints even if they are empty, as `null`: the encoding in storage doesn't tell an empty one from none.
pub(super) fn canonicalize(resource: &Resource, object: &mut Value) {
    if resource.plural != "endpointslices" {
        return;
    }
    let Value::Object(map) = object else { return };
    for field in ["endpoints", "ports"] {
        if map.get(field).and_then(Value::as_array).is_none_or(Vec::is_empty) {
            map.insert(field.into(), Value::Null);
        }
    }
}

/// `generation` counts changes of what is asked for.
pub(super) fn bump_generation(resource: &Resource, new: &mut Value, old: &Value) {
    if !meta::has_generation(resource) {
        return;
    }
    // A Deployment's annotations are handed to its ReplicaSets, so they count.
    let annotated =
        resource.plural == "deployments" && new.at("metadata.annotations") != old.at("metadata.annotations");
    // An EndpointSlice counts every update, since its strategy compares more than it means to.
    let always = resource.plural == "endpointslices";
    let changed = always || annotated || meta::desired(new) != meta::desired(old);
    let before = old.int_at("metadata.generation").unwrap_or(0);
    new.set("metadata.generation", if changed { before + 1 } else { before });
}

fn copy(new: &mut Value, old: &Value, field: &str) {
    let Value::Object(map) = new else { return };
    match old.get(field) {
        Some(value) => map.insert(field.into(), value.clone()),
        None => map.remove(field),
    };
}

/// A DaemonSet counts the changes of its template in an annotation.
/// upstream: pkg/registry/apps/daemonset/strategy.go, pkg/apis/apps/v1/conversion.go
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

fn set_template_generation(daemon_set: &mut Value, generation: u64) {
    if !daemon_set.at("metadata.annotations").is_object() {
        daemon_set.set("metadata.annotations", json!({}));
    }
    let annotations = daemon_set.get_mut("metadata").and_then(|m| m.get_mut("annotations"));
    if let Some(Value::Object(map)) = annotations {
        map.insert(TEMPLATE_GENERATION.into(), generation.to_string().into());
    }
}

/// upstream: pkg/registry/batch/job/strategy.go generateSelector
fn generate_job_selector(job: &mut Value) {
    if job.bool_at("spec.manualSelector") {
        return;
    }
    let (uid, name) = (job.uid().to_owned(), job.name().to_owned());
    let mut labels = job.at("spec.template.metadata.labels").as_object().cloned().unwrap_or_default();
    for prefix in ["", "batch.kubernetes.io/"] {
        labels.insert(format!("{prefix}controller-uid"), uid.clone().into());
        labels.insert(format!("{prefix}job-name"), name.clone().into());
    }
    job.set("spec.template.metadata.labels", Value::Object(labels));
    job.set("spec.selector", json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
}
