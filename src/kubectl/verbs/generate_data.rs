//! `kubectl create configmap` and `kubectl create secret generic`
//!
//! upstream: kubectl/pkg/cmd/create/create_configmap.go, create_secret.go

use super::generate::{name, send};
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use serde_json::{Map, json};

/// `kubectl create configmap`
pub fn config_map(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    let data = data(cx, "ConfigMap", &name)?;
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    if !data.is_empty() {
        object.set("data", Value::Object(data));
    }
    send(cx, object, "configmap:")
}

/// `kubectl create secret generic`
pub fn secret(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    let data = data(cx, "Secret", &name)?;
    let encode = |v: &Value| data_encoding::BASE64.encode(v.as_str().unwrap_or("").as_bytes());
    let data: Map<String, Value> = data.iter().map(|(k, v)| (k.clone(), json!(encode(v)))).collect();
    let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        object.set("data", Value::Object(data));
    }
    if cx.s.flags.has("type") {
        object.set("type", cx.s.flags.text("type"));
    }
    send(cx, object, "secret")
}

/// What `--from-literal`, `--from-file` and `--from-env-file` say.
///
/// upstream: kubectl/pkg/cmd/create/create_configmap.go
fn data(cx: &Cx, kind: &str, name: &str) -> Outcome<Map<String, Value>> {
    let flags = &cx.s.flags;
    let files = &*cx.io.files;
    if flags.has("from-env-file") && (flags.has("from-file") || flags.has("from-literal")) {
        return Err(Failure::new("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    let missing = |path: &str| Failure::new(format!("error reading {path}: no such file or directory"));
    for source in flags.list("from-file") {
        let (key, path) = match source.split('=').collect::<Vec<_>>().as_slice() {
            [path] => (path.rsplit('/').next().unwrap_or("").to_string(), path.to_string()),
            ["", path] => return Err(Failure::new(format!("key name for file path {path} missing"))),
            [key, ""] => return Err(Failure::new(format!("file path for key name {key} missing"))),
            [key, path] => (key.to_string(), path.to_string()),
            _ => return Err(Failure::new("key names or file paths cannot contain '='")),
        };
        match (files.list(&path), files.read(&path)) {
            (Some(_), _) if source.contains('=') => {
                return Err(Failure::new("cannot give a key name for a directory path"));
            }
            (Some(names), _) => {
                for inner in names.iter().filter(|n| !n.ends_with('/')) {
                    let text = files.read(&format!("{}/{inner}", path.trim_end_matches('/')));
                    pairs.push((inner.clone(), text.unwrap_or_default()));
                }
            }
            (None, Some(text)) => pairs.push((key, text)),
            (None, None) => return Err(missing(&path)),
        }
    }
    for literal in flags.each("from-literal") {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => pairs.push((key.into(), value.into())),
            _ => return Err(Failure::new(format!("invalid literal source {literal}, expected key=value"))),
        }
    }
    for path in flags.list("from-env-file") {
        let text = files.read(&path).ok_or_else(|| missing(&path))?;
        for line in text.lines().map(str::trim_start).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            pairs.push((key.into(), value.into()));
        }
    }
    let mut map = Map::new();
    for (key, value) in pairs {
        let fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if key.is_empty() || !key.chars().all(fine) {
            let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
            return Err(Failure::new(format!("{} is not a valid key name for a {kind}: {why}", go_quote(&key))));
        }
        if map.contains_key(&key) {
            let (key, name) = (go_quote(&key), go_quote(name));
            let text = match kind {
                "Secret" => {
                    format!("cannot add key {}, another key by that name already exists", key.trim_matches('"'))
                }
                _ => format!(
                    "cannot add key {key}, another key by that name already exists in Data for ConfigMap {name}"
                ),
            };
            return Err(Failure::new(text));
        }
        map.insert(key, json!(value));
    }
    Ok(map)
}
