//! `kubectl scale`
//!
//! upstream: kubectl/pkg/cmd/scale/scale.go, kubectl/pkg/scale/scale.go

use super::{required, written};
use crate::api::ObjectExt;
use crate::cluster::request::{Method, Request};
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::present;
use crate::kubectl::resources::{Builder, Info};
use serde_json::json;

/// Sets how many replicas there shall be.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    required(cx, &["replicas"])?;
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let flags = &cx.s.flags;
    let replicas = flags.int("replicas").unwrap_or(-1);
    let current = flags.int("current-replicas").unwrap_or(-1);
    let version = flags.text("resource-version").to_string();
    if replicas < 0 {
        let text = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0";
        return Err(Failure::new(text));
    }
    if current < -1 {
        return Err(Failure::new("The --current-replicas must specify an integer of -1 or greater"));
    }
    let args = flags.args.clone();
    let builder = Builder { type_alone: flags.on("all"), ..Builder::new(cx, &args) };
    let mut infos: Vec<Info> = Vec::new();
    let mut failures = Vec::new();
    for found in builder.infos(cx)? {
        match found {
            Ok(info) => infos.push(info),
            Err(failure) => failures.push(failure),
        }
    }
    if !version.is_empty() && infos.len() > 1 {
        return Err(Failure::new("cannot use --resource-version with multiple resources"));
    }
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::new("no objects passed to scale"));
    }
    for mut info in infos {
        if dry != DryRun::Client {
            scale(cx, &info, replicas, current, &version, dry)?;
        }
        info.object.set("spec.replicas", replicas);
        written(cx, &info.object, "scaled", dry)?;
    }
    Failure::all(failures)?;
    Ok(Flow::Done)
}

/// upstream: kubectl/pkg/scale/scale.go ScaleSimple
fn scale(cx: &mut Cx, info: &Info, replicas: i64, current: i64, version: &str, dry: DryRun) -> Outcome<()> {
    let path = format!("{}/scale", info.path());
    if current == -1 && version.is_empty() {
        let mut request = Request::new(Method::Patch, path).body(json!({"spec": {"replicas": replicas}}));
        if dry == DryRun::Server {
            request = request.query("dryRun", "All");
        }
        request.content_type = "application/merge-patch+json";
        return cx.request(&request).map(|_| ());
    }
    let mut scale = cx.request(&Request::get(path.clone()))?;
    let was = scale.int_at("spec.replicas").unwrap_or(0);
    if current != -1 && was != current {
        return Err(Failure::new(format!("Expected replicas to be {current}, was {was}")));
    }
    let is = scale.str_at("metadata.resourceVersion");
    if !version.is_empty() && is != version {
        return Err(Failure::new(format!("Expected resource version to be {version}, was {is}")));
    }
    scale.set("spec.replicas", replicas);
    let mut request = Request::new(Method::Put, path).body(scale);
    if dry == DryRun::Server {
        request = request.query("dryRun", "All");
    }
    cx.request(&request).map(|_| ())
}
