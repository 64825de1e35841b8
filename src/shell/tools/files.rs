//! Tools that work on files.

use super::run::missing_operand;
use super::{Call, Outcome};
use crate::cluster::files::{Node, Trouble, resolve};

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

pub(super) fn remove_all(call: &mut Call, path: &str) -> Result<(), Trouble> {
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
