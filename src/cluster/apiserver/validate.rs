//! The one place where the server calls on `api` for what an object may be: decoding, defaults, validation.

use crate::api::status::Status;
use crate::api::{FieldError, ObjectExt, Resource, Value};
use crate::cluster::Cluster;
use crate::cluster::image::HttpRequest;

/// What of a decoded object is wrong in a way that only strict clients mind: unknown fields.
pub(super) type StrictErrors = Vec<String>;

/// Reads a body as an object of `resource`: drops unknown fields, refuses wrong types.
pub(super) fn decode(resource: &'static Resource, body: &Value) -> Result<(Value, StrictErrors), String> {
    let _ = resource;
    Ok((body.clone(), Vec::new()))
}

/// Fills in defaults.
pub(super) fn defaults(resource: &'static Resource, object: &mut Value) {
    let _ = (resource, object);
}

/// Errors of a new object.
pub(super) fn create(resource: &'static Resource, object: &Value) -> Vec<FieldError> {
    let _ = (resource, object);
    Vec::new()
}

/// Errors of a changed object.
pub(super) fn update(resource: &'static Resource, new: &Value, old: &Value) -> Vec<FieldError> {
    let _ = (resource, new, old);
    Vec::new()
}

/// Warnings of a new or changed object.
pub(super) fn warnings(resource: &'static Resource, new: &Value, old: Option<&Value>) -> Vec<String> {
    let _ = (resource, new, old);
    Vec::new()
}

/// What admission plugins fill in and refuse on new Pods.
pub(super) fn admit_pod(pod: &mut Value, suffix: &str) -> Result<(), Box<Status>> {
    let _ = (pod, suffix);
    Ok(())
}

/// A Service's addresses, families and their policy. upstream: ValidateServiceClusterIPsRelatedFields
pub(super) fn service_cluster_ips(service: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let _ = (service, old);
    Vec::new()
}

/// Errors of a changed status.
pub(super) fn update_status(resource: &'static Resource, new: &Value) -> Vec<FieldError> {
    let ingress = "status.loadBalancer.ingress";
    if resource.plural == "services" && new.str_at("spec.type") != "LoadBalancer" && !new.list_at(ingress).is_empty() {
        return vec![FieldError::forbidden(ingress, "may only be used when `spec.type` is 'LoadBalancer'")];
    }
    Vec::new()
}

/// Reads a patched object; the words for wrong types depend on the kind of the patch.
pub(super) fn decode_patched(
    resource: &'static Resource,
    object: &Value,
    patch: &str,
) -> Result<(Value, StrictErrors), String> {
    let _ = patch;
    decode(resource, object)
}

/// A label selector as a test.
pub(super) fn labels(text: &str) -> Result<impl Fn(&Value) -> bool + use<>, String> {
    let wanted: Vec<(String, String)> = text
        .split(',')
        .filter_map(|t| t.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.trim_start_matches('=').to_owned()))
        .collect();
    Ok(move |o: &Value| wanted.iter().all(|(k, v)| o.label(k) == Some(v)))
}

/// A field selector as a test.
pub(super) fn fields(resource: &'static Resource, text: &str) -> Result<impl Fn(&Value) -> bool + use<>, String> {
    let _ = resource;
    let wanted: Vec<(String, String)> = text
        .split(',')
        .filter_map(|t| t.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.trim_start_matches('=').to_owned()))
        .collect();
    Ok(move |o: &Value| wanted.iter().all(|(k, v)| o.str_at(k) == v))
}

/// A workload's selector as text.
pub(super) fn selector_text(object: &Value) -> String {
    let pairs = object.pairs_at("spec.selector.matchLabels");
    pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",")
}

/// Whether a `LabelSelector` selects an object.
pub(super) fn selects(selector: &Value, object: &Value) -> bool {
    selector.pairs_at("matchLabels").iter().all(|(k, v)| object.label(k) == Some(v))
}

/// What a container wrote.
pub(super) fn logs(cluster: &Cluster, namespace: &str, pod: &str, container: &str, previous: bool) -> String {
    let _ = previous;
    cluster.logs(namespace, pod, container)
}

/// What a Pod answers to `GET path`: code and text; `None`: nothing listens there.
pub(super) fn http(cluster: &Cluster, namespace: &str, pod: &str, port: i64, path: &str) -> Option<(u16, String)> {
    let request = HttpRequest { method: "GET".into(), path: path.into(), ..HttpRequest::default() };
    // The API server asks from its own node.
    let answer = cluster.serve(namespace, pod, u16::try_from(port).ok()?, &request, ("192.168.49.2", 0))?;
    Some((answer.status, answer.body))
}
