//! The learner's files: kept in order, handed to the user's machine before a command runs, compared with the cluster.

use super::{Input, Playground};
use crate::api::{ObjectExt, Resource, Value};
use std::rc::Rc;

/// How a file stands to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Not looked at yet.
    Unread,
    /// Not read as manifests.
    Broken,
    /// None of its objects exists.
    Absent,
    /// Some field is otherwise in the cluster.
    Differs,
    /// All that it says is so in the cluster.
    Same,
}

/// A file's name as the shell takes it without quotes.
pub fn clean_name(name: &str) -> String {
    let strange = |c: char| c.is_whitespace() || c.is_control() || "/\\'\"$`&|;<>*?()[]{}#~!=:,".contains(c);
    let clean: String = name.trim().chars().map(|c| if strange(c) { '-' } else { c }).take(80).collect();
    let clean = clean.trim_start_matches(['-', '.']);
    if clean.is_empty() { "file.yaml".into() } else { clean.into() }
}

/// Files as JSON: `[[name, text], …]`.
pub fn files_to_json(files: &[(String, String)]) -> String {
    let list: Vec<Value> = files.iter().map(|(n, t)| serde_json::json!([n, t])).collect();
    Value::from(list).to_string()
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

    /// Adds a file without touching another one: under its name if that is free, else with a number. Gives the name; a
    /// file that is there already, word for word, is not added again.
    pub fn add_file(&mut self, name: &str, text: &str) -> String {
        let name = clean_name(name);
        let (stem, ending) = name.rsplit_once('.').map_or((name.as_str(), ""), |(stem, e)| (stem, e));
        let dot = if ending.is_empty() { "" } else { "." };
        let numbered = (2..).map(|n| format!("{stem}-{n}{dot}{ending}"));
        let fits = |n: &String| self.text(n).is_none_or(|there| there == text);
        let free = [name.clone()].into_iter().chain(numbered).find(fits).unwrap_or(name);
        self.set_file(&free, text);
        free
    }

    /// Gives a file another name, in its place; `false` if that is taken.
    pub fn rename_file(&mut self, from: &str, to: &str) -> bool {
        if self.text(to).is_some() {
            return false;
        }
        let Some(file) = self.files.iter_mut().find(|(n, _)| n == from) else { return false };
        file.0 = to.into();
        if self.moment.session.file(from).is_some() {
            self.act(Input::Removed(from.into()));
        }
        self.revision += 1;
        self.edits += 1;
        true
    }

    /// The text of a file in the lesson, if it brings one of that name.
    pub fn lesson_text(&self, name: &str) -> Option<&str> {
        let files = &self.lesson.as_ref()?.files;
        files.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str())
    }

    /// Joins what another tab stored: `base` is what both last had in common. What only one of them changed is taken; of
    /// a file that both changed, theirs is added under another name. Gives those names: the file's and the copy's.
    pub fn merge_files(&mut self, base: &[(String, String)], theirs: &[(String, String)]) -> Vec<(String, String)> {
        let find =
            |files: &[(String, String)], name: &str| files.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone());
        let mut both = Vec::new();
        for (name, text) in theirs {
            let (was, mine) = (find(base, name), self.text(name).map(String::from));
            if mine.as_ref() == Some(text) || was.as_ref() == Some(text) {
                continue;
            }
            if mine == was || mine.is_none() {
                self.set_file(name, text);
            } else {
                let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "yaml"));
                both.push((name.clone(), self.add_file(&format!("{stem}-other-tab.{ending}"), text)));
            }
        }
        let gone =
            |(name, text): &(String, String)| find(theirs, name).is_none() && find(base, name).as_ref() == Some(text);
        let gone: Vec<String> = self.files.iter().filter(|f| gone(f)).map(|(n, _)| n.clone()).collect();
        // Some file stays: the editor shows one.
        if self.files.len() > gone.len() {
            gone.iter().for_each(|name| _ = self.remove_file(name));
        }
        both
    }

    /// Takes a file away and gives its text, so that it can be brought back.
    pub fn remove_file(&mut self, name: &str) -> Option<String> {
        let at = self.files.iter().position(|(n, _)| n == name)?;
        let (name, text) = self.files.remove(at);
        if self.moment.session.file(&name).is_some() {
            self.act(Input::Removed(name));
        }
        self.revision += 1;
        self.edits += 1;
        Some(text)
    }

    /// All files as JSON: `[[name, text], …]`.
    pub fn files_json(&self) -> String {
        files_to_json(&self.files)
    }

    /// Gives the user's machine what was edited since the last command.
    pub(super) fn hand_over_files(&mut self) {
        for (name, text) in self.files.clone() {
            if self.moment.session.file(&name) != Some(text.as_str()) {
                self.act(Input::File(name, text));
            }
        }
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
            if let Some(live) = self.moment.cluster.store.find(resource, namespace, v.name()) {
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
