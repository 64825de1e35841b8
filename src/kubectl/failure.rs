//! Errors, and how kubectl prints them.
//!
//! upstream: kubectl/pkg/cmd/util/helpers.go checkErr

use super::Output;
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use serde_json::json;

/// Why a command did not do what it should.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// `error: TEXT`
    Text(String),
    /// What the API server said: a `Status`, its message perhaps put in words of kubectl's.
    Api(Box<Value>),
    /// Several, one line each.
    Many(Vec<Failure>),
    /// Printed as it stands.
    Raw(String),
    /// Nothing to print; only the exit code.
    Exit(i32),
}

/// What a command's parts give.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A plain error.
    pub fn new(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
    /// upstream: kubectl/pkg/cmd/util/helpers.go UsageErrorf
    pub fn usage(path: &str, text: &str) -> Self {
        Self::Text(format!("{text}\nSee 'kubectl {path} -h' for help and examples"))
    }
    /// What the server would say of an object that isn't there.
    pub fn not_found(group_resource: &str, name: &str) -> Self {
        let message = format!("{group_resource} {} not found", go_quote(name));
        Self::Api(Box::new(json!({"kind": "Status", "code": 404, "reason": "NotFound", "message": message})))
    }
    /// `Status.reason`, empty where the server said nothing.
    pub fn reason(&self) -> &str {
        match self {
            Self::Api(status) => status.str_at("reason"),
            _ => "",
        }
    }
    /// Whether the server knows no such object.
    pub fn is_not_found(&self) -> bool {
        self.reason() == "NotFound"
    }
    /// Go's `err.Error()`.
    pub fn message(&self) -> String {
        match self {
            Self::Text(text) | Self::Raw(text) => text.clone(),
            Self::Api(status) => status.str_at("message").to_string(),
            Self::Many(all) if all.len() == 1 => all.iter().map(Self::message).collect(),
            Self::Many(all) => format!("[{}]", all.iter().map(Self::message).collect::<Vec<_>>().join(", ")),
            Self::Exit(code) => format!("exit status {code}"),
        }
    }
    /// The same with another text around it; an API error stays one.
    pub fn reworded(mut self, words: impl FnOnce(&str) -> String) -> Self {
        let text = words(&self.message());
        match &mut self {
            Self::Api(status) => status.set("message", text),
            _ => return Self::Text(text),
        }
        self
    }
    /// Names the file that the object came from.
    ///
    /// upstream: kubectl/pkg/cmd/util/helpers.go AddSourceToErr
    pub fn with_source(self, verb: &str, source: &str) -> Self {
        if source.is_empty() {
            return self;
        }
        self.reworded(|text| format!("error when {verb} {}: {text}", go_quote(source)))
    }
    /// None, one or many.
    pub fn all(mut failures: Vec<Failure>) -> Outcome<()> {
        match failures.len() {
            0 => Ok(()),
            1 => failures.pop().map_or(Ok(()), Err),
            _ => Err(Self::Many(failures)),
        }
    }

    /// Prints it to standard error; the exit code.
    pub fn report(&self, out: &mut dyn Output) -> i32 {
        let text = match self {
            Self::Exit(code) => return *code,
            Self::Many(all) if all.len() == 1 => return all.first().map_or(1, |one| one.report(out)),
            Self::Many(all) => {
                let mut flat = Vec::new();
                flatten(all, &mut flat);
                flat.iter().map(|f| f.standard().unwrap_or_else(|| f.message()) + "\n").collect()
            }
            Self::Api(status) if status.str_at("reason") == "Invalid" => invalid(status),
            Self::Raw(text) => text.clone(),
            Self::Text(text) if text.starts_with("error: ") => text.clone(),
            other => other.standard().unwrap_or_else(|| format!("error: {}", other.message())),
        };
        out.err(&text);
        if !text.ends_with('\n') {
            out.err("\n");
        }
        1
    }

    /// upstream: kubectl/pkg/cmd/util/helpers.go StandardErrorMessage
    pub fn standard(&self) -> Option<String> {
        let Self::Api(status) = self else { return None };
        let message = status.str_at("message");
        Some(match status.str_at("reason") {
            "Unauthorized" => format!("error: You must be logged in to the server ({message})"),
            "" => format!("Error from server: {message}"),
            reason => format!("Error from server ({reason}): {message}"),
        })
    }
}

fn flatten<'a>(all: &'a [Failure], into: &mut Vec<&'a Failure>) {
    for one in all {
        match one {
            Failure::Many(inner) => flatten(inner, into),
            one => into.push(one),
        }
    }
}

/// An Invalid status with its causes, one line each where there are several.
fn invalid(status: &Value) -> String {
    let (details, message) = (status.at("details"), status.str_at("message"));
    let mut head = "The request is invalid".to_string();
    if details.is_null() {
        return if message.is_empty() { head } else { format!("{head}: {message}") };
    }
    let causes = details.list_at("causes");
    if !details.str_at("kind").is_empty() || !details.str_at("name").is_empty() {
        head = format!("The {} {} is invalid", details.str_at("kind"), go_quote(details.str_at("name")));
    } else if !message.is_empty() && causes.is_empty() {
        head = format!("{head}: {message}");
    }
    let mut lines: Vec<String> = Vec::new();
    for cause in causes {
        let line = format!("{}: {}", cause.str_at("field"), cause.str_at("message"));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    match lines.len() {
        0 => head,
        1 => format!("{head}: {}\n", lines.concat()),
        _ => format!("{head}: \n{}", lines.iter().map(|l| format!("* {l}\n")).collect::<String>()),
    }
}
