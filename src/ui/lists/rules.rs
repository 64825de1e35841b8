//! A node's rules as iptables-save prints them, line by line: those that hold the searched text, those that a packet
//! meets lit; a rule leads to the chain that it jumps to.

use super::super::text::{Lang, say};
use super::super::words::Word;
use super::{focus, roved, row_of};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// What the dump shows.
#[derive(Clone, PartialEq, Properties)]
pub struct DumpProps {
    pub lang: Lang,
    pub rules: Rc<String>,
    pub search: String,
    /// Lines that a packet meets.
    pub met: Rc<Vec<String>>,
    /// A line to be shown (what follows it doesn't matter), with a number that changes each time.
    pub sought: (u32, String),
}

/// The lines that hold the searched text.
pub fn found<'a>(rules: &'a str, search: &'a str) -> impl Iterator<Item = &'a str> {
    rules.lines().filter(move |l| search.is_empty() || l.contains(search))
}

/// The chain that a rule jumps to, if kube-proxy made it.
fn target(line: &str) -> Option<&str> {
    let (_, target) = line.rsplit_once(" -j ")?;
    target.split(' ').next().filter(|chain| chain.starts_with("KUBE-"))
}

/// The rules.
#[function_component]
pub fn Dump(p: &DumpProps) -> Html {
    let at = use_state(|| 0_usize);
    let seen = use_mut_ref(|| 0_u32);
    let lines: Vec<&str> = found(&p.rules, &p.search).collect();
    {
        // The rule may come with the next dump only: of another node, or another table.
        let (at, place) = (at.clone(), lines.iter().position(|l| is_sought(p, l)));
        use_effect_with((p.sought.0, p.rules.clone()), move |(wish, _)| {
            if let Some(place) = place.filter(|_| *seen.borrow() != *wish) {
                *seen.borrow_mut() = *wish;
                at.set(place);
                focus(&format!("rule-{place}"));
            }
        });
    }
    use_effect_with(p.met.clone(), |_| show_first_met());
    let show = {
        let at = at.clone();
        move |to: usize| {
            at.set(to);
            focus(&format!("rule-{to}"));
        }
    };
    // The first rule of a chain, or where it is declared.
    let chains = {
        let (rules, search) = (p.rules.clone(), p.search.clone());
        move |chain: &str| {
            let (rule, declared) = (format!("-A {chain} "), format!(":{chain} "));
            let place = |head: &str| found(&rules, &search).position(|l| l.starts_with(head));
            place(&rule).or_else(|| place(&declared))
        }
    };
    let onkeydown = {
        let (rules, search, total, show, chains) =
            (p.rules.clone(), p.search.clone(), lines.len(), show.clone(), chains.clone());
        let at = *at;
        Callback::from(move |e: KeyboardEvent| {
            let at = row_of(&e).unwrap_or(at);
            let jump = || target(found(&rules, &search).nth(at)?).and_then(&chains);
            let to = if e.key() == "Enter" { jump() } else { roved(&e, at, total) };
            if let Some(to) = to {
                e.prevent_default();
                show(to);
            }
        })
    };
    let onclick = Callback::from(move |e: MouseEvent| {
        let target = e.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        if let Some(to) = target.and_then(|t| t.get_attribute("data-to")).and_then(|chain| chains(&chain)) {
            show(to);
        }
    });
    let tab = (*at).min(lines.len().saturating_sub(1));
    html! {
        <ol class="rules" id="rules" aria-label={say(p.lang, Word::RuleHint)} {onkeydown} {onclick}>
            { for lines.iter().enumerate().map(|(i, l)| line(p, i, l, i == tab)) }
        </ol>
    }
}

/// Whether a line is the one to be shown.
fn is_sought(p: &DumpProps, line: &str) -> bool {
    !line.is_empty() && p.sought.1.starts_with(line)
}

/// Scrolls to the first rule that a packet meets; the keyboard stays where it is.
fn show_first_met() {
    let document = web_sys::window().and_then(|w| w.document());
    let first = document.and_then(|d| d.query_selector("#rules .met").ok().flatten());
    let Some(first) = first.and_then(|f| f.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
    let Some(list) = first.parent_element().and_then(|l| l.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
    list.set_scroll_top(first.offset_top() - list.offset_top() - 20);
}

fn line(p: &DumpProps, index: usize, text: &str, tab: bool) -> Html {
    let met = is_sought(p, text) || p.met.iter().any(|m| m == text);
    let (before, chain, after) = match target(text) {
        Some(chain) => {
            let at = text.rfind(" -j ").map_or(text.len(), |at| at + 4);
            (&text[..at], Some(chain), &text[at + chain.len()..])
        }
        None => (text, None, ""),
    };
    let chain = chain.map(
        |c| html! { <button class="jump" tabindex="-1" data-to={c.to_string()}>{ marked(c, &p.search) }</button> },
    );
    html! {
        <li id={format!("rule-{index}")} data-row={index.to_string()} tabindex={if tab { "0" } else { "-1" }} class={met.then_some("met")}>{ marked(before, &p.search) }{ chain }{ marked(after, &p.search) }</li>
    }
}

/// A text with what is searched marked.
fn marked(text: &str, search: &str) -> Html {
    match text.find(search).filter(|_| !search.is_empty()) {
        Some(at) => {
            let (a, rest) = text.split_at(at);
            let (b, c) = rest.split_at(search.len());
            html! { <>{ a.to_string() }<mark>{ b.to_string() }</mark>{ c.to_string() }</> }
        }
        None => html! { { text.to_string() } },
    }
}
