//! What outlives a command line: the user's files and, in a terminal, the shell's memory.

use super::job::{Chunk, Job, JobState};
use super::state::{Dialect, State};
use crate::cluster::Cluster;
use crate::cluster::files::Tree;
use crate::collections::BTreeMap;
use crate::sim::{Duration, Time};
use std::rc::Rc;

/// Where a process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// The user's machine, 192.168.49.1.
    User,
    /// A node of this name.
    Node(Rc<str>),
    /// A container.
    Pod {
        /// The Pod's namespace.
        namespace: Rc<str>,
        /// The Pod's name.
        name: Rc<str>,
        /// The container's name.
        container: Rc<str>,
    },
}

/// The user's machine.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its files. Those of the course are in [`Session::HOME`].
    pub files: Tree,
    /// The nodes' files by node.
    pub node_files: BTreeMap<String, Tree>,
    /// The terminal's shell, which remembers from line to line. `None`: every line has a shell of its own.
    pub state: Option<State>,
    /// Whether output goes to a terminal: programs then print as they do for people.
    pub tty: bool,
    /// The terminal's width in characters.
    pub columns: usize,
}

impl Session {
    /// The folder the user works in.
    pub const HOME: &'static str = "/home/user";

    /// A machine without files; every line gets a shell of its own, and output goes to a file.
    pub fn new() -> Self {
        Self {
            files: Tree::with_folders(&[Self::HOME, "/tmp", "/etc", "/var/log"]),
            node_files: BTreeMap::new(),
            state: None,
            tty: false,
            columns: 200,
        }
    }

    /// A machine with a terminal, whose shell remembers.
    pub fn terminal(columns: usize) -> Self {
        let mut session = Self { tty: true, columns, ..Self::new() };
        let mut state = session.fresh_state();
        state.interactive = true;
        session.state = Some(state);
        session
    }

    /// A file of the working folder.
    pub fn file(&self, name: &str) -> Option<&str> {
        self.files.read(&format!("{}/{name}", Self::HOME)).ok()
    }

    /// Writes a file of the working folder.
    pub fn write(&mut self, name: &str, text: &str) {
        let path = crate::cluster::files::resolve(Self::HOME, name);
        self.files.make_folders(crate::cluster::files::parent(&path));
        // A folder of that name stays what it is.
        let _ = self.files.write(&path, text);
    }

    /// What a shell that comes up remembers.
    pub(super) fn shell_state(&self) -> State {
        self.state.clone().unwrap_or_else(|| self.fresh_state())
    }

    fn fresh_state(&self) -> State {
        let env = [
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("HOME", Self::HOME),
            ("TERM", if self.tty { "xterm-256color" } else { "dumb" }),
            ("LANG", "C.UTF-8"),
            ("USER", "user"),
            ("KUBECONFIG", "/home/user/.kube/config"),
        ];
        let own = env.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        State::new(Dialect::Bash, Self::HOME, own.chain([("COLUMNS".to_owned(), self.columns.to_string())]))
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a line to its end, letting simulated time pass as it needs; after `limit` it is stopped with status 124.
pub fn run(line: &str, cluster: &mut Cluster, session: &mut Session, limit: Duration) -> (Vec<Chunk>, i32) {
    let end = cluster.now + limit;
    let mut job = Job::start(line, session);
    loop {
        match job.poll(cluster, session) {
            JobState::Done(status) => return (job.take_output(), status),
            JobState::Busy => {}
            JobState::Waiting { .. } if job.prompt().is_some() => job.feed(super::END),
            JobState::Waiting { .. } if cluster.now >= end => job.cancel(124),
            JobState::Waiting { until, on_change } => {
                let next = until.unwrap_or(end).min(end);
                // What was just written makes work: only then is it known when something happens next.
                cluster.advance(cluster.now);
                cluster.advance(if on_change { next_moment(cluster, next) } else { next });
            }
        }
    }
}

/// When something happens next in the cluster, at most `until`.
pub fn next_moment(cluster: &Cluster, until: Time) -> Time {
    let soon = cluster.queue.peek().unwrap_or(until).max(cluster.now + Duration::millis(1));
    soon.min(until)
}
