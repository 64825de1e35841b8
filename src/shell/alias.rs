//! Aliases: a command's first word stands for others.

// upstream: bash 5.2 alias.c, builtins/alias.def

use super::ast::{Command, List, Part, Simple};
use super::parse::parse;
use super::state::State;
use super::sys::Sys;
use crate::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The command with its alias in full; `None` where it is none. An alias is not looked up within itself.
pub fn expanded(command: &Rc<Command>, aliases: &BTreeMap<String, String>) -> Option<Rc<Command>> {
    if aliases.is_empty() {
        return None;
    }
    let mut seen = BTreeSet::default();
    let mut found = None;
    while let Some(next) = once(found.as_ref().unwrap_or(command), aliases, &mut seen) {
        found = Some(next);
    }
    found
}

fn once(command: &Rc<Command>, aliases: &BTreeMap<String, String>, seen: &mut BTreeSet<String>) -> Option<Rc<Command>> {
    let Command::Simple(simple) = &**command else { return None };
    let [Part::Plain(name)] = &**simple.words.first()? else { return None };
    let text = aliases.get(name.as_str()).filter(|_| seen.insert(name.clone()))?;
    let list = parse(text).ok()?;
    let (last, before) = list.split_last()?;
    let last = followed(last, simple)?;
    Some(match before {
        [] => last,
        _ => Rc::new(Command::Group(before.iter().cloned().chain([last]).collect::<List>())),
    })
}

/// An alias' last command with what followed the alias.
fn followed(command: &Rc<Command>, by: &Simple) -> Option<Rc<Command>> {
    Some(Rc::new(match &**command {
        Command::Simple(first) => {
            let mut all = first.clone();
            all.line = by.line;
            all.assignments.splice(0..0, by.assignments.iter().cloned());
            all.words.extend(by.words.iter().skip(1).cloned());
            all.redirections.extend(by.redirections.iter().cloned());
            Command::Simple(all)
        }
        Command::Pipeline { not, timed, parts } => {
            let (last, before) = parts.split_last()?;
            let parts = before.iter().cloned().chain([followed(last, by)?]).collect();
            Command::Pipeline { not: *not, timed: *timed, parts }
        }
        Command::AndOr(first, rest) => {
            let ((and, last), before) = rest.split_last()?;
            let rest = before.iter().cloned().chain([(*and, followed(last, by)?)]).collect();
            Command::AndOr(first.clone(), rest)
        }
        // Nothing can follow any other command.
        _ => return (by.words.len() == 1).then(|| command.clone()),
    }))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `alias [NAME[=TEXT]…]`
pub fn alias(state: &mut State, args: &[String], line: usize, sys: &mut Sys) -> i32 {
    let shown = |(name, text): (&String, &String)| format!("alias {name}={}\n", quoted(text));
    if args.iter().all(|a| a == "-p") {
        let all: String = state.aliases.iter().map(shown).collect();
        sys.out(&all);
        return 0;
    }
    let mut status = 0;
    for arg in args {
        match arg.split_once('=') {
            Some((name, text)) => {
                state.aliases.insert(name.into(), text.into());
            }
            None => match state.aliases.get(arg.as_str()) {
                Some(text) => sys.out(&shown((arg, text))),
                None => {
                    sys.err(&format!("{}alias: {arg}: not found\n", state.prefix(line)));
                    status = 1;
                }
            },
        }
    }
    status
}

/// `unalias NAME…`, `unalias -a`
pub fn unalias(state: &mut State, args: &[String], line: usize, sys: &mut Sys) -> i32 {
    let mut status = 0;
    for arg in args {
        if arg == "-a" {
            state.aliases = BTreeMap::new();
        } else if state.aliases.remove(arg.as_str()).is_none() {
            sys.err(&format!("{}unalias: {arg}: not found\n", state.prefix(line)));
            status = 1;
        }
    }
    status
}
