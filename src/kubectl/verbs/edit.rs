//! `kubectl edit`
//!
//! upstream: kubectl/pkg/cmd/util/editor/editoptions.go

use super::written;
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::cluster::request::Method;
use crate::kubectl::context::{Cx, DryRun, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::resources::{Builder, Info};
use crate::kubectl::strategic;
use serde_json::json;

const HEADER: &str = "\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// Opens objects in the user's editor and sends what changed.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let validation = cx.field_validation()?;
    let args = cx.s.flags.args.clone();
    let builder = Builder { type_alone: true, ..Builder::new(cx, &args) };
    let mut infos = builder.infos(cx)?.into_iter().collect::<Outcome<Vec<Info>>>()?;
    if infos.is_empty() {
        return Err(Failure::new("edit cancelled, no objects found"));
    }
    for info in &mut infos {
        info.object.unset("metadata.managedFields");
    }
    let json = cx.s.flags.text("output") == "json";
    let file = format!(
        "/tmp/kubectl-edit-{:010}.{}",
        cx.io.server.now().0 % 10_000_000_000,
        if json { "json" } else { "yaml" }
    );
    let edit = Edit { infos, file, json, validation, original: String::new(), edited: None, reasons: Vec::new() };
    Box::new(edit).launch(cx)
}

/// An editor at work.
#[derive(Clone, Debug)]
struct Edit {
    infos: Vec<Info>,
    file: String,
    json: bool,
    validation: &'static str,
    /// What the editor was first given.
    original: String,
    /// What it gave back, where that had errors.
    edited: Option<String>,
    /// Why it is opened again: each a head and its points.
    reasons: Vec<(String, Vec<String>)>,
}

/// A text without its comment lines, as far as comparing goes.
fn stripped(text: &str) -> String {
    text.lines().filter(|l| !l.trim_start().starts_with('#')).map(|l| format!("{l}\n")).collect()
}

/// Whether an edited text can be an object at all.
fn valid(text: &str) -> Result<(), String> {
    let value = crate::yaml::to_json(&stripped(text))?;
    if value.is_null() { Ok(()) } else { crate::kubectl::manifest::validate(&value) }
}

impl Edit {
    fn launch(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        let mut text = HEADER.to_string();
        for (head, points) in &self.reasons {
            let colon = if points.is_empty() { "" } else { ":" };
            text.push_str(&format!("# {}{colon}\n", head.replace('\n', "\n# ")));
            points.iter().for_each(|p| text.push_str(&format!("# * {}\n", p.replace('\n', "\n# "))));
            text.push_str("#\n");
        }
        match &self.edited {
            Some(edited) => text.push_str(&stripped(edited)),
            None => {
                let objects: Vec<&Value> = self.infos.iter().map(|i| &i.object).collect();
                let whole = match objects.as_slice() {
                    [one] => (*one).clone(),
                    all => json!({"apiVersion": "v1", "items": all, "kind": "List", "metadata": {}}),
                };
                let body = match self.json {
                    true => serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n",
                    false => crate::yaml::to_string(&whole),
                };
                text.push_str(&body);
                self.original = text.clone();
            }
        }
        if !cx.io.files.write(&self.file, &text) {
            return Err(Failure::new(format!("open {}: permission denied", self.file)));
        }
        let editor = cx.s.env.editor.clone().unwrap_or_else(|| "vi".into());
        let line = format!("{editor} {}", self.file);
        Ok(Flow::Run(line, self))
    }

    fn keep(&self, cx: &mut Cx, failure: Failure) -> Failure {
        cx.complain(&format!("A copy of your changes has been stored to {}", go_quote(&self.file)));
        failure
    }

    /// Sends each object's change; what is said of those that failed.
    fn send(&mut self, cx: &mut Cx, updated: &[Info]) -> Outcome<(usize, usize)> {
        let (mut retry, mut missing) = (0, 0);
        for new in updated {
            let Some(old) = self.infos.iter().find(|i| i.object.uid() == new.object.uid()).cloned() else {
                return Err(self.keep(cx, Failure::new(format!("no original object found for {}", new.reference()))));
            };
            if old.object == new.object {
                written(cx, &new.object, "skipped", DryRun::None)?;
                continue;
            }
            let same = |path: &str| old.object.at(path) == new.object.at(path);
            if !(same("apiVersion") && same("kind") && same("metadata.name")) {
                let failure = Failure::new("At least one of apiVersion, kind and name was changed");
                return Err(self.keep(cx, failure));
            }
            let patch = strategic::two_way(&old.object, &new.object);
            if cx.s.flags.on("output-patch") {
                cx.line(&format!("Patch: {patch}"));
            }
            let mut request =
                cx.write(Method::Patch, old.path(), "kubectl-edit", self.validation, DryRun::None).body(patch);
            request.content_type = "application/strategic-merge-patch+json";
            let what = format!("{} {}", old.resource.group_resource(), go_quote(&old.name));
            match cx.request(&request) {
                Ok(object) => written(cx, &object, "edited", DryRun::None)?,
                Err(Failure::Api(status)) if status.str_at("reason") == "Invalid" => {
                    let causes = status.list_at("details.causes").iter();
                    let points = causes.map(|c| format!("{}: {}", c.str_at("field"), c.str_at("message"))).collect();
                    self.reasons.push((format!("{what} was not valid"), points));
                    cx.complain(&format!("error: {what} is invalid"));
                }
                Err(failure) if failure.is_not_found() => {
                    missing += 1;
                    cx.complain(&format!("error: {what} could not be found on the server"));
                }
                Err(failure) => {
                    retry += 1;
                    let why = failure.message();
                    cx.complain(&format!("error: {what} could not be patched: {why}"));
                }
            }
        }
        Ok((retry, missing))
    }

    /// The objects of the edited text.
    fn read(&self, cx: &Cx, text: &str) -> Result<Vec<Info>, String> {
        let mut infos = Vec::new();
        for document in crate::yaml::parse(text) {
            if let Some(problem) = document.error {
                return Err(format!("error parsing edited-file: {}", problem.text));
            }
            if document.value.is_null() {
                continue;
            }
            let found = crate::kubectl::manifest::objects(cx, document.value, "edited-file");
            for info in found {
                infos.push(info.map_err(|f| f.message())?);
            }
        }
        Ok(infos)
    }
}

impl Pending for Edit {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        if cx.s.exited.take().unwrap_or(0) != 0 {
            let editor = cx.s.env.editor.clone().unwrap_or_else(|| "vi".into());
            return Err(Failure::new(format!("there was a problem with the editor {}", go_quote(&editor))));
        }
        let text = cx.io.files.read(&self.file).unwrap_or_default();
        let again = self.edited.as_ref().is_some_and(|before| stripped(before) == stripped(&text));
        if again {
            let failure = Failure::new("Edit cancelled, no valid changes were saved.");
            return Err(self.keep(cx, failure));
        }
        self.reasons.clear();
        if let Err(why) = valid(&text) {
            let Some(first) = self.infos.first() else { return Ok(Flow::Done) };
            let what = format!("{} {}", first.resource.group_resource(), go_quote(&first.name));
            let point = format!("<nil>: Invalid value: \"The edited file failed validation\": {why}");
            self.reasons.push((format!("{what} was not valid"), vec![point]));
            cx.complain(&format!("error: {what} is invalid"));
            self.edited = Some(text);
            return self.launch(cx);
        }
        if stripped(&text) == stripped(&self.original) {
            cx.complain("Edit cancelled, no changes made.");
            return Ok(Flow::Done);
        }
        if stripped(&text).trim().is_empty() {
            cx.complain("Edit cancelled, saved file was empty.");
            return Ok(Flow::Done);
        }
        let updated = match self.read(cx, &text) {
            Ok(updated) => updated,
            Err(why) => {
                self.reasons.push((format!("The edited file had a syntax error: {why}"), Vec::new()));
                self.edited = Some(text);
                return self.launch(cx);
            }
        };
        let (retry, missing) = self.send(cx, &updated)?;
        let file = self.file.clone();
        if retry > 0 {
            cx.complain(&format!("You can run `kubectl replace -f {file}` to try this update again."));
            return Err(Failure::Exit(1));
        }
        if missing > 0 {
            cx.complain(&format!("The edits you made on deleted resources have been saved to {}", go_quote(&file)));
            return Err(Failure::Exit(1));
        }
        if self.reasons.is_empty() {
            return Ok(Flow::Done);
        }
        self.edited = Some(text);
        self.launch(cx)
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}
