//! Gets what is missing: the wasm target, trunk, wasm-bindgen, the npm packages, and for tests a browser.

use crate::{Done, root, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The newest trunk that this project's Rust can build.
const TRUNK: &str = "0.21.14";

/// PATH with npm's programs (wasm-opt) in front and cargo's behind, since trunk takes its tools from there.
pub fn path() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let old = std::env::var_os("PATH").unwrap_or_default();
    // What is on PATH already keeps its order; cargo's folder comes last, for shells that don't have it.
    let npm = std::iter::once(root().join("node_modules/.bin"));
    let joined = std::env::join_paths(npm.chain(std::env::split_paths(&old)).chain(home.map(|h| h.join("bin"))));
    joined.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The version that `program --version` tells.
fn version(program: &str) -> Option<String> {
    let out = Command::new(program).arg("--version").env("PATH", path()).env_remove("NO_COLOR").output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.split_whitespace().nth(1).map(str::to_string).filter(|_| out.status.success())
}

/// All that building and serving the page needs.
pub fn page() -> Done {
    target()?;
    tool("trunk", "trunk", TRUNK, &["--locked"])?;
    let bindgen = locked("wasm-bindgen")?;
    // Without --locked: its own lock file names a version of a crate that is not to be had everywhere.
    tool("wasm-bindgen", "wasm-bindgen-cli", &bindgen, &[])?;
    npm()?;
    run("cargo", &["fetch", "--locked"])
}

/// The wasm target of the Rust that is in use.
pub fn target() -> Done {
    let triple = "wasm32-unknown-unknown";
    let out = Command::new("rustc").args(["--print", "target-libdir", "--target", triple]).output();
    let folder = out.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_string()).unwrap_or_default();
    let std = |f: std::fs::DirEntry| f.file_name().to_string_lossy().starts_with("libstd-");
    let there = std::fs::read_dir(folder).is_ok_and(|d| d.flatten().any(std));
    if there {
        return Ok(());
    }
    println!("Setting up: Rust's {triple} target (seconds)");
    run("rustup", &["target", "add", triple])
        .map_err(|e| format!("{e}\nInstall the target {triple} for your Rust, for example with rustup, and try again."))
}

/// A program of cargo's in exactly this version.
fn tool(program: &str, package: &str, wanted: &str, flags: &[&str]) -> Done {
    let have = version(program);
    if have.as_deref() == Some(wanted) {
        return Ok(());
    }
    match have {
        Some(other) => println!("Setting up: {program} {wanted} in place of {other} (minutes, once)"),
        None => println!("Setting up: {program} {wanted} (minutes, once)"),
    }
    run("cargo", &[&["install", package, "--version", wanted, "--force"], flags].concat())
        .map_err(|e| format!("{e}\n{program} {wanted} is needed: `cargo install {package} --version {wanted}`."))?;
    match version(program) {
        Some(v) if v == wanted => Ok(()),
        found => {
            Err(format!("{program} {wanted} was installed, but PATH leads to {found:?}: put cargo's bin folder first."))
        }
    }
}

/// The version of a package that Cargo.lock names.
fn locked(package: &str) -> Result<String, String> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).map_err(|e| format!("Cargo.lock: {e}"))?;
    let mut lines = lock.lines();
    let head = format!("name = \"{package}\"");
    lines.find(|l| *l == head).ok_or(format!("Cargo.lock has no {package}"))?;
    let line = lines.next().unwrap_or_default();
    Ok(line.trim_start_matches("version = ").trim_matches('"').into())
}

/// npm's packages as package-lock.json has them; npm leaves a list of what it finished in `.package-lock.json`.
fn npm() -> Done {
    let wanted =
        std::fs::read_to_string(root().join("package-lock.json")).map_err(|e| format!("package-lock.json: {e}"))?;
    let stamp = root().join("node_modules/.kubeglass-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    println!("Setting up: npm packages (the editor, wasm-opt; under a minute)");
    run("npm", &["ci", "--no-audit", "--no-fund"]).map_err(|e| {
        format!("{e}\nNode.js 20 or newer with npm is needed, and the npm registry must be reachable once.")
    })?;
    std::fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))
}

/// Chromium and its driver, for tests.
pub fn browser() -> Done {
    let missing = !["/usr/bin/chromium", "/usr/bin/chromedriver"].iter().all(|p| Path::new(p).exists());
    let fonts = Path::new("/usr/share/fonts/truetype/nanum").exists();
    if !missing && fonts {
        return Ok(());
    }
    println!("Setting up: Debian's chromium, its driver and a Hangul font (a minute)");
    let help =
        "Tests need Debian's packages chromium, chromium-driver and fonts-nanum: install them as root and try again.";
    run("apt-get", &["update", "-qq"]).map_err(|e| format!("{e}\n{help}"))?;
    run("apt-get", &["install", "-y", "-qq", "chromium", "chromium-driver", "fonts-nanum"])
        .map_err(|e| format!("{e}\n{help}"))
}
