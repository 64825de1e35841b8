//! What the API server refuses, in its words and in its order; and what it warns of.
//!
//! Objects are checked after defaulting. Values of the wrong type never get here: the schema refuses them.

mod apps;
mod batch;
mod container;
mod difflib;
mod endpoints;
mod field;
pub mod format;
mod internal;
mod meta;
mod networking;
mod pod;
mod pod_update;
mod service;
mod simple;
mod volume;
mod warnings;

pub(crate) use service::externally_accessible;
pub use service::{is_headless, related_ip_fields};
pub use warnings::{deprecation, warnings};

use super::{FieldError, Resource, Value};
use field::{Errors, Field};

/// What is wrong with an object that is to be created.
// upstream: apiserver/pkg/registry/rest/create.go BeforeCreate: the kind's own rules, then those of all metadata
pub fn create(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let rule: meta::NameRule = match resource.kind {
        "Service" | "Namespace" => format::dns_label,
        "StatefulSet" => format::dns_label,
        "PodDisruptionBudget" | "ClusterRole" | "ClusterRoleBinding" | "Role" | "RoleBinding" => format::path_segment,
        _ => format::dns_subdomain,
    };
    meta::create(&mut errors, object, resource.namespaced, rule);
    meta::standard_finalizers(&mut errors, object);
    specific(&mut errors, resource, object, None);
    errors.0
}

/// What is wrong with an object that is to take `old`'s place. `new` has the old one's uid, name and timestamps filled
/// in where the client left them out, and a resourceVersion.
// upstream: apiserver/pkg/registry/rest/update.go BeforeUpdate
// What holds for all metadata comes first here.
pub fn update(resource: &Resource, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::create(&mut errors, new, resource.namespaced, format::path_segment);
    meta::update(&mut errors, new, old);
    meta::standard_finalizers(&mut errors, new);
    specific(&mut errors, resource, new, Some(old));
    errors.distinct()
}

/// What is wrong with a new status (`…/status`).
pub fn update_status(resource: &Resource, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::create(&mut errors, new, resource.namespaced, format::path_segment);
    meta::update(&mut errors, new, old);
    let root = Field::root(new);
    match resource.kind {
        "Service" => service::load_balancer_status(&mut errors, &root),
        "Ingress" => networking::ingress_status(&mut errors, &root.child("status.loadBalancer")),
        _ => {}
    }
    errors.distinct()
}

/// What is wrong with a `Scale` (`…/scale`).
// upstream: pkg/apis/autoscaling/validation/validation.go ValidateScale
pub fn scale(scale: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    errors.nonnegative(&Field::root(scale).child("spec.replicas"));
    errors.0
}

fn specific(errors: &mut Errors, resource: &Resource, new: &Value, old: Option<&Value>) {
    let root = Field::root(new);
    match resource.kind {
        "Service" => service::validate(errors, &root, old),
        "Endpoints" => endpoints::endpoints(errors, &root, old),
        "EndpointSlice" => endpoints::slice(errors, &root, old),
        "Pod" => match old {
            None => pod::create(errors, &root),
            Some(old) => pod_update::update(errors, &root, old),
        },
        "PodTemplate" => pod::template(errors, &root.child("template")),
        "ReplicaSet" => apps::replica_set(errors, &root, old),
        "ReplicationController" => apps::replication_controller(errors, &root),
        "Deployment" => apps::deployment(errors, &root, old),
        "DaemonSet" => apps::daemon_set(errors, &root, old),
        "StatefulSet" => apps::stateful_set(errors, &root, old),
        "Job" => batch::job(errors, &root, old),
        "CronJob" => batch::cron_job(errors, &root),
        "Ingress" => networking::ingress(errors, &root, old.is_none()),
        "NetworkPolicy" => networking::network_policy(errors, &root),
        "HorizontalPodAutoscaler" => simple::autoscaler(errors, &root),
        "ConfigMap" => simple::config_map(errors, &root, old),
        "Secret" => simple::secret(errors, &root, old),
        "Node" => simple::node(errors, &root, old),
        "PodDisruptionBudget" => simple::disruption_budget(errors, &root),
        "PriorityClass" => simple::priority_class(errors, &root, old),
        _ => {}
    }
}
