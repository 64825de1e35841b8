//! `kubectl rollout history` and `undo`
//!
//! upstream: kubectl/pkg/cmd/rollout, kubectl/pkg/polymorphichelpers/{history,rollback}.go

use super::apply::LAST_APPLIED;
use super::rollout::{REVISION, annotation, find};
use super::{for_each, written};
use crate::api::error::go_quote;
use crate::api::resource::REPLICA_SETS;
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Method;
use crate::collections::sort_by_key;
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::tabwriter;
use crate::kubectl::resources::Info;
use crate::kubectl::{pods, present, print};
use serde_json::{Map, json};

const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
const HASH: &str = "pod-template-hash";

/// Kinds that make Pods are known and refused; others are not known at all.
///
/// upstream: kubectl/pkg/apps/kind_visitor.go GroupKindElement.Accept
fn not_visited(what: &str, refused: &str, info: &Info) -> Failure {
    let (kind, group) = (info.resource.kind, info.resource.group);
    let dot = if group.is_empty() { "" } else { "." };
    let shown = go_quote(&format!("{kind}{dot}{group}"));
    match kind {
        "ReplicaSet" | "ReplicationController" | "Pod" | "Job" | "CronJob" | "DaemonSet" | "StatefulSet" => {
            Failure::new(format!("{refused} {shown}"))
        }
        _ => Failure::new(format!(
            "error retrieving {what} for {shown}, no visitor method exists for {{{group} {kind}}}"
        )),
    }
}

/// A workload's ReplicaSets with their revisions, the oldest first.
fn revisions(cx: &mut Cx, deployment: &Value) -> Outcome<Vec<(i64, Value)>> {
    let selector = pods::selector_of(deployment).map_err(Failure::new)?;
    let sets = cx.list(&REPLICA_SETS, deployment.namespace(), &selector)?;
    let owned = |set: &Value| {
        set.list_at("metadata.ownerReferences")
            .iter()
            .any(|o| o.bool_at("controller") && o.str_at("uid") == deployment.uid())
    };
    let mut all: Vec<(i64, Value)> = sets
        .into_iter()
        .filter(owned)
        .filter_map(|set| annotation(&set, REVISION).parse().ok().map(|revision| (revision, set)))
        .collect();
    sort_by_key(&mut all, |(revision, _)| *revision);
    Ok(all)
}

/// `kubectl rollout history`
pub fn history(cx: &mut Cx) -> Outcome<Flow> {
    let found = find(cx)?;
    let revision = cx.s.flags.int("revision").unwrap_or(0);
    if revision < 0 {
        return Err(Failure::new(format!("revision must be a positive integer: {revision}")));
    }
    for_each(found, |info| {
        let all = match info.resource.kind {
            "Deployment" => revisions(cx, &info.object)?,
            "DaemonSet" | "StatefulSet" => controller_revisions(cx, &info.object)?,
            _ => return Err(not_visited("history", "no history viewer has been implemented for", &info)),
        };
        let one = all.iter().find(|(r, _)| *r == revision);
        if revision > 0 && one.is_none() {
            return Err(Failure::new("unable to find the specified revision"));
        }
        if !present::format(cx).is_empty() {
            let shown = all.iter().filter(|(r, _)| revision == 0 || *r == revision);
            return shown.map(|(_, set)| set).try_for_each(|set| present::object_out(cx, set));
        }
        let text = match one {
            Some((_, set)) => pod_template(set),
            None if all.is_empty() => "No rollout history found.".to_string(),
            None => {
                let mut text = String::from("REVISION\tCHANGE-CAUSE\n");
                for (r, set) in &all {
                    let cause = annotation(set, CHANGE_CAUSE);
                    text.push_str(&format!("{r}\t{}\n", if cause.is_empty() { "<none>" } else { cause }));
                }
                tabwriter::layout(&text, tabwriter::DESCRIPTION)
            }
        };
        let with = if revision > 0 { format!("with revision #{revision}") } else { String::new() };
        written(cx, &info.object, &format!("{with}\n{text}"), DryRun::None)
    })?;
    Ok(Flow::Done)
}

/// A revision's Pod template as it is described.
fn pod_template(set: &Value) -> String {
    let mut template = set.at("spec.template").clone();
    let cause = annotation(set, CHANGE_CAUSE);
    if !cause.is_empty() {
        let mut annotations = template.at("metadata.annotations").as_object().cloned().unwrap_or_default();
        annotations.insert(CHANGE_CAUSE.into(), json!(cause));
        template.set("metadata.annotations", Value::Object(annotations));
    }
    print::describe::pod_template(&template)
}

fn controller_revisions(cx: &mut Cx, object: &Value) -> Outcome<Vec<(i64, Value)>> {
    let selector = pods::selector_of(object).map_err(Failure::new)?;
    let all = cx.list(&crate::api::resource::CONTROLLER_REVISIONS, object.namespace(), &selector)?;
    let mut all: Vec<(i64, Value)> = all
        .into_iter()
        .filter(|r| r.list_at("metadata.ownerReferences").iter().any(|o| o.str_at("uid") == object.uid()))
        .map(|mut r| {
            let template = r.at("data.spec.template").clone();
            r.set("spec.template", template);
            (r.int_at("revision").unwrap_or(0), r)
        })
        .collect();
    sort_by_key(&mut all, |(revision, _)| *revision);
    Ok(all)
}

/// `kubectl rollout undo`
pub fn undo(cx: &mut Cx) -> Outcome<Flow> {
    let dry = cx.dry_run()?;
    let found = find(cx)?;
    let to = cx.s.flags.int("to-revision").unwrap_or(0);
    for_each(found, |info| {
        if !annotation(&info.object, LAST_APPLIED).is_empty() {
            let what = format!("{}/{}", info.resource.plural, info.name);
            cx.warn(&format!("resource {what} was previously managed with 'kubectl apply'. Rolling back will not update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead."));
        }
        if info.resource.kind != "Deployment" {
            return Err(not_visited("rollbacker", "no rollbacker has been implemented for", &info));
        }
        let done = roll_back(cx, &info, to, dry)?;
        written(cx, &info.object, &done, dry)
    })?;
    Ok(Flow::Done)
}

/// upstream: kubectl/pkg/polymorphichelpers/rollback.go DeploymentRollbacker.Rollback
fn roll_back(cx: &mut Cx, info: &Info, to: i64, dry: DryRun) -> Outcome<String> {
    let all = revisions(cx, &info.object)?;
    let chosen = match to {
        0 => all.len().checked_sub(2).and_then(|i| all.get(i)),
        _ => all.iter().find(|(r, _)| *r == to),
    };
    let Some((_, set)) = chosen else {
        let text = match to {
            0 => format!("no rollout history found for deployment {}", go_quote(&info.name)),
            _ => format!("unable to find specified revision {to} in history"),
        };
        return Err(Failure::new(text));
    };
    let mut template = set.at("spec.template").clone();
    if dry == DryRun::Client {
        return Ok(pod_template(set));
    }
    if info.object.bool_at("spec.paused") {
        let text =
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again";
        return Err(Failure::new(text));
    }
    if let Some(Value::Object(labels)) = template.pointer_mut("/metadata/labels") {
        labels.remove(HASH);
    }
    if &template == info.object.at("spec.template") {
        return Ok(format!("skipped rollback (current template already matches revision {to})"));
    }
    let annotations = annotations_after(&info.object, set);
    let body = json!([
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]);
    let mut request = cx.write(Method::Patch, info.path(), "", "", dry).body(body);
    request.content_type = "application/json-patch+json";
    cx.request(&request).map_err(|f| Failure::new(format!("failed restoring revision {to}: {}", f.message())))?;
    Ok("rolled back".into())
}

/// Which annotations a rolled back Deployment has: its own of kubectl and its controller, the others of the revision.
fn annotations_after(deployment: &Value, set: &Value) -> Map<String, Value> {
    const OWN: [&str; 6] = [
        LAST_APPLIED,
        REVISION,
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    ];
    let of = |v: &Value| v.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    let mut kept: Map<String, Value> = of(deployment).into_iter().filter(|(k, _)| OWN.contains(&k.as_str())).collect();
    kept.extend(of(set).into_iter().filter(|(k, _)| !OWN.contains(&k.as_str())));
    kept
}
