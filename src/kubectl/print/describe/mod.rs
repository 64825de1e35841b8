//! `kubectl describe`: all of an object that a person wants to see, and what belongs to it.

mod container;
mod events;
mod generic;
mod network;
mod node;
mod other;
mod pod;
mod scale;
mod service;
mod volume;
mod workload;
mod writer;

use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::{Request, Server};
use writer::Description;

/// A Pod template alone, its columns not laid out, as `kubectl rollout history --revision` shows it.
// upstream: kubectl/pkg/describe/describe.go DescribePodTemplate
pub fn pod_template(template: &Value) -> String {
    let mut d = Description::new(crate::sim::Time(0));
    workload::template(&mut d, template);
    d.unaligned()
}

/// The description of one object; asks the server for what belongs to it, and for its events if `show_events`.
// upstream: kubectl/pkg/describe/describe.go describerMap
pub fn describe(server: &mut dyn Server, resource: &'static Resource, o: &Value, show_events: bool) -> String {
    let mut d = Description::new(server.now());
    match resource.plural {
        "configmaps" => other::config_map(&mut d, o),
        "cronjobs" => workload::cron_job(&mut d, o),
        "daemonsets" => workload::daemon_set(&mut d, server, o),
        "deployments" => workload::deployment(&mut d, server, o),
        "endpoints" => service::endpoints(&mut d, o),
        "endpointslices" => service::endpoint_slice(&mut d, o),
        "horizontalpodautoscalers" => scale::autoscaler(&mut d, o),
        "ingressclasses" => network::ingress_class(&mut d, o),
        "ingresses" => network::ingress(&mut d, server, o),
        "jobs" => workload::job(&mut d, o),
        "limitranges" => other::limit_range(&mut d, o),
        "namespaces" => other::namespace(&mut d, server, o),
        "networkpolicies" => network::policy(&mut d, o),
        "nodes" => node::node(&mut d, server, o),
        "persistentvolumeclaims" => volume::claim(&mut d, server, o),
        "persistentvolumes" => volume::volume(&mut d, o),
        "poddisruptionbudgets" => scale::disruption_budget(&mut d, o),
        "pods" => pod::pod(&mut d, o),
        "priorityclasses" => other::priority_class(&mut d, o),
        "replicasets" | "replicationcontrollers" => workload::replica_set(&mut d, server, o),
        "resourcequotas" => other::quota(&mut d, o),
        "secrets" => other::secret(&mut d, o),
        "serviceaccounts" => other::service_account(&mut d, o),
        "services" => service::service(&mut d, server, o),
        "statefulsets" => workload::stateful_set(&mut d, server, o),
        "storageclasses" => volume::storage_class(&mut d, o),
        _ => generic::object(&mut d, o),
    }
    let without_events =
        ["limitranges", "namespaces", "networkpolicies", "resourcequotas", "secrets"].contains(&resource.plural);
    if show_events && !without_events {
        events::events(&mut d, server, resource, o);
    }
    d.finish()
}

/// The items of a list answer; none where the server refuses.
fn list(server: &mut dyn Server, request: &Request) -> Vec<Value> {
    match server.request(request).body.get_mut("items") {
        Some(Value::Array(items)) => std::mem::take(items),
        _ => Vec::new(),
    }
}

/// `KIND/NAME` of the controller that owns an object.
// upstream: kubectl/pkg/describe/describe.go printController
fn controlled_by(d: &mut Description, o: &Value) {
    if let Some(owner) = o.list_at("metadata.ownerReferences").iter().find(|r| r.bool_at("controller")) {
        d.field(0, "Controlled By", format_args!("{}/{}", owner.str_at("kind"), owner.str_at("name")));
    }
}

/// `True` or `False`.
fn title_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}
