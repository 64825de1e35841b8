//! A request's body → an object: unknown fields found, wrong types refused, what Go leaves out left out.

// upstream: sigs.k8s.io/json internal/golang/encoding/json decode.go

use super::leaf::{Misfit, bad_base64, custom, got, integer, number_text};
use super::{Field, Kind, Type};
use crate::api::error::go_quote;
use crate::api::{Resource, Value};
use serde_json::Map;

/// How many unknown fields are told at most.
const MOST_ERRORS: usize = 100;

/// A decoded object.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The object without unknown fields, nulls, and zeros that Go takes for absent; see
    /// [`super::encode`] for the empty lists and maps, which it doesn't print either.
    pub value: Value,
    /// Paths of the fields that don't exist, in the order found: `spec.ports[0].targetport`.
    pub unknown: Vec<String>,
    /// Why it can't be decoded at all: `json: cannot unmarshal string into Go struct field
    /// ServicePort.spec.ports.port of type int32`. Then unknown fields don't matter.
    pub type_error: Option<String>,
}

/// Decodes a body as an object of a kind.
pub fn decode(resource: &Resource, body: &Value) -> Decoded {
    match Type::of(&resource.api_version(), resource.kind) {
        Some(of) => decode_type(of, body),
        None => Decoded { value: body.clone(), unknown: Vec::new(), type_error: None },
    }
}

/// Decodes a body as a value of a type.
pub fn decode_type(of: Type, body: &Value) -> Decoded {
    let mut decoder = Decoder { unknown: Vec::new(), error: None, context: Vec::new(), path: String::new() };
    let value = match decoder.value(of, body) {
        Ok(value) => value,
        Err(Abort(text)) => {
            decoder.error = Some(text);
            None
        }
    };
    Decoded { value: value.unwrap_or(Value::Null), unknown: decoder.unknown, type_error: decoder.error }
}

/// `unknown field "spec.portz"`
pub fn unknown_text(path: &str) -> String {
    format!("unknown field {}", go_quote(path))
}

/// `strict decoding error: unknown field "spec.portz", unknown field "spec.x"`
pub fn strict_text(unknown: &[String]) -> String {
    let each: Vec<String> = unknown.iter().map(|path| unknown_text(path)).collect();
    format!("strict decoding error: {}", each.join(", "))
}

/// An error of a type that decodes itself: decoding ends at once, and it counts even after others.
struct Abort(String);

struct Decoder {
    unknown: Vec<String>,
    /// The first error of a plain type.
    error: Option<String>,
    /// The structs on the way and the names of their fields.
    context: Vec<(&'static str, String)>,
    /// Where we are, list indices and map keys included.
    path: String,
}

impl Decoder {
    fn misfit(&self, misfit: Misfit) -> String {
        let (got, of) = match misfit {
            Misfit::Text(text) => return text,
            Misfit::Type { got, of } => (got, of),
        };
        match self.context.last() {
            None => format!("json: cannot unmarshal {got} into Go value of type {of}"),
            Some((owner, _)) => {
                let path: Vec<&str> = self.context.iter().map(|(_, name)| name.as_str()).collect();
                format!("json: cannot unmarshal {got} into Go struct field {owner}.{} of type {of}", path.join("."))
            }
        }
    }
    fn refuse(&mut self, got: &str, of: Type) -> Option<Value> {
        if self.error.is_none() {
            self.error = Some(self.misfit(Misfit::Type { got: got.into(), of: of.go_name() }));
        }
        None
    }

    /// The decoded value; none for null and for what didn't fit.
    fn value(&mut self, of: Type, value: &Value) -> Result<Option<Value>, Abort> {
        if let Some(result) = custom(of.kind(), value) {
            return match result {
                Ok(value) => Ok(Some(value).filter(|v| !v.is_null())),
                Err(misfit) => Err(Abort(self.misfit(misfit))),
            };
        }
        if value.is_null() {
            return Ok(None);
        }
        Ok(match (of.kind(), value) {
            (Kind::Object, Value::Object(map)) => Some(self.object(of, map)?),
            (Kind::Map, Value::Object(map)) => Some(self.map(of, map)?),
            (Kind::List, Value::Array(list)) => Some(self.list(of, list)?),
            (Kind::String, Value::String(_)) | (Kind::Bool, Value::Bool(_)) | (Kind::Float64, Value::Number(_)) => {
                Some(value.clone())
            }
            (Kind::Bytes, Value::String(text)) => match bad_base64(text) {
                None => Some(value.clone()),
                Some(at) => {
                    self.error.get_or_insert_with(|| format!("illegal base64 data at input byte {at}"));
                    None
                }
            },
            (Kind::Int32 | Kind::Int64, Value::Number(_)) => match integer(value, of.kind(), of.go_name()) {
                Ok(value) => Some(value),
                Err(_) => self.refuse(&format!("number {}", number_text(value)), of),
            },
            _ => self.refuse(got(value), of),
        })
    }

    fn object(&mut self, of: Type, map: &Map<String, Value>) -> Result<Value, Abort> {
        let mut out = Map::new();
        let length = self.path.len();
        for (name, value) in map {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            match of.field(name) {
                Some(field) => {
                    let parts = match field.embedded() {
                        "" | "TypeMeta" => name.clone(),
                        embedded => format!("{embedded}.{name}"),
                    };
                    self.context.push((of.struct_name(), parts));
                    let decoded = self.value(field.of(), value)?;
                    self.context.pop();
                    if let Some(value) = decoded.filter(|v| is_held(field, v)) {
                        out.insert(name.clone(), value);
                    }
                }
                None if self.unknown.len() < MOST_ERRORS && !self.unknown.contains(&self.path) => {
                    self.unknown.push(self.path.clone());
                }
                None => {}
            }
            self.path.truncate(length);
        }
        Ok(Value::Object(out))
    }

    fn list(&mut self, of: Type, list: &[Value]) -> Result<Value, Abort> {
        let Some(element) = of.element() else { return Ok(Value::Null) };
        let length = self.path.len();
        let mut out = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            self.path.push_str(&format!("[{index}]"));
            out.push(self.value(element, value)?.unwrap_or_else(|| zero(element)));
            self.path.truncate(length);
        }
        Ok(Value::Array(out))
    }

    fn map(&mut self, of: Type, map: &Map<String, Value>) -> Result<Value, Abort> {
        let Some(element) = of.element() else { return Ok(Value::Null) };
        let length = self.path.len();
        let mut out = Map::new();
        for (key, value) in map {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(key);
            let value = self.value(element, value)?.unwrap_or_else(|| zero(element));
            out.insert(key.clone(), value);
            self.path.truncate(length);
        }
        Ok(Value::Object(out))
    }
}

/// Whether Go's types tell a field with this value from one that isn't there.
pub(super) fn is_held(field: Field, value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_)) || is_printed(field, value)
}

/// Whether Go prints a field with this value (`omitempty`).
pub(super) fn is_printed(field: Field, value: &Value) -> bool {
    if field.pointer() || field.always() {
        return true;
    }
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64() != Some(0.0),
        Value::String(s) => !s.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty() || field.of().kind() == Kind::Object,
    }
}

/// What stands for a null in a list or a map.
pub(super) fn zero(of: Type) -> Value {
    match of.kind() {
        Kind::String | Kind::Bytes => Value::from(""),
        Kind::Bool => Value::Bool(false),
        Kind::Int32 | Kind::Int64 | Kind::Float64 | Kind::IntOrString => Value::from(0),
        Kind::Quantity => Value::from("0"),
        Kind::Object => Value::Object(Map::new()),
        _ => Value::Null,
    }
}
