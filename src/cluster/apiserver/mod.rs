//! The API server: paths and verbs, decoding, admission, allocation, storage.
//!
//! A client's request comes in through [`Server::request`]; controllers write through the methods in [`trusted`].

mod alloc;
mod delete;
pub(crate) mod meta;
mod service;
mod trusted;

pub(crate) use alloc::Allocators;
pub(crate) use trusted::Written;

use super::{Cluster, Request, Response, Server};
use crate::api::Resource;
use crate::api::status::Status;
use crate::sim::Time;

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

impl Server for Cluster {
    fn request(&mut self, request: &Request) -> Response {
        let _ = request;
        let status = Status::no_such_path();
        Response { code: status.code, body: status.to_value(), warnings: Vec::new(), exec: None }
    }
    fn now(&self) -> Time {
        self.now
    }
}
