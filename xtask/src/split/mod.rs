//! Parts the app's wasm in two: the functions that a page runs until somebody acts, and the rest, which is fetched when
//! somebody stirs. Both share one memory and one table, so nothing in the app's own code knows of it.
//!
//! Which functions those are is found out by letting a page run: `mark` gives every function a flag of its own, the build
//! opens the page in a browser and reads the flags (`static/first.mjs`), `split` parts by them. Data goes with the code
//! that needs it, by the linker's relocations. A call from the first part to a function of the rest goes through a stub,
//! which fetches the rest on the spot if it isn't there yet: what the run missed costs time, never correctness.

mod bound;
mod data;
mod emit;

use crate::Done;
use std::collections::BTreeSet;
use std::path::Path;

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Done {
    std::fs::write(path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

/// Writes `module` to `marked` with a global `ran` + index for every function, which is 1 once the function ran.
pub fn mark(module: &Path, marked: &Path) -> Done {
    let bytes = read(module)?;
    let bound = bound::Bound::read(&bytes).map_err(|e| format!("{}: {e}", module.display()))?;
    write(marked, &emit::marked(&bound, &bytes).map_err(|e| format!("{}: {e}", module.display()))?)
}

/// `linked`: cargo's wasm with names and relocations. `module`: the same after wasm-bindgen; becomes the first part.
/// `glue`: wasm-bindgen's JavaScript. `ran`: indices of the functions that ran, as text. `rest`: where the second part
/// goes.
pub fn split(linked: &Path, module: &Path, glue: &Path, ran: &Path, rest: &Path) -> Done {
    let of = |p: &Path, e: String| format!("{}: {e}", p.display());
    let text = String::from_utf8_lossy(&read(ran)?).into_owned();
    let first: Result<BTreeSet<u32>, _> = text.split_whitespace().map(str::parse).collect();
    let mut first = first.map_err(|e| of(ran, e.to_string()))?;
    let bytes = read(module)?;
    let bound = bound::Bound::read(&bytes).map_err(|e| of(module, e.to_string()))?;
    // What isn't Rust's (wasm-bindgen's own, memcpy) is small and stays.
    first.extend(bound.defined().filter(|f| !bound.names.get(f).is_some_and(|n| n.starts_with("_R"))));
    let names: BTreeSet<&str> = first.iter().filter_map(|f| bound.names.get(f).copied()).collect();
    let reach = data::reach(&read(linked)?, &names).map_err(|e| of(linked, e))?;
    let parts = emit::parts(&bound, &first, &reach).map_err(|e| of(module, e))?;
    println!("split: {} functions at first, {} later, {} stubs", parts.kept, parts.waiting, parts.stubs);
    let mut script = String::from_utf8_lossy(&read(glue)?).into_owned();
    for (i, import) in bound.imports.iter().enumerate() {
        if let Some(short) = emit::short_name(import, i) {
            script = script.replace(&format!("{}:", import.name), &format!("{short}:"));
        }
    }
    write(glue, script.as_bytes())?;
    write(module, &parts.first)?;
    write(rest, &parts.rest)
}
