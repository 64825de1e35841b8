//! Differences between objects as patches: strategic merge patches in three and two ways, and plain merge patches.
//!
//! upstream: apimachinery/pkg/util/strategicpatch/patch.go, gopkg.in/evanphx/json-patch merge.go

use crate::api::schema::Type;
use crate::api::{ObjectExt, Value};
use crate::collections::{sort_by, sort_by_key};
use serde_json::{Map, json};
use std::cmp::Ordering;

type Object = Map<String, Value>;

/// How a field merges, and what lies in it.
#[derive(Clone, Copy, Default)]
struct Rule {
    /// Whether its items are merged.
    merge: bool,
    /// Whether the patch says which of its keys stay.
    retain_keys: bool,
    /// The items' field that names them, empty for lists of plain values.
    key: &'static str,
    /// The type of the object in it.
    inner: Option<Type>,
}

/// The rule of one of a type's fields. What the schema doesn't know is replaced.
fn rule(of: Option<Type>, name: &str) -> Rule {
    let Some(field) = of.and_then(|of| of.field(name)) else { return Rule::default() };
    Rule {
        merge: field.merges(),
        retain_keys: field.retains_keys(),
        key: field.merge_key().unwrap_or(""),
        inner: field.of().object(),
    }
}

/// The type of an object's kind.
fn type_of(object: &Value) -> Option<Type> {
    Type::of(object.str_at("apiVersion"), object.str_at("kind"))
}

/// What a comparison puts into the patch.
#[derive(Clone, Copy, Default)]
struct Want {
    no_changes: bool,
    no_deletions: bool,
    order: bool,
    retain: bool,
}

/// What takes `current` to `modified`, deleting only what `original` had: `kubectl apply`'s patch.
///
/// upstream: strategicpatch/patch.go CreateThreeWayMergePatch
pub fn three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    let empty = Object::new();
    let of = |v: &Value| v.as_object().cloned().unwrap_or_default();
    let kind = type_of(modified);
    let modified = of(modified);
    let changes = Want { no_deletions: true, order: true, ..Want::default() };
    let delta = diff_maps(kind, current.as_object().unwrap_or(&empty), &modified, changes);
    let deletions = Want { no_changes: true, order: true, ..Want::default() };
    let mut patch = diff_maps(kind, original.as_object().unwrap_or(&empty), &modified, deletions);
    join_maps(kind, &mut patch, delta);
    Value::Object(patch)
}

/// What takes `old` to `new`.
///
/// upstream: strategicpatch/patch.go CreateTwoWayMergePatch
pub fn two_way(old: &Value, new: &Value) -> Value {
    let empty = Object::new();
    let want = Want { order: true, ..Want::default() };
    Value::Object(diff_maps(type_of(new), old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty), want))
}

fn diff_maps(of: Option<Type>, original: &Object, modified: &Object, want: Want) -> Object {
    let mut patch = Object::new();
    for (key, new) in modified {
        let inner = Want { retain: false, ..want };
        match original.get(key) {
            Some(Value::Object(old)) if new.is_object() => {
                let inner = Want { retain: rule(of, key).retain_keys, ..want };
                let patched = diff_maps(rule(of, key).inner, old, new.as_object().unwrap_or(old), inner);
                if !patched.is_empty() {
                    patch.insert(key.clone(), Value::Object(patched));
                }
            }
            Some(Value::Array(old)) if new.is_array() && rule(of, key).merge => {
                let new = new.as_array().map_or(&[][..], Vec::as_slice);
                let inner = Want { retain: rule(of, key).retain_keys, ..inner };
                diff_merged_lists(rule(of, key), key, old, new, inner, &mut patch);
            }
            old if old != Some(new) && !want.no_changes => {
                patch.insert(key.clone(), new.clone());
            }
            _ => {}
        }
    }
    if !want.no_deletions {
        for key in original.keys().filter(|k| !modified.contains_key(*k)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    let more = original.keys().any(|k| !modified.contains_key(k));
    let kept: Vec<&String> = modified.iter().filter(|(_, v)| !v.is_null()).map(|(k, _)| k).collect();
    if want.retain && !kept.is_empty() && (!patch.is_empty() || more) {
        patch.insert("$retainKeys".into(), json!(kept));
    }
    patch
}

fn diff_merged_lists(rule: Rule, name: &str, old: &[Value], new: &[Value], want: Want, patch: &mut Object) {
    if old.is_empty() {
        if !new.is_empty() && !want.no_changes {
            patch.insert(name.into(), json!(new));
        }
        return;
    }
    let key = rule.key;
    let (list, gone, order);
    if old.iter().chain(new).any(Value::is_object) {
        let (mut items, deletions) = diff_items(rule, old, new, want);
        let same_order =
            old.len() == new.len() && old.iter().zip(new).all(|(a, b)| merge_value(a, key) == merge_value(b, key));
        items.extend(deletions);
        let ordered =
            (!want.no_changes && (!items.is_empty() || !same_order)) || (!want.no_deletions && !items.is_empty());
        order = (want.order && ordered)
            .then(|| new.iter().map(|v| json!({key: merge_value(v, key)})).collect::<Vec<Value>>());
        (list, gone) = (items, Vec::new());
    } else {
        let added: Vec<Value> = new.iter().filter(|v| !old.contains(v)).cloned().collect();
        let removed: Vec<Value> = old.iter().filter(|v| !new.contains(v)).cloned().collect();
        list = if want.no_changes { Vec::new() } else { added };
        gone = if want.no_deletions { Vec::new() } else { removed };
        order = (want.order && (!gone.is_empty() || (!want.no_changes && old != new))).then(|| new.to_vec());
    }
    if !list.is_empty() {
        patch.insert(name.into(), json!(list));
    }
    if !gone.is_empty() {
        patch.insert(format!("$deleteFromPrimitiveList/{name}"), json!(gone));
    }
    if let Some(order) = order.filter(|o| !o.is_empty()) {
        patch.insert(format!("$setElementOrder/{name}"), json!(order));
    }
}

/// The items to add or change, in `new`'s order, and those to delete.
fn diff_items(rule: Rule, old: &[Value], new: &[Value], want: Want) -> (Vec<Value>, Vec<Value>) {
    let key = rule.key;
    let mut items = Vec::new();
    let empty = Object::new();
    for item in new {
        let value = merge_value(item, key);
        match old.iter().find(|o| merge_value(o, key) == value) {
            Some(before) => {
                let (a, b) = (before.as_object().unwrap_or(&empty), item.as_object().unwrap_or(&empty));
                let mut patched = diff_maps(rule.inner, a, b, want);
                if !patched.is_empty() {
                    patched.insert(key.into(), value.clone());
                    items.push(Value::Object(patched));
                }
            }
            None if !want.no_changes => items.push(item.clone()),
            None => {}
        }
    }
    let mut gone: Vec<Value> = Vec::new();
    if !want.no_deletions {
        let missing = |o: &&Value| !new.iter().any(|n| merge_value(n, key) == merge_value(o, key));
        gone = old.iter().filter(missing).map(|o| json!({"$patch": "delete", key: merge_value(o, key)})).collect();
        sort_by_key(&mut gone, |v| shown(merge_value(v, key)));
    }
    (items, gone)
}

fn merge_value<'a>(item: &'a Value, key: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    item.get(key).unwrap_or(&NULL)
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// Puts the changes on top of the deletions; both are patches.
///
/// upstream: strategicpatch/patch.go mergeMap with MergeParallelList off
fn join_maps(of: Option<Type>, patch: &mut Object, delta: Object) {
    for (key, value) in delta {
        match (patch.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => join_maps(rule(of, &key).inner, old, new),
            (Some(Value::Array(old)), Value::Array(new)) if rule(of, &key).merge => {
                join_lists(rule(of, &key), old, new);
            }
            (_, value) => {
                patch.insert(key, value);
            }
        }
    }
}

fn join_lists(rule: Rule, old: &mut Vec<Value>, new: Vec<Value>) {
    let key = rule.key;
    let mut joined: Vec<Value> = Vec::new();
    for mut item in new {
        let same = |o: &Value| o.is_object() && merge_value(o, key) == merge_value(&item, key);
        if let Some(at) = old.iter().position(same)
            && let (Value::Object(mut before), Value::Object(after)) = (old.remove(at), item.clone())
        {
            join_maps(rule.inner, &mut before, after);
            item = Value::Object(before);
        }
        joined.push(item);
    }
    joined.append(old);
    let deletes = |v: &Value| v.get("$patch").is_some();
    sort_by(&mut joined, |a, b| if deletes(a) == deletes(b) { Ordering::Equal } else { deletes(a).cmp(&deletes(b)) });
    *old = joined;
}

/// What takes `old` to `new` as a JSON merge patch.
pub fn merge_patch(old: &Value, new: &Value) -> Value {
    let (Value::Object(a), Value::Object(b)) = (old, new) else { return new.clone() };
    let mut patch = Object::new();
    for (key, value) in b {
        match a.get(key) {
            Some(before) if before == value => {}
            Some(before @ Value::Object(_)) if value.is_object() => {
                patch.insert(key.clone(), merge_patch(before, value));
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in a.keys().filter(|k| !b.contains_key(*k)) {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

/// Applies a strategic merge patch on the client's side (`--dry-run=client`), as far as it has no directives beyond
/// deletions.
pub fn apply(target: &mut Value, patch: &Value) {
    let kind = type_of(target);
    apply_to(kind, target, patch);
}

/// Applies a JSON merge patch.
pub fn apply_merge(target: &mut Value, patch: &Value) {
    apply_to(None, target, patch);
}

fn apply_to(of: Option<Type>, target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(map) = target else { return };
    for (key, change) in changes.iter().filter(|(key, _)| !key.starts_with('$')) {
        let rule = rule(of, key);
        match (map.get_mut(key), change) {
            (_, Value::Null) => {
                map.remove(key);
            }
            (Some(Value::Array(list)), Value::Array(items)) if rule.merge && !rule.key.is_empty() => {
                apply_items(rule, list, items);
            }
            (Some(here), change) => apply_to(rule.inner, here, change),
            (None, change) => {
                let mut fresh = Value::Null;
                apply_to(rule.inner, &mut fresh, change);
                map.insert(key.clone(), fresh);
            }
        }
    }
}

fn apply_items(rule: Rule, list: &mut Vec<Value>, items: &[Value]) {
    for item in items {
        let at = list.iter().position(|o| merge_value(o, rule.key) == merge_value(item, rule.key));
        match (at, item.get("$patch").is_some()) {
            (Some(at), true) => {
                list.remove(at);
            }
            (Some(at), false) => {
                if let Some(here) = list.get_mut(at) {
                    apply_to(rule.inner, here, item);
                }
            }
            (None, false) => list.push(item.clone()),
            (None, true) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_port_is_one_added_and_one_deleted() {
        let service = |ports: Value| json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": ports}});
        let original = service(json!([{"port": 80, "targetPort": 8080}]));
        let current = service(json!([{"port": 80, "protocol": "TCP", "targetPort": 8080}]));
        let patch = three_way(&original, &service(json!([{"port": 8000, "targetPort": 8080}])), &current);
        assert_eq!(
            patch.to_string(),
            r#"{"spec":{"$setElementOrder/ports":[{"port":8000}],"ports":[{"port":8000,"targetPort":8080},{"$patch":"delete","port":80}]}}"#
        );
    }

    #[test]
    fn nothing_changed_is_an_empty_patch() {
        let v = json!({"spec": {"replicas": 3, "selector": {"a": "b"}}});
        assert_eq!(three_way(&v, &v, &json!({"spec": {"replicas": 3, "selector": {"a": "b"}, "x": 1}})), json!({}));
    }

    #[test]
    fn what_was_applied_and_is_gone_is_deleted() {
        let original = json!({"spec": {"selector": {"a": "b", "c": "d"}}});
        let modified = json!({"spec": {"selector": {"a": "b"}}});
        assert_eq!(three_way(&original, &modified, &original), json!({"spec": {"selector": {"c": null}}}));
    }

    #[test]
    fn merge_patches() {
        let patch = merge_patch(&json!({"a": {"b": 1, "c": 2}, "d": 1}), &json!({"a": {"b": 1, "c": 3}, "e": 1}));
        assert_eq!(patch, json!({"a": {"c": 3}, "d": null, "e": 1}));
    }
}
