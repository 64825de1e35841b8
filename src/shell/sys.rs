//! What a process may do: its streams, files, children, the clock and the cluster.

use super::interactive::Interactive;
use super::job::{Common, Fd, Fds, Job, Pid};
use super::machine::Shell;
use super::program::{NotStarted, Program};
use super::state::State;
use super::{Host, Session};
use crate::api::{ObjectExt, resource};
use crate::cluster::Cluster;
use crate::cluster::files::{Node, Tree, Trouble, resolve};
use crate::collections::BTreeMap;
use crate::sim::{Stream, Time};

/// A process' view of the world during one step.
pub struct Sys<'a> {
    /// Its job.
    pub job: &'a mut Job,
    /// The cluster.
    pub cluster: &'a mut Cluster,
    /// The user's machine.
    pub session: &'a mut Session,
    /// Its number.
    pub id: Pid,
    /// Its streams, folder and environment.
    pub common: &'a mut Common,
    /// It wrote into a pipe that nobody reads any more.
    pub broken: bool,
}

impl<'a> Sys<'a> {
    /// The view of process `id`.
    pub(super) fn new(
        job: &'a mut Job,
        cluster: &'a mut Cluster,
        session: &'a mut Session,
        id: Pid,
        common: &'a mut Common,
    ) -> Self {
        Self { job, cluster, session, id, common, broken: false }
    }

    /// The clock.
    pub fn now(&self) -> Time {
        self.cluster.now
    }

    /// A number for `$RANDOM`.
    pub fn random(&mut self) -> u64 {
        self.cluster.random.below(Stream::Shell, 32_768)
    }

    /// Writes to a stream.
    pub fn write(&mut self, fd: u32, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.common.fds.get(&fd).cloned() {
            Some(Fd::Terminal(err)) => self.job.print(err, text),
            Some(Fd::Write(pipe)) if self.job.has_reader(pipe) || self.captures(pipe) => self.job.push(pipe, text),
            Some(Fd::Write(_)) => self.broken = true,
            Some(Fd::File(path)) => {
                // The file was made when it was opened; if it is gone since, its text goes nowhere, as on Unix.
                let _ = self.tree_mut(&path).append(&path, text);
            }
            Some(Fd::Null | Fd::Keyboard | Fd::Read(_)) | None => {}
        }
    }

    /// Whether the pipe is a substitution's: its reader is the shell itself and holds no stream for it.
    fn captures(&self, pipe: usize) -> bool {
        self.job.is_capture(pipe)
    }

    /// Writes to standard output.
    pub fn out(&mut self, text: &str) {
        self.write(1, text);
    }

    /// Writes to standard error.
    pub fn err(&mut self, text: &str) {
        self.write(2, text);
    }

    /// Whether a stream is a terminal.
    pub fn is_terminal(&self, fd: u32) -> bool {
        self.session.tty && self.common.tty && matches!(self.common.fds.get(&fd), Some(Fd::Terminal(_) | Fd::Keyboard))
    }

    /// All of standard input; `None` as long as it has not ended.
    pub fn read_all(&mut self) -> Option<String> {
        match self.common.fds.get(&0) {
            Some(Fd::Read(pipe)) => {
                let pipe = *pipe;
                if self.job.has_writer(pipe) { None } else { Some(self.job.take(pipe, usize::MAX / 2)) }
            }
            _ => Some(String::new()),
        }
    }

    /// All of standard input, or as much as holds `lines` lines or `bytes` bytes.
    pub fn read_head(&mut self, lines: usize, bytes: usize) -> Option<String> {
        match self.common.fds.get(&0) {
            Some(Fd::Read(pipe)) if self.job.has_writer(*pipe) => {
                let text = self.job.pending(*pipe);
                let enough = text.len() >= bytes || text.bytes().filter(|b| *b == b'\n').count() >= lines;
                enough.then(|| text.to_owned())
            }
            _ => self.read_all(),
        }
    }

    /// The complete lines that standard input holds now; `Some("")` at its end.
    pub fn read_lines(&mut self) -> Option<String> {
        match self.common.fds.get(&0) {
            Some(Fd::Read(pipe)) if self.job.has_writer(*pipe) => {
                let pipe = *pipe;
                let end = self.job.pending(pipe).rfind('\n')? + 1;
                Some(self.job.take(pipe, end))
            }
            _ => self.read_all(),
        }
    }

    /// One line with its newline; `Some("")` at the end, `None` if it isn't there yet.
    pub fn read_line(&mut self, fd: u32) -> Option<String> {
        match self.common.fds.get(&fd) {
            Some(Fd::Read(pipe)) => {
                let pipe = *pipe;
                let text = self.job.pending(pipe);
                let end = match text.find('\n') {
                    Some(at) => at + 1,
                    None if self.job.has_writer(pipe) => return None,
                    None => text.len(),
                };
                Some(self.job.take(pipe, end))
            }
            _ => Some(String::new()),
        }
    }

    /// The uid of the Pod it runs in.
    fn pod_uid(&self) -> Option<String> {
        let Host::Pod { namespace, name, .. } = &self.common.host else { return None };
        self.cluster.store.find(&resource::PODS, namespace, name).map(|p| p.uid().to_owned())
    }

    /// The files it sees.
    pub fn tree(&self) -> &Tree {
        match &self.common.host {
            Host::User => &self.session.files,
            Host::Node(name) => self.session.node_files.get(&**name).unwrap_or(&self.session.files),
            Host::Pod { .. } => {
                self.pod_uid().and_then(|uid| self.cluster.pod_files.get(&uid)).unwrap_or(&self.session.files)
            }
        }
    }

    /// The same to write to.
    pub fn tree_mut(&mut self, _path: &str) -> &mut Tree {
        match &self.common.host {
            Host::User => &mut self.session.files,
            Host::Node(name) => self
                .session
                .node_files
                .entry(name.to_string())
                .or_insert_with(|| Tree::with_folders(&["/root", "/tmp", "/var/log", "/etc"])),
            Host::Pod { .. } => {
                let uid = self.pod_uid().unwrap_or_default();
                self.cluster.pod_files.of(&uid)
            }
        }
    }

    /// A file's text; `/etc/resolv.conf` and its like are made up as the machine has them.
    pub fn read_file(&mut self, path: &str) -> Result<String, Trouble> {
        let path = resolve(&self.common.cwd, path);
        if path == "/dev/null" {
            return Ok(String::new());
        }
        if let Some(text) = super::tools::generated_file(self, &path) {
            return Ok(text);
        }
        self.tree_mut(&path).read(&path).map(str::to_owned)
    }

    /// Writes a whole file.
    pub fn write_file(&mut self, path: &str, text: &str) -> Result<(), Trouble> {
        let path = resolve(&self.common.cwd, path);
        if path == "/dev/null" {
            return Ok(());
        }
        self.tree_mut(&path).write(&path, text)
    }

    /// What is at a path.
    pub fn stat(&mut self, path: &str) -> Option<Node> {
        let path = resolve(&self.common.cwd, path);
        if let Some(text) = super::tools::generated_file(self, &path) {
            return Some(Node::File(text));
        }
        let is_base = super::tools::BASE_FOLDERS.contains(&path.as_str());
        self.tree_mut(&path).get(&path).cloned().or(is_base.then_some(Node::Folder))
    }

    /// Opens a file for `<`.
    pub fn open_to_read(&mut self, path: &str, cwd: &str) -> Result<Fd, Trouble> {
        let path = resolve(cwd, path);
        match path.as_str() {
            "/dev/null" => return Ok(Fd::Null),
            "/dev/stdin" => return Ok(self.common.fds.get(&0).cloned().unwrap_or(Fd::Null)),
            _ => {}
        }
        let text = self.read_file(&path)?;
        Ok(Fd::Read(self.job.pipe(text)))
    }

    /// Opens a file for `>` or `>>`.
    pub fn open_to_write(&mut self, path: &str, cwd: &str, append: bool, fds: &Fds) -> Result<Fd, Trouble> {
        let path = resolve(cwd, path);
        match path.as_str() {
            "/dev/null" => return Ok(Fd::Null),
            "/dev/stdout" => return Ok(fds.get(&1).cloned().unwrap_or(Fd::Null)),
            "/dev/stderr" => return Ok(fds.get(&2).cloned().unwrap_or(Fd::Null)),
            _ => {}
        }
        let tree = self.tree_mut(&path);
        if append {
            tree.append(&path, "")?
        } else {
            tree.write(&path, "")?
        }
        Ok(Fd::File(path))
    }

    /// A child with these streams on the same host.
    pub fn spawn(
        &mut self,
        argv: &[String],
        env: BTreeMap<String, String>,
        cwd: &str,
        fds: Fds,
    ) -> Result<Pid, NotStarted> {
        self.spawn_on(self.common.host.clone(), argv, env, cwd, fds, self.common.tty)
    }

    /// A child on some host; `tty`: its streams may be a terminal.
    pub fn spawn_on(
        &mut self,
        host: Host,
        argv: &[String],
        env: BTreeMap<String, String>,
        cwd: &str,
        fds: Fds,
        tty: bool,
    ) -> Result<Pid, NotStarted> {
        if let Some(name) = argv.first().filter(|n| n.contains('/')) {
            match self.stat(name) {
                Some(Node::Folder) => return Err(NotStarted::Folder),
                Some(Node::File(_)) => return Err(NotStarted::Denied),
                None => {}
            }
        }
        let common = Common { parent: self.id, host, fds, saved: Vec::new(), cwd: cwd.to_owned(), env, tty };
        let now = self.now();
        self.job.spawn(argv, common, now)
    }

    /// A child with this process' own streams, folder and environment.
    pub fn spawn_here(&mut self, argv: &[String]) -> Result<Pid, NotStarted> {
        let (env, cwd, fds) = (self.common.env.clone(), self.common.cwd.clone(), self.common.fds.clone());
        self.spawn(argv, env, &cwd, fds)
    }

    /// A shell for a person to type at, with this process' streams, folder and environment.
    pub fn ask(&mut self, state: State) -> Option<Pid> {
        let common = Common { parent: self.id, saved: Vec::new(), ..self.common.clone() };
        self.job.add(common, Program::Interactive(Box::new(Interactive::new(state))))
    }

    /// A subshell.
    pub fn fork(&mut self, shell: Shell, fds: Fds) -> Option<Pid> {
        let (cwd, env) = (shell.state.cwd.clone(), shell.state.env());
        let common = Common {
            parent: self.id,
            host: self.common.host.clone(),
            fds,
            saved: Vec::new(),
            cwd,
            env,
            tty: self.common.tty,
        };
        self.job.add(common, Program::Shell(Box::new(shell)))
    }
}
