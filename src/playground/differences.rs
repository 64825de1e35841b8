//! Where a file differs from the cluster: what `kubectl apply` would change, field by field, at its place in the text.

use super::Playground;
use crate::api::Value;
use crate::collections::sort_by_key;
use crate::yaml::{self, Document, parse, push_key};

/// One field that is otherwise in the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which document of the file.
    pub document: usize,
    /// `spec.ports[0].port`; empty where the whole object is missing in the cluster.
    pub path: String,
    /// First byte of the place in the file.
    pub from: usize,
    /// One past its last byte.
    pub to: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Whether the field itself is written there; else its parent is, and the field would go or get a default.
    pub written: bool,
    /// What applying the file would make of it, as YAML; empty for nothing.
    pub file: String,
    /// What the cluster has, as YAML; empty for nothing.
    pub cluster: String,
}

/// Where a manifest and the cluster part: the path, what would be, and what is.
type Parted = (String, Value, Value);

/// Most steps back that one undoing takes.
const STEPS: usize = 60;

/// What the API server writes by itself.
const SERVERS: [&str; 5] = ["managedFields", "generation", "resourceVersion", "creationTimestamp", "uid"];

impl Playground {
    /// What applying a file would change, by place.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn differences(&self, name: &str) -> Vec<Difference> {
        let documents = self.text(name).map(parse).unwrap_or_default();
        let mut found: Vec<Difference> = Vec::new();
        for (i, document) in documents.iter().enumerate().filter(|(_, d)| d.error.is_none() && !d.is_empty()) {
            match self.parted(document) {
                Some(parted) => found.extend(parted.iter().map(|p| at_place(i, document, p))),
                // Where nothing is applied yet, nothing differs.
                None if documents.len() > 1 => found.push(at_place(i, document, &Default::default())),
                None => {}
            }
        }
        if found.iter().all(|d| d.path.is_empty()) {
            return Vec::new();
        }
        sort_by_key(&mut found, |d| d.from);
        found
    }

    /// Where a document and its object part; `None` if there is no such object.
    fn parted(&self, document: &Document) -> Option<Vec<Parted>> {
        let trial = self.trial(&document.value, true)?;
        let live = trial.live.as_ref()?;
        let mut found = Vec::new();
        match &trial.after {
            Ok(after) => compare("", after, live, &mut found),
            Err(_) => {
                let mut would = (**live).clone();
                overlay(&mut would, &document.value);
                compare("", &would, live, &mut found);
            }
        }
        Some(found)
    }

    /// Makes a file say what the cluster has: all of it, or one difference. Comments stay.
    pub fn take_back(&mut self, name: &str, only: Option<usize>) -> bool {
        let mut done = only.is_none() && self.take_siblings(name);
        for _ in 0..STEPS {
            let all = self.differences(name);
            let chosen = match only {
                Some(i) => all.get(i),
                // What is written first: the rest often follows from it.
                None => all.iter().find(|d| d.written).or(all.iter().find(|d| !d.path.is_empty())),
            };
            let Some(text) = chosen.and_then(|d| self.without(name, d)) else { break };
            self.set_file(name, &text);
            done = true;
            if only.is_some() {
                break;
            }
        }
        done
    }

    /// The file's text with one difference gone.
    fn without(&self, name: &str, difference: &Difference) -> Option<String> {
        let text = self.text(name)?;
        let edit = if difference.cluster.is_empty() {
            yaml::remove(text, difference.document, &difference.path)
        } else {
            let value = yaml::to_json(&difference.cluster).ok()?;
            yaml::set(text, difference.document, &difference.path, &value)
        };
        edit.map(|e| e.text).filter(|new| new != text)
    }
}

fn at_place(index: usize, document: &Document, (path, file, cluster): &Parted) -> Difference {
    let written = document.spans.get(path).is_some();
    let span = document.spans.nearest(path);
    let (from, mut to, line) = match span {
        Some(field) => {
            let start = field.key.unwrap_or(field.value);
            (start.start, if written { field.value.end.max(start.end) } else { start.end }, start.line)
        }
        None => (document.range.start, document.range.start, document.line),
    };
    if path.is_empty() {
        to = from + 1;
    }
    let text = |v: &Value| if v.is_null() { String::new() } else { yaml::to_string(v).trim_end().to_string() };
    Difference {
        document: index,
        path: path.clone(),
        from,
        to,
        line: line + 1,
        written,
        file: text(file),
        cluster: text(cluster),
    }
}

/// Walks both trees and notes where they part.
fn compare(path: &str, after: &Value, live: &Value, found: &mut Vec<Parted>) {
    match (after, live) {
        (Value::Object(a), Value::Object(b)) => {
            let more = b.keys().filter(|k| !a.contains_key(*k));
            for key in a.keys().chain(more) {
                let servers = path == "metadata" && SERVERS.contains(&key.as_str());
                if servers || (path.is_empty() && key == "status") || key.ends_with("/last-applied-configuration") {
                    continue;
                }
                let mut inner = path.to_string();
                push_key(&mut inner, key);
                compare(&inner, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (x, y)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{i}]"), x, y, found);
            }
        }
        _ if nothing(after) && nothing(live) => {}
        _ if after == live => {}
        _ => found.push((path.into(), after.clone(), live.clone())),
    }
}

fn nothing(v: &Value) -> bool {
    v.is_null() || v.as_object().is_some_and(|m| m.keys().all(|k| k.ends_with("/last-applied-configuration")))
}

/// Writes what a manifest says over an object.
fn overlay(onto: &mut Value, said: &Value) {
    match (onto, said) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in b {
                overlay(a.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter_mut().zip(b).for_each(|(x, y)| overlay(x, y));
        }
        (onto, said) => *onto = said.clone(),
    }
}
