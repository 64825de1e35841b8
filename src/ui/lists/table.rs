//! A list as a table: sorted by its heads, its rows gone through with the arrow keys.

use super::super::app::{Action, ListAct};
use super::super::text::{Msg, fill, say};
use super::super::words::Word;
use super::{Props, columns, focus, roved, row_around, row_of};
use crate::playground::view::{Opens, Row};
use crate::playground::{ListKind, ROWS_SHOWN};
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// Height of a row of a long list in CSS pixels; the style sheet has it too.
const ROW_H: usize = 26;

/// The row from which on rows are made where the list is scrolled down by `top` pixels: some before those in sight, and
/// in steps, so that few movements ask for others.
fn first_row(top: i32) -> usize {
    let step = ROWS_SHOWN / 4;
    ((usize::try_from(top).unwrap_or(0) / ROW_H) / step * step).saturating_sub(step)
}

/// What the table shows.
#[derive(Clone, PartialEq, Properties)]
pub struct TableProps {
    pub list: Props,
    /// Whether only some rows are asked for.
    pub searched: bool,
}

/// What would fill an empty list.
fn empty(kind: ListKind, searched: bool) -> Word {
    match kind {
        _ if searched => Word::EmptySearch,
        ListKind::Requests | ListKind::Iptables => Word::EmptyRequests,
        ListKind::Endpoints => Word::EmptyEndpoints,
        ListKind::Events => Word::EmptyEvents,
        ListKind::Affinity => Word::EmptyAffinity,
        ListKind::Conntrack => Word::EmptyConntrack,
        ListKind::Dns => Word::EmptyDns,
    }
}

/// The table.
#[function_component]
pub fn Table(t: &TableProps) -> Html {
    let p = &t.list;
    let list = &p.rows;
    // The row that has the keyboard, or gets it first, and whether it is to have it once it exists.
    let (at, wanted) = (use_state(|| 0_usize), use_mut_ref(|| false));
    let scroller = use_node_ref();
    {
        let (wanted, at) = (wanted.clone(), *at);
        use_effect_with((at, list.first, list.rows.len()), move |_| {
            let given = *wanted.borrow() && focus(&format!("row-{at}"));
            if given {
                *wanted.borrow_mut() = false;
            }
        });
    }
    let (first, shown, total) = (list.first, list.rows.len(), list.total);
    let onscroll = {
        let act = p.act.clone();
        Callback::from(move |e: Event| {
            let now = first_row(e.target_unchecked_into::<web_sys::Element>().scroll_top());
            if now != first {
                act.emit(Action::List(ListAct::Rows(now)));
            }
        })
    };
    let onkeydown = {
        let (p, at, scroller) = (p.clone(), at.clone(), scroller.clone());
        Callback::from(move |e: KeyboardEvent| {
            let row = row_of(&e).unwrap_or(*at);
            let opens = p.rows.rows.get(row.wrapping_sub(first)).and_then(|r| r.opens.clone());
            if let ("Enter" | " ", Some(opens)) = (e.key().as_str(), opens) {
                e.prevent_default();
                p.act.emit(Action::List(ListAct::Open(opens)));
            } else if let Some(to) = roved(&e, row, total) {
                e.prevent_default();
                *wanted.borrow_mut() = true;
                if to < first || to >= first + shown {
                    let top = (to * ROW_H).saturating_sub(ROW_H * 2);
                    scroller.cast::<web_sys::Element>().iter().for_each(|s| s.set_scroll_top(top as i32));
                }
                if to == *at {
                    focus(&format!("row-{to}"));
                }
                at.set(to);
            }
        })
    };
    let hold = |on| p.act.reform(move |_: FocusEvent| Action::List(ListAct::Hold(on)));
    let leave = {
        let act = p.act.clone();
        Callback::from(move |e: FocusEvent| {
            let within =
                |t: &web_sys::EventTarget| t.dyn_ref::<web_sys::Element>().is_some_and(|t| row_around(t).is_some());
            if !e.related_target().is_some_and(|t| within(&t)) {
                act.emit(Action::List(ListAct::Hold(false)));
            }
        })
    };
    let tab = (*at).clamp(first, (first + shown).saturating_sub(1).max(first));
    let long = total > ROWS_SHOWN;
    html! {
        <div class="rows" id="rows" ref={scroller} {onscroll} tabindex={(total == 0).then_some("0")}>
            if total == 0 {
                <p class="empty">{ say(p.lang, empty(p.kind, t.searched)) }</p>
            } else {
                <table class={classes!("list", p.kind.id(), long.then_some("long"))} role="grid" aria-rowcount={(total + 1).to_string()} aria-label={say(p.lang, Word::RowHint)}>
                    <thead><tr>{ for columns(p.kind).iter().enumerate().map(|(i, head)| self::head(p, i, *head)) }</tr></thead>
                    <tbody {onkeydown} onfocusin={hold(true)} onfocusout={leave}>
                        { gap(first) }
                        { for list.rows.iter().enumerate().map(|(i, row)| line(p, first + i, row, first + i == tab)) }
                        { gap(total.saturating_sub(first + shown)) }
                    </tbody>
                </table>
            }
        </div>
    }
}

/// A column's head: presses sort upwards, downwards, and by the list's own order again.
fn head(p: &Props, column: usize, word: Word) -> Html {
    let sorted = p.sort.filter(|(by, _)| *by == column).map(|(_, down)| down);
    let (order, sign) = match sorted {
        None => ("none", ""),
        Some(false) => ("ascending", " ▲"),
        Some(true) => ("descending", " ▼"),
    };
    let words = say(p.lang, word);
    html! {
        <th scope="col" aria-sort={order}>
            <button class="head" title={fill(p.lang, Word::SortBy, &[words])} onclick={p.act.reform(move |_| Action::List(ListAct::Sort(column)))}>{ words }<span aria-hidden="true">{ sign }</span></button>
        </th>
    }
}

/// The room of rows that aren't made.
fn gap(rows: usize) -> Html {
    html! { if rows > 0 { <tr aria-hidden="true"><td height={(rows * ROW_H).to_string()} /></tr> } }
}

fn line(p: &Props, index: usize, row: &Row, tab: bool) -> Html {
    let request = match row.opens {
        Some(Opens::Request(id)) => Some(id),
        _ => None,
    };
    let open =
        row.opens.clone().map(|opens| p.act.reform(move |_: MouseEvent| Action::List(ListAct::Open(opens.clone()))));
    let cells = row.cells.iter().enumerate().map(|(i, cell)| match request {
        // The first cell names the row to those who can't see it whole.
        Some(_) if i == 0 => {
            let label = fill(p.lang, Msg::RequestTitle, &[cell]);
            html! { <td><button tabindex="-1" aria-label={label}>{ cell.clone() }</button></td> }
        }
        _ => html! { <td>{ cell.clone() }</td> },
    });
    html! {
        <tr key={index} id={format!("row-{index}")} data-row={index.to_string()} tabindex={if tab { "0" } else { "-1" }} aria-rowindex={(index + 2).to_string()}
            class={row.opens.is_some().then_some("opens")} aria-selected={(request.is_some() && request == p.chosen).to_string()} onclick={open}>{ for cells }</tr>
    }
}
