//! `metav1.Status` answers, in the API server's words: `apimachinery/pkg/api/errors/errors.go`.

use super::{FieldError, Resource, Value};
use serde_json::json;

/// A failure: HTTP code, reason, message and details, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// `NotFound`, `AlreadyExists`, `Invalid` …; empty where the server gives none.
    pub reason: &'static str,
    /// What is wrong.
    pub message: String,
    /// `metav1.StatusDetails` or null.
    pub details: Value,
}

impl Status {
    /// The `Status` object on the wire.
    pub fn to_value(&self) -> Value {
        let mut v = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "code": self.code});
        if !self.reason.is_empty() {
            v["reason"] = self.reason.into();
        }
        if let Value::Object(details) = &self.details {
            // Go leaves out what is empty.
            v["details"] = details.iter().filter(|(_, d)| *d != "").map(|(k, d)| (k.clone(), d.clone())).collect();
        }
        v
    }

    fn named(code: u16, reason: &'static str, resource: &Resource, name: &str, message: String) -> Box<Self> {
        let details = json!({"name": name, "group": resource.group, "kind": resource.plural});
        Box::new(Self { code, reason, message, details })
    }

    /// 404 `GR "NAME" not found`
    pub fn not_found(resource: &Resource, name: &str) -> Box<Self> {
        Self::named(404, "NotFound", resource, name, format!("{} \"{name}\" not found", resource.group_resource()))
    }
    /// 409 `GR "NAME" already exists`
    pub fn already_exists(resource: &Resource, name: &str) -> Box<Self> {
        let message = format!("{} \"{name}\" already exists", resource.group_resource());
        Self::named(409, "AlreadyExists", resource, name, message)
    }
    /// 409 `Operation cannot be fulfilled on GR "NAME": WHY`
    pub fn conflict(resource: &Resource, name: &str, why: &str) -> Box<Self> {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.group_resource());
        Self::named(409, "Conflict", resource, name, message)
    }
    /// 403 `GR "NAME" is forbidden: WHY`
    pub fn forbidden(resource: &Resource, name: &str, why: &str) -> Box<Self> {
        let message = format!("{} \"{name}\" is forbidden: {why}", resource.group_resource());
        Self::named(403, "Forbidden", resource, name, message)
    }
    /// 422 `Kind.group "NAME" is invalid: …` with one cause an error.
    pub fn invalid(resource: &Resource, name: &str, errors: &[FieldError]) -> Box<Self> {
        let mut texts: Vec<String> = Vec::new();
        for e in errors {
            let text = e.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let all = if texts.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) };
        let dot = if resource.group.is_empty() { "" } else { "." };
        let causes: Vec<Value> =
            errors.iter().map(|e| json!({"reason": e.kind.reason(), "message": e.body, "field": e.path})).collect();
        Box::new(Self {
            code: 422,
            reason: "Invalid",
            message: format!("{}{dot}{} \"{name}\" is invalid: {all}", resource.kind, resource.group),
            details: json!({"name": name, "group": resource.group, "kind": resource.kind, "causes": causes}),
        })
    }
    /// 400
    pub fn bad_request(message: impl Into<String>) -> Box<Self> {
        Box::new(Self { code: 400, reason: "BadRequest", message: message.into(), details: Value::Null })
    }
    /// 405 `VERB is not supported on resources of kind "GR"`
    pub fn method_not_allowed(resource: &Resource, verb: &str) -> Box<Self> {
        let message = format!("{verb} is not supported on resources of kind \"{}\"", resource.group_resource());
        Self::named(405, "MethodNotAllowed", resource, "", message)
    }
    /// 404 of a path that nothing serves.
    pub fn no_such_path() -> Box<Self> {
        Box::new(Self {
            code: 404,
            reason: "NotFound",
            message: "the server could not find the requested resource".into(),
            details: json!({}),
        })
    }
    /// 500 `Internal error occurred: ERR`
    pub fn internal(error: &str) -> Box<Self> {
        Box::new(Self {
            code: 500,
            reason: "InternalError",
            message: format!("Internal error occurred: {error}"),
            details: json!({"causes": [{"message": error}]}),
        })
    }
}
