//! The house's order, checked on the source: an arrow never points up, and below `ui` there is no browser, no clock, no
//! input or output.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// Layers from the top; those in one row don't know each other.
const ORDER: &[&[&str]] = &[
    &["ui"],
    &["playground"],
    &["lesson", "shell"],
    &["kubectl"],
    &["cluster"],
    &["network"],
    &["api"],
    &["yaml", "sim"],
    &["collections"],
];

/// What nothing below `ui` may name, and why.
const BELOW_UI: &[(&str, &str)] = &[
    ("web_sys", "the browser is ui's"),
    ("js_sys", "the browser is ui's"),
    ("wasm_bindgen", "the browser is ui's"),
    ("gloo", "the browser is ui's"),
    ("std::fs", "files are the learner's, kept in memory"),
    ("std::net::Tcp", "the only network is the simulated one"),
    ("std::process", "nothing is run"),
    ("std::env", "nothing outside decides what the cluster does"),
    ("std::thread", "the simulation is one thread"),
    ("std::time", "all time comes from sim's clock"),
    ("println!", "what is printed goes to a terminal value"),
    ("thread_local!", "there is no global state"),
    ("static mut", "there is no global state"),
];

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            rust_files(&entry, out);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            out.push(entry);
        }
    }
}

/// Code without comments, and without what stands after `#[cfg(test)]` (tests may read files).
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|s| s == "tests") || path.components().any(|c| c.as_os_str() == "tests")
}

#[test]
fn no_arrow_points_up() {
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (row, layers) in ORDER.iter().enumerate() {
        for layer in *layers {
            let mut files = Vec::new();
            rust_files(&src().join(layer), &mut files);
            assert!(!files.is_empty(), "{layer} is gone: mend this test's table");
            for file in files.iter().filter(|f| !is_test(f)) {
                let text = code(file);
                for upper in ORDER[..=row].iter().flat_map(|r| r.iter()).filter(|u| *u != layer) {
                    if text.contains(&format!("crate::{upper}::")) || text.contains(&format!("crate::{upper};")) {
                        wrong.push(format!("{} uses {upper}", file.display()));
                    }
                }
                arrows += text.matches("crate::").count();
            }
        }
    }
    assert!(arrows > 50, "the test reads no code");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn below_ui_there_is_no_browser_no_clock_no_input_or_output() {
    let mut wrong = Vec::new();
    for layer in ORDER[1..].iter().flat_map(|r| r.iter()) {
        let mut files = Vec::new();
        rust_files(&src().join(layer), &mut files);
        for file in files.iter().filter(|f| !is_test(f)) {
            let text = code(file);
            for (name, why) in BELOW_UI {
                if text.contains(name) {
                    wrong.push(format!("{} names {name}: {why}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_library_has_its_layer() {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    for line in lib.lines().filter_map(|l| l.strip_prefix("pub mod ")) {
        let name = line.trim_end_matches(';');
        assert!(ORDER.iter().any(|r| r.contains(&name)), "{name} has no place in the order of layers");
    }
}
