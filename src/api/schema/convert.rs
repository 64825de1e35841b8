//! A patched tree → an object. The server takes another way than for a body, with other words for what doesn't fit.

// upstream: apimachinery/pkg/runtime/converter.go FromUnstructuredWithValidation

use super::decode::{is_held, zero};
use super::leaf::{Misfit, bad_base64, custom};
use super::{Kind, Type};
use crate::api::{Resource, Value};
use crate::collections::sort;
use serde_json::Map;

/// Paths of the fields that don't exist, sorted.
pub type Unknown = Vec<String>;

/// Converts a tree to an object of a kind; also gives the unknown fields, which are dropped.
///
/// # Errors
/// The converter's words for the first value that doesn't fit: `cannot restore slice from map`.
pub fn convert(resource: &Resource, tree: &Value) -> Result<(Value, Unknown), String> {
    let Some(of) = Type::of(&resource.api_version(), resource.kind) else { return Ok((tree.clone(), Vec::new())) };
    let mut converter = Converter { unknown: Vec::new(), path: String::new() };
    let value = converter.value(of, tree)?.unwrap_or(Value::Null);
    sort(&mut converter.unknown);
    Ok((value, converter.unknown))
}

/// How Go calls the kind of a value in a tree.
fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_i64() || n.is_u64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

struct Converter {
    unknown: Unknown,
    path: String,
}

impl Converter {
    fn value(&mut self, of: Type, value: &Value) -> Result<Option<Value>, String> {
        if value.is_null() {
            return Ok(None);
        }
        if let Some(result) = custom(of.kind(), value) {
            return match result {
                Ok(value) => Ok(Some(value)),
                Err(Misfit::Text(text)) => Err(text),
                Err(Misfit::Type { got, of }) => {
                    Err(format!("json: cannot unmarshal {got} into Go value of type {of}"))
                }
            };
        }
        match (of.kind(), value) {
            (Kind::Object, Value::Object(map)) => self.object(of, map).map(Some),
            (Kind::Object, _) => Err(format!("cannot restore struct from: {}", go_kind(value))),
            (Kind::Map, Value::Object(map)) => self.map(of, map).map(Some),
            (Kind::Map, _) => Err(format!("cannot restore map from {}", go_kind(value))),
            (Kind::List, Value::Array(list)) => self.list(of, list).map(Some),
            (Kind::Bytes, Value::String(text)) => match bad_base64(text) {
                None => Ok(Some(value.clone())),
                Some(at) => Err(format!("error decoding from json: illegal base64 data at input byte {at}")),
            },
            (Kind::List | Kind::Bytes, _) => Err(format!("cannot restore slice from {}", go_kind(value))),
            _ => scalar(of, value).map(Some),
        }
    }

    /// Fields in Go's order, so that the first that doesn't fit is told.
    fn object(&mut self, of: Type, map: &Map<String, Value>) -> Result<Value, String> {
        let length = self.path.len();
        let mut out = Map::new();
        for field in of.fields() {
            let Some(value) = map.get(field.name()) else { continue };
            self.push(field.name());
            let converted = self.value(field.of(), value)?;
            self.path.truncate(length);
            if let Some(value) = converted.filter(|v| is_held(field, v)) {
                out.insert(field.name().into(), value);
            }
        }
        for name in map.keys().filter(|name| of.field(name).is_none()) {
            self.push(name);
            self.unknown.push(self.path.clone());
            self.path.truncate(length);
        }
        Ok(Value::Object(out))
    }
    fn list(&mut self, of: Type, list: &[Value]) -> Result<Value, String> {
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
    /// The path doesn't go through a map's keys.
    fn map(&mut self, of: Type, map: &Map<String, Value>) -> Result<Value, String> {
        let Some(element) = of.element() else { return Ok(Value::Null) };
        let mut out = Map::new();
        for (key, value) in map {
            out.insert(key.clone(), self.value(element, value)?.unwrap_or_else(|| zero(element)));
        }
        Ok(Value::Object(out))
    }
    fn push(&mut self, name: &str) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
    }
}

fn scalar(of: Type, value: &Value) -> Result<Value, String> {
    let go = match of.kind() {
        Kind::String => "string",
        Kind::Bool => "bool",
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        _ => "float64",
    };
    match (of.kind(), value) {
        (Kind::String, Value::String(_)) | (Kind::Bool, Value::Bool(_)) | (Kind::Float64, Value::Number(_)) => {
            Ok(value.clone())
        }
        // A number too big is cut off, as Go's conversion does.
        (Kind::Int32 | Kind::Int64, Value::Number(n)) => {
            let whole = n.as_i64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64));
            let cut = |n: i64| if of.kind() == Kind::Int32 { i64::from(n as i32) } else { n };
            whole.map(|n| Value::from(cut(n))).ok_or_else(|| format!("cannot convert float64 to {}", of.go_name()))
        }
        // Go could make a rune of an integer, but the converter doesn't.
        (Kind::String, Value::Number(n)) if n.is_i64() => Err(format!("cannot convert int64 to {}", of.go_name())),
        _ => Err(format!("unrecognized type: {go}")),
    }
}
