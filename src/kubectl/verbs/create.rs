//! `kubectl create -f`
//!
//! upstream: kubectl/pkg/cmd/create/create.go

use super::{for_each, needs_files, no_args, written};
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Method;
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::present;
use crate::kubectl::resources::{Builder, Info};

/// Sends every manifest as it is.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    if !cx.s.flags.args.is_empty() {
        no_args(cx)?;
    }
    needs_files(cx)?;
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let validation = cx.field_validation()?;
    let builder = Builder { read: false, validate: validation != "Ignore", ..Builder::new(cx, &[]) };
    let mut count = 0;
    let found = builder.infos(cx)?;
    for_each(found, |mut info| {
        if cx.s.flags.on("save-config") {
            info.object = super::apply::annotated(&info.object);
        }
        if dry != DryRun::Client {
            create(cx, &mut info, "kubectl-create", validation, dry)
                .map_err(|f| f.with_source("creating", &info.source))?;
        }
        count += 1;
        written(cx, &info.object, "created", dry)
    })?;
    if count == 0 {
        return Err(Failure::new("no objects passed to create"));
    }
    Ok(Flow::Done)
}

/// Creates one object and takes the server's answer for it.
pub fn create(cx: &mut Cx, info: &mut Info, manager: &str, validation: &str, dry: DryRun) -> Outcome<()> {
    // upstream: cli-runtime/pkg/resource/helper.go Create
    info.object.unset("metadata.resourceVersion");
    let path = info.resource.path(if info.resource.namespaced { &info.namespace } else { "" });
    let request = cx.write(Method::Post, path, manager, validation, dry).body(info.object.clone());
    let object = cx.request(&request)?;
    info.adopt(object);
    Ok(())
}

/// Creates an object that kubectl made itself, and says so: `create deployment`, `expose`, `run` …
pub fn generated(cx: &mut Cx, mut object: Value, manager: &str, done: &str) -> Outcome<()> {
    let dry = cx.dry_run()?;
    let validation = if cx.s.path.starts_with("create") { cx.field_validation()? } else { "" };
    let Some(resource) = crate::api::Resource::by_kind(object.str_at("apiVersion"), object.str_at("kind")) else {
        return Err(Failure::new("unable to recognize the object"));
    };
    let namespace = if resource.namespaced { cx.s.namespace.clone() } else { String::new() };
    if resource.namespaced && (cx.s.explicit_namespace || dry != DryRun::Client) {
        object.set("metadata.namespace", namespace.as_str());
    }
    if cx.s.flags.on("save-config") {
        object = super::apply::annotated(&object);
    }
    let name = object.name().to_string();
    let mut info = Info { resource, namespace, name, object, source: String::new() };
    if dry != DryRun::Client {
        create(cx, &mut info, manager, validation, dry)?;
    }
    written(cx, &info.object, done, dry)
}
