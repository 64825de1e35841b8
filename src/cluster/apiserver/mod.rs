//! The API server: paths and verbs, decoding, admission, allocation, storage.
//!
//! A client's request comes in through [`Server::request`] and goes the long way: decoding, defaults, admission,
//! allocation, validation ([`write`]). Controllers write through the methods in [`trusted`], which do what the server
//! does to every object and nothing else.

mod admission;
mod alloc;
mod apply;
mod delete;
mod discovery;
mod fieldset;
mod managed;
pub(crate) mod meta;
mod patch;
mod pods;
mod proxy;
mod read;
mod route;
mod scale;
mod schema;
mod service;
mod service_alloc;
mod strategic;
mod strategy;
mod trusted;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use alloc::Allocators;
pub(crate) use trusted::Written;

use super::{Cluster, Method, Request, Response, Server};
use crate::api::status::Status;
use crate::api::{ObjectExt, Resource, Value, validation};
use crate::sim::Time;
use route::Route;
use serde_json::json;
use write::FieldValidation;

/// The subresource `pods/binding`, as its conflicts name it.
static POD_BINDINGS: Resource = Resource {
    group: "",
    version: "v1",
    kind: "Binding",
    plural: "pods/binding",
    singular: "binding",
    short: &[],
    namespaced: true,
    in_all: false,
};

/// One request on its way through the server.
struct Call<'a> {
    request: &'a Request,
    route: Route<'a>,
    validation: FieldValidation,
    dry_run: bool,
    warnings: Vec<String>,
}

impl<'a> Call<'a> {
    fn new(request: &'a Request, route: Route<'a>) -> Self {
        let validation = match request.param("fieldValidation") {
            Some("Strict") => FieldValidation::Strict,
            Some("Ignore") => FieldValidation::Ignore,
            _ => FieldValidation::Warn,
        };
        // A deletion's options are those of its body, if it has one.
        let dry_run = match request.method == Method::Delete && request.body.is_object() {
            true => request.body.list_at("dryRun").iter().any(|v| v == "All"),
            false => request.param("dryRun") == Some("All"),
        };
        let warnings = validation::deprecation(route.resource).map(str::to_owned).into_iter().collect();
        Self { request, route, validation, dry_run, warnings }
    }
    /// Warns of fields that the kind doesn't have.
    fn warn_unknown(&mut self, fields: &[String]) {
        self.warnings.extend(fields.iter().map(|path| format!("unknown field {path:?}")));
    }
    /// A query parameter, empty if there is none.
    fn param(&self, key: &str) -> &'a str {
        self.request.param(key).unwrap_or("")
    }
}

/// What a verb answers: code and body.
type Answer = Result<(u16, Value), Box<Status>>;

fn respond(answer: Answer, warnings: Vec<String>) -> Response {
    let (code, body) = answer.unwrap_or_else(|status| (status.code, status.to_value()));
    Response { code, body, warnings, exec: None }
}

impl Server for Cluster {
    fn request(&mut self, request: &Request) -> Response {
        if let Some(body) = (request.method == Method::Get).then(|| discovery::get(&request.path)).flatten() {
            return respond(Ok((200, body)), Vec::new());
        }
        if let Some(body) = discovery::review(request) {
            return respond(Ok((201, body)), Vec::new());
        }
        let Some(route) = Route::parse(&request.path) else {
            return respond(Err(Status::no_such_path()), Vec::new());
        };
        let mut call = Call::new(request, route);
        if matches!(route.subresource, "exec" | "attach") && route.resource.plural == "pods" {
            return match self.exec(&call) {
                Ok(target) => Response { code: 101, body: Value::Null, warnings: Vec::new(), exec: Some(target) },
                Err(status) => respond(Err(status), Vec::new()),
            };
        }
        let answer = self.answer(&mut call);
        respond(answer, call.warnings)
    }
    fn now(&self) -> Time {
        self.now
    }
}

impl Cluster {
    /// The verb and the subresource decide who answers.
    fn answer(&mut self, call: &mut Call<'_>) -> Answer {
        let (request, route) = (call.request, call.route);
        let resource = route.resource;
        match (request.method, route.subresource) {
            (_, "proxy") => self.proxy(call),
            (Method::Post, "") if route.resource.plural == "bindings" => {
                Ok((201, self.client_bind(call, &request.body)?))
            }
            (Method::Post, "") if route.name.is_empty() => {
                let (object, _) = self.client_create(call, &request.body)?;
                Ok((201, (*object).clone()))
            }
            (Method::Get, "") if route.name.is_empty() => Ok((200, self.list(call)?)),
            (Method::Get, "" | "status") => Ok((200, (*self.stored(call)?.1).clone())),
            (Method::Delete, "") if route.name.is_empty() => self.delete_collection(call),
            (Method::Delete, "") => self.client_delete(call),
            (Method::Put, "finalize") if resource.plural == "namespaces" => self.finalize(call),
            (_, "status") if !strategy::has_status(resource) => Err(Status::no_such_path()),
            (Method::Put, "" | "status") if !route.name.is_empty() => {
                let (object, new) = self.client_update(call, &request.body)?;
                Ok((if new { 201 } else { 200 }, (*object).clone()))
            }
            (Method::Patch, "" | "status") if !route.name.is_empty() => {
                let (object, new) = self.client_patch(call, request.content_type, &request.body)?;
                Ok((if new { 201 } else { 200 }, (*object).clone()))
            }
            (method, "scale") if scale::has_scale(resource) => {
                let change = match method {
                    Method::Get => None,
                    Method::Put => Some(("", &request.body)),
                    Method::Patch => Some((request.content_type, &request.body)),
                    _ => return Err(method_not_allowed()),
                };
                Ok((200, self.scale(call, change)?))
            }
            (_, subresource) if resource.plural == "pods" => self.pod_subresource(call, subresource),
            (_, "") => Err(method_not_allowed()),
            _ => Err(Status::no_such_path()),
        }
    }

    fn pod_subresource(&mut self, call: &mut Call<'_>, subresource: &str) -> Answer {
        let request = call.request;
        match (request.method, subresource) {
            (Method::Get, "log") => Ok((200, self.log(call)?.into())),
            (Method::Post, "binding") => Ok((201, self.client_bind(call, &request.body)?)),
            (Method::Post, "eviction") => Ok((201, self.evict(call, &request.body)?)),
            (_, "portforward") => self.port_forward(call).map(|()| (101, Value::Null)),
            _ => Err(Status::no_such_path()),
        }
    }
}

/// The `Status` of a success.
fn success(details: Value) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// 405 of a path that does not know the verb.
fn method_not_allowed() -> Box<Status> {
    let message = "the server does not allow this method on the requested resource".into();
    Box::new(Status { code: 405, reason: "MethodNotAllowed", message, details: json!({}) })
}
