//! `kubectl rollout status`, `restart`, `pause` and `resume`
//!
//! upstream: kubectl/pkg/cmd/rollout, kubectl/pkg/polymorphichelpers

use super::{for_each, set, written};
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, DryRun, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use crate::sim::{Duration, Time};
use serde_json::json;

/// Where a Deployment and its ReplicaSets say their revision.
pub const REVISION: &str = "deployment.kubernetes.io/revision";

/// What the command line names.
pub fn find(cx: &mut Cx) -> Outcome<Vec<Outcome<Info>>> {
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

/// An annotation, empty where there is none.
pub fn annotation<'a>(object: &'a Value, key: &str) -> &'a str {
    object.at("metadata.annotations").get(key).and_then(Value::as_str).unwrap_or("")
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
