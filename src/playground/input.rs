//! What a learner did and when: with the seed the whole session.

use super::Playground;
use crate::sim::Time;
use serde_json::{Value, json};

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
    /// So many requests were sent at once: how many, from whom, to what address.
    Send(u32, String, String),
    /// So many requests a second from now on: rate, from whom, to what address.
    Rate(u32, String, String),
}

impl Input {
    fn to_json(&self) -> Value {
        match self {
            Self::File(name, text) => json!(["file", name, text]),
            Self::Removed(name) => json!(["rm", name]),
            Self::Line(line) => json!(["line", line]),
            Self::Typed(line) => json!(["typed", line]),
            Self::Interrupt => json!(["stop"]),
            Self::Send(n, from, to) => json!(["send", n, from, to]),
            Self::Rate(n, from, to) => json!(["rate", n, from, to]),
        }
    }

    fn from_json(v: &Value) -> Option<Self> {
        let text = |i: usize| Some(v.get(i)?.as_str()?.to_string());
        let number = |i: usize| Some(v.get(i)?.as_u64()?.min(1_000) as u32);
        Some(match v.get(0)?.as_str()? {
            "file" => Self::File(text(1)?, text(2)?),
            "rm" => Self::Removed(text(1)?),
            "line" => Self::Line(text(1)?),
            "typed" => Self::Typed(text(1)?),
            "stop" => Self::Interrupt,
            "send" => Self::Send(number(1)?, text(2)?, text(3)?),
            "rate" => Self::Rate(number(1)?, text(2)?, text(3)?),
            _ => return None,
        })
    }
}

/// The version of the log's form; another one is not read.
const VERSION: u64 = 1;
/// Longest simulated time that is rebuilt; an older session starts afresh, with its files.
const REBUILD_MAX_US: u64 = 4 * 3600 * 1_000_000;

impl Playground {
    /// Notes an input at the present moment.
    pub(super) fn note(&mut self, input: Input) {
        self.inputs.push((self.cluster.now, input));
        self.revision += 1;
    }

    /// How many inputs there were.
    pub fn inputs(&self) -> u64 {
        self.inputs.len() as u64
    }

    /// Seed, inputs and present moment as JSON.
    pub fn log(&self) -> String {
        let inputs: Vec<Value> = self.inputs.iter().map(|(at, i)| json!([at.0, i.to_json()])).collect();
        json!({"version": VERSION, "seed": self.seed, "now": self.now_us(), "inputs": inputs}).to_string()
    }

    /// The session of a [`Playground::log`]; `None` if that isn't one.
    pub fn rebuild(log: &str) -> Option<Self> {
        let v: Value = serde_json::from_str(log).ok()?;
        let now = v.get("now")?.as_u64()?;
        if v.get("version")?.as_u64()? != VERSION || now > REBUILD_MAX_US {
            return None;
        }
        let mut playground = Self::new(v.get("seed")?.as_u64()?);
        for entry in v.get("inputs")?.as_array()? {
            let at = Time(entry.get(0)?.as_u64()?.min(now));
            playground.advance_us(at.since(playground.cluster.now).0);
            playground.again(Input::from_json(entry.get(1)?)?);
        }
        playground.advance_us(Time(now).since(playground.cluster.now).0);
        Some(playground)
    }

    /// Does an input once more.
    fn again(&mut self, input: Input) {
        match input {
            Input::File(name, text) => self.write_file(name, text),
            Input::Removed(name) => self.unlink_file(name),
            Input::Line(line) => self.run_line(line, false),
            Input::Typed(line) => self.run_line(line, true),
            Input::Interrupt => self.interrupt(),
            Input::Send(n, from, to) => {
                self.set_sender(&from);
                self.set_target(&to);
                self.send(n);
            }
            Input::Rate(n, from, to) => {
                self.set_sender(&from);
                self.set_target(&to);
                self.set_rate(n);
            }
        }
    }
}
