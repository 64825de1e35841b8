//! `kubectl cordon`, `uncordon` and `drain`
//!
//! upstream: kubectl/pkg/cmd/drain/drain.go, kubectl/pkg/drain

use super::written;
use crate::api::error::go_quote;
use crate::api::resource::{NODES, PODS};
use crate::api::{ObjectExt, Value};
use crate::cluster::request::{Method, Request};
use crate::kubectl::context::{Cx, DryRun, Flow, Pending, object_path};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use crate::sim::{Duration, Time};
use serde_json::json;

/// `kubectl cordon`
pub fn cordon(cx: &mut Cx) -> Outcome<Flow> {
    let nodes = nodes(cx, "cordon NODE")?;
    mark(cx, &nodes, true)?;
    Ok(Flow::Done)
}

/// `kubectl uncordon`
pub fn uncordon(cx: &mut Cx) -> Outcome<Flow> {
    let nodes = nodes(cx, "uncordon NODE")?;
    mark(cx, &nodes, false)?;
    Ok(Flow::Done)
}

fn nodes(cx: &mut Cx, usage: &str) -> Outcome<Vec<Info>> {
    let args = cx.s.flags.args.clone();
    let selector = cx.s.flags.text("selector").to_string();
    if args.is_empty() && selector.is_empty() {
        return Err(cx.usage(&format!("USAGE: {usage} [flags]")));
    }
    if !args.is_empty() && !selector.is_empty() {
        return Err(cx.usage("error: cannot specify both a node name and a --selector option"));
    }
    let words: Vec<String> = match args.iter().any(|a| a.contains('/')) {
        true => args.iter().map(|a| if a.contains('/') { a.clone() } else { format!("node/{a}") }).collect(),
        false => [vec!["nodes".to_string()], args].concat(),
    };
    let infos = Builder { args: words, selector, read: true, ..Builder::default() }.infos(cx)?;
    let mut nodes = Vec::new();
    for info in infos {
        let info = info?;
        if info.resource != &NODES {
            let what = go_quote(&info.resource.group_resource());
            return Err(Failure::new(format!("error: expected resource of type node, got {what}")));
        }
        nodes.push(info);
    }
    Ok(nodes)
}

/// upstream: kubectl/pkg/cmd/drain/drain.go RunCordonOrUncordon
fn mark(cx: &mut Cx, nodes: &[Info], cordon: bool) -> Outcome<()> {
    let dry = cx.dry_run()?;
    let un = if cordon { "" } else { "un" };
    for node in nodes {
        if node.object.bool_at("spec.unschedulable") == cordon {
            written(cx, &node.object, &format!("already {un}cordoned"), dry)?;
            continue;
        }
        if dry != DryRun::Client {
            let value = if cordon { json!(true) } else { Value::Null };
            let body = json!({"spec": {"unschedulable": value}});
            let mut request = cx.write(Method::Patch, node.path(), "", "", dry).body(body);
            request.content_type = "application/strategic-merge-patch+json";
            if let Err(failure) = cx.request(&request) {
                let text = format!("error: unable to {un}cordon node {}: {}", go_quote(&node.name), failure.message());
                cx.complain(&text);
                continue;
            }
        }
        written(cx, &node.object, &format!("{un}cordoned"), dry)?;
    }
    Ok(())
}

/// `kubectl drain`
pub fn drain(cx: &mut Cx) -> Outcome<Flow> {
    let mut nodes = nodes(cx, "drain NODE")?;
    mark(cx, &nodes, true)?;
    nodes.reverse();
    let until = match cx.s.flags.span_or("timeout", Duration(0)) {
        Some(Duration(0)) | None => None,
        Some(timeout) => Some(cx.io.server.now() + timeout),
    };
    Box::new(Drain { nodes, evicting: None, until, failed: Vec::new() }).resume(cx)
}

/// Nodes being emptied, the last one first.
#[derive(Clone, Debug)]
struct Drain {
    nodes: Vec<Info>,
    /// The current node's Pods: those to evict, and those evicted but still there.
    evicting: Option<(Vec<Value>, Vec<Value>)>,
    until: Option<Time>,
    failed: Vec<(String, Failure)>,
}

impl Pending for Drain {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        while let Some(node) = self.nodes.last().cloned() {
            match self.empty(cx, &node) {
                Ok(None) => {
                    let dry = cx.dry_run()?;
                    written(cx, &node.object, "drained", dry)?;
                }
                Ok(Some(until)) => return Ok(Flow::Wait(self, Some(until))),
                Err(failure) => {
                    let name = go_quote(&node.name);
                    let why = failure.message();
                    let text = format!("error: unable to drain node {name} due to error: {why}, continuing command...");
                    cx.complain(&text);
                    self.failed.push((node.name.clone(), failure));
                }
            }
            self.evicting = None;
            self.nodes.pop();
        }
        if !self.failed.is_empty() {
            cx.complain("There are pending nodes to be drained:");
            for (name, _) in &self.failed {
                cx.complain(&format!(" {name}"));
            }
        }
        Failure::all(self.failed.into_iter().map(|(_, f)| f).collect())?;
        Ok(Flow::Done)
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}

impl Drain {
    /// Goes on with one node: done, or when to look again.
    fn empty(&mut self, cx: &mut Cx, node: &Info) -> Outcome<Option<Time>> {
        let dry = cx.dry_run()?;
        let (waiting, gone) = match self.evicting.take() {
            Some(evicting) => evicting,
            None => {
                let pods = to_evict(cx, &node.name)?;
                if dry != DryRun::None {
                    for pod in &pods {
                        cx.line(&format!("evicting pod {}/{}{}", pod.namespace(), pod.name(), dry.suffix()));
                    }
                    return Ok(None);
                }
                (pods, Vec::new())
            }
        };
        let mut gone = gone;
        let mut refused = Vec::new();
        for pod in waiting {
            cx.line(&format!("evicting pod {}/{}", pod.namespace(), pod.name()));
            match evict(cx, &pod) {
                Ok(()) => gone.push(pod),
                Err(f) if f.is_not_found() => gone.push(pod),
                Err(f) if f.reason() == "TooManyRequests" => {
                    let (name, namespace) = (go_quote(pod.name()), go_quote(pod.namespace()));
                    let why = f.message();
                    cx.complain(&format!(
                        "error when evicting pods/{name} -n {namespace} (will retry after 5s): {why}"
                    ));
                    refused.push(pod);
                }
                Err(f) => {
                    let (name, namespace) = (go_quote(pod.name()), go_quote(pod.namespace()));
                    let why = f.message();
                    return Err(Failure::new(format!("error when evicting pods/{name} -n {namespace}: {why}")));
                }
            }
        }
        let mut left = Vec::new();
        for pod in gone {
            match cx.get(&PODS, pod.namespace(), pod.name()) {
                Ok(now) if now.uid() == pod.uid() => left.push(pod),
                _ => written(cx, &pod, "evicted", DryRun::None)?,
            }
        }
        if left.is_empty() && refused.is_empty() {
            return Ok(None);
        }
        let now = cx.io.server.now();
        if let (Some(until), Some(pod)) = (self.until, left.first().or(refused.first()))
            && now >= until
        {
            let (name, namespace) = (go_quote(pod.name()), go_quote(pod.namespace()));
            let text = format!(
                "error when waiting for pod {name} in namespace {namespace} to terminate: global timeout reached: {}",
                cx.s.flags.text("timeout")
            );
            return Err(Failure::new(text));
        }
        let next = now + if refused.is_empty() { Duration::secs(1) } else { Duration::secs(5) };
        self.evicting = Some((refused, left));
        Ok(Some(self.until.map_or(next, |until| until.min(next))))
    }
}

fn evict(cx: &mut Cx, pod: &Value) -> Outcome<()> {
    let path = object_path(&PODS, pod.namespace(), pod.name());
    if cx.s.flags.on("disable-eviction") {
        return cx.request(&Request::new(Method::Delete, path).body(json!({}))).map(|_| ());
    }
    let mut body = json!({"apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": pod.name(), "namespace": pod.namespace()}, "deleteOptions": {}});
    if let Some(grace) = cx.s.flags.int("grace-period").filter(|g| *g >= 0) {
        body.set("deleteOptions.gracePeriodSeconds", grace);
    }
    cx.request(&Request::new(Method::Post, format!("{path}/eviction")).body(body)).map(|_| ())
}

/// The Pods of a node that drain has to move; complains about those that it must not touch.
///
/// upstream: kubectl/pkg/drain/filters.go
fn to_evict(cx: &mut Cx, node: &str) -> Outcome<Vec<Value>> {
    let mut request = Request::get(PODS.path("")).query("fieldSelector", format!("spec.nodeName={node}"));
    if cx.s.flags.has("pod-selector") {
        request = request.query("labelSelector", cx.s.flags.text("pod-selector"));
    }
    let mut list = cx.request(&request)?;
    let force = cx.s.flags.on("force");
    let (mut pods, mut problems, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for pod in crate::kubectl::context::take_items(&mut list, &PODS) {
        let name = format!("{}/{}", pod.namespace(), pod.name());
        let finished = matches!(pod.str_at("status.phase"), "Succeeded" | "Failed");
        let owners = pod.list_at("metadata.ownerReferences");
        let controller = owners.iter().find(|o| o.bool_at("controller"));
        let daemon = controller.is_some_and(|c| c.str_at("kind") == "DaemonSet");
        let mirror = pod.at("metadata.annotations").get("kubernetes.io/config.mirror").is_some();
        let local = pod.list_at("spec.volumes").iter().any(|v| !v.at("emptyDir").is_null());
        if daemon && !finished {
            if cx.s.flags.on("ignore-daemonsets") {
                warnings.push(("ignoring DaemonSet-managed Pods", name));
            } else {
                problems.push(("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)", name));
            }
        } else if mirror {
        } else if local && !finished && !cx.s.flags.on("delete-emptydir-data") {
            problems.push(("Pods with local storage (use --delete-emptydir-data to override)", name));
        } else if controller.is_none() && !finished && !force {
            problems.push(("Pods that declare no controller (use --force to override)", name));
        } else {
            if controller.is_none() && !finished {
                warnings.push(("deleting Pods that declare no controller", name));
            } else if local && !finished {
                warnings.push(("deleting Pods with local storage", name));
            }
            pods.push(pod);
        }
    }
    let problems = grouped(&problems).into_iter().map(|text| Failure::new(format!("cannot delete {text}")));
    let problems: Vec<Failure> = problems.collect();
    if !problems.is_empty() {
        return Err(Failure::Many(problems));
    }
    let warnings = grouped(&warnings);
    if !warnings.is_empty() {
        cx.warn(&warnings.join("; "));
    }
    Ok(pods)
}

/// `WHAT: POD, POD` for each kind of thing said.
fn grouped(said: &[(&'static str, String)]) -> Vec<String> {
    let mut kinds: Vec<&str> = Vec::new();
    for (what, _) in said {
        if !kinds.contains(what) {
            kinds.push(what);
        }
    }
    let pods =
        |kind: &str| said.iter().filter(|(w, _)| *w == kind).map(|(_, p)| p.as_str()).collect::<Vec<_>>().join(", ");
    kinds.into_iter().map(|kind| format!("{kind}: {}", pods(kind))).collect()
}
