//! Defaults, validation and warnings against what a real API server said to some 700 slightly wrong manifests
//! (`tests/recordings/manifests/*.md`). Kubectl's own errors and the schema's are not looked at here.
#![allow(clippy::unwrap_used, clippy::panic)]

use kubeglass::api::validation;
use kubeglass::api::{ObjectExt, Resource, Value, defaults, schema};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;

struct Case {
    name: String,
    manifest: Value,
    output: String,
}

fn cases(path: &std::path::Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap();
    let mut out = Vec::new();
    for part in text.split("```yaml file=").skip(1) {
        let (head, rest) = part.split_once('\n').unwrap();
        let (yaml, rest) = rest.split_once("```").unwrap();
        let console = rest.split_once("```console\n").unwrap().1.split_once("```").unwrap().0;
        let output = console.split_once('\n').unwrap().1.to_owned();
        let manifest = serde_yaml::from_str(yaml).unwrap_or(Value::Null);
        let file = path.file_stem().unwrap().to_string_lossy();
        out.push(Case { name: format!("{file}/{head}"), manifest, output });
    }
    out
}

/// Decode errors and unknown kinds are refused before what is tested here.
fn refused_before(output: &str) -> bool {
    output.starts_with("error:") || output.contains("Error from server")
}

/// Errors of the allocation of addresses and ports.
fn allocation(output: &str) -> bool {
    [
        "not configured on this cluster",
        "not configured for dual-stack",
        "when multiple",
        "failed to allocate",
        "provided port",
        "provided IP",
    ]
    .iter()
    .any(|t| output.contains(t))
}

/// What the server does to a Service between decoding and validation, as far as validation sees it.
fn allocate(object: &mut Value) {
    if object.str_at("spec.type") == "ExternalName" {
        if !object.str_at("spec.clusterIP").is_empty() && object.list_at("spec.clusterIPs").is_empty() {
            let ip = object.at("spec.clusterIP").clone();
            object.set("spec.clusterIPs", json!([ip]));
        }
        return;
    }
    if object.str_at("spec.clusterIP").is_empty() && object.list_at("spec.clusterIPs").is_empty() {
        object.set("spec.clusterIP", "10.96.0.0");
    }
    if object.list_at("spec.clusterIPs").is_empty() {
        let ip = object.at("spec.clusterIP").clone();
        object.set("spec.clusterIPs", json!([ip]));
    }
    if object.list_at("spec.ipFamilies").is_empty() {
        object.set("spec.ipFamilies", json!(["IPv4"]));
    }
    if object.at("spec.ipFamilyPolicy").is_null() {
        let headless = object.str_at("spec.clusterIP") == "None" && object.pairs_at("spec.selector").is_empty();
        object.set("spec.ipFamilyPolicy", if headless { "RequireDualStack" } else { "SingleStack" });
        if headless {
            object.set("spec.ipFamilies", json!(["IPv4", "IPv6"]));
        }
    }
    if matches!(object.str_at("spec.type"), "NodePort" | "LoadBalancer") {
        let known: Vec<Value> = object.list_at("spec.ports").to_vec();
        for i in 0..object.list_at("spec.ports").len() {
            if object.int_at(&format!("spec.ports.{i}.nodePort")).is_none() {
                let port = object.int_at(&format!("spec.ports.{i}.port"));
                let twin = known.iter().take(i).position(|p| p.int_at("port") == port).unwrap_or(i);
                object.set(&format!("spec.ports.{i}.nodePort"), 32769 + twin);
            }
        }
    }
    let local = object.str_at("spec.type") == "LoadBalancer" && object.str_at("spec.externalTrafficPolicy") == "Local";
    if local && object.int_at("spec.healthCheckNodePort").is_none() {
        object.set("spec.healthCheckNodePort", 32769);
    }
}

/// A Job's Pods are selected by its uid.
fn select_by_uid(job: &mut Value) {
    job.set("metadata.uid", "UID");
    if job.bool_at("spec.manualSelector") {
        return;
    }
    let name = job.name().to_owned();
    let mut labels = job.at("spec.template.metadata.labels").as_object().cloned().unwrap_or_default();
    for prefix in ["", "batch.kubernetes.io/"] {
        labels.insert(format!("{prefix}controller-uid"), "UID".into());
        labels.insert(format!("{prefix}job-name"), name.clone().into());
    }
    job.set("spec.template.metadata.labels", Value::Object(labels));
    job.set("spec.selector", json!({"matchLabels": {"batch.kubernetes.io/controller-uid": "UID"}}));
}

/// How kubectl prints an Invalid error.
fn invalid(resource: &Resource, name: &str, errors: &[kubeglass::api::FieldError]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in errors.iter().map(ToString::to_string) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let head = format!("The {} \"{name}\" is invalid: ", resource.kind);
    match texts.as_slice() {
        [one] => format!("{head}{one}\n[exit 1]\n"),
        many => format!("{head}\n{}[exit 1]\n", many.iter().map(|t| format!("* {t}\n")).collect::<String>()),
    }
}

/// Names drawn at random, times and allocated numbers, which any answer may choose.
fn settle(object: &mut Value) {
    for path in ["metadata.uid", "metadata.creationTimestamp", "metadata.generation", "status"] {
        object.unset(path);
    }
    if object.str_at("kind") == "Service" {
        for path in ["spec.clusterIP", "spec.clusterIPs", "spec.healthCheckNodePort"] {
            object.unset(path);
        }
        if object.str_at("spec.type") == "ExternalName" {
            object.unset("spec.internalTrafficPolicy");
        }
        for i in 0..object.list_at("spec.ports").len() {
            object.unset(&format!("spec.ports.{i}.nodePort"));
        }
    }
}

fn answer(case: &Case) -> Option<String> {
    let resource = Resource::by_kind(case.manifest.str_at("apiVersion"), case.manifest.str_at("kind"))?;
    let mut object = schema::decode(resource, &case.manifest).value;
    defaults::apply(resource, &mut object);
    if resource.namespaced {
        object.set("metadata.namespace", "default");
    }
    match resource.kind {
        "Job" => select_by_uid(&mut object),
        "Namespace" => object.set("spec.finalizers", json!(["kubernetes"])),
        "DaemonSet" => object.set("metadata.annotations", {
            let mut notes = object.at("metadata.annotations").as_object().cloned().unwrap_or_default();
            notes.insert("deprecated.daemonset.template.generation".into(), "1".into());
            Value::Object(notes)
        }),
        "Service" => {
            allocate(&mut object);
            let errors = validation::related_ip_fields(&object, None);
            if !errors.is_empty() {
                return Some(invalid(resource, object.name(), &errors));
            }
        }
        "Pod" => {
            let suffix = case.output.split_once("kube-api-access-").map_or("xxxxx", |(_, s)| &s[..5]);
            defaults::admit_pod(&mut object, &json!({}), suffix);
        }
        _ => {}
    }
    let errors = validation::create(resource, &object);
    let mut out = String::new();
    if let Some(warning) = validation::deprecation(resource) {
        out += &format!("Warning: {warning}\n");
    }
    if !errors.is_empty() {
        return Some(out + &invalid(resource, object.name(), &errors));
    }
    let mut warnings: Vec<String> = validation::warnings(resource, &object, None);
    warnings.dedup();
    for warning in warnings {
        out += &format!("Warning: {warning}\n");
    }
    // What is read back from the store is defaulted again.
    defaults::apply(resource, &mut object);
    schema::encode(resource, &mut object);
    settle(&mut object);
    Some(out + &serde_yaml::to_string(&object).unwrap())
}

/// The recorded output with what is drawn at random taken out, printed the same way.
fn expected(output: &str) -> String {
    let uid = output.split_once("  uid: ").and_then(|(_, rest)| rest.lines().next()).unwrap_or("no uid");
    let output = &output.replace(uid, "UID");
    let (warnings, rest): (Vec<&str>, Vec<&str>) = output.lines().partition(|l| l.starts_with("Warning: "));
    let mut out: String = warnings.iter().map(|l| format!("{l}\n")).collect();
    let rest: String = rest.iter().map(|l| format!("{l}\n")).collect();
    if output.contains("[exit ") {
        return out + &rest;
    }
    let mut object: Value = serde_yaml::from_str(&rest).unwrap();
    settle(&mut object);
    out += &serde_yaml::to_string(&object).unwrap();
    out
}

/// Labels are validated in the order of a Go map: any order is right. An allocated port may be any.
fn sorted(text: &str) -> Vec<&str> {
    let cut = |l| if str::contains(l, ".nodePort: Duplicate value: ") { &l[..l.len() - 5] } else { l };
    let mut lines: Vec<&str> = text.lines().map(cut).collect();
    if text.contains("[exit ") {
        lines.sort_unstable();
    }
    lines
}

#[test]
fn manifests_are_answered_as_recorded() {
    let mut files: Vec<_> = fs::read_dir("tests/recordings/manifests").unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut totals: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in files.iter().flat_map(|f| cases(f)) {
        if refused_before(&case.output) || case.output.contains("strict decoding") || allocation(&case.output) {
            continue;
        }
        let expected = expected(&case.output);
        let actual = answer(&case).unwrap_or_default();
        let total = totals.entry(case.name.split('/').next().unwrap().into()).or_default();
        total.1 += 1;
        if sorted(&actual) == sorted(&expected) {
            total.0 += 1;
        } else {
            wrong.push(format!("=== {}\n--- expected\n{expected}--- actual\n{actual}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{totals:?}\n{}", wrong.join("\n"));
}
