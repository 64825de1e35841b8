//! Manifests: files, directories and standard input become objects.
//!
//! upstream: cli-runtime/pkg/resource/visitor.go FileVisitor, StreamVisitor; kubectl/pkg/validation/schema.go

use super::Files;
use super::context::Cx;
use super::failure::{Failure, Outcome};
use super::resources::{Builder, Info};
use crate::api::error::go_quote;
use crate::api::resource::CONFIG_MAPS;
use crate::api::{ObjectExt, Resource, Value, schema};
use crate::yaml;
use serde_json::json;

/// One stream of documents.
#[derive(Clone, Debug)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file by its path.
    File(String),
    /// What can't be fetched: there is no network beyond the cluster.
    Url(String),
}

const EXTENSIONS: [&str; 3] = [".json", ".yaml", ".yml"];

/// The streams that `-f` names; complaints go to `failures`.
///
/// upstream: cli-runtime/pkg/resource/builder.go FilenameParam, Path
pub fn expand(cx: &mut Cx, builder: &Builder, failures: &mut Vec<Failure>) -> Vec<Source> {
    let mut sources = Vec::new();
    let files = &*cx.io.files;
    for name in &builder.filenames {
        if name == "-" {
            sources.push(Source::Stdin);
        } else if name.starts_with("http://") || name.starts_with("https://") {
            sources.push(Source::Url(name.clone()));
        } else {
            let paths = matching(files, name);
            if paths.is_empty() {
                failures.push(Failure::new(format!("the path {} does not exist", go_quote(name))));
            }
            for path in paths {
                let mut inside = Vec::new();
                walk(files, &path, true, builder.recursive, &mut inside);
                if inside.is_empty() {
                    let text =
                        format!("error reading [{path}]: recognized file extensions are [{}]", EXTENSIONS.join(" "));
                    failures.push(Failure::new(text));
                }
                sources.extend(inside.into_iter().map(Source::File));
            }
        }
    }
    sources
}

/// The file or directory of that name, else those that match it as a pattern.
fn matching(files: &dyn Files, name: &str) -> Vec<String> {
    if files.read(name).is_some() || files.list(name).is_some() {
        return vec![name.to_string()];
    }
    if !name.contains(['*', '?', '[']) {
        return Vec::new();
    }
    let (directory, pattern) = name.rsplit_once('/').unwrap_or((".", name));
    let prefix = if name.contains('/') { format!("{directory}/") } else { String::new() };
    let names = files.list(directory).unwrap_or_default();
    let plain = names.iter().map(|n| n.trim_end_matches('/'));
    plain.filter(|n| glob(pattern, n)).map(|n| format!("{prefix}{n}")).collect()
}

/// Go's `filepath.Match` with `*` and `?`.
fn glob(pattern: &str, name: &str) -> bool {
    let mut p = pattern.chars();
    match p.next() {
        None => name.is_empty(),
        Some('*') => (0..=name.len()).any(|i| name.is_char_boundary(i) && glob(p.as_str(), &name[i..])),
        Some(c) => {
            let mut n = name.chars();
            n.next().is_some_and(|x| c == '?' || c == x) && glob(p.as_str(), n.as_str())
        }
    }
}

fn walk(files: &dyn Files, path: &str, top: bool, recursive: bool, into: &mut Vec<String>) {
    let Some(names) = files.list(path) else {
        if top || EXTENSIONS.iter().any(|e| path.ends_with(e)) {
            into.push(path.to_string());
        }
        return;
    };
    if !top && !recursive {
        return;
    }
    let base = path.trim_end_matches('/');
    for name in names {
        let inner = if base == "." { name.clone() } else { format!("{base}/{name}") };
        walk(files, inner.trim_end_matches('/'), false, recursive, into);
    }
}

/// Reads a stream: each document's object or its complaint. What can't be parsed ends it.
pub fn read(cx: &mut Cx, source: &Source, builder: &Builder) -> Vec<Outcome<Info>> {
    let (name, text) = match source {
        Source::Stdin => ("STDIN".to_string(), cx.io.stdin.take().unwrap_or_default()),
        Source::File(path) => (path.clone(), cx.io.files.read(path).unwrap_or_default()),
        Source::Url(url) => {
            return vec![Err(unreachable(url))];
        }
    };
    let mut found = Vec::new();
    for document in yaml::parse(&text) {
        if let Some(problem) = document.error {
            found.push(Err(Failure::new(format!("error parsing {name}: {}", problem.text))));
            break;
        }
        let value = document.value;
        if value.is_null() {
            continue;
        }
        if builder.validate
            && let Err(why) = validate(&value)
        {
            found.push(Err(Failure::new(format!("error validating {}: error validating data: {why}; if you choose to ignore these errors, turn validation off with --validate=false", go_quote(&name)))));
            break;
        }
        found.extend(objects(cx, value, &name));
    }
    found
}

/// There is no network beyond the cluster.
///
/// upstream: kubectl/pkg/cmd/util/helpers.go StandardErrorMessage of a url.Error
fn unreachable(url: &str) -> Failure {
    let host = url.split('/').nth(2).unwrap_or("");
    let (name, port) = host.split_once(':').unwrap_or((host, if url.starts_with("https:") { "443" } else { "80" }));
    let text = if name == "127.0.0.1" || name == "localhost" {
        format!("The connection to the server {host} was refused - did you specify the right host or port?")
    } else if name.split('.').count() == 4 && name.chars().all(|c| c.is_ascii_digit() || c == '.') {
        format!("Unable to connect to the server: dial tcp {name}:{port}: i/o timeout")
    } else {
        format!("Unable to connect to the server: dial tcp: lookup {name}: no such host")
    };
    Failure::Raw(text)
}

/// A document's objects with their places in the API.
pub fn objects(cx: &Cx, value: Value, source: &str) -> Vec<Outcome<Info>> {
    flatten(value, source).into_iter().map(|object| info(cx, object?, source)).collect()
}

/// Whether it has a kind and a version, as far as the client looks.
///
/// upstream: kubectl/pkg/validation/schema.go (schemaless)
pub fn validate(value: &Value) -> Result<(), String> {
    if !value.is_object() {
        return Err("invalid object to validate".into());
    }
    let mut missing = Vec::new();
    for field in ["apiVersion", "kind"] {
        match value.at(field) {
            Value::Null => missing.push(format!("{field} not set")),
            Value::String(_) => {}
            _ => return Err(format!("{field} isn't string type")),
        }
    }
    match missing.len() {
        0 => Ok(()),
        1 => Err(missing.concat()),
        _ => Err(format!("[{}]", missing.join(", "))),
    }
}

/// A document's objects: a list's items each.
fn flatten(value: Value, source: &str) -> Vec<Outcome<Value>> {
    let unable = |why: String| Failure::new(format!("unable to decode {}: {why}", go_quote(source)));
    if !value.is_object() {
        let what = match &value {
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        return vec![Err(unable(format!("json: cannot unmarshal {what} into Go value of type unstructured.detector")))];
    }
    if value.str_at("kind").is_empty() {
        return vec![Err(unable(format!("Object 'Kind' is missing in '{value}'")))];
    }
    if value.str_at("kind").ends_with("List") && value.at("items").is_array() {
        return value.list_at("items").iter().flat_map(|item| flatten(item.clone(), source)).collect();
    }
    match metadata_error(&value) {
        Some(why) => vec![Err(unable(why))],
        None => vec![Ok(value)],
    }
}

/// What is wrong with `metadata`, which the client reads as a Go struct.
///
/// upstream: cli-runtime/pkg/resource/metadata_decoder.go
fn metadata_error(value: &Value) -> Option<String> {
    let what = match value.at("metadata") {
        Value::Null => return None,
        Value::Object(_) => {
            // Any kind's metadata is the same struct.
            let only = json!({"metadata": value.at("metadata")});
            return schema::decode(&CONFIG_MAPS, &only).type_error;
        }
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    Some(format!(
        "json: cannot unmarshal {what} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"
    ))
}

/// upstream: cli-runtime/pkg/resource/mapper.go infoForData; visitor.go SetNamespace, RequireNamespace
fn info(cx: &Cx, mut object: Value, source: &str) -> Outcome<Info> {
    let (api_version, kind) = (object.str_at("apiVersion").to_string(), object.str_at("kind").to_string());
    let (name, mut namespace) = (object.name().to_string(), object.namespace().to_string());
    let Some(resource) = Resource::mapped(&api_version, &kind) else {
        return Err(Failure::new(format!(
            "resource mapping not found for name: {} namespace: {} from {}: no matches for kind {} in version {}\nensure CRDs are installed first",
            go_quote(&name),
            go_quote(&namespace),
            go_quote(source),
            go_quote(&kind),
            go_quote(&api_version)
        )));
    };
    if !resource.namespaced {
        namespace = String::new();
    } else if namespace.is_empty() {
        namespace = cx.s.namespace.clone();
        object.set("metadata.namespace", namespace.as_str());
    } else if cx.s.explicit_namespace && namespace != cx.s.namespace {
        return Err(Failure::new(format!(
            "the namespace from the provided object {} does not match the namespace {}. You must pass '--namespace={namespace}' to perform this operation.",
            go_quote(&namespace),
            go_quote(&cx.s.namespace)
        )));
    }
    Ok(Info { resource, namespace, name, object, source: source.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_patterns() {
        assert!(glob("*.yaml", "a.yaml") && glob("a?.yaml", "ab.yaml") && !glob("*.yml", "a.yaml"));
    }
}
