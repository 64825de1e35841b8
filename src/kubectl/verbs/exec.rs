//! `kubectl exec`
//!
//! upstream: kubectl/pkg/cmd/exec/exec.go, kubectl/pkg/cmd/util/podcmd/podcmd.go

use crate::api::{ObjectExt, Value};
use crate::cluster::request::{Method, Request};
use crate::kubectl::Exec;
use crate::kubectl::context::{Cx, Flow, Pending, object_path};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::pods::{self, AttachTo};
use crate::kubectl::resources::Builder;

/// Runs a program in a container.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    let flags = &cx.s.flags;
    let args = flags.args.clone();
    let (target, command) = match flags.dash {
        Some(dash) => (if dash > 0 { args.first().cloned() } else { None }, args.get(dash..).unwrap_or(&[]).to_vec()),
        None if args.len() > 1 || (!args.is_empty() && flags.has("filename")) => {
            let text = "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead";
            return Err(cx.usage(text));
        }
        None => (args.first().cloned(), Vec::new()),
    };
    if target.is_none() && !cx.s.flags.has("filename") {
        return Err(Failure::new("pod, type/name or --filename must be specified"));
    }
    if command.is_empty() {
        return Err(Failure::new("you must specify at least one command for the container"));
    }
    let mut words = Vec::new();
    if let Some(target) = target {
        if !target.contains('/') {
            words.push("pods".to_string());
        }
        words.push(target);
    }
    let builder = Builder::new(cx, &words);
    let Some(info) = builder.infos(cx)?.into_iter().next() else {
        return Err(Failure::new("you must specify at least one resource"));
    };
    let info = info?;
    let until = cx.io.server.now() + crate::sim::Duration::secs(60);
    let attach = AttachTo { info, until };
    Box::new(Start { attach, command }).resume(cx)
}

/// Waits for a Pod to run in, then asks for the stream.
#[derive(Clone, Debug)]
struct Start {
    attach: AttachTo,
    command: Vec<String>,
}

impl Pending for Start {
    fn resume(self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        match self.attach.pod(cx)? {
            Some(pod) => open(cx, &pod, &self.command),
            None => {
                let until = self.attach.until;
                Ok(Flow::Wait(self, Some(until)))
            }
        }
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}

/// Whether the program gets standard input, and whether it gets a terminal: only with input from one.
///
/// upstream: kubectl/pkg/cmd/exec/exec.go StreamOptions.SetupTTY
pub fn streams(cx: &mut Cx) -> (bool, bool) {
    let (stdin, tty) = (cx.s.flags.on("stdin"), cx.s.flags.on("tty"));
    if stdin && tty && !cx.s.env.terminal {
        cx.complain("Unable to use a TTY - input is not a terminal or the right kind of file");
        return (true, false);
    }
    (stdin, stdin && tty)
}

fn open(cx: &mut Cx, pod: &Value, command: &[String]) -> Outcome<Flow> {
    let phase = pod.str_at("status.phase");
    if matches!(phase, "Succeeded" | "Failed") {
        let text = format!("cannot exec into a container in a completed pod; current phase is {phase}");
        return Err(Failure::new(text));
    }
    let wanted = cx.s.flags.text("container").to_string();
    let quiet = cx.s.flags.on("quiet");
    let container = pods::container(cx, pod, &wanted, quiet)?;
    let (stdin, tty) = streams(cx);
    let path = object_path(&crate::api::resource::PODS, pod.namespace(), pod.name());
    let mut request = Request::new(Method::Post, format!("{path}/exec"));
    for word in command {
        request = request.query("command", word);
    }
    request = request.query("container", &container);
    if stdin {
        request = request.query("stdin", "true");
    }
    request = request.query("stderr", "true").query("stdout", "true");
    if tty {
        request = request.query("tty", "true");
    }
    let response = cx.send(&request);
    match response.exec {
        Some(target) => Ok(Flow::Exec(Exec { target, stdin, tty, attached: false }, Box::new(Ended))),
        None if response.code == 500 => Err(Failure::new(response.body.str_at("message"))),
        None => Err(Failure::Api(Box::new(response.body))),
    }
}

/// The program has ended.
#[derive(Clone, Debug)]
pub struct Ended;

impl Pending for Ended {
    fn resume(self: Box<Self>, cx: &mut Cx) -> Outcome<Flow> {
        match cx.s.exited.take().unwrap_or(0) {
            0 => Ok(Flow::Done),
            code => {
                cx.complain(&format!("command terminated with exit code {code}"));
                Err(Failure::Exit(code))
            }
        }
    }
    fn copy(&self) -> Box<dyn Pending> {
        Box::new(self.clone())
    }
}
