//! How files stand to one another and to what the cluster went on to be: which declare the same object, and which the
//! cluster has changed since they were applied.

use super::Playground;
use crate::api::{ObjectExt, Value};
use crate::yaml::{self, parse, push_key};

/// kubectl's note of what was applied last.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Playground {
    /// The files that "apply all" means, and those that it leaves out: of several that declare the same object only the
    /// one that is `shown`, else the first.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn together(&self, shown: &str) -> (Vec<String>, Vec<String>) {
        let names = self.file_names();
        let objects = |name: &String| self.objects(name);
        let shown_objects = objects(&shown.to_string());
        let mut taken: Vec<[String; 3]> = Vec::new();
        let (mut all, mut out) = (Vec::new(), Vec::new());
        for name in names {
            let own = objects(&name);
            let other = own.iter().any(|o| taken.contains(o) || (name != shown && shown_objects.contains(o)));
            if other {
                out.push(name);
            } else {
                taken.extend(own);
                all.push(name);
            }
        }
        (all, out)
    }

    /// Kind, namespace and name of what a file declares.
    fn objects(&self, file: &str) -> Vec<[String; 3]> {
        let documents = self.text(file).map(parse).unwrap_or_default();
        let declared = documents.iter().filter(|d| d.error.is_none() && !d.value.name().is_empty());
        let key = |v: &Value| [v.str_at("kind"), v.namespace(), v.name()].map(String::from);
        declared.map(|d| key(&d.value)).collect()
    }

    /// Whether a file is as it was applied, and what differs is what the cluster has become since.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn outrun(&self, name: &str) -> bool {
        let documents = self.text(name).map(parse).unwrap_or_default();
        let mut known = false;
        for document in documents.iter().filter(|d| !d.is_empty()) {
            let Some(live) = self.live(&document.value).filter(|_| document.error.is_none()) else { return false };
            let annotations = live.at("metadata.annotations").as_object();
            let note = annotations.and_then(|a| a.get(APPLIED)).and_then(Value::as_str);
            let applied: Option<Value> = note.and_then(|text| serde_json::from_str(text).ok());
            let as_written = applied.is_some_and(|a| plain(a) == plain(document.value.clone()));
            if !as_written {
                return false;
            }
            known = true;
        }
        known
    }
}

impl Playground {
    /// Where the cluster has other keys in place of one of a file's (`selector`, labels), the file gets them: to apply it
    /// would not take them away, so they don't count as differences.
    pub(super) fn take_siblings(&mut self, name: &str) -> bool {
        let mut text = self.text(name).unwrap_or_default().to_string();
        let documents = parse(&text);
        for gone in self.differences(name).iter().filter(|d| d.written && d.cluster.is_empty()) {
            let Some((parent, _)) = gone.path.rsplit_once('.') else { continue };
            let Some(document) = documents.get(gone.document) else { continue };
            let at = parent.replace('[', ".").replace(']', "");
            let live = self.live(&document.value).map(|l| l.at(&at).clone()).unwrap_or_default();
            let pairs = live.as_object().filter(|m| m.values().all(Value::is_string));
            for (key, value) in pairs.into_iter().flatten().filter(|(k, _)| document.value.at(&at).get(k).is_none()) {
                let mut path = parent.to_string();
                push_key(&mut path, key);
                if let Some(edit) = yaml::set(&text, gone.document, &path, value) {
                    text = edit.text;
                }
            }
        }
        let more = self.text(name).is_some_and(|old| old != text);
        if more {
            self.set_file(name, &text);
        }
        more
    }
}

/// A manifest without what kubectl adds to it.
fn plain(mut v: Value) -> Value {
    if let Some(metadata) = v.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, value| match key.as_str() {
            "namespace" => value != "default",
            "annotations" => !value.as_object().is_some_and(|a| a.is_empty()),
            _ => true,
        });
    }
    v
}
