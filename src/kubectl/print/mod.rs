//! What kubectl prints of objects: tables, descriptions, YAML, JSON, templates, documentation of fields.
//!
//! Everything is a function of objects and a point in time, except [`describe`], which asks the server for what
//! belongs to the object: its events, endpoints, Pods.

pub mod age;
mod columns;
pub mod describe;
pub mod explain;
mod go;
pub mod jsonpath;
mod kyaml;
mod output;
pub mod sort;
pub mod table;
pub mod tabwriter;
mod template;
pub mod text;

pub use output::{Flags, Format, Output, Printed, Printer, list};
