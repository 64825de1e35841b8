//! `kubectl label` and `kubectl annotate`
//!
//! upstream: kubectl/pkg/cmd/label/label.go, kubectl/pkg/cmd/annotate/annotate.go

use super::{for_each, written};
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Method;
use crate::collections::sort;
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use crate::kubectl::{present, strategic};
use serde_json::Map;

/// What to set and what to take away.
#[derive(Clone, Debug, Default)]
struct Changes {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

/// `kubectl label`
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let (resources, pairs) = split(&cx.s.flags.args, "label")?;
    let changes = label_changes(&pairs)?;
    let listing = cx.s.flags.on("list");
    checked(cx, &resources, listing, changes.set.is_empty() && changes.remove.is_empty(), "label")?;
    each(cx, &resources, |cx, mut info, single| {
        let before = labels_of(&info.object, "labels");
        if !listing && dry != DryRun::Client {
            for key in changes.remove.iter().filter(|k| !before.contains_key(*k)) {
                cx.line(&format!("label {} not found.", go_quote(key)));
            }
        }
        if !cx.s.flags.on("overwrite") {
            let taken: Vec<Failure> = changes.set.iter().filter_map(|(k, v)| clash(&before, k, v)).collect();
            Failure::all(
                taken.into_iter().map(|f| f.reworded(|t| format!("{t}, and --overwrite is false"))).collect(),
            )?;
        }
        let (done, after) = changed(before, &changes);
        if listing {
            return list(cx, &info, &after, single, "labels");
        }
        let words = match done {
            (true, true) => "modified",
            (true, false) => "labeled",
            (false, true) => "unlabeled",
            (false, false) => "not labeled",
        };
        put(cx, &mut info, "labels", after, "kubectl-label", dry, done == (false, false))?;
        written(cx, &info.object.clone(), words, dry)
    })
}

/// `kubectl annotate`
pub fn annotate(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let (resources, pairs) = split(&cx.s.flags.args, "annotation")?;
    let changes = annotation_changes(&pairs)?;
    let listing = cx.s.flags.on("list");
    checked(cx, &resources, listing, changes.set.is_empty() && changes.remove.is_empty(), "annotation")?;
    let both: Vec<&str> =
        changes.remove.iter().filter(|k| changes.set.iter().any(|(s, _)| s == *k)).map(String::as_str).collect();
    if !both.is_empty() {
        let both = both.join(", ");
        let text = format!("can not both modify and remove the following annotation(s) in the same command: {both}");
        return Err(Failure::new(text));
    }
    each(cx, &resources, |cx, mut info, single| {
        let before = labels_of(&info.object, "annotations");
        if !cx.s.flags.on("overwrite") {
            let taken: Vec<String> =
                changes.set.iter().filter_map(|(k, v)| clash(&before, k, v)).map(|f| f.message()).collect();
            if !taken.is_empty() {
                let all = taken.join("; ");
                let text = format!("--overwrite is false but found the following declared annotation(s): {all}");
                return Err(Failure::new(text));
            }
        }
        let (_, after) = changed(before, &changes);
        if listing {
            return list(cx, &info, &after, single, "annotations");
        }
        put(cx, &mut info, "annotations", after, "kubectl-annotate", dry, false)?;
        written(cx, &info.object.clone(), "annotated", dry)
    })
}

fn each(cx: &mut Cx, resources: &[String], mut one: impl FnMut(&mut Cx, Info, bool) -> Outcome<()>) -> Outcome<Flow> {
    let builder = Builder { local: cx.s.flags.on("local"), ..Builder::new(cx, resources) };
    let single = builder.single();
    if !single && cx.s.flags.has("resource-version") {
        return Err(Failure::new("--resource-version may only be used with a single resource"));
    }
    let found = builder.infos(cx)?;
    for_each(found, |info| one(cx, info, single))?;
    Ok(Flow::Done)
}

/// Arguments up to the first pair are resources.
///
/// upstream: kubectl/pkg/cmd/util/helpers.go GetResourcesAndPairs
pub fn split(args: &[String], kind: &str) -> Outcome<(Vec<String>, Vec<String>)> {
    let (mut resources, mut pairs) = (Vec::new(), Vec::new());
    for arg in args {
        let pair = arg.contains('=') && !arg.starts_with('=') || arg.ends_with('-') && arg != "-";
        match (pair, pairs.is_empty()) {
            (true, _) => pairs.push(arg.clone()),
            (false, true) => resources.push(arg.clone()),
            (false, false) => {
                let text = format!("all resources must be specified before {kind} changes: {arg}");
                return Err(Failure::new(text));
            }
        }
    }
    Ok((resources, pairs))
}

/// upstream: kubectl/pkg/cmd/label/label.go parseLabels
fn label_changes(pairs: &[String]) -> Outcome<Changes> {
    let mut changes = Changes::default();
    for pair in pairs {
        match pair.split('=').collect::<Vec<_>>().as_slice() {
            [key, value] => {
                if let Some(why) = bad_label_value(value) {
                    return Err(Failure::new(format!("invalid label value: {}: {why}", go_quote(pair))));
                }
                changes.set.retain(|(k, _)| k != key);
                changes.set.push((key.to_string(), value.to_string()));
            }
            [key] => changes.remove.push(key.trim_end_matches('-').to_string()),
            _ => return Err(Failure::new(format!("invalid label spec: {pair}"))),
        }
    }
    if changes.remove.iter().any(|k| changes.set.iter().any(|(s, _)| s == k)) {
        return Err(Failure::new("can not both modify and remove a label in the same command"));
    }
    Ok(changes)
}

/// upstream: apimachinery/pkg/util/validation/validation.go IsValidLabelValue
fn bad_label_value(value: &str) -> Option<String> {
    let mut why = Vec::new();
    if value.len() > 63 {
        why.push("must be no more than 63 bytes");
    }
    let plain = |c: char| c.is_ascii_alphanumeric();
    let fine = value.chars().all(|c| plain(c) || "-_.".contains(c))
        && value.chars().next().is_none_or(plain)
        && value.chars().next_back().is_none_or(plain);
    if !fine {
        why.push("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
    }
    (!why.is_empty()).then(|| why.join(";"))
}

/// upstream: kubectl/pkg/cmd/util/helpers.go ParsePairs
fn annotation_changes(pairs: &[String]) -> Outcome<Changes> {
    let mut changes = Changes::default();
    for pair in pairs {
        match pair.split_once('=') {
            Some((key, value)) => {
                changes.set.retain(|(k, _)| k != key);
                changes.set.push((key.to_string(), value.to_string()));
            }
            None => changes.remove.push(pair.trim_end_matches('-').to_string()),
        }
    }
    sort(&mut changes.set);
    Ok(changes)
}

fn checked(cx: &Cx, resources: &[String], listing: bool, nothing: bool, kind: &str) -> Outcome<()> {
    let flags = &cx.s.flags;
    let problem = if listing && flags.has("output") {
        "--list and --output may not be specified together".to_string()
    } else if flags.on("all") && flags.has("selector") {
        "cannot set --all and --selector at the same time".to_string()
    } else if flags.on("all") && flags.has("field-selector") {
        "cannot set --all and --field-selector at the same time".to_string()
    } else if resources.is_empty() && !flags.has("filename") {
        "one or more resources must be specified as <resource> <name> or <resource>/<name>".to_string()
    } else if nothing && !listing {
        format!("at least one {kind} update is required")
    } else {
        return Ok(());
    };
    Err(Failure::new(problem))
}

fn labels_of(object: &Value, field: &str) -> Map<String, Value> {
    object.at("metadata").at(field).as_object().cloned().unwrap_or_default()
}

fn clash(before: &Map<String, Value>, key: &str, value: &str) -> Option<Failure> {
    let old = before.get(key)?.as_str()?;
    (old != value).then(|| Failure::new(format!("'{key}' already has a value ({old})")))
}

/// What came of it: whether something was set, whether something was removed, and the map.
fn changed(mut map: Map<String, Value>, changes: &Changes) -> ((bool, bool), Map<String, Value>) {
    let (mut added, mut removed) = (false, false);
    for (key, value) in &changes.set {
        let value = Value::String(value.clone());
        if map.get(key) != Some(&value) {
            map.insert(key.clone(), value);
            added = true;
        }
    }
    for key in &changes.remove {
        removed |= map.remove(key).is_some();
    }
    ((added, removed), map)
}

fn list(cx: &mut Cx, info: &Info, map: &Map<String, Value>, single: bool, what: &str) -> Outcome<()> {
    let indent = if single { "" } else { " " };
    if !single {
        let r = info.resource;
        cx.line(&format!("Listing {what} for {}.{}/{}:", r.kind, r.group, info.name));
    }
    for (key, value) in map {
        cx.line(&format!("{indent}{key}={}", value.as_str().unwrap_or("")));
    }
    Ok(())
}

/// Sends the change; without one nothing is sent if `skip`.
fn put(
    cx: &mut Cx,
    info: &mut Info,
    field: &str,
    map: Map<String, Value>,
    manager: &str,
    dry: DryRun,
    skip: bool,
) -> Outcome<()> {
    let mut changed = info.object.clone();
    if !map.is_empty() || !info.object.at("metadata").at(field).is_null() {
        changed.set(&format!("metadata.{field}"), Value::Object(map));
    }
    if cx.s.flags.has("resource-version") {
        changed.set("metadata.resourceVersion", cx.s.flags.text("resource-version"));
        info.object.unset("metadata.resourceVersion");
    }
    if !skip && dry != DryRun::Client && !cx.s.flags.on("local") {
        let patch = strategic::merge_patch(&info.object, &changed);
        let mut request = cx.write(Method::Patch, info.path(), manager, "", dry).body(patch);
        request.content_type = "application/merge-patch+json";
        changed = cx.request(&request)?;
    }
    info.object = changed;
    Ok(())
}
