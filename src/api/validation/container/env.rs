//! Where a container's variables come from.

use super::super::field::{Errors, Field};
use super::super::format;
use super::{ENV_FIELDS, RESOURCE_FIELDS};
use crate::api::{ObjectExt, Value};

// upstream: validateEnvVarValueFrom
pub(super) fn value_from(errors: &mut Errors, variable: &Field) {
    let from = variable.child("valueFrom");
    let mut sources = 0;
    for name in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
        let source = from.child(name);
        if !source.given() {
            continue;
        }
        sources += 1;
        match name {
            "fieldRef" => field_ref(errors, &source),
            "resourceFieldRef" => {
                let resource = source.child("resource");
                let known = |s: &str| RESOURCE_FIELDS.contains(&s) || s.contains(".hugepages-");
                if resource.str().is_empty() {
                    errors.required(&resource, "");
                } else if !known(resource.str()) {
                    errors.one_of(&resource, RESOURCE_FIELDS);
                }
            }
            "fileKeyRef" => {}
            _ => {
                let (object, key) = (source.child("name"), source.child("key"));
                errors.dns_subdomain(&object);
                if key.str().is_empty() {
                    errors.required(&key, "")
                } else {
                    errors.each(&key, &format::config_key(key.str()))
                }
            }
        }
    }
    let only = Field { path: from.path.clone(), value: &Value::Null };
    if sources == 0 {
        let detail =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        errors.text(&only, detail);
    } else if !variable.value.str_at("value").is_empty() {
        errors.text(&only, "may not be specified when `value` is not empty");
    } else if sources > 1 {
        errors.text(&only, "may not have more than one field specified at a time");
    }
}

fn field_ref(errors: &mut Errors, source: &Field) {
    let path = source.child("fieldPath");
    let text = path.str();
    if text.is_empty() {
        return errors.required(&path, "");
    }
    if let Some((map, rest)) = text.split_once("['")
        && matches!(map, "metadata.annotations" | "metadata.labels")
    {
        let key = rest.trim_end_matches("']");
        let key = if map == "metadata.annotations" { key.to_lowercase() } else { key.into() };
        let key = Value::from(key);
        return errors.qualified_name(&Field { path: source.path.clone(), value: &key });
    }
    let all = ["metadata.annotations", "metadata.labels"];
    if !ENV_FIELDS.contains(&text) && !all.contains(&text) {
        let detail = format!("error converting fieldPath: field label not supported: {text}");
        return errors.text(&path, &detail);
    }
    errors.one_of(&path, ENV_FIELDS);
}

pub(super) fn env_from(errors: &mut Errors, list: &Field) {
    let only = Field { path: list.path.clone(), value: &Value::Null };
    for item in list.items() {
        let prefix = item.child("prefix");
        if !prefix.str().is_empty() {
            errors.each(&prefix, &format::env_name(prefix.str()));
        }
        let mut sources = 0;
        for name in ["configMapRef", "secretRef"].into_iter().filter(|n| item.has(n)) {
            sources += 1;
            let object = item.child(name).child("name");
            if object.str().is_empty() { errors.required(&object, "") } else { errors.dns_subdomain(&object) }
        }
        if sources == 0 {
            errors.text(&only, "must specify one of: `configMapRef` or `secretRef`");
        } else if sources > 1 {
            errors.text(&only, "may not have more than one field specified at a time");
        }
    }
}
