//! What would mend a problem: a field gets another value, goes away, or a command is run.

use super::Playground;
use super::relabel::Relabel;
use super::view::{Trouble, namespace_of};
use crate::api::resource::{self, RESOURCES};
use crate::api::{ObjectExt, Value, distance, schema};
use crate::collections::sort_by_key;
use crate::yaml::Document;
use std::ops::Range;

/// A way to mend a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What it does, for its label.
    pub kind: FixKind,
    /// What it writes, removes or runs, as it is shown.
    pub says: String,
    /// The file to edit.
    pub file: String,
    /// Which document of the file.
    pub document: usize,
    /// The edit.
    pub change: Change,
}

/// What a fix does, for its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixKind {
    /// The Service's selector.
    Selector,
    /// The labels of the Pods that a Service misses.
    Labels(Relabel),
    /// The Service's targetPort.
    TargetPort,
    /// Something else is written.
    Write,
    /// A field is removed.
    Remove,
    /// A command is run.
    Run,
}

/// How a text (or the cluster) is changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The field at a path gets a value.
    Set(String, Value),
    /// Fields at paths get values, and a line of its own carries that out; another one undoes it.
    Edit {
        /// Paths with values.
        fields: Vec<(String, Value)>,
        /// What is run then.
        line: String,
        /// What is run once the file is as it was.
        undo: String,
    },
    /// The field at a path goes.
    Remove(String),
    /// Bytes of the file are replaced.
    Replace(Range<usize>, String),
    /// A line for the terminal.
    Run(String),
}

/// A document of a file.
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub index: usize,
    pub document: &'a Document,
}

impl Place<'_> {
    pub(super) fn fix(&self, kind: FixKind, says: impl Into<String>, change: Change) -> Fix {
        Fix { kind, says: says.into(), file: self.file.into(), document: self.index, change }
    }
    fn write(&self, path: &str, value: impl Into<Value>) -> Fix {
        let value = value.into();
        let name = path.rsplit(['.', ']']).next().unwrap_or(path);
        let says = match &value {
            Value::String(s) => format!("{name}: {s}"),
            other => format!("{name}: {other}"),
        };
        self.fix(FixKind::Write, says, Change::Set(path.into(), value))
    }
    fn remove(&self, path: &str) -> Fix {
        let name = path.rsplit('.').next().unwrap_or(path);
        self.fix(FixKind::Remove, name, Change::Remove(path.into()))
    }
    fn run(&self, line: String) -> Fix {
        self.fix(FixKind::Run, line.clone(), Change::Run(line))
    }
    /// The document's field as it is written.
    fn said(&self, path: &str) -> &Value {
        self.document.value.at(&path.replace('[', ".").replace(']', ""))
    }
}

impl Playground {
    /// What would mend a refusal of the API server at a field.
    pub(super) fn fixes_of_refusal(&self, place: &Place, path: &str, said: &str) -> Vec<Fix> {
        let v = &place.document.value;
        let set = |value: &str| place.write(path, value);
        if said.contains("unknown field") {
            return renamed(place, path).into_iter().collect();
        }
        if said.starts_with("no matches for kind") || said.contains("apiVersion not set") {
            return kinds(place).into_iter().collect();
        }
        if let Some((_, supported)) = said.split_once("supported values: ") {
            let written = place.said(path).as_str().unwrap_or("").to_string();
            let mut values: Vec<&str> = supported.split('"').skip(1).step_by(2).collect();
            sort_by_key(&mut values, |v| distance(v, &written));
            return values.into_iter().take(3).map(set).collect();
        }
        if said.contains("not found") && said.starts_with("namespaces") {
            let named = self.moment.cluster.store.list(&resource::NAMESPACES, "").map(|n| n.name());
            let near = nearest(named, v.namespace()).map(set);
            return near
                .into_iter()
                .chain([place.run(format!("kubectl create namespace {}", v.namespace()))])
                .collect();
        }
        if said.contains("already allocated") || said.contains("not in the valid range") {
            return vec![place.remove(path)];
        }
        if said.contains("does not match template `labels`") {
            let wanted = v.at("spec.selector.matchLabels").clone();
            return vec![place.write("spec.template.metadata.labels", wanted)];
        }
        if said.contains("field is immutable") {
            let live = self.live(v).map(|live| live.at(path).clone()).filter(|live| !live.is_null());
            return live.map(|live| place.write(path, live)).into_iter().collect();
        }
        if said.contains("RFC 1123") || said.contains("RFC 1035") {
            return lower(place.said(path).as_str().unwrap_or("")).map(|name| set(&name)).into_iter().collect();
        }
        typed(place, path, said).into_iter().collect()
    }

    /// The object that a manifest is about, as it is in the cluster.
    pub(super) fn live(&self, manifest: &Value) -> Option<&Value> {
        let (version, kind) = (manifest.str_at("apiVersion"), manifest.str_at("kind"));
        let resource = crate::api::Resource::by_kind(version, kind)?;
        let namespace = match (resource.namespaced, manifest.namespace()) {
            (false, _) => "",
            (true, "") => "default",
            (true, namespace) => namespace,
        };
        self.moment.cluster.store.find(resource, namespace, manifest.name()).map(|v| &**v)
    }

    /// Where in the manifest a trouble has its cause, and what would mend it.
    pub(super) fn fixes_of_trouble(&self, place: &Place, trouble: &Trouble) -> (String, Vec<Fix>) {
        let v = &place.document.value;
        let spec = if v.str_at("kind") == "Pod" { "spec" } else { "spec.template.spec" };
        let container = |i: &usize, field: &str| format!("{spec}.containers[{i}].{field}");
        match trouble {
            Trouble::SelectsNothing { service, selector, nearest, owner } => {
                let relabel = self.relabel(namespace_of(service), selector, nearest, owner);
                let fix = nearest.split_once('=').map(|(k, value)| {
                    let change = Change::Set("spec.selector".into(), serde_json::json!({ k: value }));
                    place.fix(FixKind::Selector, nearest.clone(), change)
                });
                ("spec.selector".into(), fix.into_iter().chain(relabel).collect())
            }
            Trouble::WrongNamespace { namespace, .. } => {
                let fix = place.write("metadata.namespace", namespace.as_str());
                (if v.namespace().is_empty() { "spec.selector" } else { "metadata.namespace" }.into(), vec![fix])
            }
            Trouble::NobodyListens { index, listening, .. } => target_port(place, *index, "", &[], listening),
            Trouble::NoSuchPort { index, port, names, listening, .. } => {
                target_port(place, *index, port, names, listening)
            }
            Trouble::NoneReady { why, .. } => {
                let fixes = why.as_deref().map(|why| self.fixes_of_trouble(place, why).1).unwrap_or_default();
                // What lies in the Pods' manifest is mended there; here only what a command mends.
                ("spec.selector".into(), fixes.into_iter().filter(|f| f.kind == FixKind::Run).collect())
            }
            Trouble::NoLocalPod { .. } => {
                ("spec.externalTrafficPolicy".into(), vec![place.write("spec.externalTrafficPolicy", "Cluster")])
            }
            Trouble::Unscheduled { message, .. } => self.unscheduled(place, spec, message),
            Trouble::NoImage { index, image, .. } => {
                let path = container(index, "image");
                let known = self.images();
                let fix = nearest(known.iter().map(String::as_str).filter(|i| i != image), image);
                let fixes = fix.map(|near| place.write(&path, near)).into_iter().collect();
                (path, fixes)
            }
            Trouble::Crashing { pod, index, .. } => {
                let (ns, name) = pod.split_once('/').unwrap_or(("default", pod));
                (
                    container(index, "command"),
                    vec![place.run(format!("kubectl logs {name}{} --previous", self.in_namespace(ns)))],
                )
            }
            Trouble::Unready { pod, index, message, listening } => {
                let path = container(index, "readinessProbe");
                let (ns, name) = pod.split_once('/').unwrap_or(("default", pod));
                let line = format!("kubectl exec {name}{} -- touch", self.in_namespace(ns));
                let fixes = unready(place, &line, &path, message, listening);
                (path, fixes)
            }
        }
    }

    fn unscheduled(&self, place: &Place, spec: &str, message: &str) -> (String, Vec<Fix>) {
        let has = |path: &str| !place.said(path).is_null();
        let requests = format!("{spec}.containers[0].resources.requests");
        let selector = format!("{spec}.nodeSelector");
        if message.contains("affinity/selector") && has(&selector) {
            let fix = place.remove(&selector);
            return (selector, vec![fix]);
        }
        if message.contains("Insufficient") && has(&requests) {
            let fix = place.remove(&requests);
            return (requests, vec![fix]);
        }
        let cordoned = self.moment.cluster.store.list(&resource::NODES, "").filter(|n| n.bool_at("spec.unschedulable"));
        let fixes = cordoned.map(|n| place.run(format!("kubectl uncordon {}", n.name()))).collect();
        (spec.into(), fixes)
    }

    /// Images that can be had: those in use, and some that lessons use.
    fn images(&self) -> Vec<String> {
        let pods = self.moment.cluster.store.list(&resource::PODS, "");
        let running = pods.filter(|p| self.pod_trouble(p).is_none());
        let used = running.flat_map(|p| p.list_at("spec.containers")).map(|c| c.str_at("image").to_string());
        used.chain(["dalgudcks/http-go", "nginx", "busybox"].map(String::from)).collect()
    }
}

/// Another targetPort: the name that is nearest, else where the Pods listen.
fn target_port(place: &Place, index: usize, port: &str, names: &[String], listening: &[u16]) -> (String, Vec<Fix>) {
    let path = format!("spec.ports[{index}].targetPort");
    let set = |value: Value| {
        let says = value.as_str().map_or_else(|| value.to_string(), String::from);
        place.fix(FixKind::TargetPort, says, Change::Set(path.clone(), value))
    };
    let named = nearest(names.iter().map(String::as_str), port).or(names.first().map(String::as_str));
    let fixes = named.map(|n| set(n.into())).into_iter().chain(listening.first().map(|p| set((*p).into()))).collect();
    (path, fixes)
}

/// What lets a readiness probe pass: the right port, or the file that it looks for, which the line `touch` makes.
fn unready(place: &Place, touch: &str, probe: &str, message: &str, listening: &[u16]) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for action in ["httpGet", "tcpSocket"] {
        let path = format!("{probe}.{action}.port");
        let port = place.said(&path).as_u64();
        if let (Some(port), Some(right)) = (port, listening.first())
            && !listening.iter().any(|p| u64::from(*p) == port)
        {
            fixes.push(place.write(&path, *right));
        }
    }
    if message.contains("statuscode: 4") && place.said(&format!("{probe}.httpGet.path")).is_string() {
        fixes.push(place.write(&format!("{probe}.httpGet.path"), "/"));
    }
    // `cat: /var/ready: No such file or directory`
    let words = message.split_whitespace().map(|w| w.trim_matches(['\'', ':', '"']));
    let missing = message.contains("No such file").then(|| words.into_iter().find(|w| w.starts_with('/'))).flatten();
    let command = place.said(&format!("{probe}.exec.command"));
    let wanted = command.as_array().and_then(|c| c.last()).and_then(Value::as_str).filter(|w| w.starts_with('/'));
    if let Some(file) = missing.or(wanted) {
        fixes.push(place.run(format!("{touch} {file}")));
    }
    if fixes.is_empty() && !place.said(probe).is_null() {
        fixes.push(place.remove(probe));
    }
    fixes
}

/// The field's name as the schema has it.
fn renamed(place: &Place, path: &str) -> Option<Fix> {
    let v = &place.document.value;
    let (parent, wrong) = path.rsplit_once('.').unwrap_or(("", path));
    let bare = bare(parent);
    let parents: Vec<&str> = bare.split('.').filter(|p| !p.is_empty()).collect();
    let fields = schema::fields_at(v.str_at("apiVersion"), v.str_at("kind"), &parents)?;
    let right = nearest(fields.iter().map(|(name, _)| name.as_str()), wrong)?.to_string();
    let key = place.document.spans.get(path)?.key?;
    Some(place.fix(FixKind::Write, right.clone(), Change::Replace(key.start..key.end, right)))
}

/// An `apiVersion` that has the kind, or a kind that there is.
fn kinds(place: &Place) -> Option<Fix> {
    let kind = place.document.value.str_at("kind");
    if let Some(resource) = RESOURCES.iter().find(|r| r.kind == kind) {
        return Some(place.write("apiVersion", resource.api_version()));
    }
    nearest(RESOURCES.iter().map(|r| r.kind), kind).map(|near| place.write("kind", near))
}

/// The value as the type that Go wants.
fn typed(place: &Place, path: &str, said: &str) -> Option<Fix> {
    let value = place.said(path);
    if said.contains("cannot unmarshal string") {
        let text = value.as_str()?;
        let number = text.parse::<i64>().ok().map(Value::from);
        return number.or_else(|| text.parse::<bool>().ok().map(Value::from)).map(|v| place.write(path, v));
    }
    let scalar = value.is_number() || value.is_boolean();
    (scalar && said.contains("of type string")).then(|| place.write(path, value.to_string()))
}

/// The fields that a message names, with what it says of each: `unknown field "spec.portz"`, `Go struct field
/// ServicePort.spec.ports.port of type int32`, `namespaces "x" not found`.
pub(super) fn places(document: &Document, message: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in message.split("unknown field \"").skip(1) {
        if let Some((path, _)) = part.split_once('"') {
            found.push((path.to_string(), format!("unknown field \"{path}\"")));
        }
    }
    if let Some((_, rest)) = message.split_once("Go struct field ")
        && let Some((named, of)) = rest.split_once(" of type ")
    {
        let named = named.split_once('.').map_or("", |(_, path)| path);
        let number = !of.starts_with("string");
        // The message leaves list indices out: of the fields it may mean, the first of a wrong type.
        let wrong = |path: &str| {
            let value = document.value.at(&path.replace('[', ".").replace(']', ""));
            !number || value.is_string()
        };
        let path = document.spans.iter().map(|(path, _)| path).find(|path| bare(path) == named && wrong(path));
        found.push((path.unwrap_or(named).to_string(), message.to_string()));
    }
    if found.is_empty() {
        let path = if message.starts_with("namespaces \"") { "metadata.namespace" } else { "" };
        found.push((path.into(), message.into()));
    }
    found
}

/// A path without its lists' indices.
fn bare(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((head, tail)) = rest.split_once('[') {
        out.push_str(head);
        rest = tail.split_once(']').map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// A name as an object may have it.
fn lower(name: &str) -> Option<String> {
    let mended: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let mended = mended.trim_matches('-').to_string();
    (mended != name && !mended.is_empty()).then_some(mended)
}

/// What is written nearly like `word`, nearest first.
fn nearest<'a>(words: impl Iterator<Item = &'a str>, word: &str) -> Option<&'a str> {
    let most = (word.chars().count() / 2).max(2);
    words.map(|w| (distance(w, word), w)).filter(|(d, _)| *d <= most).min_by_key(|(d, _)| *d).map(|(_, w)| w)
}
