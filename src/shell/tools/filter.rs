//! Programs that pass on lines as they come, and shells that read their text from a file or their input.

use super::super::job::Step;
use super::super::machine::Shell;
use super::super::parse::parse;
use super::super::state::State;
use super::super::sys::Sys;
use super::super::{job, job::Pid};

/// See the module.
#[derive(Clone, Debug)]
pub enum Filter {
    /// `cat` without files.
    Pass,
    /// A shell's text to come: its memory, the file if any, and the child that runs it.
    Script(Box<State>, Option<String>, Option<Pid>),
}

impl Filter {
    /// The filter of a name, if these arguments make it one.
    pub fn new(name: &str, args: &[String]) -> Option<Self> {
        (name == "cat" && args.iter().all(|a| a == "-")).then_some(Filter::Pass)
    }
    /// `sh FILE ARG…` or `sh` with its text on standard input.
    pub fn script(mut state: State, args: &[String]) -> Self {
        let file = args.first().cloned();
        if let Some(name) = &file {
            state.name.clone_from(name);
            state.positional = args[1..].into();
        }
        Filter::Script(Box::new(state), file, None)
    }
    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        match self {
            Filter::Pass => match sys.read_lines() {
                None => Step::Blocked,
                Some(text) if text.is_empty() => Step::Done(0),
                Some(text) => {
                    sys.out(&text);
                    Step::Ran
                }
            },
            Filter::Script(_, _, Some(child)) => sys.job.reap(*child).map_or(Step::Blocked, Step::Done),
            Filter::Script(state, file, child) => {
                let text = match file {
                    Some(path) => match sys.read_file(path) {
                        Ok(text) => text,
                        Err(trouble) => {
                            let message = format!("{path}: {path}: {}\n", trouble.text());
                            sys.err(&message);
                            return Step::Done(127);
                        }
                    },
                    None => match sys.read_all() {
                        Some(text) => text,
                        None => return Step::Blocked,
                    },
                };
                match parse(&text) {
                    Ok(list) => {
                        let fds = sys.common.fds.clone();
                        *child = sys.fork(Shell::new((**state).clone(), list), fds);
                        if child.is_some() { Step::Ran } else { Step::Done(254) }
                    }
                    Err(error) => {
                        let message = job::syntax_message(&error, &text, state);
                        sys.err(&message);
                        Step::Done(2)
                    }
                }
            }
        }
    }
}
