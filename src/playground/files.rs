//! The learner's files: kept in order, handed to the user's machine before a command runs, compared with the cluster.

use super::{Input, Playground};
use crate::api::schema;
use crate::api::{ObjectExt, Resource, Value};
use crate::shell::Session;
use std::rc::Rc;

/// How a file stands to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Not read as manifests.
    Broken,
    /// None of its objects exists.
    Absent,
    /// Some field is otherwise in the cluster.
    Differs,
    /// All that it says is so in the cluster.
    Same,
}

/// Files from the JSON that [`Playground::files_json`] gives.
pub fn files_from_json(text: &str) -> Option<Vec<(String, String)>> {
    let v: Value = serde_json::from_str(text).ok()?;
    let pair = |f: &Value| Some((f.get(0)?.as_str()?.to_string(), f.get(1)?.as_str()?.to_string()));
    let files: Vec<_> = v.as_array()?.iter().filter_map(pair).collect();
    (!files.is_empty()).then_some(files)
}

impl Playground {
    /// Replaces all files.
    pub fn set_files(&mut self, files: Vec<(String, String)>) {
        self.files = files;
        self.revision += 1;
        self.edits += 1;
    }

    /// The files' names in order.
    pub fn file_names(&self) -> Vec<String> {
        self.files.iter().map(|(n, _)| n.clone()).collect()
    }

    /// A file's text, empty if there is none of that name.
    pub fn file(&self, name: &str) -> Rc<str> {
        self.text(name).unwrap_or_default().into()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(n, _)| n == name).map(|(_, t)| t.as_str())
    }

    /// Writes a file as the learner edits it.
    pub fn set_file(&mut self, name: &str, text: &str) {
        match self.files.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => *old = text.into(),
            None => self.files.push((name.into(), text.into())),
        }
        self.revision += 1;
        self.edits += 1;
    }

    /// Takes a file away and gives its text, so that it can be brought back.
    pub fn remove_file(&mut self, name: &str) -> Option<String> {
        let at = self.files.iter().position(|(n, _)| n == name)?;
        let (name, text) = self.files.remove(at);
        if self.session.file(&name).is_some() {
            self.unlink_file(name);
        }
        self.revision += 1;
        self.edits += 1;
        Some(text)
    }

    /// All files as JSON: `[[name, text], …]`.
    pub fn files_json(&self) -> String {
        let list: Vec<Value> = self.files.iter().map(|(n, t)| serde_json::json!([n, t])).collect();
        Value::from(list).to_string()
    }

    /// Gives the user's machine what was edited since the last command.
    pub(super) fn hand_over_files(&mut self) {
        for (name, text) in self.files.clone() {
            if self.session.file(&name) != Some(text.as_str()) {
                self.write_file(name, text);
            }
        }
    }

    pub(super) fn write_file(&mut self, name: String, text: String) {
        self.session.write(&name, &text);
        self.note(Input::File(name, text));
    }

    pub(super) fn unlink_file(&mut self, name: String) {
        // A file that is gone already is as it should be.
        let _ = self.session.files.remove(&format!("{}/{name}", Session::HOME));
        self.note(Input::Removed(name));
    }

    /// Every file with how it stands to the cluster.
    pub fn files_state(&self) -> Vec<(String, Sync)> {
        self.files.iter().map(|(name, text)| (name.clone(), self.sync(text))).collect()
    }

    fn sync(&self, text: &str) -> Sync {
        let documents = crate::yaml::parse(text);
        if documents.iter().any(|d| d.error.is_some()) {
            return Sync::Broken;
        }
        let (mut there, mut same, mut all) = (0, 0, 0);
        for document in documents.iter().filter(|d| !d.is_empty()) {
            let v = &document.value;
            let Some(resource) = Resource::by_kind(v.str_at("apiVersion"), v.str_at("kind")) else {
                return Sync::Broken;
            };
            all += 1;
            let namespace = match (resource.namespaced, v.namespace()) {
                (false, _) => "",
                (true, "") => "default",
                (true, ns) => ns,
            };
            if let Some(live) = self.cluster.store.find(resource, namespace, v.name()) {
                there += 1;
                same += usize::from(within(v, live));
            }
        }
        match (all, there, same) {
            (0, ..) => Sync::Broken,
            (_, 0, _) => Sync::Absent,
            _ if same == all => Sync::Same,
            _ => Sync::Differs,
        }
    }
}

/// Whether all that `said` says is so in `live`.
pub(super) fn within(said: &Value, live: &Value) -> bool {
    match (said, live) {
        (Value::Object(a), Value::Object(b)) => {
            a.iter().all(|(k, v)| v.is_null() || b.get(k).is_some_and(|w| within(v, w)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(v, w)| within(v, w)),
        _ => said == live,
    }
}

/// What may be written at a byte of a manifest (the editor's completion): JSON of `{label, type, apply?}`. `at` counts
/// UTF-16 units, as the editor does.
pub fn complete_yaml(text: &str, at: usize) -> String {
    let mut units = 0;
    let byte = text.char_indices().find(|(_, c)| {
        let here = units >= at;
        units += c.len_utf16();
        here
    });
    let byte = byte.map_or(text.len(), |(i, _)| i);
    let options = schema_options(text, byte).unwrap_or_default();
    Value::from(options).to_string()
}

fn schema_options(text: &str, byte: usize) -> Option<Vec<Value>> {
    let head = text.get(..byte)?;
    let line = head.rsplit('\n').next().unwrap_or("");
    let indent = line.len() - line.trim_start_matches([' ', '-']).len();
    if line.trim_start_matches([' ', '-']).contains(':') {
        return None;
    }
    // The parents of the place: the nearest lines above with less indentation that end in a colon.
    let mut path: Vec<&str> = Vec::new();
    let mut depth = indent;
    for above in head.lines().rev().skip(1) {
        let body = above.trim_start_matches([' ', '-']);
        let own = above.len() - body.len();
        if above.trim() == "---" {
            break;
        }
        if own < depth
            && let Some((key, rest)) = body.split_once(':')
        {
            depth = own;
            if rest.trim().is_empty() {
                path.insert(0, key);
            }
        }
        // An item of a list that is not indented more than its key.
        if own == depth && own > 0 && above.trim_start().starts_with('-') && path.is_empty() {
            depth = above.len() - above.trim_start().len() + 1;
        }
    }
    let documents = crate::yaml::parse(text);
    let document = documents.iter().find(|d| d.range.start <= byte && byte <= d.range.end)?;
    let fields = schema::fields_at(document.value.str_at("apiVersion"), document.value.str_at("kind"), &path)?;
    let option = |(name, kind): (String, String)| serde_json::json!({"label": name, "type": "property", "detail": kind, "apply": format!("{name}: ")});
    Some(fields.into_iter().map(option).collect())
}
