//! The cards below the text: what is wrong with it, and where it differs from the cluster.

use super::super::app::{Action, FileAct};
use super::super::text::{Msg, fill, say};
use super::Props;
use super::told::{told, what_and_why};
use crate::playground::{Difference, Problem};
use yew::prelude::*;

/// A problem with its line and its fixes.
#[inline(never)]
pub fn problem(p: &Props, i: usize, problem: &Problem) -> Html {
    let (message, fixes) = told(p.lang, problem);
    let (what, why) = match &problem.trouble {
        Some(trouble) => what_and_why(p.lang, trouble),
        None => (String::new(), message),
    };
    let buttons = fixes.into_iter().enumerate().map(|(f, label)| {
        html! { <button class="link fix" onclick={p.act.reform(move |_| Action::Fix(i, f))}>{ label }</button> }
    });
    html! { <div class={classes!("problem", problem.refused.then_some("bad"))}>{ line(p, problem.from, problem.line) }<b>{ what }</b>{ " " }{ why }<div>{ for buttons }</div></div> }
}

/// The cluster went on from this file: what it has, and a way to have the file say so.
#[inline(never)]
pub fn outrun(p: &Props) -> Html {
    let t = |m| say(p.lang, m);
    let mut fields: Vec<&str> = p.differences.iter().map(|d| d.path.as_str()).filter(|path| !path.is_empty()).collect();
    fields.truncate(3);
    let take = p.act.reform(|_| Action::Files(FileAct::TakeBack(None)));
    html! {
        <div class="problem outrun" id="outrun" role="status">
            <b>{ t(Msg::Outrun) }</b>{ " " }{ fill(p.lang, Msg::OutrunWhy, &[&fields.join(", ")]) }
            <div><button class="btn" id="take-over" onclick={take}>{ t(Msg::TakeOver) }</button></div>
        </div>
    }
}

fn line(p: &Props, from: usize, line: usize) -> Html {
    html! { <button class="link" onclick={p.act.reform(move |_| Action::Reveal(from))}>{ format!("{}:{line}", p.shown) }</button> }
}

/// Every difference: what the file says, what the cluster has, and a way back; and the whole as `kubectl diff` tells it.
#[inline(never)]
pub fn differences(p: &Props, open: &UseStateHandle<bool>) -> Html {
    let t = |m| say(p.lang, m);
    let side = |class: &'static str, mark: &str, text: &str| {
        let text = if text.is_empty() {
            t(Msg::Nothing).to_string()
        } else {
            text.lines().map(|l| format!("{mark} {l}\n")).collect()
        };
        html! { <pre {class}>{ text }</pre> }
    };
    let row = |(i, d): (usize, &Difference)| {
        html! {
            <li>
                { line(p, d.from, d.line) }<code>{ if d.path.is_empty() { t(Msg::NotInCluster).to_string() } else { d.path.clone() } }</code>
                if !d.path.is_empty() {
                    { side("was", "−", &d.cluster) }{ side("will", "+", &d.file) }
                    <button class="link" onclick={p.act.reform(move |_| Action::Files(FileAct::TakeBack(Some(i))))}>{ t(Msg::TakeBack) }</button>
                }
            </li>
        }
    };
    let line = format!("kubectl diff -f {}", p.shown);
    let shut = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(false))
    };
    html! {
        <div id="differences" class="differences" role="region" aria-label={t(Msg::Differences)} tabindex="0">
            <header>
                <b>{ fill(p.lang, Msg::DifferencesOf, &[&p.differences.len().to_string()]) }</b>
                <span class="key"><span class="was">{ "−" }</span>{ t(Msg::InCluster) }</span>
                <span class="key"><span class="will">{ "+" }</span>{ t(Msg::AfterApply) }</span>
                <span class="spread" />
                <button class="link" onclick={p.act.reform(move |_| Action::Line(line.clone()))}>{ "kubectl diff" }</button>
                <button class="btn" aria-label={t(Msg::Close)} title={t(Msg::Close)} onclick={shut}>{ "✕" }</button>
            </header>
            <ol>{ for p.differences.iter().enumerate().map(row) }</ol>
        </div>
    }
}
