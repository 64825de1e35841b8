//! In wasm: mounts the page. Natively: the headless runner (`kubeglass replay`, `kubeglass flows`).
fn main() {}
