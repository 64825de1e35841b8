//! Seams to modules beside and below: decoding, and what containers say.

use crate::api::{Resource, Value};
use crate::cluster::Cluster;

/// What of a decoded object is wrong in a way that only strict clients mind: unknown fields.
pub(super) type StrictErrors = Vec<String>;

/// Reads a body as an object of `resource`: drops unknown fields, refuses wrong types.
pub(super) fn decode(resource: &'static Resource, body: &Value) -> Result<(Value, StrictErrors), String> {
    let _ = resource;
    Ok((body.clone(), Vec::new()))
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

/// What a container wrote.
pub(super) fn logs(cluster: &Cluster, namespace: &str, pod: &str, container: &str, previous: bool) -> String {
    let _ = (cluster, namespace, pod, container, previous);
    String::new()
}

/// What a Pod answers to `GET path`: code and text; `None`: nothing listens there.
pub(super) fn http(cluster: &Cluster, namespace: &str, pod: &str, port: i64, path: &str) -> Option<(u16, String)> {
    let _ = (cluster, namespace, pod, port, path);
    None
}
