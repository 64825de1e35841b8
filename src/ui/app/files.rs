//! What is done with files, and how they are kept: nothing that was typed is lost, not by a full storage, not by a killed
//! tab, not by a second one.

use super::super::glue::{download, guard, is_small};
use super::super::settings::{CLOCK, FILES, INPUTS, THROWN, UNDO};
use super::super::text::{Msg, fill};
use super::App;
use crate::playground::{Sync, files_from_json, files_to_json};
use std::rc::Rc;

/// What can be done with files.
#[derive(Clone, Debug, PartialEq)]
pub enum FileAct {
    New,
    Rename(String, String),
    Delete,
    /// Takes back the last deed that threw text away.
    Undo,
    /// A file comes in: its name, and its text unless it is too large.
    Add(String, Option<String>),
    /// A file of the lesson is shown; added as the lesson has it where it is missing or differs.
    OpenLesson(String),
    Download,
    DownloadAll,
    /// The shown file says what the cluster has: one difference, or all.
    TakeBack(Option<usize>),
    RevertLesson,
}

/// How many deeds can be taken back.
const UNDO_DEEDS: usize = 20;

/// A new file's text.
const NEW: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: my-service\nspec:\n  selector:\n    app: my-app\n  ports:\n  - port: 80\n    targetPort: 8080\n";

impl App {
    pub(super) fn handle_file(&mut self, act: FileAct) {
        let shown = self.shown_file.clone();
        match act {
            FileAct::New => {
                let names = self.playground.file_names();
                let free = (1..).map(|n| format!("file-{n}.yaml")).find(|n| !names.contains(n));
                self.add(&free.unwrap_or_default(), NEW);
            }
            FileAct::Rename(from, to) => {
                if self.playground.rename_file(&from, &to) && self.shown_file == from {
                    self.shown_file = to;
                }
            }
            FileAct::Delete => {
                if let Some(text) = self.playground.remove_file(&shown) {
                    self.thrown.push((shown, text));
                    self.shown_file = self.playground.file_names().first().cloned().unwrap_or_default();
                }
            }
            FileAct::Undo => {
                if let Some((name, text)) = self.thrown.pop() {
                    self.playground.set_file(&name, &text);
                    self.shown_file = name;
                }
            }
            FileAct::Add(name, Some(text)) => self.add(&name, &text),
            FileAct::Add(name, None) => self.told = fill(self.settings.lang, Msg::TooLarge, &[&name]).into(),
            FileAct::OpenLesson(name) => {
                let text = self.playground.lesson_text(&name).unwrap_or_default().to_string();
                self.add(&name, &text);
            }
            FileAct::Download => download(&shown, &self.playground.file(&shown)),
            FileAct::DownloadAll => download("kubeglass.yaml", &self.all_files()),
            FileAct::TakeBack(only) => {
                let before = self.playground.file(&shown).to_string();
                if self.playground.take_back(&shown, only) {
                    self.thrown.push((shown, before));
                }
            }
            FileAct::RevertLesson => {
                if let Some(text) = self.playground.lesson_text(&shown).map(String::from) {
                    self.thrown.push((shown.clone(), self.playground.file(&shown).to_string()));
                    self.playground.set_file(&shown, &text);
                }
            }
        }
        let many = self.thrown.len().saturating_sub(UNDO_DEEDS);
        self.thrown.drain(..many);
        self.settings.store(THROWN, &files_to_json(&self.thrown));
        self.keep_files();
    }

    fn add(&mut self, name: &str, text: &str) {
        self.shown_file = self.playground.add_file(name, text);
        if is_small() {
            self.pane = "files".into();
        }
    }

    /// All files as one manifest.
    fn all_files(&self) -> String {
        let names = self.playground.file_names();
        let one = |name: &String| format!("# {name}\n{}\n", self.playground.file(name).trim_end());
        names.iter().map(one).collect::<Vec<_>>().join("---\n")
    }

    /// The file to which the last deed can be taken back, empty for none.
    pub(super) fn undo_file(&self) -> String {
        self.thrown.last().map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// The lesson's files, each with whether the learner's differs.
    pub(super) fn lesson_files(&self) -> Rc<Vec<(String, bool)>> {
        let differs = |name: &String, text: &String| *self.playground.file(name) != **text;
        Rc::new(self.lesson.files.iter().map(|(name, text)| (name.clone(), differs(name, text))).collect())
    }

    /// The shown file's standing, told by its differences, which know what the cluster writes otherwise.
    pub(super) fn check_differences(&mut self, mut files: Vec<(String, Sync)>) -> Vec<(String, Sync)> {
        let found = self.playground.differences(&self.shown_file);
        if let Some((_, sync)) = files.iter_mut().find(|(n, _)| *n == self.shown_file) {
            *sync = match *sync {
                Sync::Same | Sync::Differs if found.is_empty() => Sync::Same,
                Sync::Same => Sync::Differs,
                other => other,
            };
        }
        self.derived.differences = Rc::new(found);
        files
    }

    /// Stores the files now, joined with what another tab stored meanwhile. What does not fit pushes out what can be
    /// done without; if the browser has no room even so, this tab's own storage takes it, and the page says so.
    pub(super) fn keep_files(&mut self) {
        self.edited = false;
        self.join_tabs();
        let text = self.playground.files_json();
        let mut kept = self.settings.store(FILES, &text);
        for less in [UNDO, THROWN, INPUTS] {
            if !kept {
                self.settings.drop(less);
                kept = self.settings.store(FILES, &text);
            }
        }
        if kept {
            self.settings.drop_own(FILES);
            self.stored = text;
        } else {
            // Only what nothing keeps is worth asking before the page is left.
            guard(!self.settings.store_own(FILES, &text));
        }
        if self.full && kept {
            guard(false);
        }
        self.full = !kept;
    }

    /// Takes in what another tab stored since this one last looked.
    pub(super) fn join_tabs(&mut self) {
        let Some(now) = self.settings.load(FILES).filter(|now| *now != self.stored) else { return };
        let (Some(base), Some(theirs)) = (files_from_json(&self.stored), files_from_json(&now)) else { return };
        if let Some((name, copy)) = self.playground.merge_files(&base, &theirs).into_iter().next() {
            self.other_tab = Some((name, copy));
        }
        self.stored = now;
        if !self.playground.file_names().contains(&self.shown_file) {
            self.shown_file = self.playground.file_names().first().cloned().unwrap_or_default();
        }
    }

    /// Keeps everything before the page goes: hidden, closed or killed.
    pub(super) fn keep_all(&mut self) {
        if self.edited {
            self.keep_files();
        }
        if self.playground.log_revision() != self.saved_at {
            self.keep_inputs();
        } else if self.playground.log_revision() > 0 {
            // Time has passed since. Another tab may have stored its own session for all.
            self.settings.store_own(INPUTS, &self.playground.log());
        }
        let stands = if self.playing { "" } else { " stands" };
        self.settings.store_own(CLOCK, &format!("{}{stands}", self.speed));
    }

    /// Keeps the inputs' log: for this tab, and for the next one that is opened.
    pub(super) fn keep_inputs(&mut self) {
        self.saved_at = self.playground.log_revision();
        let log = self.playground.log();
        self.settings.store_own(INPUTS, &log);
        self.settings.store(INPUTS, &log);
    }
}
