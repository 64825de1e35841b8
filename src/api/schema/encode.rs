//! An object as Go holds it, and as Go prints it: zero values come and go with the types' `omitempty`.

use super::decode::{is_printed, zero};
use super::{Kind, Type};
use crate::api::{Resource, Value};

/// Adds the fields that Go's types always have (`port: 0`, `resources: {}`), also in what is below.
pub fn complete(resource: &Resource, object: &mut Value) {
    if let Some(of) = Type::of(&resource.api_version(), resource.kind) {
        complete_type(of, object);
    }
}

/// [`complete`] for a value of a type.
pub fn complete_type(of: Type, value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(element) = of.element() {
                return map.values_mut().for_each(|v| complete_type(element, v));
            }
            for field in of.fields() {
                let name = field.name();
                if field.always() && !map.contains_key(name) {
                    let value = if field.pointer() { Value::Null } else { zero(field.of()) };
                    map.insert(name.into(), value);
                }
                if let Some(value) = map.get_mut(name) {
                    complete_type(field.of(), value);
                }
            }
        }
        Value::Array(list) => {
            if let Some(element) = of.element() {
                list.iter_mut().for_each(|v| complete_type(element, v));
            }
        }
        _ => {}
    }
}

/// Takes away what Go doesn't print: empty lists and maps, zeros without a pointer. What is stored is without them.
pub fn encode(resource: &Resource, object: &mut Value) {
    if let Some(of) = Type::of(&resource.api_version(), resource.kind) {
        encode_type(of, object);
    }
}

fn encode_type(of: Type, value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(element) = of.element() {
                return map.values_mut().for_each(|v| encode_type(element, v));
            }
            for field in of.fields() {
                let Some(value) = map.get_mut(field.name()) else { continue };
                encode_type(field.of(), value);
                if !is_printed(field, value) {
                    map.remove(field.name());
                } else if field.of().kind() == Kind::List && value.as_array().is_some_and(Vec::is_empty) {
                    // The store can't tell an empty list from none.
                    *value = Value::Null;
                }
            }
        }
        Value::Array(list) => {
            if let Some(element) = of.element() {
                list.iter_mut().for_each(|v| encode_type(element, v));
            }
        }
        _ => {}
    }
}
