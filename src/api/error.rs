//! One field's error, in the API server's words: `apimachinery/pkg/util/validation/field/errors.go`.

use super::Value;
use std::fmt;

/// What kind of error a field has (`field.ErrorType`); its text is the cause's `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `Required value`
    Required,
    /// `Invalid value`
    Invalid,
    /// `Invalid value` of the wrong type
    TypeInvalid,
    /// `Unsupported value`
    NotSupported,
    /// `Duplicate value`
    Duplicate,
    /// `Forbidden`
    Forbidden,
    /// `Too long`
    TooLong,
    /// `Too many`
    TooMany,
    /// `Not found`
    NotFound,
    /// `Internal error`
    Internal,
}

impl ErrorKind {
    /// `metav1.CauseType`, as in `details.causes[].reason`.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::NotFound => "FieldValueNotFound",
            Self::Internal => "InternalError",
        }
    }
}

/// `FIELD: BODY`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// `spec.ports[0].nodePort`, `metadata.annotations[key]`
    pub path: String,
    /// What is wrong with it.
    pub kind: ErrorKind,
    /// What follows the path and `: `, complete.
    pub body: String,
}

impl FieldError {
    /// `Required value` with an optional detail (empty: none).
    pub fn required(path: impl Into<String>, detail: &str) -> Self {
        let body = if detail.is_empty() { "Required value".into() } else { format!("Required value: {detail}") };
        Self { path: path.into(), kind: ErrorKind::Required, body }
    }
    /// `Invalid value: VALUE: DETAIL`; the value printed as [`shown`] does.
    pub fn invalid(path: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self { path: path.into(), kind: ErrorKind::Invalid, body: format!("Invalid value: {}: {detail}", shown(value)) }
    }
    /// `Unsupported value: VALUE: supported values: "A", "B"`; `supported` in the order to print.
    pub fn not_supported(path: impl Into<String>, value: &Value, supported: &[&str]) -> Self {
        let list = supported.iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", ");
        let body = format!("Unsupported value: {}: supported values: {list}", shown(value));
        Self { path: path.into(), kind: ErrorKind::NotSupported, body }
    }
    /// `Duplicate value: VALUE`
    pub fn duplicate(path: impl Into<String>, value: &Value) -> Self {
        Self { path: path.into(), kind: ErrorKind::Duplicate, body: format!("Duplicate value: {}", shown(value)) }
    }
    /// `Forbidden: DETAIL`
    pub fn forbidden(path: impl Into<String>, detail: &str) -> Self {
        Self { path: path.into(), kind: ErrorKind::Forbidden, body: format!("Forbidden: {detail}") }
    }
    /// `Too long: may not be more than N bytes`
    pub fn too_long(path: impl Into<String>, max_bytes: usize) -> Self {
        let body = format!("Too long: may not be more than {max_bytes} bytes");
        Self { path: path.into(), kind: ErrorKind::TooLong, body }
    }
    /// `Too many: N: must have at most M items`
    pub fn too_many(path: impl Into<String>, actual: usize, max: usize) -> Self {
        let body = format!("Too many: {actual}: must have at most {max} items");
        Self { path: path.into(), kind: ErrorKind::TooMany, body }
    }
    /// `Not found: VALUE`
    pub fn not_found(path: impl Into<String>, value: &Value) -> Self {
        Self { path: path.into(), kind: ErrorKind::NotFound, body: format!("Not found: {}", shown(value)) }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.body)
    }
}

/// A bad value as the error prints it: a string Go-quoted, everything else as Go's JSON.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(s) => go_quote(s),
        other => other.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
    }
}

/// Go's `%q` of a string.
pub fn go_quote(s: &str) -> String {
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
