//! What is wrong with a file, at the exact field: the reader's faults, the API server's refusals (asked of a copy of the
//! cluster, so that asking changes nothing), and Services that answer nobody.

use super::Playground;
use super::view::Trouble;
use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::{Method, Request, Server};
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

/// A way to mend a problem: a field of the file gets another value.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What it does.
    pub kind: FixKind,
    /// The file to edit.
    pub file: String,
    /// Which document of the file.
    pub document: usize,
    /// The field's path.
    pub path: String,
    /// Its new value.
    pub value: Value,
}

/// What a fix does, for its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixKind {
    /// The Service's selector.
    Selector,
    /// The Service's targetPort.
    TargetPort,
}

impl Playground {
    /// What is wrong with a file, by place.
    pub fn problems(&self, name: &str) -> Vec<Problem> {
        let Some(text) = self.text(name) else { return Vec::new() };
        let mut found = Vec::new();
        for (i, document) in parse(text).iter().enumerate() {
            if let Some(error) = &document.error {
                let span = error.span;
                found.push(problem(span.start, span.end.max(span.start + 1), span.line, error.text.clone()));
                continue;
            }
            if document.is_empty() {
                continue;
            }
            let refusals = self.refusals(document);
            let refused = !refusals.is_empty();
            found.extend(refusals);
            if !refused {
                found.extend(self.trouble_of(name, i, document));
            }
        }
        sort_by_key(&mut found, |p| p.from);
        found
    }

    /// What the API server has against a document.
    fn refusals(&self, document: &Document) -> Vec<Problem> {
        let v = &document.value;
        let Some(resource) = Resource::by_kind(v.str_at("apiVersion"), v.str_at("kind")) else {
            let path = if v.str_at("kind").is_empty() { "" } else { "kind" };
            let said = match (v.str_at("apiVersion"), v.str_at("kind")) {
                ("", _) => "error validating data: apiVersion not set".to_string(),
                (_, "") => "error validating data: kind not set".to_string(),
                (version, kind) => format!("no matches for kind \"{kind}\" in version \"{version}\""),
            };
            return vec![at_path(document, path, said)];
        };
        // A copy is asked: a dry run draws names and addresses, and those are the cluster's own to draw.
        let mut copy = self.cluster.clone();
        let namespace = if v.namespace().is_empty() { "default" } else { v.namespace() };
        let within = if resource.namespaced { namespace } else { "" };
        let live = copy.store.find(resource, within, v.name()).cloned();
        let request = match &live {
            None => Request::new(Method::Post, resource.path(within)).body(v.clone()),
            Some(_) => {
                let path = format!("{}/{}", resource.path(within), v.name());
                let mut patch = Request::new(Method::Patch, path).body(v.clone());
                patch.content_type = "application/merge-patch+json";
                patch
            }
        };
        let response = copy.request(&request.query("dryRun", "All").query("fieldValidation", "Strict"));
        if response.ok() {
            return Vec::new();
        }
        let causes = response.body.list_at("details.causes");
        let told: Vec<Problem> = causes
            .iter()
            .filter(|c| !c.str_at("field").is_empty())
            .map(|c| at_path(document, c.str_at("field"), format!("{}: {}", c.str_at("field"), c.str_at("message"))))
            .collect();
        if !told.is_empty() {
            return told;
        }
        let message = response.body.str_at("message");
        vec![at_path(document, &named_path(message), message.to_string())]
    }

    /// Why the Service that a document describes answers nobody, as it is in the cluster.
    fn trouble_of(&self, file: &str, index: usize, document: &Document) -> Option<Problem> {
        let v = &document.value;
        if v.str_at("kind") != "Service" {
            return None;
        }
        let namespace = if v.namespace().is_empty() { "default" } else { v.namespace() };
        let trouble = self.trouble(namespace, v.name())?;
        let (path, fixes) = match &trouble {
            Trouble::SelectsNothing { nearest, .. } => {
                let fix = nearest.split_once('=').map(|(k, value)| Fix {
                    kind: FixKind::Selector,
                    file: file.into(),
                    document: index,
                    path: "spec.selector".into(),
                    value: serde_json::json!({ k: value }),
                });
                ("spec.selector", fix)
            }
            Trouble::NobodyListens { listening, .. } => {
                let fix = listening.first().map(|port| Fix {
                    kind: FixKind::TargetPort,
                    file: file.into(),
                    document: index,
                    path: "spec.ports[0].targetPort".into(),
                    value: (*port).into(),
                });
                ("spec.ports[0].targetPort", fix)
            }
            Trouble::NoneReady { .. } => ("spec.selector", None),
        };
        let mut found = at_path(document, path, String::new());
        found.refused = false;
        found.trouble = Some(trouble);
        found.fixes.extend(fixes);
        Some(found)
    }

    /// Edits the file as a problem's fix says; gives the file's name.
    pub fn mend(&mut self, name: &str, problem: usize, fix: usize) -> Option<String> {
        let fix = self.problems(name).get(problem)?.fixes.get(fix)?.clone();
        let text = self.text(&fix.file)?;
        let edit = crate::yaml::set(text, fix.document, &fix.path, &fix.value)?;
        let text = edit.text;
        self.set_file(&fix.file, &text);
        Some(fix.file)
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

/// The field that a strict decoding error names: `unknown field "spec.portz"`.
fn named_path(message: &str) -> String {
    message.split_once("field \"").and_then(|(_, rest)| rest.split_once('"')).map_or(String::new(), |(p, _)| p.into())
}
