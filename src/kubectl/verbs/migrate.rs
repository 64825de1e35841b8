//! Taking over from client-side apply: `kubectl apply --server-side` on an object that was applied without it.
//!
//! upstream: kubectl/pkg/cmd/apply/apply.go migrateToSSAIfNecessary, client-go/util/csaupgrade/upgrade.go

use super::apply::LAST_APPLIED;
use crate::api::{ObjectExt, Value};
use serde_json::{Map, json};

/// What keeps the annotation from going away with client-side apply's fields: applied by a manager of its own.
/// `None`: there is no such annotation.
pub fn annotation_alone(object: &Value) -> Option<Value> {
    let text = object.at("metadata.annotations").get(LAST_APPLIED)?.as_str()?;
    let metadata = json!({"name": object.name(), "namespace": object.namespace(), "annotations": {LAST_APPLIED: text}});
    Some(json!({"apiVersion": object.at("apiVersion"), "kind": object.at("kind"), "metadata": metadata}))
}

/// The JSON patch that hands the fields of client-side apply's managers to `manager`; `None`: there are none.
pub fn patch(object: &Value, manager: &str) -> Option<Value> {
    let path = format!("f:{LAST_APPLIED}");
    let client_side = |entry: &Value| {
        entry.str_at("operation") == "Update"
            && entry.str_at("subresource").is_empty()
            && entry.at("fieldsV1.f:metadata.f:annotations").get(&path).is_some()
    };
    let entries = object.list_at("metadata.managedFields");
    let (old, mut kept): (Vec<Value>, Vec<Value>) = entries.iter().cloned().partition(client_side);
    if old.is_empty() {
        return None;
    }
    let ours = |e: &Value| {
        e.str_at("manager") == manager && e.str_at("operation") == "Apply" && e.str_at("subresource").is_empty()
    };
    if !kept.iter().any(ours) {
        let mut entry = old.first()?.clone();
        entry.set("manager", manager);
        entry.set("operation", "Apply");
        kept.push(entry);
    }
    let target = kept.iter_mut().find(|e| ours(e))?;
    let fields = old.iter().fold(target.at("fieldsV1").clone(), |all, e| union(all, e.at("fieldsV1")));
    target.set("fieldsV1", fields);
    Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": kept},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": object.at("metadata.resourceVersion")},
    ]))
}

/// The union of two sets of fields, as `fieldsV1` writes them: a field without fields below it is a member itself.
fn union(a: Value, b: &Value) -> Value {
    let (Value::Object(mut a), Value::Object(b)) = (a, b) else { return b.clone() };
    let here = Value::Object(Map::new());
    if a.is_empty() != b.is_empty() {
        a.insert(".".into(), here);
    }
    for (step, below) in b {
        let merged = match a.remove(step) {
            Some(mine) => union(mine, below),
            None => below.clone(),
        };
        a.insert(step.clone(), merged);
    }
    Value::Object(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_change_hands() {
        let annotation = json!({"f:annotations": {format!("f:{LAST_APPLIED}"): {}}, "f:labels": {".": {}, "f:a": {}}});
        let object = json!({"metadata": {"resourceVersion": "7", "managedFields": [
            {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:metadata": {"f:labels": {}}}},
            {"manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1": {"f:metadata": annotation}}]}});
        let patch = patch(&object, "kubectl").unwrap();
        let entries = patch[0]["value"].as_array().unwrap();
        assert_eq!((entries.len(), &entries[0]["fieldsV1"]["f:metadata"]), (1, &annotation));
        assert_eq!(super::patch(&json!({}), "kubectl"), None);
    }
}
