//! The engine's figures in the browser; natively there is nothing here. `cargo xtask bench` runs it.
#![cfg(target_arch = "wasm32")]

#[path = "../benches/measures/mod.rs"]
mod measures;

use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn figures() {
    let now = || web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now());
    measures::all(&now, &|name, value| console_log!("measured {name} {value:.3}"));
}
