//! The terminal: what was printed, the prompt, history and Tab.

use super::app::{Act, Action};
use super::text::{Lang, Msg, fill, say};
use crate::playground::Printed;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::prelude::*;

/// What the terminal shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    /// Everything printed, in order; older parts may have been dropped.
    pub printed: Rc<Vec<Printed>>,
    /// Whether a command runs.
    pub busy: bool,
    /// The prompt of a shell that was opened in the terminal.
    pub prompt: Option<AttrValue>,
    /// Lines that run once the present one has ended.
    pub queued: Vec<String>,
    /// Past lines, oldest first.
    pub history: Rc<Vec<String>>,
    /// A line put into the prompt from elsewhere (a lesson), with a number that changes each time.
    pub offered: (u32, String),
    pub act: Act,
}

fn area(node: &NodeRef) -> Option<HtmlTextAreaElement> {
    node.cast::<HtmlTextAreaElement>()
}

/// Height of a line in CSS pixels; the style sheet has it too.
const LINE: i32 = 20;

/// Where something begins in a pane that scrolls, in CSS pixels.
pub fn top_within(inner: &HtmlElement, pane: &HtmlElement) -> i32 {
    let within = inner.offset_parent().is_some_and(|p| p.is_same_node(Some(pane)));
    inner.offset_top() - if within { 0 } else { pane.offset_top() }
}

/// Scrolls to the end by whole lines; where `whole` output is longer than the pane, to the line that made it.
fn follow(term: &HtmlElement, whole: bool) {
    let panel = term.closest(".panel").ok().flatten().and_then(|p| p.dyn_into::<HtmlElement>().ok());
    let Some(panel) = panel.filter(|_| term.offset_height() > 0) else { return };
    let mut to = panel.scroll_height() - panel.client_height();
    let lines = term.query_selector_all(".typed").ok();
    let last = lines.and_then(|l| l.get(l.length().checked_sub(1)?)).and_then(|n| n.dyn_into::<HtmlElement>().ok());
    if let Some(line) = last.filter(|_| whole) {
        to = to.min(top_within(&line, &panel));
    }
    panel.set_scroll_top(to / LINE * LINE);
}

fn grow(area: &HtmlTextAreaElement) {
    let rows = area.value().matches('\n').count() + 1;
    area.set_rows(rows.clamp(1, 12) as u32);
}

/// The terminal.
#[function_component]
pub fn Terminal(p: &Props) -> Html {
    let input = use_node_ref();
    let scroll = use_node_ref();
    let place = use_mut_ref(|| None::<usize>);
    {
        let (scroll, input) = (scroll.clone(), input.clone());
        let seen = (p.printed.len(), p.printed.last().map_or(0, |c| c.text.len()), p.busy, p.prompt.is_some());
        use_effect_with(seen, move |(_, _, busy, inner)| {
            // Who types wants the prompt in sight; who pressed a button, what came of it from its first line on.
            let typing = web_sys::window().and_then(|w| w.document()).and_then(|d| d.active_element());
            let typing = typing.is_some_and(|e| area(&input).is_some_and(|a| e.is_same_node(Some(&a))));
            if let Some(term) = scroll.cast::<HtmlElement>() {
                follow(&term, !busy && !inner && !typing);
            }
        });
    }
    {
        let input = input.clone();
        use_effect_with(p.offered.clone(), move |(n, line)| {
            if let (true, Some(a)) = (*n > 0, area(&input)) {
                a.set_value(line);
                grow(&a);
                let _ = a.focus();
            }
        });
    }
    let onkeydown = {
        let (input, history, act, busy) = (input.clone(), p.history.clone(), p.act.clone(), p.busy);
        let inner = p.prompt.is_some();
        Callback::from(move |e: KeyboardEvent| {
            let Some(a) = area(&input) else { return };
            if e.is_composing() {
                return;
            }
            let caret_first = a
                .value()
                .get(..a.selection_start().ok().flatten().unwrap_or(0) as usize)
                .is_none_or(|t| !t.contains('\n'));
            match e.key().as_str() {
                "Enter" if !e.shift_key() => {
                    e.prevent_default();
                    let line = a.value();
                    if crate::shell::incomplete(&line) {
                        a.set_value(&format!("{line}\n"));
                        grow(&a);
                        return;
                    }
                    a.set_value("");
                    grow(&a);
                    *place.borrow_mut() = None;
                    act.emit(Action::Typed(line));
                }
                "c" if e.ctrl_key() && a.selection_start() == a.selection_end() => {
                    e.prevent_default();
                    if busy {
                        act.emit(Action::Interrupt);
                    } else {
                        a.set_value("");
                        grow(&a);
                    }
                }
                "d" if e.ctrl_key() && inner && a.value().is_empty() => {
                    e.prevent_default();
                    act.emit(Action::Typed("exit".into()));
                }
                "l" if e.ctrl_key() => {
                    e.prevent_default();
                    act.emit(Action::ClearTerminal);
                }
                "ArrowUp" if caret_first && !history.is_empty() => {
                    e.prevent_default();
                    let at = place.borrow().unwrap_or(history.len()).saturating_sub(1);
                    *place.borrow_mut() = Some(at);
                    a.set_value(&history[at]);
                    grow(&a);
                }
                "ArrowDown" if place.borrow().is_some() => {
                    e.prevent_default();
                    let at = place.borrow().unwrap_or(0) + 1;
                    *place.borrow_mut() = (at < history.len()).then_some(at);
                    a.set_value(history.get(at).map_or("", String::as_str));
                    grow(&a);
                }
                "Tab" if !e.shift_key() && !a.value().trim().is_empty() => {
                    e.prevent_default();
                    act.emit(Action::Complete(a.value()));
                }
                // Escape, then Tab leaves the prompt.
                "Escape" => {
                    let _ = a.blur();
                }
                _ => {}
            }
        })
    };
    let oninput = {
        let input = input.clone();
        Callback::from(move |_: InputEvent| {
            if let Some(a) = area(&input) {
                grow(&a);
            }
        })
    };
    let focus = {
        let input = input.clone();
        Callback::from(move |e: MouseEvent| {
            let selecting =
                web_sys::window().and_then(|w| w.get_selection().ok().flatten()).is_some_and(|s| !s.is_collapsed());
            let on_text =
                e.target().and_then(|t| t.dyn_into::<HtmlElement>().ok()).is_some_and(|t| t.tag_name() == "TEXTAREA");
            if let (false, false, Some(a)) = (selecting, on_text, area(&input)) {
                let _ = a.focus();
            }
        })
    };
    let stop = p.act.reform(|_: MouseEvent| Action::Interrupt);
    html! {
        <div class="term" ref={scroll} onclick={focus}>
            <p class="note">{ say(p.lang, Msg::Welcome) }</p>
            <pre id="printed" role="log" aria-label={say(p.lang, Msg::TerminalLabel)} aria-live="off">{ for p.printed.iter().map(chunk) }</pre>
            <div class="promptline">
                if p.busy {
                    <span class="note">{ say(p.lang, Msg::Running) }</span>
                    <button class="btn" id="stop" onclick={stop}>{ say(p.lang, Msg::Stop) }</button>
                    { for p.queued.iter().map(|line| html! { <span class="note">{ fill(p.lang, Msg::Queued, &[line]) }</span> }) }
                }
                <label class="prompt" for="prompt"><span aria-hidden="true">{ p.prompt.as_ref().map_or("$", |t| t.trim_end()).to_string() }</span><span class="sr">{ say(p.lang, Msg::PromptLabel) }</span></label>
                <textarea id="prompt" ref={input} rows="1" spellcheck="false" autocomplete="off" autocapitalize="off" {onkeydown} {oninput} />
            </div>
        </div>
    }
}

fn chunk(c: &Printed) -> Html {
    match c.kind {
        crate::playground::PrintedKind::Command => {
            html! { <><span class="prompt typed">{ "$ " }</span>{ c.text.clone() }{ "\n" }</> }
        }
        crate::playground::PrintedKind::Prompt => html! { <span class="prompt">{ c.text.clone() }</span> },
        crate::playground::PrintedKind::Out => html! { { c.text.clone() } },
        crate::playground::PrintedKind::Err => html! { <span class="err">{ c.text.clone() }</span> },
    }
}
