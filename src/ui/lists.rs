//! The lists beside the terminal: requests, rules, endpoints, events, pins, connections, names. Of a long list only the
//! rows in sight (and some around them) exist.

use super::app::{Act, Action};
use super::header::value;
use super::text::{Lang, Msg, fill, say};
use crate::playground::view::{Row, Rows};
use crate::playground::{ListKind, ROWS_SHOWN};
use std::rc::Rc;
use yew::prelude::*;

/// What a list shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub kind: ListKind,
    pub rows: Rc<Rows>,
    /// For requests: the chosen one.
    pub chosen: Option<u64>,
    /// For rules: the dump of a node's table.
    pub rules: Rc<String>,
    pub nodes: Vec<String>,
    pub node: String,
    pub table: String,
    pub act: Act,
}

fn columns(kind: ListKind) -> &'static [Msg] {
    match kind {
        ListKind::Requests => &[Msg::ColId, Msg::ColTime, Msg::ColFrom, Msg::ColTo, Msg::ColPod, Msg::ColResult],
        ListKind::Endpoints => &[Msg::ColService, Msg::ColPod, Msg::ColAddress, Msg::ColReady, Msg::ColWhy],
        ListKind::Events => &[Msg::ColTime, Msg::ColType, Msg::ColReason, Msg::ColObject, Msg::ColMessage],
        ListKind::Affinity => &[Msg::Node, Msg::ColService, Msg::ColClient, Msg::ColPod, Msg::ColLeft],
        ListKind::Conntrack => &[Msg::Node, Msg::Conntrack],
        ListKind::Dns => &[Msg::ColName, Msg::ColType, Msg::ColAnswer],
        ListKind::Iptables => &[],
    }
}

/// Height of a row of a long list in CSS pixels; the style sheet has it too.
const ROW_H: usize = 26;

/// The row from which on rows are made where the list is scrolled down by `top` pixels: some before those in sight, and
/// in steps, so that few movements ask for others.
pub fn first_row(top: i32) -> usize {
    let step = ROWS_SHOWN / 4;
    ((usize::try_from(top).unwrap_or(0) / ROW_H) / step * step).saturating_sub(step)
}

/// One list.
#[function_component]
pub fn List(p: &Props) -> Html {
    let search = use_state(String::new);
    let onsearch = {
        let (search, act) = (search.clone(), p.act.clone());
        Callback::from(move |e: InputEvent| {
            let input = e.target_unchecked_into::<web_sys::HtmlInputElement>();
            search.set(input.value());
            act.emit(Action::Search(input.value()));
        })
    };
    let bar = html! {
        <div class="listbar">
            if p.kind == ListKind::Iptables { { pickers(p) } }
            <input class="field" type="search" placeholder={say(p.lang, Msg::Search)} aria-label={say(p.lang, Msg::Search)} value={(*search).clone()} oninput={onsearch} />
        </div>
    };
    if p.kind == ListKind::Iptables {
        return html! { <>{ bar }<pre class="rules" id="rules" tabindex="0">{ for marked(&p.rules, &search) }</pre></> };
    }
    let list = &p.rows;
    if list.total == 0 {
        return html! { <>{ bar }<p class="empty">{ say(p.lang, Msg::Empty) }</p></> };
    }
    let heads = columns(p.kind).iter().map(|m| html! { <th scope="col">{ say(p.lang, *m) }</th> });
    let long = list.total > ROWS_SHOWN;
    let below = list.total.saturating_sub(list.first + list.rows.len());
    html! {
        <>
            { bar }
            <table class={classes!("list", long.then_some("long"))} aria-rowcount={(list.total + 1).to_string()}>
                <thead><tr>{ for heads }</tr></thead>
                <tbody>{ gap(list.first) }{ for list.rows.iter().map(|row| line(p, row)) }{ gap(below) }</tbody>
            </table>
        </>
    }
}

/// The room of rows that aren't made.
fn gap(rows: usize) -> Html {
    html! { if rows > 0 { <tr aria-hidden="true"><td height={(rows * ROW_H).to_string()} /></tr> } }
}

fn line(p: &Props, row: &Row) -> Html {
    let id = (p.kind == ListKind::Requests).then(|| row.first().and_then(|c| c.parse::<u64>().ok())).flatten();
    let chosen = id.is_some() && id == p.chosen;
    let cells = row.iter().enumerate().map(|(i, cell)| match id {
        Some(id) if i == 0 => {
            let label = fill(p.lang, Msg::RequestTitle, &[cell]);
            html! { <td><button aria-label={label} onclick={p.act.reform(move |_| Action::Inspect(id))}>{ cell.clone() }</button></td> }
        }
        _ => html! { <td>{ cell.clone() }</td> },
    });
    html! { <tr aria-selected={chosen.to_string()}>{ for cells }</tr> }
}

fn pickers(p: &Props) -> Html {
    let nodes =
        p.nodes.iter().map(|n| html! { <option value={n.clone()} selected={*n == p.node}>{ n.clone() }</option> });
    let tables = ["nat", "filter", "mangle"]
        .iter()
        .map(|t| html! { <option value={*t} selected={*t == p.table}>{ *t }</option> });
    html! {
        <>
            <select class="field" aria-label={say(p.lang, Msg::Node)} onchange={p.act.reform(|e: Event| Action::RulesOf(value(&e)))}>{ for nodes }</select>
            <select class="field" aria-label={say(p.lang, Msg::Table)} onchange={p.act.reform(|e: Event| Action::RulesTable(value(&e)))}>{ for tables }</select>
        </>
    }
}

/// The rules' lines; those that hold the searched text alone, marked, if there is one.
fn marked(rules: &str, search: &str) -> Vec<Html> {
    let wanted = rules.lines().filter(|l| search.is_empty() || l.contains(search));
    wanted
        .map(|l| match l.find(search).filter(|_| !search.is_empty()) {
            Some(at) => {
                let (a, rest) = l.split_at(at);
                let (b, c) = rest.split_at(search.len());
                html! { <>{ a.to_string() }<mark>{ b.to_string() }</mark>{ c.to_string() }{ "\n" }</> }
            }
            None => html! { <>{ l.to_string() }{ "\n" }</> },
        })
        .collect()
}
