//! `kubectl replace`
//!
//! upstream: kubectl/pkg/cmd/replace/replace.go

use super::create::create;
use super::delete::{Gone, Options, delete_all};
use super::{for_each, no_args, written};
use crate::api::ObjectExt;
use crate::cluster::request::Method;
use crate::kubectl::context::{Cx, DryRun, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::present;
use crate::kubectl::resources::{Builder, Info};
use crate::sim::Duration;

/// Puts manifests in the place of the objects that are there.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let validation = cx.field_validation()?;
    let flags = &cx.s.flags;
    let force = flags.on("force") || flags.int("grace-period") == Some(0);
    let problem = if flags.int("grace-period").is_some_and(|g| g >= 0) && !force {
        "--grace-period must have --force specified"
    } else if flags.has("timeout") && !force {
        "--timeout must have --force specified"
    } else if force && dry != DryRun::None {
        "--dry-run can not be used when --force is set"
    } else if !flags.has("filename") && !flags.has("kustomize") {
        "must specify one of -f and -k"
    } else {
        ""
    };
    if !problem.is_empty() {
        return Err(Failure::new(problem));
    }
    no_args(cx)?;
    let builder = Builder { read: false, validate: validation != "Ignore", ..Builder::new(cx, &[]) };
    if force {
        return replace_by_force(cx, &builder, validation);
    }
    let found = builder.infos(cx)?;
    for_each(found, |mut info| {
        if cx.s.flags.on("save-config") {
            info.object = super::apply::annotated(&info.object);
        }
        if dry != DryRun::Client {
            replace(cx, &mut info, validation, dry).map_err(|f| f.with_source("replacing", &info.source))?;
        }
        written(cx, &info.object, "replaced", dry)
    })?;
    Ok(Flow::Done)
}

/// upstream: cli-runtime/pkg/resource/helper.go Replace
fn replace(cx: &mut Cx, info: &mut Info, validation: &str, dry: DryRun) -> Outcome<()> {
    let mut body = info.object.clone();
    if body.str_at("metadata.resourceVersion").is_empty()
        && let Ok(current) = cx.get(info.resource, &info.namespace, &info.name)
    {
        body.set("metadata.resourceVersion", current.str_at("metadata.resourceVersion"));
    }
    let mut path = info.path();
    if cx.s.flags.has("subresource") {
        path = format!("{path}/{}", cx.s.flags.text("subresource"));
    }
    let request = cx.write(Method::Put, path, "kubectl-replace", validation, dry).body(body);
    let object = cx.request(&request)?;
    info.adopt(object);
    Ok(())
}

fn replace_by_force(cx: &mut Cx, builder: &Builder, validation: &'static str) -> Outcome<Flow> {
    let grace = cx.s.flags.int("grace-period").unwrap_or(-1);
    let options = Options { grace, policy: Options::read(cx)?.policy, dry: DryRun::None };
    let found = builder.infos(cx)?;
    let create: Vec<Outcome<Info>> = found.clone();
    let leaving = delete_all(cx, found, &options, true)?;
    let timeout = match cx.s.flags.span_or("timeout", Duration(0)) {
        Some(Duration(0)) | None => Duration::secs(300),
        Some(timeout) => timeout,
    };
    let until = cx.io.server.now() + timeout;
    Box::new(Forced { gone: Gone { leaving, until }, create, validation }).resume(cx)
}

/// `--force`: creates once everything is gone.
#[derive(Clone, Debug)]
struct Forced {
    gone: Gone,
    create: Vec<Outcome<Info>>,
    validation: &'static str,
}

impl Pending for Forced {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        if !self.gone.check(cx)? {
            let until = self.gone.until;
            return Ok(Flow::Wait(self, Some(until)));
        }
        let mut count = 0;
        for_each(self.create, |mut info| {
            create(cx, &mut info, "kubectl-replace", self.validation, DryRun::None)?;
            count += 1;
            written(cx, &info.object, "replaced", DryRun::None)
        })?;
        if count == 0 {
            return Err(Failure::new("no objects passed to replace"));
        }
        Ok(Flow::Done)
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}
