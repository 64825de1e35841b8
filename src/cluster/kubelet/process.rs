//! A container's program: some sleep, some are servers that answer as their image says, and those that the shell knows are
//! really run. Who can run programs is known further up only, so the cluster is handed a [`Runtime`].

use super::start::container;
use super::*;

/// What a running program is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It waits: go on with it then.
    Until(Time),
    /// It ended with this code.
    Ended(i32),
}

/// A program in a container, with how far it got.
pub trait Program: std::fmt::Debug {
    /// Lets it go on as far as it can at this moment.
    fn step(&mut self, cluster: &mut Cluster) -> Doing;
    /// Takes what it wrote since the last call.
    fn output(&mut self) -> String;
    /// The same program at the same point.
    fn copy(&self) -> Box<dyn Program>;
}

impl Clone for Box<dyn Program> {
    fn clone(&self) -> Self {
        (**self).copy()
    }
}

/// Starts a program: namespace, Pod and container, and its command line. `None` if it knows none of that name.
pub type Runtime = fn(&Cluster, [&str; 3], &[String]) -> Option<Box<dyn Program>>;

/// What a container's program has come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    program: Option<Box<dyn Program>>,
    /// When it goes on, or when the container ends. What was planned for another moment is void.
    due: Time,
    /// The code with which it ends then.
    code: Option<i64>,
    /// What it wrote, and what the one before it did.
    pub(super) log: Rc<String>,
    pub(super) last_log: Rc<String>,
}

/// Shells without input, and what only says hello.
const ENDING: [&str; 7] = ["busybox", "alpine", "debian", "ubuntu", "fedora", "centos", "hello-world"];
/// The least time between two looks at a program: one that never waits must not stop the world.
const LOOK: Duration = Duration::millis(10);
/// Most bytes of a log that are kept; the oldest lines go first (`containerLogMaxSize`, as it were).
const LOG_MAX: usize = 1 << 16;

/// A container has just been started: so is its program.
#[inline(never)] // kept apart: loaded with the rest of the engine
pub(super) fn start(cluster: &mut Cluster, uid: &Rc<str>, pod: &Value, i: usize) {
    let Some(one) = container(cluster, uid, i) else { return };
    let last_log = std::mem::take(&mut one.process).log;
    one.process.last_log = last_log;
    let spec = one.spec.clone();
    // It waits for whoever attaches to it.
    if spec.bool_at("stdin") {
        return;
    }
    let argv = image::argv(&spec);
    let image = spec.str_at("image").split(':').next().unwrap_or("");
    match argv.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] if ENDING.contains(&image) => end_after(cluster, uid, i, (SHORT, 0)),
        [] => {}
        ["sleep", "infinity"] => {}
        ["sleep", seconds] if seconds.parse::<u32>().is_ok() => {
            end_after(cluster, uid, i, (Duration::secs(seconds.parse().unwrap_or(0)), 0));
        }
        _ => {
            let Some(runtime) = cluster.runtime else { return };
            let program = runtime(cluster, [pod.namespace(), pod.name(), spec.str_at("name")], &argv);
            if let Some(one) = container(cluster, uid, i) {
                one.process.program = program;
            }
            run(cluster, uid, i);
        }
    }
}

/// The container ends after a while, with this code.
fn end_after(cluster: &mut Cluster, uid: &Rc<str>, i: usize, (after, code): (Duration, i64)) {
    let due = cluster.now + after;
    if let Some(one) = container(cluster, uid, i) {
        (one.process.due, one.process.code) = (due, Some(code));
    }
    cluster.plan(uid, after, Step::Exited(i));
}

/// The code with which a container ends now; `None` if it was started anew since that was planned.
pub(super) fn code(cluster: &mut Cluster, uid: &Rc<str>, i: usize) -> Option<i64> {
    let now = cluster.now;
    let one = container(cluster, uid, i).filter(|c| c.running() && c.process.due == now)?;
    one.process.code.take()
}

/// A container's program goes on, if it has one.
#[inline(never)] // kept apart: loaded with the rest of the engine
pub(super) fn run(cluster: &mut Cluster, uid: &Rc<str>, i: usize) {
    let now = cluster.now;
    let Some(one) = container(cluster, uid, i).filter(|c| c.running() && c.process.due <= now) else { return };
    let State::Running { since } = one.state else { return };
    let Some(mut program) = one.process.program.take() else { return };
    let doing = program.step(cluster);
    let wrote = program.output();
    let Some(one) = container(cluster, uid, i) else { return };
    if !wrote.is_empty() {
        write(Rc::make_mut(&mut one.process.log), &wrote);
    }
    match doing {
        Doing::Until(at) => {
            let due = at.max(now + LOOK);
            one.process.due = due;
            one.process.program = Some(program);
            cluster.plan(uid, due.since(now), Step::Run(i));
        }
        Doing::Ended(code) => {
            let after = (since + SHORT).max(now + NOTICE).since(now);
            end_after(cluster, uid, i, (after, code.into()));
            cluster.listen(uid);
        }
    }
}

fn write(log: &mut String, text: &str) {
    log.push_str(text);
    if log.len() > LOG_MAX {
        let cut = log.len() - LOG_MAX;
        let end = (cut..log.len()).find(|i| log.is_char_boundary(*i)).unwrap_or(0);
        let line = log.get(end..).and_then(|t| t.find('\n')).map_or(0, |n| n + 1);
        log.drain(..end + line);
    }
}

impl Container {
    /// The TCP ports it listens on: none if its program has ended.
    pub(super) fn ports(&self) -> Vec<u16> {
        if self.running() && self.process.code.is_none() { image::ports(&self.spec) } else { Vec::new() }
    }
}

impl Cluster {
    /// Who runs the programs of containers from now on.
    pub fn run_containers_with(&mut self, runtime: Runtime) {
        self.runtime = Some(runtime);
    }

    /// The program that somebody attached to was a container's own: it ended, and so the container does.
    pub fn attached_ended(&mut self, [namespace, pod, name]: [&str; 3], code: i32) {
        let Some(uid) = self.store.find(&PODS, namespace, pod).map(|p| Rc::<str>::from(p.uid())) else { return };
        let Some(run) = self.kubelets.pods.get(&uid) else { return };
        let waits = |c: &Container| c.name() == name && c.running() && c.spec.bool_at("stdin");
        if let Some(i) = run.containers.iter().position(waits) {
            end_after(self, &uid, i, (NOTICE, code.into()));
        }
    }

    /// What a container has written to its streams; of the one before it with `previous`, if there was one.
    pub fn logs(&self, namespace: &str, pod: &str, container: &str, previous: bool) -> Option<&str> {
        let run = self.kubelets.pods.get(self.store.find(&PODS, namespace, pod)?.uid())?;
        let one = run.containers.iter().find(|c| c.name() == container)?;
        match previous {
            // While it waits to be started again, the one that ended is still the last that ran.
            _ if !one.running() && one.last.is_some() => Some(&one.process.log),
            true => one.last.as_ref().map(|_| one.process.last_log.as_str()),
            false => Some(&one.process.log),
        }
    }
}
