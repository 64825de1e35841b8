//! "What rule would this packet meet?": the question, and the rules that it meets in order, node by node.

use super::super::app::{Act, Action, ListAct};
use super::super::text::{Lang, fill, say};
use super::super::words::Word;
use super::told::{end, fate, matches};
use super::{choice, value};
use crate::playground::{End, Meeting, Met, USER};
use std::rc::Rc;
use yew::prelude::*;

/// The question's fields.
#[derive(Clone, PartialEq, Properties)]
pub struct QuestionProps {
    pub lang: Lang,
    pub senders: Vec<(String, String)>,
    pub targets: Vec<String>,
    /// Whether the address asked for is none.
    pub wrong: bool,
    pub act: Act,
}

/// The question.
#[function_component]
pub fn Question(p: &QuestionProps) -> Html {
    let t = |word| say(p.lang, word);
    let bare = |url: &String| url.trim_start_matches("http://").trim_end_matches('/').to_string();
    let first = p.targets.first().map(bare).unwrap_or_default();
    let (from, to, proto) = (use_state(|| USER.to_string()), use_state(|| first), use_state(|| "TCP".to_string()));
    let set = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |e: Event| state.set(value(&e)))
    };
    let typed = {
        let to = to.clone();
        Callback::from(move |e: InputEvent| to.set(e.target_unchecked_into::<web_sys::HtmlInputElement>().value()))
    };
    let onsubmit = {
        let (act, asked) = (p.act.clone(), ((*from).clone(), (*to).clone(), (*proto).clone()));
        Callback::from(move |e: SubmitEvent| {
            e.prevent_default();
            act.emit(Action::List(ListAct::Ask(Some(asked.clone()))));
        })
    };
    let protos = ["TCP", "UDP", "SCTP"].map(|x| (x.into(), x.into()));
    let targets = p.targets.iter().map(|a| html! { <option value={bare(a)} /> });
    html! {
        <form class="listbar question" {onsubmit}>
            { choice("packet-from", t(Word::PacketFrom), p.senders.iter().cloned(), &from, false, set(&from)) }
            <span aria-hidden="true">{ "→" }</span>
            <input class="field" id="packet-to" list="packet-targets" aria-label={t(Word::PacketTo)} placeholder="10.96.0.10:80" value={(*to).clone()} oninput={typed} aria-invalid={p.wrong.to_string()} spellcheck="false" autocomplete="off" />
            <datalist id="packet-targets">{ for targets }</datalist>
            { choice("packet-proto", t(Word::PacketProto), protos, &proto, false, set(&proto)) }
            <button class="btn primary" id="packet-ask">{ t(Word::Ask) }</button>
            if p.wrong { <span role="alert">{ t(Word::BadAddress) }</span> }
        </form>
    }
}

/// What the packet meets.
#[derive(Clone, PartialEq, Properties)]
pub struct AnswerProps {
    pub lang: Lang,
    pub meeting: Rc<Meeting>,
    pub act: Act,
}

/// From so many on, rules that don't match are one line.
const MANY: usize = 3;

/// The answer.
#[function_component]
pub fn Answer(p: &AnswerProps) -> Html {
    let good = matches!(p.meeting.end, End::Accepted(_));
    let seconds = format!("{:.1}", p.meeting.at_us as f64 / 1e6);
    html! {
        <section class="meeting" id="meeting" tabindex="0" aria-label={say(p.lang, Word::Meeting)}>
            <p role="status" class={if good { "good" } else { "bad" }}><b>{ end(p.lang, &p.meeting.end) }</b></p>
            <p><code>{ p.meeting.packet.clone() }</code>{ " " }<small>{ fill(p.lang, Word::AskedAt, &[&seconds]) }</small></p>
            if p.meeting.met.is_empty() { <p>{ say(p.lang, Word::NoNode) }</p> }
            { for chains(&p.meeting.met).into_iter().map(|chain| in_chain(p, chain)) }
        </section>
    }
}

/// The rules, parted where the packet comes to another chain.
fn chains(met: &[Met]) -> Vec<&[Met]> {
    met.chunk_by(|a, b| (&a.node, a.table, &a.chain) == (&b.node, b.table, &b.chain)).collect()
}

fn in_chain(p: &AnswerProps, rules: &[Met]) -> Html {
    let Some(first) = rules.first() else { return html! {} };
    let runs =
        rules.chunk_by(|a, b| !matches(&a.fate) && !matches(&b.fate) && a.chance.is_none() && b.chance.is_none());
    let run = |run: &[Met]| match run {
        run if run.len() >= MANY => html! {
            <li class="passed"><details><summary>{ fill(p.lang, Word::Misses, &[&run.len().to_string()]) }</summary><ol>{ for run.iter().map(|m| rule(p, m)) }</ol></details></li>
        },
        run => html! { <>{ for run.iter().map(|m| rule(p, m)) }</> },
    };
    html! {
        <>
            <h3>{ format!("{} · {} · ", first.node, first.table) }<code>{ first.chain.clone() }</code></h3>
            <ol>{ for runs.map(run) }</ol>
        </>
    }
}

/// A rule: what comes of it, and its text, which shows it among all rules of its table.
fn rule(p: &AnswerProps, met: &Met) -> Html {
    let class = match &met.fate {
        fate if !matches(fate) => "passed",
        crate::playground::Fate::Drop | crate::playground::Fate::Reject => "met bad",
        _ => "met",
    };
    let show = ListAct::Rule(met.node.clone(), met.table, met.rule.clone());
    let show = p.act.reform(move |_: MouseEvent| Action::List(show.clone()));
    let text = met.rule.split_once(&met.chain).map_or(met.rule.as_str(), |(_, rest)| rest).trim().to_string();
    html! {
        <li {class}>
            <span class="m">{ format!("#{} ", met.number) }</span><span class="fate">{ fate(p.lang, met) }</span>
            <button class="link rule-text" onclick={show}>{ text }</button>
        </li>
    }
}
