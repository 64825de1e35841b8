//! `kubectl diff`: the live object and what it would become, compared by the user's own `diff`.
//!
//! upstream: kubectl/pkg/cmd/diff/diff.go

use super::needs_files;
use crate::api::{ObjectExt, Value};
use crate::cluster::request::{Method, Request};
use crate::kubectl::context::{Cx, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use serde_json::json;

/// Prints the differences; the exit code is `diff`'s, or more than 1 where something failed.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    start(cx).or_else(|failure| refused(cx, &failure))
}

fn refused(cx: &mut Cx, failure: &Failure) -> Outcome<Flow> {
    match failure {
        Failure::Exit(code) => Err(Failure::Exit(*code)),
        other => {
            let code = other.report(cx.io.out);
            Err(Failure::Exit(code + 1))
        }
    }
}

fn start(cx: &mut Cx) -> Outcome<Flow> {
    needs_files(cx)?;
    if !cx.s.flags.args.is_empty() {
        let text = format!("Unexpected args: [{}]", cx.s.flags.args.join(" "));
        return Err(cx.usage(&text));
    }
    let builder = Builder { read: false, ..Builder::new(cx, &[]) };
    let now = cx.io.server.now().0;
    let directories =
        [format!("/tmp/LIVE-{:010}", now % 10_000_000_000), format!("/tmp/MERGED-{:010}", (now / 7) % 10_000_000_000)];
    let mut pairs = Vec::new();
    for found in builder.infos(cx)? {
        let info = found?;
        let live = match cx.get(info.resource, &info.namespace, &info.name) {
            Ok(live) => Some(live),
            Err(failure) if failure.is_not_found() => None,
            Err(failure) => return Err(failure),
        };
        let merged = merged(cx, &info, live.as_ref())?;
        let texts = [live.map_or(String::new(), shown), shown(merged)];
        if let [Some(a), Some(b)] = store(cx, &info, &directories, &texts) {
            pairs.push((a, b));
        }
    }
    pairs.reverse();
    Box::new(Compare { pairs, code: 0 }).resume(cx)
}

/// Writes both texts where they differ; the files' paths.
fn store(cx: &mut Cx, info: &Info, directories: &[String; 2], texts: &[String; 2]) -> [Option<String>; 2] {
    if texts.first() == texts.last() {
        return [None, None];
    }
    let r = info.resource;
    let group = if r.group.is_empty() { String::new() } else { format!("{}.", r.group) };
    let name = format!("{group}{}.{}.{}.{}", r.version, r.kind, info.namespace, info.name);
    let mut paths = [None, None];
    for ((directory, text), path) in directories.iter().zip(texts).zip(&mut paths) {
        let file = format!("{directory}/{name}");
        if text.is_empty() || cx.io.files.write(&file, text) {
            *path = Some(file);
        }
    }
    paths
}

fn shown(mut object: Value) -> String {
    object.unset("metadata.managedFields");
    crate::yaml::to_string(&object)
}

/// What the server would make of it.
fn merged(cx: &mut Cx, info: &Info, live: Option<&Value>) -> Outcome<Value> {
    if cx.s.flags.on("server-side") {
        let force = if cx.s.flags.on("force-conflicts") { "true" } else { "false" };
        let manager = cx.s.flags.value("field-manager").unwrap_or("kubectl").to_string();
        let mut request =
            Request::new(Method::Patch, info.path()).query("dryRun", "All").query("fieldManager", manager);
        request = request.query("force", force).body(info.object.clone());
        request.content_type = "application/apply-patch+yaml";
        return cx.request(&request);
    }
    let manager = "kubectl-client-side-apply";
    let Some(live) = live else {
        let path = info.resource.path(&info.namespace);
        let request = Request::new(Method::Post, path).query("dryRun", "All").query("fieldManager", manager);
        return cx.request(&request.body(info.object.clone()));
    };
    let mut modified = info.object.clone();
    if modified.at("metadata.annotations").is_object() {
        modified.unset(&format!("metadata.annotations.{}", super::apply::LAST_APPLIED));
    }
    let mut patch = super::apply::patch_for(live, &modified);
    forget_annotation(&mut patch);
    if patch.as_object().is_none_or(|p| p.is_empty()) {
        return Ok(live.clone());
    }
    patch.set("metadata.resourceVersion", live.at("metadata.resourceVersion").clone());
    let mut request = Request::new(Method::Patch, info.path()).query("dryRun", "All").query("fieldManager", manager);
    request.content_type = "application/strategic-merge-patch+json";
    cx.request(&request.body(patch))
}

/// The annotation of the last apply is not compared.
fn forget_annotation(patch: &mut Value) {
    let key = super::apply::LAST_APPLIED;
    if let Some(Value::Object(annotations)) = patch.pointer_mut("/metadata/annotations") {
        annotations.remove(key);
        if !annotations.is_empty() {
            return;
        }
    }
    patch.unset("metadata.annotations");
    if patch.at("metadata") == &json!({}) {
        patch.unset("metadata");
    }
}

/// Pairs of files to compare, the last one first.
#[derive(Clone, Debug)]
struct Compare {
    pairs: Vec<(String, String)>,
    code: i32,
}

impl Pending for Compare {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        if let Some(code) = cx.s.exited.take() {
            self.code = self.code.max(code);
        }
        match self.pairs.pop() {
            Some((live, merged)) => {
                let line = format!("diff -u -N {live} {merged}");
                cx.line(&line);
                Ok(Flow::Run(line, self))
            }
            None if self.code != 0 => Err(Failure::Exit(self.code)),
            None => Ok(Flow::Done),
        }
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}
