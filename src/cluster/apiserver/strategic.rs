//! Strategic merge patches: merge patches that know which lists are merged by a key of their items.
//! upstream: staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go

use super::schema::Field;
use crate::api::Value;
use crate::collections::sort_by_key;
use serde_json::Map;

type Object = Map<String, Value>;

const MARKER: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE: &str = "$deleteFromPrimitiveList/";

/// Applies `patch` to `original`, an object whose fields `schema` tells.
///
/// # Errors
/// What upstream says of a patch that can't be applied.
pub(super) fn apply(original: &Value, patch: &Value, schema: &Field) -> Result<Value, String> {
    match (original, patch) {
        (Value::Object(o), Value::Object(p)) => merge_map(o.clone(), p.clone(), schema).map(Value::Object),
        _ => Err("invalid JSON document".into()),
    }
}

/// upstream: mergeMap
fn merge_map(mut original: Object, mut patch: Object, schema: &Field) -> Result<Object, String> {
    if let Some(directive) = patch.remove(MARKER) {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Object::new()),
            _ => Err(format!("unknown patch type: {} in map: {}", go_value(&directive), go_map(&patch))),
        };
    }
    retain_keys(&mut original, &mut patch)?;
    merge_ordered_lists(&mut original, &mut patch, schema)?;
    for (key, value) in patch {
        if let Some(name) = key.strip_prefix(DELETE) {
            let gone = value.as_array().cloned().unwrap_or_default();
            if let Some(Value::Array(list)) = original.get_mut(name) {
                list.retain(|item| !gone.contains(item));
            }
            continue;
        }
        if value.is_null() {
            original.remove(&key);
            continue;
        }
        let field = schema.field(&key);
        let merged = match (original.remove(&key), value) {
            (Some(Value::Object(o)), Value::Object(p)) => Value::Object(merge_map(o, p, &field)?),
            (Some(Value::Array(o)), Value::Array(p)) => match field.merges() {
                true => Value::Array(merge_list(o, p, &field)?),
                false => Value::Array(p),
            },
            (_, value) => match plain(value) {
                Some(value) => value,
                None => continue,
            },
        };
        original.insert(key, merged);
    }
    Ok(original)
}

/// What is left of a patch once it was applied: upstream takes lists with an order, and directives, out of it on the
/// way, and prints the rest in errors.
pub(super) fn left_over(original: &Value, patch: &Value) -> Value {
    let (Value::Object(original), Value::Object(patch)) = (original, patch) else { return patch.clone() };
    let ordered = |key: &str| patch.contains_key(&format!("{ORDER}{key}"));
    let kept = patch.iter().filter(|(key, _)| !key.starts_with(ORDER) && *key != RETAIN && !ordered(key));
    let below = |(key, value): (&String, &Value)| {
        (key.clone(), original.get(key).map_or_else(|| value.clone(), |original| left_over(original, value)))
    };
    Value::Object(kept.map(below).collect())
}

/// A value that is taken as it is: without directives and nulls; `None`: it was a deletion.
/// upstream: removeDirectives, discardNullValuesFromPatch
fn plain(value: Value) -> Option<Value> {
    Some(match value {
        Value::Object(map) => {
            if map.get(MARKER).is_some_and(|d| d == "delete") {
                return None;
            }
            let kept = map.into_iter().filter(|(k, v)| !k.starts_with('$') && !v.is_null());
            Value::Object(kept.filter_map(|(k, v)| Some((k, plain(v)?))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().filter_map(plain).collect()),
        other => other,
    })
}

/// `$retainKeys`: a union's other members go. upstream: applyRetainKeysDirective
fn retain_keys(original: &mut Object, patch: &mut Object) -> Result<(), String> {
    let Some(keys) = patch.remove(RETAIN) else { return Ok(()) };
    let Value::Array(keys) = keys else { return Err("invalid patch format of retainKeys".into()) };
    let kept = |k: &str| keys.iter().any(|v| v == k);
    if patch.iter().any(|(k, v)| !v.is_null() && !k.starts_with('$') && !kept(k)) {
        return Err("patch content doesn't match retainKeys list".into());
    }
    original.retain(|k, _| kept(k));
    Ok(())
}

/// Lists whose order the patch gives. upstream: mergePatchIntoOriginal
fn merge_ordered_lists(original: &mut Object, patch: &mut Object, schema: &Field) -> Result<(), String> {
    let directives: Vec<String> = patch.keys().filter(|k| k.starts_with(ORDER)).cloned().collect();
    for directive in directives {
        let order = match patch.remove(&directive) {
            Some(Value::Array(order)) => order,
            _ => return Err("invalid patch format of setElementOrder list".into()),
        };
        let key = &directive[ORDER.len()..];
        let field = schema.field(key);
        let merge_key = field.merge_key();
        let before = match original.get(key) {
            Some(Value::Array(list)) => Some(list.clone()),
            _ => None,
        };
        let merged = match (&before, patch.remove(key)) {
            (None, None) => continue,
            (Some(before), None) => before.clone(),
            (None, Some(Value::Array(list))) => list.into_iter().filter_map(plain).collect(),
            (Some(before), Some(Value::Array(list))) => match field.merges() {
                true => merge_list(before.clone(), list, &field)?,
                false => list,
            },
            (_, Some(other)) => {
                patch.insert(key.into(), other);
                continue;
            }
        };
        original.insert(key.into(), Value::Array(in_order(merged, &order, &before.unwrap_or_default(), merge_key)));
    }
    Ok(())
}

/// upstream: mergeSlice
fn merge_list(mut original: Vec<Value>, patch: Vec<Value>, field: &Field) -> Result<Vec<Value>, String> {
    let Some(key) = field.merge_key() else {
        let before = original.clone();
        let new: Vec<Value> = patch.iter().filter(|v| !before.contains(v)).cloned().collect();
        original.extend(new);
        return Ok(in_order(original, &patch, &before, None));
    };
    let mut items = Vec::new();
    let mut replaces = false;
    for item in patch {
        let Value::Object(map) = item else { return Err("list element types are not identical".into()) };
        match map.get(MARKER).and_then(Value::as_str) {
            Some("delete") => {
                let value = map.get(key).ok_or_else(|| no_merge_key(&map, key))?;
                original.retain(|o| o.get(key) != Some(value));
            }
            Some("replace") => replaces = true,
            Some("merge") | None => items.push(map),
            Some(other) => return Err(format!("unknown patch type: {other} in map: {}", go_map(&map))),
        }
    }
    if replaces {
        return Ok(items.into_iter().map(Value::Object).collect());
    }
    let (before, item_schema) = (original.clone(), field.items());
    let order: Vec<Value> = items.iter().cloned().map(Value::Object).collect();
    for map in items {
        let value = map.get(key).ok_or_else(|| no_merge_key(&map, key))?.clone();
        match original.iter_mut().find(|o| o.get(key) == Some(&value)) {
            Some(slot) => {
                let old = slot.as_object().cloned().unwrap_or_default();
                *slot = Value::Object(merge_map(old, map, &item_schema)?);
            }
            None => original.extend(plain(Value::Object(map))),
        }
    }
    Ok(in_order(original, &order, &before, Some(key)))
}

/// Where in `order` an item is, by its key or by itself.
fn position(item: &Value, order: &[Value], key: Option<&str>) -> Option<usize> {
    order.iter().position(|o| match key {
        Some(key) => item.get(key).is_some() && o.get(key) == item.get(key),
        None => o == item,
    })
}

/// Puts what the patch names in the patch's order, the rest in the server's, and weaves the two together.
/// upstream: normalizeElementOrder, mergeSortedSlice
fn in_order(merged: Vec<Value>, order: &[Value], server: &[Value], key: Option<&str>) -> Vec<Value> {
    let (mut ours, mut theirs): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|v| position(v, order, key).is_some());
    sort_by_key(&mut ours, |v| position(v, order, key));
    sort_by_key(&mut theirs, |v| position(v, server, key).unwrap_or(usize::MAX));
    let mut out = Vec::with_capacity(ours.len() + theirs.len());
    let (mut left, mut right) = (theirs.into_iter().peekable(), ours.into_iter().peekable());
    loop {
        let take_left = match (left.peek(), right.peek()) {
            (None, None) => return out,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(l), Some(r)) => match (position(l, server, key), position(r, server, key)) {
                (Some(l), Some(r)) => l < r,
                _ => false,
            },
        };
        out.extend(if take_left { left.next() } else { right.next() });
    }
}

fn no_merge_key(map: &Object, key: &str) -> String {
    format!("map: {} does not contain declared merge key: {key}", go_map(map))
}

fn go_map(map: &Object) -> String {
    go_value(&Value::Object(map.clone()))
}

/// Go's `%v` of a decoded JSON value.
pub(super) fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(s) => s.clone(),
        Value::Array(list) => format!("[{}]", list.iter().map(go_value).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            format!("map[{}]", map.iter().map(|(k, v)| format!("{k}:{}", go_value(v))).collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::resource::{DEPLOYMENTS, PODS, SERVICES};
    use serde_json::json;

    #[test]
    fn lists_merge_by_their_key_and_keep_an_order() {
        let service = json!({"spec": {"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]}});
        let check = |patch, expected: Value| {
            assert_eq!(apply(&service, &json!({"spec": patch}), &Field::of(&SERVICES)).unwrap()["spec"], expected)
        };
        check(
            json!({"ports": [{"port": 81, "nodePort": 30001}]}),
            json!({"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b", "nodePort": 30001}]}),
        );
        check(
            json!({"ports": [{"port": 82}]}),
            json!({"ports": [{"port": 82}, {"port": 80, "name": "a"}, {"port": 81, "name": "b"}]}),
        );
        check(
            json!({"ports": [{"port": 80, "$patch": "delete"}, {"port": 82}],
                "$setElementOrder/ports": [{"port": 81}, {"port": 82}]}),
            json!({"ports": [{"port": 81, "name": "b"}, {"port": 82}]}),
        );
        check(json!({"ports": [{"$patch": "replace"}, {"port": 1}]}), json!({"ports": [{"port": 1}]}));
        check(json!({"ports": null, "selector": {"a": "b", "c": null}}), json!({"selector": {"a": "b"}}));
        check(json!({"$patch": "replace", "type": "X"}), json!({"type": "X"}));
    }

    #[test]
    fn atomic_lists_are_replaced_and_unions_keep_one_member() {
        let pod = json!({"spec": {"tolerations": [{"key": "a"}], "containers": [{"name": "c", "args": ["a"]}]}});
        let patch = json!({"spec": {"tolerations": [{"key": "b"}], "containers": [{"name": "c", "args": ["b"]}]}});
        assert_eq!(apply(&pod, &patch, &Field::of(&PODS)).unwrap(), patch);
        let deploy = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let patch = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        let after = apply(&deploy, &patch, &Field::of(&DEPLOYMENTS)).unwrap();
        assert_eq!(after, json!({"spec": {"strategy": {"type": "Recreate"}}}));
    }
}
