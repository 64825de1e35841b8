//! Carrying out a fix.

use super::Playground;
use super::fixes::Change;

/// What a fix came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Mended {
    /// The file that was edited, empty if none was.
    pub file: String,
    /// What is to be run now: nothing after an edit of what the API server refuses anyway.
    pub line: Option<String>,
}

impl Playground {
    /// Edits the file as a problem's fix says.
    pub fn mend(&mut self, name: &str, problem: usize, fix: usize) -> Option<Mended> {
        let problem = self.problems(name).get(problem)?.clone();
        let fix = problem.fixes.get(fix)?;
        let text = self.text(&fix.file)?;
        let text = match &fix.change {
            Change::Set(path, value) => crate::yaml::set(text, fix.document, path, value)?.text,
            Change::Remove(path) => crate::yaml::remove(text, fix.document, path)?.text,
            Change::Replace(range, with) => [text.get(..range.start)?, with, text.get(range.end..)?].concat(),
            Change::Run(line) => return Some(Mended { file: String::new(), line: Some(line.clone()) }),
        };
        self.set_file(&fix.file, &text);
        let line = (!problem.refused).then(|| format!("kubectl apply -f {}", fix.file));
        Some(Mended { file: fix.file.clone(), line })
    }
}
