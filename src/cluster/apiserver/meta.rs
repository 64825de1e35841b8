//! What the server itself writes into objects: names, uids, generations, first status.

use crate::api::resource::Resource;
use crate::api::status::Status;
use crate::api::{ObjectExt, Value, defaults};
use crate::sim::{Random, Stream};
use serde_json::json;

/// upstream: staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go alphanums
const ALPHANUMS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// `n` random characters, as in the names of generated objects.
pub(crate) fn suffix(random: &mut Random, n: usize) -> String {
    (0..n).map(|_| char::from(ALPHANUMS[random.below(Stream::Names, 27) as usize])).collect()
}

/// upstream: staging/src/k8s.io/apiserver/pkg/storage/names/generate.go GenerateName
pub(super) fn generated_name(random: &mut Random, base: &str) -> String {
    let mut end = base.len().min(58);
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{}", &base[..end], suffix(random, 5))
}

/// A uid that looks like the random ones of RFC 4122.
pub(crate) fn uid(random: &mut Random) -> String {
    let (a, b) = (random.below(Stream::Names, u64::MAX), random.below(Stream::Names, u64::MAX));
    let version = a & 0xfff | 0x4000;
    let variant = b >> 48 & 0x3fff | 0x8000;
    // Every Pod has some, with its events: digits by hand are quicker than by format.
    let mut text = String::with_capacity(36);
    for (part, digits) in [(a >> 32, 8), (a >> 16, 4), (version, 4), (variant, 4), (b, 12)] {
        if !text.is_empty() {
            text.push('-');
        }
        let hex = |i: u32| char::from(b"0123456789abcdef"[(part >> (4 * i) & 15) as usize]);
        text.extend((0..digits).rev().map(hex));
    }
    text
}

/// Kinds whose strategy counts generations. upstream: pkg/registry/*/*/strategy.go PrepareForCreate
pub(super) fn has_generation(r: &Resource) -> bool {
    match r.group {
        "" => matches!(r.plural, "pods" | "replicationcontrollers" | "podtemplates"),
        "apps" => r.plural != "controllerrevisions",
        "batch" | "networking.k8s.io" | "discovery.k8s.io" | "policy" | "scheduling.k8s.io" => true,
        _ => false,
    }
}

/// What of an object counts as its desired state: all but `metadata` and `status`.
pub(super) fn desired(object: &Value) -> Vec<(&String, &Value)> {
    let Value::Object(map) = object else { return Vec::new() };
    map.iter().filter(|(k, _)| !matches!(k.as_str(), "metadata" | "status" | "apiVersion" | "kind")).collect()
}

/// `AlreadyExists`, with the reason why where the old one is still going away.
pub(super) fn already_exists(resource: &'static Resource, old: &Value) -> Box<Status> {
    let mut status = Status::already_exists(resource, old.name());
    if old.at("metadata.deletionTimestamp").is_string() {
        status.message = format!("object is being deleted: {}", status.message);
    }
    status
}

/// Metadata that an update can't change is taken from the stored object.
/// upstream: staging/src/k8s.io/apiserver/pkg/registry/rest/update.go BeforeUpdate
pub(super) fn keep_system_fields(object: &mut Value, old: &Value) {
    for field in ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        if field == "uid" && !object.uid().is_empty() {
            // Another uid is for validation to refuse.
            continue;
        }
        let (Some(new), Some(before)) = (object.get_mut("metadata"), old.get("metadata")) else { return };
        let Some(map) = new.as_object_mut() else { return };
        match before.get(field) {
            Some(value) => {
                map.insert(field.into(), value.clone());
            }
            None => {
                map.remove(field);
            }
        }
    }
    object.set("metadata.resourceVersion", old.str_at("metadata.resourceVersion"));
}

/// A new Pod's status. upstream: pkg/registry/core/pod/strategy.go podStrategy.PrepareForCreate
pub(super) fn pod_status_on_create(pod: &mut Value) {
    if pod.at("status.phase").is_null() {
        let class = defaults::qos_class(pod);
        pod.set("status", json!({"phase": "Pending", "qosClass": class}));
    }
}

/// Puts one condition into `status.conditions`, in the place of the one of its type.
pub(crate) fn set_condition(object: &mut Value, condition: Value) {
    if !object.at("status.conditions").is_array() {
        object.set("status.conditions", json!([]));
    }
    let Some(list) = object.get_mut("status").and_then(|s| s.get_mut("conditions")).and_then(Value::as_array_mut)
    else {
        return;
    };
    match list.iter_mut().find(|c| c["type"] == condition["type"]) {
        Some(old) => *old = condition,
        None => list.push(condition),
    }
}
