//! `kubectl apply`
//!
//! upstream: kubectl/pkg/cmd/apply/apply.go, patcher.go

use super::create::create;
use super::{migrate, needs_files, no_args, written};
use crate::api::{ObjectExt, Value};
use crate::cluster::request::{Method, Request};
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use crate::kubectl::{present, strategic};
use serde_json::json;

/// Where kubectl keeps what was applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

const CONFLICT_HELP: &str = "\
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Makes the cluster's objects what the manifests say.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    no_args(cx)?;
    needs_files(cx)?;
    present::check(cx)?;
    let dry = cx.dry_run()?;
    let validation = cx.field_validation()?;
    let server_side = cx.s.flags.on("server-side");
    let problem = if server_side && dry == DryRun::Client {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if server_side && cx.s.flags.on("force") {
        "--force cannot be used with --server-side"
    } else if cx.s.flags.on("force-conflicts") && !server_side {
        "--force-conflicts only works with --server-side"
    } else if cx.s.flags.on("prune") {
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector"
    } else {
        ""
    };
    if !problem.is_empty() {
        return Err(Failure::new(problem));
    }
    let builder = Builder { read: false, validate: validation != "Ignore", ..Builder::new(cx, &[]) };
    let mut failures = Vec::new();
    let mut infos = Vec::new();
    for found in builder.infos(cx)? {
        match found {
            Ok(info) => infos.push(info),
            Err(failure) => failures.push(failure),
        }
    }
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::new("no objects passed to apply"));
    }
    let mut done = Vec::new();
    for mut info in infos {
        let applied = if server_side {
            apply_server_side(cx, &mut info, validation, dry)
        } else {
            apply_one(cx, &mut info, validation, dry)
        };
        match applied {
            Ok(()) => done.push(info.object),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() && prints_objects(cx) {
        let list = match <[Value; 1]>::try_from(done) {
            Ok([object]) => object,
            Err(all) => json!({"apiVersion": "v1", "items": all, "kind": "List", "metadata": {}}),
        };
        present::object_out(cx, &list)?;
    }
    Failure::all(failures)?;
    Ok(Flow::Done)
}

/// Whether `-o` prints whole objects, all together at the end.
fn prints_objects(cx: &Cx) -> bool {
    !matches!(present::format(cx).as_str(), "" | "name")
}

fn say(cx: &mut Cx, object: &Value, done: &str, dry: DryRun) -> Outcome<()> {
    if prints_objects(cx) { Ok(()) } else { written(cx, object, done, dry) }
}

/// upstream: kubectl/pkg/cmd/apply/apply.go applyOneObject
fn apply_one(cx: &mut Cx, info: &mut Info, validation: &'static str, dry: DryRun) -> Outcome<()> {
    if info.name.is_empty() && !info.object.str_at("metadata.generateName").is_empty() {
        let generated = info.object.str_at("metadata.generateName");
        return Err(Failure::new(format!("from {generated}: cannot use generate name with apply")));
    }
    let modified = annotated(&info.object);
    let looked = if info.name.is_empty() {
        Err(Failure::new("resource name may not be empty"))
    } else {
        cx.get(info.resource, &info.namespace, &info.name)
    };
    let current = match looked {
        Ok(current) => current,
        Err(failure) if failure.is_not_found() => {
            info.object = without_nulls(modified);
            if dry != DryRun::Client {
                create(cx, info, MANAGER, validation, dry).map_err(|f| f.with_source("creating", &info.source))?;
            }
            return say(cx, &info.object.clone(), "created", dry);
        }
        Err(failure) => {
            let from = format!("retrieving current configuration of:\n{}\nfrom server for:", info.words());
            return Err(failure.with_source(&from, &info.source));
        }
    };
    if current.at("metadata.annotations").get(LAST_APPLIED).is_none() {
        let words = format!(
            "resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            info.resource.plural, info.name
        );
        cx.warn(&words);
    }
    let patch = patch_for(&current, &modified);
    let unchanged = patch.as_object().is_none_or(|p| p.is_empty());
    if unchanged {
        info.object = current;
    } else if dry == DryRun::Client {
        info.object = current;
        strategic::apply(&mut info.object, &patch);
    } else {
        patch_one(cx, info, current, &patch, &modified, validation, dry)?;
    }
    if !info.object.at("metadata.deletionTimestamp").is_null() {
        let words = format!("Detected changes to resource {} which is currently being deleted.", info.name);
        cx.warn(&words);
    }
    say(cx, &info.object.clone(), if unchanged { "unchanged" } else { "configured" }, dry)
}

const MANAGER: &str = "kubectl-client-side-apply";

/// The patch from what was applied last, what shall be and what is.
pub fn patch_for(current: &Value, modified: &Value) -> Value {
    let original = current.at("metadata.annotations").get(LAST_APPLIED).and_then(Value::as_str).unwrap_or("{}");
    let original: Value = serde_json::from_str(original).unwrap_or_else(|_| json!({}));
    strategic::three_way(&original, modified, current)
}

/// upstream: kubectl/pkg/cmd/apply/patcher.go Patcher.Patch
fn patch_one(
    cx: &mut Cx,
    info: &mut Info,
    current: Value,
    patch: &Value,
    modified: &Value,
    validation: &str,
    dry: DryRun,
) -> Outcome<()> {
    let mut request = cx.write(Method::Patch, info.path(), MANAGER, validation, dry).body(patch.clone());
    request.content_type = "application/strategic-merge-patch+json";
    let failure = match cx.request(&request) {
        Ok(object) => {
            info.adopt(object);
            return Ok(());
        }
        Err(failure) => failure,
    };
    if cx.s.flags.on("force") && matches!(failure.reason(), "Conflict" | "Invalid") {
        cx.request(&cx.write(Method::Delete, info.path(), "", "", dry))?;
        info.object = modified.clone();
        return create(cx, info, MANAGER, validation, dry);
    }
    info.object = current;
    let verb = format!("applying patch:\n{patch}\nto:\n{}\nfor:", info.words());
    Err(failure.with_source("patching", &info.source).with_source(&verb, &info.source))
}

fn apply_server_side(cx: &mut Cx, info: &mut Info, validation: &str, dry: DryRun) -> Outcome<()> {
    if info.name.is_empty() && !info.object.str_at("metadata.generateName").is_empty() {
        let generated = info.object.str_at("metadata.generateName");
        return Err(Failure::new(format!("from {generated}: cannot use generate name with apply")));
    }
    let force = if cx.s.flags.on("force-conflicts") { "true" } else { "false" };
    let mut path = info.path();
    if let Some(subresource) = cx.s.flags.value("subresource") {
        path = format!("{path}/{subresource}");
    }
    let mut request = cx.write(Method::Patch, path, "kubectl", validation, dry).query("force", force);
    request.content_type = "application/apply-patch+yaml";
    let request = request.body(info.object.clone());
    let object = cx.request(&request).map_err(|failure| match failure.reason() {
        "Conflict" => Failure::new(format!("{}\n{CONFLICT_HELP}", failure.message())),
        _ => failure,
    })?;
    info.adopt(object);
    take_over(cx, info, &request, dry)?;
    say(cx, &info.object.clone(), "serverside-applied", dry)
}

/// Ends client-side apply of an object that is now applied on the server.
///
/// upstream: kubectl/pkg/cmd/apply/apply.go saveLastApplyAnnotationIfNecessary, migrateToSSAIfNecessary
fn take_over(cx: &mut Cx, info: &mut Info, applied: &Request, dry: DryRun) -> Outcome<()> {
    let manager = applied.param("fieldManager").unwrap_or_default().to_string();
    if let Some(alone) = migrate::annotation_alone(&info.object).filter(|_| manager == "kubectl") {
        let mut request = applied.clone().body(alone);
        let keeper = |(key, _): &&mut (String, String)| key == "fieldManager";
        request.query.iter_mut().filter(keeper).for_each(|(_, value)| *value = "kubectl-last-applied".into());
        let object = cx.request(&request)?;
        info.adopt(object);
    }
    if let Some(patch) = migrate::patch(&info.object, &manager) {
        let mut request = cx.write(Method::Patch, info.path(), &manager, "", dry).body(patch);
        request.content_type = "application/json-patch+json";
        cx.request(&request)?;
        let object = cx.request(applied)?;
        info.adopt(object);
    }
    Ok(())
}

/// The object with itself in the annotation, as it is sent.
///
/// upstream: kubectl/pkg/util/apply.go GetModifiedConfiguration
pub fn annotated(object: &Value) -> Value {
    let mut annotations = object.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    annotations.remove(LAST_APPLIED);
    let mut plain = object.clone();
    plain.set("metadata.annotations", Value::Object(annotations.clone()));
    annotations.insert(LAST_APPLIED.into(), Value::String(format!("{}\n", go_json(&plain))));
    plain.set("metadata.annotations", Value::Object(annotations));
    plain
}

/// As Go's encoder writes it.
fn go_json(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// `kubectl apply view-last-applied`
///
/// upstream: kubectl/pkg/cmd/apply/apply_view_last_applied.go
pub fn view_last_applied(cx: &mut Cx) -> Outcome<Flow> {
    let format = cx.s.flags.value("output").unwrap_or("yaml").to_string();
    if format != "yaml" && format != "json" {
        let text = format!("Unexpected -o output mode: {format}, the flag 'output' must be one of yaml|json");
        return Err(cx.usage(&text));
    }
    let builder = Builder::new(cx, &cx.s.flags.args.clone());
    for info in builder.infos(cx)? {
        let info = info?;
        let Some(text) = info.object.at("metadata.annotations").get(LAST_APPLIED).and_then(Value::as_str) else {
            continue;
        };
        let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let shown = if format == "json" {
            serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
        } else {
            crate::yaml::to_string(&value)
        };
        cx.io.out.out(&shown);
    }
    Ok(Flow::Done)
}
