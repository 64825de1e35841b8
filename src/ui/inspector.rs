//! Every hop of the chosen request: first what came of it, then what happened, addresses before and after, and the rule
//! that matched.

use super::app::{Act, Action, ListAct};
use super::terminal::top_within;
use super::text::{Lang, Msg, SendMsg, fill, say};
use crate::playground::USER;
use crate::playground::view::{HopKind, HopView, Place, PodTag, RequestView, name_of};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// What the inspector shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    /// Whether none was sent after it.
    pub newest: bool,
    pub request: Option<Rc<RequestView>>,
    /// Index of the hop where its dot is.
    pub at: Option<usize>,
    /// Whether its dot is still to arrive.
    pub flies: bool,
    /// Whether the clock stands: then the hop where the dot is comes into sight.
    pub still: bool,
    /// Whether there is a Service to ask.
    pub asked: bool,
    pub act: Act,
}

/// The name of a place.
pub fn place_name(lang: Lang, place: &Place) -> String {
    match place {
        Place::Client(id) if **id == *USER => say(lang, Msg::UserMachine).into(),
        Place::Client(id) => id.to_string(),
        Place::Door(node, port) => format!("{node}:{port}"),
        // kube-proxy wrote the rules; who follows them is the node.
        Place::Proxy(node) | Place::Node(node) => node.to_string(),
        Place::Pod(key) => name_of(key).into(),
        Place::Outside => say(lang, Msg::Outside).into(),
    }
}

/// A Pod as the stage has it: its letter and its name.
fn pod_name(r: &RequestView, is: impl Fn(&PodTag) -> bool) -> Option<String> {
    let tag = r.pods.iter().find(|t| is(t))?;
    Some(format!("{} · {}", tag.letter, name_of(&tag.key)))
}

fn named(lang: Lang, r: &RequestView, place: &Place) -> String {
    let pod = pod_name(r, |t| matches!(place, Place::Pod(key) if **key == *t.key));
    pod.unwrap_or_else(|| place_name(lang, place))
}

/// Who sent it.
fn sender(lang: Lang, r: &RequestView) -> String {
    let from: Rc<str> = r.from.as_str().into();
    named(lang, r, &if from.contains('/') { Place::Pod(from) } else { Place::Client(from) })
}

/// The node of a place, or its name.
fn node(place: &Place) -> String {
    match place {
        Place::Proxy(node) | Place::Door(node, _) | Place::Node(node) => node.to_string(),
        other => place_name(Lang::En, other),
    }
}

/// What came of a request, in one line.
pub fn outcome(lang: Lang, r: &RequestView) -> String {
    if r.code != 0 {
        return format!("{} · {}", r.code, r.result.strip_prefix(&format!("{} ", r.code)).unwrap_or(&r.result));
    }
    match r.hops.iter().rposition(|h| is_bad(h.kind)) {
        Some(i) => title(lang, r, i),
        None => r.result.clone(),
    }
}

fn is_bad(kind: HopKind) -> bool {
    matches!(kind, HopKind::Rejected | HopKind::Dropped | HopKind::Lost | HopKind::NoRoute | HopKind::Refused)
}

/// `1/3`, where it is that.
fn chance(p: f64) -> String {
    let n = (1.0 / p).round();
    if (p * n - 1.0).abs() < 1e-3 { format!("1/{n}") } else { format!("{p:.3}") }
}

/// What a hop does, in one sentence.
pub fn title(lang: Lang, r: &RequestView, i: usize) -> String {
    let Some(hop) = r.hops.get(i) else { return String::new() };
    let place = named(lang, r, &hop.place);
    // The Pod that a draw leads to is the next rewritten destination.
    let becomes = |h: &HopView| {
        let ip = h.destination_after.rsplit_once(':').map_or("", |(ip, _)| ip);
        pod_name(r, |t| t.ip == ip).unwrap_or_else(|| h.destination_after.clone())
    };
    let drawn = || r.hops.iter().skip(i).find(|h| h.kind == HopKind::Dnat).map(becomes).unwrap_or_default();
    let reason = r.result.split_once(": ").map_or(r.result.as_str(), |(_, why)| why);
    match hop.kind {
        HopKind::Sent if r.from == USER && matches!(hop.place, Place::Pod(_)) => {
            fill(lang, Msg::HopForwarded, &[&place])
        }
        HopKind::Sent => fill(lang, Msg::HopSent, &[&place]),
        HopKind::Arrived => fill(lang, Msg::HopArrived, &[&place]),
        HopKind::Rule => hop.chain.clone(),
        HopKind::Balanced => match hop.probability {
            Some(p) if p < 1.0 && p - hop.share < 1e-3 => fill(lang, Msg::HopBalanced, &[&chance(p), &drawn()]),
            Some(p) if p < 1.0 => fill(lang, Msg::HopBalancedOfRest, &[&chance(p), &drawn(), &chance(hop.share)]),
            _ => fill(lang, Msg::HopBalancedRest, &[&drawn(), &chance(hop.share)]),
        },
        HopKind::Pinned => say(lang, Msg::HopPinned).into(),
        HopKind::PinSet => say(lang, Msg::HopPinSet).into(),
        HopKind::Dnat => fill(lang, Msg::HopDnat, &[&becomes(hop)]),
        HopKind::Snat => fill(lang, Msg::HopSnat, &[&node(&hop.place)]),
        HopKind::Routed => fill(lang, Msg::HopRouted, &[&place]),
        HopKind::Delivered if matches!(hop.place, Place::Proxy(_) | Place::Node(_)) => {
            fill(lang, Msg::HopInput, &[&place])
        }
        HopKind::Delivered => fill(lang, Msg::HopDelivered, &[&place]),
        HopKind::Rejected => fill(lang, Msg::HopRejected, &[&node(&hop.place), reason]),
        HopKind::Dropped => fill(lang, Msg::HopDropped, &[&node(&hop.place), reason]),
        HopKind::Lost => say(lang, Msg::HopLost).into(),
        HopKind::NoRoute => say(lang, Msg::HopNoRoute).into(),
        HopKind::Known => say(lang, Msg::HopKnown).into(),
        HopKind::Refused => fill(lang, Msg::HopRefused, &[&place]),
        HopKind::Reply => fill(lang, Msg::HopReply, &[&r.result]),
        HopKind::Lookup => say(lang, Msg::HopLookup).into(),
    }
}

fn addresses(hop: &HopView) -> Html {
    let end = |before: &str, after: &str| {
        if before == after || after.is_empty() {
            html! { { before.to_string() } }
        } else {
            html! { <><s>{ before.to_string() }</s>{ " " }<span class="changed">{ after.to_string() }</span></> }
        }
    };
    if hop.source.is_empty() && hop.destination.is_empty() {
        return html! {};
    }
    html! { <code>{ end(&hop.source, &hop.source_after) }{ " → " }{ end(&hop.destination, &hop.destination_after) }</code> }
}

/// What a hop at which a request died means for who sent it.
#[inline(never)] // kept apart: no request has died on a page at rest
fn note(lang: Lang, r: &RequestView, hop: &HopView) -> Option<String> {
    let named = |h: &HopView| matches!(h.kind, HopKind::Rule | HopKind::Known) || h.destination != h.destination_after;
    Some(match hop.kind {
        HopKind::Rejected => say(lang, Msg::NoteReject).into(),
        HopKind::Dropped => say(lang, Msg::NoteDrop).into(),
        HopKind::Refused => say(lang, Msg::NoteReset).into(),
        HopKind::Lost if !r.hops.iter().any(named) => fill(lang, Msg::NoteNoRule, &[&hop.destination]),
        _ => return None,
    })
}

/// Over which kept connection it went.
#[inline(never)] // kept apart: no connection is kept on a page at rest
fn over(lang: Lang, connection: u64, nth: u64) -> Html {
    html! { <p class="over">{ fill(lang, SendMsg::OverKept, &[&connection.to_string(), &nth.to_string()]) }</p> }
}

/// A hop: its sentence with the rule folded under it, and the addresses.
fn hop(p: &Props, r: &RequestView, i: usize) -> Html {
    let Some(hop) = r.hops.get(i) else { return html! {} };
    let now = p.flies && p.at == Some(i);
    let later = p.flies && p.at.is_none_or(|at| i > at);
    let class = classes!("hop", is_bad(hop.kind).then_some("bad"), now.then_some("now"), later.then_some("later"));
    let words = html! { <b>{ title(p.lang, r, i) }</b> };
    html! {
        <li data-place={hop.place.id()} {class} aria-current={now.then_some("step")}>
            if hop.rule.is_empty() { { words } } else { <details><summary>{ words }</summary><code>{ hop.rule.clone() }</code>{ among(p, hop) }</details> }
            { addresses(hop) }
            if is_bad(hop.kind) { { for note(p.lang, r, hop).map(|note| html! { <p class="over">{ note }</p> }) } }
        </li>
    }
}

/// A link to the hop's rule among all of its node.
fn among(p: &Props, hop: &HopView) -> Option<Html> {
    let show = ListAct::Rule(node(&hop.place), hop.at?.table.name(), hop.rule.clone());
    let onclick = p.act.reform(move |_| Action::List(show.clone()));
    Some(html! { <button class="link" {onclick}>{ say(p.lang, Msg::Iptables) }{ " →" }</button> })
}

/// Scrolls a pane, and nothing around it, so that its hop at hand is in sight.
fn show_now(pane: &HtmlElement) {
    let now = pane.query_selector(".hop.now").ok().flatten().and_then(|e| e.dyn_into::<HtmlElement>().ok());
    let Some(now) = now else { return };
    let (top, shown) = (top_within(&now, pane), pane.scroll_top());
    let end = top + now.offset_height() + 8 - pane.client_height();
    if top < shown || end > shown {
        pane.set_scroll_top(if top < shown { top - 8 } else { end });
    }
}

/// The inspector.
#[function_component]
pub fn Inspector(p: &Props) -> Html {
    let pane = use_node_ref();
    {
        let pane = pane.clone();
        use_effect_with((p.at, p.still), move |(at, still)| {
            if let (true, true, Some(pane)) = (*still, at.is_some(), pane.cast::<HtmlElement>()) {
                show_now(&pane);
            }
        });
    }
    let Some(request) = &p.request else {
        let words = if p.asked { Msg::NoRequestYet } else { Msg::NoRequestNoService };
        return html! { <section class="trace" id="inspector" tabindex="0" aria-label={say(p.lang, Msg::Inspector)}><p class="empty">{ say(p.lang, words) }</p></section> };
    };
    html! {
        <section class="trace" id="inspector" tabindex="0" aria-labelledby="inspector-title" ref={pane}>
            { head(p, request) }
            <ol>{ for (0..request.hops.len()).map(|i| hop(p, request, i)) }</ol>
        </section>
    }
}

/// Which request it is and what came of it; while it is under way, how far it is.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
fn head(p: &Props, r: &RequestView) -> Html {
    let id = r.id;
    let count = r.hops.len().to_string();
    let result = if p.flies {
        let at = (p.at.unwrap_or(0) + 1).to_string();
        html! { <p class="result" id="result">{ fill(p.lang, Msg::HopOf, &[&at, &count]) }</p> }
    } else {
        let tag = r.pods.iter().find(|t| t.key == r.pod);
        let class = classes!("result", if r.code == 0 { "bad" } else { "good" });
        html! {
            <p {class} id="result">
                if let Some(tag) = tag { <span class={format!("swatch c{}", tag.colour)}>{ tag.letter.clone() }</span>{ " " } }
                { outcome(p.lang, r) }
            </p>
        }
    };
    html! {
        <>
            <h2 id="inspector-title">{ fill(p.lang, Msg::RequestTitle, &[&id.to_string()]) }</h2>
            { result }
            <p class="way-of">{ format!("{} → {}", sender(p.lang, r), r.to) }</p>
            if let Some((connection, nth)) = r.kept { { over(p.lang, connection, nth) } }
            <div class="tools">
                if id > 1 { <button class="link" onclick={p.act.reform(move |_| Action::Inspect(id - 1))}>{ "← #" }{ id - 1 }</button> }
                if !p.newest { <button class="link" onclick={p.act.reform(move |_| Action::Inspect(id + 1))}>{ "#" }{ id + 1 }{ " →" }</button> }
            </div>
        </>
    }
}
