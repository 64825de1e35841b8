//! What a process runs, and how a name becomes a program.

use super::interactive::{Interactive, at_keyboard};
use super::job::{Common, Pid, Step};
use super::machine::{Shell, not_started};
use super::parse::parse;
use super::state::{Dialect, State};
use super::sys::Sys;
use super::tools::{self, Call, Tool};
use super::{Host, job};
use crate::sim::Time;
use std::rc::Rc;

/// Why a program could not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStarted {
    /// None of that name.
    Missing,
    /// It is a folder.
    Folder,
    /// It is a file that may not be run.
    Denied,
    /// No room for another process.
    TooMany,
}

/// A program with how far it got.
#[derive(Clone, Debug)]
pub enum Program {
    /// `bash`, `sh`, subshells.
    Shell(Box<Shell>),
    /// `sh` without a script, at a keyboard.
    Interactive(Box<Interactive>),
    /// A tool that is done once it has its input.
    Tool(Tool, Rc<[String]>),
    /// Ends at a point in time with a status.
    Sleep(Time),
    /// Runs another program and ends as it does, or when time is up.
    Timeout(tools::Timeout),
    /// `xargs`
    Xargs(tools::Xargs),
    /// `watch`
    Watch(tools::Watch),
    /// A line filter that passes on what it has.
    Filter(tools::Filter),
    /// `kubectl`
    Kubectl(Box<tools::KubectlProcess>),
    /// `curl` and `wget`
    Curl(Box<tools::Curl>),
    /// `nc`
    Netcat(Box<tools::Netcat>),
    /// Prints something after a while: look-ups.
    Later(tools::Later),
    /// Prints this and ends with this status.
    Message(String, i32),
}

impl Program {
    /// The program that `argv` starts on `common`'s host; wrappers such as `env` and `ssh` change `common`.
    pub fn find(argv: &[String], common: &Common, now: Time) -> Result<Self, NotStarted> {
        let name = argv.first().map(String::as_str).unwrap_or("");
        let base = tools::BIN_FOLDERS.iter().find_map(|f| name.strip_prefix(f)).unwrap_or(name);
        if base.is_empty() || base.contains('/') {
            return Err(NotStarted::Missing);
        }
        let args = &argv[1..];
        let user = common.host == Host::User;
        Ok(match base {
            "sh" | "bash" | "dash" | "ash" => shell(base, args, common),
            "sleep" => tools::sleep(args, now, common.env.get("LANG").is_some_and(|l| l.contains("UTF-8"))),
            "timeout" => Program::Timeout(tools::Timeout::new(args)),
            "xargs" => Program::Xargs(tools::Xargs::new(args)),
            "watch" => Program::Watch(tools::Watch::new(args)),
            "kubectl" if user => Program::Kubectl(Box::new(tools::KubectlProcess::new(args, common))),
            "curl" => Program::Curl(Box::new(tools::Curl::new(args, now))),
            "wget" => Program::Curl(Box::new(tools::Curl::wget(args, now))),
            "nc" | "netcat" => Program::Netcat(Box::new(tools::Netcat::new(args, now))),
            "dig" | "nslookup" | "host" | "getent" => Program::Later(tools::Later::new(base, args)),
            "env" | "nohup" | "stdbuf" | "command" | "sudo" | "ssh" | "nice" | "setsid" => {
                Program::Timeout(tools::Timeout::wrapper(base, args))
            }
            _ => match tools::Filter::new(base, args) {
                Some(filter) => Program::Filter(filter),
                None => Program::Tool(tools::find(base, &common.host).ok_or(NotStarted::Missing)?, argv.into()),
            },
        })
    }

    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        match self {
            Program::Shell(shell) => shell.step(sys),
            Program::Interactive(shell) => shell.step(sys),
            Program::Tool(tool, argv) => {
                let mut call = Call::new(argv, sys);
                match tool(&mut call) {
                    Ok(status) => {
                        call.flush();
                        Step::Done(status)
                    }
                    Err(tools::Blocked) => Step::Blocked,
                }
            }
            Program::Sleep(until) if sys.now() >= *until => Step::Done(0),
            Program::Sleep(until) => Step::Until(*until),
            Program::Timeout(timeout) => timeout.step(sys),
            Program::Xargs(xargs) => xargs.step(sys),
            Program::Watch(watch) => watch.step(sys),
            Program::Filter(filter) => filter.step(sys),
            Program::Kubectl(kubectl) => kubectl.step(sys),
            Program::Curl(curl) => curl.step(sys),
            Program::Netcat(nc) => nc.step(sys),
            Program::Later(later) => later.step(sys),
            Program::Message(text, status) => {
                let (text, status) = (std::mem::take(text), *status);
                sys.err(&text);
                Step::Done(status)
            }
        }
    }
}

/// `sh -c TEXT [NAME ARG…]`; a script of a file is read when it starts.
fn shell(base: &str, args: &[String], common: &Common) -> Program {
    let dialect = if base == "bash" { Dialect::Bash } else { Dialect::Dash };
    let mut state = State::new(dialect, &common.cwd, common.env.clone());
    state.name = base.into();
    let mut rest = args;
    let mut command = false;
    while let Some(flags) = rest.first().and_then(|a| a.strip_prefix('-')) {
        command |= flags.contains('c');
        state.errexit |= flags.contains('e');
        state.xtrace |= flags.contains('x');
        state.nounset |= flags.contains('u');
        rest = &rest[1..];
        if flags.is_empty() || flags == "-" {
            break;
        }
    }
    if !command && rest.is_empty() && at_keyboard(common) {
        return Program::Interactive(Box::new(Interactive::new(state)));
    }
    if !command {
        return Program::Filter(tools::Filter::script(state, rest));
    }
    let Some(text) = rest.first() else {
        return Program::Message(format!("{base}: 0: -c requires an argument\n"), 2);
    };
    if let Some(name) = rest.get(1) {
        state.name = name.clone();
        state.positional = rest[2..].into();
    }
    match parse(text) {
        Ok(list) => Program::Shell(Box::new(Shell::new(state, list))),
        Err(error) => Program::Message(job::syntax_message(&error, text, &state), 2),
    }
}

/// Starts a child for a program that runs others (`timeout`, `xargs`); prints why if it cannot.
pub(super) fn start_child(name: &str, argv: &[String], sys: &mut Sys) -> Result<Pid, i32> {
    sys.spawn_here(argv).map_err(|reason| {
        let program = argv.first().map(String::as_str).unwrap_or("");
        let (what, status) = match reason {
            NotStarted::Missing => ("No such file or directory", 127),
            NotStarted::Folder | NotStarted::Denied => ("Permission denied", 126),
            NotStarted::TooMany => ("Resource temporarily unavailable", 126),
        };
        let quoted = match name {
            "timeout" => format!("timeout: failed to run command {}: {what}\n", tools::quote(sys, program)),
            "env" => format!("env: {}: {what}\n", tools::quote(sys, program)),
            "ssh" => not_started(program, reason, &State::new(Dialect::Bash, "/root", []), 1).0,
            _ => format!("{name}: {program}: {what}\n"),
        };
        sys.err(&quoted);
        status
    })
}
