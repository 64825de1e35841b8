//! What kubectl prints of recorded objects, against what it printed at the same moment.
//!
//! `tests/recordings/print/*.json` hold the objects of one namespace of a real cluster and the outputs of `get` and
//! `describe` with the time (in Unix seconds) at which each was asked for.
#![allow(clippy::unwrap_used, clippy::panic)]

use kubeglass::api::resource::RESOURCES;
use kubeglass::api::{ObjectExt, Resource, Value};
use kubeglass::cluster::{Request, Response, Server};
use kubeglass::kubectl::print::{Flags, Format, Output, Printed, Printer, describe, table};
use kubeglass::sim::Time;

/// The recorded objects, served as an API server would.
struct Recorded {
    objects: Vec<Value>,
    now: Time,
}

fn resource_of(object: &Value) -> Option<&'static Resource> {
    Resource::by_kind(object.str_at("apiVersion"), object.str_at("kind"))
}

impl Recorded {
    fn list(&self, resource: &Resource, namespace: &str) -> Vec<&Value> {
        let within = |o: &&Value| namespace.is_empty() || o.namespace() == namespace;
        self.objects.iter().filter(|o| resource_of(o).is_some_and(|r| r == resource)).filter(within).collect()
    }
}

/// `key=value` and `key!=value`, all of them; sets (`key in (a,b)`) for labels.
fn matches(selector: &str, value_of: &dyn Fn(&str) -> Option<String>) -> bool {
    let mut depth = 0;
    let parts = selector.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    parts.filter(|p| !p.is_empty()).all(|part| {
        if let Some((key, values)) = part.split_once(" in ") {
            let values = values.trim_matches(['(', ')']);
            return value_of(key).is_some_and(|v| values.split(',').any(|x| x == v));
        }
        match part.split_once("!=") {
            Some((key, value)) => value_of(key).unwrap_or_default() != value,
            None => part.split_once('=').is_some_and(|(key, value)| value_of(key).unwrap_or_default() == value),
        }
    })
}

impl Server for Recorded {
    fn request(&mut self, request: &Request) -> Response {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let rest = if parts[0] == "api" { &parts[2..] } else { &parts[3..] };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
            rest => ("", rest),
        };
        let resource = RESOURCES.iter().find(|r| r.plural == rest[0]).expect("a known resource");
        let mut found = self.list(resource, namespace);
        if let Some(selector) = request.param("labelSelector") {
            found.retain(|o| matches(selector, &|key| o.label(key).map(String::from)));
        }
        if let Some(selector) = request.param("fieldSelector") {
            found.retain(|o| matches(selector, &|key| Some(o.str_at(key).to_string())));
        }
        let answer = |code, body| Response { code, body, warnings: Vec::new(), exec: None };
        match rest.get(1) {
            None => answer(200, serde_json::json!({"items": found})),
            Some(name) => match found.into_iter().find(|o| o.name() == *name) {
                Some(object) => answer(200, object.clone()),
                None => {
                    let message = format!("{} \"{name}\" not found", resource.group_resource());
                    answer(404, serde_json::json!({"message": message}))
                }
            },
        }
    }
    fn now(&self) -> Time {
        self.now
    }
}

fn kubectl(server: &mut Recorded, command: &[&str]) -> String {
    match command {
        ["describe", kind, namespace, name] => {
            let found = server
                .objects
                .iter()
                .find(|o| o.str_at("kind") == *kind && o.namespace() == *namespace && o.name() == *name);
            let object = found.expect("a recorded object").clone();
            let resource = resource_of(&object).expect("a known kind");
            describe::describe(server, resource, &object, true)
        }
        ["get", resources, flags @ ..] => {
            let mut options = table::Options::default();
            let mut flags = flags.iter();
            while let Some(flag) = flags.next() {
                match *flag {
                    "-o" => options.wide = flags.next() == Some(&"wide"),
                    "-L" => options.label_columns = flags.next().unwrap().split(',').map(String::from).collect(),
                    "--show-labels" => options.show_labels = true,
                    "--no-headers" => options.no_headers = true,
                    "--show-kind" => options.with_kind = true,
                    other => panic!("unknown flag {other}"),
                }
            }
            let mut rows = Vec::new();
            for name in resources.split(',') {
                let plural = name.split('.').next().unwrap();
                let resource = RESOURCES.iter().copied().find(|r| r.plural == plural).expect("a known resource");
                let namespace = if resource.namespaced { "print" } else { "" };
                rows.extend(server.list(resource, namespace).into_iter().map(|o| (resource, o)));
            }
            table::several(&rows, &options, server.now)
        }
        other => panic!("unknown command {other:?}"),
    }
}

/// The lines of two texts that differ.
fn difference(want: &str, got: &str) -> String {
    let (want, got): (Vec<&str>, Vec<&str>) = (want.lines().collect(), got.lines().collect());
    let line = |list: &[&str], i: usize| list.get(i).map_or("(none)".to_string(), |l| format!("{l:?}"));
    let differs = |i: &usize| want.get(*i) != got.get(*i);
    let first = (0..want.len().max(got.len())).filter(differs).take(6);
    first.map(|i| format!("  want {}\n  got  {}\n", line(&want, i), line(&got, i))).collect()
}

#[test]
fn prints_what_kubectl_printed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/print");
    let (mut failures, mut total) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        let mut server = Recorded { objects: recorded.list_at("objects").to_vec(), now: Time(0) };
        for output in recorded.list_at("outputs") {
            total += 1;
            let command: Vec<&str> = output.list_at("command").iter().filter_map(Value::as_str).collect();
            let asked = output["now"].as_f64().unwrap() - Time::EPOCH_UNIX as f64;
            let want = output.str_at("out");
            // kubectl printed up to two seconds after it was asked.
            let mut last = String::new();
            let agrees = (0..200).any(|step| {
                server.now = Time((asked * 1e6) as u64 + step * 10_000);
                last = kubectl(&mut server, &command);
                last == want
            });
            if !agrees {
                failures.push(format!("kubectl {}\n{}", command.join(" "), difference(want, &last)));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {total} differ\n{}", failures.len(), failures.join("\n"));
}

/// What `kubectl create --dry-run=client -f OBJECT -o OUTPUT` printed; where Go's maps have no order, nothing was recorded.
#[test]
fn prints_through_templates_as_kubectl_did() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/templates/templates.json");
    let recorded: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let flags =
        Flags { format: Format::Object, template: "", allow_missing_keys: true, no_headers: false, read: &|_| None };
    let mut failures = String::new();
    for case in recorded.list_at("outputs") {
        let printed = match Output::parse(case.str_at("output"), &flags) {
            Ok(output) => Printer::new(output, false).print(&recorded["object"]),
            Err(error) => Printed { out: String::new(), error: Some(error) },
        };
        let line = |error: String| format!("error: {error}{}", if error.ends_with('\n') { "" } else { "\n" });
        let err = printed.error.map_or(String::new(), line);
        for (want, got) in [(case.str_at("out"), printed.out), (case.str_at("err"), err)] {
            if want != got {
                failures.push_str(&format!("-o {}\n{}", case.str_at("output"), difference(want, &got)));
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
