//! Carrying out a fix.

use super::Playground;
use super::fixes::{Change, FixKind};
use super::relabel::Relabel;
use crate::api::Value;

/// What a fix came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mended {
    /// The file that was edited, empty if none was.
    pub file: String,
    /// Its text before that.
    pub before: String,
    /// What is to be run now: nothing after an edit of what the API server refuses anyway.
    pub line: Option<String>,
    /// What the fix writes, as it is shown.
    pub says: String,
    /// How it gives Pods other labels, if it does.
    pub relabel: Option<Relabel>,
    /// What undoes that, once the file is as before.
    pub undo: String,
}

impl Playground {
    /// Edits the file as a problem's fix says.
    pub fn mend(&mut self, name: &str, problem: usize, fix: usize) -> Option<Mended> {
        let problem = self.problems(name).get(problem)?.clone();
        let fix = problem.fixes.get(fix)?;
        let before = self.text(&fix.file)?.to_string();
        let text = before.as_str();
        let apply = format!("kubectl apply -f {}", fix.file);
        let (mut line, mut undo) = (apply.clone(), apply);
        let text = match &fix.change {
            Change::Set(path, value) => crate::yaml::set(text, fix.document, path, value)?.text,
            Change::Edit { fields, line: run, undo: back } => {
                (line, undo) = (run.clone(), back.clone());
                let set = |text: String, (path, value): &(String, Value)| {
                    crate::yaml::set(&text, fix.document, path, value).map(|edit| edit.text)
                };
                fields.iter().try_fold(before.clone(), set)?
            }
            Change::Remove(path) => crate::yaml::remove(text, fix.document, path)?.text,
            Change::Replace(range, with) => [text.get(..range.start)?, with, text.get(range.end..)?].concat(),
            Change::Run(line) => {
                let line = Some(line.clone());
                return Some(Mended { line, ..Mended::default() });
            }
        };
        self.set_file(&fix.file, &text);
        let line = (!problem.refused).then_some(line);
        let relabel = if let FixKind::Labels(how) = fix.kind { Some(how) } else { None };
        Some(Mended { file: fix.file.clone(), before, line, undo, says: fix.says.clone(), relabel })
    }
}
