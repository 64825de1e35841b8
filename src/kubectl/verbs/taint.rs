//! `kubectl taint`
//!
//! upstream: kubectl/pkg/cmd/taint/taint.go, utils.go

use super::{for_each, set, written};
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use serde_json::json;

/// Sets and removes taints of nodes.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let dry = cx.dry_run()?;
    let validation = cx.field_validation()?;
    let (mut resources, mut specs) = (Vec::new(), Vec::new());
    for arg in &cx.s.flags.args {
        let spec = arg.contains([':', '=']) || arg.ends_with('-');
        match (spec, specs.is_empty()) {
            (true, _) => specs.push(arg.clone()),
            (false, true) => resources.push(arg.clone()),
            (false, false) => {
                return Err(Failure::new(format!("all resources must be specified before taint changes: {arg}")));
            }
        }
    }
    if resources.is_empty() {
        return Err(Failure::new("one or more resources must be specified as <resource> <name>"));
    }
    if specs.is_empty() {
        return Err(Failure::new("at least one taint update is required"));
    }
    let (add, remove) = taints(&specs).map_err(|why| cx.usage(&why))?;
    let all = cx.s.flags.on("all");
    let kind = resources.first().map_or("", String::as_str);
    if !matches!(kind, "node" | "nodes" | "no") && !kind.contains('/') {
        return Err(Failure::new(format!("invalid resource type {kind}, only node types are supported")));
    }
    if resources.len() < 2 && !kind.contains('/') && !all && !cx.s.flags.has("selector") {
        let text = "at least one resource name must be specified since 'all' parameter is not set";
        return Err(Failure::new(text));
    }
    let found = Builder::new(cx, &resources).infos(cx)?;
    for_each(found, |info| {
        let (changed, done) = tainted(cx, &info, &add, &remove)?;
        let object = if dry == DryRun::Client {
            changed
        } else {
            set::send_checked(cx, &info, changed, "kubectl-taint", validation, dry)?
        };
        // It never says that it was only tried.
        written(cx, &object, done, DryRun::None)
    })?;
    Ok(Flow::Done)
}

/// A taint as it is written: `KEY=VALUE:EFFECT`.
fn shown(taint: &Value) -> String {
    let (key, value, effect) = (taint.str_at("key"), taint.str_at("value"), taint.str_at("effect"));
    match (value, effect) {
        ("", "") => key.into(),
        ("", effect) => format!("{key}:{effect}"),
        (value, "") => format!("{key}={value}:"),
        (value, effect) => format!("{key}={value}:{effect}"),
    }
}

/// upstream: kubectl/pkg/cmd/taint/utils.go parseTaints
fn taints(specs: &[String]) -> Result<(Vec<Value>, Vec<Value>), String> {
    let (mut add, mut remove): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for spec in specs {
        let (text, removing) = match spec.strip_suffix('-') {
            Some(text) => (text, true),
            None => (spec.as_str(), false),
        };
        let (pair, effect) = match text.split(':').collect::<Vec<_>>().as_slice() {
            [pair] => (*pair, ""),
            [pair, effect] => (*pair, *effect),
            _ => return Err(format!("invalid taint spec: {text}")),
        };
        let (key, value) = match pair.split('=').collect::<Vec<_>>().as_slice() {
            [key] => (*key, ""),
            [key, value] => (*key, *value),
            _ => return Err(format!("invalid taint spec: {text}")),
        };
        if !matches!(effect, "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
            return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
        }
        if effect.is_empty() && !removing {
            let bad = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
            return Err(if pair.contains('=') {
                format!("invalid taint spec: {text}, {bad}")
            } else {
                format!("invalid taint spec: {text}")
            });
        }
        let mut taint = json!({"key": key, "effect": effect});
        if !value.is_empty() && !removing {
            taint.set("value", value);
        }
        let list = if removing { &mut remove } else { &mut add };
        if list.iter().any(|t| t.str_at("key") == key && t.str_at("effect") == effect) && !removing {
            let text = format!("{{{key} {value} {effect} <nil>}}");
            return Err(format!("duplicated taints with the same key and effect: {text}"));
        }
        list.push(taint);
    }
    Ok((add, remove))
}

fn tainted(cx: &Cx, info: &Info, add: &[Value], remove: &[Value]) -> Outcome<(Value, &'static str)> {
    let mut taints = info.object.list_at("spec.taints").to_vec();
    let same = |a: &Value, b: &Value| a.str_at("key") == b.str_at("key") && a.str_at("effect") == b.str_at("effect");
    if !cx.s.flags.on("overwrite") {
        let keys: Vec<&str> =
            add.iter().filter(|t| taints.iter().any(|old| same(old, t))).map(|t| t.str_at("key")).collect();
        if !keys.is_empty() {
            let (name, keys) = (&info.name, keys.join(" "));
            let text = format!("node {name} already has {keys} taint(s) with same effect(s) and --overwrite is false");
            return Err(Failure::new(text));
        }
    }
    let mut failures = Vec::new();
    for gone in remove {
        let hit =
            |t: &Value| t.str_at("key") == gone.str_at("key") && (gone.str_at("effect").is_empty() || same(t, gone));
        let before = taints.len();
        taints.retain(|t| !hit(t));
        if taints.len() == before {
            failures.push(Failure::new(format!("taint {} not found", go_quote(&shown(gone)))));
        }
    }
    Failure::all(failures)?;
    let changes = |t: &&Value| info.object.list_at("spec.taints").iter().any(|old| same(old, t));
    let removed = !remove.is_empty() || add.iter().any(|t| changes(&t));
    for new in add {
        taints.retain(|t| !same(t, new));
        taints.insert(0, new.clone());
    }
    let mut changed = info.object.clone();
    if taints.is_empty() {
        changed.unset("spec.taints");
    } else {
        changed.set("spec.taints", Value::Array(taints));
    }
    let done = match (add.is_empty(), removed) {
        (false, true) => "modified",
        (true, _) => "untainted",
        _ => "tainted",
    };
    Ok((changed, done))
}
