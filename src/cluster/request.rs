//! What goes over the wire between a client and the API server.

use crate::api::Value;
use crate::sim::Time;

/// HTTP methods that the API server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read one or list.
    Get,
    /// Create.
    Post,
    /// Replace.
    Put,
    /// Change in part; the content type says how.
    Patch,
    /// Delete one or a collection.
    Delete,
}

/// A client's request.
#[derive(Clone, Debug)]
pub struct Request {
    /// HTTP method.
    pub method: Method,
    /// Path without query: `/api/v1/namespaces/default/services/web`.
    pub path: String,
    /// Query parameters in order, decoded: `("labelSelector", "app=web")`.
    pub query: Vec<(String, String)>,
    /// For [`Method::Patch`]: `application/merge-patch+json`, `application/strategic-merge-patch+json`,
    /// `application/json-patch+json`, `application/apply-patch+yaml`. Empty otherwise.
    pub content_type: &'static str,
    /// Body, `Null` if none.
    pub body: Value,
}

impl Request {
    /// A request without query and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), content_type: "", body: Value::Null }
    }
    /// `GET path`
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }
    /// With a body.
    pub fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }
    /// With one more query parameter.
    pub fn query(mut self, key: &str, value: impl Into<String>) -> Self {
        self.query.push((key.into(), value.into()));
        self
    }
    /// One query parameter's value.
    pub fn param(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

/// A program to run in a container: what `exec`'s stream request asks for. The shell runs it; the server only admits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecTarget {
    /// Namespace of the Pod.
    pub namespace: String,
    /// The Pod.
    pub pod: String,
    /// The container in it.
    pub container: String,
    /// Program and arguments.
    pub argv: Vec<String>,
}

/// The server's answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status code: 200, 201, 404 …
    pub code: u16,
    /// The object, list or `Status`. Plain text answers (logs, `/version` …) are a string.
    pub body: Value,
    /// `Warning` headers' texts, in order.
    pub warnings: Vec<String>,
    /// Set where the connection became a stream (`POST …/pods/NAME/exec`): code 101.
    pub exec: Option<ExecTarget>,
}

impl Response {
    /// Whether it is a success.
    pub fn ok(&self) -> bool {
        self.code < 400
    }
}

/// Who answers API requests; `kubectl` knows no more of the cluster than this.
pub trait Server {
    /// Answers one request.
    fn request(&mut self, request: &Request) -> Response;
    /// What the client's clock shows.
    fn now(&self) -> Time;
}
