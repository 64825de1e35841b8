//! What a learner did and when: with the seed the whole session.

use super::load::{Aim, Load, Rate};
use super::{MarkKind, Origin, Playground, PrintedKind};
use crate::lesson::Lesson;
use crate::shell::Session;
use crate::sim::Time;
use serde_json::{Value, json};
use std::rc::Rc;

/// One deed.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A file of the user's machine got this text.
    File(String, String),
    /// A file was removed.
    Removed(String),
    /// A line was run on the user's machine.
    Line(String),
    /// A line was typed at the prompt.
    Typed(String),
    /// The running command was interrupted.
    Interrupt,
    /// So many requests were sent at once.
    Send(u32, Aim),
    /// So many requests a second from now on.
    Rate(u32, Aim),
    /// A client outside, by number, came or went.
    Client(usize, bool),
    /// A connection that was kept, by number, was closed.
    HangUp(u64),
    /// The terminal was emptied.
    Clear,
    /// A node's rules were looked at in the list.
    RulesSeen,
    /// The learner went to a step of the lesson.
    Step(usize),
}

impl Input {
    fn to_json(&self) -> Value {
        match self {
            Self::File(name, text) => json!(["file", name, text]),
            Self::Removed(name) => json!(["rm", name]),
            Self::Line(line) => json!(["line", line]),
            Self::Typed(line) => json!(["typed", line]),
            Self::Interrupt => json!(["stop"]),
            Self::Send(n, aim) => aim_json("send", *n, aim),
            Self::Rate(n, aim) => aim_json("rate", *n, aim),
            Self::Client(i, comes) => json!(["client", i, comes]),
            Self::HangUp(id) => json!(["hangup", id]),
            Self::Clear => json!(["clear"]),
            Self::RulesSeen => json!(["rules"]),
            Self::Step(i) => json!(["step", i]),
        }
    }

    fn from_json(v: &Value) -> Option<Self> {
        let text = |i: usize| Some(v.get(i)?.as_str()?.to_string());
        let number = |i: usize| Some(v.get(i)?.as_u64()?.min(1_000) as u32);
        // Older sessions don't say how: each request had its own connection.
        let aim = || Some(Aim { from: text(2)?, to: text(3)?, keep: v.get(4) == Some(&Value::Bool(true)) });
        Some(match v.get(0)?.as_str()? {
            "file" => Self::File(text(1)?, text(2)?),
            "rm" => Self::Removed(text(1)?),
            "line" => Self::Line(text(1)?),
            "typed" => Self::Typed(text(1)?),
            "stop" => Self::Interrupt,
            "send" => Self::Send(number(1)?, aim()?),
            "rate" => Self::Rate(number(1)?, aim()?),
            "client" => Self::Client(number(1)? as usize, v.get(2)?.as_bool()?),
            "hangup" => Self::HangUp(v.get(1)?.as_u64()?),
            "clear" => Self::Clear,
            "rules" => Self::RulesSeen,
            "step" => Self::Step(number(1)? as usize),
            _ => return None,
        })
    }
}

fn aim_json(what: &str, n: u32, aim: &Aim) -> Value {
    if aim.keep { json!([what, n, aim.from, aim.to, true]) } else { json!([what, n, aim.from, aim.to]) }
}

/// The version of the log's form; another one is not read.
const VERSION: u64 = 1;
/// Longest simulated time that is rebuilt; an older session starts afresh, with its files.
const REBUILD_MAX_US: u64 = 4 * 3600 * 1_000_000;

/// Typed lines that are kept for the prompt.
const TYPED_MAX: usize = 1_000;

impl Playground {
    /// Does something new at the present moment. In the past this is where another course begins.
    pub(super) fn act(&mut self, input: Input) {
        // What the running command had to do at this moment it did before.
        self.step_job();
        self.fork();
        if self.timeline.inputs.is_empty() {
            self.keep_moment();
        }
        self.keep_some_moments();
        match &input {
            Input::Line(line) | Input::Typed(line) => {
                let applies = line.starts_with("kubectl apply");
                self.mark(if applies { MarkKind::Applied } else { MarkKind::Typed }, line.clone());
            }
            Input::Send(n, aim) => self.mark(MarkKind::Sent, format!("{n} → {}", aim.to)),
            _ => {}
        }
        self.timeline.inputs.push((self.moment.cluster.now, input.clone()));
        self.log_revision += 1;
        self.happen(input);
    }

    /// What an input does, at the moment when it was made; the same when that moment comes again.
    pub(super) fn happen(&mut self, input: Input) {
        self.moment.done += 1;
        self.revision += 1;
        match input {
            Input::File(name, text) => self.moment.session.write(&name, &text),
            Input::Removed(name) => {
                // A file that is gone already is as it should be.
                let _ = self.moment.session.files.remove(&format!("{}/{name}", Session::HOME));
            }
            Input::Line(line) => self.moment.waiting.push((line, false)),
            Input::Typed(line) => self.moment.waiting.push((line, true)),
            Input::Interrupt => {
                if let Some(job) = self.moment.job.as_mut() {
                    job.interrupt();
                }
                self.moment.waiting.clear();
                self.print(PrintedKind::Err, "^C\n".into());
            }
            Input::Send(n, aim) => {
                for _ in 0..n {
                    self.send_one(&aim);
                }
            }
            Input::Rate(per_second, aim) => self.moment.rate = Rate { per_second, aim, due: None },
            Input::Client(i, comes) => self.client_comes(i, comes),
            Input::HangUp(id) => self.moment.cluster.hang_up(id),
            Input::Clear => self.moment.printed = Rc::default(),
            Input::RulesSeen => self.moment.rules_seen = true,
            Input::Step(i) => self.begin_step(i),
        }
        self.moment.due = None;
        self.step_job();
        self.observe();
    }

    /// A number that changes whenever [`Playground::log`] has something new to tell.
    pub fn log_revision(&self) -> u64 {
        self.log_revision
    }

    /// Origin, inputs, newest moment and typed lines as JSON.
    pub fn log(&self) -> String {
        let inputs: Vec<Value> = self.timeline.inputs.iter().map(|(at, i)| json!([at.0, i.to_json()])).collect();
        let typed = &self.history[self.history.len().saturating_sub(TYPED_MAX)..];
        let Origin { seed, workers } = self.origin;
        json!({"version": VERSION, "seed": seed, "workers": workers, "now": self.newest().0, "inputs": inputs, "typed": typed})
            .to_string()
    }

    /// The session of a [`Playground::log`], a lesson's steps watched from its start; `None` if that isn't one.
    pub fn rebuild(log: &str, lesson: Option<Rc<Lesson>>) -> Option<Self> {
        let v: Value = serde_json::from_str(log).ok()?;
        let inputs = v.get("inputs")?.as_array()?;
        let last = inputs.last().and_then(|entry| entry.get(0)?.as_u64()).unwrap_or(0);
        if v.get("version")?.as_u64()? != VERSION || last > REBUILD_MAX_US {
            return None;
        }
        // What passed without anybody is not worth that long.
        let now = v.get("now")?.as_u64()?.min(REBUILD_MAX_US);
        let usual = Origin::of_seed(v.get("seed")?.as_u64()?);
        // Older sessions don't say how many: they had the usual ones.
        let workers = v.get("workers").and_then(Value::as_u64).map_or(usual.workers, |n| n as u32);
        let mut playground = Self::beginning(Origin { workers: workers.min(Origin::WORKERS_MAX), ..usual });
        lesson.into_iter().for_each(|l| playground.set_lesson(l));
        for entry in inputs {
            playground.run_to(Time(entry.get(0)?.as_u64()?.min(now)));
            let input = Input::from_json(entry.get(1)?)?;
            match &input {
                Input::Line(line) | Input::Typed(line) => playground.remember(line),
                Input::Send(_, aim) | Input::Rate(_, aim) => playground.load = Load::of(aim),
                _ => {}
            }
            playground.act(input);
        }
        playground.run_to(Time(now));
        playground.step_job();
        if let Some(typed) = v.get("typed").and_then(Value::as_array) {
            playground.history = Rc::new(typed.iter().filter_map(|l| Some(l.as_str()?.to_string())).collect());
        }
        Some(playground)
    }
}
