//! The lists beside the terminal: requests, rules, endpoints, events, pins, connections, names. Of a long list only the
//! rows in sight (and some around them) exist.

mod packet;
mod rules;
mod table;
mod told;

pub use rules::found;
pub use told::why;

use super::app::{Act, Action, ListAct};
use super::header::{choice, value};
use super::text::{Lang, fill, say};
use super::words::Word;
use crate::playground::view::Rows;
use crate::playground::{ListKind, Meeting};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// What a list shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub kind: ListKind,
    pub rows: Rc<Rows>,
    /// By which column it is sorted, and whether downwards.
    pub sort: Option<(usize, bool)>,
    /// What is searched.
    pub search: String,
    /// For rules: one to be shown, with a number that changes each time.
    pub sought: (u32, String),
    /// How many requests came since the rows stand still.
    pub newer: u64,
    /// For requests: the chosen one.
    pub chosen: Option<u64>,
    /// What came of the last copying.
    pub copied: AttrValue,
    /// For rules: the dump of a node's table.
    pub rules: Rc<String>,
    pub nodes: Vec<String>,
    pub node: String,
    pub table: String,
    /// For rules: what a packet meets; nothing if the last address was none.
    pub asked: Option<Option<Rc<Meeting>>>,
    /// Who can send: id and name.
    pub senders: Vec<(String, String)>,
    pub targets: Vec<String>,
    pub act: Act,
}

/// The words over a list's columns.
pub fn columns(kind: ListKind) -> &'static [Word] {
    use Word as W;
    match kind {
        ListKind::Requests => &[W::ColId, W::ColTime, W::ColFrom, W::ColTo, W::ColPod, W::ColResult],
        ListKind::Endpoints => &[W::ColService, W::ColPod, W::ColAddress, W::Node, W::ColReady, W::ColWhy],
        ListKind::Events => &[W::ColTime, W::ColType, W::ColReason, W::ColObject, W::ColMessage],
        ListKind::Affinity => &[W::Node, W::ColService, W::ColClient, W::ColPod, W::ColLeft, W::ColOf],
        ListKind::Conntrack => &[W::Node, W::ColProto, W::ColState, W::ColLeft, W::ColOriginal, W::ColReply, W::Line],
        ListKind::Dns => &[W::ColTime, W::ColFrom, W::ColName, W::ColType, W::ColAnswer],
        ListKind::Iptables => &[],
    }
}

/// One list: its bar, which stays, and what scrolls below it.
#[function_component]
pub fn List(p: &Props) -> Html {
    let asking = use_state(|| false);
    let onsearch = p.act.reform(|e: InputEvent| {
        Action::List(ListAct::Search(e.target_unchecked_into::<web_sys::HtmlInputElement>().value()))
    });
    let rules = p.kind == ListKind::Iptables;
    let hint = say(p.lang, if rules { Word::CopyRulesHint } else { Word::CopyHint });
    html! {
        <div class="listing">
            <div class="listbar">
                if rules { { pickers(p) } }
                <input class="field" type="search" placeholder={say(p.lang, Word::Search)} aria-label={say(p.lang, Word::Search)} value={p.search.clone()} oninput={onsearch} />
                <button class="btn" id="copy" title={hint} onclick={p.act.reform(|_| Action::List(ListAct::Copy))}>{ say(p.lang, Word::Copy) }</button>
                <span class="copied" role="status">{ p.copied.clone() }</span>
                if p.newer > 0 { <button class="btn" id="newer" onclick={p.act.reform(|_| Action::List(ListAct::Hold(false)))}>{ fill(p.lang, Word::Newer, &[&p.newer.to_string()]) }</button> }
                if rules { { ask_button(p, &asking) } }
            </div>
            if rules {
                if *asking { <packet::Question lang={p.lang} senders={p.senders.clone()} targets={p.targets.clone()} wrong={p.asked == Some(None)} act={p.act.clone()} /> }
                <div class="rules-area">
                    if let Some(Some(meeting)) = p.asked.clone().filter(|_| *asking) {
                        <packet::Answer lang={p.lang} {meeting} act={p.act.clone()} />
                    }
                    <rules::Dump lang={p.lang} rules={p.rules.clone()} search={p.search.clone()} met={met(p, *asking)} sought={p.sought.clone()} />
                </div>
            } else {
                <table::Table list={p.clone()} searched={!p.search.is_empty()} />
            }
        </div>
    }
}

/// The rules of the shown table that the packet meets.
fn met(p: &Props, asking: bool) -> Rc<Vec<String>> {
    let Some(Some(meeting)) = p.asked.as_ref().filter(|_| asking) else { return Rc::default() };
    let here = meeting.met.iter().filter(|m| m.node == p.node && m.table == p.table && told::matches(&m.fate));
    Rc::new(here.map(|m| m.rule.clone()).collect())
}

fn ask_button(p: &Props, asking: &UseStateHandle<bool>) -> Html {
    let flip = {
        let (asking, act) = (asking.clone(), p.act.clone());
        Callback::from(move |_: MouseEvent| {
            asking.set(!*asking);
            act.emit(Action::List(ListAct::Ask(None)));
        })
    };
    html! { <button class="pill" id="ask-packet" aria-pressed={asking.to_string()} onclick={flip}>{ say(p.lang, Word::AskPacket) }</button> }
}

fn pickers(p: &Props) -> Html {
    let pick = |act: fn(String) -> ListAct| p.act.reform(move |e: Event| Action::List(act(value(&e))));
    let nodes = p.nodes.iter().map(|n| (n.clone(), n.clone()));
    let tables = ["nat", "filter", "mangle"].map(|t| (t.into(), t.into()));
    html! {
        <>
            { choice("rules-node", say(p.lang, Word::Node), nodes, &p.node, false, pick(ListAct::RulesOf)) }
            { choice("rules-table", say(p.lang, Word::Table), tables, &p.table, false, pick(ListAct::RulesTable)) }
        </>
    }
}

/// Where the arrow keys lead from row `at` of `total`; `None` for other keys.
fn roved(e: &KeyboardEvent, at: usize, total: usize) -> Option<usize> {
    let last = total.saturating_sub(1);
    Some(match e.key().as_str() {
        "ArrowDown" => (at + 1).min(last),
        "ArrowUp" => at.saturating_sub(1),
        "PageDown" => (at + 10).min(last),
        "PageUp" => at.saturating_sub(10),
        "Home" => 0,
        "End" => last,
        _ => return None,
    })
}

/// The row that an element is, or is in.
fn row_around(element: &web_sys::Element) -> Option<web_sys::Element> {
    element.closest("[data-row]").ok().flatten()
}

/// The number of the row in which a key was pressed.
fn row_of(e: &KeyboardEvent) -> Option<usize> {
    let target = e.target()?.dyn_into::<web_sys::Element>().ok()?;
    row_around(&target)?.get_attribute("data-row")?.parse().ok()
}

/// Gives the keyboard to a row, if it exists.
fn focus(id: &str) -> bool {
    let row = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    row.and_then(|r| r.dyn_into::<web_sys::HtmlElement>().ok()).is_some_and(|r| r.focus().is_ok())
}
