//! Commands of which a small cluster needs little: `top`, `auth`, `autoscale`, `port-forward`, `completion` …

use super::create::generated;
use super::{for_each, required};
use crate::api::ObjectExt;
use crate::api::error::go_quote;
use crate::cluster::request::{Method, Request};
use crate::kubectl::Forwarded;
use crate::kubectl::context::{Cx, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::pods::AttachTo;
use crate::kubectl::print::tabwriter;
use crate::kubectl::resources::{Builder, resource_for};
use crate::kubectl::{flags, present};
use crate::sim::Duration;
use serde_json::{Value, json};

/// `kubectl top`: there is no metrics server.
///
/// upstream: kubectl/pkg/cmd/top/top_node.go
pub fn top(_: &mut Cx) -> Outcome<Flow> {
    Err(Failure::new("Metrics API not available"))
}

/// `kubectl auth can-i`: the user is in `system:masters`.
///
/// upstream: kubectl/pkg/cmd/auth/cani.go
pub fn can_i(cx: &mut Cx) -> Outcome<Flow> {
    let args = cx.s.flags.args.clone();
    let quiet = cx.s.flags.on("quiet");
    if cx.s.flags.on("list") {
        let rows = "Resources\tNon-Resource URLs\tResource Names\tVerbs\n*.*\t[]\t[]\t[*]\n\t[*]\t[]\t[*]\n";
        let text = tabwriter::layout(rows, tabwriter::TABLE);
        cx.io.out.out(&text);
        return Ok(Flow::Done);
    }
    let (Some(_), Some(what), true) = (args.first(), args.get(1), args.len() <= 3) else {
        let text = "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.";
        return Err(Failure::new(text));
    };
    if !what.starts_with('/') {
        let word = what.split('/').next().unwrap_or("");
        match resource_for(word) {
            None if word != "*" => cx.complain(&format!("Warning: the server doesn't have a resource type '{word}'\n")),
            Some(r) if !r.namespaced => {
                let (plural, group) = (r.plural, r.group);
                let group = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
                cx.complain(&format!("Warning: resource '{plural}' is not namespace scoped{group}\n"));
            }
            _ => {}
        }
    }
    if !quiet {
        cx.line("yes");
    }
    Ok(Flow::Done)
}

/// `kubectl auth whoami`
pub fn who_am_i(cx: &mut Cx) -> Outcome<Flow> {
    let rows = "ATTRIBUTE\tVALUE\nUsername\tadmin\nUID\tadmin\nGroups\t[system:masters system:authenticated]\n";
    let text = tabwriter::layout(rows, tabwriter::TABLE);
    cx.io.out.out(&text);
    Ok(Flow::Done)
}

/// `kubectl autoscale`
///
/// upstream: kubectl/pkg/cmd/autoscale/autoscale.go
pub fn autoscale(cx: &mut Cx) -> Outcome<Flow> {
    if cx.s.flags.has("cpu-percent") {
        cx.complain("Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).");
    }
    required(cx, &["max"])?;
    let flags = &cx.s.flags;
    let (max, min) = (flags.int("max").unwrap_or(-1), flags.int("min").unwrap_or(-1));
    if max < 1 {
        return Err(Failure::new(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
    }
    if max < min {
        let text = format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}");
        return Err(Failure::new(text));
    }
    if flags.has("cpu-percent") && flags.has("cpu") {
        return Err(Failure::new("--cpu-percent and --cpu are mutually exclusive"));
    }
    let mut metrics = Vec::new();
    for resource in ["cpu", "memory"] {
        let value = if resource == "cpu" && flags.has("cpu-percent") {
            format!("{}%", flags.text("cpu-percent"))
        } else {
            flags.text(resource).to_string()
        };
        if !value.is_empty() {
            metrics.push(metric(resource, &value)?);
        }
    }
    present::check(cx)?;
    let args = cx.s.flags.args.clone();
    let found = Builder::new(cx, &args).infos(cx)?;
    let mut count = 0;
    for_each(found, |info| {
        count += 1;
        let kind = info.resource.kind;
        if !matches!(kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController") {
            let (r, slash) = (info.resource, if info.resource.group.is_empty() { "/" } else { "" });
            let what = format!("{slash}{}, Resource={}", r.api_version(), r.plural);
            let why = format!("could not find scale subresource for {what} in discovery information");
            return Err(Failure::new(format!("cannot autoscale a {kind}: {why}")));
        }
        let name = cx.s.flags.value("name").filter(|n| !n.is_empty()).unwrap_or(&info.name).to_string();
        let target = json!({"apiVersion": info.resource.api_version(), "kind": kind, "name": info.name});
        let mut spec = json!({"maxReplicas": max, "scaleTargetRef": target});
        if min > 0 {
            spec.set("minReplicas", min);
        }
        if !metrics.is_empty() {
            spec.set("metrics", json!(metrics));
        }
        let object = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name}, "spec": spec, "status": {"currentMetrics": null, "desiredReplicas": 0}});
        generated(cx, object, "kubectl-autoscale", "autoscaled").map_err(|failure| match failure {
            // It is then tried with the older API, which must have a target.
            Failure::Api(_) if metrics.is_empty() => Failure::new("failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input"),
            other => other,
        })
    })?;
    if count == 0 {
        return Err(Failure::new("no objects passed to autoscale"));
    }
    Ok(Flow::Done)
}

fn metric(resource: &str, value: &str) -> Outcome<Value> {
    let target = match value.strip_suffix('%') {
        Some(percent) => match percent.parse::<i64>() {
            Ok(n) if n > 0 => json!({"averageUtilization": n, "type": "Utilization"}),
            _ => return Err(Failure::new(format!("invalid percentage value: {percent}"))),
        },
        None => json!({"averageValue": value, "type": "AverageValue"}),
    };
    Ok(json!({"resource": {"name": resource, "target": target}, "type": "Resource"}))
}

/// `kubectl port-forward`: to one Pod, chosen at the start, past every Service. Who connects asks
/// [`crate::kubectl::Kubectl::forwards`].
///
/// upstream: kubectl/pkg/cmd/portforward/portforward.go
pub fn port_forward(cx: &mut Cx) -> Outcome<Flow> {
    let args = cx.s.flags.args.clone();
    let Some((target, ports)) = args.split_first().filter(|(_, ports)| !ports.is_empty()) else {
        return Err(cx.usage("TYPE/NAME and list of ports are required for port-forward"));
    };
    let words = if target.contains('/') { vec![target.clone()] } else { vec!["pods".to_string(), target.clone()] };
    let mut infos = Builder { read: true, args: words, ..Builder::default() }.infos(cx)?;
    if infos.is_empty() {
        return Err(Failure::new("you must specify at least one resource"));
    }
    let info = infos.remove(0)?;
    let until = cx.io.server.now() + Duration::secs(60);
    Box::new(Forward { attach: AttachTo { info, until }, ports: ports.to_vec(), open: Vec::new() }).resume(cx)
}

#[derive(Clone, Debug)]
struct Forward {
    attach: AttachTo,
    ports: Vec<String>,
    /// Where it listens, once it does.
    open: Vec<Forwarded>,
}

impl Pending for Forward {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        if let Some(to) = self.open.first() {
            let path = format!("/api/v1/namespaces/{}/pods/{}", to.namespace, to.pod);
            cx.request(&Request::new(Method::Get, path)).map_err(|_| Failure::new("lost connection to pod"))?;
            return Ok(Flow::Wait(self, None));
        }
        let Some(pod) = self.attach.pod(cx)? else {
            let until = self.attach.until;
            return Ok(Flow::Wait(self, Some(until)));
        };
        let phase = pod.str_at("status.phase");
        if phase != "Running" {
            let text = format!("unable to forward port because pod is not running. Current status={phase}");
            return Err(Failure::new(text));
        }
        for spec in &self.ports {
            let (local, remote) = forwarded(&self.attach.info.object, &pod, spec)?;
            for address in ["127.0.0.1", "[::1]"] {
                cx.line(&format!("Forwarding from {address}:{local} -> {remote}"));
            }
            let (local, remote) = (local as u16, remote as u16);
            let (namespace, pod) = (pod.namespace().to_string(), pod.name().to_string());
            self.open.push(Forwarded { local, namespace, pod, remote });
        }
        Ok(Flow::Wait(self, None))
    }
    fn forwards(&self) -> &[Forwarded] {
        &self.open
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}

/// The local port and the Pod's port that `LOCAL:REMOTE` means.
fn forwarded(object: &Value, pod: &Value, spec: &str) -> Outcome<(i64, i64)> {
    let (local, remote) = spec.split_once(':').unwrap_or((spec, spec));
    let service = object.str_at("kind") == "Service";
    let (name, ports) = (object.name(), object.list_at("spec.ports"));
    let port = match remote.parse::<i64>() {
        Ok(number) if service => match ports.iter().find(|p| p.int_at("port") == Some(number)) {
            Some(port) if object.str_at("spec.clusterIP") == "None" => port.int_at("port").unwrap_or(number),
            Some(port) => target_port(pod, port.at("targetPort"))?,
            None => return Err(Failure::new(format!("Service {name} does not have a service port {number}"))),
        },
        Ok(0) => return Err(Failure::new("remote port must be > 0")),
        Ok(number) => number,
        Err(_) if service => match ports.iter().find(|p| p.str_at("name") == remote) {
            Some(port) => target_port(pod, port.at("targetPort"))?,
            None => return Err(Failure::new(format!("Service '{name}' does not have a named port '{remote}'"))),
        },
        Err(_) => target_port(pod, &json!(remote))?,
    };
    let local = match local {
        "" => 40000 + port % 1000,
        text if text == remote && text.parse::<i64>().is_err() => port,
        text => flags::parse_int(text, "ParseUint")
            .map_err(|why| Failure::new(format!("error parsing local port '{text}': {why}")))?,
    };
    Ok((local, port))
}

fn target_port(pod: &Value, target: &Value) -> Outcome<i64> {
    let Some(name) = target.as_str() else { return Ok(target.as_i64().unwrap_or(0)) };
    let ports = pod.list_at("spec.containers").iter().flat_map(|c| c.list_at("ports"));
    let found = ports.filter(|p| p.str_at("name") == name).find_map(|p| p.int_at("containerPort"));
    found.ok_or_else(|| Failure::new(format!("Pod '{}' does not have a named port '{name}'", pod.name())))
}

/// `kubectl completion`
pub fn completion(cx: &mut Cx) -> Outcome<Flow> {
    match cx.s.flags.args.as_slice() {
        [] => Err(cx.usage("Shell not specified.")),
        [shell] if matches!(shell.as_str(), "bash" | "zsh" | "fish" | "powershell") => Ok(Flow::Done),
        [shell] => Err(cx.usage(&format!("Unsupported shell type {}.", go_quote(shell)))),
        _ => Err(cx.usage("Too many arguments. Expected only the shell type.")),
    }
}

/// `kubectl plugin list`
pub fn plugins(_: &mut Cx) -> Outcome<Flow> {
    Err(Failure::new("unable to find any kubectl plugins in your PATH"))
}

/// `kubectl cp`: checked as the real one does, but nothing is copied.
pub fn copy(cx: &mut Cx) -> Outcome<Flow> {
    match cx.s.flags.args.as_slice() {
        [from, to] if from.contains(':') || to.contains(':') => unsupported(cx),
        [_, _] => Err(Failure::new("one of src or dest must be a remote file specification")),
        _ => Err(Failure::new("source and destination are required")),
    }
}

/// `kubectl debug`
pub fn debug(cx: &mut Cx) -> Outcome<Flow> {
    match cx.s.flags.has("image") || cx.s.flags.has("copy-to") {
        true => unsupported(cx),
        false => Err(Failure::new("you must specify --image when not using --copy-to.")),
    }
}

/// `kubectl debug`, `kubectl cp`, `kubectl proxy` and others that reach beyond this cluster.
pub fn unsupported(cx: &mut Cx) -> Outcome<Flow> {
    Err(Failure::new(format!("kubectl {} is not part of this simulated cluster", cx.s.path)))
}
