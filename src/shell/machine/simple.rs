//! Simple commands: expansion, assignments, redirections, and who runs them.

use super::{Frame, Shell};
use crate::shell::ast::{Kind, Redirection, Simple};
use crate::shell::builtin;
use crate::shell::job::{Fd, Fds};
use crate::shell::program::NotStarted;
use crate::shell::state::{Dialect, State};
use crate::shell::sys::Sys;
use std::rc::Rc;

impl Shell {
    pub(super) fn simple(&mut self, simple: &Simple, outputs: Vec<String>, sys: &mut Sys) {
        let substituted = !outputs.is_empty();
        let mut expander = self.expander(sys, outputs);
        let expanded = expander.fields(&simple.words).and_then(|fields| {
            let assignments: Result<Vec<_>, String> =
                simple.assignments.iter().map(|(name, word)| Ok((name.clone(), expander.text(word)?))).collect();
            Ok((fields, assignments?))
        });
        let mut outputs = expander.outputs;
        let (fields, assignments) = match expanded {
            Ok(both) => both,
            Err(message) => return self.fatal(&message, sys),
        };
        if self.state.xtrace {
            let shown: Vec<String> =
                assignments.iter().map(|(n, v)| format!("{n}={v}")).chain(fields.iter().cloned()).collect();
            sys.err(&format!("+ {}\n", shown.join(" ")));
        }
        let mut fds = sys.common.fds.clone();
        if let Err((message, status)) = self.redirect(&simple.redirections, &mut outputs, &mut fds, sys) {
            let text = format!("{}{message}\n", self.state.prefix(simple.line));
            sys.err(&text);
            self.state.status = status;
            return self.check_errexit();
        }
        if fields.is_empty() {
            for (name, value) in assignments {
                self.assign(&name, value);
            }
            if !substituted {
                self.state.status = 0;
            }
            return self.check_errexit();
        }
        self.run(&fields, assignments, fds, simple.line, sys);
    }

    fn assign(&mut self, name: &str, value: String) {
        match name.strip_suffix('+') {
            Some(name) => {
                let old = self.state.get(name).unwrap_or("").to_owned();
                self.state.set(name, old + &value);
            }
            None => self.state.set(name, value),
        }
    }

    fn run(&mut self, fields: &[String], assignments: Vec<(Rc<str>, String)>, fds: Fds, line: usize, sys: &mut Sys) {
        let Some(name) = fields.first() else { return };
        if let Some(body) = self.state.functions.get(name.as_str()).cloned() {
            assignments.into_iter().for_each(|(n, v)| self.assign(&n, v));
            let old = std::mem::replace(&mut sys.common.fds, fds);
            sys.common.saved.push(old);
            self.frames.push(Frame::Restore);
            if self.frames.len() > 2_000 {
                return self.fatal(&format!("{name}: maximum function nesting level exceeded"), sys);
            }
            let positional = std::mem::replace(&mut self.state.positional, fields[1..].into());
            self.frames.push(Frame::Call { positional, locals: Vec::new() });
            return self.push(body, sys);
        }
        if builtin::is_builtin(name) {
            for (n, v) in assignments {
                self.assign(&n, v);
            }
            let old = std::mem::replace(&mut sys.common.fds, fds);
            builtin::run(self, fields, line, sys);
            if name != "exec" || fields.len() > 1 {
                sys.common.fds = old;
            }
            return self.check_errexit();
        }
        let mut env = self.state.env();
        env.extend(assignments.into_iter().map(|(n, v)| (n.to_string(), v)));
        match sys.spawn(fields, env, &self.state.cwd, fds.clone()) {
            Ok(pid) => self.wait_for(vec![pid]),
            Err(reason) => {
                let (message, status) = not_started(name, reason, &self.state, line);
                let old = std::mem::replace(&mut sys.common.fds, fds);
                sys.err(&message);
                sys.common.fds = old;
                self.state.status = status;
                self.check_errexit();
            }
        }
    }

    /// Applies redirections to `fds`; an error is a message and a status.
    pub(super) fn redirect(
        &mut self,
        redirections: &[Redirection],
        outputs: &mut std::vec::IntoIter<String>,
        fds: &mut Fds,
        sys: &mut Sys,
    ) -> Result<(), (String, i32)> {
        let dash = self.state.dialect == Dialect::Dash;
        for r in redirections {
            let mut expander = self.expander(sys, Vec::new());
            expander.outputs = std::mem::take(outputs);
            let target = expander.text(&r.target).map_err(|m| (m, 1))?;
            *outputs = expander.outputs;
            match r.kind {
                Kind::Text => {
                    fds.insert(r.fd, Fd::Read(sys.job.pipe(target)));
                }
                Kind::Duplicate if target == "-" => {
                    fds.insert(r.fd, Fd::Null);
                }
                Kind::Duplicate => match target.parse().ok().and_then(|n: u32| fds.get(&n).cloned()) {
                    Some(fd) => {
                        fds.insert(r.fd, fd);
                    }
                    None => return Err((format!("{target}: Bad file descriptor"), if dash { 2 } else { 1 })),
                },
                Kind::Read => {
                    let fd = sys.open_to_read(&target, &self.state.cwd).map_err(|t| {
                        if dash {
                            (format!("cannot open {target}: No such file"), 2)
                        } else {
                            (format!("{target}: {}", t.text()), 1)
                        }
                    })?;
                    fds.insert(r.fd, fd);
                }
                Kind::Write | Kind::Append | Kind::WriteBoth | Kind::AppendBoth => {
                    let append = matches!(r.kind, Kind::Append | Kind::AppendBoth);
                    let fd = sys.open_to_write(&target, &self.state.cwd, append, fds).map_err(|t| {
                        if dash {
                            (
                                format!(
                                    "cannot create {target}: {}",
                                    if t.text().starts_with("No such") { "Directory nonexistent" } else { t.text() }
                                ),
                                2,
                            )
                        } else {
                            (format!("{target}: {}", t.text()), 1)
                        }
                    })?;
                    if matches!(r.kind, Kind::WriteBoth | Kind::AppendBoth) {
                        fds.insert(2, fd.clone());
                    }
                    fds.insert(r.fd, fd);
                }
            }
        }
        Ok(())
    }
}

/// What a shell prints where it cannot start a program, and the status.
pub(in crate::shell) fn not_started(name: &str, reason: NotStarted, state: &State, line: usize) -> (String, i32) {
    let prefix = state.prefix(line);
    let dash = state.dialect == Dialect::Dash;
    match reason {
        NotStarted::Missing if dash => (format!("{prefix}{name}: not found\n"), 127),
        NotStarted::Missing if name.contains('/') => (format!("{prefix}{name}: No such file or directory\n"), 127),
        NotStarted::Missing if state.interactive => (format!("{name}: command not found\n"), 127),
        NotStarted::Missing => (format!("{prefix}{name}: command not found\n"), 127),
        NotStarted::Folder => (format!("{prefix}{name}: Is a directory\n"), 126),
        NotStarted::Denied => (format!("{prefix}{name}: Permission denied\n"), 126),
        NotStarted::TooMany => (format!("{prefix}fork: retry: Resource temporarily unavailable\n"), 254),
    }
}

/// dash's words for what bash says of a bad expression.
pub(super) fn dash_message(message: &str) -> String {
    let text = message.split(": ").next().unwrap_or("");
    if message.contains(": division by 0") {
        format!("arithmetic expression: division by zero: \"{text}\"")
    } else if message.contains("(error token is") {
        format!("arithmetic expression: expecting primary: \"{text}\"")
    } else {
        message.replace("unbound variable", "parameter not set")
    }
}
