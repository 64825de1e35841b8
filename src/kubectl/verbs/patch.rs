//! `kubectl patch`
//!
//! upstream: kubectl/pkg/cmd/patch/patch.go

use super::{for_each, written};
use crate::api::error::go_quote;
use crate::cluster::request::Method;
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::Builder;
use crate::kubectl::{present, strategic};
use crate::yaml;
use serde_json::{Value, json};

/// Changes objects in part.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let flags = &cx.s.flags;
    let (patch, file) = (flags.text("patch").to_string(), flags.text("patch-file").to_string());
    if !patch.is_empty() && !file.is_empty() {
        return Err(Failure::new("cannot specify --patch and --patch-file together"));
    }
    if patch.is_empty() && file.is_empty() {
        return Err(Failure::new("must specify --patch or --patch-file containing the contents of the patch"));
    }
    let content_type = match flags.text("type").to_lowercase().as_str() {
        "json" => "application/json-patch+json",
        "merge" => "application/merge-patch+json",
        "" | "strategic" => "application/strategic-merge-patch+json",
        other => {
            let text = format!("--type must be one of [json merge strategic], not {}", go_quote(other));
            return Err(Failure::new(text));
        }
    };
    let text = if file.is_empty() {
        patch.clone()
    } else {
        match cx.io.files.read(&file) {
            Some(text) => text,
            None => {
                let why = format!("unable to read patch file: open {file}: no such file or directory");
                return Err(Failure::new(why));
            }
        }
    };
    let body = read(&text, &patch)?;
    let args = cx.s.flags.args.clone();
    let builder = Builder { local: cx.s.flags.on("local"), ..Builder::new(cx, &args) };
    let found = builder.infos(cx)?;
    let mut count = 0;
    for_each(found, |info| {
        count += 1;
        let patched = if dry == DryRun::Client || builder.local {
            let mut object = info.object.clone();
            strategic::apply(&mut object, &body);
            object
        } else {
            let mut path = info.path();
            if !builder.subresource.is_empty() {
                path = format!("{path}/{}", builder.subresource);
            }
            let mut request = cx.write(Method::Patch, path, "kubectl-patch", "", dry).body(body.clone());
            request.content_type = content_type;
            cx.request(&request)?
        };
        let words = if patched == info.object { "patched (no change)" } else { "patched" };
        // It never says that it was only tried.
        written(cx, &patched, words, DryRun::None)
    })?;
    if count == 0 {
        return Err(Failure::new("no objects passed to patch"));
    }
    Ok(Flow::Done)
}

/// The patch's text as JSON. What begins like JSON is sent as it is, and refused by the server.
fn read(text: &str, given: &str) -> Outcome<Value> {
    if let Some(why) = yaml::json_fault(text).filter(|_| yaml::is_json(text)) {
        let status = json!({"kind": "Status", "code": 400, "reason": "BadRequest", "message": why});
        return Err(Failure::Api(Box::new(status)));
    }
    yaml::to_json(text).map_err(|why| Failure::new(format!("unable to parse {}: {why}", go_quote(given))))
}
