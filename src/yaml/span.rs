//! Where a document's fields stand in the text.

use super::token::Mark;
use crate::collections::BTreeMap;

/// A piece of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte, in the whole text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Line of the first byte in the whole text, from 0.
    pub line: usize,
    /// Column of the first byte in characters, from 0.
    pub column: usize,
}

/// Where one field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its key; none for a list's item and for the document itself.
    pub key: Option<Span>,
    /// Its value; empty where none is written.
    pub value: Span,
}

/// The places of all fields of a document by path, written as the API server writes it: `spec.ports[0].nodePort`,
/// `metadata.annotations[example.com/a]`. The document itself has the empty path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(BTreeMap<String, Field>);

impl Spans {
    /// The field at exactly this path.
    pub fn get(&self, path: &str) -> Option<Field> {
        self.0.get(path).or_else(|| self.0.get(&normal(path))).copied()
    }
    /// The field at this path, or else the innermost written one around it: where to point if it is missing.
    pub fn nearest(&self, path: &str) -> Option<Field> {
        let mut path = normal(path);
        loop {
            if let Some(field) = self.0.get(&path) {
                return Some(*field);
            }
            if path.is_empty() {
                return None;
            }
            path.truncate(parent_length(&path));
        }
    }
    /// The path of the innermost field whose key or value holds this byte.
    pub fn path_at(&self, byte: usize) -> Option<&str> {
        let holds = |s: &Span| s.start <= byte && byte <= s.end;
        self.0
            .iter()
            .filter(|(_, f)| holds(&f.value) || f.key.as_ref().is_some_and(holds))
            .max_by_key(|(path, f)| (f.key.map_or(f.value.start, |k| k.start), path.len()))
            .map(|(path, _)| path.as_str())
    }
    /// All fields, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.0.iter().map(|(path, field)| (path.as_str(), field))
    }
    pub(super) fn insert(&mut self, path: String, field: Field) {
        self.0.insert(path, field);
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Splits a path into its steps.
pub(super) fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            // A key in brackets may hold dots and slashes, but no bracket.
            let end = inner.find(']').unwrap_or(inner.len());
            let text = &inner[..end];
            steps.push(text.parse().map_or_else(|_| Step::Key(text.trim_matches('"').into()), Step::Index));
            rest = inner.get(end + 1..).unwrap_or("");
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(rest[..end].into()));
            rest = &rest[end..];
        }
    }
    steps
}

/// The path with every key written as [`push_key`] writes it.
fn normal(path: &str) -> String {
    let mut out = String::new();
    for step in steps(path) {
        match step {
            Step::Key(key) => push_key(&mut out, &key),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// Appends a key to a path: `.key`, or `[key]` where dots or brackets would mislead.
pub fn push_key(path: &mut String, key: &str) {
    if key.is_empty() || key.contains(['.', '[', ']']) {
        path.push('[');
        path.push_str(key);
        path.push(']');
    } else {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    }
}

/// How much of a path its parent's is.
fn parent_length(path: &str) -> usize {
    if path.ends_with(']') { path.rfind('[').unwrap_or(0) } else { path.rfind('.').unwrap_or(0) }
}

/// Turns a document's marks into places in the whole text.
pub(super) struct Places {
    /// Where the document starts: byte and line in the whole text.
    pub start: usize,
    pub line: usize,
    /// Bytes of the document.
    pub length: usize,
}

impl Places {
    /// The span between two marks.
    pub fn span(&self, start: Mark, end: Mark) -> Span {
        let first = start.index.min(self.length);
        Span {
            start: self.start + first,
            end: self.start + end.index.clamp(first, self.length),
            line: self.line + start.line,
            column: start.column,
        }
    }
}
