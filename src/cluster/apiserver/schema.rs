//! What merging asks the schema: a field, its items, its keys, by name from the kind downwards.

use super::strategic::go_value;
use crate::api::schema::{self, Kind, ListType, Type};
use crate::api::{Resource, Value};

/// How a list's items are told apart, with the keys.
pub(super) enum Items {
    /// Not at all.
    Atomic,
    /// By value.
    Set,
    /// By these fields.
    Keyed(Vec<&'static str>),
}

/// A place in a kind: its type, and the field it stands in. What the schema doesn't know has neither.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    of: Option<Type>,
    field: Option<schema::Field>,
}

impl Field {
    /// The kind itself.
    pub(super) fn of(resource: &'static Resource) -> Self {
        Self { of: Type::of(&resource.api_version(), resource.kind), field: None }
    }
    /// A struct's field or a map's value.
    pub(super) fn field(&self, name: &str) -> Self {
        let field = self.of.and_then(|t| t.field(name));
        Self { of: field.map(schema::Field::of).or_else(|| self.of.and_then(Type::element)), field }
    }
    /// A list's items.
    pub(super) fn items(&self) -> Self {
        Self { of: self.of.and_then(Type::element), field: None }
    }
    /// The field's name, empty for items and values of maps.
    pub(super) fn name(&self) -> &'static str {
        self.field.map_or("", schema::Field::name)
    }
    /// Whether a strategic merge patch merges the list item by item.
    pub(super) fn merges(&self) -> bool {
        self.field.is_some_and(schema::Field::merges)
    }
    /// The field of the items by which a strategic merge patch finds them.
    pub(super) fn merge_key(&self) -> Option<&'static str> {
        self.field.and_then(schema::Field::merge_key)
    }
    /// Whether a map or struct is one value for server-side apply.
    pub(super) fn atomic_map(&self) -> bool {
        let by_type = self.of.is_some_and(Type::atomic);
        by_type || self.field.is_some_and(schema::Field::atomic_map) || self.of.is_some_and(|t| t.kind() == Kind::Any)
    }
    /// How server-side apply tells a list's items apart.
    pub(super) fn item_keys(&self) -> Items {
        let Some(field) = self.field else { return Items::Atomic };
        match field.list_type() {
            ListType::Atomic => Items::Atomic,
            ListType::Set => Items::Set,
            ListType::Map => Items::Keyed(field.map_keys()),
        }
    }
    /// Whether the schema has a field of that name, or takes any.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.of.is_none_or(|t| t.kind() != Kind::Object || t.field(name).is_some())
    }
    /// What server-side apply says of a value of the wrong type.
    /// upstream: sigs.k8s.io/structured-merge-diff/typed/validate.go
    pub(super) fn misfit(&self, value: &Value) -> Option<String> {
        let shown = || go_value(value);
        let pointed = || match value {
            Value::String(s) => format!("&value.valueUnstructured{{Value:{s:?}}}"),
            _ => format!("&value.valueUnstructured{{Value:{}}}", go_value(value)),
        };
        let (fits, why) = match self.of?.kind() {
            _ if value.is_null() => return None,
            Kind::Any | Kind::FieldsV1 => return None,
            Kind::String | Kind::Bytes => (value.is_string(), format!("expected string, got {}", pointed())),
            Kind::Bool => (value.is_boolean(), format!("expected boolean, got &{{{}}}", shown())),
            Kind::Int32 | Kind::Int64 | Kind::Float64 => {
                (value.is_number(), format!("expected numeric (int or float), got {}", go_type(value)))
            }
            Kind::Object | Kind::Map => (value.is_object(), format!("expected map, got &{{{}}}", shown())),
            Kind::List => (value.is_array(), format!("expected list, got &{{{}}}", shown())),
            _ => (!value.is_object() && !value.is_array(), format!("expected any scalar, got &{{{}}}", shown())),
        };
        (!fits).then_some(why)
    }
}

/// Go's `%T` of a decoded JSON value.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
