//! What is said of the last deed, with the offer to undo it. The words go after a while; the offer stays in the file menu
//! and on Ctrl-Z.

use super::super::text::{Msg, fill, say};
use super::{Action, App};
use crate::playground::Undo;
use yew::prelude::*;

/// Milliseconds for which the words stay.
const NOTE_MS: f64 = 8_000.0;

/// So many clicks can be undone one after the other.
const UNDO_CLICKS: usize = 20;

/// What a click did, and how it is undone.
pub(super) struct Done {
    pub done: String,
    pub how: How,
}

pub(super) enum How {
    /// By a command.
    Undo(Undo),
    /// By changing to the course that was left.
    Course,
}

impl Done {
    /// The command that undoes it.
    fn line(&self) -> &str {
        match &self.how {
            How::Undo(undo) => &undo.line,
            How::Course => "",
        }
    }
}

/// What is said.
pub(super) struct Note {
    words: String,
    /// Whether the last deed is what is spoken of.
    undoes: bool,
    since_ms: f64,
}

impl App {
    /// Says what was done; it can be undone from now on.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn did(&mut self, done: String, how: How) {
        self.note = Some(Note { words: done.clone(), undoes: true, since_ms: self.last_ms });
        self.undo.push(Done { done, how });
        if self.undo.len() > UNDO_CLICKS {
            self.undo.remove(0);
        }
    }

    /// Says something.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn note(&mut self, words: String) {
        self.note = Some(Note { words, undoes: false, since_ms: self.last_ms });
    }

    /// Takes the words away after their time; gives whether it did.
    pub(super) fn forget_note(&mut self, ms: f64) -> bool {
        self.note.take_if(|n| ms - n.since_ms > NOTE_MS).is_some()
    }

    /// The next deed takes the words of the last one away.
    pub(super) fn forget_for(&mut self, action: &Action) {
        use Action as A;
        let deed = matches!(
            action,
            A::Send(_)
                | A::Rate(_)
                | A::Line(_)
                | A::Typed(_)
                | A::Apply
                | A::ApplyAll
                | A::Perform(_)
                | A::Scale(..)
                | A::Undo
                | A::Seek(_)
                | A::SeekBy(_)
                | A::Present
                | A::Reset
                | A::Mend(_)
                | A::SetUp
                | A::Fix(..)
                | A::KeepDone
        );
        if deed {
            self.note = None;
        }
    }

    /// What can be undone, in words; empty for nothing.
    pub(super) fn undoable(&self) -> AttrValue {
        let words = |d: &Done| fill(self.settings.lang, Msg::UndoThat, &[d.done.trim_start_matches("✓ ")]);
        self.undo.last().map(words).unwrap_or_default().into()
    }

    /// The words, with how to undo what they tell.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn note_view(&self) -> Html {
        let Some(note) = &self.note else { return html! {} };
        let t = |m| say(self.settings.lang, m);
        let undo = self.undo.last().filter(|_| note.undoes).map(|u| u.line().to_string());
        html! {
            <div class="undo" role="status" id="undo">
                <span title={note.words.clone()}>{ &note.words }</span>
                if let Some(line) = undo { <button class="btn" id="undo-do" onclick={self.act.reform(|_| Action::Undo)} title={line}>{ t(Msg::Undo) }</button> }
                <button class="link" id="undo-close" aria-label={t(Msg::Dismiss)} onclick={self.act.reform(|_| Action::KeepDone)}>{ "×" }</button>
            </div>
        }
    }
}
