//! `PATCH`: JSON merge patch, JSON patch, strategic merge patch, server-side apply.
//! upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go

use super::managed::record_update;
use super::schema::Field as Place;
use super::write::{self, FieldValidation, Stored, wrong_name};
use super::{Call, admission, strategic};
use crate::api::status::Status;
use crate::api::{FieldError, ObjectExt, Resource, Value, defaults, schema};
use crate::cluster::Cluster;
use serde_json::{Map, json};

/// What a patch makes of an object.
pub(super) type Patched = Result<Value, Box<Status>>;

impl Cluster {
    /// Patches the object or its status.
    pub(super) fn client_patch(&mut self, call: &mut Call<'_>, kind: &str, patch: &Value) -> Stored {
        if kind == "application/apply-patch+yaml" {
            return self.client_apply(call, patch);
        }
        let (key, old) = self.stored(call)?;
        let new = patched(call, kind, &old, patch)?;
        if new.name() != &*key.name {
            return Err(wrong_name(new.name(), &key.name));
        }
        let mut new = new;
        write::match_namespace(key.resource, &key.namespace, &mut new)?;
        admission::update(self, key.resource, &mut new, &old)?;
        record_update(key.resource, &mut new, Some(&old), self.manager(call, "Update"));
        Ok((self.replace(call, &key, new, &old)?, false))
    }
}

/// Applies one of the three kinds of patches, then reads the result as a client's object is read.
fn patched(call: &mut Call<'_>, kind: &str, old: &Value, patch: &Value) -> Patched {
    let resource = call.route.resource;
    let (result, shown) = match kind {
        "application/json-patch+json" => {
            let result = json_patch(old, patch)?;
            let shown = result.to_string();
            (result, shown)
        }
        "application/merge-patch+json" => {
            let mut result = old.clone();
            merge(&mut result, patch);
            let shown = result.to_string();
            (result, shown)
        }
        "application/strategic-merge-patch+json" => {
            if !patch.is_object() {
                let got = schema::got(patch);
                let text = format!("json: cannot unmarshal {got} into Go value of type map[string]interface {{}}");
                return Err(Status::bad_request(text));
            }
            let result = strategic::apply(old, patch, &Place::of(resource)).map_err(strategic_error)?;
            (result, strategic::go_value(&strategic::left_over(old, patch)))
        }
        _ => return Err(unsupported_media_type()),
    };
    let refuse = |why: &str| invalid_patch(&shown, why);
    let (mut object, unknown) = read(resource, &result, kind).map_err(|why| refuse(&why))?;
    if !unknown.is_empty() {
        match call.validation {
            FieldValidation::Strict => return Err(refuse(&schema::strict_text(&unknown))),
            FieldValidation::Warn => call.warn_unknown(&unknown),
            FieldValidation::Ignore => {}
        }
    }
    defaults::apply(resource, &mut object);
    Ok(object)
}

/// A strategic merge patch's result is converted, which has words of its own for wrong types; others' are decoded.
fn read(resource: &'static Resource, object: &Value, kind: &str) -> Result<(Value, Vec<String>), String> {
    if kind == "application/strategic-merge-patch+json" {
        return schema::convert(resource, object);
    }
    let decoded = schema::decode(resource, object);
    match decoded.type_error {
        Some(why) => Err(why),
        None => Ok((decoded.value, decoded.unknown)),
    }
}

/// `The request is invalid: patch: Invalid value: …`
fn invalid_patch(shown: &str, why: &str) -> Box<Status> {
    let nameless = Resource {
        group: "",
        version: "",
        kind: "",
        plural: "",
        singular: "",
        short: &[],
        namespaced: false,
        in_all: false,
    };
    Status::invalid(&nameless, "", &[FieldError::invalid("patch", &shown.into(), why)])
}

/// upstream: handlers/patch.go interpretStrategicMergePatchError
fn strategic_error(why: String) -> Box<Status> {
    if why.starts_with("invalid") || why.starts_with("strategic merge") {
        return Status::bad_request(why);
    }
    if why.starts_with("patch content") || why.starts_with("lists of lists") {
        return rejected();
    }
    Box::new(Status { code: 500, reason: "", message: why, details: Value::Null })
}

/// upstream: apimachinery/pkg/api/errors/errors.go NewGenericServerResponse of a 422
fn rejected() -> Box<Status> {
    let message = "the server rejected our request due to an error in our request".into();
    Box::new(Status { code: 422, reason: "Invalid", message, details: json!({}) })
}

fn unsupported_media_type() -> Box<Status> {
    let message = "the body of the request was in an unknown format - accepted media types include: \
        application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, \
        application/apply-patch+yaml";
    Box::new(Status { code: 415, reason: "UnsupportedMediaType", message: message.into(), details: Value::Null })
}

/// RFC 7386.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// RFC 6902.
fn json_patch(old: &Value, patch: &Value) -> Patched {
    let Value::Array(operations) = patch else {
        let got = schema::got(patch);
        let text =
            format!("error decoding patch: json: cannot unmarshal {got} into Go value of type []handlers.jsonPatchOp");
        return Err(Status::bad_request(text));
    };
    let mut object = old.clone();
    for operation in operations {
        operate(&mut object, operation).ok_or_else(rejected)?;
    }
    Ok(object)
}

fn operate(object: &mut Value, operation: &Value) -> Option<()> {
    let path = operation.get("path")?.as_str()?;
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    match operation.get("op")?.as_str()? {
        "add" => add(object, path, value()),
        "remove" => remove(object, path).map(|_| ()),
        "replace" => {
            *object.pointer_mut(path)? = value();
            Some(())
        }
        "test" => (object.pointer(path).unwrap_or(&Value::Null) == &value()).then_some(()),
        "move" => {
            let moved = remove(object, operation.get("from")?.as_str()?)?;
            add(object, path, moved)
        }
        "copy" => {
            let copied = object.pointer(operation.get("from")?.as_str()?)?.clone();
            add(object, path, copied)
        }
        _ => None,
    }
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

fn add(object: &mut Value, path: &str, value: Value) -> Option<()> {
    let Some((parent, token)) = path.rsplit_once('/') else {
        *object = value;
        return Some(());
    };
    match object.pointer_mut(parent)? {
        Value::Object(map) => {
            map.insert(unescape(token), value);
        }
        Value::Array(list) => {
            let at = if token == "-" { list.len() } else { token.parse().ok()? };
            if at > list.len() {
                return None;
            }
            list.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(object: &mut Value, path: &str) -> Option<Value> {
    let (parent, token) = path.rsplit_once('/')?;
    match object.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&unescape(token)),
        Value::Array(list) => {
            let at: usize = token.parse().ok()?;
            (at < list.len()).then(|| list.remove(at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_patches() {
        let object = json!({"spec": {"ports": [{"port": 80}], "a/b": 1}});
        let ok = json!([{"op": "replace", "path": "/spec/ports/0/port", "value": 8080},
            {"op": "add", "path": "/spec/ports/-", "value": {"port": 2}}, {"op": "remove", "path": "/spec/a~1b"},
            {"op": "test", "path": "/spec/ports/1/port", "value": 2}]);
        assert_eq!(json_patch(&object, &ok).unwrap(), json!({"spec": {"ports": [{"port": 8080}, {"port": 2}]}}));
        for bad in [json!([{"op": "remove", "path": "/nope"}]), json!([{"op": "test", "path": "/spec", "value": 1}])] {
            assert_eq!(json_patch(&object, &bad).unwrap_err().code, 422);
        }
    }

    #[test]
    fn merge_patches() {
        let mut object = json!({"a": {"b": 1, "c": 2}, "l": [1]});
        merge(&mut object, &json!({"a": {"b": null, "d": 3}, "l": [2]}));
        assert_eq!(object, json!({"a": {"c": 2, "d": 3}, "l": [2]}));
    }
}
