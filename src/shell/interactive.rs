//! A shell at which a person types: `kubectl exec -it POD -- sh`, `ssh NODE`. It takes one line after the other from the
//! keyboard ([`super::Job::feed`]) and runs each before it asks for the next.

use super::Host;
use super::job::{Common, Fd, Step, syntax_message};
use super::jobs;
use super::machine::{Behind, Shell};
use super::parse::parse;
use super::state::{Dialect, State};
use super::sys::Sys;
use std::rc::Rc;

/// What a terminal sends for Ctrl-D on an empty line.
pub const END: &str = "\u{4}";

/// The shell with how far it got.
#[derive(Clone, Debug)]
pub struct Interactive {
    shell: Shell,
    /// Of what runs now.
    lines: usize,
    /// Whether it asked for a line since the last one ended.
    asked: bool,
}

/// Whether such a process sits at a keyboard: then a shell without a script is one that asks.
pub fn at_keyboard(common: &Common) -> bool {
    common.tty && common.fds.get(&0) == Some(&Fd::Keyboard)
}

impl Interactive {
    /// A shell that has just come up.
    pub fn new(mut state: State) -> Self {
        state.interactive = true;
        let mut shell = Shell::new(state, [].into());
        shell.tells = shell.state.dialect == Dialect::Bash;
        Self { shell, lines: 0, asked: false }
    }

    /// What it remembers.
    pub fn state(&self) -> &State {
        &self.shell.state
    }

    /// What runs behind it.
    pub(super) fn background(&self) -> &[Behind] {
        &self.shell.background
    }

    /// One step: a line that runs, or the next one.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        if self.shell.ended() {
            return Step::Done(self.shell.state.status);
        }
        if !self.shell.idle() {
            return self.shell.step(sys);
        }
        self.shell.state.typed += std::mem::take(&mut self.lines);
        if !std::mem::replace(&mut self.asked, true) {
            jobs::tell_ended(&mut self.shell, sys);
        }
        let Some(line) = sys.job.typed() else { return Step::Input };
        self.asked = false;
        if line == END {
            return Step::Done(self.shell.state.status);
        }
        self.lines = line.split('\n').count();
        Rc::make_mut(&mut self.shell.state.history).push(line.clone());
        match parse(&line) {
            Ok(list) => self.shell.enter(list),
            Err(error) => {
                let text = syntax_message(&error, &line, &self.shell.state);
                sys.err(&text);
                self.shell.state.status = 2;
            }
        }
        Step::Ran
    }

    /// What it runs was interrupted: it asks again.
    pub fn interrupt(&mut self, common: &mut Common) {
        if let Some(first) = common.saved.drain(..).next() {
            common.fds = first;
        }
        self.shell.abandon();
        self.shell.state.status = 130;
    }

    /// The prompt as root has it.
    pub fn prompt(&self, host: &Host) -> String {
        let state = &self.shell.state;
        let place = match state.cwd.strip_prefix("/root") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
            _ => state.cwd.clone(),
        };
        match host {
            Host::User => "$ ".into(),
            _ if state.dialect == Dialect::Dash => "# ".into(),
            Host::Node(name) | Host::Pod { name, .. } => format!("root@{name}:{place}# "),
        }
    }
}
