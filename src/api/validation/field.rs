//! A field under validation, and the list of what was found wrong.

use super::format::{self, Messages};
use crate::api::error::{ErrorKind, FieldError, shown};
use crate::api::{ObjectExt, Value};

static NULL: Value = Value::Null;

/// A value together with the path by which errors name it: `field.Path`.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// `spec.ports[0].name`; empty for the whole object.
    pub path: String,
    /// What is there; null where nothing is.
    pub value: &'a Value,
}

impl<'a> Field<'a> {
    /// The whole object.
    pub fn root(object: &'a Value) -> Self {
        Self { path: String::new(), value: object }
    }

    /// A field of this one; `name` may be dotted.
    pub fn child(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: [&self.path, dot, name].concat(), value: self.value.at(name) }
    }

    /// The list's items.
    pub fn items(&self) -> Vec<Self> {
        let list = self.value.as_array().map_or(&[][..], Vec::as_slice);
        list.iter().enumerate().map(|(i, value)| Self { path: self.index(i), value }).collect()
    }

    /// The path of the list's item `i`.
    pub fn index(&self, i: usize) -> String {
        [&self.path, "[", &i.to_string(), "]"].concat()
    }

    /// A map's entry.
    pub fn key(&self, key: &str) -> Self {
        Self { path: [&self.path, "[", key, "]"].concat(), value: self.value.get(key).unwrap_or(&NULL) }
    }

    /// The same value under another path.
    pub fn named(&self, path: String) -> Self {
        Self { path, value: self.value }
    }

    /// The text, empty where there is none.
    pub fn str(&self) -> &'a str {
        self.value.as_str().unwrap_or("")
    }

    /// The number, 0 where there is none.
    pub fn int(&self) -> i64 {
        self.value.as_i64().unwrap_or(0)
    }

    /// Whether there is a value.
    pub fn given(&self) -> bool {
        !self.value.is_null()
    }

    /// Whether it is absent or an empty list, map or text.
    pub fn empty(&self) -> bool {
        match self.value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::String(s) => s.is_empty(),
            _ => false,
        }
    }

    /// The map's pairs.
    pub fn pairs(&self) -> Vec<(&'a str, &'a str)> {
        let Value::Object(map) = self.value else { return Vec::new() };
        map.iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or(""))).collect()
    }

    /// Whether its object has the field `name`.
    pub fn has(&self, name: &str) -> bool {
        self.value.get(name).is_some_and(|v| !v.is_null())
    }
}

/// What was found wrong, in the order found: `field.ErrorList`.
#[derive(Clone, Debug, Default)]
pub struct Errors(pub Vec<FieldError>);

impl Errors {
    /// The errors without those that were found twice.
    pub fn distinct(self) -> Vec<FieldError> {
        let mut out: Vec<FieldError> = Vec::new();
        for error in self.0 {
            if !out.contains(&error) {
                out.push(error);
            }
        }
        out
    }

    /// `Required value`
    pub fn required(&mut self, field: &Field, detail: &str) {
        self.0.push(FieldError::required(field.path.as_str(), detail));
    }

    /// `Invalid value`, with the value as it is.
    pub fn invalid(&mut self, field: &Field, detail: &str) {
        self.0.push(FieldError::invalid(field.path.as_str(), field.value, detail));
    }

    /// `Invalid value` of a text; a missing one is `""`.
    pub fn text(&mut self, field: &Field, detail: &str) {
        self.0.push(FieldError::invalid(field.path.as_str(), &field.str().into(), detail));
    }

    /// `Invalid value` of a value that is written in another way than it is given.
    pub fn written(&mut self, path: &str, value: &str, detail: &str) {
        let body = ["Invalid value: ", value, ": ", detail].concat();
        self.0.push(FieldError { path: path.into(), kind: ErrorKind::Invalid, body });
    }

    /// `Forbidden`
    pub fn forbidden(&mut self, field: &Field, detail: &str) {
        self.0.push(FieldError::forbidden(field.path.as_str(), detail));
    }

    /// `Duplicate value`
    pub fn duplicate(&mut self, field: &Field) {
        self.0.push(FieldError::duplicate(field.path.as_str(), field.value));
    }

    /// `Unsupported value` unless the text is one of `supported`.
    pub fn one_of(&mut self, field: &Field, supported: &[&str]) {
        if !supported.contains(&field.str()) {
            self.0.push(FieldError::not_supported(field.path.as_str(), &field.str().into(), supported));
        }
    }

    /// `Required value` of a missing text, else as [`Errors::one_of`].
    pub fn required_one_of(&mut self, field: &Field, supported: &[&str]) {
        if field.str().is_empty() { self.required(field, "") } else { self.one_of(field, supported) }
    }

    /// One `Invalid value` of a text for each message.
    pub fn each(&mut self, field: &Field, messages: &Messages) {
        for message in messages {
            self.text(field, message);
        }
    }

    /// The text must be a DNS label.
    pub fn dns_label(&mut self, field: &Field) {
        self.each(field, &format::dns_label(field.str()));
    }

    /// The text must be a DNS subdomain.
    pub fn dns_subdomain(&mut self, field: &Field) {
        self.each(field, &format::dns_subdomain(field.str()));
    }

    /// The text must be a qualified name.
    pub fn qualified_name(&mut self, field: &Field) {
        self.each(field, &format::qualified_name(field.str()));
    }

    /// The number must be a port.
    pub fn port_number(&mut self, field: &Field) {
        if !(1..=65535).contains(&field.int()) {
            self.number(field, format::PORT_RANGE);
        }
    }

    /// `Invalid value` of a number; a missing one is 0.
    pub fn number(&mut self, field: &Field, detail: &str) {
        self.0.push(FieldError::invalid(field.path.as_str(), &field.int().into(), detail));
    }

    /// The port must be a number or a name: `ValidatePortNumOrName`.
    pub fn port(&mut self, field: &Field) {
        match field.value {
            Value::String(name) => self.each(field, &format::port_name(name)),
            _ => self.port_number(field),
        }
    }

    /// The number, where there is one, must not be below zero.
    pub fn nonnegative(&mut self, field: &Field) {
        if field.int() < 0 {
            self.number(field, format::NEGATIVE);
        }
    }

    /// The map's keys and values must be those of labels; errors are named by the map's own path.
    // upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go ValidateLabels
    pub fn labels(&mut self, field: &Field) {
        for (key, value) in field.pairs() {
            for message in format::qualified_name(key) {
                self.0.push(FieldError::invalid(field.path.as_str(), &key.into(), message));
            }
            for message in format::label_value(value) {
                self.0.push(FieldError::invalid(field.path.as_str(), &value.into(), message));
            }
        }
    }

    /// The values must be equal.
    pub fn immutable(&mut self, new: &Field, old: &Value) {
        if new.value != old {
            self.invalid(new, format::IMMUTABLE);
        }
    }

    /// A `LabelSelector` object's parts.
    // upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go ValidateLabelSelector
    pub fn label_selector(&mut self, field: &Field) {
        self.labels(&field.child("matchLabels"));
        for expression in field.child("matchExpressions").items() {
            let values = expression.child("values");
            let operator = expression.child("operator");
            match operator.str() {
                "In" | "NotIn" if values.empty() => {
                    self.required(&values, "must be specified when `operator` is 'In' or 'NotIn'");
                }
                "Exists" | "DoesNotExist" if !values.empty() => {
                    self.forbidden(&values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }
                "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
                _ => self.text(&operator, "not a valid selector operator"),
            }
            self.qualified_name(&expression.child("key"));
            for value in values.items() {
                self.each(&value, &format::label_value(value.str()));
            }
        }
    }
}

/// A struct as Go prints it: the fields in their own order, not sorted.
pub fn shown_in_order(value: &Value, order: &[&str]) -> String {
    let Value::Object(map) = value else { return shown(value) };
    let mut out = String::from("{");
    for key in order.iter().copied().filter(|k| map.contains_key(*k)) {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&["\"", key, "\":", &json(value.at(key))].concat());
    }
    out.push('}');
    out
}

/// A `LabelSelector` as an error prints it: its empty parts are left out.
pub fn shown_selector(selector: &Value) -> String {
    if selector.is_null() {
        return shown(selector);
    }
    let mut parts = Vec::new();
    if !selector.pairs_at("matchLabels").is_empty() {
        parts.push(["\"matchLabels\":", &json(selector.at("matchLabels"))].concat());
    }
    let expressions = selector.list_at("matchExpressions");
    if !expressions.is_empty() {
        let list: Vec<String> = expressions.iter().map(|e| shown_in_order(e, &["key", "operator", "values"])).collect();
        parts.push(["\"matchExpressions\":[", &list.join(","), "]"].concat());
    }
    ["{", &parts.join(","), "}"].concat()
}

/// JSON text, Go's escapes included.
pub fn json(value: &Value) -> String {
    match value {
        Value::String(_) => value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
        other => shown(other),
    }
}
