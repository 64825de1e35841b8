//! One learner's session: files, cluster, history; and transcripts, replayed and compared.

#[cfg(not(target_arch = "wasm32"))]
pub mod compare;
mod options;
mod settle;
pub mod transcript;

pub use settle::settle;
