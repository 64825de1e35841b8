//! The terminal's shell: files, pipes, loops, the usual small tools, `curl`, name look-ups, `kubectl`.
//!
//! A [`Job`] is a command line while it runs: plain data that can be copied at any moment. [`Job::poll`] never blocks
//! and never moves the clock; [`run`] does both, for those who only want the end.
//!
//! ```text
//! text ──parse──▶ ast ──machine──▶ processes (job, sys) ──program──▶ tools, curl, kubectl …
//! ```

mod alias;
mod arith;
mod ast;
mod builtin;
mod contained;
pub mod diff;
mod expand;
mod glob;
mod interactive;
mod job;
mod jobs;
#[cfg(test)]
mod lost_nodes;
mod machine;
mod parse;
mod program;
mod regex;
mod session;
mod state;
mod sys;
#[cfg(test)]
mod tests;
mod tools;
mod word;

pub use contained::start_contained;
pub use interactive::END;
pub use job::{Chunk, Job, JobState};
pub use session::{Host, Session, run};

/// Whether a text ends within a construct (a loop, a quote, a heredoc), so that a terminal waits for more lines.
pub fn incomplete(text: &str) -> bool {
    matches!(parse::parse(text), Err(parse::SyntaxError::End(..) | parse::SyntaxError::Quote(..)))
}
