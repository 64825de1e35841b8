//! `kubectl wait`
//!
//! upstream: kubectl/pkg/cmd/wait

use super::written;
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, DryRun, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::jsonpath::JsonPath;
use crate::kubectl::resources::{Builder, Info};
use crate::sim::{Duration, Time};

/// What is waited for.
#[derive(Clone, Debug)]
enum For {
    Delete,
    Create,
    Condition(String, String),
    /// The expression, and the value it shall have; none: any.
    JsonPath(JsonPath, Option<String>),
}

/// Waits until objects are as they shall be.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    if !cx.s.flags.has("for") {
        return Err(Failure::new("unrecognized condition: []"));
    }
    let conditions = cx.s.flags.each("for").iter().map(|text| read(text)).collect::<Outcome<Vec<For>>>()?;
    let args = cx.s.flags.args.clone();
    let builder = Builder { type_alone: false, ..Builder::new(cx, &args) };
    let now = cx.io.server.now();
    // A negative timeout is a week.
    let timeout = cx.s.flags.span_or("timeout", Duration::secs(30)).unwrap_or(Duration::secs(7 * 24 * 3600));
    Box::new(Wait { builder, conditions, infos: None, until: now + timeout, once: timeout == Duration(0) }).resume(cx)
}

/// upstream: kubectl/pkg/cmd/wait/wait.go conditionFuncFor
fn read(text: &str) -> Outcome<For> {
    match text.to_lowercase().as_str() {
        "delete" => return Ok(For::Delete),
        "create" => return Ok(For::Create),
        _ => {}
    }
    if let Some(condition) = text.strip_prefix("condition=") {
        let (name, value) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(For::Condition(name.into(), value.into()));
    }
    if let Some(path) = text.strip_prefix("jsonpath=") {
        let (path, value) = split_json_path(path)?;
        let relaxed = JsonPath::relaxed(&path).map_err(Failure::new)?;
        let mut parsed = JsonPath::parse(&relaxed).map_err(Failure::new)?;
        parsed.allow_missing_keys = true;
        return Ok(For::JsonPath(parsed, value));
    }
    Err(Failure::new(format!("unrecognized condition: {}", go_quote(text))))
}

/// The expression and the value, split at the `=` behind the braces.
///
/// upstream: kubectl/pkg/cmd/wait/wait.go processJSONPathInput, splitJSONPathInput
fn split_json_path(text: &str) -> Outcome<(String, Option<String>)> {
    let end = text.rfind('}').map_or(0, |i| i + 1);
    let Some(at) = text.get(end..).and_then(|tail| tail.find('=')) else { return Ok((text.to_string(), None)) };
    let (path, value) = text.split_at(end + at);
    let value = value.trim_start_matches('=').trim_matches(['\'', '"']);
    if value.is_empty() {
        let text =
            "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3";
        return Err(Failure::new(text));
    }
    Ok((path.to_string(), Some(value.to_string())))
}

/// The wait, as data.
#[derive(Clone, Debug)]
struct Wait {
    builder: Builder,
    conditions: Vec<For>,
    /// What is still to be waited for; none until it was looked up.
    infos: Option<Vec<Outcome<Info>>>,
    until: Time,
    once: bool,
}

impl Pending for Wait {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        let late = cx.io.server.now() >= self.until;
        let (create, delete) =
            (self.waits_for(|c| matches!(c, For::Create)), self.waits_for(|c| matches!(c, For::Delete)));
        if self.infos.is_none() {
            let mut found = self.builder.infos(cx)?;
            let missing = found.is_empty() || found.iter().any(|f| f.as_ref().is_err_and(Failure::is_not_found));
            if create && missing {
                if late {
                    return Err(Failure::new("timed out waiting for the condition"));
                }
                let until = self.until;
                return Ok(Flow::Wait(self, Some(until)));
            }
            if delete {
                found.retain(|f| !f.as_ref().is_err_and(Failure::is_not_found));
            }
            if found.is_empty() && !delete {
                return Err(Failure::new("no matching resources found"));
            }
            self.infos = Some(found);
        }
        let mut infos = self.infos.take().unwrap_or_default();
        while !infos.is_empty() {
            let info = match infos.first() {
                Some(Ok(info)) => info.clone(),
                _ => return infos.remove(0).map(|_| Flow::Done),
            };
            match self.check(cx, &info)? {
                true => drop(infos.remove(0)),
                false if self.once => {
                    let what = format!("{}/{}", info.resource.plural, info.name);
                    return Err(Failure::new(format!("condition not met for {what}")));
                }
                false if late => {
                    let what = format!("{}/{}", info.resource.plural, info.name);
                    return Err(Failure::new(format!("timed out waiting for the condition on {what}")));
                }
                false => {
                    self.infos = Some(infos);
                    let until = self.until;
                    return Ok(Flow::Wait(self, Some(until)));
                }
            }
        }
        Ok(Flow::Done)
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}

impl Wait {
    fn waits_for(&self, what: impl Fn(&For) -> bool) -> bool {
        self.conditions.iter().any(what)
    }

    /// Whether an object is as it shall be, in all respects; says so.
    fn check(&self, cx: &mut Cx, info: &Info) -> Outcome<bool> {
        let now = cx.get(info.resource, &info.namespace, &info.name);
        for condition in &self.conditions {
            let met = match (condition, &now) {
                (For::Delete, Err(failure)) => failure.is_not_found(),
                (For::Delete, Ok(object)) => object.uid() != info.object.uid(),
                (_, Err(failure)) => return Err(failure.clone()),
                (For::Create, Ok(_)) => true,
                (For::Condition(name, value), Ok(object)) => holds(object, name, value),
                (For::JsonPath(path, value), Ok(object)) => matches(path, value.as_deref(), object)?,
            };
            if !met {
                return Ok(false);
            }
        }
        for _ in &self.conditions {
            written(cx, now.as_ref().unwrap_or(&info.object), "condition met", DryRun::None)?;
        }
        Ok(true)
    }
}

/// upstream: kubectl/pkg/cmd/wait/condition.go checkCondition
fn holds(object: &Value, name: &str, value: &str) -> bool {
    let conditions = object.list_at("status.conditions");
    let Some(condition) = conditions.iter().find(|c| c.str_at("type").eq_ignore_ascii_case(name)) else { return false };
    let seen = condition.int_at("observedGeneration").or(object.int_at("status.observedGeneration"));
    if let (Some(seen), Some(generation)) = (seen, object.int_at("metadata.generation"))
        && seen < generation
    {
        return false;
    }
    condition.str_at("status").eq_ignore_ascii_case(value)
}

/// upstream: kubectl/pkg/cmd/wait/json.go checkCondition
fn matches(path: &JsonPath, wanted: Option<&str>, object: &Value) -> Outcome<bool> {
    let found = path.find(object).map_err(Failure::new)?;
    let Some(first) = found.first().filter(|f| !f.is_empty()) else { return Ok(false) };
    if found.len() > 1 {
        return Err(Failure::new("given jsonpath expression matches more than one list"));
    }
    if first.len() > 1 {
        return Err(Failure::new("given jsonpath expression matches more than one value"));
    }
    let (Some(value), Some(wanted)) = (first.first(), wanted) else { return Ok(true) };
    let shown = match value.as_ref() {
        Value::Object(_) | Value::Array(_) => {
            return Err(Failure::new("jsonpath leads to a nested object or list which is not supported"));
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Ok(shown.trim() == wanted.trim())
}
