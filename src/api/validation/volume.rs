//! A Pod's volumes.
// upstream: pkg/apis/core/validation/validation.go ValidateVolumes, validateVolumeSource

use super::field::{Errors, Field};
use crate::api::quantity::Quantity;
use crate::api::{FieldError, ObjectExt};

const FILE_MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// Kinds of volumes in the order in which they are looked at.
const SOURCES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// Checks all of them; returns the names of those in order, which can be mounted.
pub(super) fn volumes<'a>(errors: &mut Errors, list: &Field<'a>) -> Vec<&'a str> {
    let mut names: Vec<&'a str> = Vec::new();
    for volume in list.items() {
        let before = errors.0.len();
        source(errors, &volume);
        let name = volume.child("name");
        if name.str().is_empty() {
            errors.required(&name, "")
        } else {
            errors.dns_label(&name)
        }
        if names.contains(&name.str()) {
            errors.0.push(FieldError::duplicate(name.path.as_str(), &name.str().into()));
        }
        if errors.0.len() == before {
            names.push(name.str());
        }
    }
    names
}

fn source(errors: &mut Errors, volume: &Field) {
    let given: Vec<&str> = SOURCES.iter().copied().filter(|s| volume.has(s)).collect();
    for (i, name) in given.iter().enumerate() {
        let source = volume.child(name);
        if i > 0 {
            errors.forbidden(&source, "may not specify more than 1 volume type");
            continue;
        }
        match *name {
            "emptyDir" => {
                let limit = source.child("sizeLimit");
                if Quantity::of(limit.value).is_some_and(|q| q.nanos < 0) {
                    errors.forbidden(&limit, "SizeLimit field must be a valid resource quantity");
                }
            }
            "hostPath" => host_path(errors, &source),
            "nfs" => nfs(errors, &source),
            "secret" => keyed(errors, &source, "secretName"),
            "configMap" => keyed(errors, &source, "name"),
            "persistentVolumeClaim" if source.child("claimName").str().is_empty() => {
                errors.required(&source.child("claimName"), "");
            }
            "projected" => projected(errors, &source),
            "downwardAPI" => {
                mode(errors, &source.child("defaultMode"));
                for file in source.child("items").items() {
                    downward_file(errors, &file.named(source.path.clone()));
                }
            }
            "csi" if source.child("driver").str().is_empty() => errors.required(&source.child("driver"), ""),
            "ephemeral" if !source.has("volumeClaimTemplate") => {
                errors.required(&source.child("volumeClaimTemplate"), "");
            }
            _ => {}
        }
    }
    if given.is_empty() {
        errors.required(volume, "must specify a volume type");
    }
}

fn host_path(errors: &mut Errors, source: &Field) {
    let path = source.child("path");
    if path.str().is_empty() {
        return errors.required(&path, "");
    }
    backsteps(errors, &path);
    let kind = source.child("type");
    if kind.given() {
        let kinds =
            ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
        errors.one_of(&kind, &kinds);
    }
}

fn nfs(errors: &mut Errors, source: &Field) {
    for name in ["server", "path"] {
        if source.child(name).str().is_empty() {
            errors.required(&source.child(name), "");
        }
    }
    let path = source.child("path");
    if !path.str().starts_with('/') {
        errors.text(&path, "must be an absolute path");
    }
}

/// A volume made of a Secret's or ConfigMap's keys.
fn keyed(errors: &mut Errors, source: &Field, name: &str) {
    if source.child(name).str().is_empty() {
        errors.required(&source.child(name), "");
    }
    mode(errors, &source.child("defaultMode"));
    for item in source.child("items").items() {
        key_to_path(errors, &item);
    }
}

fn mode(errors: &mut Errors, mode: &Field) {
    if mode.given() && !(0..=0o777).contains(&mode.int()) {
        errors.number(mode, FILE_MODE);
    }
}

fn key_to_path(errors: &mut Errors, item: &Field) {
    for name in ["key", "path"] {
        if item.child(name).str().is_empty() {
            errors.required(&item.child(name), "");
        }
    }
    local_path(errors, &item.child("path"));
    mode(errors, &item.child("mode"));
}

fn projected(errors: &mut Errors, source: &Field) {
    mode(errors, &source.child("defaultMode"));
    for item in source.child("sources").items() {
        let mut count = 0;
        for name in ["secret", "configMap"].into_iter().filter(|n| item.has(n)) {
            count += 1;
            keyed(errors, &item.child(name), "name");
        }
        if item.has("downwardAPI") {
            count += 1;
            for file in item.child("downwardAPI.items").items() {
                downward_file(errors, &file.named(item.child("downwardAPI").path));
            }
        }
        if item.has("serviceAccountToken") {
            count += 1;
            let token = item.child("serviceAccountToken");
            let seconds = token.child("expirationSeconds");
            if seconds.int() < 600 {
                errors.number(&seconds, "may not specify a duration less than 10 minutes");
            }
            if seconds.int() > 1 << 32 {
                errors.number(&seconds, "may not specify a duration larger than 2^32 seconds");
            }
            if token.child("path").str().is_empty() {
                errors.required(&token.child("path"), "");
            }
        }
        if count > 1 {
            errors.forbidden(&item, "may not specify more than 1 volume type");
        }
    }
}

fn downward_file(errors: &mut Errors, file: &Field) {
    let path = file.child("path");
    if path.str().is_empty() {
        errors.required(&path, "");
    }
    local_path(errors, &path);
    if !file.has("fieldRef") && !file.has("resourceFieldRef") {
        errors.required(file, "one of fieldRef and resourceFieldRef is required");
    }
    mode(errors, &file.child("mode"));
}

/// A relative path that stays where it is.
// upstream: ValidateLocalNonReservedPath
fn local_path(errors: &mut Errors, path: &Field) {
    if path.str().starts_with('/') {
        errors.text(path, "must be a relative path");
    }
    backsteps(errors, path);
    // Covered already where a part is exactly `..`.
    if path.str().starts_with("..") && !path.str().starts_with("../") {
        errors.text(path, "must not start with '..'");
    }
}

/// A path must not lead upwards.
pub(super) fn backsteps(errors: &mut Errors, path: &Field) {
    if path.str().split('/').any(|part| part == "..") {
        errors.text(path, "must not contain '..'");
    }
}

/// Whether a volume projects a service account's token.
pub(super) fn projects_token(volume: &crate::api::Value) -> bool {
    volume.list_at("projected.sources").iter().any(|s| !s.at("serviceAccountToken").is_null())
}
