//! `kubectl rollout`
//!
//! upstream: kubectl/pkg/cmd/rollout, kubectl/pkg/polymorphichelpers

use super::apply::LAST_APPLIED;
use super::{for_each, set, written};
use crate::api::error::go_quote;
use crate::api::resource::REPLICA_SETS;
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Method;
use crate::kubectl::context::{Cx, DryRun, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::tabwriter;
use crate::kubectl::resources::{Builder, Info};
use crate::kubectl::{pods, present, print};
use crate::sim::{Duration, Time};
use serde_json::{Map, json};

const REVISION: &str = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
const HASH: &str = "pod-template-hash";

fn find(cx: &mut Cx) -> Outcome<Vec<Outcome<Info>>> {
    let args = cx.s.flags.args.clone();
    if args.is_empty() && !cx.s.flags.has("filename") {
        return Err(Failure::new("required resource not specified"));
    }
    Builder { type_alone: true, ..Builder::new(cx, &args) }.infos(cx)
}

fn none_found(cx: &mut Cx) {
    let line = format!("No resources found in {} namespace.", cx.s.namespace);
    cx.complain(&line);
}

/// `kubectl rollout status`
pub fn status(cx: &mut Cx) -> Outcome<Flow> {
    let revision = cx.s.flags.int("revision").unwrap_or(0);
    let found = find(cx)?;
    if revision < 0 {
        return Err(Failure::new(format!("revision must be a positive integer: {revision}")));
    }
    if found.is_empty() {
        none_found(cx);
    }
    let mut infos = found.into_iter().collect::<Outcome<Vec<Info>>>()?;
    infos.reverse();
    let until = match cx.s.flags.span_or("timeout", Duration(0)) {
        Some(Duration(0)) | None => None,
        Some(timeout) => Some(cx.io.server.now() + timeout),
    };
    Box::new(Status { infos, revision, until, version: String::new() }).resume(cx)
}

/// Waits until rollouts are complete; says each step once.
#[derive(Clone, Debug)]
struct Status {
    /// The last one first.
    infos: Vec<Info>,
    revision: i64,
    until: Option<Time>,
    version: String,
}

impl Pending for Status {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        while let Some(info) = self.infos.last_mut() {
            match info.refresh(cx) {
                Err(failure) if failure.is_not_found() => return Err(Failure::new("object has been deleted")),
                other => other?,
            }
            let version = info.object.str_at("metadata.resourceVersion").to_string();
            if version != self.version {
                let (text, done) = progress(&info.object, self.revision)?;
                cx.io.out.out(&text);
                if done || !cx.s.flags.bool_or("watch", true) {
                    self.version = String::new();
                    self.infos.pop();
                    continue;
                }
                self.version = version;
            }
            if self.until.is_some_and(|until| cx.io.server.now() >= until) {
                return Err(Failure::new("timed out waiting for the condition"));
            }
            let until = self.until;
            return Ok(Flow::Wait(self, until));
        }
        Ok(Flow::Done)
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}

/// How far a rollout is: what to print, and whether it is complete.
///
/// upstream: kubectl/pkg/polymorphichelpers/rollout_status.go
fn progress(object: &Value, revision: i64) -> Outcome<(String, bool)> {
    let n = |path: &str| object.int_at(path).unwrap_or(0);
    let name = go_quote(object.name());
    let observed = n("metadata.generation") <= n("status.observedGeneration");
    let wanted = object.int_at("spec.replicas").unwrap_or(1);
    let rolling = "rollout status is only available for RollingUpdate strategy type";
    let waiting = |text: String| Ok((format!("{text}...\n"), false));
    match object.str_at("kind") {
        "Deployment" => {
            let at: i64 = annotation(object, REVISION).parse().unwrap_or(0);
            if revision > 0 && revision != at {
                let text = format!("desired revision ({revision}) is different from the running revision ({at})");
                return Err(Failure::new(text));
            }
            if !observed {
                return waiting("Waiting for deployment spec update to be observed".into());
            }
            let conditions = object.list_at("status.conditions");
            let late =
                |c: &Value| c.str_at("type") == "Progressing" && c.str_at("reason") == "ProgressDeadlineExceeded";
            if conditions.iter().any(late) {
                return Err(Failure::new(format!("deployment {name} exceeded its progress deadline")));
            }
            let (updated, all, ready) =
                (n("status.updatedReplicas"), n("status.replicas"), n("status.availableReplicas"));
            let head = format!("Waiting for deployment {name} rollout to finish:");
            if updated < wanted {
                return waiting(format!("{head} {updated} out of {wanted} new replicas have been updated"));
            }
            if all > updated {
                return waiting(format!("{head} {} old replicas are pending termination", all - updated));
            }
            if ready < updated {
                return waiting(format!("{head} {ready} of {updated} updated replicas are available"));
            }
            Ok((format!("deployment {name} successfully rolled out\n"), true))
        }
        "DaemonSet" => {
            if object.str_at("spec.updateStrategy.type") != "RollingUpdate" {
                return Err(Failure::new(rolling));
            }
            if !observed {
                return waiting("Waiting for daemon set spec update to be observed".into());
            }
            let (updated, all) = (n("status.updatedNumberScheduled"), n("status.desiredNumberScheduled"));
            let ready = n("status.numberAvailable");
            let head = format!("Waiting for daemon set {name} rollout to finish:");
            if updated < all {
                return waiting(format!("{head} {updated} out of {all} new pods have been updated"));
            }
            if ready < all {
                return waiting(format!("{head} {ready} of {all} updated pods are available"));
            }
            Ok((format!("daemon set {name} successfully rolled out\n"), true))
        }
        "StatefulSet" => {
            if object.str_at("spec.updateStrategy.type") != "RollingUpdate" {
                return Err(Failure::new(rolling));
            }
            if n("status.observedGeneration") == 0 || !observed {
                return waiting("Waiting for statefulset spec update to be observed".into());
            }
            let ready = n("status.readyReplicas");
            if ready < wanted {
                return waiting(format!("Waiting for {} pods to be ready", wanted - ready));
            }
            let updated = n("status.updatedReplicas");
            let partition = n("spec.updateStrategy.rollingUpdate.partition");
            if updated < wanted - partition {
                let all = wanted - partition;
                let head = "Waiting for partitioned roll out to finish:";
                return waiting(format!("{head} {updated} out of {all} new pods have been updated"));
            }
            Ok((format!("partitioned roll out complete: {updated} new pods have been updated...\n"), true))
        }
        kind => {
            let group = object.str_at("apiVersion").split_once('/').map_or(String::new(), |(g, _)| format!(".{g}"));
            Err(Failure::new(format!("no status viewer has been implemented for {kind}{group}")))
        }
    }
}

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

fn annotation<'a>(object: &'a Value, key: &str) -> &'a str {
    object.at("metadata.annotations").get(key).and_then(Value::as_str).unwrap_or("")
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
    all.sort_by_key(|(revision, _)| *revision);
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
    all.sort_by_key(|(revision, _)| *revision);
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

/// `kubectl rollout restart`
pub fn restart(cx: &mut Cx) -> Outcome<Flow> {
    let now = cx.io.server.now().rfc3339();
    change(cx, "restarted", |object| {
        match object.str_at("kind") {
            "Deployment" if object.bool_at("spec.paused") => {
                return Err("can't restart paused deployment (run rollout resume first)".into());
            }
            "Deployment" | "DaemonSet" | "StatefulSet" => {}
            _ => return Err("restarting is not supported".into()),
        }
        let mut annotations = object.at("spec.template.metadata.annotations").as_object().cloned().unwrap_or_default();
        annotations.insert("kubectl.kubernetes.io/restartedAt".into(), json!(now));
        object.set("spec.template.metadata.annotations", Value::Object(annotations));
        Ok(())
    })
}

/// `kubectl rollout pause`
pub fn pause(cx: &mut Cx) -> Outcome<Flow> {
    change(cx, "paused", |object| match (object.str_at("kind"), object.bool_at("spec.paused")) {
        ("Deployment", true) => Err("is already paused".into()),
        ("Deployment", false) => {
            object.set("spec.paused", true);
            Ok(())
        }
        _ => Err("pausing is not supported".into()),
    })
}

/// `kubectl rollout resume`
pub fn resume(cx: &mut Cx) -> Outcome<Flow> {
    change(cx, "resumed", |object| match (object.str_at("kind"), object.bool_at("spec.paused")) {
        ("Deployment", false) => Err("is not paused".into()),
        ("Deployment", true) => {
            object.unset("spec.paused");
            Ok(())
        }
        _ => Err("resuming is not supported".into()),
    })
}

fn change(cx: &mut Cx, done: &str, how: impl Fn(&mut Value) -> Result<(), String>) -> Outcome<Flow> {
    let found = find(cx)?;
    if found.is_empty() {
        none_found(cx);
    }
    for_each(found, |info| {
        let mut changed = info.object.clone();
        if let Err(why) = how(&mut changed) {
            let what = info.resource.group_resource();
            return Err(Failure::new(format!("error: {what} {} {why}", go_quote(&info.name))));
        }
        if changed == info.object {
            let text = format!(
                "failed to create patch for {}: if restart has already been triggered within the past second, please wait before attempting to trigger another",
                info.name
            );
            return Err(Failure::new(text));
        }
        let object = set::send(cx, &info, changed, "kubectl-rollout", DryRun::None)
            .map_err(|f| Failure::new(format!("failed to patch: {}", f.message())))?;
        written(cx, &object, done, DryRun::None)
    })?;
    Ok(Flow::Done)
}
