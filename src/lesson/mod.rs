//! Lessons: Markdown files that are shown beside the stage and run by the tests.
//!
//! A step passes by cluster state or observed traffic ([`Facts`]), however the learner got there.

mod check;
mod parse;

pub use check::{Answer, Answers, Check, Facts};
pub use parse::parse;

use crate::collections::BTreeSet;

/// One part of a step's text.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph; `code`, **strong** and [deeds](fix) inside.
    Text(String),
    /// A command to type.
    Command(String),
    /// What is shown when asked for: the answer to a question.
    Fix(Vec<Block>),
}

/// Why a step can't be passed as things are, and a command that changes that.
#[derive(Clone, Debug, PartialEq)]
pub struct Hurdle {
    /// When it stands in the way: all of it holds.
    pub checks: Vec<Check>,
    /// What it is, in a sentence.
    pub text: String,
    /// What the button is called, and the command that it runs.
    pub way: (String, String),
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// What there is to do, in a line.
    pub title: String,
    /// Text and commands.
    pub body: Vec<Block>,
    /// What must hold for the step to pass, all of it.
    pub checks: Vec<Check>,
    /// What may stand in its way; the first that does is told.
    pub hurdles: Vec<Hurdle>,
    /// Lines that the tests run to pass it where the text asks for a deed that is no command (an edit in the editor).
    pub deeds: Vec<String>,
}

/// One lesson in one language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// Its name in addresses: `services`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Files that it brings, in order.
    pub files: Vec<(String, String)>,
    /// What may stand in the way of every step but the first.
    pub hurdles: Vec<Hurdle>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// What is said once all are passed: a last section without a check.
    pub end: Vec<Block>,
}

impl Step {
    /// Whether traffic proves that the step was done, not merely the cluster's state: then it passes in any order.
    pub fn is_seen(&self) -> bool {
        self.checks.iter().any(Check::is_traffic)
    }
}

impl Lesson {
    /// The step that comes after one: the next that was not passed; what was left out before comes at the end. As many as
    /// there are steps if none is left.
    pub fn after(&self, step: usize, passed: &BTreeSet<usize>) -> usize {
        let open = |i: &usize| *i != step && !passed.contains(i);
        let count = self.steps.len();
        (step..count).find(open).or_else(|| (0..count).find(open)).unwrap_or(count)
    }

    /// What stands in the way of a step, what is cleared first coming first.
    pub fn hurdles(&self, step: usize, facts: &dyn Facts) -> Vec<&Hurdle> {
        let own = self.steps.get(step).map(|s| s.hurdles.as_slice()).unwrap_or_default();
        let all = if step > 0 { self.hurdles.as_slice() } else { &[] };
        all.iter().chain(own).filter(|h| h.checks.iter().all(|c| c.holds(facts))).collect()
    }
}

/// The names of the course's lessons. Their texts lie in `lessons/NAME.LANGUAGE.md`, and a page loads the one it shows.
pub static COURSE: &[&str] = &["services"];

/// The name of a lesson of the course; the first one's for a name that isn't there.
pub fn known(name: &str) -> &'static str {
    COURSE.iter().find(|n| **n == name).or(COURSE.first()).copied().unwrap_or_default()
}

/// The lesson that a text holds; what is wrong with the text is its title then.
pub fn lesson(name: &str, text: &str) -> Lesson {
    let broken = |title| Lesson { title, ..Lesson::default() };
    Lesson { name: name.into(), ..parse(text).unwrap_or_else(broken) }
}
