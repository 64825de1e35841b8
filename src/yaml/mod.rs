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
mod decode;
mod edit;
mod emit;
mod json;
mod resolve;
mod scalar;
mod scanner;
mod span;
mod stream;
#[cfg(test)]
mod tests;
mod token;
mod tree;

pub use edit::{Edit, remove, set};
pub use emit::{go_float, to_string};
pub use span::{Field, Span, Spans};
pub use stream::{Document, Problem, is_json, json_fault, parse, parse_strict, to_json};
