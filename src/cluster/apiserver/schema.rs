//! What the server asks the schema: how a field's lists and maps are merged.

use crate::api::Resource;

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
}
