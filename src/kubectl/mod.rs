//! kubectl: a command line becomes API requests, and their answers become printed text.
//!
//! [`Kubectl`] is one running command as plain data that can be stopped, kept and resumed: [`Kubectl::step`] runs it
//! until it is done or has to wait. It knows the cluster as [`Server`] alone, as the real one does, and the user's
//! machine as [`Files`].

pub mod print;

use crate::cluster::Server;
use crate::cluster::request::ExecTarget;
use crate::sim::Time;

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
    env: Env,
    exited: Option<i32>,
}

impl Kubectl {
    /// `argv` is what follows `kubectl` on the command line.
    pub fn new(argv: Vec<String>, env: Env) -> Self {
        Self { argv, env, exited: None }
    }
    /// Runs until it is done or has to wait for something.
    pub fn step(&mut self, io: &mut Io) -> Step {
        let _ = (&self.argv, &self.env, &self.exited);
        io.out.err("error: not built yet\n");
        Step::Done(1)
    }
    /// How the program that [`Step::Exec`] or [`Step::Run`] asked for ended.
    pub fn exited(&mut self, code: i32) {
        self.exited = Some(code);
    }
}
