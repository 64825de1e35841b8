//! What the shell does itself.

use super::ast::{Part, Word};
use super::expand::Expander;
use super::machine::Shell;
use super::parse::parse;
use super::regex::Regex;
use super::state::{Dialect, State};
use super::sys::Sys;
use super::tools;
use super::{alias, glob, jobs};
use crate::cluster::files::{Node, resolve};

const NAMES: [&str; 35] = [
    ":", ".", "alias", "bg", "break", "cd", "continue", "declare", "eval", "exec", "exit", "export", "fg", "history",
    "jobs", "let", "local", "read", "readonly", "return", "set", "shift", "shopt", "source", "times", "trap", "type",
    "typeset", "ulimit", "umask", "unalias", "unset", "wait", "kill", "command",
];

/// Tools that the shell runs itself, without a process of their own.
const INLINE: [&str; 7] = ["echo", "printf", "true", "false", "test", "[", "pwd"];

/// Whether the shell itself does it.
pub fn is_builtin(name: &str) -> bool {
    NAMES.contains(&name) || INLINE.contains(&name)
}

/// Runs one.
pub fn run(shell: &mut Shell, fields: &[String], line: usize, sys: &mut Sys) {
    let Some((name, args)) = fields.split_first() else { return };
    let first = args.first().map(String::as_str);
    shell.state.status = match name.as_str() {
        ":" | "shopt" | "umask" | "ulimit" | "times" => 0,
        "alias" => alias::alias(&mut shell.state, args, line, sys),
        "unalias" => alias::unalias(&mut shell.state, args, line, sys),
        "history" => jobs::history(&shell.state, first, sys),
        "jobs" => jobs::list(shell, sys),
        "bg" | "fg" => return jobs::fetch(shell, name, first, line, sys),
        "kill" => jobs::kill(shell, args, line, sys),
        "wait" => return jobs::wait(shell, args, line, sys),
        "trap" => {
            if args.iter().skip(1).any(|a| matches!(a.as_str(), "EXIT" | "0")) {
                shell.state.at_exit = first.filter(|text| !matches!(*text, "-" | "")).map(str::to_owned);
            }
            0
        }
        "break" | "continue" => {
            let n = first.and_then(|n| n.parse().ok()).unwrap_or(1);
            shell.state.status = 0;
            return shell.leave_loops(n, name == "continue", sys);
        }
        "return" | "exit" => {
            let status = match first {
                None => shell.state.status,
                Some(n) => n.parse::<i64>().map_or(2, |n| (n & 255) as i32),
            };
            shell.state.status = status;
            return if name == "exit" { shell.exit() } else { shell.return_from_call(sys) };
        }
        "cd" => change_folder(shell, first, line, sys),
        "export" | "readonly" | "declare" | "typeset" | "local" => declare(shell, name, args, sys),
        "unset" => {
            for name in args.iter().filter(|a| !a.starts_with('-')) {
                shell.state.unset(name);
                shell.state.functions.remove(name.as_str());
            }
            0
        }
        "set" => set(&mut shell.state, args, sys),
        "shift" => {
            let n: usize = first.and_then(|n| n.parse().ok()).unwrap_or(1);
            let enough = n <= shell.state.positional.len();
            if enough {
                shell.state.positional = shell.state.positional[n..].into();
            }
            i32::from(!enough)
        }
        "eval" => return evaluate(shell, &args.join(" "), sys),
        "." | "source" => match first.map(|path| sys.read_file(path)) {
            Some(Ok(text)) => return evaluate(shell, &text, sys),
            Some(Err(trouble)) => {
                let text = format!("{}{}: {}\n", shell.state.prefix(line), first.unwrap_or(""), trouble.text());
                sys.err(&text);
                1
            }
            None => 2,
        },
        "exec" => return exec(shell, args, line, sys),
        "command" | "type" => return command(shell, name, args, line, sys),
        "let" => {
            let mut status = 1;
            for text in args {
                status = super::arith::evaluate(text, &mut shell.state).map_or(1, |v| i32::from(v == 0));
            }
            status
        }
        "read" => {
            let mut raw = false;
            let mut names = Vec::new();
            let mut skip = false;
            for arg in args {
                match arg.as_str() {
                    _ if std::mem::take(&mut skip) => {}
                    "-p" | "-t" | "-n" | "-d" | "-u" => skip = true,
                    flag if flag.starts_with('-') => raw |= flag.contains('r'),
                    name => names.push(name.to_owned()),
                }
            }
            return shell.read(if names.is_empty() { vec!["REPLY".into()] } else { names }, raw, 0);
        }
        inline => match tools::find(inline, &sys.common.host) {
            Some(tool) => {
                sys.common.cwd.clone_from(&shell.state.cwd);
                let mut call = tools::Call::new(fields, sys);
                call.prefix = Some(if shell.state.dialect == Dialect::Dash {
                    "sh: 1: ".into()
                } else {
                    shell.state.prefix(line)
                });
                call.dash = shell.state.dialect == Dialect::Dash;
                let status = tool(&mut call).unwrap_or(1);
                call.flush();
                if sys.broken {
                    return shell.exit();
                }
                status
            }
            None => 127,
        },
    };
}

fn change_folder(shell: &mut Shell, to: Option<&str>, line: usize, sys: &mut Sys) -> i32 {
    let state = &mut shell.state;
    let target = match to {
        None => state.get("HOME").unwrap_or("/").to_owned(),
        Some("-") => state.get("OLDPWD").unwrap_or("/").to_owned(),
        Some(path) => path.to_owned(),
    };
    let path = resolve(&state.cwd, &target);
    let problem = match sys.stat(&path) {
        Some(Node::Folder) => {
            let old = std::mem::replace(&mut state.cwd, path.clone());
            state.set("OLDPWD", old);
            state.set("PWD", path.clone());
            sys.common.cwd = path;
            if to == Some("-") {
                let text = format!("{}\n", state.cwd);
                sys.out(&text);
            }
            return 0;
        }
        Some(Node::File(_)) => "Not a directory",
        None => "No such file or directory",
    };
    let text = match state.dialect {
        Dialect::Bash => format!("{}cd: {target}: {problem}\n", state.prefix(line)),
        Dialect::Dash => format!("{}cd: can't cd to {target}\n", state.prefix(line)),
    };
    sys.err(&text);
    if state.dialect == Dialect::Bash { 1 } else { 2 }
}

fn declare(shell: &mut Shell, name: &str, args: &[String], sys: &mut Sys) -> i32 {
    let mut export = name == "export";
    if args.is_empty() || args == ["-p"] {
        let lines: Vec<String> = shell
            .state
            .variables()
            .filter(|(_, _, exported)| *exported)
            .map(|(k, v, _)| match shell.state.dialect {
                Dialect::Bash => format!("declare -x {k}=\"{}\"\n", v.replace('\\', "\\\\").replace('"', "\\\"")),
                Dialect::Dash => format!("export {k}='{v}'\n"),
            })
            .collect();
        sys.out(&lines.concat());
        return 0;
    }
    for arg in args {
        if let Some(flags) = arg.strip_prefix('-') {
            export |= flags.contains('x');
            continue;
        }
        let (variable, value) = match arg.split_once('=') {
            Some((n, v)) => (n, Some(v)),
            None => (arg.as_str(), None),
        };
        if name == "local" {
            shell.local(variable);
        }
        if let Some(value) = value {
            shell.state.set(variable, value);
        } else if name != "export" && shell.state.get(variable).is_none() {
            shell.state.set(variable, "");
        }
        if export {
            shell.state.export(variable, true);
        }
    }
    0
}

fn set(state: &mut State, args: &[String], sys: &mut Sys) -> i32 {
    if args.is_empty() {
        let lines: Vec<String> = state.variables().map(|(k, v, _)| format!("{k}={v}\n")).collect();
        sys.out(&lines.concat());
    }
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let on = match arg.chars().next() {
            _ if arg == "--" => {
                state.positional = rest.cloned().collect();
                return 0;
            }
            Some('-') => true,
            Some('+') => false,
            _ => {
                state.positional = std::iter::once(arg.clone()).chain(rest.cloned()).collect();
                return 0;
            }
        };
        for flag in arg[1..].chars() {
            match flag {
                'e' => state.errexit = on,
                'u' => state.nounset = on,
                'x' => state.xtrace = on,
                'o' => match rest.next().map(String::as_str) {
                    Some("pipefail") => state.pipefail = on,
                    Some("errexit") => state.errexit = on,
                    Some("nounset") => state.nounset = on,
                    _ => {}
                },
                _ => {}
            }
        }
    }
    0
}

fn evaluate(shell: &mut Shell, text: &str, sys: &mut Sys) {
    match parse(text) {
        Ok(list) => {
            shell.state.status = 0;
            shell.run_list(list);
        }
        Err(error) => {
            let message = super::job::syntax_message(&error, text, &shell.state);
            sys.err(&message);
            shell.state.status = 2;
        }
    }
}

fn exec(shell: &mut Shell, args: &[String], line: usize, sys: &mut Sys) {
    shell.state.status = 0;
    if args.is_empty() {
        return;
    }
    let (env, cwd, fds) = (shell.state.env(), shell.state.cwd.clone(), sys.common.fds.clone());
    match sys.spawn(args, env, &cwd, fds) {
        Ok(pid) => shell.replace_by(pid),
        Err(reason) => {
            let (text, status) = super::machine::not_started(&args[0], reason, &shell.state, line);
            sys.err(&text);
            shell.state.status = status;
            shell.exit();
        }
    }
}

/// `command NAME …`, `command -v NAME`, `type NAME`.
fn command(shell: &mut Shell, name: &str, args: &[String], line: usize, sys: &mut Sys) {
    let ask = name == "type" || args.first().is_some_and(|a| a == "-v" || a == "-V");
    if !ask {
        shell.state.status = 0;
        if args.is_empty() {
            return;
        }
        if is_builtin(&args[0]) {
            return run(shell, args, line, sys);
        }
        let (env, cwd, fds) = (shell.state.env(), shell.state.cwd.clone(), sys.common.fds.clone());
        return match sys.spawn(args, env, &cwd, fds) {
            Ok(pid) => shell.wait_on(vec![pid]),
            Err(reason) => {
                let (text, status) = super::machine::not_started(&args[0], reason, &shell.state, line);
                sys.err(&text);
                shell.state.status = status;
            }
        };
    }
    let mut status = 0;
    for asked in args.iter().filter(|a| !a.starts_with('-')) {
        let verbose = name == "type";
        let own = is_builtin(asked) || shell.state.functions.contains_key(asked.as_str());
        let path = tools::which(asked, sys);
        let text = match (own, path, verbose) {
            (true, _, true) => format!("{asked} is a shell builtin\n"),
            (true, _, false) => format!("{asked}\n"),
            (false, Some(path), true) => format!("{asked} is {path}\n"),
            (false, Some(path), false) => format!("{path}\n"),
            (false, None, _) => {
                status = if shell.state.dialect == Dialect::Dash { 127 } else { 1 };
                if verbose {
                    let text = format!("{}type: {asked}: not found\n", shell.state.prefix(line));
                    sys.err(&text);
                }
                continue;
            }
        };
        sys.out(&text);
    }
    shell.state.status = status;
}

/// Puts a line that `read` got into its variables.
pub fn store_read(state: &mut State, names: &[String], raw: bool, line: String) -> i32 {
    let ended = line.ends_with('\n');
    let text = line.trim_end_matches('\n');
    let text = if raw { text.to_owned() } else { text.replace('\\', "") };
    let separators = state.get("IFS").unwrap_or(" \t\n").to_owned();
    let is_separator = |c: char| separators.contains(c);
    let blank = |c: char| is_separator(c) && c.is_whitespace();
    let mut rest = text.trim_matches(blank);
    for (n, name) in names.iter().enumerate() {
        if n + 1 == names.len() {
            state.set(name, rest);
            break;
        }
        let end = rest.find(is_separator).unwrap_or(rest.len());
        state.set(name, &rest[..end]);
        rest = &rest[end..];
        let mut chars = rest.chars();
        if let Some(c) = chars.next() {
            rest = if blank(c) { rest.trim_start_matches(blank) } else { chars.as_str().trim_start_matches(blank) };
        }
    }
    i32::from(!ended)
}

/// `[[ … ]]`
pub fn double_bracket(expander: &mut Expander, words: &[Word]) -> Result<i32, String> {
    let mut at = 0;
    let value = either(expander, words, &mut at)?;
    Ok(i32::from(!value))
}

fn operator(word: Option<&Word>) -> &str {
    match word.map(|w| &**w) {
        Some([Part::Plain(text)]) => text,
        _ => "",
    }
}

fn either(expander: &mut Expander, words: &[Word], at: &mut usize) -> Result<bool, String> {
    let mut value = both(expander, words, at)?;
    while operator(words.get(*at)) == "||" {
        *at += 1;
        value |= both(expander, words, at)?;
    }
    Ok(value)
}

fn both(expander: &mut Expander, words: &[Word], at: &mut usize) -> Result<bool, String> {
    let mut value = primary(expander, words, at)?;
    while operator(words.get(*at)) == "&&" {
        *at += 1;
        value &= primary(expander, words, at)?;
    }
    Ok(value)
}

fn primary(expander: &mut Expander, words: &[Word], at: &mut usize) -> Result<bool, String> {
    let Some(word) = words.get(*at) else { return Ok(false) };
    *at += 1;
    match operator(Some(word)) {
        "!" => return primary(expander, words, at).map(|v| !v),
        "(" => {
            let value = either(expander, words, at)?;
            *at += 1;
            return Ok(value);
        }
        flag if flag.len() == 2
            && flag.starts_with('-')
            && *at < words.len()
            && !is_binary(operator(words.get(*at))) =>
        {
            let text = expander.text(&words[*at])?;
            *at += 1;
            let path = resolve(&expander.state.cwd, &text);
            return Ok(match flag {
                "-z" => text.is_empty(),
                "-n" => !text.is_empty(),
                "-v" => expander.state.get(&text).is_some(),
                _ => tools::file_test(flag, expander.files.get(&path)),
            });
        }
        _ => {}
    }
    let left = expander.text(word)?;
    let op = operator(words.get(*at)).to_owned();
    if !is_binary(&op) {
        return Ok(!left.is_empty());
    }
    let Some(right) = words.get(*at + 1) else {
        return Err("unexpected argument to conditional binary operator".into());
    };
    *at += 2;
    Ok(match op.as_str() {
        "=" | "==" => glob::matches(&expander.pattern(right)?, &left),
        "!=" => !glob::matches(&expander.pattern(right)?, &left),
        "=~" => Regex::new(&expander.text(right)?, true, false).map_err(str::to_owned)?.find(&left, 0).is_some(),
        op => tools::compare(&left, op, &expander.text(right)?).unwrap_or(false),
    })
}

fn is_binary(op: &str) -> bool {
    matches!(op, "=" | "==" | "!=" | "=~" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge")
}
