//! `kubectl set env`
//!
//! upstream: kubectl/pkg/cmd/set/set_env.go

use super::set::{change_pods, each_container, find, selected};
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::present;
use crate::kubectl::resources::Builder;
use serde_json::json;

/// Sets, removes and lists environment variables.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let args = cx.s.flags.args.clone();
    let is_env = |a: &String| a == "-" || a.contains('=') || a.ends_with('-');
    let at = args.iter().position(is_env).unwrap_or(args.len());
    let (resources, pairs) = args.split_at(at);
    if pairs.iter().any(|a| !is_env(a)) {
        let text = format!("all resources must be specified before environment changes: {}", args.join(" "));
        return Err(Failure::new(text));
    }
    if resources.is_empty() && !cx.s.flags.has("filename") {
        let text = "one or more resources must be specified as <resource> <name> or <resource>/<name>";
        return Err(Failure::new(text));
    }
    let (mut set, mut remove): (Vec<Value>, Vec<String>) = (Vec::new(), Vec::new());
    let params: Vec<String> = cx.s.flags.each("env").iter().map(|e| e.to_string()).collect();
    for pair in params.iter().chain(pairs) {
        match pair.split_once('=') {
            Some((name, value)) => set.push(json!({"name": name, "value": value})),
            None => remove.push(pair.trim_end_matches('-').to_string()),
        }
    }
    set.extend(env_from(cx)?);
    let prefix = cx.s.flags.text("prefix").to_string();
    for one in set.iter_mut().filter(|_| !prefix.is_empty()) {
        let name = format!("{prefix}{}", one.str_at("name"));
        one.set("name", name);
    }
    let list = cx.s.flags.on("list");
    let overwrite = cx.s.flags.bool_or("overwrite", true);
    let pattern = cx.s.flags.value("containers").unwrap_or("*").to_string();
    let found = find(cx, resources)?;
    change_pods(cx, found, "env", |cx, info, spec, _| {
        let mut clash = None;
        let mut lines = Vec::new();
        let mut any = false;
        each_container(spec, ["containers", "initContainers"], |c| {
            if !selected(&pattern, c.str_at("name")) {
                return;
            }
            any = true;
            let mut env = c.list_at("env").to_vec();
            for new in set.iter().filter(|_| !overwrite) {
                if let Some(old) = env.iter().find(|e| e.at("name") == new.at("name")) {
                    let (name, value) = (old.str_at("name"), old.str_at("value"));
                    clash = Some(format!("'{name}' already has a value ({value}), and --overwrite is false"));
                }
            }
            update_env(&mut env, &set, &remove);
            if list {
                lines.push(format!("# {} {}, container {}", info.resource.kind, info.name, c.str_at("name")));
                lines.extend(env.iter().map(env_line));
            } else if !env.is_empty() || !c.at("env").is_null() {
                c.set("env", Value::Array(env));
            }
        });
        lines.iter().for_each(|line| cx.line(line));
        if !any {
            let (kind, name) = (info.resource.kind, &info.name);
            let pattern = go_quote(&pattern);
            cx.warn(&format!("{kind}/{name} does not have any containers matching {pattern}"));
        }
        clash.map_or(Ok(()), |text| Err(Failure::new(text)))
    })?;
    Ok(Flow::Done)
}

fn env_line(env: &Value) -> String {
    let (name, from) = (env.str_at("name"), env.at("valueFrom"));
    for (kind, what) in [("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")] {
        if !from.at(kind).is_null() {
            let (object, key) = (from.at(kind).str_at("name"), from.at(kind).str_at("key"));
            return format!("# {name} from {what} {object}, key {key}");
        }
    }
    if !from.at("fieldRef").is_null() {
        return format!("# {name} from field path {}", from.str_at("fieldRef.fieldPath"));
    }
    format!("{name}={}", env.str_at("value"))
}

/// upstream: kubectl/pkg/cmd/set/helper.go updateEnv
fn update_env(env: &mut Vec<Value>, set: &[Value], remove: &[String]) {
    for new in set {
        match env.iter_mut().find(|e| e.at("name") == new.at("name")) {
            Some(old) => *old = new.clone(),
            None => env.push(new.clone()),
        }
    }
    env.retain(|e| !remove.iter().any(|r| r == e.str_at("name")));
}

/// `--from`: every key of a ConfigMap or Secret.
fn env_from(cx: &mut Cx) -> Outcome<Vec<Value>> {
    let from = cx.s.flags.text("from").to_string();
    if from.is_empty() {
        return Ok(Vec::new());
    }
    let keys = cx.s.flags.list("keys");
    let mut all = Vec::new();
    for info in Builder::new(cx, &[from]).infos(cx)? {
        let info = info?;
        let reference = match info.resource.kind {
            "ConfigMap" => "configMapKeyRef",
            "Secret" => "secretKeyRef",
            _ => return Err(Failure::new("unsupported resource specified in --from")),
        };
        for (key, _) in info.object.pairs_at("data") {
            if keys.is_empty() || keys.iter().any(|k| k == key) {
                let name = key.replace(|c: char| !c.is_ascii_alphanumeric(), "_").to_uppercase();
                all.push(json!({"name": name, "valueFrom": {reference: {"name": info.name, "key": key}}}));
            }
        }
    }
    Ok(all)
}
