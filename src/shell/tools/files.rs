//! Tools that work on files.

use super::run::missing_operand;
use super::{Call, Outcome};
use crate::cluster::files::{Node, Trouble, parent, resolve};
use crate::shell::glob;

/// `cat`
pub fn cat(call: &mut Call) -> Outcome {
    let options = match call.options("nAbsETuve", &[("number", 'n')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let files = if options.rest.is_empty() { vec!["-".to_owned()] } else { options.rest.clone() };
    let (mut status, mut number) = (0, 0);
    for path in &files {
        match call.input(path)? {
            Ok(text) if options.has('n') || options.has('A') || options.has('E') => {
                for line in super::lines(&text) {
                    number += 1;
                    let head = if options.has('n') { format!("{number:>6}\t") } else { String::new() };
                    let body = if options.has('A') { line.replace('\t', "^I") } else { line.to_owned() };
                    let end = if options.has('A') || options.has('E') { "$" } else { "" };
                    call.line(&format!("{head}{body}{end}"));
                }
            }
            Ok(text) => call.out(&text),
            Err(trouble) => {
                call.trouble(path, trouble);
                status = 1;
            }
        }
    }
    Ok(status)
}

/// `ls`
pub fn ls(call: &mut Call) -> Outcome {
    let options = match call.options("la1ARhdtrS", &[("all", 'a'), ("almost-all", 'A')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let asked = if options.rest.is_empty() { vec![".".to_owned()] } else { options.rest.clone() };
    let (mut status, mut files, mut folders) = (0, Vec::new(), Vec::new());
    for path in &asked {
        match call.sys.stat(path) {
            None => {
                let message = format!("ls: cannot access '{path}': No such file or directory\n");
                call.err(&message);
                status = 2;
            }
            Some(Node::Folder) if !options.has('d') => folders.push(path.clone()),
            Some(node) => files.push((path.clone(), node)),
        }
    }
    let long = options.has('l');
    show(call, &files, long);
    for (n, folder) in folders.iter().enumerate() {
        if asked.len() > 1 {
            let gap = if n > 0 || !files.is_empty() { "\n" } else { "" };
            call.out(&format!("{gap}{folder}:\n"));
        }
        let path = resolve(&call.sys.common.cwd, folder);
        let all = options.has('a') || options.has('A');
        let inside: Vec<(String, Node)> = call
            .sys
            .tree_mut(&path)
            .list(&path)
            .filter(|(name, _)| all || !name.starts_with('.'))
            .map(|(name, node)| (name.to_owned(), node.clone()))
            .collect();
        if long {
            call.line(&format!("total {}", inside.len() * 4));
        }
        show(call, &inside, long);
    }
    Ok(status)
}

fn show(call: &mut Call, entries: &[(String, Node)], long: bool) {
    let size = |node: &Node| if let Node::File(text) = node { text.len() } else { 4096 };
    let width = entries.iter().map(|(_, n)| size(n).to_string().len()).max().unwrap_or(0);
    for (name, node) in entries {
        if long {
            let kind = if *node == Node::Folder { "drwxr-xr-x 2" } else { "-rw-r--r-- 1" };
            call.line(&format!("{kind} root root {:>width$} Nov 24 09:00 {name}", size(node)));
        } else {
            call.line(name);
        }
    }
}

/// `touch`
pub fn touch(call: &mut Call) -> Outcome {
    let options = match call.options("acmt:d:r:", &[("no-create", 'c')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    if options.rest.is_empty() {
        call.err("touch: missing file operand\nTry 'touch --help' for more information.\n");
        return Ok(1);
    }
    let mut status = 0;
    for path in &options.rest {
        if call.sys.stat(path).is_none()
            && !options.has('c')
            && let Err(trouble) = call.sys.write_file(path, "")
        {
            let message = format!("touch: cannot touch '{path}': {}\n", trouble.text());
            call.err(&message);
            status = 1;
        }
    }
    Ok(status)
}

fn remove_all(call: &mut Call, path: &str) -> Result<(), Trouble> {
    let inside: Vec<String> = call.sys.tree_mut(path).list(path).map(|(name, _)| format!("{path}/{name}")).collect();
    for inner in inside {
        remove_all(call, &inner)?;
    }
    call.sys.tree_mut(path).remove(path)
}

/// `rm`
pub fn rm(call: &mut Call) -> Outcome {
    let options = match call.options("rRfvid", &[("recursive", 'r'), ("force", 'f'), ("verbose", 'v')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let (force, deep) = (options.has('f'), options.has('r') || options.has('R'));
    if options.rest.is_empty() && !force {
        return Ok(missing_operand(call));
    }
    let mut status = 0;
    for path in &options.rest {
        let full = resolve(&call.sys.common.cwd, path);
        let problem = match call.sys.stat(path) {
            None if force => continue,
            None => Some("No such file or directory"),
            Some(Node::Folder) if !deep => Some("Is a directory"),
            Some(Node::Folder) => remove_all(call, &full).err().map(Trouble::text),
            Some(Node::File(_)) => call.sys.tree_mut(&full).remove(&full).err().map(Trouble::text),
        };
        match problem {
            Some(problem) => {
                let message = format!("rm: cannot remove '{path}': {problem}\n");
                call.err(&message);
                status = 1;
            }
            None if options.has('v') => call.line(&format!("removed '{path}'")),
            None => {}
        }
    }
    Ok(status)
}

/// `mkdir`
pub fn mkdir(call: &mut Call) -> Outcome {
    let options = match call.options("pvm:", &[("parents", 'p'), ("mode", 'm')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    if options.rest.is_empty() {
        return Ok(missing_operand(call));
    }
    let mut status = 0;
    for path in &options.rest {
        let full = resolve(&call.sys.common.cwd, path);
        let made = if options.has('p') {
            call.sys.tree_mut(&full).make_folders(&full);
            Ok(())
        } else if call.sys.stat(path).is_some() {
            Err(Trouble::Exists)
        } else {
            call.sys.tree_mut(&full).make_folder(&full)
        };
        if let Err(trouble) = made {
            let message = format!("mkdir: cannot create directory {}: {}\n", call.quote(path), trouble.text());
            call.err(&message);
            status = 1;
        }
    }
    Ok(status)
}

/// `rmdir`
pub fn rmdir(call: &mut Call) -> Outcome {
    let mut status = 0;
    for path in call.args() {
        let full = resolve(&call.sys.common.cwd, path);
        let problem = match call.sys.stat(path) {
            None => Some("No such file or directory"),
            Some(Node::File(_)) => Some("Not a directory"),
            Some(Node::Folder) => call.sys.tree_mut(&full).remove(&full).err().map(Trouble::text),
        };
        if let Some(problem) = problem {
            let message = format!("rmdir: failed to remove '{path}': {problem}\n");
            call.err(&message);
            status = 1;
        }
    }
    Ok(status)
}

/// `cp`
pub fn cp(call: &mut Call) -> Outcome {
    copy(call, false)
}

/// `mv`
pub fn mv(call: &mut Call) -> Outcome {
    copy(call, true)
}

/// All files below a folder, with their paths within it.
fn below(call: &mut Call, path: &str, within: &str, found: &mut Vec<(String, Node)>) {
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

/// `tee`
pub fn tee(call: &mut Call) -> Outcome {
    let options = match call.options("ai", &[("append", 'a')]) {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let text = call.stdin()?;
    let mut status = 0;
    for path in &options.rest {
        let old = if options.has('a') { call.sys.read_file(path).unwrap_or_default() } else { String::new() };
        if let Err(trouble) = call.sys.write_file(path, &(old + &text)) {
            call.trouble(path, trouble);
            status = 1;
        }
    }
    call.out(&text);
    Ok(status)
}

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
