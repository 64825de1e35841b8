//! A running command line: processes, pipes and streams as plain data.
//!
//! [`Job::poll`] lets every process run until none can go on: each ended, or waits for a point in time, for a change in
//! the cluster, or for another process. The caller then moves the clock and polls again.

use super::interactive::Interactive;
use super::machine::Shell;
use super::parse::{SyntaxError, parse};
use super::program::{self, Program};
use super::state::{Dialect, State};
use super::sys::Sys;
use super::{Host, Session};
use crate::cluster::Cluster;
use crate::collections::BTreeMap;
use crate::network::{HostId, Network};
use crate::sim::Time;
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// A process' number within its job.
pub type Pid = u32;

/// Where a stream goes to or comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fd {
    /// `/dev/null`
    Null,
    /// The terminal as input. Only a shell at which a person types waits for it; to all others it has ended.
    Keyboard,
    /// The job's output; the flag: as standard error.
    Terminal(bool),
    /// The reading end of a pipe, or an open file.
    Read(usize),
    /// The writing end of a pipe.
    Write(usize),
    /// A file that is added to.
    File(String),
}

impl Fd {
    fn is_pipe(&self) -> bool {
        matches!(self, Self::Read(_) | Self::Write(_))
    }
}

/// A process' streams by number.
pub type Fds = BTreeMap<u32, Fd>;

/// What one step of a process came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It went on.
    Ran,
    /// It waits for another process.
    Blocked,
    /// It waits for a point in time.
    Until(Time),
    /// It waits for a change in the cluster, or for a point in time.
    Change(Option<Time>),
    /// It waits for a line from the keyboard.
    Input,
    /// It ended with this status.
    Done(i32),
}

/// What a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It ended with this status.
    Done(i32),
    /// It waits: until a point in time, and/or for a change in the cluster.
    Waiting {
        /// Poll again then at the latest.
        until: Option<Time>,
        /// Poll again whenever something in the cluster happened.
        on_change: bool,
    },
    /// It could go on at once; the poll's budget was used up.
    Busy,
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Whether it went to standard error.
    pub err: bool,
    /// The text.
    pub text: String,
}

/// What every process has, whatever it runs.
#[derive(Clone, Debug)]
pub struct Common {
    /// Who started it.
    pub parent: Pid,
    /// Where it runs.
    pub host: Host,
    /// Its streams.
    pub fds: Fds,
    /// Streams put aside by redirections of compound commands, innermost last.
    pub saved: Vec<Fds>,
    /// Its folder.
    pub cwd: String,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// Its streams may be a terminal; `kubectl exec` without `-t` has none.
    pub tty: bool,
}

impl Common {
    /// A shell's on the user's machine.
    fn of_user(state: &State, keyboard: bool) -> Self {
        let input = if keyboard { Fd::Keyboard } else { Fd::Null };
        let fds = Fds::from([(0, input), (1, Fd::Terminal(false)), (2, Fd::Terminal(true))]);
        let (cwd, env) = (state.cwd.clone(), state.env());
        Self { parent: 0, host: Host::User, fds, saved: Vec::new(), cwd, env, tty: true }
    }
}

#[derive(Clone, Debug)]
struct Process {
    common: Common,
    program: Program,
    wake: Wake,
    status: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    Now,
    At(Time),
    /// Seen then; at that time at the latest.
    Change(Time, Option<Time>),
    Input,
}

#[derive(Clone, Debug, Default)]
struct Pipe {
    data: String,
    at: usize,
    /// A substitution's: the shell takes the text once the command ended, no stream reads it.
    capture: bool,
}

/// A running command line.
#[derive(Clone, Debug)]
pub struct Job {
    processes: BTreeMap<Pid, Process>,
    pipes: Vec<Pipe>,
    output: Vec<Chunk>,
    next: Pid,
    /// Steps since time last passed, so that a loop that never waits cannot stop the world.
    spin: (Time, u64),
    cancelled: Option<i32>,
    /// Lines that were typed and not yet read.
    typed: VecDeque<String>,
}

/// Steps a poll makes before it hands control back.
const STEPS_PER_POLL: usize = 20_000;
/// Steps a process may make in one millisecond of simulated time.
const STEPS_PER_MS: u64 = 2_000;
/// A pipe holds about this much before its writer must wait.
const PIPE_BYTES: usize = 1 << 16;
/// More processes than this a job cannot have.
const PROCESSES_MAX: usize = 500;

const ROOT: Pid = 1;

impl Job {
    fn empty() -> Self {
        Self {
            processes: BTreeMap::new(),
            pipes: Vec::new(),
            output: Vec::new(),
            next: ROOT,
            spin: (Time(0), 0),
            cancelled: None,
            typed: VecDeque::new(),
        }
    }

    /// Starts a container's own program; `None` if there is none of that name.
    pub(super) fn contained(argv: &[String], host: Host, cluster: &Cluster) -> Option<Self> {
        let mut job = Self::empty();
        let env = super::tools::pod_env(cluster, &host);
        let fds = Fds::from([(0, Fd::Null), (1, Fd::Terminal(false)), (2, Fd::Terminal(true))]);
        let common = Common { parent: 0, host, fds, saved: Vec::new(), cwd: "/".into(), env, tty: false };
        job.spawn(argv, common, cluster.now).ok()?;
        Some(job)
    }

    /// Starts a line in the session's shell.
    pub fn start(line: &str, session: &Session) -> Self {
        let mut job = Self::empty();
        let state = session.shell_state();
        let common = Common::of_user(&state, session.state.is_some());
        match parse(line) {
            Ok(list) => {
                job.add(common, Program::Shell(Box::new(Shell::new(state, list))));
            }
            Err(error) => {
                job.output.push(Chunk { err: true, text: syntax_message(&error, line, &state) });
                job.cancelled = Some(2);
            }
        }
        job
    }

    /// A terminal's shell: it takes one line after the other ([`Job::feed`]), and what it started with `&` goes on
    /// meanwhile.
    pub fn terminal(session: &Session) -> Self {
        let mut job = Self::empty();
        let state = session.shell_state();
        job.add(Common::of_user(&state, true), Program::Interactive(Box::new(Interactive::new(state))));
        job
    }

    /// Takes the output since the last call, in order.
    pub fn take_output(&mut self) -> Vec<Chunk> {
        std::mem::take(&mut self.output)
    }

    /// Ends everything with this status (130: Ctrl-C, 124: out of time).
    pub fn cancel(&mut self, status: i32) {
        self.processes.clear();
        self.cancelled = Some(status);
    }

    /// Whether a shell waits for a line.
    pub fn asks(&self) -> bool {
        self.typed.is_empty() && self.asking().is_some_and(|(_, p)| p.wake == Wake::Input)
    }

    /// The prompt of the shell within the terminal's own that waits for a line, if one does.
    pub fn prompt(&self) -> Option<String> {
        let (_, process) = self.asking().filter(|(id, _)| *id != ROOT && self.asks())?;
        let Program::Interactive(shell) = &process.program else { return None };
        Some(shell.prompt(&process.common.host))
    }

    /// A line that was typed for the shell that waits, or will.
    pub fn feed(&mut self, line: &str) {
        self.typed.push_back(line.into());
    }

    /// Takes a typed line.
    pub(super) fn typed(&mut self) -> Option<String> {
        self.typed.pop_front()
    }

    /// The innermost shell at which a person types.
    fn asking(&self) -> Option<(Pid, &Process)> {
        let alive = self.processes.iter().filter(|(_, p)| p.status.is_none());
        alive.filter(|(_, p)| matches!(p.program, Program::Interactive(_))).map(|(id, p)| (*id, p)).next_back()
    }

    /// Where a connection from the user's machine to an address of its own comes out, if a `kubectl port-forward`
    /// listens there: within which Pod, at which port. It says that somebody came.
    pub fn forwarded(&mut self, network: &Network, to: (Ipv4Addr, u16)) -> Option<(HostId, u16)> {
        let (tells, pod, port) = self.processes.values().filter(|p| p.status.is_none()).find_map(|p| {
            let Program::Kubectl(kubectl) = &p.program else { return None };
            let f = kubectl.forwards().iter().find(|f| to.0.is_loopback() && f.local == to.1)?;
            let tells = matches!(p.common.fds.get(&1), Some(Fd::Terminal(_)));
            Some((tells, network.pod(&f.namespace, &f.pod), f.remote))
        })?;
        if tells {
            self.print(false, &format!("Handling connection for {}\n", to.1));
        }
        Some((pod?, port))
    }

    /// Ctrl-C: ends what runs in the innermost shell at which a person types; without one, everything.
    pub fn interrupt(&mut self) {
        let Some((id, _)) = self.asking() else {
            self.cancel(130);
            return;
        };
        let behind = match self.processes.get(&id).map(|p| &p.program) {
            Some(Program::Interactive(shell)) => shell.background().iter().map(|b| b.pid).collect(),
            _ => Vec::new(),
        };
        self.kill_children(id, 130, &behind);
        if let Some(Process { common, program: Program::Interactive(shell), wake, .. }) = self.processes.get_mut(&id) {
            shell.interrupt(common);
            *wake = Wake::Now;
        }
        self.typed.clear();
    }

    /// Lets every process go on as far as it can.
    pub fn poll(&mut self, cluster: &mut Cluster, session: &mut Session) -> JobState {
        let mut budget = STEPS_PER_POLL;
        if self.spin.0 < cluster.now {
            self.spin = (cluster.now, 0);
        }
        loop {
            if let Some(status) = self.cancelled {
                return JobState::Done(status);
            }
            let mut ran = false;
            let ids: Vec<Pid> = self.processes.keys().copied().collect();
            for id in ids {
                while self.runnable(id, cluster.now) && budget > 0 {
                    budget -= 1;
                    self.spin.1 += 1;
                    if self.spin.1 > STEPS_PER_MS {
                        return JobState::Waiting { until: Some(Time(cluster.now.0 + 1000)), on_change: false };
                    }
                    let step = self.step(id, cluster, session);
                    ran |= !matches!(step, Step::Blocked | Step::Input);
                    if !matches!(step, Step::Ran) {
                        break;
                    }
                }
            }
            if let Some(status) = self.processes.get(&ROOT).and_then(|p| p.status) {
                self.finish(session);
                return JobState::Done(status);
            }
            if budget == 0 {
                return JobState::Busy;
            }
            if !ran {
                return self.waiting();
            }
        }
    }

    fn finish(&mut self, session: &mut Session) {
        let state = match self.processes.get(&ROOT).map(|p| &p.program) {
            Some(Program::Shell(shell)) => Some(&shell.state),
            Some(Program::Interactive(shell)) => Some(shell.state()),
            _ => None,
        };
        if session.state.is_some() && state.is_some() {
            session.state = state.cloned();
        }
        self.processes.clear();
    }

    fn waiting(&self) -> JobState {
        let (mut until, mut on_change) = (None, false);
        for process in self.processes.values().filter(|p| p.status.is_none()) {
            match process.wake {
                Wake::At(t) => until = Some(until.map_or(t, |u: Time| u.min(t))),
                Wake::Change(_, latest) => {
                    on_change = true;
                    until = match (until, latest) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                }
                Wake::Now | Wake::Input => {}
            }
        }
        JobState::Waiting { until, on_change }
    }

    fn runnable(&self, id: Pid, now: Time) -> bool {
        let Some(process) = self.processes.get(&id) else { return false };
        let awake = match process.wake {
            Wake::Now => true,
            Wake::At(t) => t <= now,
            Wake::Change(seen, _) => seen < now,
            Wake::Input => !self.typed.is_empty(),
        };
        let full = match process.common.fds.get(&1) {
            Some(Fd::Write(pipe)) => {
                self.pipes.get(*pipe).is_some_and(|p| p.data.len() - p.at > PIPE_BYTES) && self.has_reader(*pipe)
            }
            _ => false,
        };
        process.status.is_none() && awake && !full
    }

    fn step(&mut self, id: Pid, cluster: &mut Cluster, session: &mut Session) -> Step {
        let Some(mut process) = self.processes.remove(&id) else { return Step::Blocked };
        let Process { common, program, .. } = &mut process;
        let mut sys = Sys::new(self, cluster, session, id, common);
        let mut step = program.step(&mut sys);
        if sys.broken && !matches!(step, Step::Done(_)) {
            step = Step::Done(141);
        }
        process.wake = match step {
            Step::Until(t) => Wake::At(t),
            Step::Change(latest) => Wake::Change(cluster.now, latest),
            Step::Input => Wake::Input,
            _ => Wake::Now,
        };
        if step == Step::Input && self.processes.is_empty() && !process.common.fds.values().any(Fd::is_pipe) {
            // A terminal's shell goes on for long: what its commands passed on to each other is over.
            self.pipes.clear();
        }
        if let Step::Done(status) = step {
            process.status = Some(status);
            process.common.fds.clear();
            process.common.saved.clear();
        }
        self.processes.insert(id, process);
        step
    }

    /// Adds a process; `None` if there are too many.
    pub(super) fn add(&mut self, common: Common, program: Program) -> Option<Pid> {
        if self.processes.len() >= PROCESSES_MAX {
            return None;
        }
        let id = self.next;
        self.next += 1;
        self.processes.insert(id, Process { common, program, wake: Wake::Now, status: None });
        Some(id)
    }

    /// A process' status once it ended; it is forgotten then.
    pub(super) fn reap(&mut self, id: Pid) -> Option<i32> {
        match self.processes.get(&id) {
            None => Some(127),
            Some(process) => {
                let status = process.status?;
                self.processes.remove(&id);
                Some(status)
            }
        }
    }

    /// Whether there is such a process and it has not ended.
    pub(super) fn runs(&self, id: Pid) -> bool {
        self.processes.get(&id).is_some_and(|p| p.status.is_none())
    }

    /// Ends a process and all it started.
    pub(super) fn kill(&mut self, id: Pid, status: i32) {
        self.kill_children(id, status, &[]);
        if let Some(process) = self.processes.get_mut(&id) {
            process.status.get_or_insert(status);
            process.common.fds.clear();
            process.common.saved.clear();
        }
    }

    fn kill_children(&mut self, id: Pid, status: i32, spared: &[Pid]) {
        let of = |(c, p): &(&Pid, &Process)| p.common.parent == id && !spared.contains(c);
        let children: Vec<Pid> = self.processes.iter().filter(of).map(|(c, _)| *c).collect();
        for child in children {
            self.kill(child, status);
            self.processes.remove(&child);
        }
    }

    /// A new pipe that already holds `data`.
    pub(super) fn pipe(&mut self, data: String) -> usize {
        self.pipes.push(Pipe { data, at: 0, capture: false });
        self.pipes.len() - 1
    }

    /// A new pipe for a substitution's output.
    pub(super) fn capture(&mut self) -> usize {
        self.pipes.push(Pipe { capture: true, ..Pipe::default() });
        self.pipes.len() - 1
    }

    /// Whether it was made by [`Job::capture`].
    pub(super) fn is_capture(&self, pipe: usize) -> bool {
        self.pipes.get(pipe).is_some_and(|p| p.capture)
    }

    fn holds(&self, fd: &Fd) -> bool {
        let has = |fds: &Fds| fds.values().any(|f| f == fd);
        self.processes.values().any(|p| has(&p.common.fds) || p.common.saved.iter().any(has))
    }

    /// Whether any other process may still write to the pipe.
    pub(super) fn has_writer(&self, pipe: usize) -> bool {
        self.holds(&Fd::Write(pipe))
    }

    /// Whether any other process may still read from the pipe.
    pub(super) fn has_reader(&self, pipe: usize) -> bool {
        self.holds(&Fd::Read(pipe))
    }

    /// What is in the pipe.
    pub(super) fn pending(&self, pipe: usize) -> &str {
        self.pipes.get(pipe).and_then(|p| p.data.get(p.at..)).unwrap_or("")
    }

    /// Takes the first `bytes` out of the pipe.
    pub(super) fn take(&mut self, pipe: usize, bytes: usize) -> String {
        let Some(p) = self.pipes.get_mut(pipe) else { return String::new() };
        let end = (p.at + bytes).min(p.data.len());
        let text = p.data.get(p.at..end).unwrap_or("").to_owned();
        p.at = end;
        if p.at == p.data.len() {
            (p.data, p.at) = (String::new(), 0);
        }
        text
    }

    /// Adds to the pipe.
    pub(super) fn push(&mut self, pipe: usize, text: &str) {
        if let Some(p) = self.pipes.get_mut(pipe) {
            p.data.push_str(text);
        }
    }

    /// Adds to the job's output.
    pub(super) fn print(&mut self, err: bool, text: &str) {
        match self.output.last_mut() {
            Some(last) if last.err == err => last.text.push_str(text),
            _ => self.output.push(Chunk { err, text: text.into() }),
        }
    }

    /// Starts a program as a child; says why not if there is none of that name.
    pub(super) fn spawn(&mut self, argv: &[String], common: Common, now: Time) -> Result<Pid, program::NotStarted> {
        let program = Program::find(argv, &common, now)?;
        self.add(common, program).ok_or(program::NotStarted::TooMany)
    }
}

/// What the shell prints where it cannot read its text.
pub(super) fn syntax_message(error: &SyntaxError, text: &str, state: &State) -> String {
    let name = &state.name;
    let shown = |line: usize| text.lines().nth(line.saturating_sub(1)).unwrap_or("").to_owned();
    match (state.dialect, error) {
        (Dialect::Bash, SyntaxError::Unexpected(line, token)) => {
            let at = if state.interactive { format!("{name}: ") } else { format!("{name}: -c: line {line}: ") };
            let second = if state.interactive { String::new() } else { format!("{at}`{}'\n", shown(*line)) };
            format!("{at}syntax error near unexpected token `{token}'\n{second}")
        }
        (Dialect::Bash, SyntaxError::End(line, _)) => {
            format!("{name}: -c: line {line}: syntax error: unexpected end of file\n")
        }
        (Dialect::Bash, SyntaxError::Quote(line, quote)) => {
            format!("{name}: -c: line {line}: unexpected EOF while looking for matching `{quote}'\n")
        }
        (Dialect::Dash, SyntaxError::Unexpected(line, token)) => {
            format!("{name}: {line}: Syntax error: \"{token}\" unexpected\n")
        }
        (Dialect::Dash, SyntaxError::End(line, "")) => {
            format!("{name}: {}: Syntax error: end of file unexpected\n", line - 1)
        }
        (Dialect::Dash, SyntaxError::End(line, what)) => {
            format!("{name}: {}: Syntax error: end of file unexpected (expecting \"{what}\")\n", line - 1)
        }
        (Dialect::Dash, SyntaxError::Quote(line, _)) => {
            format!("{name}: {line}: Syntax error: Unterminated quoted string\n")
        }
    }
}
