//! Kubernetes objects: what a kind is, what its fields are, what their defaults and bounds are.
//!
//! An object is a JSON tree ([`Value`]), as on the wire, so a field that is not simulated is kept, printed and
//! round-tripped. What a field is comes from one place: the schema generated at build time from the API server's own.

pub mod defaults;
pub mod error;
pub mod ip;
pub mod near;
pub mod object;
pub mod quantity;
pub mod resource;
pub mod schema;
pub mod selector;
pub mod status;
pub mod validation;

pub use error::{ErrorKind, FieldError};
pub use near::distance;
pub use object::{ObjectExt, from_text};
pub use resource::Resource;
pub use serde_json::Value;
