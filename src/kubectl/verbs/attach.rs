//! `kubectl attach`, and what `kubectl run` does once its Pod is made
//!
//! upstream: kubectl/pkg/cmd/attach/attach.go, kubectl/pkg/cmd/run/run.go handleAttachPod

use super::delete::{Options, delete_all};
use super::exec::streams;
use super::logs;
use crate::api::{ObjectExt, Value};
use crate::cluster::image;
use crate::cluster::request::ExecTarget;
use crate::kubectl::Exec;
use crate::kubectl::context::{Cx, DryRun, Flow, Pending};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::pods;
use crate::kubectl::resources::{Builder, Info};
use crate::sim::{Duration, Time};

/// How long is waited for a Pod to run, and to end (`--pod-running-timeout`).
const TIMEOUT: Duration = Duration::secs(60);

/// Attaches to a running container.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let args = cx.s.flags.args.clone();
    let target = match args.as_slice() {
        [] => return Err(Failure::new("at least 1 argument is required for attach")),
        [target] => target.clone(),
        more => {
            return Err(cx.usage(&format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: {more:?}",
                more.len()
            )));
        }
    };
    let words = if target.contains('/') { vec![target] } else { vec!["pods".to_string(), target] };
    let mut infos = Builder::new(cx, &words).infos(cx)?;
    if infos.is_empty() {
        return Err(Failure::new("you must specify at least one resource"));
    }
    let info = infos.remove(0)?;
    let phase = info.object.str_at("status.phase");
    if matches!(phase, "Succeeded" | "Failed") {
        let text = format!("cannot attach a container in a completed pod; current phase is {phase}");
        return Err(Failure::new(text));
    }
    let until = cx.io.server.now() + TIMEOUT;
    Box::new(Attach { info, until, state: State::Starting, made: false, failed: None }).resume(cx)
}

/// Attaches to a Pod that `kubectl run` has just made.
pub fn created(cx: &mut Cx, info: Info) -> Outcome<Flow> {
    let until = cx.io.server.now() + TIMEOUT;
    Box::new(Attach { info, until, state: State::Starting, made: true, failed: None }).resume(cx)
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Waiting for the container to run.
    Starting,
    /// The container's program runs with kubectl's streams.
    Attached,
    /// What the container writes is passed on: so many bytes were.
    Following(String, usize),
    /// Waiting for the Pod to end.
    Ending,
}

/// A Pod that kubectl is attached to.
#[derive(Clone, Debug)]
struct Attach {
    info: Info,
    until: Time,
    state: State,
    /// `kubectl run` made the Pod.
    made: bool,
    /// Why the Pod failed, and its code.
    failed: Option<(String, i32)>,
}

impl Pending for Attach {
    fn resume(mut self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        let outcome = self.go_on(cx);
        if let Ok(Some(flow)) = outcome {
            return Ok(match flow {
                Next::Wait(until) => Flow::Wait(self, until),
                Next::Exec(exec) => Flow::Exec(exec, self),
            });
        }
        if self.made && cx.s.flags.on("rm") {
            let options = Options { grace: -1, policy: "Background", dry: DryRun::None };
            delete_all(cx, vec![Ok(self.info.clone())], &options, true)?;
        }
        if let Some((text, code)) = self.failed {
            cx.complain(&text);
            return Err(Failure::Exit(code));
        }
        outcome.map(|_| Flow::Done)
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}

/// What is to happen next.
enum Next {
    Wait(Option<Time>),
    Exec(Exec),
}

impl Attach {
    /// Goes on as far as it can; `None` at its end.
    fn go_on(&mut self, cx: &mut Cx) -> Outcome<Option<Next>> {
        match self.state.clone() {
            State::Starting => self.begin(cx),
            State::Attached => {
                // The container's own end says with which code.
                cx.s.exited = None;
                self.session_ended(cx);
                self.ended(cx)
            }
            State::Following(container, printed) => self.follow(cx, container, printed),
            State::Ending => self.ended(cx),
        }
    }

    fn begin(&mut self, cx: &mut Cx) -> Outcome<Option<Next>> {
        self.info.refresh(cx)?;
        let pod = self.info.object.clone();
        let phase = pod.str_at("status.phase");
        if matches!(phase, "Succeeded" | "Failed") {
            let container = pods::container(cx, &pod, "", true)?;
            logs::print(cx, &pod, &container, &[])?;
            return self.ended(cx);
        }
        if phase != "Running" || pods::ready(&pod).is_none() {
            if cx.io.server.now() >= self.until {
                return Err(Failure::new("timed out waiting for the condition"));
            }
            return Ok(Some(Next::Wait(Some(self.until))));
        }
        let wanted = cx.s.flags.text("container").to_string();
        let container = pods::container(cx, &pod, &wanted, cx.s.flags.on("quiet"))?;
        let list = pod.list_at("spec.containers");
        let spec = list.iter().find(|c| c.str_at("name") == container).cloned().unwrap_or_default();
        let printed = if self.made { logs::print(cx, &pod, &container, &[])? } else { 0 };
        let (stdin, tty) = streams(cx);
        if !cx.s.flags.on("quiet") {
            cx.complain("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.");
            cx.complain("If you don't see a command prompt, try pressing enter.");
        }
        if !spec.bool_at("stdin") || !stdin {
            return self.follow(cx, container, printed);
        }
        self.state = State::Attached;
        let argv = image::argv(&spec);
        let argv = if argv.is_empty() { vec!["sh".to_string()] } else { argv };
        let target =
            ExecTarget { namespace: pod.namespace().to_string(), pod: pod.name().to_string(), container, argv };
        Ok(Some(Next::Exec(Exec { target, stdin, tty, attached: true })))
    }

    /// Passes on what a container writes that takes no input, until it ends.
    fn follow(&mut self, cx: &mut Cx, container: String, printed: usize) -> Outcome<Option<Next>> {
        self.info.refresh(cx)?;
        let printed = logs::print_from(cx, &self.info.object, &container, printed)?;
        let statuses = self.info.object.list_at("status.containerStatuses");
        let runs = |s: &Value| s.str_at("name") == container && !s.at("state.running").is_null();
        if statuses.iter().any(runs) {
            self.state = State::Following(container, printed);
            return Ok(Some(Next::Wait(None)));
        }
        self.ended(cx)
    }

    /// upstream: attach.go reattachMessage
    fn session_ended(&self, cx: &mut Cx) {
        let flags = &cx.s.flags;
        let asked = flags.on("stdin") && flags.on("tty") && cx.s.env.terminal && !flags.on("quiet");
        if asked && self.info.object.str_at("spec.restartPolicy") == "Always" {
            let (name, wanted) = (&self.info.name, flags.text("container"));
            let first = self.info.object.str_at("spec.containers.0.name");
            let container = if wanted.is_empty() { first } else { wanted };
            let text = format!(
                "Session ended, resume using 'kubectl attach {name} -c {container} -i -t' command when the pod is running"
            );
            cx.line(&text);
        }
    }

    /// The program has ended. `kubectl run` waits for the Pod to do so too, and ends with its code.
    fn ended(&mut self, cx: &mut Cx) -> Outcome<Option<Next>> {
        let policy = self.info.object.str_at("spec.restartPolicy").to_string();
        if !self.made || policy == "Always" || cx.s.flags.on("leave-stdin-open") {
            return Ok(None);
        }
        if self.state != State::Ending {
            self.state = State::Ending;
            self.until = cx.io.server.now() + TIMEOUT;
        }
        self.info.refresh(cx)?;
        let pod = &self.info.object;
        let code = pod.int_at("status.containerStatuses.0.state.terminated.exitCode").unwrap_or(0);
        match pod.str_at("status.phase") {
            "Succeeded" => Ok(None),
            "Failed" if policy == "Never" => {
                let reason = pod.str_at("status.containerStatuses.0.state.terminated.reason");
                let text = format!("pod {}/{} terminated ({reason})", pod.namespace(), pod.name());
                self.failed = Some((text, code as i32));
                Ok(None)
            }
            _ if cx.io.server.now() >= self.until => Err(Failure::new("timed out waiting for the condition")),
            _ => Ok(Some(Next::Wait(Some(self.until)))),
        }
    }
}
