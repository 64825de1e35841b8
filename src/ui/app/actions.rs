//! What each action does.

use super::super::glue::is_small;
use super::super::motion::Flights;
use super::super::paint::Ink;
use super::super::text::{Lang, Msg, fill, say};
use super::super::words::Word;
use super::notes::How;
use super::{Action, App, Menu, load_lesson};
use crate::playground::{DeedKind, Relabel, Undo};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

impl App {
    /// Does what somebody asked for.
    #[inline(never)]
    pub(super) fn handle(&mut self, action: Action) {
        let menu_was_open = self.menu.is_some();
        self.forget_for(&action);
        if let (Action::Perform(deed), Some((thing, _))) = (&action, &self.menu) {
            let (deed, name) = (deed.clone(), thing.name().to_string());
            self.menu = None;
            self.perform(&deed, &name);
            return;
        }
        if !matches!(action, Action::OpenMenu(..) | Action::OtherTab | Action::List(_) | Action::Zoom(_)) {
            self.menu = None;
        }
        if matches!(action, Action::Send(_) | Action::Line(_) | Action::Rate(_)) {
            self.held = false;
        }
        self.forget_verdict(&action);
        match action {
            Action::Moments(open) => self.moments = open,
            Action::Sending(act) => self.handle_sending(act),
            Action::CloseMenu => {
                self.alone &= menu_was_open || self.moments;
                self.shut_moments();
            }
            Action::Unfocus => self.alone = false,
            Action::Zoom(zoom) => self.zoom_to(zoom),
            Action::TogglePlay => self.playing = !self.playing,
            Action::StepHop => self.step_to(Flights::next_stop_s),
            Action::StepPacket => self.step_to(Flights::next_arrival_s),
            Action::StepSecond => self.step_second(),
            Action::Seek(us) => self.seek(us),
            Action::SeekBy(seconds) => {
                self.seek(self.playground.shown_us().saturating_add_signed(seconds.saturating_mul(1_000_000)))
            }
            Action::Present => self.seek(self.playground.end_us()),
            Action::OtherCourse => self.change_course(),
            Action::Reset => self.reset(),
            Action::Speed(s) => self.speed = s.clamp(0.1, 20.0),
            Action::Rate(n) => self.playground.set_rate(n),
            Action::From(id) => self.playground.set_sender(&id),
            Action::To(address) => self.playground.set_target(&address),
            Action::Send(n) => self.send(n),
            Action::Lesson(on) => {
                self.in_lesson = on;
                self.settings.show(if on { &self.lesson.name } else { "none" });
            }
            Action::SwitchLang => self.switch_lang(),
            Action::LessonCame(lesson) => {
                self.lesson = lesson.clone();
                self.playground.set_lesson(lesson);
            }
            Action::SwitchTheme => {
                self.settings.dark = !self.settings.dark;
                self.settings.show(if self.in_lesson { &self.lesson.name } else { "none" });
                self.painter.ink = Ink::read().unwrap_or_default();
            }
            Action::Look(lens) => self.look(lens),
            Action::Group(key) => {
                if !self.open_groups.remove(&key) {
                    self.open_groups.insert(key);
                }
                self.replace();
            }
            Action::OpenMenu(menu, at) => {
                if let Menu::Service(key) = &menu {
                    self.focus = key.clone();
                    self.alone = self.derived.scene.services.len() > 1;
                }
                self.menu = (self.menu.as_ref().map(|(m, _)| m) != Some(&menu)).then_some((menu, at));
            }
            Action::Pick(at) => self.pick(at),
            Action::Inspect(id) => {
                if let Some(r) = self.playground.request(id) {
                    self.inspected = Some(Rc::new(r));
                    self.held = true;
                }
            }
            Action::Pane(pane) => self.pane = pane,
            Action::Split(split, size) => self.split(split, size),
            Action::List(act) => self.handle_list(act),
            file_or_line => self.handle_text(file_or_line),
        }
        self.resume();
    }

    fn handle_text(&mut self, action: Action) {
        match action {
            Action::ShowFile(name) => self.shown_file = name,
            Action::Files(act) => self.handle_file(act),
            Action::Apply => self.run(&format!("kubectl apply -f {}", self.shown_file)),
            Action::ApplyAll => {
                let (names, left) = self.playground.together(&self.shown_file);
                self.run(&format!("kubectl apply -f {}", names.join(" -f ")));
                if !left.is_empty() {
                    self.note(fill(self.settings.lang, Msg::LeftOut, &[&left.join(", ")]));
                }
            }
            Action::Fix(shown, fix) => {
                if let Some(problem) = self.number_of(shown) {
                    self.fix(problem, fix);
                }
            }
            Action::Mend(trouble) => {
                if let Some((file, problem)) = self.playground.first_trouble(trouble.as_ref()) {
                    self.shown_file = file;
                    self.fix(problem, 0);
                }
            }
            Action::SetUp => {
                let lines = self.playground.lesson_setup();
                lines.iter().for_each(|line| self.run(line));
            }
            Action::Step(step) => self.playground.go_to_step(step),
            Action::Reveal(byte) => self.reveal = (self.reveal.0 + 1, byte),
            Action::Line(line) => self.run(&line),
            Action::Typed(line) => {
                self.bottom = None;
                self.playground.typed(&line);
            }
            Action::Scale(key, more) => self.scale(Menu::ReplicaSet(key), more),
            Action::Undo => self.take_back(),
            Action::KeepDone => {}
            Action::Offer(line) => {
                self.offered = (self.offered.0 + 1, line);
                self.bottom = None;
                if is_small() {
                    self.pane = "terminal".into();
                }
            }
            Action::Complete(line) => {
                let line = self.playground.complete_line(&line);
                self.offered = (self.offered.0 + 1, line);
            }
            Action::Interrupt => self.playground.interrupt(),
            Action::ClearTerminal => self.playground.clear_terminal(),
            Action::OtherTab => self.join_tabs(),
            Action::OtherTabSeen => self.other_tab = None,
            _ => {}
        }
    }

    /// Shuts the list of what happened; a keyboard that was in it goes back to its button.
    fn shut_moments(&mut self) {
        let document = web_sys::window().and_then(|w| w.document());
        let within = |d: &web_sys::Document| d.query_selector("#moments-list :focus").ok().flatten().is_some();
        if std::mem::take(&mut self.moments)
            && let Some(document) = document.filter(within)
            && let Some(button) = document.get_element_by_id("moments")
        {
            let _ = button.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    }

    fn scale(&mut self, set: Menu, more: bool) {
        let kind = if more { DeedKind::More } else { DeedKind::Less };
        if let Some(deed) = self.playground.deeds(&set).into_iter().find(|d| d.kind == kind) {
            self.perform(&deed, set.name());
        }
    }

    /// Mends a problem of the shown file, and applies it if that is what it takes.
    fn fix(&mut self, problem: usize, fix: usize) {
        let Some(mended) = self.playground.mend(&self.shown_file.clone(), problem, fix) else { return };
        self.keep_files();
        let Some(line) = mended.line else { return };
        if !mended.file.is_empty() {
            let after = self.playground.file(&mended.file).to_string();
            let file = mended.file;
            let done = format!("✓ {}", mended_words(self.settings.lang, mended.relabel, &mended.says, &file));
            self.shown_file.clone_from(&file);
            let undo = Undo { line: mended.undo, files: vec![(file, mended.before, after)] };
            self.did(done, How::Undo(undo));
        }
        self.run(&line);
    }

    /// Undoes the last click.
    fn take_back(&mut self) {
        match self.undo.pop().map(|d| d.how) {
            Some(How::Undo(undo)) => {
                self.bottom = None;
                self.playground.undo(&undo);
                self.edited |= !undo.files.is_empty();
            }
            Some(How::Course) => self.change_course(),
            None => self.note(say(self.settings.lang, Msg::NothingToUndo).into()),
        }
    }

    fn run(&mut self, line: &str) {
        self.bottom = None;
        self.playground.run(line);
    }

    fn switch_lang(&mut self) {
        self.settings.lang = if self.settings.lang == Lang::Ko { Lang::En } else { Lang::Ko };
        let (name, lang, act) = (self.lesson.name.clone(), self.settings.lang, self.act.clone());
        self.settings.show(if self.in_lesson { &name } else { "none" });
        spawn_local(async move { act.emit(Action::LessonCame(load_lesson(&name, lang).await)) });
    }
}

/// What a fix did, in words.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
fn mended_words(lang: Lang, relabel: Option<Relabel>, labels: &str, file: &str) -> String {
    let words = match relabel {
        None => return format!("{}: {file}", say(lang, Msg::Fixed)),
        Some(Relabel::Pod) => Word::RelabelPod,
        Some(Relabel::Running) => Word::RelabelRunning,
        Some(Relabel::RolledOut) => Word::RelabelRolledOut,
        Some(Relabel::Replaced) => Word::RelabelReplaced,
    };
    fill(lang, words, &[labels])
}
