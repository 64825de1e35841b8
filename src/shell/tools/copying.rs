//! `cp` and `mv`.

use super::files::remove_all;
use super::{Call, Outcome};
use crate::cluster::files::{Node, resolve};

/// `cp`
pub fn cp(call: &mut Call) -> Outcome {
    copy(call, false)
}

/// `mv`
pub fn mv(call: &mut Call) -> Outcome {
    copy(call, true)
}

/// All files below a folder, with their paths within it.
pub(super) fn below(call: &mut Call, path: &str, within: &str, found: &mut Vec<(String, Node)>) {
    let inside: Vec<(String, Node)> =
        call.sys.tree_mut(path).list(path).map(|(name, node)| (name.to_owned(), node.clone())).collect();
    for (name, node) in inside {
        let inner = format!("{within}/{name}");
        let folder = node == Node::Folder;
        found.push((inner.clone(), node));
        if folder {
            below(call, &format!("{path}/{name}"), &inner, found);
        }
    }
}

fn copy(call: &mut Call, remove: bool) -> Outcome {
    let name = call.name();
    let options = match call.options("rRafvnipuT", &[("recursive", 'r'), ("force", 'f'), ("verbose", 'v')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let (target, sources) = match options.rest.split_last() {
        Some((target, sources)) if !sources.is_empty() => (target, sources),
        Some((only, _)) => {
            let text =
                format!("missing destination file operand after '{only}'\nTry '{name} --help' for more information.");
            return call.fail(&text, 1);
        }
        None => return call.fail(&format!("missing file operand\nTry '{name} --help' for more information."), 1),
    };
    let into = call.sys.stat(target) == Some(Node::Folder);
    if sources.len() > 1 && !into {
        return call.fail(&format!("target '{target}': No such file or directory"), 1);
    }
    let deep = remove || options.has('r') || options.has('R') || options.has('a');
    let mut status = 0;
    for source in sources {
        let from = resolve(&call.sys.common.cwd, source);
        let base = from.rsplit('/').next().unwrap_or("");
        let to = resolve(&call.sys.common.cwd, &if into { format!("{target}/{base}") } else { target.clone() });
        let problem = match call.sys.stat(source) {
            None => Some(format!("cannot stat '{source}': No such file or directory")),
            Some(Node::Folder) if !deep => Some(format!("-r not specified; omitting directory '{source}'")),
            Some(_) if from == to => Some(format!("'{source}' and '{target}' are the same file")),
            Some(Node::File(text)) => match call.sys.write_file(&to, &text) {
                Ok(()) => {
                    if remove {
                        // It was there a moment ago.
                        let _ = call.sys.tree_mut(&from).remove(&from);
                    }
                    None
                }
                Err(trouble) => {
                    let what = if remove {
                        format!("cannot move '{source}' to '{target}'")
                    } else {
                        format!("cannot create regular file '{target}'")
                    };
                    Some(format!("{what}: {}", trouble.text()))
                }
            },
            Some(Node::Folder) => {
                let mut found = Vec::new();
                below(call, &from, "", &mut found);
                call.sys.tree_mut(&to).make_folders(&to);
                for (inner, node) in found {
                    let path = format!("{to}{inner}");
                    match node {
                        Node::Folder => call.sys.tree_mut(&path).make_folders(&path),
                        // Its folder was made just before.
                        Node::File(text) => drop(call.sys.write_file(&path, &text)),
                    }
                }
                if remove { remove_all(call, &from).err().map(|t| t.text().to_owned()) } else { None }
            }
        };
        if let Some(problem) = problem {
            call.err(&format!("{name}: {problem}\n"));
            status = 1;
        }
    }
    Ok(status)
}
