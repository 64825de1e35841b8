//! What every object's metadata must satisfy.
// upstream: apimachinery/pkg/api/validation/objectmeta.go

use super::field::{Errors, Field};
use super::format::{self, Messages};
use crate::api::{FieldError, ObjectExt, Value};
use crate::collections::sort;

/// How a kind's names must look.
pub type NameRule = fn(&str) -> Messages;

/// Annotations' keys and values together may be this long.
const ANNOTATIONS_MOST_BYTES: usize = 256 * 1024;

/// The metadata of an object that is to be created.
// upstream: ValidateObjectMetaAccessor
pub fn create(errors: &mut Errors, object: &Value, namespaced: bool, rule: NameRule) {
    let meta = Field::root(object).child("metadata");
    let generate = meta.child("generateName");
    if !generate.empty() {
        errors.each(&generate, &rule(&masked(generate.str())));
    }
    let name = meta.child("name");
    if name.str().is_empty() {
        errors.required(&name, "name or generateName is required");
    } else {
        errors.each(&name, &rule(name.str()));
    }
    let namespace = meta.child("namespace");
    match (namespaced, namespace.str()) {
        (true, "") => errors.required(&namespace, ""),
        (true, _) => errors.dns_label(&namespace),
        (false, "") => {}
        (false, _) => errors.forbidden(&namespace, "not allowed on this type"),
    }
    errors.nonnegative(&meta.child("generation"));
    common(errors, &meta);
    for finalizer in meta.child("finalizers").items() {
        let at = finalizer.named(meta.child("finalizers").path);
        errors.qualified_name(&at);
    }
}

/// A finalizer without a prefix must be one of the known ones.
// upstream: pkg/apis/core/validation/validation.go validateKubeFinalizerName
pub fn standard_finalizers(errors: &mut Errors, object: &Value) {
    for finalizer in Field::root(object).child("metadata.finalizers").items() {
        let name = finalizer.str();
        if !name.contains('/') && !["kubernetes", "orphan", "foregroundDeletion"].contains(&name) {
            errors.text(&finalizer, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
}

/// A prefix's trailing dash is no fault: something follows it.
// upstream: apimachinery/pkg/api/validation/generic.go maskTrailingDash
fn masked(name: &str) -> String {
    match name.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut chars = rest.chars();
            chars.next_back();
            [chars.as_str(), "a"].concat()
        }
        _ => name.into(),
    }
}

fn common(errors: &mut Errors, meta: &Field) {
    errors.labels(&meta.child("labels"));
    annotations(errors, &meta.child("annotations"));
    let owners = meta.child("ownerReferences");
    let mut controller: Option<String> = None;
    for owner in owners.items() {
        let owner = owner.named(owners.path.clone());
        if owner.value.str_at("apiVersion").is_empty() {
            errors.text(&owner.child("apiVersion"), "version must not be empty");
        }
        for name in ["kind", "name", "uid"] {
            if owner.value.str_at(name).is_empty() {
                errors.text(&owner.child(name), "must not be empty");
            }
        }
        if owner.value.bool_at("controller") {
            let this = [owner.value.str_at("kind"), "/", owner.value.str_at("name")].concat();
            match &controller {
                Some(first) => {
                    let detail = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}"
                    );
                    errors.invalid(&owners, &detail);
                }
                None => controller = Some(this),
            }
        }
    }
}

/// Keys as those of labels, but in any case; and not too much in all.
// upstream: ValidateAnnotations
pub fn annotations(errors: &mut Errors, field: &Field) {
    let mut size = 0;
    for (key, value) in field.pairs() {
        for message in format::qualified_name(&key.to_lowercase()) {
            errors.0.push(FieldError::invalid(field.path.as_str(), &key.into(), message));
        }
        size += key.len() + value.len();
    }
    if size > ANNOTATIONS_MOST_BYTES {
        errors.0.push(FieldError::too_long(field.path.as_str(), ANNOTATIONS_MOST_BYTES));
    }
}

/// The metadata of an object that takes another's place.
// upstream: ValidateObjectMetaAccessorUpdate
pub fn update(errors: &mut Errors, new: &Value, old: &Value) {
    let meta = Field::root(new).child("metadata");
    if !old.at("metadata.deletionTimestamp").is_null() {
        let had = old.list_at("metadata.finalizers");
        let mut extra: Vec<&str> =
            new.list_at("metadata.finalizers").iter().filter(|f| !had.contains(f)).filter_map(Value::as_str).collect();
        sort(&mut extra);
        if !extra.is_empty() {
            let list = extra.iter().map(|f| format!("{f:?}")).collect::<Vec<_>>().join(", ");
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{list}}}"
            );
            errors.forbidden(&meta.child("finalizers"), &detail);
        }
    }
    let version = meta.child("resourceVersion");
    if version.str().is_empty() {
        errors.text(&version, "must be specified for an update");
    }
    let generation = meta.child("generation");
    if generation.int() < old.int_at("metadata.generation").unwrap_or(0) {
        errors.number(&generation, "must not be decremented");
    }
    for name in ["name", "namespace", "uid"] {
        let field = meta.child(name);
        if field.str() != old.at("metadata").str_at(name) {
            errors.text(&field, format::IMMUTABLE);
        }
    }
    for name in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        errors.immutable(&meta.child(name), old.at("metadata").at(name));
    }
    common(errors, &meta);
}
