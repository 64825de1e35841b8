//! `watch`: a line again and again.

use super::super::job::{Pid, Step};
use super::super::program::start_child;
use super::super::sys::Sys;
use super::run::duration;
use crate::sim::{Duration, Time};

/// `watch`: runs a line again and again.
#[derive(Clone, Debug)]
pub struct Watch {
    args: Vec<String>,
    child: Option<Pid>,
    next: Time,
}

impl Watch {
    /// With these arguments.
    pub fn new(args: &[String]) -> Self {
        Self { args: args.to_vec(), child: None, next: Time(0) }
    }
    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        let now = sys.now();
        if let Some(child) = self.child {
            if sys.job.reap(child).is_none() {
                return Step::Blocked;
            }
            self.child = None;
        }
        if now < self.next {
            return Step::Until(self.next);
        }
        let mut at = 0;
        let mut interval = Duration::secs(2);
        let mut title = true;
        while let Some(arg) = self.args.get(at).filter(|a| a.starts_with('-')) {
            if matches!(arg.as_str(), "-n" | "--interval") {
                at += 1;
                interval = self.args.get(at).and_then(|n| duration(n)).unwrap_or(interval);
            } else if let Some(n) = arg.strip_prefix("-n").or(arg.strip_prefix("--interval=")) {
                interval = duration(n).unwrap_or(interval);
            }
            title &= !matches!(arg.as_str(), "-t" | "--no-title");
            at += 1;
        }
        self.next = now + Duration(interval.0.max(100_000));
        let line = self.args.get(at..).unwrap_or(&[]).join(" ");
        if sys.is_terminal(1) {
            sys.out("\u{1b}[H\u{1b}[2J");
        }
        if title {
            let every = interval.0 as f64 / 1e6;
            let head = format!("Every {every:.1}s: {line}");
            let clock = now.rfc1123z();
            let width = sys.session.columns.saturating_sub(head.len() + clock.len()).max(1);
            sys.out(&format!("{head}{}{clock}\n\n", " ".repeat(width)));
        }
        match start_child("watch", &["sh".into(), "-c".into(), line], sys) {
            Ok(pid) => {
                self.child = Some(pid);
                Step::Ran
            }
            Err(status) => Step::Done(status),
        }
    }
}
