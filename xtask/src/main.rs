//! The project's commands. Each sets up what it needs, says so, and can be run again at any time: a step that is done
//! is seen to be done by what it left, never by a note that it was started.
//!
//! `cargo xtask serve | build | test | bench [--json] | lint | gallery [--update]`

mod setup;
mod split;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// A step's failure: what failed and what to do.
pub type Done = Result<(), String>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let done = match words.first().map(String::as_str) {
        Some("serve") => serve(&rest),
        Some("build") => build(),
        Some("test") => test(),
        Some("bench") => bench(&rest),
        Some("lint") => lint(),
        Some("gallery") => gallery(&rest),
        Some("mark") if rest.len() == 2 => split::mark(rest[0].as_ref(), rest[1].as_ref()),
        Some("split") if rest.len() == 5 => {
            split::split(rest[0].as_ref(), rest[1].as_ref(), rest[2].as_ref(), rest[3].as_ref(), rest[4].as_ref())
        }
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\n{why}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "usage: cargo xtask COMMAND
  serve    set up what is missing, build, serve on http://127.0.0.1:8080/ and rebuild on changes
  build    the static site in dist/, with the size of every file
  test     all tests: native, wasm in the browser, the page in the browser
  bench    measure against the budgets (--json: one object a line)
  lint     formatting and clippy
  mark     (by the build) flag each function that runs: WASM MARKED
  split    (by the build) part the wasm in what a page starts with and the rest: LINKED WASM GLUE RAN REST
  gallery  pictures of the running app in target/gallery/, compared with the references, and the README's in
           static/readme/ (--update: what is seen becomes the references)";

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Runs a program in the project's folder with its output shown.
pub fn run(program: &str, args: &[&str]) -> Done {
    run_with(program, args, &[])
}

/// As [`run`], with environment variables.
pub fn run_with(program: &str, args: &[&str], env: &[(&str, &str)]) -> Done {
    println!("→ {program} {}", args.join(" "));
    let status = Command::new(program)
        .args(args)
        .envs(env.iter().copied())
        .env("PATH", setup::path())
        // trunk 0.21 takes true or false here and stops at any other value.
        .env_remove("NO_COLOR")
        .current_dir(root())
        .status();
    match status {
        Ok(s) if s.success() => Ok(()),
        Ok(s) => Err(format!("`{program} {}` failed ({s}); its own words are above.", args.join(" "))),
        Err(e) => Err(format!("`{program}` could not be started: {e}. Is it installed and on PATH?")),
    }
}

fn serve(rest: &[&str]) -> Done {
    setup::page()?;
    println!("kubeglass will be at http://127.0.0.1:8080/ (end with Ctrl-C)");
    run("trunk", &[&["serve"], rest, &["--offline=true"]].concat())
}

fn build() -> Done {
    setup::page()?;
    if let Err(why) = setup::browser() {
        println!("{why}\nWithout a browser the site is built all the same, but a first visit loads all of its code.");
    }
    run("trunk", &["build", "--release", "--offline=true"])
}

fn test() -> Done {
    setup::page()?;
    setup::browser()?;
    run("cargo", &["test", "--workspace", "--locked"])?;
    let runner = [
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner"),
        ("CHROMEDRIVER", "/usr/bin/chromedriver"),
    ];
    run_with("cargo", &["test", "--locked", "--target", "wasm32-unknown-unknown", "--test", "replays"], &runner)?;
    build()?;
    browser_tests()
}

/// All tests of the page in a browser, one file after the other.
fn browser_tests() -> Done {
    let folder = root().join("tests/browser");
    let files = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let names = files.flatten().map(|f| f.file_name().to_string_lossy().into_owned());
    let mut tests: Vec<String> =
        names.filter(|n| n.ends_with(".test.mjs")).map(|n| format!("tests/browser/{n}")).collect();
    tests.sort();
    let tests: Vec<&str> = tests.iter().map(String::as_str).collect();
    run("node", &[&["--test", "--test-concurrency=1"][..], &tests].concat())
}

fn bench(rest: &[&str]) -> Done {
    setup::page()?;
    setup::browser()?;
    let json = rest.contains(&"--json");
    run("trunk", &["build", "--release", "--offline=true"])?;
    run("node", &[&["tests/browser/bench.mjs"][..], if json { &["--json"] } else { &[] }].concat())
}

fn lint() -> Done {
    setup::target()?;
    run("cargo", &["fmt", "--all", "--check"])?;
    run("cargo", &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    run("cargo", &["clippy", "--locked", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"])
}

fn gallery(rest: &[&str]) -> Done {
    setup::browser()?;
    build()?;
    run("node", &[&["tests/browser/gallery.mjs"][..], rest].concat())
}
