//! `kubectl set`
//!
//! upstream: kubectl/pkg/cmd/set

use super::{for_each, label, written};
use crate::api::error::go_quote;
use crate::api::selector::{Operator, Selector};
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Method;
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use crate::kubectl::{present, strategic};
use serde_json::{Map, json};

const MANAGER: &str = "kubectl-set";

/// `kubectl set selector`
///
/// upstream: kubectl/pkg/cmd/set/set_selector.go
pub fn selector(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let Some((text, resources)) = cx.s.flags.args.clone().split_last().map(|(l, r)| (l.clone(), r.to_vec())) else {
        return Err(Failure::new("one selector is required"));
    };
    let found = find(cx, &resources)?;
    let selector = match_labels(&text)?;
    for_each(found, |info| {
        if info.resource.kind != "Service" {
            return Err(Failure::new("setting a selector is only supported for Services"));
        }
        let mut changed = info.object.clone();
        changed.set("spec.selector", Value::Object(selector.clone()));
        let object = send(cx, &info, changed, MANAGER, dry)?;
        written(cx, &object, "selector updated", dry)
    })?;
    Ok(Flow::Done)
}

/// A selector of equalities; others are refused as Go prints them.
///
/// upstream: kubectl/pkg/cmd/set/set_selector.go updateSelectorForObject
fn match_labels(text: &str) -> Outcome<Map<String, Value>> {
    let parsed = Selector::parse(text)
        .map_err(|why| Failure::new(format!("couldn't parse the selector string {}: {why}", go_quote(text))))?;
    let mut labels = Map::new();
    let mut others = Vec::new();
    for r in &parsed.requirements {
        let values = r.values.join(" ");
        let operator = match r.operator {
            Operator::Equals | Operator::DoubleEquals => {
                labels.insert(r.key.clone(), json!(values));
                continue;
            }
            Operator::In => "In",
            Operator::NotIn | Operator::NotEquals => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            _ => return Err(Failure::new(format!("{} is not a valid label selector operator", go_quote(text)))),
        };
        others.push(format!("{{{} {operator} [{values}]}}", r.key));
    }
    if !others.is_empty() {
        let text = format!("match expression [{}] not supported on this object", others.join(" "));
        return Err(Failure::new(text));
    }
    Ok(labels)
}

/// What the command line names.
pub fn find(cx: &mut Cx, resources: &[String]) -> Outcome<Vec<Outcome<Info>>> {
    let local = cx.s.flags.on("local");
    Builder { local, type_alone: cx.s.flags.on("all"), ..Builder::new(cx, resources) }.infos(cx)
}

/// Sends the difference as a strategic merge patch; the object then.
pub fn send(cx: &mut Cx, info: &Info, changed: Value, manager: &str, dry: DryRun) -> Outcome<Value> {
    send_checked(cx, info, changed, manager, "", dry)
}

/// The same with a field validation.
pub fn send_checked(
    cx: &mut Cx,
    info: &Info,
    changed: Value,
    manager: &str,
    validation: &str,
    dry: DryRun,
) -> Outcome<Value> {
    if dry == DryRun::Client || cx.s.flags.on("local") {
        return Ok(changed);
    }
    let patch = strategic::two_way(&info.object, &changed);
    let mut request = cx.write(Method::Patch, info.path(), manager, validation, dry).body(patch);
    request.content_type = "application/strategic-merge-patch+json";
    cx.request(&request)
}

/// Where a kind's Pod spec lies.
///
/// upstream: kubectl/pkg/polymorphichelpers/updatepodspecforobject.go
fn pod_spec(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("spec"),
        "ReplicationController" | "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" | "Job" => {
            Some("spec.template.spec")
        }
        "CronJob" => Some("spec.jobTemplate.spec.template.spec"),
        _ => None,
    }
}

/// Changes Pod specs, sends what differs and says so.
///
/// upstream: kubectl/pkg/cmd/set/helper.go CalculatePatches
pub fn change_pods(
    cx: &mut Cx,
    found: Vec<Outcome<Info>>,
    what: &str,
    mut how: impl FnMut(&mut Cx, &Info, &mut Value, &mut Vec<Failure>) -> Outcome<()>,
) -> Outcome<()> {
    let dry = cx.dry_run()?;
    let mut failures = Vec::new();
    for one in found {
        let info = match one {
            Ok(info) => info,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let mut changed = info.object.clone();
        let named = |why: &str| Failure::new(format!("error: {}/{} {why}\n", info.resource.plural, info.name));
        let Some(path) = pod_spec(info.resource.kind) else {
            let kind = format!("*{}.{}", info.resource.version, info.resource.kind);
            failures.push(named(&format!("the object is not a pod or does not have a pod template: {kind}")));
            continue;
        };
        let mut spec = changed.at(path).clone();
        if let Err(failure) = how(cx, &info, &mut spec, &mut failures) {
            failures.push(named(&failure.message()));
            continue;
        }
        changed.set(path, spec);
        if changed == info.object {
            continue;
        }
        match send(cx, &info, changed, MANAGER, dry) {
            Ok(object) => written(cx, &object, &format!("{what} updated"), dry)?,
            Err(failure) => {
                let colon = if what == "resource requirements" { "" } else { ":" };
                let what = if what == "resource requirements" { "resources" } else { what };
                let text = format!("failed to patch {what} update to pod template{colon} {}", failure.message());
                failures.push(Failure::new(text));
            }
        }
    }
    Failure::all(failures)
}

/// A Pod spec's containers, the init containers last or first.
pub fn each_container(spec: &mut Value, lists: [&str; 2], mut how: impl FnMut(&mut Value)) {
    for list in lists {
        if let Some(Value::Array(containers)) = spec.get_mut(list) {
            containers.iter_mut().for_each(&mut how);
        }
    }
}

/// `kubectl set image`
///
/// upstream: kubectl/pkg/cmd/set/set_image.go
pub fn image(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let (resources, pairs) = label::split(&cx.s.flags.args, "image")?;
    let mut images: Vec<(String, String)> = Vec::new();
    let mut bad = Vec::new();
    for pair in &pairs {
        match pair.split_once('=') {
            Some((name, image)) => images.push((name.into(), image.into())),
            None => bad.push(pair.as_str()),
        }
    }
    if !bad.is_empty() {
        return Err(Failure::new(format!("invalid image format: {}", bad.join(", "))));
    }
    let wildcard = images.iter().any(|(name, _)| name == "*");
    // The real one looks everything up before it checks.
    let found = find(cx, &resources)?;
    let mut problems = Vec::new();
    if cx.s.flags.on("all") && cx.s.flags.has("selector") {
        problems.push("cannot set --all and --selector at the same time");
    }
    if resources.is_empty() && !cx.s.flags.has("filename") {
        problems.push("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    }
    if images.is_empty() {
        problems.push("at least one image update is required");
    } else if images.len() > 1 && wildcard {
        problems.push(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs",
        );
    }
    Failure::all(problems.into_iter().map(Failure::new).collect())?;
    change_pods(cx, found, "image", |_, _, spec, failures| {
        for (name, image) in &images {
            let mut hit = false;
            each_container(spec, ["initContainers", "containers"], |c| {
                if name == "*" || c.str_at("name") == name {
                    hit = true;
                    c.set("image", image.as_str());
                }
            });
            if !hit {
                failures.push(Failure::new(format!("error: unable to find container named {}", go_quote(name))));
            }
        }
        Ok(())
    })?;
    Ok(Flow::Done)
}

/// Whether a container's name matches `-c`, where `*` stands for anything.
pub fn selected(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.starts_with(head) && name.ends_with(tail) && name.len() >= head.len() + tail.len(),
    }
}

/// `kubectl set resources`
///
/// upstream: kubectl/pkg/cmd/set/set_resources.go
pub fn resources(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let args = cx.s.flags.args.clone();
    let found = find(cx, &args)?;
    let (limits, requests) = (cx.s.flags.text("limits").to_string(), cx.s.flags.text("requests").to_string());
    if limits.is_empty() && requests.is_empty() {
        let text = "you must specify an update to requests or limits (in the form of --requests/--limits)";
        return Err(Failure::new(text));
    }
    let limits = quantities(&limits)?;
    let requests = quantities(&requests)?;
    let pattern = cx.s.flags.value("containers").unwrap_or("*").to_string();
    change_pods(cx, found, "resource requirements", |_, _, spec, failures| {
        let mut any = false;
        each_container(spec, ["containers", "initContainers"], |c| {
            if selected(&pattern, c.str_at("name")) {
                any = true;
                for (list, values) in [("limits", &limits), ("requests", &requests)] {
                    for (name, value) in values {
                        c.set(&format!("resources.{list}.{name}"), value.as_str());
                    }
                }
            }
        });
        if !any {
            failures.push(Failure::new(format!("error: unable to find container named {pattern}")));
        }
        Ok(())
    })?;
    Ok(Flow::Done)
}

/// `cpu=100m,memory=64Mi`
///
/// upstream: kubectl/pkg/generate/versioned/run.go populateResourceListV1
pub fn quantities(text: &str) -> Outcome<Vec<(String, String)>> {
    let mut all = Vec::new();
    for pair in text.split(',').filter(|_| !text.is_empty()) {
        match pair.split('=').collect::<Vec<_>>().as_slice() {
            [name, value] if is_quantity(value) => all.push((name.to_string(), value.to_string())),
            [_, _] => {
                let text =
                    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
                return Err(Failure::new(text));
            }
            _ => {
                let text = format!("Invalid argument syntax {pair}, expected <resource>=<value>");
                return Err(Failure::new(text));
            }
        }
    }
    Ok(all)
}

fn is_quantity(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    number.parse::<f64>().is_ok()
        && matches!(
            unit,
            "" | "m" | "u" | "n" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei"
        )
}

/// `kubectl set serviceaccount`
///
/// upstream: kubectl/pkg/cmd/set/set_serviceaccount.go
pub fn service_account(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let args = cx.s.flags.args.clone();
    let Some((name, resources)) = args.split_last().filter(|_| !args.is_empty()) else {
        return Err(Failure::new("serviceaccount is required"));
    };
    let found = find(cx, resources)?;
    change_pods(cx, found, "serviceaccount", |_, _, spec, _| {
        spec.set("serviceAccountName", name.as_str());
        Ok(())
    })?;
    Ok(Flow::Done)
}
