//! Who manages which field: what a write changed, what an applied configuration names, how the two are merged.
//! upstream: sigs.k8s.io/structured-merge-diff/{typed,merge}, apimachinery/pkg/util/managedfields

use super::fieldset::{Manager, Set, managers, set_managers, step_text};
use super::schema::{Field, Items};
use crate::api::{ObjectExt, Resource, Value};
use serde_json::{Map, json};

/// What differs between two objects. upstream: typed/typed.go Comparison
#[derive(Default)]
pub(super) struct Comparison {
    pub(super) added: Set,
    pub(super) removed: Set,
    pub(super) modified: Set,
}

impl Comparison {
    /// What the writer of the new object has written.
    pub(super) fn written(&self) -> Set {
        self.added.clone().union(&self.modified)
    }
    fn put(&mut self, step: &str, below: Comparison) {
        self.added.put(step.into(), below.added);
        self.removed.put(step.into(), below.removed);
        self.modified.put(step.into(), below.modified);
    }
    fn without(self, field: &str) -> Self {
        let Self { added, removed, modified } = self;
        Self { added: added.without(field), removed: removed.without(field), modified: modified.without(field) }
    }
}

/// Structs that Go prints even if they are empty, so that they are never new to an object.
const ALWAYS_THERE: [&str; 9] = [
    "metadata",
    "spec",
    "status",
    "template",
    "strategy",
    "updateStrategy",
    "containers",
    "jobTemplate",
    "loadBalancer",
];

/// What a key is if an item does not say: the defaults that the schema has for keys.
fn key_default(key: &str) -> Value {
    match key {
        "protocol" => "TCP".into(),
        "port" | "containerPort" => 0.into(),
        _ => "".into(),
    }
}

/// An item's step in a list. upstream: typed/helpers.go listItemToPathElement
fn item_step(kind: &Items, item: &Value) -> Option<String> {
    match kind {
        Items::Atomic => None,
        Items::Set => Some(format!("v:{item}")),
        Items::Keyed(keys) => {
            let mut step = Map::new();
            for key in keys.iter() {
                match item.get(*key) {
                    Some(value) => step.insert((*key).into(), value.clone()),
                    None => step.insert((*key).into(), key_default(key)),
                };
            }
            Some(format!("k:{}", Value::Object(step)))
        }
    }
}

/// The parts of a map or list that are told apart, with their steps; `None`: it is one leaf.
fn parts<'a>(value: &'a Value, field: &Field) -> Option<Vec<(String, &'a Value, Field)>> {
    match value {
        Value::Object(map) if !field.atomic_map() => {
            Some(map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (format!("f:{k}"), v, field.field(k))).collect())
        }
        Value::Array(list) => {
            let kind = field.item_keys();
            let step = |item| item_step(&kind, item);
            list.iter()
                .map(|item| Some((step(item)?, item, field.items())))
                .collect::<Option<Vec<_>>>()
                .filter(|_| !matches!(kind, Items::Atomic))
        }
        _ => None,
    }
}

/// upstream: typed/compare.go compareWalker
pub(super) fn compare(old: Option<&Value>, new: Option<&Value>, field: &Field) -> Comparison {
    let mut out = Comparison::default();
    let left = old.and_then(|v| parts(v, field));
    let right = new.and_then(|v| parts(v, field));
    if old.is_some() && left.is_none() || new.is_some() && right.is_none() {
        match (old, new) {
            (None, _) => out.added = Set::leaf(),
            (_, None) => out.removed = Set::leaf(),
            (old, new) if old != new => out.modified = Set::leaf(),
            _ => {}
        }
        return out;
    }
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    for (step, value, below) in &right {
        let before = left.iter().find(|(s, _, _)| s == step).map(|(_, v, _)| *v);
        out.put(step, compare(before, Some(value), below));
    }
    for (step, value, below) in left.iter().filter(|(s, _, _)| !right.iter().any(|(r, _, _)| r == s)) {
        out.put(step, compare(Some(value), None, below));
    }
    let implied = ALWAYS_THERE.contains(&field.name());
    out.added.member = old.is_none() && !implied;
    out.removed.member = new.is_none() && !implied;
    out
}

/// What a configuration names. upstream: typed/tofieldset.go
pub(super) fn fields_of(value: &Value, field: &Field) -> Set {
    let Some(parts) = parts(value, field) else { return Set::leaf() };
    let mut out = Set { member: parts.is_empty(), ..Set::default() };
    let is_list = value.is_array();
    for (step, value, below) in parts {
        let mut set = fields_of(value, &below);
        set.member |= is_list;
        out.put(step, set);
    }
    out
}

/// Puts a configuration over an object. upstream: typed/merge.go mergingWalker
pub(super) fn merged(live: &Value, config: &Value, field: &Field) -> Value {
    match (live, config) {
        (Value::Object(l), Value::Object(c)) if !field.atomic_map() => {
            let mut out = l.clone();
            for (key, value) in c {
                let below = field.field(key);
                let new = l.get(key).map_or_else(|| value.clone(), |old| merged(old, value, &below));
                out.insert(key.clone(), new);
            }
            Value::Object(out)
        }
        (Value::Array(l), Value::Array(c)) => {
            let kind = field.item_keys();
            let steps = |list: &[Value]| list.iter().map(|i| item_step(&kind, i)).collect::<Option<Vec<_>>>();
            match (steps(l), steps(c)) {
                (Some(ls), Some(cs)) if !matches!(kind, Items::Atomic) => {
                    Value::Array(merged_list((l, &ls), (c, &cs), field))
                }
                _ => config.clone(),
            }
        }
        _ => config.clone(),
    }
}

/// Keeps the order of the configuration, and of the object where the configuration says nothing.
/// upstream: typed/merge.go visitListItems
fn merged_list((live, ls): (&[Value], &[String]), (config, cs): (&[Value], &[String]), field: &Field) -> Vec<Value> {
    let items = field.items();
    let merge = |step: &String, item: &Value| match ls.iter().position(|l| l == step) {
        Some(i) => merged(&live[i], item, &items),
        None => item.clone(),
    };
    let mut out = Vec::new();
    let mut shared = cs.iter().filter(|c| ls.contains(c)).peekable();
    let (mut l, mut c) = (0, 0);
    while l < ls.len() || c < cs.len() {
        if l < ls.len() && c < cs.len() && ls[l] == cs[c] {
            out.push(merge(&cs[c], &config[c]));
            (l, c) = (l + 1, c + 1);
            shared.next();
            continue;
        }
        if l < ls.len() {
            if !cs.contains(&ls[l]) {
                out.push(live[l].clone());
                l += 1;
                continue;
            }
            let done = cs[..c].contains(&ls[l]);
            if done || c < cs.len() && shared.peek().is_some_and(|s| **s != ls[l]) {
                l += 1;
                continue;
            }
        }
        if c < cs.len() {
            out.push(merge(&cs[c], &config[c]));
            if shared.peek().is_some_and(|s| **s == cs[c]) {
                shared.next();
            }
            c += 1;
        }
    }
    out
}

/// Takes away what `gone` names and nobody (`kept`) manages. upstream: merge/update.go prune
pub(super) fn prune(value: &mut Value, gone: &Set, kept: &Set, field: &Field) {
    let nothing = Set::default();
    let doomed = |step: &str| {
        let set = gone.below.get(step)?;
        let theirs = kept.below.get(step).unwrap_or(&nothing);
        Some((set.member && theirs.is_empty(), set, theirs))
    };
    match value {
        Value::Object(map) => map.retain(|key, value| match doomed(&format!("f:{key}")) {
            Some((true, _, _)) => false,
            Some((false, set, theirs)) => {
                prune(value, set, theirs, &field.field(key));
                true
            }
            None => true,
        }),
        Value::Array(list) => {
            let kind = field.item_keys();
            list.retain_mut(|item| match item_step(&kind, item).as_deref().and_then(doomed) {
                Some((true, _, _)) => false,
                Some((false, set, theirs)) => {
                    prune(item, set, theirs, &field.items());
                    true
                }
                None => true,
            });
        }
        _ => {}
    }
}

/// An object without what nobody manages. upstream: managedfields/internal/stripmeta.go
pub(super) fn stripped(object: &Value) -> Value {
    let mut out = object.clone();
    if let Value::Object(map) = &mut out {
        map.remove("apiVersion");
        map.remove("kind");
    }
    for field in
        ["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion"]
    {
        out.unset(&format!("metadata.{field}"));
    }
    if out.at("metadata").as_object().is_some_and(Map::is_empty) {
        out.unset("metadata");
    }
    out
}

/// Records that `manager` wrote `new` over `old`. upstream: merge/update.go Updater.Update
pub(super) fn record_update(resource: &'static Resource, new: &mut Value, old: Option<&Value>, mut writer: Manager) {
    let before = old.map_or_else(|| json!({}), stripped);
    let mut diff = compare(Some(&before), Some(&stripped(new)), &Field::of(resource));
    diff = match writer.subresource.as_str() {
        "status" => diff.without("spec").without("metadata"),
        _ if super::strategy::has_status(resource) => diff.without("status"),
        _ => diff,
    };
    let written = diff.written();
    let mut all = managers(if new.at("metadata.managedFields").is_null() { old.unwrap_or(new) } else { new });
    for other in all.iter_mut().filter(|m| !m.same(&writer)) {
        other.fields = std::mem::take(&mut other.fields).difference(&written).difference(&diff.removed);
    }
    let index = all.iter().position(|m| m.same(&writer));
    let mine = index.map(|i| all.remove(i));
    let fields = mine.as_ref().map(|m| m.fields.clone()).unwrap_or_default();
    writer.fields = fields.clone().difference(&diff.removed).union(&written);
    if let Some(mine) = mine.filter(|m| m.fields == writer.fields) {
        writer.time = mine.time;
    }
    all.push(writer);
    set_managers(new, all);
}

/// What of an applied configuration the schema does not know, in upstream's words.
/// upstream: typed/validate.go, typed/helpers.go listItemToPathElement
pub(super) fn type_errors(value: &Value, field: &Field, path: &str, out: &mut Vec<String>) {
    if let Some(why) = field.misfit(value) {
        out.push(format!("{path}: {why}"));
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let step = format!("{path}{}", step_text(&format!("f:{key}")));
                if !field.declares(key) {
                    out.push(format!("{step}: field not declared in schema"));
                    return;
                } else {
                    type_errors(value, &field.field(key), &step, out);
                }
            }
        }
        Value::Array(list) => {
            let kind = field.item_keys();
            for (i, item) in list.iter().enumerate() {
                let step = match (&kind, item_step(&kind, item)) {
                    (Items::Atomic, _) => format!("[{i}]"),
                    (_, step) => step_text(&step.unwrap_or_default()),
                };
                type_errors(item, &field.items(), &format!("{path}{step}"), out);
            }
        }
        _ => {}
    }
}
