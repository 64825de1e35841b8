//! The lists beside the terminal: requests, rules, endpoints, events, pins, connections, names.

use super::app::{Act, Action};
use super::header::value;
use super::text::{Lang, Msg, fill, say};
use crate::playground::ListKind;
use crate::playground::view::Row;
use std::rc::Rc;
use yew::prelude::*;

/// What a list shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub kind: ListKind,
    pub rows: Rc<Vec<Row>>,
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

/// One list.
#[function_component]
pub fn List(p: &Props) -> Html {
    let search = use_state(String::new);
    let onsearch = {
        let search = search.clone();
        Callback::from(move |e: InputEvent| {
            let input = e.target_unchecked_into::<web_sys::HtmlInputElement>();
            search.set(input.value());
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
    let wanted = |row: &&Row| search.is_empty() || row.iter().any(|c| c.contains(search.as_str()));
    let rows: Vec<Html> = p.rows.iter().filter(wanted).take(500).map(|row| line(p, row)).collect();
    if rows.is_empty() {
        return html! { <>{ bar }<p class="empty">{ say(p.lang, Msg::Empty) }</p></> };
    }
    let heads = columns(p.kind).iter().map(|m| html! { <th scope="col">{ say(p.lang, *m) }</th> });
    html! { <>{ bar }<table class="list"><thead><tr>{ for heads }</tr></thead><tbody>{ for rows }</tbody></table></> }
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
