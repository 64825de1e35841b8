//! What files are: names, sizes, places.

use super::copying::below;
use super::run::missing_operand;
use super::{Call, Outcome};
use crate::cluster::files::{Node, parent, resolve};
use crate::shell::glob;

/// `basename`
pub fn basename(call: &mut Call) -> Outcome {
    let Some(path) = call.args().first() else { return Ok(missing_operand(call)) };
    let trimmed = path.trim_end_matches('/');
    let name = trimmed.rsplit('/').next().unwrap_or("");
    let suffix = call.args().get(1).map(String::as_str).unwrap_or("");
    let name = if name == suffix { name } else { name.strip_suffix(suffix).unwrap_or(name) };
    call.line(if trimmed.is_empty() { "/" } else { name });
    Ok(0)
}

/// `dirname`
pub fn dirname(call: &mut Call) -> Outcome {
    let Some(path) = call.args().first() else { return Ok(missing_operand(call)) };
    let trimmed = path.trim_end_matches('/');
    call.line(if trimmed.contains('/') {
        parent(trimmed)
    } else if path.starts_with('/') {
        "/"
    } else {
        "."
    });
    Ok(0)
}

/// `realpath`
pub fn realpath(call: &mut Call) -> Outcome {
    let mut status = 0;
    for path in call.args().iter().filter(|a| !a.starts_with('-')) {
        let full = resolve(&call.sys.common.cwd, path);
        // All but the last name must be there.
        let above = path.rfind('/').map_or(".", |at| if at == 0 { "/" } else { &path[..at] }).to_owned();
        if call.sys.stat(&above) == Some(Node::Folder) && !missing_step(call, &above) {
            call.line(&full);
        } else {
            let message = format!("realpath: {path}: No such file or directory\n");
            call.err(&message);
            status = 1;
        }
    }
    Ok(status)
}

/// Whether a folder on the way is missing, though `..` would take it away.
fn missing_step(call: &mut Call, path: &str) -> bool {
    let steps: Vec<usize> = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).collect();
    steps.into_iter().any(|at| call.sys.stat(&path[..at]).is_none())
}

/// `chmod`: there are no modes here.
pub fn chmod(call: &mut Call) -> Outcome {
    let mut status = 0;
    for path in call.args().iter().filter(|a| !a.starts_with('-')).skip(1) {
        if call.sys.stat(path).is_none() {
            let message = format!("chmod: cannot access '{path}': No such file or directory\n");
            call.err(&message);
            status = 1;
        }
    }
    Ok(status)
}

/// `stat -c %s`
pub fn stat(call: &mut Call) -> Outcome {
    let options = match call.options("c:", &[("format", 'c')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let mut status = 0;
    for path in &options.rest {
        match call.sys.stat(path) {
            None => {
                let message = format!("stat: cannot statx '{path}': No such file or directory\n");
                call.err(&message);
                status = 1;
            }
            Some(node) => {
                let (size, kind) = match &node {
                    Node::File(text) if text.is_empty() => (0, "regular empty file"),
                    Node::File(text) => (text.len(), "regular file"),
                    Node::Folder => (4096, "directory"),
                };
                let format = options.value('c').unwrap_or("  File: %n\n  Size: %s\t%F").to_owned();
                call.line(&format.replace("%n", path).replace("%s", &size.to_string()).replace("%F", kind));
            }
        }
    }
    Ok(status)
}

/// `find PATH [-name PATTERN] [-type f|d]`
pub fn find(call: &mut Call) -> Outcome {
    let args = call.args();
    let split = args.iter().position(|a| a.starts_with('-')).unwrap_or(args.len());
    let paths = if split == 0 { vec![".".to_owned()] } else { args[..split].to_vec() };
    let (mut pattern, mut kind, mut rest) = (None, None, args[split..].iter());
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-name" | "-iname" => pattern = rest.next().cloned(),
            "-type" => kind = rest.next().cloned(),
            "-print" => {}
            other => return call.fail(&format!("unknown predicate `{other}'"), 1),
        }
    }
    let mut status = 0;
    for path in &paths {
        let Some(node) = call.sys.stat(path) else {
            let message = format!("find: {}: No such file or directory\n", call.quote(path));
            call.err(&message);
            status = 1;
            continue;
        };
        let mut found = vec![(String::new(), node)];
        let full = resolve(&call.sys.common.cwd, path);
        below(call, &full, "", &mut found);
        for (inner, node) in found {
            let shown = format!("{}{inner}", path.trim_end_matches('/'));
            let name = shown.rsplit('/').next().unwrap_or("");
            let named = pattern.as_deref().is_none_or(|p| glob::matches(p, name));
            let typed = kind.as_deref().is_none_or(|k| (k == "d") == (node == Node::Folder));
            if named && typed {
                call.line(&shown);
            }
        }
    }
    Ok(status)
}
