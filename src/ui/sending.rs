//! The bar from which requests are sent: by whom, to where, one, a burst or a rate; and its drawer with what is seldom
//! needed.

use super::app::{Act, Action, SendAct};
use super::header::{choice, value};
use super::text::{Lang, Msg, SendMsg, fill, say};
use crate::playground::view::ClientView;
use crate::playground::{CLIENTS, Guess, Load, USER};
use yew::prelude::*;

/// Rates on offer, in requests per second.
const RATES: [u32; 9] = [0, 1, 4, 10, 30, 100, 300, 700, 1_000];

/// What may be open under the bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    /// Burst, keep-alive, clients.
    Settings,
    /// What will happen?
    Guess,
}

/// What the sending bar shows.
#[derive(Clone, PartialEq, Properties)]
pub struct SendingProps {
    pub lang: Lang,
    /// Whether nothing can be sent since the sender's node is off.
    pub down: bool,
    pub rate: u32,
    pub load: Load,
    /// Who can send: id and label.
    pub senders: Vec<(String, String)>,
    /// Where to: addresses worth trying.
    pub targets: Vec<String>,
    /// Which drawer is open.
    pub open: Option<Drawer>,
    pub act: Act,
}

/// The bar.
#[function_component]
pub fn Sending(p: &SendingProps) -> Html {
    let t = |m| say(p.lang, m);
    let aim = &p.load.aim;
    let rate = |r: u32| {
        let label = if r == 0 { t(Msg::RateOff).to_string() } else { fill(p.lang, Msg::RatePerS, &[&r.to_string()]) };
        (r.to_string(), label)
    };
    let targets = p.targets.iter().map(|a| html! { <option value={a.clone()} /> });
    let (off, burst) = (aim.to.is_empty() || p.down, p.load.burst);
    html! {
        <div class={classes!("sending", (p.open == Some(Drawer::Settings)).then_some("open"))} role="group">
            { choice("from", t(Msg::From), p.senders.iter().cloned(), &aim.from, false, p.act.reform(|e: Event| Action::From(value(&e)))) }
            <span aria-hidden="true">{ "→" }</span>
            <input class="field" id="to" list="targets" aria-label={t(Msg::To)} placeholder={p.targets.is_empty().then(|| t(Msg::NoTarget))} value={aim.to.clone()} spellcheck="false" autocomplete="off"
                onchange={p.act.reform(|e: Event| Action::To(value(&e)))} />
            <datalist id="targets">{ for targets }</datalist>
            <button class="btn primary" id="send-1" disabled={off} aria-label={t(Msg::Send1)} onclick={p.act.reform(|_| Action::Send(1))}><span class="long">{ t(Msg::Send1) }</span><span class="short">{ t(Msg::Send) }</span></button>
            <button class="btn" id="send-n" disabled={off} onclick={p.act.reform(move |_| Action::Send(burst))}>{ ["×", &burst.to_string()].concat() }</button>
            { choice("rate", t(Msg::Rate), RATES.map(rate), &p.rate.to_string(), p.down, p.act.reform(|e: Event| Action::Rate(value(&e).parse().unwrap_or(0)))) }
            { opener(p, Drawer::Guess) }
            { opener(p, Drawer::Settings) }
        </div>
    }
}

fn opener(p: &SendingProps, drawer: Drawer) -> Html {
    let (id, sign, label) = match drawer {
        Drawer::Guess => ("send-guess", "?", Msg::WhatWillHappen),
        Drawer::Settings => ("send-more", "⋯", Msg::MoreSending),
    };
    let (label, open) = (say(p.lang, label), p.open == Some(drawer));
    let on = (open || (drawer == Drawer::Settings && p.load.aim.keep)).then_some("on");
    html! {
        <button class={classes!("btn", on)} {id} aria-label={label} title={label} aria-expanded={open.to_string()} aria-controls="send-drawer"
            onclick={p.act.reform(move |_| Action::Sending(SendAct::Open(drawer)))}>{ sign }</button>
    }
}

/// What the drawer shows.
#[derive(Clone, PartialEq, Properties)]
pub struct DrawerProps {
    pub lang: Lang,
    pub open: Drawer,
    pub load: Load,
    pub clients: Vec<ClientView>,
    /// What can be guessed: with its label, and colour and letter of a Pod.
    pub guesses: Vec<(Guess, String, Option<(usize, String)>)>,
    /// What became of the last guess, and whether it was right.
    pub verdict: Option<(bool, String)>,
    pub act: Act,
}

/// The drawer under the bar: a part of its own, so that what is being typed there isn't overwritten while time passes.
#[function_component]
pub fn DrawerPane(p: &DrawerProps) -> Html {
    let t = |m: SendMsg| say(p.lang, m);
    let send = |e: fn(&Event) -> SendAct| p.act.reform(move |event: Event| Action::Sending(e(&event)));
    html! {
        <div id="send-drawer" role="group" aria-label={say(p.lang, if p.open == Drawer::Guess { Msg::WhatWillHappen } else { Msg::MoreSending })}>
            if p.open == Drawer::Settings {
                <label>{ t(SendMsg::Burst) }<input class="field" id="burst" type="number" min="2" max="1000" value={p.load.burst.to_string()} onchange={send(|e| SendAct::Burst(value(e).parse().unwrap_or(30)))} /></label>
                <label title={say(p.lang, SendMsg::KeepHint)}><input id="keep" type="checkbox" checked={p.load.aim.keep} onchange={send(|e| SendAct::Keep(checked(e)))} />{ t(SendMsg::Keep) }</label>
                { clients(p) }
            } else {
                { guesses(p) }
            }
        </div>
    }
}

fn checked(e: &Event) -> bool {
    e.target_dyn_into::<web_sys::HtmlInputElement>().is_some_and(|i| i.checked())
}

fn clients(p: &DrawerProps) -> Html {
    let others = p.clients.iter().filter(|c| c.id != USER).map(|c| {
        let (id, label) = (c.id.clone(), fill(p.lang, SendMsg::RemoveClient, &[&c.id]));
        let gone = p.act.reform(move |_| Action::Sending(SendAct::RemoveClient(id.clone())));
        html! { <span class="chip">{ &c.id }<code>{ &c.ip }</code><button class="link" aria-label={label} onclick={gone}>{ "×" }</button></span> }
    });
    html! {
        <span class="chips" role="group" aria-label={say(p.lang, SendMsg::Clients)}>
            { for others }
            <button class="btn" id="add-client" disabled={p.clients.len() > CLIENTS.len()} onclick={p.act.reform(|_| Action::Sending(SendAct::AddClient))}>{ say(p.lang, SendMsg::AddClient) }</button>
        </span>
    }
}

fn guesses(p: &DrawerProps) -> Html {
    let buttons = p.guesses.iter().map(|(guess, label, mark)| {
        let guess = guess.clone();
        let mark = mark.as_ref().map(|(colour, letter)| html! { <span class={format!("swatch c{colour}")}>{ letter.clone() }</span> });
        html! { <button class="pill" disabled={p.load.aim.to.is_empty()} onclick={p.act.reform(move |_| Action::Sending(SendAct::Guess(guess.clone())))}>{ mark }{ label }</button> }
    });
    let verdict = p.verdict.as_ref().map(|(right, text)| {
        html! { <span class={if *right { "good" } else { "bad" }}>{ if *right { "✓ " } else { "✗ " } }{ text }</span> }
    });
    html! {
        <div id="guess" role="group" aria-labelledby="guess-title">
            <span id="guess-title">{ say(p.lang, SendMsg::Guess) }</span>
            { for buttons }
            <p id="verdict" role="status">{ verdict }</p>
        </div>
    }
}
