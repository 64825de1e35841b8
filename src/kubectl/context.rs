//! What a running command knows and how it talks to the server.

use super::config::Config;
use super::failure::{Failure, Outcome};
use super::flags::Flags;
use super::print::Printer;
use super::{Env, Exec, Io};
use crate::api::{ObjectExt, Resource, Value};
use crate::cluster::request::{Method, Request, Response};
use crate::sim::Time;
use std::fmt::Debug;

/// A command's own state: plain data, kept from step to step.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The command: `create service clusterip`.
    pub path: String,
    /// Its flags and arguments.
    pub flags: Flags,
    /// What is set around it.
    pub env: Env,
    /// The kubeconfig.
    pub config: Config,
    /// The namespace to work in.
    pub namespace: String,
    /// Whether `-n` asked for it.
    pub explicit_namespace: bool,
    /// How objects are printed, once that is known.
    pub printer: Option<Printer>,
    /// Warnings already printed: each appears once.
    pub warned: Vec<String>,
    /// How the program that was asked for ended.
    pub exited: Option<i32>,
}

/// A command that waits, as data.
pub trait Pending: Debug {
    /// Goes on.
    fn resume(self: Box<Self>, cx: &mut Cx) -> Outcome<Flow>;
    /// A copy of it.
    fn copy(&self) -> Box<dyn Pending>;
    /// The ports of the user's machine at which it listens.
    fn forwards(&self) -> &[Forwarded] {
        &[]
    }
}

/// A port of the user's machine that leads into a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The port on the user's machine.
    pub local: u16,
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// The port in the Pod.
    pub remote: u16,
}

impl Clone for Box<dyn Pending> {
    fn clone(&self) -> Self {
        (**self).copy()
    }
}

/// How a verb goes on.
#[derive(Debug)]
pub enum Flow {
    /// It is done.
    Done,
    /// Resume it when the cluster has changed, and at this time at the latest.
    Wait(Box<dyn Pending>, Option<Time>),
    /// Resume it when the program in the container has ended.
    Exec(Exec, Box<dyn Pending>),
    /// Resume it when the user's program has ended.
    Run(String, Box<dyn Pending>),
}

/// `--dry-run`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// Really do it.
    #[default]
    None,
    /// Send nothing.
    Client,
    /// Let the server check it and throw it away.
    Server,
}

impl DryRun {
    /// What success messages end in.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

/// A command's state and its surroundings, for one step.
pub struct Cx<'a, 'b> {
    /// What it may touch.
    pub io: &'a mut Io<'b>,
    /// What it knows.
    pub s: &'a mut Session,
}

impl Cx<'_, '_> {
    /// Prints a line to standard output.
    pub fn line(&mut self, text: &str) {
        self.io.out.out(text);
        self.io.out.out("\n");
    }
    /// Prints a line to standard error.
    pub fn complain(&mut self, text: &str) {
        self.io.out.err(text);
        self.io.out.err("\n");
    }
    /// Prints `Warning: TEXT` to standard error.
    pub fn warn(&mut self, text: &str) {
        self.io.out.err(&format!("Warning: {text}\n"));
    }
    /// The words of an error that names the command.
    pub fn usage(&self, text: &str) -> Failure {
        Failure::usage(&self.s.path, text)
    }

    /// Sends a request: the server's answer, its warnings printed.
    pub fn send(&mut self, request: &Request) -> Response {
        let response = self.io.server.request(request);
        for warning in &response.warnings {
            if !self.s.warned.contains(warning) {
                self.s.warned.push(warning.clone());
                self.warn(warning);
            }
        }
        response
    }
    /// Sends a request: the object it answers with, or the failure.
    pub fn request(&mut self, request: &Request) -> Outcome<Value> {
        let response = self.send(request);
        if response.ok() { Ok(response.body) } else { Err(refused(request, response)) }
    }
    /// Reads one object.
    pub fn get(&mut self, resource: &Resource, namespace: &str, name: &str) -> Outcome<Value> {
        self.request(&Request::get(object_path(resource, namespace, name)))
    }
    /// Lists the objects of a resource; an empty namespace means all.
    pub fn list(&mut self, resource: &Resource, namespace: &str, label_selector: &str) -> Outcome<Vec<Value>> {
        let mut request = Request::get(resource.path(namespace));
        if !label_selector.is_empty() {
            request = request.query("labelSelector", label_selector);
        }
        let mut list = self.request(&request)?;
        Ok(take_items(&mut list, resource))
    }

    /// upstream: kubectl/pkg/cmd/util/helpers.go GetDryRunStrategy
    pub fn dry_run(&mut self) -> Outcome<DryRun> {
        const HEAD: &str = "W1124 09:00:00.000000       1 helpers.go:731]";
        let text = match self.s.flags.value("dry-run") {
            None | Some("none") => return Ok(DryRun::None),
            Some("client") => return Ok(DryRun::Client),
            Some("server") => return Ok(DryRun::Server),
            Some(text) => text.to_string(),
        };
        match text.as_str() {
            "unchanged" => {
                self.complain(&format!("{HEAD} --dry-run is deprecated and can be replaced with --dry-run=client."));
                Ok(DryRun::Client)
            }
            "true" | "t" | "1" | "false" | "f" | "0" => {
                let client = text.starts_with(['t', '1']);
                let now = if client { "client" } else { "none" };
                let what =
                    format!("--dry-run={text} is deprecated (boolean value) and can be replaced with --dry-run={now}.");
                self.complain(&format!("{HEAD} {what}"));
                Ok(if client { DryRun::Client } else { DryRun::None })
            }
            _ => {
                let text = format!("Invalid dry-run value ({text}). Must be \"none\", \"server\", or \"client\".");
                Err(Failure::new(text))
            }
        }
    }
    /// `--validate`: the server's `fieldValidation`.
    ///
    /// upstream: kubectl/pkg/cmd/util/helpers.go GetValidationDirective
    pub fn field_validation(&self) -> Outcome<&'static str> {
        match self.s.flags.value("validate") {
            None | Some("true" | "strict") => Ok("Strict"),
            Some("warn") => Ok("Warn"),
            Some("false" | "ignore") => Ok("Ignore"),
            Some(other) => Err(Failure::new(format!(
                "invalid - validate option {}; must be one of: strict (or true), warn, ignore (or false)",
                crate::api::error::go_quote(other)
            ))),
        }
    }
    /// A write's query: `dryRun`, `fieldManager`, `fieldValidation`.
    pub fn write(&self, method: Method, path: String, manager: &str, validation: &str, dry: DryRun) -> Request {
        let mut request = Request::new(method, path);
        if dry == DryRun::Server {
            request = request.query("dryRun", "All");
        }
        if !manager.is_empty() {
            request = request.query("fieldManager", self.s.flags.value("field-manager").unwrap_or(manager));
        }
        if !validation.is_empty() {
            request = request.query("fieldValidation", validation);
        }
        request
    }
}

/// The items of a list, each with the kind that the list leaves out.
pub fn take_items(list: &mut Value, resource: &Resource) -> Vec<Value> {
    let Some(Value::Array(mut items)) = list.unset("items") else { return Vec::new() };
    for item in &mut items {
        item.set("apiVersion", resource.api_version());
        item.set("kind", resource.kind);
    }
    items
}

/// The path of one object.
pub fn object_path(resource: &Resource, namespace: &str, name: &str) -> String {
    format!("{}/{name}", resource.path(if resource.namespaced { namespace } else { "" }))
}

/// An answer that is no success, as client-go reads it: where the server says no more than that there is nothing,
/// the request is named.
///
/// upstream: apimachinery/pkg/api/errors/errors.go NewGenericServerResponse
fn refused(request: &Request, response: Response) -> Failure {
    let mut status = response.body;
    if !status.is_object() {
        let text = status.as_str().unwrap_or("the server rejected our request for an unknown reason").to_string();
        status = serde_json::json!({"kind": "Status", "code": response.code, "reason": "", "message": text});
    }
    const NOTHING: &str = "the server could not find the requested resource";
    // Scales, raw paths and those without a version are asked for by other clients, which say no more.
    let path = request.path.as_str();
    let plain = path.ends_with("/scale") || !path.starts_with("/api") || path.starts_with("/api//");
    if status.str_at("message") == NOTHING && !plain {
        let verb = match request.method {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
            Method::Patch => "patch",
            Method::Delete => "delete",
        };
        let mut parts: Vec<&str> = request.path.split('/').filter(|p| !p.is_empty()).collect();
        parts.drain(..parts.len().min(if request.path.starts_with("/api/") { 2 } else { 3 }));
        if parts.first() == Some(&"namespaces") && parts.len() > 2 {
            parts.drain(..2);
        }
        parts.truncate(2);
        status.set("message", format!("{NOTHING} ({verb} {})", parts.join(" ")));
    }
    Failure::Api(Box::new(status))
}
