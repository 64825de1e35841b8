//! Lessons: Markdown files that are shown beside the stage and run by the tests.
//!
//! A step passes by cluster state or observed traffic ([`Facts`]), however the learner got there.

mod check;
mod parse;

pub use check::{Answer, Answers, Check, Facts};
pub use parse::parse;

/// One part of a step's text.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph; `code` and **strong** inside.
    Text(String),
    /// A command to type.
    Command(String),
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What there is to do, in a line.
    pub title: String,
    /// Text and commands.
    pub body: Vec<Block>,
    /// What must hold for the step to pass, all of it.
    pub checks: Vec<Check>,
    /// Lines that the tests run to pass it where the text asks for a deed that is no command (an edit in the editor).
    pub deeds: Vec<String>,
}

/// One lesson in one language.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// Its name in addresses: `services`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Files that it brings, in order.
    pub files: Vec<(String, String)>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// The names of the course's lessons. Their texts lie in `lessons/NAME.LANGUAGE.md`, and a page loads the one it shows.
pub static COURSE: &[&str] = &["services"];

/// The name of a lesson of the course; the first one's for a name that isn't there.
pub fn known(name: &str) -> &'static str {
    COURSE.iter().find(|n| **n == name).or(COURSE.first()).copied().unwrap_or_default()
}

/// The lesson that a text holds; what is wrong with the text is its title then.
pub fn lesson(name: &str, text: &str) -> Lesson {
    let broken = |title| Lesson { name: String::new(), title, files: Vec::new(), steps: Vec::new() };
    Lesson { name: name.into(), ..parse(text).unwrap_or_else(broken) }
}
