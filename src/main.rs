//! In wasm: mounts the page. Natively: the headless runner (`kubeglass replay`, `kubeglass flows`).

#[cfg(target_arch = "wasm32")]
fn main() {
    kubeglass::ui::start();
}

#[cfg(not(target_arch = "wasm32"))]
mod runner;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    runner::main()
}
