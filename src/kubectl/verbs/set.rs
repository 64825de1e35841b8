//! `kubectl set`
//!
//! upstream: kubectl/pkg/cmd/set

use super::{expose, for_each, written};
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Method;
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use crate::kubectl::{present, strategic};

/// `kubectl set selector`
///
/// upstream: kubectl/pkg/cmd/set/set_selector.go
pub fn selector(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let Some((text, resources)) = cx.s.flags.args.clone().split_last().map(|(l, r)| (l.clone(), r.to_vec())) else {
        return Err(Failure::new("one selector is required"));
    };
    let selector = expose::labels(&text)?;
    let builder = Builder { local: cx.s.flags.on("local"), ..Builder::new(cx, &resources) };
    let found = builder.infos(cx)?;
    for_each(found, |info| {
        if info.resource.kind != "Service" {
            return Err(Failure::new("setting a selector is only supported for Services"));
        }
        let mut changed = info.object.clone();
        changed.set("spec.selector", Value::Object(selector.clone()));
        let object = send(cx, &info, changed, dry)?;
        written(cx, &object, "selector updated", dry)
    })?;
    Ok(Flow::Done)
}

/// Sends the difference as a strategic merge patch; the object then.
pub fn send(cx: &mut Cx, info: &Info, changed: Value, dry: DryRun) -> Outcome<Value> {
    if dry == DryRun::Client || cx.s.flags.on("local") {
        return Ok(changed);
    }
    let patch = strategic::two_way(&info.object, &changed);
    let mut request = cx.write(Method::Patch, info.path(), "kubectl-set", "", dry).body(patch);
    request.content_type = "application/strategic-merge-patch+json";
    cx.request(&request)
}
