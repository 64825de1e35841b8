//! The terminal: lines run one after the other, output is kept in order.

use super::{Input, Playground};
use crate::shell::{Job, JobState};
use crate::sim::Time;
use std::rc::Rc;

/// What a piece of the terminal's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintedKind {
    /// A line that was typed.
    Command,
    /// The prompt of a shell within the terminal's, before a line that was typed into it.
    Prompt,
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A piece of the terminal's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Printed {
    /// What it is.
    pub kind: PrintedKind,
    /// The text.
    pub text: String,
}

/// "Cursor home, clear the screen", and "clear what scrolled off as well".
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";
const CLEAR_KEPT: &str = "\u{1b}[3J";
/// Most bytes of output that are kept; the oldest go first.
const KEPT_BYTES: usize = 160_000;

impl Playground {
    /// Runs a line on the user's machine, after those that still run; a shell that was opened on the way is left.
    pub fn run(&mut self, line: &str) {
        self.take(line, false);
    }

    /// A line that was typed at the prompt: for the shell that asks.
    pub fn typed(&mut self, line: &str) {
        self.take(line, true);
    }

    fn take(&mut self, line: &str, typed: bool) {
        if line.trim().is_empty() {
            return;
        }
        self.hand_over_files();
        self.remember(line);
        self.act(if typed { Input::Typed(line.to_string()) } else { Input::Line(line.to_string()) });
    }

    /// Keeps a typed line for the prompt; those stay wherever the learner goes in time.
    pub(super) fn remember(&mut self, line: &str) {
        let history = Rc::make_mut(&mut self.history);
        if history.last().is_none_or(|last| last != line) {
            history.push(line.to_string());
        }
    }

    /// Lets the running command go on as far as it can at this moment; gives when to look again. Before that moment it
    /// isn't looked at, however often this is called: what it does must not depend on that.
    pub(super) fn step_job(&mut self) -> Option<Time> {
        loop {
            if let (Some(_), Some((at, _))) = (&self.moment.job, self.moment.due)
                && self.moment.cluster.now < at
            {
                return Some(at);
            }
            if self.moment.job.is_none() && self.moment.waiting.is_empty() {
                return None;
            }
            self.moment.job.get_or_insert_with(|| Job::terminal(&self.moment.session));
            self.hand_over();
            let job = self.moment.job.as_mut()?;
            let state = job.poll(&mut self.moment.cluster, &mut self.moment.session);
            for chunk in job.take_output() {
                let kind = if chunk.err { PrintedKind::Err } else { PrintedKind::Out };
                self.print(kind, chunk.text);
            }
            match state {
                JobState::Done(_) => (self.moment.job, self.moment.due) = (None, None),
                JobState::Busy => {}
                JobState::Waiting { until, on_change } => {
                    // What the last write means for others is dispatched first, so that their work is in the queue.
                    self.moment.cluster.advance(self.moment.cluster.now);
                    if !self.moment.waiting.is_empty() && self.asks() {
                        continue;
                    }
                    let change = on_change.then(|| self.moment.cluster.queue.peek()).flatten();
                    let next = [until, change].into_iter().flatten().min();
                    // Never the present moment: time has to pass for anything to change.
                    let soonest = Time(self.moment.cluster.now.0 + 1);
                    self.moment.due = Some((next.unwrap_or(Time(u64::MAX)).max(soonest), on_change));
                }
            }
        }
    }

    /// Hands the next line to the shell that asks for one. To a shell within the terminal's own only what was typed for
    /// it: any other line ends it first.
    fn hand_over(&mut self) {
        let Some((_, typed)) = self.moment.waiting.first().filter(|_| self.asks()) else { return };
        let prompt = self.prompt();
        let line = if *typed || prompt.is_none() { self.moment.waiting.remove(0).0 } else { "exit".to_string() };
        match prompt {
            None => {
                self.moment.rules_seen |= line.contains("iptables");
                self.print(PrintedKind::Command, line.clone());
            }
            Some(prompt) => {
                self.print(PrintedKind::Prompt, prompt);
                self.print(PrintedKind::Out, format!("{line}\n"));
            }
        }
        if let Some(job) = self.moment.job.as_mut() {
            job.feed(&line);
        }
    }

    /// Whether a shell in the terminal asks for a line.
    fn asks(&self) -> bool {
        self.moment.job.as_ref().is_some_and(Job::asks)
    }

    /// The prompt of the shell that runs in the terminal and asks for a line: of a Pod, of a node.
    pub fn prompt(&self) -> Option<String> {
        self.moment.job.as_ref()?.prompt()
    }

    /// A request may be what the running command waits for.
    pub(super) fn wake_job(&mut self) {
        if self.moment.due.is_some_and(|(_, on_change)| on_change) {
            self.moment.due = None;
        }
    }

    /// Lets what can happen at this very moment happen: needed while the clock stands.
    pub fn poll(&mut self) {
        self.step_job();
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self) {
        if self.busy() || self.prompt().is_some() {
            self.act(Input::Interrupt);
        }
    }

    /// Whether a command runs.
    pub fn busy(&self) -> bool {
        self.moment.job.is_some() && !self.asks()
    }

    /// Lines that run once the present one has ended.
    pub fn queued(&self) -> impl Iterator<Item = &str> {
        self.moment.waiting.iter().map(|(line, _)| line.as_str())
    }

    /// All that is in the terminal.
    pub fn printed(&self) -> Rc<Vec<Printed>> {
        self.moment.printed.clone()
    }

    /// Typed lines, oldest first.
    pub fn history(&self) -> Rc<Vec<String>> {
        self.history.clone()
    }

    /// Empties the terminal.
    pub fn clear_terminal(&mut self) {
        if self.is_past() {
            // Only the view of that moment.
            self.moment.printed = Rc::default();
            self.revision += 1;
        } else {
            self.act(Input::Clear);
        }
    }

    pub(super) fn print(&mut self, kind: PrintedKind, text: String) {
        if text.is_empty() {
            return;
        }
        self.revision += 1;
        let printed = Rc::make_mut(&mut self.moment.printed);
        // What `clear` and `watch` send a terminal: all that was there goes.
        let text = match text.rsplit_once(CLEAR) {
            Some((_, after)) => {
                printed.clear();
                after.trim_start_matches(CLEAR_KEPT).to_string()
            }
            None => text,
        };
        if text.is_empty() {
            return;
        }
        match printed.last_mut() {
            Some(last)
                if last.kind == kind
                    && !matches!(kind, PrintedKind::Command | PrintedKind::Prompt)
                    && last.text.len() < 8_000 =>
            {
                last.text.push_str(&text)
            }
            _ => printed.push(Printed { kind, text }),
        }
        let mut bytes: usize = printed.iter().map(|p| p.text.len()).sum();
        while bytes > KEPT_BYTES && printed.len() > 1 {
            bytes -= printed.remove(0).text.len();
        }
    }

    /// The line with what Tab completes: a file, an object's name, a resource, a verb. The line itself if nothing fits.
    pub fn complete_line(&mut self, line: &str) -> String {
        let (head, word) = line.rsplit_once(' ').map_or(("", line), |(h, w)| (h, w));
        let words: Vec<&str> = head.split_whitespace().collect();
        let mut options: Vec<String> = Vec::new();
        match (words.first(), words.len()) {
            (None, _) => options.extend(["kubectl", "curl", "ssh", "cat", "ls", "for"].map(String::from)),
            (Some(&"kubectl"), 1) => options.extend(VERBS.iter().map(|v| (*v).to_string())),
            (Some(&"ssh"), 1) => options.extend(self.scene().nodes.iter().map(|n| n.name.clone())),
            _ => {
                options.extend(self.file_names());
                let resources = crate::api::resource::RESOURCES.iter();
                options.extend(
                    resources.flat_map(|r| r.short.iter().map(|s| (*s).to_string()).chain([r.plural.to_string()])),
                );
                let scene = self.scene();
                options.extend(scene.nodes.iter().flat_map(|n| n.pods.iter().map(|p| p.name.clone())));
                options.extend(scene.services.iter().map(|s| s.name.clone()));
                options.extend(scene.nodes.iter().map(|n| n.name.clone()));
            }
        }
        let fit: Vec<&String> = options.iter().filter(|o| o.starts_with(word)).collect();
        let Some(first) = fit.first() else { return line.to_string() };
        let common = fit
            .iter()
            .fold(first.len(), |n, o| first.bytes().zip(o.bytes()).take_while(|(a, b)| a == b).count().min(n));
        let end = if fit.iter().all(|o| o == first) { " " } else { "" };
        let gap = if head.is_empty() && !line.contains(' ') { "" } else { " " };
        format!("{head}{gap}{}{end}", first.get(..common).unwrap_or(word))
    }
}

/// What follows `kubectl` most often.
const VERBS: &[&str] = &[
    "annotate",
    "api-resources",
    "apply",
    "cluster-info",
    "config",
    "cordon",
    "create",
    "delete",
    "describe",
    "diff",
    "drain",
    "edit",
    "events",
    "exec",
    "explain",
    "expose",
    "get",
    "label",
    "logs",
    "patch",
    "replace",
    "rollout",
    "run",
    "scale",
    "set",
    "taint",
    "uncordon",
    "version",
    "wait",
];
