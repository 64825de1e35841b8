//! Lessons: Markdown files that are read at build time, shown beside the stage, and run by the tests.
//!
//! A step passes by cluster state or observed traffic ([`Facts`]), however the learner got there.

mod check;
mod parse;

pub use check::{Answer, Check, Facts};
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

/// The course: name, Korean text, English text.
pub static COURSE: &[(&str, &str, &str)] =
    &[("services", include_str!("../../lessons/services.ko.md"), include_str!("../../lessons/services.en.md"))];

/// A lesson of the course; the first one for a name that isn't there.
pub fn lesson(name: &str, korean: bool) -> Lesson {
    let (name, ko, en) = COURSE.iter().find(|(n, ..)| *n == name).unwrap_or(&COURSE[0]);
    let mut lesson = parse(if korean { ko } else { en }).unwrap_or_else(|e| Lesson {
        name: String::new(),
        title: e,
        files: Vec::new(),
        steps: Vec::new(),
    });
    lesson.name = (*name).into();
    lesson
}
