//! What may be written at a place of a manifest, and what a written field is: the editor's completion and hover.
//!
//! The page knows names and types, since requests are decoded by them; the words about a field come with the editor,
//! which looks them up by `TYPE.field` (`ServiceSpec.type`).

use super::Known;
use crate::api::ObjectExt;
use crate::api::resource::RESOURCES;
use crate::api::schema::{self, Kind, Type};
use crate::collections::{sort, sort_by_key};
use crate::yaml::parse;
use serde_json::{Value, json};

/// The byte of a UTF-16 offset.
fn byte_of(text: &str, at: usize) -> usize {
    let mut units = 0;
    let byte = text.char_indices().find(|(_, c)| {
        let here = units >= at;
        units += c.len_utf16();
        here
    });
    byte.map_or(text.len(), |(i, _)| i)
}

/// The UTF-16 offset of a byte.
fn units_of(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, |head| head.encode_utf16().count())
}

/// What may be written at a place of a manifest (`at` counts UTF-16 units, as the editor does): JSON of
/// `{label, type, detail, apply, doc}`. What is known of other files and the cluster is offered where it may be named.
pub fn complete_yaml(text: &str, at: usize, known: &Known) -> String {
    Value::from(options(text, byte_of(text, at), known).unwrap_or_default()).to_string()
}

/// What the field at a place is: JSON of `{from, to, path, type, doc}`, `null` where none is.
pub fn hover_yaml(text: &str, at: usize) -> String {
    hover(text, byte_of(text, at)).unwrap_or_default().to_string()
}

fn hover(text: &str, byte: usize) -> Option<Value> {
    let documents = parse(text);
    let document = documents.iter().find(|d| d.range.start <= byte && byte <= d.range.end)?;
    let (path, field) = document.spans.iter().find(|(_, f)| f.key.is_some_and(|k| k.start <= byte && byte < k.end))?;
    let key = field.key?;
    let names: Vec<&str> =
        path.split(['.', '[', ']']).filter(|n| !n.is_empty() && n.parse::<usize>().is_err()).collect();
    let (last, parents) = names.split_last()?;
    let v = &document.value;
    let within = type_at(v.str_at("apiVersion"), v.str_at("kind"), parents)?;
    let found = within.field(last)?;
    Some(json!({
        "from": units_of(text, key.start), "to": units_of(text, key.end), "path": path,
        "type": found.of().explained(), "doc": format!("{}.{last}", within.struct_name()),
        "values": found.enumeration(),
    }))
}

/// The object's type at a path of names.
fn type_at(api_version: &str, kind: &str, path: &[&str]) -> Option<Type> {
    path.iter().try_fold(Type::of(api_version, kind)?, |here, name| here.field(name)?.of().object())
}

/// Blanks and dashes at a line's start.
fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '-']).len()
}

/// The names of the maps that hold a place: the nearest lines above with less indentation that end in a colon.
fn parents_of(head: &str) -> Vec<&str> {
    let mut path = Vec::new();
    let mut depth = indent_of(head.rsplit('\n').next().unwrap_or(""));
    for above in head.lines().rev().skip(1) {
        if above.trim() == "---" {
            break;
        }
        let own = indent_of(above);
        let body = above.get(own..).unwrap_or("");
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        // `- port: 80` belongs to the list whose key may stand as deep as the dash.
        let dash = above.len() - above.trim_start_matches(' ').len();
        if own < depth
            && let Some((key, rest)) = body.split_once(':')
            && (rest.trim().is_empty() || rest.trim().starts_with('#'))
        {
            path.insert(0, key);
            depth = dash;
            if dash < own {
                // The key's own map is a list's item.
                depth = dash + 1;
            }
        } else if own == depth && dash < own {
            depth = dash + 1;
        }
    }
    path
}

fn options(text: &str, byte: usize, known: &Known) -> Option<Vec<Value>> {
    let head = text.get(..byte)?;
    let line = head.rsplit('\n').next().unwrap_or("");
    let body = line.get(indent_of(line)..).unwrap_or("");
    if body.starts_with('#') {
        return None;
    }
    let path = parents_of(head);
    let documents = parse(text);
    let document = documents.iter().find(|d| d.range.start <= byte && byte <= d.range.end);
    let said = |field: &str| document.map_or("", |d| d.value.str_at(field));
    let (version, kind) = (said("apiVersion"), said("kind"));
    let labels = match path.as_slice() {
        ["spec", "selector"] if kind == "Service" => Some(&known.carried),
        [.., "matchLabels"] => Some(&known.carried),
        [.., "metadata", "labels"] => Some(&known.selected),
        _ => None,
    };
    if let Some((key, _)) = body.split_once(':') {
        let mut all = values(version, kind, &path, key);
        let names = match (path.last(), key) {
            (Some(&"ports"), "targetPort") => Some(&known.ports),
            (Some(&"metadata"), "namespace") => Some(&known.namespaces),
            (Some(&"service"), "name") if kind == "Ingress" => Some(&known.services),
            _ => None,
        };
        let of_key = labels.into_iter().flat_map(|l| l.iter()).filter_map(|l| l.split_once(": "));
        all.extend(of_key.filter(|(k, _)| *k == key).map(|(_, v)| value_option(v)));
        all.extend(names.into_iter().flat_map(|n| n.iter()).map(|n| value_option(n)));
        return Some(all);
    }
    if let Some(labels) = labels {
        return Some(labels.iter().map(|l| json!({"label": l, "type": "property"})).collect());
    }
    if path.is_empty() && Type::of(version, kind).is_none() {
        let option = |name: &str| json!({"label": name, "type": "property", "apply": format!("{name}: ")});
        return Some(["apiVersion", "kind", "metadata", "spec"].map(option).to_vec());
    }
    let within = type_at(version, kind, &path)?;
    let item = line.get(..indent_of(line)).unwrap_or("").replace('-', " ");
    let mut fields: Vec<schema::Field> =
        within.fields().filter(|f| f.name() != "status" && f.name() != "managedFields").collect();
    sort_by_key(&mut fields, |f| (!f.required(), f.name()));
    Some(fields.into_iter().map(|f| key_option(within, f, &item)).collect())
}

/// A field as an option: what follows its colon stands ready.
fn key_option(within: Type, field: schema::Field, indent: &str) -> Value {
    let name = field.name();
    let rest = match field.of().kind() {
        Kind::Object | Kind::Map => format!("\n{indent}  "),
        Kind::List => format!("\n{indent}- "),
        _ => " ".into(),
    };
    let boost = i32::from(field.required()) * 2;
    json!({"label": name, "type": "property", "detail": field.of().explained(), "apply": format!("{name}:{rest}"),
        "doc": format!("{}.{name}", within.struct_name()), "boost": boost})
}

fn value_option(value: &str) -> Value {
    json!({"label": value, "type": "enum"})
}

/// The values that a field takes, where they are known.
fn values(version: &str, kind: &str, path: &[&str], key: &str) -> Vec<Value> {
    if path.is_empty() && key == "kind" {
        let fits = |r: &&&crate::api::Resource| version.is_empty() || r.api_version() == version;
        return RESOURCES.iter().filter(fits).map(|r| value_option(r.kind)).collect();
    }
    if path.is_empty() && key == "apiVersion" {
        let mut versions: Vec<String> =
            RESOURCES.iter().filter(|r| kind.is_empty() || r.kind == kind).map(|r| r.api_version()).collect();
        sort(&mut versions);
        versions.dedup();
        return versions.iter().map(|v| value_option(v)).collect();
    }
    let Some(field) = type_at(version, kind, path).and_then(|t| t.field(key)) else { return Vec::new() };
    if field.of().kind() == Kind::Bool {
        return vec![value_option("true"), value_option("false")];
    }
    field.enumeration().into_iter().map(value_option).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playground::Playground;

    fn labels(text: &str) -> Vec<String> {
        labels_knowing(text, &Known::default())
    }

    fn labels_knowing(text: &str, known: &Known) -> Vec<String> {
        let options: Value = serde_json::from_str(&complete_yaml(text, text.encode_utf16().count(), known)).unwrap();
        options.as_array().unwrap().iter().map(|o| o["label"].as_str().unwrap().to_string()).collect()
    }

    const SERVICE: &str = "apiVersion: v1\nkind: Service\nspec:\n";

    #[test]
    fn keys_come_from_the_place() {
        assert!(labels(&format!("{SERVICE}  ")).contains(&"externalTrafficPolicy".to_string()));
        assert!(labels(&format!("{SERVICE}  ports:\n  - ")).contains(&"targetPort".to_string()));
        assert!(labels(&format!("{SERVICE}  ports:\n  - port: 80\n    ")).contains(&"targetPort".to_string()));
        assert!(labels(&format!("{SERVICE} ports:\n - port: 80\n   ")).contains(&"nodePort".to_string()));
        assert!(labels(&format!("{SERVICE}  ports:\n  - port: 80\n  ")).contains(&"selector".to_string()));
        assert!(
            labels(&format!("{SERVICE}  sessionAffinityConfig:\n    clientIP:\n      "))
                .contains(&"timeoutSeconds".into())
        );
        let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    ports:\n    - ";
        assert!(labels(pod).contains(&"containerPort".to_string()));
        assert!(labels("").contains(&"apiVersion".to_string()));
    }

    #[test]
    fn values_come_from_the_schema() {
        assert_eq!(labels(&format!("{SERVICE}  type: ")), ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
        assert!(labels("apiVersion: apps/v1\nkind: ").contains(&"ReplicaSet".to_string()));
    }

    #[test]
    fn what_there_is_is_offered_where_it_may_be_named() {
        let rs = "apiVersion: apps/v1\nkind: ReplicaSet\nspec:\n  selector: {matchLabels: {tier: web}}\n  template:\n    metadata: {labels: {tier: web, ok: 'true'}}\n    spec: {containers: [{name: a, ports: [{containerPort: 8080, name: http}]}]}\n";
        let mut p = Playground::new(1);
        p.set_files(vec![("rs.yaml".into(), rs.into())]);
        p.advance_us(1_000_000);
        let known = p.known();
        let at = |text: &str| labels_knowing(text, &known);
        for typed in ["", "t", "app: a\n    ", "app: a\n    t"] {
            assert_eq!(at(&format!("{SERVICE}  selector:\n    {typed}")), ["ok: \"true\"", "tier: web"], "{typed}");
        }
        assert_eq!(at(&format!("{SERVICE}  selector:\n    tier: ")), ["web"]);
        assert_eq!(at(&format!("{SERVICE}  ports:\n  - port: 80\n    targetPort: ")), ["8080", "http"]);
        assert_eq!(at("apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    "), ["tier: web"]);
        assert!(at("apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: ").contains(&"kube-public".to_string()));
        let ingress =
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec:\n  defaultBackend:\n    service:\n      name: ";
        assert_eq!(at(ingress), ["kubernetes"]);
    }

    #[test]
    fn a_key_is_told() {
        let text = "# 한글\napiVersion: v1\nkind: Service\nspec:\n  type: NodePort\n";
        let told: Value = serde_json::from_str(&hover_yaml(text, 43)).unwrap();
        assert_eq!(told["doc"], "ServiceSpec.type", "{told}");
        assert_eq!(told["path"], "spec.type");
    }
}
