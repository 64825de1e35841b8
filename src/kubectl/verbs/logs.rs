//! `kubectl logs`
//!
//! upstream: kubectl/pkg/cmd/logs/logs.go, kubectl/pkg/polymorphichelpers/logsforobject.go

use crate::api::error::go_quote;
use crate::api::resource::PODS;
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Request;
use crate::collections::sort_by;
use crate::kubectl::context::{Cx, Flow, Pending, object_path};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::pods;
use crate::kubectl::resources::Builder;
use crate::sim::Duration;

const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// One container's log.
#[derive(Clone, Debug)]
struct Stream {
    pod: Value,
    container: String,
    printed: usize,
}

/// Prints containers' logs.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let flags = &cx.s.flags;
    let args = flags.args.clone();
    let selector = flags.text("selector").to_string();
    let (target, inline) = match args.as_slice() {
        [] if selector.is_empty() => return Err(cx.usage(USAGE)),
        [] => (None, None),
        [_] if !selector.is_empty() => return Err(cx.usage("only a selector (-l) or a POD name is allowed")),
        [target] => (Some(target.clone()), None),
        [target, container] => (Some(target.clone()), Some(container.clone())),
        _ => return Err(cx.usage(USAGE)),
    };
    let objects = match target {
        None => {
            let pods = cx.list(&PODS, &cx.s.namespace.clone(), &selector)?;
            if pods.is_empty() {
                let line = format!("No resources found in {} namespace.", cx.s.namespace);
                cx.complain(&line);
            }
            pods
        }
        Some(target) => vec![look(cx, target)?],
    };
    check(cx, inline.is_some(), args.len())?;
    let container = inline.unwrap_or_else(|| cx.s.flags.text("container").to_string());
    let mut streams = Vec::new();
    for object in objects {
        for pod in pods_of(cx, object)? {
            for container in containers(cx, &pod, &container)? {
                streams.push(Stream { pod: pod.clone(), container, printed: 0 });
            }
        }
    }
    let follow = cx.s.flags.on("follow");
    let most = cx.s.flags.int("max-log-requests").unwrap_or(5);
    if follow && streams.len() > 1 && streams.len() as i64 > most {
        let text = format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to increase the limit",
            streams.len()
        );
        return Err(Failure::new(text));
    }
    let query = query(cx, !selector.is_empty());
    for stream in &mut streams {
        stream.printed = print(cx, &stream.pod, &stream.container, &query)?;
    }
    if !follow {
        return Ok(Flow::Done);
    }
    for stream in &mut streams {
        stream.printed = whole(cx, stream)?.len();
    }
    Ok(Flow::Wait(Box::new(Follow { streams }), None))
}

fn look(cx: &mut Cx, target: String) -> Outcome<Value> {
    let words = if target.contains('/') { vec![target] } else { vec!["pods".to_string(), target] };
    let mut infos = Builder { read: true, args: words, ..Builder::default() }.infos(cx)?;
    if infos.len() != 1 {
        return Err(Failure::new("expected a resource"));
    }
    infos.remove(0).map(|info| info.object).map_err(|failure| match failure.is_not_found() {
        true => {
            let (why, namespace) = (failure.message(), go_quote(&cx.s.namespace));
            Failure::new(format!("error from server (NotFound): {why} in namespace {namespace}"))
        }
        false => failure,
    })
}

fn check(cx: &Cx, inline: bool, _args: usize) -> Outcome<()> {
    let flags = &cx.s.flags;
    let named = flags.text("container");
    let problem = if flags.has("since-time") && flags.has("since") {
        "at most one of `sinceTime` or `sinceSeconds` may be specified".to_string()
    } else if flags.on("all-containers") && !named.is_empty() {
        format!("--all-containers=true should not be specified with container name {named}")
    } else if flags.has("container") && inline {
        "only one of -c or an inline [CONTAINER] arg is allowed".to_string()
    } else if flags.int("limit-bytes").is_some_and(|n| n < 0) {
        "--limit-bytes must be greater than 0".to_string()
    } else if flags.has("since") && flags.span_or("since", Duration(0)).is_none() {
        "--since must be greater than 0".to_string()
    } else if flags.int("tail").is_some_and(|n| n < -1) {
        "--tail must be greater than or equal to -1".to_string()
    } else {
        return Ok(());
    };
    Err(Failure::new(problem))
}

/// The Pods whose logs an object means.
fn pods_of(cx: &mut Cx, object: Value) -> Outcome<Vec<Value>> {
    let kind = object.str_at("kind");
    if kind == "Pod" {
        return Ok(vec![object]);
    }
    let selector = pods::selector_of(&object)
        .map_err(|why| Failure::new(format!("cannot get the logs from *v1.{kind}: {why}")))?;
    let mut all = cx.list(&PODS, object.namespace(), &selector)?;
    sort_by(&mut all, pods::for_logs_first);
    if cx.s.flags.on("all-pods") {
        return Ok(all);
    }
    let Some(first) = all.first().cloned() else {
        return Err(Failure::new("timed out waiting for the condition"));
    };
    if all.len() > 1 {
        cx.complain(&format!("Found {} pods, using pod/{}", all.len(), first.name()));
    }
    Ok(vec![first])
}

fn containers(cx: &mut Cx, pod: &Value, wanted: &str) -> Outcome<Vec<String>> {
    if cx.s.flags.on("all-containers") {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        let all = lists.iter().flat_map(|list| pod.at("spec").list_at(list));
        return Ok(all.map(|c| c.str_at("name").to_string()).collect());
    }
    let quiet = cx.s.flags.on("all-pods");
    Ok(vec![pods::container(cx, pod, wanted, quiet)?])
}

fn query(cx: &Cx, selecting: bool) -> Vec<(String, String)> {
    let flags = &cx.s.flags;
    let mut query = Vec::new();
    if let Some(n) = flags.int("limit-bytes").filter(|n| *n > 0) {
        query.push(("limitBytes".to_string(), n.to_string()));
    }
    if flags.on("previous") {
        query.push(("previous".into(), "true".into()));
    }
    if let Some(span) = flags.span_or("since", Duration(0)).filter(|s| s.0 > 0) {
        query.push(("sinceSeconds".into(), span.as_secs().max(1).to_string()));
    }
    if flags.has("since-time") {
        query.push(("sinceTime".into(), flags.text("since-time").into()));
    }
    match flags.int("tail") {
        Some(n) if n >= 0 => query.push(("tailLines".into(), n.to_string())),
        None if selecting => query.push(("tailLines".into(), "10".into())),
        _ => {}
    }
    if flags.on("timestamps") {
        query.push(("timestamps".into(), "true".into()));
    }
    query
}

fn fetch(cx: &mut Cx, pod: &Value, container: &str, query: &[(String, String)]) -> Outcome<String> {
    let path = object_path(&PODS, pod.namespace(), pod.name());
    let mut request = Request::get(format!("{path}/log")).query("container", container);
    request.query.extend(query.iter().cloned());
    let body = cx.request(&request)?;
    Ok(body.as_str().unwrap_or("").to_string())
}

/// Prints a container's log; how many bytes it has.
pub fn print(cx: &mut Cx, pod: &Value, container: &str, query: &[(String, String)]) -> Outcome<usize> {
    let text = fetch(cx, pod, container, query)?;
    show(cx, pod, container, &text);
    Ok(text.len())
}

/// Prints what a container wrote after the first `printed` bytes; how many it wrote in all.
pub fn print_from(cx: &mut Cx, pod: &Value, container: &str, printed: usize) -> Outcome<usize> {
    let text = fetch(cx, pod, container, &[])?;
    show(cx, pod, container, text.get(printed..).unwrap_or(""));
    Ok(text.len())
}

fn show(cx: &mut Cx, pod: &Value, container: &str, text: &str) {
    let prefix = cx.s.flags.bool_or("prefix", cx.s.flags.on("all-pods"));
    if !prefix {
        return cx.io.out.out(text);
    }
    for line in text.split_inclusive('\n') {
        cx.io.out.out(&format!("[pod/{}/{container}] {line}", pod.name()));
    }
}

fn whole(cx: &mut Cx, stream: &Stream) -> Outcome<String> {
    let mut query = query(cx, false);
    query.retain(|(key, _)| key == "timestamps");
    fetch(cx, &stream.pod, &stream.container, &query)
}

/// `-f`: prints what comes, until the containers end.
#[derive(Clone, Debug)]
struct Follow {
    streams: Vec<Stream>,
}

impl Pending for Follow {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        let mut open = Vec::new();
        for mut stream in std::mem::take(&mut self.streams) {
            let Ok(text) = whole(cx, &stream) else { continue };
            if let Some(new) = text.get(stream.printed..).filter(|new| !new.is_empty()) {
                show(cx, &stream.pod, &stream.container, new);
                stream.printed = text.len();
            }
            let now = cx.get(&PODS, stream.pod.namespace(), stream.pod.name());
            let Ok(now) = now else { continue };
            let statuses = now.list_at("status.containerStatuses");
            let running = statuses.iter().any(|s| {
                s.str_at("name") == stream.container
                    && s.at("state.terminated").is_null()
                    && s.at("lastState").as_object().is_none_or(|l| l.is_empty())
            });
            if running && now.uid() == stream.pod.uid() {
                open.push(stream);
            }
        }
        self.streams = open;
        if self.streams.is_empty() { Ok(Flow::Done) } else { Ok(Flow::Wait(self, None)) }
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}
