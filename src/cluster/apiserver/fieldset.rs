//! Sets of field paths, as `managedFields` keeps them.
//! upstream: sigs.k8s.io/structured-merge-diff/fieldpath

use crate::api::{ObjectExt, Value};
use crate::collections::{BTreeMap, sort_by_key};
use serde_json::Map;

/// Fields of an object: whether the field itself is in, and which of those below it. A step is written as in
/// `fieldsV1`: `f:NAME`, `k:{"KEY":VALUE}` for an item of a keyed list, `v:VALUE` for one of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Set {
    pub(super) member: bool,
    pub(super) below: BTreeMap<String, Set>,
}

impl Set {
    /// The field itself and nothing below it.
    pub(super) fn leaf() -> Self {
        Self { member: true, below: BTreeMap::new() }
    }
    pub(super) fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
    /// Puts `set` under `step`, unless it is empty.
    pub(super) fn put(&mut self, step: String, set: Set) {
        if !set.is_empty() {
            self.below.insert(step, set);
        }
    }
    pub(super) fn union(mut self, other: &Set) -> Self {
        self.member |= other.member;
        for (step, set) in &other.below {
            let mine = self.below.remove(step).unwrap_or_default();
            self.below.insert(step.clone(), mine.union(set));
        }
        self
    }
    pub(super) fn difference(mut self, other: &Set) -> Self {
        self.member &= !other.member;
        for (step, set) in &other.below {
            if let Some(mine) = self.below.remove(step) {
                self.put(step.clone(), mine.difference(set));
            }
        }
        self
    }
    pub(super) fn intersection(&self, other: &Set) -> Self {
        let mut out = Self { member: self.member && other.member, below: BTreeMap::new() };
        for (step, set) in &self.below {
            if let Some(theirs) = other.below.get(step) {
                out.put(step.clone(), set.intersection(theirs));
            }
        }
        out
    }
    /// Without one top-level field.
    pub(super) fn without(mut self, field: &str) -> Self {
        self.below.remove(&format!("f:{field}"));
        self
    }

    /// `fieldsV1`
    pub(super) fn to_json(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.below.is_empty() {
            map.insert(".".into(), Value::Object(Map::new()));
        }
        for (step, set) in &self.below {
            map.insert(step.clone(), set.to_json());
        }
        Value::Object(map)
    }
    /// Reads `fieldsV1`; the object itself is never in it.
    pub(super) fn from_json(json: &Value) -> Self {
        Self { member: false, ..Self::read(json) }
    }
    fn read(json: &Value) -> Self {
        let Value::Object(map) = json else { return Self::leaf() };
        let below: BTreeMap<String, Set> =
            map.iter().filter(|(k, _)| *k != ".").map(|(k, v)| (k.clone(), Self::read(v))).collect();
        Self { member: map.is_empty() || map.contains_key("."), below }
    }

    /// Its paths as errors print them: those of one level before those below it.
    /// upstream: fieldpath/set.go Set.Iterate, path.go Path.String
    pub(super) fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect("", &mut out);
        out
    }
    fn collect(&self, prefix: &str, out: &mut Vec<String>) {
        let members = self.below.iter().filter(|(_, set)| set.member);
        out.extend(members.map(|(step, _)| format!("{prefix}{}", step_text(step))));
        for (step, set) in self.below.iter().filter(|(_, set)| !set.below.is_empty()) {
            set.collect(&format!("{prefix}{}", step_text(step)), out);
        }
    }
}

/// `.spec`, `[port=80,protocol="TCP"]`, `[="a"]`
pub(super) fn step_text(step: &str) -> String {
    match step.split_at_checked(2) {
        Some(("k:", json)) => {
            let key: Value = serde_json::from_str(json).unwrap_or_default();
            let pairs = key.as_object().into_iter().flatten().map(|(k, v)| format!("{k}={v}"));
            format!("[{}]", pairs.collect::<Vec<_>>().join(","))
        }
        Some(("v:", value)) => format!("[={value}]"),
        Some((_, name)) => format!(".{name}"),
        None => String::new(),
    }
}

/// One entry of `metadata.managedFields`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Manager {
    pub(super) name: String,
    /// `Apply` or `Update`
    pub(super) operation: String,
    pub(super) api_version: String,
    pub(super) subresource: String,
    pub(super) time: Value,
    pub(super) fields: Set,
}

impl Manager {
    pub(super) fn same(&self, other: &Manager) -> bool {
        (&self.name, &self.operation, &self.subresource) == (&other.name, &other.operation, &other.subresource)
    }
    /// As conflicts name it. upstream: managedfields/internal/conflict.go printManager
    pub(super) fn text(&self) -> String {
        let mut out = format!("{:?}", self.name);
        if !self.subresource.is_empty() {
            out += &format!(" with subresource {:?}", self.subresource);
        }
        if self.operation == "Update" {
            out += &format!(" using {}", self.api_version);
        }
        out
    }
}

/// `metadata.managedFields` of an object.
pub(super) fn managers(object: &Value) -> Vec<Manager> {
    let entries = object.list_at("metadata.managedFields").iter().filter(|e| !e.str_at("manager").is_empty());
    entries
        .map(|e| Manager {
            name: e.str_at("manager").into(),
            operation: e.str_at("operation").into(),
            api_version: e.str_at("apiVersion").into(),
            subresource: e.str_at("subresource").into(),
            time: e.at("time").clone(),
            fields: Set::from_json(e.at("fieldsV1")),
        })
        .collect()
}

/// Writes them: applied ones first, then by time and name.
/// upstream: managedfields/internal/managedfields.go sortEncodedManagedFields
pub(super) fn set_managers(object: &mut Value, mut managers: Vec<Manager>) {
    managers.retain(|m| !m.fields.is_empty());
    if managers.is_empty() {
        object.unset("metadata.managedFields");
        return;
    }
    let order = |m: &Manager| {
        let time = m.time.as_str().unwrap_or("").to_owned();
        (m.operation.clone(), time, m.name.clone(), m.subresource.clone())
    };
    sort_by_key(&mut managers, order);
    let entries = managers.into_iter().map(|m| {
        let mut entry = serde_json::json!({"manager": m.name, "operation": m.operation, "apiVersion": m.api_version,
            "fieldsType": "FieldsV1", "fieldsV1": m.fields.to_json()});
        if m.time.is_string() {
            entry["time"] = m.time;
        }
        if !m.subresource.is_empty() {
            entry["subresource"] = m.subresource.into();
        }
        entry
    });
    object.set("metadata.managedFields", entries.collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sets_read_print_and_combine() {
        let json = json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:targetPort": {}}}},
            "f:metadata": {"f:labels": {"f:a": {}}}});
        let set = Set::from_json(&json);
        assert_eq!(set.to_json(), json);
        assert_eq!(
            set.paths(),
            [
                ".metadata.labels.a",
                ".spec.ports[port=80,protocol=\"TCP\"]",
                ".spec.ports[port=80,protocol=\"TCP\"].targetPort"
            ]
        );
        let label = Set::from_json(&json!({"f:metadata": {"f:labels": {"f:a": {}}}}));
        assert_eq!(set.clone().difference(&label).union(&label), set);
        assert_eq!(set.intersection(&label), label);
        assert!(label.clone().difference(&set).is_empty());
    }
}
