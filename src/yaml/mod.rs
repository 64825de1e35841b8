//! Text ⇄ values, as kubectl reads and prints YAML and JSON.
//!
//! - [`parse`]: a file's text → documents: values, the places of their fields, and what is wrong, in kubectl's words
//! - [`to_json`]: a text that is no file, like a patch
//! - [`to_string`]: a value → what `kubectl get -o yaml` prints
//! - [`set`], [`remove`]: a field of a text changed in place, comments and layout kept
//!
//! kubectl reads YAML with go-yaml v2, a child of libyaml: YAML 1.1, where `yes` is true and `0777` octal. Which texts it
//! refuses, with which words and on which line, is part of what a learner sees, so the scanner follows it closely.

#[cfg(test)]
mod cases;
mod chars;
mod decode;
mod directive;
mod edit;
mod emit;
mod flow;
mod json;
mod order;
mod resolve;
mod scalar;
mod scanner;
mod span;
mod stream;
mod style;
#[cfg(test)]
mod tests;
mod token;
mod tree;

pub use edit::{Edit, remove, set};
pub use emit::to_string;
pub use order::go_float;
pub use span::{Field, Span, Spans, push_key};
pub use stream::{Document, Problem, is_json, json_fault, parse, parse_strict, to_json};
