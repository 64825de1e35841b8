//! `kubectl delete`
//!
//! upstream: kubectl/pkg/cmd/delete/delete.go

use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::request::{Method, Request};
use crate::kubectl::context::{Cx, DryRun, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::Flags;
use crate::kubectl::resources::{Builder, Info, kind_group};
use crate::sim::{Duration, Time};
use serde_json::json;

/// How things are deleted: the flags of `delete`, which `replace --force` has too.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seconds; -1 leaves them to the object.
    pub grace: i64,
    /// `--cascade` as the API's propagation policy.
    pub policy: &'static str,
    /// `--dry-run`
    pub dry: DryRun,
}

impl Options {
    /// From the flags, checked.
    pub fn read(cx: &mut Cx) -> Outcome<Self> {
        let flags = &cx.s.flags;
        let mut grace = flags.int("grace-period").unwrap_or(-1);
        let force = flags.on("force");
        if flags.on("now") {
            if grace != -1 {
                return Err(Failure::new("--now and --grace-period cannot be specified together"));
            }
            grace = 1;
        }
        if grace == 0 && !force {
            grace = 1;
        }
        if force && grace < 0 {
            grace = 0;
        }
        let policy = policy(flags)?;
        Ok(Self { grace, policy, dry: cx.dry_run()? })
    }
}

/// upstream: kubectl/pkg/cmd/util/helpers.go GetCascadingStrategy
fn policy(flags: &Flags) -> Outcome<&'static str> {
    match flags.value("cascade") {
        None | Some("background" | "true") => Ok("Background"),
        Some("orphan" | "false") => Ok("Orphan"),
        Some("foreground") => Ok("Foreground"),
        Some(other) => Err(Failure::new(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

/// An object that was told to go.
#[derive(Clone, Debug)]
pub struct Leaving {
    resource: &'static Resource,
    namespace: String,
    name: String,
    uid: String,
}

/// Deletes what the command line names, and waits until it is gone.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let options = Options::read(cx)?;
    let args = cx.s.flags.args.clone();
    let builder = Builder { read: false, ..Builder::new(cx, &args) };
    let found = builder.infos(cx)?;
    let format = cx.s.flags.text("output").to_string();
    if !format.is_empty() && format != "name" {
        let text = format!("unexpected -o output mode: {format}. We only support '-o name'");
        return Err(Failure::new(text));
    }
    if cx.s.flags.on("force") && options.grace > 0 {
        return Err(Failure::new("--force and --grace-period greater than 0 cannot be specified together"));
    }
    if options.grace == 0 {
        cx.warn("Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.");
    }
    if cx.s.flags.on("interactive") && !confirmed(cx, &found) {
        cx.line("deletion is cancelled");
        return Ok(Flow::Done);
    }
    let selecting = builder.all || !builder.selector.is_empty() || !builder.field_selector.is_empty();
    let ignore = cx.s.flags.bool_or("ignore-not-found", selecting);
    let leaving = delete_all(cx, found, &options, ignore)?;
    if !cx.s.flags.bool_or("wait", true) || options.dry != DryRun::None || leaving.is_empty() {
        return Ok(Flow::Done);
    }
    let timeout = match cx.s.flags.span_or("timeout", Duration(0)) {
        Some(Duration(0)) | None => Duration::secs(7 * 24 * 3600),
        Some(timeout) => timeout,
    };
    let until = cx.io.server.now() + timeout;
    Box::new(Gone { leaving, until }).resume(cx)
}

fn confirmed(cx: &mut Cx, found: &[Outcome<Info>]) -> bool {
    let infos: Vec<String> = found.iter().flatten().map(Info::reference).collect();
    let text = format!("You are about to delete the following {} resource(s):", infos.len());
    cx.line(&text);
    infos.iter().for_each(|line| cx.line(line));
    cx.io.out.out("Do you want to continue? (y/N): ");
    let answer = cx.io.stdin.take().unwrap_or_default();
    answer.lines().next().is_some_and(|line| line.trim().eq_ignore_ascii_case("y"))
}

/// Deletes everything found, and says so; what is left to wait for.
///
/// upstream: kubectl/pkg/cmd/delete/delete.go DeleteResult
pub fn delete_all(
    cx: &mut Cx,
    found: Vec<Outcome<Info>>,
    options: &Options,
    ignore_missing: bool,
) -> Outcome<Vec<Leaving>> {
    let mut leaving = Vec::new();
    let mut count = 0;
    let mut warn_scope = cx.s.explicit_namespace && !cx.s.flags.on("all-namespaces");
    let mut failures = Vec::new();
    for one in found {
        let deleted = one.and_then(|info| {
            count += 1;
            if warn_scope && !info.resource.namespaced {
                cx.warn("deleting cluster-scoped resources, not scoped to the provided namespace");
                warn_scope = false;
            }
            delete_one(cx, &info, options)
        });
        match deleted {
            Ok(one) => leaving.extend(one),
            Err(failure) if ignore_missing && failure.is_not_found() => {}
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)?;
    if count == 0 && !ignore_missing_files(cx) {
        cx.line("No resources found");
    }
    Ok(leaving)
}

fn ignore_missing_files(cx: &Cx) -> bool {
    // Manifests always give something to count.
    cx.s.flags.has("filename") && !cx.s.flags.has("selector")
}

fn delete_one(cx: &mut Cx, info: &Info, options: &Options) -> Outcome<Option<Leaving>> {
    if options.dry == DryRun::Client {
        say(cx, info, options);
        return Ok(None);
    }
    let mut body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": options.policy});
    if options.grace >= 0 {
        body.set("gracePeriodSeconds", options.grace);
    }
    if options.dry == DryRun::Server {
        body.set("dryRun", json!(["All"]));
    }
    let mut request = Request::new(Method::Delete, info.path());
    if options.dry == DryRun::Server {
        request = request.query("dryRun", "All");
    }
    let answer = cx.request(&request.body(body)).map_err(|f| f.with_source("deleting", &info.source))?;
    say(cx, info, options);
    let uid = if answer.str_at("kind") == "Status" { answer.str_at("details.uid") } else { answer.uid() };
    Ok(Some(Leaving {
        resource: info.resource,
        namespace: info.namespace.clone(),
        name: info.name.clone(),
        uid: uid.to_string(),
    }))
}

/// upstream: kubectl/pkg/cmd/delete/delete.go PrintObj
fn say(cx: &mut Cx, info: &Info, options: &Options) {
    if cx.s.flags.text("output") == "name" {
        let line = info.reference();
        return cx.line(&line);
    }
    let mut done = if options.grace == 0 { "force deleted" } else { "deleted" }.to_string();
    if info.resource.namespaced {
        done = format!("{done} from {} namespace", info.namespace);
    }
    let line = format!("{} \"{}\" {done}{}", kind_group(info.resource), info.name, options.dry.suffix());
    cx.line(&line);
}

/// Waits until objects are gone, or others in their place.
///
/// upstream: kubectl/pkg/cmd/wait/delete.go IsDeleted
#[derive(Clone, Debug)]
pub struct Gone {
    /// What has been told to go.
    pub leaving: Vec<Leaving>,
    /// When to give up.
    pub until: Time,
}

impl Gone {
    /// Whether all are gone; forgets those that are.
    pub fn check(&mut self, cx: &mut Cx) -> Outcome<bool> {
        while let Some(first) = self.leaving.first() {
            let object = cx.get(first.resource, &first.namespace, &first.name);
            match object {
                Ok(object) if still_there(first, &object) => break,
                Err(failure) if !failure.is_not_found() => return Err(failure),
                _ => drop(self.leaving.remove(0)),
            }
        }
        let Some(first) = self.leaving.first() else { return Ok(true) };
        if cx.io.server.now() >= self.until {
            let text = format!("timed out waiting for the condition on {}/{}", first.resource.plural, first.name);
            return Err(Failure::new(text));
        }
        Ok(false)
    }
}

fn still_there(one: &Leaving, object: &Value) -> bool {
    one.uid.is_empty() || object.uid() == one.uid
}

impl Pending for Gone {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        if self.check(cx)? {
            return Ok(Flow::Done);
        }
        let until = self.until;
        Ok(Flow::Wait(self, Some(until)))
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}
