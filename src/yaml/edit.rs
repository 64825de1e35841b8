//! Changes of one field in a text, everything else kept as it was written.

use serde_json::Value;

/// A changed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The whole new text.
    pub text: String,
    /// What was replaced, in the old text.
    pub old: std::ops::Range<usize>,
    /// What replaced it, in the new text.
    pub new: std::ops::Range<usize>,
}

/// Sets a field.
pub fn set(_text: &str, _document: usize, _path: &str, _value: &Value) -> Option<Edit> {
    None
}

/// Removes a field.
pub fn remove(_text: &str, _document: usize, _path: &str) -> Option<Edit> {
    None
}
