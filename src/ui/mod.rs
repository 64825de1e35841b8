//! The page: header, editor, stage, lesson, inspector, terminal and lists.
//!
//! What can be computed without a browser (places, motion, texts) is plain Rust and tested natively; the rest exists
//! in wasm only.

pub mod layout;
pub mod motion;
pub mod text;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod editor;
#[cfg(target_arch = "wasm32")]
mod glue;
#[cfg(target_arch = "wasm32")]
mod header;
#[cfg(target_arch = "wasm32")]
mod inspector;
#[cfg(target_arch = "wasm32")]
mod label;
#[cfg(target_arch = "wasm32")]
mod lesson;
#[cfg(target_arch = "wasm32")]
mod lists;
#[cfg(target_arch = "wasm32")]
mod paint;
#[cfg(target_arch = "wasm32")]
mod sending;
#[cfg(target_arch = "wasm32")]
mod settings;
#[cfg(target_arch = "wasm32")]
mod stage;
#[cfg(target_arch = "wasm32")]
mod task;
#[cfg(target_arch = "wasm32")]
mod terminal;
#[cfg(target_arch = "wasm32")]
mod timeline;
#[cfg(target_arch = "wasm32")]
mod wishes;

#[cfg(target_arch = "wasm32")]
pub use app::start;

/// The index of a tab: a row of tabs is one stop of the Tab key, its chosen tab; arrow keys go on from there.
#[cfg(target_arch = "wasm32")]
fn tabindex(chosen: bool) -> &'static str {
    if chosen { "0" } else { "-1" }
}
