//! What Kubernetes says about its types and fields: read from the sources of the crate `k8s-openapi`, which carries it
//! in its JSON schemas, for `kubectl explain` and the editor.

use k8s_openapi::DeepMerge;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::Location;
use std::path::{Path, PathBuf};

/// A schema's own prose, and that of its fields by their JSON names.
#[derive(Default)]
struct Doc {
    own: String,
    fields: BTreeMap<String, String>,
}

/// The types whose prose the page carries.
const IN_PAGE: [&str; 28] = [
    "ClientIPConfig",
    "Container",
    "ContainerPort",
    "Endpoint",
    "EndpointAddress",
    "EndpointConditions",
    "EndpointPort",
    "EndpointSlice",
    "EndpointSubset",
    "Endpoints",
    "HTTPGetAction",
    "HTTPIngressPath",
    "IngressRule",
    "IngressSpec",
    "IntOrString",
    "LabelSelector",
    "LabelSelectorRequirement",
    "LoadBalancerIngress",
    "Pod",
    "PodTemplateSpec",
    "Probe",
    "ReplicaSet",
    "ReplicaSetSpec",
    "Service",
    "ServicePort",
    "ServiceSpec",
    "ServiceStatus",
    "SessionAffinityConfig",
];

/// Most characters of a sentence that the editor shows.
const SENTENCE_MAX: usize = 200;
/// The same where the lessons are about the field, of all sentences together.
const LESSON_MAX: usize = 420;

/// The types whose fields the editor tells about.
const IN_EDITOR: [&str; 52] = [
    "ClientIPConfig",
    "ConfigMap",
    "ConfigMapKeySelector",
    "Container",
    "ContainerPort",
    "DaemonSetSpec",
    "Deployment",
    "DeploymentSpec",
    "DeploymentStrategy",
    "Endpoint",
    "EndpointAddress",
    "EndpointConditions",
    "EndpointPort",
    "EndpointSlice",
    "EndpointSubset",
    "EnvFromSource",
    "EnvVar",
    "EnvVarSource",
    "ExecAction",
    "HTTPGetAction",
    "HTTPIngressPath",
    "IPBlock",
    "IngressBackend",
    "IngressRule",
    "IngressServiceBackend",
    "IngressSpec",
    "JobSpec",
    "LabelSelector",
    "LabelSelectorRequirement",
    "Lifecycle",
    "NetworkPolicyEgressRule",
    "NetworkPolicyIngressRule",
    "NetworkPolicyPeer",
    "NetworkPolicyPort",
    "NetworkPolicySpec",
    "ObjectMeta",
    "Pod",
    "PodSpec",
    "PodTemplateSpec",
    "Probe",
    "ReplicaSet",
    "ReplicaSetSpec",
    "ResourceRequirements",
    "RollingUpdateDeployment",
    "Service",
    "ServiceBackendPort",
    "ServicePort",
    "ServiceSpec",
    "SessionAffinityConfig",
    "StatefulSetSpec",
    "TCPSocketAction",
    "VolumeMount",
];

/// Writes `prose.rs`: for every type and every field of the table its prose, empty where there is none. A place is a
/// schema's name and a field, or no field for the type itself.
/// All of it would make the page a quarter larger: for wasm only what [`IN_PAGE`] names is kept.
pub fn print(types: &[(String, String)], fields: &[(String, String)]) -> String {
    let mut docs = read(&sources().join("v1_36"));
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        docs.retain(|schema, _| IN_PAGE.iter().any(|name| schema.ends_with(&format!(".{name}"))));
    }
    let mut out = String::new();
    for (name, places) in [("TYPE_PROSE", types), ("FIELD_PROSE", fields)] {
        writeln!(out, "static {name}: &[&str] = &[").expect("a string");
        for place in places {
            writeln!(out, "{:?},", find(&docs, place)).expect("a string");
        }
        writeln!(out, "];").expect("a string");
    }
    out
}

/// The editor's schema as JSON: for each of [`IN_EDITOR`] its fields with the first sentence about them. It loads with
/// the editor and counts to its budget, so what speaks for itself is left out.
pub fn editor(fields: &[(String, String)]) -> String {
    let docs = read(&sources().join("v1_36"));
    let mut types: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    for place in fields {
        let name = place.0.rsplit('.').next().unwrap_or("");
        let prose = start(find(&docs, place), if name.starts_with("Service") { LESSON_MAX } else { SENTENCE_MAX });
        if IN_EDITOR.contains(&name) && !prose.is_empty() {
            types.entry(name).or_default().insert(&place.1, prose);
        }
    }
    serde_json::to_string(&types).expect("strings")
}

/// The first sentence of a text, or where the lessons are about the field as many as `most` characters hold.
fn start(text: &str, most: usize) -> String {
    let line = text.lines().next().unwrap_or("");
    let short = |head: &str| head.ends_with("e.g.") || head.ends_with("i.e.");
    let ends = line.match_indices(". ").map(|(at, _)| at + 1).filter(|at| !short(&line[..*at]));
    let ends: Vec<usize> = ends.chain([line.len()]).collect();
    let many = if most == LESSON_MAX { ends.len() } else { 1 };
    let end = ends.iter().take(many).rev().find(|end| **end <= most).or(ends.first());
    let first = &line[..*end.unwrap_or(&0)];
    match first.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", first[..at].rsplit_once(' ').map_or("", |(head, _)| head)),
        None => first.to_string(),
    }
}

fn find<'a>(docs: &'a BTreeMap<String, Doc>, (schema, field): &(String, String)) -> &'a str {
    let Some(doc) = docs.get(schema) else { return "" };
    if field.is_empty() {
        return &doc.own;
    }
    doc.fields.get(field).map_or("", String::as_str)
}

/// Where the crate's sources are: it tells by calling back, since a call knows where it comes from.
fn sources() -> PathBuf {
    struct Caller(&'static str);
    impl DeepMerge for Caller {
        #[track_caller]
        fn merge_from(&mut self, _: Self) {
            self.0 = Location::caller().file();
        }
    }
    let mut caller = Some(Caller(""));
    caller.merge_from(Some(Caller("")));
    let file = caller.map_or("", |c| c.0);
    Path::new(file).parent().expect("a source file of k8s-openapi").into()
}

fn read(folder: &Path) -> BTreeMap<String, Doc> {
    let mut docs = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())).flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                docs.extend(doc(&text));
            }
        }
    }
    docs
}

/// The descriptions in the JSON schema of one generated file, which is laid out by one rule: the schema's own stands
/// three levels deep, a property's name four, its description below that.
fn doc(source: &str) -> Option<(String, Doc)> {
    let schema = source.lines().next()?.strip_prefix("// Generated from definition ")?;
    let mut doc = Doc::default();
    let mut field = "";
    for line in source.lines().skip_while(|l| !l.contains("json_schema!({")) {
        let code = line.trim_start();
        let level = (line.len() - code.len()) / 4;
        let text = description(code);
        match (level, text) {
            (3, Some(text)) => doc.own = text,
            (4, None) => field = code.strip_prefix('"').and_then(|c| c.split_once("\": ")).map_or("", |(name, _)| name),
            (5, Some(text)) => _ = doc.fields.insert(field.into(), text),
            _ => {}
        }
    }
    Some((schema.to_string(), doc))
}

/// The text of a line `"description": "…",` or `….insert("description".into(), "…".into());`
fn description(code: &str) -> Option<String> {
    let after =
        code.strip_prefix("\"description\": ").or_else(|| Some(code.split_once("\"description\".into(), ")?.1))?;
    let end = after.rfind('"')?;
    serde_json::from_str(after.get(..=end)?).ok()
}
