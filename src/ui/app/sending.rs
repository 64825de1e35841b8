//! What the sending bar's drawer does, and what it shows.

use super::super::sending::{Drawer, DrawerPane};
use super::super::text::{Lang, Msg, SendMsg, fill, say};
use super::{Action, App};
use crate::playground::view::{LineEnd, full_name, name_of};
use crate::playground::{ALL_CLIENTS, Guess, USER, Why};
use yew::prelude::*;

/// What can be done in the drawer and with kept connections.
#[derive(Clone, Debug, PartialEq)]
pub enum SendAct {
    /// A drawer opens, or closes if it is open.
    Open(Drawer),
    /// How many a burst is.
    Burst(u32),
    /// Whether connections are kept.
    Keep(bool),
    AddClient,
    RemoveClient(String),
    /// Closes a kept connection, by number.
    HangUp(u64),
    /// Sends one request, having guessed what becomes of it.
    Guess(Guess),
}

/// The drawers' state.
#[derive(Default)]
pub(super) struct Drawers {
    pub open: Option<Drawer>,
    /// What became of the last guess, and whether it was right.
    verdict: Option<(bool, String)>,
}

/// What a sender is called.
pub(super) fn sender_name(lang: Lang, id: &str) -> String {
    match id {
        USER => say(lang, Msg::UserMachine).into(),
        ALL_CLIENTS => say(lang, Msg::AllClients).into(),
        _ => full_name(id).into(),
    }
}

/// How a connection ended.
pub fn end_name(lang: Lang, end: LineEnd) -> &'static str {
    say(
        lang,
        match end {
            LineEnd::ByClient => SendMsg::ByClient,
            LineEnd::ByServer => SendMsg::ByServer,
            LineEnd::Reset => SendMsg::Reset,
            LineEnd::TimedOut => SendMsg::TimedOut,
        },
    )
}

fn why_text(lang: Lang, why: &Why) -> String {
    match why {
        Why::Drawn(n) => fill(lang, SendMsg::WhyDrawn, &[&n.to_string()]),
        Why::Only => say(lang, SendMsg::WhyOnly).into(),
        Why::Pinned(left) => fill(lang, SendMsg::WhyPinned, &[&left.to_string()]),
        Why::Kept => say(lang, SendMsg::WhyKept).into(),
        Why::Direct => say(lang, SendMsg::WhyDirect).into(),
        Why::Failed(_) => String::new(),
    }
}

impl App {
    #[inline(never)] // kept apart: nobody sends on a page at rest
    pub(super) fn handle_sending(&mut self, act: SendAct) {
        match act {
            SendAct::Open(drawer) => {
                self.drawer.open = (self.drawer.open != Some(drawer)).then_some(drawer);
                self.drawer.verdict = None;
            }
            SendAct::Burst(n) => self.playground.set_burst(n),
            SendAct::Keep(keep) => self.playground.set_keep(keep),
            SendAct::AddClient => self.playground.add_client(),
            SendAct::RemoveClient(name) => self.playground.remove_client(&name),
            SendAct::HangUp(id) => self.playground.hang_up(id),
            SendAct::Guess(guess) => self.try_guess(&guess),
        }
    }

    fn try_guess(&mut self, guess: &Guess) {
        self.held = false;
        self.playground.send(1);
        let judged = self.playground.judge(guess, self.playground.requests_sent());
        let lang = self.settings.lang;
        self.drawer.verdict = judged.map(|(right, pod, why)| {
            let name = name_of(&pod);
            let what = match &why {
                Why::Failed(result) => result.clone(),
                _ => fill(lang, SendMsg::Answered, &[name]),
            };
            let head = fill(lang, if right { SendMsg::Right } else { SendMsg::Wrong }, &[&what]);
            (right, format!("{head} {}", why_text(lang, &why)))
        });
    }

    /// The drawer, if it is open.
    #[inline(never)] // kept apart: nobody opens it on a page at rest
    pub(super) fn drawer_view(&self) -> Html {
        let Some(open) = self.drawer.open else { return html! {} };
        let lang = self.settings.lang;
        let scene = &self.derived.scene;
        let guesses = self.derived.guesses.iter().map(|guess| {
            let pod = if let Guess::Pod(key) = guess { scene.pod(key) } else { None };
            let label = match guess {
                Guess::Pod(_) => pod.map(|p| p.name.clone()).unwrap_or_default(),
                Guess::Any(n) => fill(lang, SendMsg::GuessAny, &[&n.to_string()]),
                Guess::Refused => say(lang, SendMsg::GuessRefused).into(),
                Guess::TimedOut => say(lang, SendMsg::GuessTimedOut).into(),
                Guess::NoRoute => say(lang, SendMsg::GuessNoRoute).into(),
                Guess::NoName => say(lang, SendMsg::GuessNoName).into(),
            };
            (guess.clone(), label, pod.map(|p| (p.colour, p.letter.clone())))
        });
        html! {
            <DrawerPane {lang} {open} load={self.playground.load().clone()} clients={scene.clients.clone()} guesses={guesses.collect::<Vec<_>>()}
                verdict={self.drawer.verdict.clone()} act={self.act.clone()} />
        }
    }

    /// What is renewed for the drawer and for kept connections: which of these ended is told.
    #[inline(never)] // kept apart: nobody sends on a page at rest
    pub(super) fn see_lines(&mut self) {
        let lines = self.playground.kept_lines();
        let ended = lines
            .iter()
            .rev()
            .find(|l| l.end.is_some() && self.derived.lines.iter().any(|old| old.id == l.id && old.end.is_none()));
        if let Some((line, end)) = ended.and_then(|l| Some((l, l.end?))) {
            let lang = self.settings.lang;
            self.told = fill(lang, SendMsg::LineEnded, &[&line.id.to_string(), end_name(lang, end)]).into();
        }
        super::derive::renew(&mut self.derived.lines, lines);
    }

    /// A drawer's verdict is about the request that was sent from it, and none after.
    pub(super) fn forget_verdict(&mut self, action: &Action) {
        if matches!(action, Action::Send(_) | Action::From(_) | Action::To(_) | Action::Rate(_)) {
            self.drawer.verdict = None;
        }
    }
}
