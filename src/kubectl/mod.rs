//! kubectl: a command line becomes API requests, and their answers become printed text.
//!
//! [`Kubectl`] is one running command as plain data that can be stopped, kept and resumed: [`Kubectl::step`] runs it
//! until it is done or has to wait. It knows the cluster as [`Server`] alone, as the real one does, and the user's
//! machine as [`Files`].

mod commands;
mod config;
mod context;
mod failure;
mod flags;
mod manifest;
mod pods;
mod present;
pub mod print;
mod resources;
mod strategic;
mod verbs;

use crate::cluster::Server;
use crate::cluster::request::ExecTarget;
use crate::sim::Time;
pub use config::Config;
pub use context::Forwarded;
use context::{Cx, Flow, Pending, Session};
use failure::{Failure, Outcome};
use flags::{Flags, Unreadable};
pub use verbs::apply::{annotated, patch_for};

/// The user's machine's files, as the working directory sees them.
pub trait Files {
    /// A file's text; `None` where there is none.
    fn read(&self, path: &str) -> Option<String>;
    /// Writes a whole file; `false` if that can't be done.
    fn write(&mut self, path: &str, text: &str) -> bool;
    /// The names in a directory, sorted, those of directories ending in `/`; `None` if it isn't one.
    fn list(&self, path: &str) -> Option<Vec<String>>;
}

/// Where a command prints, in order.
pub trait Output {
    /// To standard output.
    fn out(&mut self, text: &str);
    /// To standard error.
    fn err(&mut self, text: &str);
}

/// What a command may touch while it runs one step.
pub struct Io<'a> {
    /// The API server.
    pub server: &'a mut dyn Server,
    /// The user's files.
    pub files: &'a mut dyn Files,
    /// What stands on standard input; `None` where it is a terminal or nothing.
    pub stdin: Option<String>,
    /// Standard output and error.
    pub out: &'a mut dyn Output,
    /// Columns of the terminal.
    pub width: usize,
}

/// The environment variables that kubectl looks at.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// `$KUBECONFIG`, else `~/.kube/config`; read and written through [`Files`]. Where there is no such file, the
    /// context is the start cluster's.
    pub kubeconfig: Option<String>,
    /// `$KUBE_EDITOR`, else `$EDITOR`.
    pub editor: Option<String>,
    /// Whether standard input is a terminal.
    pub terminal: bool,
}

/// A stream request that the server has let in: the caller runs the program and tells its end by [`Kubectl::exited`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// What to run and where.
    pub target: ExecTarget,
    /// `-i`: the program gets kubectl's standard input.
    pub stdin: bool,
    /// `-t`: the program has a terminal.
    pub tty: bool,
    /// The program is the container's own: its end is the container's.
    pub attached: bool,
}

/// How far a step got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ended with this exit code.
    Done(i32),
    /// Step again as soon as the cluster has changed, and at this time at the latest.
    Wait(Option<Time>),
    /// Run this program in a container, call [`Kubectl::exited`] with its code, then step again.
    Exec(Exec),
    /// Run this line in the user's own shell (an editor), call [`Kubectl::exited`], then step again.
    Run(String),
}

/// One `kubectl …`, running.
#[derive(Clone, Debug)]
pub struct Kubectl {
    argv: Vec<String>,
    session: Session,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Start,
    Waiting(Box<dyn Pending>),
    Ended(i32),
}

impl Kubectl {
    /// `argv` is what follows `kubectl` on the command line.
    pub fn new(argv: Vec<String>, env: Env) -> Self {
        Self { argv, session: Session { env, ..Session::default() }, state: State::Start }
    }

    /// Runs until it is done or has to wait for something.
    pub fn step(&mut self, io: &mut Io) -> Step {
        let outcome = match std::mem::replace(&mut self.state, State::Ended(1)) {
            State::Start => self.start(io),
            State::Waiting(pending) => pending.resume(&mut Cx { io: &mut *io, s: &mut self.session }),
            State::Ended(code) => Err(Failure::Exit(code)),
        };
        let (step, pending) = match outcome {
            Ok(Flow::Wait(pending, until)) => (Step::Wait(until), pending),
            Ok(Flow::Exec(exec, pending)) => (Step::Exec(exec), pending),
            Ok(Flow::Run(line, pending)) => (Step::Run(line), pending),
            Ok(Flow::Done) => return self.end(0),
            Err(failure) => {
                let code = failure.report(io.out);
                return self.end(code);
            }
        };
        self.state = State::Waiting(pending);
        step
    }

    fn end(&mut self, code: i32) -> Step {
        self.state = State::Ended(code);
        Step::Done(code)
    }

    /// The ports of the user's machine at which it listens.
    pub fn forwards(&self) -> &[Forwarded] {
        match &self.state {
            State::Waiting(pending) => pending.forwards(),
            State::Start | State::Ended(_) => &[],
        }
    }

    /// How the program that [`Step::Exec`] or [`Step::Run`] asked for ended.
    pub fn exited(&mut self, code: i32) {
        self.session.exited = Some(code);
    }

    /// Reads the command line and starts its verb.
    fn start(&mut self, io: &mut Io) -> Outcome<Flow> {
        let (path, args) = commands::find(&self.argv)?;
        let flags = match Flags::parse(&commands::spec(&path), &args) {
            Ok(flags) => flags,
            Err(Unreadable::Help) => return verbs::help(io.out, &path),
            Err(Unreadable::Error(text)) => {
                let name = if path.is_empty() { "kubectl".into() } else { format!("kubectl {path}") };
                return Err(Failure::new(format!("{text}\nSee '{name} --help' for usage.")));
            }
        };
        self.session.path = path;
        let file = flags.value("kubeconfig").or(self.session.env.kubeconfig.as_deref()).unwrap_or(config::DEFAULT_PATH);
        self.session.config = Config::load(&*io.files, file);
        let context = flags.value("context").unwrap_or(self.session.config.current());
        self.session.namespace = match flags.value("namespace") {
            None | Some("") => self.session.config.namespace(context).to_string(),
            Some(namespace) => namespace.to_string(),
        };
        self.session.explicit_namespace = flags.has("namespace");
        if flags.has("context") && self.session.config.entry("contexts", context).is_none() {
            return Err(Failure::new(format!("context {} does not exist", crate::api::error::go_quote(context))));
        }
        self.session.flags = flags;
        verbs::run(&mut Cx { io, s: &mut self.session })
    }
}
