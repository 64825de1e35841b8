//! A file's text → its documents, as kubectl's reader splits it.

// upstream: apimachinery/pkg/util/yaml/decoder.go YAMLOrJSONDecoder, YAMLReader

use super::span::{Places, Span, Spans};
use super::token::Fault;
use super::{decode, json, tree};
use serde_json::Value;
use std::ops::Range;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As kubectl prints it after `error parsing FILE: `, like
    /// `error converting YAML to JSON: yaml: line 10: mapping values are not allowed in this context`. The line counts
    /// from the start of the document, and go-yaml doesn't always mean the line that it should.
    pub text: String,
    /// The fault alone: `mapping values are not allowed in this context`.
    pub message: String,
    /// Where it really is.
    pub span: Span,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it says; of a broken document, what was understood.
    pub value: Value,
    /// Where its fields stand.
    pub spans: Spans,
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// Its first line in the text, from 0.
    pub line: usize,
    /// Why kubectl refuses it. It reads no document after such a one.
    pub error: Option<Problem>,
    /// Keys set twice in one map. kubectl takes the last and says nothing; a strict decoder
    /// (`line 6: key "port" already set in map`) would refuse.
    pub duplicates: Vec<Problem>,
}

impl Document {
    /// Whether it says nothing: kubectl passes it over.
    pub fn is_empty(&self) -> bool {
        self.value.is_null() && self.error.is_none()
    }
}

/// All documents of a file, empty ones included. Never fails as a whole: a broken document has an
/// [`error`](Document::error), and what comes after it is still read, for the editor; kubectl stops there.
pub fn parse(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut json_error = None;
    let mut start = 0;
    if is_json(text) {
        loop {
            let offset = text.len() - text[start..].trim_start_matches([' ', '\t', '\r', '\n']).len();
            if offset == text.len() {
                return documents;
            }
            match json::scan(text, offset) {
                Ok(end) => documents.push(json_document(text, offset..end)),
                Err(problem) => {
                    json_error = Some(problem);
                    break;
                }
            }
            start = documents.last().map_or(text.len(), |d: &Document| d.range.end);
        }
        // More than one object: surely JSON, and the fault is final and told as it is.
        if documents.len() > 1 {
            let error = json_error.map(|p| Problem { text: p.message.clone(), ..p });
            documents.push(broken(text, start, error));
            return documents;
        }
        match after_blanks(text, start) {
            Some(next) => start = next,
            None => {
                documents.push(broken(text, start, json_error));
                return documents;
            }
        }
    }
    let first_yaml = documents.len();
    yaml_documents(text, start, &mut documents);
    if let (Some(document), Some(problem)) = (documents.get_mut(first_yaml), json_error)
        && document.error.is_some()
    {
        // Neither JSON nor YAML: the first attempt's fault is the one that is told.
        document.error = Some(problem);
    }
    documents
}

/// The first YAML document of a text that is no file (a patch on a command line), as `yaml.YAMLToJSON` reads it; the
/// error as it prints it: `yaml: line 2: …`.
pub fn to_json(text: &str) -> Result<Value, String> {
    let document = convert(&tree::read(text), 0..text.len(), 0);
    match document.error {
        Some(problem) => Err(problem.text.replacen(CONVERTING, "", 1)),
        None => Ok(document.value),
    }
}

/// The same where a key set twice is an error, in the words of a strict decoder:
/// `error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key "port" already set in map`.
pub fn parse_strict(text: &str) -> Result<Value, String> {
    let document = convert(&tree::read(text), 0..text.len(), 0);
    if let Some(problem) = document.error {
        return Err(problem.text);
    }
    if document.duplicates.is_empty() {
        return Ok(document.value);
    }
    let lines: Vec<String> = document.duplicates.iter().map(|d| format!("\n  {}", d.text)).collect();
    Err(format!("{CONVERTING}yaml: unmarshal errors:{}", lines.concat()))
}

/// Why a text is no JSON, in the words of Go's decoder: `unexpected end of JSON input`.
pub fn json_fault(text: &str) -> Option<String> {
    match json::scan(text, 0) {
        Err(problem) if problem.message == "unexpected EOF" => Some("unexpected end of JSON input".into()),
        Err(problem) => Some(problem.message),
        Ok(end) => {
            let next = text.get(end..)?.trim_start().chars().next()?;
            Some(format!("invalid character '{next}' after top-level value"))
        }
    }
}

/// Whether a text is taken for JSON: it starts with `{`.
pub fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Passes white space up to and including the first line break; none if less than 4 bytes are left to look at.
fn after_blanks(text: &str, start: usize) -> Option<usize> {
    for (offset, c) in text[start..].char_indices() {
        let at = start + offset;
        if text.len() - at < 4 {
            return None;
        }
        if !c.is_whitespace() {
            return Some(at);
        }
        if c == '\n' {
            return Some(at + 1);
        }
    }
    None
}

fn broken(text: &str, start: usize, error: Option<Problem>) -> Document {
    let line = text[..start].matches('\n').count();
    Document {
        value: Value::Null,
        spans: Spans::default(),
        range: start..text.len(),
        line,
        error,
        duplicates: Vec::new(),
    }
}

/// A document of sound JSON. YAML is a superset but for a few escapes, so its parser finds the places.
fn json_document(text: &str, range: Range<usize>) -> Document {
    let line = text[..range.start].matches('\n').count();
    let mut document = yaml_document(text, range.clone(), line);
    if let Ok(mut value) = serde_json::from_str::<Value>(&text[range]) {
        json::narrow(&mut value);
        document.value = value;
    }
    document.error = None;
    document
}

/// Splits by lines that start with `---`. Such a line at the start of a document belongs to it.
fn yaml_documents(text: &str, from: usize, documents: &mut Vec<Document>) {
    let first = text[..from].matches('\n').count();
    let (mut start, mut start_line, mut at) = (from, first, from);
    for (line, piece) in (first..).zip(text[from..].split_inclusive('\n')) {
        if let Some(rest) = piece.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                // The document before it is never returned.
                let span = Span { start: at, end: at + piece.trim_end().len(), line, column: 0 };
                let message = format!("invalid Yaml document separator: {rest}");
                let problem = Problem { text: message.clone(), message, span };
                let mut document = yaml_document(text, start..at, start_line);
                document.error = Some(problem);
                documents.push(document);
                (start, start_line) = (at + piece.len(), line + 1);
            } else if at > start {
                documents.push(yaml_document(text, start..at, start_line));
                (start, start_line) = (at + piece.len(), line + 1);
            }
        }
        at += piece.len();
    }
    if start < text.len() {
        documents.push(yaml_document(text, start..text.len(), start_line));
    }
}

fn yaml_document(text: &str, range: Range<usize>, line: usize) -> Document {
    let chunk = &text[range.clone()];
    // The reader ends every line, the last one too.
    let tree = if chunk.ends_with('\n') { tree::read(chunk) } else { tree::read(&format!("{chunk}\n")) };
    convert(&tree, range, line)
}

/// What is printed before a fault of the conversion.
const CONVERTING: &str = "error converting YAML to JSON: ";

fn convert(tree: &tree::Tree, range: Range<usize>, line: usize) -> Document {
    let places = Places { start: range.start, line, length: range.len() };
    let decoded = decode::decode(tree, &places);
    let problem = |fault: &Fault, yaml: &str| Problem {
        text: match fault.line {
            0 => format!("{CONVERTING}{yaml}{}", fault.message),
            line => format!("{CONVERTING}{yaml}line {line}: {}", fault.message),
        },
        message: fault.message.clone(),
        span: places.span(fault.mark, fault.mark),
    };
    let error = match (&tree.fault, &decoded.fault) {
        (Some(fault), _) => Some(problem(fault, "yaml: ")),
        (None, Some(fault)) => Some(problem(fault, if decoded.after_yaml { "" } else { "yaml: " })),
        (None, None) => None,
    };
    let duplicates = decoded
        .duplicates
        .iter()
        .map(|(text, mark)| Problem { text: text.clone(), message: text.clone(), span: places.span(*mark, *mark) })
        .collect();
    Document { value: decoded.value, spans: decoded.spans, range, line, error, duplicates }
}
