//! Which Pod, and which container in it, a command means.
//!
//! upstream: kubectl/pkg/polymorphichelpers/attachablepodforobject.go, kubectl/pkg/cmd/util/podcmd/podcmd.go

use super::context::Cx;
use super::failure::{Failure, Outcome};
use super::resources::Info;
use crate::api::resource::PODS;
use crate::api::{ObjectExt, Value};
use crate::collections::sort_by;
use crate::sim::Time;
use std::cmp::Ordering;

/// An object whose Pod is wanted.
#[derive(Clone, Debug)]
pub struct AttachTo {
    /// The object: a Pod, or what selects Pods.
    pub info: Info,
    /// Until when to wait for one.
    pub until: Time,
}

impl AttachTo {
    /// The Pod itself, or the best of those that the object selects; `None` while there is none.
    pub fn pod(&self, cx: &mut Cx) -> Outcome<Option<Value>> {
        let object = &self.info.object;
        if self.info.resource.kind == "Pod" {
            return Ok(Some(object.clone()));
        }
        let selector = selector_of(object)
            .map_err(|why| Failure::new(format!("cannot attach to *v1.{}: {why}", self.info.resource.kind)))?;
        let mut pods = cx.list(&PODS, object.namespace(), &selector)?;
        sort_by(&mut pods, best_first);
        if pods.is_empty() && cx.io.server.now() >= self.until {
            return Err(Failure::new("timed out waiting for the condition"));
        }
        Ok(pods.into_iter().next())
    }
}

/// The label selector of the Pods that belong to an object.
///
/// upstream: kubectl/pkg/polymorphichelpers/helpers.go SelectorsForObject
pub fn selector_of(object: &Value) -> Result<String, String> {
    let kind = object.str_at("kind");
    let pairs = match kind {
        "Service" | "ReplicationController" => object.pairs_at("spec.selector"),
        "ReplicaSet" | "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => {
            object.pairs_at("spec.selector.matchLabels")
        }
        _ => return Err(format!("cannot extract pod selector from *v1.{kind}")),
    };
    if kind == "Service" && pairs.is_empty() {
        return Err(format!("invalid service '{}': Service is defined without a selector", object.name()));
    }
    let mut terms: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
    for e in object.list_at("spec.selector.matchExpressions") {
        let key = e.str_at("key");
        let values: Vec<&str> = e.list_at("values").iter().filter_map(Value::as_str).collect();
        terms.push(match e.str_at("operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_string(),
        });
    }
    Ok(terms.join(","))
}

/// Whether a Pod's `Ready` condition holds, and since when.
pub fn ready(pod: &Value) -> Option<&str> {
    let conditions = pod.list_at("status.conditions");
    let ready = conditions.iter().find(|c| c.str_at("type") == "Ready" && c.str_at("status") == "True")?;
    Some(ready.str_at("lastTransitionTime"))
}

fn rank(pod: &Value) -> (bool, u8, bool, bool) {
    let phase = match pod.str_at("status.phase") {
        "Running" => 0,
        "Unknown" => 1,
        "Pending" => 2,
        _ => 3,
    };
    let deleted = !pod.at("metadata.deletionTimestamp").is_null();
    (pod.str_at("spec.nodeName").is_empty(), phase, ready(pod).is_none(), deleted)
}

fn restarts(pod: &Value) -> i64 {
    pod.list_at("status.containerStatuses").iter().filter_map(|c| c.int_at("restartCount")).max().unwrap_or(0)
}

/// upstream: kubectl/pkg/util/podutils/podutils.go ActivePods, reversed
fn best_first(a: &Value, b: &Value) -> Ordering {
    rank(a)
        .cmp(&rank(b))
        .then_with(|| ready(a).cmp(&ready(b)))
        .then_with(|| restarts(a).cmp(&restarts(b)))
        .then_with(|| a.str_at("metadata.creationTimestamp").cmp(b.str_at("metadata.creationTimestamp")))
}

/// upstream: kubectl/pkg/util/podutils/podutils.go ByLogging
pub fn for_logs_first(a: &Value, b: &Value) -> Ordering {
    let (x, y) = (rank(a), rank(b));
    (x.0, x.1, x.2)
        .cmp(&(y.0, y.1, y.2))
        .then_with(|| ready(a).cmp(&ready(b)))
        .then_with(|| restarts(b).cmp(&restarts(a)))
        .then_with(|| a.str_at("metadata.creationTimestamp").cmp(b.str_at("metadata.creationTimestamp")))
}

const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The container that is meant: the one named, else the annotated, else the first, which is said.
pub fn container(cx: &mut Cx, pod: &Value, wanted: &str, quiet: bool) -> Outcome<String> {
    let annotated = pod.at("metadata.annotations").get(DEFAULT_CONTAINER).and_then(Value::as_str).unwrap_or("");
    let name = if wanted.is_empty() { annotated } else { wanted };
    let lists = [("containers", ""), ("ephemeralContainers", " (ephem)"), ("initContainers", " (init)")];
    let mut all = Vec::new();
    let mut known = false;
    for (list, mark) in lists {
        for c in pod.at("spec").list_at(list) {
            known |= c.str_at("name") == name;
            all.push(format!("{}{mark}", c.str_at("name")));
        }
    }
    let all_names = all.join(", ");
    if known {
        return Ok(name.to_string());
    }
    if !name.is_empty() {
        return Err(Failure::new(format!("container {name} is not valid for pod {} out of: {all_names}", pod.name())));
    }
    let Some(first) = pod.list_at("spec.containers").first() else {
        let text = format!("pod {}/{} does not have any containers", pod.namespace(), pod.name());
        return Err(Failure::new(text));
    };
    let first = first.str_at("name").to_string();
    if !quiet && all.len() > 1 {
        cx.complain(&format!("Defaulted container {} out of: {all_names}", crate::api::error::go_quote(&first)));
    }
    Ok(first)
}
