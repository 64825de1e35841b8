//! What is wrong with a file, at the exact field: the reader's faults, the API server's refusals (asked of a copy of the
//! cluster, so that asking changes nothing), and Services that answer nobody.

use super::Playground;
use super::fix_tabs;
use super::fixes::{self, Fix, Place};
use super::view::Trouble;
use crate::api::{ObjectExt, Resource, Value};
use crate::collections::sort_by_key;
use crate::yaml::{Document, parse};

/// One problem of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// First byte.
    pub from: usize,
    /// One past the last byte.
    pub to: usize,
    /// Its line, from 1.
    pub line: usize,
    /// What kubectl or the API server says, where they say something.
    pub message: String,
    /// Whether the file is refused; otherwise it is taken, and does not work.
    pub refused: bool,
    /// Where it is taken and does not work: why.
    pub trouble: Option<Trouble>,
    /// What would mend it.
    pub fixes: Vec<Fix>,
}

impl Playground {
    /// What is wrong with a file, by place.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn problems(&self, name: &str) -> Vec<Problem> {
        let Some(text) = self.text(name) else { return Vec::new() };
        let mut found = Vec::new();
        for (i, document) in parse(text).iter().enumerate() {
            let place = Place { file: name, text, index: i, document };
            if let Some(error) = &document.error {
                let span = error.span;
                let mut fault = problem(span.start, span.end.max(span.start + 1), span.line, error.text.clone());
                fault.fixes = fix_tabs::of_fault(&place, span.start);
                found.push(fault);
                continue;
            }
            if document.is_empty() {
                continue;
            }
            let refusals = self.refusals(&place);
            let refused = !refusals.is_empty();
            found.extend(refusals);
            if !refused {
                found.extend(self.trouble_of(&place));
            }
        }
        sort_by_key(&mut found, |p| p.from);
        found
    }

    /// What the API server has against a document.
    fn refusals(&self, place: &Place) -> Vec<Problem> {
        let document = place.document;
        let v = &document.value;
        let refusal = |path: &str, said: String| {
            let unknown = said.contains("unknown field");
            let mut found = at_path(document, path, said);
            if let Some(key) = document.spans.get(path).and_then(|f| f.key).filter(|_| unknown) {
                (found.from, found.to, found.line) = (key.start, key.end, key.line + 1);
            }
            found.fixes = self.fixes_of_refusal(place, path, &found.message);
            found
        };
        if Resource::by_kind(v.str_at("apiVersion"), v.str_at("kind")).is_none() {
            let path = if v.str_at("kind").is_empty() { "" } else { "kind" };
            let said = match (v.str_at("apiVersion"), v.str_at("kind")) {
                ("", _) => "error validating data: apiVersion not set".to_string(),
                (_, "") => "error validating data: kind not set".to_string(),
                (version, kind) => format!("no matches for kind \"{kind}\" in version \"{version}\""),
            };
            return vec![refusal(path, said)];
        }
        let trial = self.trial(v, false);
        let Some(Err(status)) = trial.as_deref().map(|t| &t.after) else { return Vec::new() };
        let causes = status.list_at("details.causes");
        let told: Vec<Problem> = causes
            .iter()
            // A patch as a whole is refused in words that name the field.
            .filter(|c| !matches!(c.str_at("field"), "" | "patch"))
            .map(|c| refusal(c.str_at("field"), format!("{}: {}", c.str_at("field"), c.str_at("message"))))
            .collect();
        if !told.is_empty() {
            return told;
        }
        let message = status.str_at("message");
        fixes::places(document, message).into_iter().map(|(path, said)| refusal(&path, said)).collect()
    }

    /// Why what a document describes does not work, as it is in the cluster.
    fn trouble_of(&self, place: &Place) -> Option<Problem> {
        let v = &place.document.value;
        let namespace = if v.namespace().is_empty() { "default" } else { v.namespace() };
        let trouble = match v.str_at("kind") {
            "Service" => self.service_trouble(namespace, v.name()),
            kind @ ("Pod"
            | "ReplicaSet"
            | "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicationController"
            | "Job") => self.workload_trouble(kind, namespace, v.name()),
            _ => None,
        }?;
        if !self.is_said(v, &trouble) {
            return None;
        }
        let (path, fixes) = self.fixes_of_trouble(place, &trouble);
        let mut found = at_path(place.document, &path, String::new());
        found.refused = false;
        found.trouble = Some(trouble);
        found.fixes = fixes;
        Some(found)
    }
}

impl Playground {
    /// Whether a file's text is what makes the trouble: it may say otherwise than the object in the cluster.
    fn is_said(&self, v: &Value, trouble: &Trouble) -> bool {
        let Some(live) = self.live(v) else { return true };
        match trouble {
            Trouble::SelectsNothing { .. } | Trouble::WrongNamespace { .. } => {
                v.at("spec.selector") == live.at("spec.selector")
            }
            Trouble::NobodyListens { index, .. } | Trouble::NoSuchPort { index, .. } => {
                let port = format!("spec.ports.{index}");
                let target = |v: &Value| match v.at(&format!("{port}.targetPort")) {
                    Value::Null => v.at(&format!("{port}.port")).clone(),
                    written => written.clone(),
                };
                target(v) == target(live)
            }
            _ => true,
        }
    }

    /// The first file that is taken and has a trouble (that one, if given), and which of its problems says so, if it has a
    /// fix.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn first_trouble(&self, that: Option<&Trouble>) -> Option<(String, usize)> {
        let is = |p: &Problem| p.trouble.as_ref().is_some_and(|t| that.is_none_or(|that| that == t));
        let trouble = |name: String| {
            let problems = self.problems(&name);
            problems.iter().position(|p| is(p) && !p.fixes.is_empty()).map(|i| (name, i))
        };
        self.file_names().into_iter().find_map(trouble)
    }
}

fn problem(from: usize, to: usize, line: usize, message: String) -> Problem {
    Problem { from, to, line: line + 1, message, refused: true, trouble: None, fixes: Vec::new() }
}

/// A problem at a field, or at the innermost written field around it.
fn at_path(document: &Document, path: &str, message: String) -> Problem {
    match document.spans.nearest(path) {
        Some(field) => {
            let exact = document.spans.get(path).is_some();
            let scalar = field.value.end > field.value.start && !path.is_empty();
            let span = match field.key {
                Some(key) if !exact || !scalar => key,
                _ => field.value,
            };
            // Of a whole block only its first line is underlined.
            let end = if exact && path.is_empty() { span.start + 1 } else { span.end };
            problem(span.start, end, span.line, message)
        }
        None => problem(document.range.start, document.range.start + 1, document.line, message),
    }
}
