//! Server-side apply. upstream: apimachinery/pkg/util/managedfields, sigs.k8s.io/structured-merge-diff/merge

use super::fieldset::{Manager, Set, managers, set_managers};
use super::managed::{self, type_errors};
use super::schema::Field;
use super::write::Stored;
use super::{Call, write};
use crate::api::status::Status;
use crate::api::{FieldError, ObjectExt, Resource, Value};
use crate::cluster::{Cluster, Key};
use crate::collections::sort;
use serde_json::json;

/// What an error in a patch's query is about.
static PATCH_OPTIONS: Resource = Resource {
    group: "meta.k8s.io",
    version: "v1",
    kind: "PatchOptions",
    plural: "",
    singular: "",
    short: &[],
    namespaced: false,
    in_all: false,
};

impl Cluster {
    /// Who is writing, as `managedFields` names it.
    pub(super) fn manager(&self, call: &Call<'_>, operation: &str) -> Manager {
        let name = call.param("fieldManager");
        Manager {
            name: if name.is_empty() { "kubectl" } else { name }.into(),
            operation: operation.into(),
            api_version: call.route.resource.api_version(),
            subresource: call.route.subresource.into(),
            time: self.now.rfc3339().into(),
            fields: Set::default(),
        }
    }

    /// Creates or changes what the applied configuration names.
    pub(super) fn client_apply(&mut self, call: &mut Call<'_>, config: &Value) -> Stored {
        let (resource, name) = (call.route.resource, call.route.name);
        let key = Key::new(resource, call.route.namespace, name);
        check_config(call, config)?;
        let old = self.store.get(&key).cloned();
        let field = Field::of(resource);
        let mut writer = self.manager(call, "Apply");
        writer.fields = managed::fields_of(&managed::stripped(config), &field);
        writer.fields.member = false;
        let mut new = match &old {
            None => config.clone(),
            Some(old) => managed::merged(old, config, &field),
        };
        let mut all = old.as_deref().map(managers).unwrap_or_default();
        let before = all.iter().position(|m| m.same(&writer)).map(|i| all.remove(i));
        if let Some(before) = &before {
            let kept = all.iter().fold(writer.fields.clone(), |kept, m| kept.union(&m.fields));
            managed::prune(&mut new, &before.fields, &kept, &field);
        }
        let live = old.as_deref().map_or_else(|| json!({}), managed::stripped);
        let diff = managed::compare(Some(&live), Some(&managed::stripped(&new)), &field);
        let written = diff.written();
        if old.is_some() && written.is_empty() && diff.removed.is_empty() {
            // Only a change has a time. upstream: managedfields/internal/managedfieldsupdater.go
            writer.time = before.map_or(Value::Null, |b| b.time);
        }
        let forgiven = old.as_deref().map(|old| forgiven(call, old, &field)).unwrap_or_default();
        let conflicts: Vec<(String, Vec<String>)> = all
            .iter()
            .map(|m| (m.text(), m.fields.intersection(&written).difference(&forgiven).paths()))
            .filter(|(_, paths)| !paths.is_empty())
            .collect();
        if !conflicts.is_empty() && call.param("force") != "true" {
            return Err(conflict(conflicts));
        }
        if call.param("fieldManager") == KUBECTL {
            sync_last_applied(&mut new, config);
        }
        for other in &mut all {
            other.fields = std::mem::take(&mut other.fields).difference(&written).difference(&diff.removed);
        }
        all.push(writer);
        let mut new = write::decode(call, resource, &new)?;
        set_managers(&mut new, all);
        write::match_namespace(resource, call.route.namespace, &mut new)?;
        match old {
            Some(old) => {
                new.unset("metadata.resourceVersion");
                Ok((self.replace(call, &key, new, &old)?, false))
            }
            None => self.create_decoded(call, new),
        }
    }
}

/// The field manager of `kubectl apply --server-side`, which takes over from client-side apply.
const KUBECTL: &str = "kubectl";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn last_applied(object: &Value) -> &str {
    object.at("metadata.annotations").get(LAST_APPLIED).and_then(Value::as_str).unwrap_or("")
}

/// Fields that client-side apply wrote and nobody has changed since: kubectl may change them now.
/// upstream: managedfields/internal/lastappliedmanager.go allowedConflictsFromLastApplied
fn forgiven(call: &Call<'_>, old: &Value, field: &Field) -> Set {
    let Ok(last) = serde_json::from_str::<Value>(last_applied(old)) else { return Set::default() };
    if call.param("fieldManager") != KUBECTL {
        return Set::default();
    }
    let last = managed::stripped(&last);
    let diff = managed::compare(Some(&last), Some(&managed::stripped(old)), field);
    managed::fields_of(&last, field).difference(&diff.modified).difference(&diff.added).difference(&diff.removed)
}

/// Keeps the annotation of client-side apply, if there is one, with what is applied now.
/// upstream: managedfields/internal/lastappliedupdater.go
fn sync_last_applied(new: &mut Value, config: &Value) {
    if last_applied(new).is_empty() {
        return;
    }
    let mut plain = config.clone();
    if let Some(Value::Object(annotations)) = plain.get_mut("metadata").and_then(|m| m.get_mut("annotations")) {
        annotations.remove(LAST_APPLIED);
        if annotations.is_empty() {
            plain.unset("metadata.annotations");
        }
    }
    if let Some(Value::Object(annotations)) = new.get_mut("metadata").and_then(|m| m.get_mut("annotations")) {
        annotations.insert(LAST_APPLIED.into(), format!("{plain}\n").into());
    }
}

/// upstream: managedfields/internal/structuredmerge.go Apply
fn check_config(call: &Call<'_>, config: &Value) -> Result<(), Box<Status>> {
    let resource = call.route.resource;
    let mut errors = Vec::new();
    if call.param("fieldManager").is_empty() {
        let required = FieldError::required("fieldManager", "is required for apply patch");
        return Err(Status::invalid(&PATCH_OPTIONS, "", &[required]));
    }
    type_errors(config, &Field::of(resource), "", &mut errors);
    if config.name() != call.route.name && !config.name().is_empty() {
        return Err(write::wrong_name(config.name(), call.route.name));
    }
    if !config.at("metadata.managedFields").is_null() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    if errors.is_empty() {
        return Ok(());
    }
    let all = match errors.len() {
        1 => errors.concat(),
        _ => format!("errors:\n{}", errors.iter().map(|e| format!("  {e}")).collect::<Vec<_>>().join("\n")),
    };
    let version = if resource.group.is_empty() { format!("/{}", resource.version) } else { resource.api_version() };
    let (namespace, name) = (config.namespace(), config.name());
    let message =
        format!("failed to create typed patch object ({namespace}/{name}; {version}, Kind={}): {all}", resource.kind);
    Err(Box::new(Status { code: 500, reason: "", message, details: Value::Null }))
}

/// upstream: managedfields/internal/conflict.go NewConflictError
fn conflict(mut conflicts: Vec<(String, Vec<String>)>) -> Box<Status> {
    sort(&mut conflicts);
    let causes: Vec<Value> = conflicts
        .iter()
        .flat_map(|(manager, paths)| paths.iter().map(move |path| (manager, path)))
        .map(|(manager, path)| {
            json!({"reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": path})
        })
        .collect();
    let message = match conflicts.as_slice() {
        [(manager, paths)] if paths.len() == 1 => {
            format!("Apply failed with 1 conflict: conflict with {manager}: {}", paths.concat())
        }
        _ => {
            let lines = conflicts.iter().flat_map(|(manager, paths)| {
                std::iter::once(format!("conflicts with {manager}:")).chain(paths.iter().map(|p| format!("- {p}")))
            });
            format!("Apply failed with {} conflicts: {}", causes.len(), lines.collect::<Vec<_>>().join("\n"))
        }
    };
    Box::new(Status { code: 409, reason: "Conflict", message, details: json!({"causes": causes}) })
}
