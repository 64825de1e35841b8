//! What the server asks the schema: how a field's lists and maps are merged.

use crate::api::Resource;

/// How a list's items are told apart. upstream: `x-kubernetes-list-type`
pub(super) enum ListType<'a> {
    /// Not at all.
    Atomic,
    /// By value.
    Set,
    /// By these fields.
    Keyed(Vec<&'a str>),
}

/// One field of a kind, or the kind itself.
#[derive(Clone, Debug)]
pub(super) struct Field {
    name: String,
    parent: String,
}

impl Field {
    /// The fields of a kind.
    pub(super) fn of(resource: &'static Resource) -> Self {
        Self { name: resource.plural.into(), parent: String::new() }
    }
    /// One of its fields.
    pub(super) fn field(&self, name: &str) -> Self {
        Self { name: name.into(), parent: self.name.clone() }
    }
    /// A list's items.
    pub(super) fn items(&self) -> Self {
        self.clone()
    }
    /// Whether a strategic merge patch merges it item by item.
    pub(super) fn merges(&self) -> bool {
        self.merge_key().is_some() || self.name == "finalizers"
    }
    /// Whether a strategic merge patch replaces the map.
    pub(super) fn replaces(&self) -> bool {
        false
    }
    /// The field of the items that names them.
    pub(super) fn merge_key(&self) -> Option<&str> {
        Some(match (self.parent.as_str(), self.name.as_str()) {
            ("containers" | "initContainers", "ports") => "containerPort",
            ("spec", "ports") => "port",
            (_, "containers" | "initContainers" | "env" | "volumes" | "imagePullSecrets" | "ephemeralContainers") => {
                "name"
            }
            (_, "volumeMounts") => "mountPath",
            (_, "conditions") => "type",
            (_, "ownerReferences") => "uid",
            _ => return None,
        })
    }
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
    /// Whether a map is one value.
    pub(super) fn atomic_map(&self) -> bool {
        self.name == "selector"
    }
    /// How a list's items are told apart.
    pub(super) fn list_type(&self) -> ListType<'_> {
        match self.merge_key() {
            Some("port") => ListType::Keyed(vec!["port", "protocol"]),
            Some("containerPort") => ListType::Keyed(vec!["containerPort", "protocol"]),
            Some(key) => ListType::Keyed(vec![key]),
            None if self.name == "finalizers" => ListType::Set,
            None => ListType::Atomic,
        }
    }
    /// Whether a struct has a field, or it is a map.
    pub(super) fn declares(&self, _field: &str) -> bool {
        true
    }
    /// What is wrong with a scalar's type.
    pub(super) fn scalar_error(&self, _value: &crate::api::Value) -> Option<String> {
        None
    }
}
