//! The shell itself: a machine that walks the tree with a stack of its own, so that it can stop anywhere.

mod control;
mod simple;

use simple::dash_message;
pub(super) use simple::not_started;

use super::ast::{Command, List, Word};
use super::builtin;
use super::expand::{self, Expander};
use super::job::{Fd, Fds, Pid, Step};
use super::state::{Dialect, State};
use super::sys::Sys;
use super::{alias, jobs};
use super::{arith, glob};
use crate::sim::Time;
use std::rc::Rc;

/// A shell process.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Its memory.
    pub state: State,
    frames: Vec<Frame>,
    /// `exit` was said.
    ended: bool,
    /// Started with `&` and not yet waited for.
    pub(in crate::shell) background: Vec<Behind>,
    /// Whether it tells which of those began and ended: bash at which a person types.
    pub(in crate::shell) tells: bool,
}

/// What a shell started with `&`.
#[derive(Clone, Debug)]
pub(in crate::shell) struct Behind {
    /// `%1`, `%2`, …
    pub number: usize,
    pub pid: Pid,
    /// The command as it was written.
    pub text: Rc<str>,
}

/// What the machine is in the middle of, innermost last.
#[derive(Clone, Debug)]
enum Frame {
    List(List, usize),
    AndOr(Rc<[(bool, Rc<Command>)]>, usize),
    Not,
    Clock(Time),
    /// Runs the substitutions of a command's words, then the command.
    Need {
        command: Rc<Command>,
        scripts: Vec<List>,
        outputs: Vec<String>,
        running: Option<(Pid, usize)>,
    },
    Wait {
        pids: Vec<Pid>,
        statuses: Vec<Option<i32>>,
    },
    For {
        name: Rc<str>,
        items: Rc<[String]>,
        at: usize,
        body: List,
    },
    Count {
        three: Rc<[Word; 3]>,
        body: List,
        started: bool,
    },
    While {
        until: bool,
        condition: List,
        body: List,
        testing: bool,
        last: i32,
    },
    If {
        clauses: Rc<[(List, List)]>,
        otherwise: List,
        at: usize,
    },
    Restore,
    Call {
        positional: Rc<[String]>,
        locals: Vec<(String, Option<String>)>,
    },
    /// The status to end with.
    Status(i32),
    /// `read`: its variables, raw, and the stream.
    Read(Vec<String>, bool, u32),
}

impl Shell {
    /// A shell that will run `list`.
    pub fn new(state: State, list: List) -> Self {
        Self { state, frames: vec![Frame::List(list, 0)], ended: false, background: Vec::new(), tells: false }
    }

    /// Whether it has nothing to do at the moment.
    pub fn idle(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether it was told to end.
    pub fn ended(&self) -> bool {
        self.ended && self.frames.is_empty()
    }

    /// Gives a shell that is idle something to do.
    pub fn enter(&mut self, list: List) {
        self.frames.push(Frame::List(list, 0));
    }

    /// Drops what it was doing.
    pub fn abandon(&mut self) {
        self.frames.clear();
    }

    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        if self.frames.is_empty() {
            return self.end();
        }
        let Some(frame) = self.frames.last_mut() else { return Step::Done(self.state.status) };
        match frame {
            Frame::List(list, at) => match list.get(*at).cloned() {
                Some(command) => {
                    *at += 1;
                    self.push(command, sys);
                }
                None => self.pop(),
            },
            Frame::AndOr(rest, at) => match rest.get(*at).cloned() {
                Some((and, command)) => {
                    *at += 1;
                    if and == (self.state.status == 0) {
                        self.push(command, sys);
                    }
                }
                None => self.pop(),
            },
            Frame::Not => {
                self.state.status = i32::from(self.state.status == 0);
                self.pop();
            }
            Frame::Clock(began) => {
                let text = clock_text(sys.now().since(*began).as_millis(), self.state.dialect);
                self.pop();
                sys.err(&text);
            }
            Frame::Need { .. } => return self.substitute(sys),
            Frame::Wait { pids, statuses } => {
                for (pid, status) in pids.iter().zip(statuses.iter_mut()) {
                    if status.is_none() {
                        *status = sys.job.reap(*pid);
                    }
                }
                if statuses.iter().any(Option::is_none) {
                    return Step::Blocked;
                }
                let all: Vec<i32> = statuses.iter().flatten().copied().collect();
                let last = all.last().copied().unwrap_or(0);
                let failed = all.iter().rev().find(|s| **s != 0).copied().unwrap_or(0);
                self.state.status = if self.state.pipefail { failed } else { last };
                self.pop();
                self.check_errexit();
            }
            Frame::For { name, items, at, body } => match items.get(*at).cloned() {
                Some(item) => {
                    *at += 1;
                    let (name, body) = (name.clone(), body.clone());
                    self.state.set(&name, item);
                    self.frames.push(Frame::List(body, 0));
                }
                None => self.pop(),
            },
            Frame::Count { three, body, started } => {
                let (three, body, first) = (three.clone(), body.clone(), !*started);
                *started = true;
                self.count(&three, body, first, sys);
            }
            Frame::While { .. } => self.turn(),
            Frame::If { clauses, otherwise, at } => {
                let branch = if self.state.status == 0 { clauses.get(*at).map(|(_, then)| then.clone()) } else { None };
                *at += 1;
                match (branch, clauses.get(*at).map(|(condition, _)| condition.clone())) {
                    (Some(then), _) => {
                        self.pop();
                        self.frames.push(Frame::List(then, 0));
                    }
                    (None, Some(condition)) => self.frames.push(Frame::List(condition, 0)),
                    (None, None) => {
                        let otherwise = otherwise.clone();
                        self.pop();
                        self.state.status = 0;
                        self.frames.push(Frame::List(otherwise, 0));
                    }
                }
            }
            Frame::Restore => {
                if let Some(fds) = sys.common.saved.pop() {
                    sys.common.fds = fds;
                }
                self.pop();
            }
            Frame::Call { .. } => self.leave(),
            Frame::Status(status) => {
                self.state.status = *status;
                self.pop();
            }
            Frame::Read(names, raw, fd) => {
                let Some(line) = sys.read_line(*fd) else { return Step::Blocked };
                let (names, raw) = (std::mem::take(names), *raw);
                self.pop();
                self.state.status = builtin::store_read(&mut self.state, &names, raw, line);
            }
        }
        Step::Ran
    }

    /// Nothing is left to do: `trap … EXIT` comes last.
    fn end(&mut self) -> Step {
        match self.state.at_exit.take().and_then(|text| super::parse::parse(&text).ok()) {
            Some(list) => {
                let status = self.state.status;
                self.frames.push(Frame::Status(status));
                self.frames.push(Frame::List(list, 0));
                Step::Ran
            }
            None => Step::Done(self.state.status),
        }
    }

    fn pop(&mut self) {
        self.frames.pop();
    }

    /// One turn of `while` or `until`.
    fn turn(&mut self) {
        let Some(Frame::While { until, condition, body, testing, last }) = self.frames.last_mut() else { return };
        if !*testing {
            *testing = true;
            *last = self.state.status;
            let condition = condition.clone();
            self.frames.push(Frame::List(condition, 0));
        } else if (self.state.status == 0) != *until {
            *testing = false;
            let body = body.clone();
            self.frames.push(Frame::List(body, 0));
        } else {
            self.state.status = *last;
            self.pop();
        }
    }

    fn count(&mut self, three: &[Word; 3], body: List, first: bool, sys: &mut Sys) {
        let mut value = |shell: &mut Self, word: &Word, empty: i64| {
            let text = shell.expander(sys, Vec::new()).text(word)?;
            if text.trim().is_empty() { Ok(empty) } else { arith::evaluate(&text, &mut shell.state) }
        };
        let step = if first { value(self, &three[0], 0) } else { value(self, &three[2], 0) };
        match step.and_then(|_| value(self, &three[1], 1)) {
            Ok(0) => self.pop(),
            Ok(_) => self.frames.push(Frame::List(body, 0)),
            Err(message) => {
                self.pop();
                self.fail(&message, 1, sys);
            }
        }
    }

    /// Restores what a function's caller had.
    fn leave(&mut self) {
        if let Some(Frame::Call { positional, locals }) = self.frames.pop() {
            self.state.positional = positional;
            for (name, value) in locals.into_iter().rev() {
                match value {
                    Some(value) => self.state.set(&name, value),
                    None => self.state.unset(&name),
                }
            }
        }
    }

    fn expander<'a>(&'a mut self, sys: &'a mut Sys, outputs: Vec<String>) -> Expander<'a> {
        let random = sys.random();
        let files = sys.tree();
        Expander { state: &mut self.state, outputs: outputs.into_iter(), files, random }
    }

    /// Prints a message of the shell's own and sets the status; a shell that runs a script ends where it must.
    fn fail(&mut self, message: &str, status: i32, sys: &mut Sys) {
        let text = format!("{}{message}\n", self.state.prefix(1));
        sys.err(&text);
        self.state.status = status;
    }

    /// Begins a command: first its substitutions, if it has any.
    fn push(&mut self, command: Rc<Command>, sys: &mut Sys) {
        let command = alias::expanded(&command, &self.state.aliases).unwrap_or(command);
        let scripts = expand::of_command(&command);
        if scripts.is_empty() {
            self.begin(command, Vec::new(), sys);
        } else {
            self.frames.push(Frame::Need { command, scripts, outputs: Vec::new(), running: None });
        }
    }

    fn substitute(&mut self, sys: &mut Sys) -> Step {
        let Some(Frame::Need { command, scripts, outputs, running }) = self.frames.last_mut() else { return Step::Ran };
        if let Some((pid, pipe)) = *running {
            let Some(status) = sys.job.reap(pid) else { return Step::Blocked };
            outputs.push(sys.job.take(pipe, usize::MAX / 2));
            *running = None;
            self.state.status = status;
            return Step::Ran;
        }
        if let Some(script) = scripts.get(outputs.len()).cloned() {
            let pipe = sys.job.capture();
            let mut fds = sys.common.fds.clone();
            fds.insert(1, Fd::Write(pipe));
            let child = self.fork(script, fds, sys);
            if let (Some(pid), Some(Frame::Need { running, .. })) = (child, self.frames.last_mut()) {
                *running = Some((pid, pipe));
            }
            return if child.is_some() { Step::Ran } else { Step::Done(254) };
        }
        let (command, outputs) = (command.clone(), std::mem::take(outputs));
        self.pop();
        self.begin(command, outputs, sys);
        Step::Ran
    }

    /// A subshell with a copy of the memory.
    fn fork(&mut self, list: List, fds: Fds, sys: &mut Sys) -> Option<Pid> {
        let mut state = self.state.clone();
        state.at_exit = None;
        sys.fork(Shell::new(state, list), fds)
    }

    fn wait_for(&mut self, pids: Vec<Pid>) {
        let statuses = vec![None; pids.len()];
        self.frames.push(Frame::Wait { pids, statuses });
    }

    fn begin(&mut self, command: Rc<Command>, outputs: Vec<String>, sys: &mut Sys) {
        match &*command {
            Command::Simple(simple) => self.simple(simple, outputs, sys),
            Command::Pipeline { not, timed, parts } => {
                if *timed {
                    self.frames.push(Frame::Clock(sys.now()));
                }
                if *not {
                    self.frames.push(Frame::Not);
                }
                match &**parts {
                    [only] => self.push(only.clone(), sys),
                    parts => self.pipeline(parts, sys),
                }
            }
            Command::AndOr(first, rest) => {
                self.frames.push(Frame::AndOr(rest.clone(), 0));
                self.push(first.clone(), sys);
            }
            Command::Background(inner, text) => {
                let mut fds = sys.common.fds.clone();
                fds.insert(0, Fd::Null);
                if let Some(pid) = self.fork([inner.clone()].into(), fds, sys) {
                    let number = self.background.last().map_or(1, |b| b.number + 1);
                    self.background.push(Behind { number, pid, text: text.clone() });
                    self.state.set("!", jobs::shown(pid).to_string());
                    if self.tells {
                        // Bash says it on standard error; here that is red, and this is no error.
                        sys.out(&format!("[{number}] {}\n", jobs::shown(pid)));
                    }
                }
                self.state.status = 0;
            }
            Command::Subshell(list) => {
                let fds = sys.common.fds.clone();
                let pid = self.fork(list.clone(), fds, sys);
                self.wait_for(pid.into_iter().collect());
            }
            Command::Group(list) => self.frames.push(Frame::List(list.clone(), 0)),
            Command::For(name, words, body) => {
                let items = match words {
                    Some(words) => self.expander(sys, outputs).fields(words),
                    None => Ok(self.state.positional.to_vec()),
                };
                match items {
                    Ok(items) => {
                        self.state.status = 0;
                        self.frames.push(Frame::For {
                            name: name.clone(),
                            items: items.into(),
                            at: 0,
                            body: body.clone(),
                        });
                    }
                    Err(message) => self.fatal(&message, sys),
                }
            }
            Command::Count(three, body) => {
                self.state.status = 0;
                self.frames.push(Frame::Count { three: three.clone(), body: body.clone(), started: false });
            }
            Command::While(until, condition, body) => {
                self.state.status = 0;
                self.frames.push(Frame::While {
                    until: *until,
                    condition: condition.clone(),
                    body: body.clone(),
                    testing: false,
                    last: 0,
                });
            }
            Command::If(clauses, otherwise) => {
                self.frames.push(Frame::If { clauses: clauses.clone(), otherwise: otherwise.clone(), at: 0 });
                if let Some((condition, _)) = clauses.first() {
                    self.frames.push(Frame::List(condition.clone(), 0));
                }
            }
            Command::Case(word, arms) => self.case(word, arms, outputs, sys),
            Command::Function(name, body) => {
                self.state.functions.insert(name.clone(), body.clone());
                self.state.status = 0;
            }
            Command::Arithmetic(word) => {
                let value = self.expander(sys, outputs).text(word).and_then(|t| arith::evaluate(&t, &mut self.state));
                match value {
                    Ok(value) => self.state.status = i32::from(value == 0),
                    Err(message) => self.fail(&format!("((: {message}"), 1, sys),
                }
                self.check_errexit();
            }
            Command::Test(words) => {
                let status = builtin::double_bracket(&mut self.expander(sys, outputs), words);
                match status {
                    Ok(status) => self.state.status = status,
                    Err(message) => self.fail(&message, 2, sys),
                }
                self.check_errexit();
            }
            Command::Redirected(inner, redirections) => {
                let mut fds = sys.common.fds.clone();
                match self.redirect(redirections, &mut outputs.into_iter(), &mut fds, sys) {
                    Ok(()) => {
                        let old = std::mem::replace(&mut sys.common.fds, fds);
                        sys.common.saved.push(old);
                        self.frames.push(Frame::Restore);
                        self.push(inner.clone(), sys);
                    }
                    Err((message, status)) => self.fail(&message, status, sys),
                }
            }
        }
    }

    fn pipeline(&mut self, parts: &[Rc<Command>], sys: &mut Sys) {
        let mut pids = Vec::new();
        let mut input: Option<usize> = None;
        for (n, part) in parts.iter().enumerate() {
            let mut fds = sys.common.fds.clone();
            if let Some(pipe) = input {
                fds.insert(0, Fd::Read(pipe));
            }
            if n + 1 < parts.len() {
                let pipe = sys.job.pipe(String::new());
                fds.insert(1, Fd::Write(pipe));
                input = Some(pipe);
            }
            pids.extend(self.fork([part.clone()].into(), fds, sys));
        }
        self.wait_for(pids);
    }

    fn case(&mut self, word: &Word, arms: &[(Vec<Word>, List)], outputs: Vec<String>, sys: &mut Sys) {
        let mut expander = self.expander(sys, outputs);
        let found = expander.text(word).and_then(|subject| {
            for (patterns, body) in arms {
                for pattern in patterns {
                    if glob::matches(&expander.pattern(pattern)?, &subject) {
                        return Ok(Some(body.clone()));
                    }
                }
            }
            Ok(None)
        });
        self.state.status = 0;
        match found {
            Ok(Some(body)) => self.frames.push(Frame::List(body, 0)),
            Ok(None) => {}
            Err(message) => self.fatal(&message, sys),
        }
    }

    /// A mistake that ends a script.
    fn fatal(&mut self, message: &str, sys: &mut Sys) {
        if self.state.dialect == Dialect::Dash {
            self.fail(&dash_message(message), 2, sys);
        } else {
            self.fail(message, if message.contains("(error token is") { 1 } else { 127 }, sys);
        }
        if !self.state.interactive {
            self.exit();
        }
    }

    /// Ends the shell with its present status.
    pub(in crate::shell) fn exit(&mut self) {
        self.ended = true;
        self.frames.clear();
    }

    fn check_errexit(&mut self) {
        let excused = |f: &Frame| match f {
            Frame::While { testing, .. } => *testing,
            Frame::AndOr(rest, at) => *at < rest.len(),
            Frame::If { .. } | Frame::Not => true,
            _ => false,
        };
        if self.state.errexit && self.state.status != 0 && !self.frames.iter().any(excused) {
            self.exit();
        }
    }
}

/// What `time` prints.
fn clock_text(ms: u64, dialect: Dialect) -> String {
    let (minutes, seconds, rest) = (ms / 60_000, ms / 1000 % 60, ms % 1000);
    if dialect == Dialect::Dash {
        return format!("{minutes}m{seconds}.{:02}s user 0.00s system\n", rest / 10);
    }
    format!("\nreal\t{minutes}m{seconds}.{rest:03}s\nuser\t0m0.000s\nsys\t0m0.000s\n")
}
