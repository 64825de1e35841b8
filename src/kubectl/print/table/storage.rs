//! The cells of volumes, their claims and classes, and of quotas.

use super::cells::is_default;
use crate::api::{ObjectExt, Value};
use crate::kubectl::print::text::{self, or};

fn phase(o: &Value) -> String {
    if o.at("metadata.deletionTimestamp").is_null() { o.str_at("status.phase").into() } else { "Terminating".into() }
}

/// A claim's or volume's class: the old annotation wins.
fn class(o: &Value) -> String {
    let annotation = o.at("metadata.annotations").get("volume.beta.kubernetes.io/storage-class");
    annotation.and_then(Value::as_str).unwrap_or(o.str_at("spec.storageClassName")).into()
}

pub fn claim(o: &Value, created: String) -> Vec<String> {
    let bound = !o.str_at("spec.volumeName").is_empty();
    let when_bound = |text: String| if bound { text } else { String::new() };
    vec![
        phase(o),
        o.str_at("spec.volumeName").into(),
        when_bound(or(o.str_at("status.capacity.storage"), "0").into()),
        when_bound(text::access_modes(o.list_at("status.accessModes"))),
        class(o),
        or(o.str_at("spec.volumeAttributesClassName"), "<unset>").into(),
        created,
        or(o.str_at("spec.volumeMode"), "<unset>").into(),
    ]
}

pub fn volume(o: &Value, created: String) -> Vec<String> {
    let claim = o.at("spec.claimRef");
    let claimed = if claim.is_object() {
        format!("{}/{}", claim.str_at("namespace"), claim.str_at("name"))
    } else {
        String::new()
    };
    vec![
        or(o.str_at("spec.capacity.storage"), "0").into(),
        text::access_modes(o.list_at("spec.accessModes")),
        o.str_at("spec.persistentVolumeReclaimPolicy").into(),
        phase(o),
        claimed,
        class(o),
        or(o.str_at("spec.volumeAttributesClassName"), "<unset>").into(),
        o.str_at("status.reason").into(),
        created,
        or(o.str_at("spec.volumeMode"), "<unset>").into(),
    ]
}

pub fn quota(o: &Value) -> [String; 2] {
    let mut columns = [String::new(), String::new()];
    for (name, hard) in o.pairs_at("status.hard") {
        let used = o.at("status.used").get(name).and_then(Value::as_str).unwrap_or("0");
        let column = usize::from(name.starts_with("limits."));
        if !columns[column].is_empty() {
            columns[column].push_str(", ");
        }
        columns[column].push_str(&format!("{name}: {used}/{hard}"));
    }
    columns
}

pub fn storage_class(o: &Value, created: String) -> Vec<String> {
    let mut name = o.name().to_string();
    if ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
        .iter()
        .any(|annotation| is_default(o, annotation))
    {
        name.push_str(" (default)");
    }
    vec![
        name,
        o.str_at("provisioner").into(),
        or(o.str_at("reclaimPolicy"), "Delete").into(),
        or(o.str_at("volumeBindingMode"), "Immediate").into(),
        o.bool_at("allowVolumeExpansion").to_string(),
        created,
    ]
}
