//! Every hop of the chosen request: what happened, addresses before and after, and the rule that matched.

use super::app::{Act, Action};
use super::text::{Lang, Msg, SendMsg, fill, say};
use crate::playground::view::{HopKind, HopView, Place, RequestView};
use std::rc::Rc;
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
    pub act: Act,
}

/// The name of a place.
pub fn place_name(lang: Lang, place: &Place) -> String {
    match place {
        Place::Client(id) if **id == *"user" => say(lang, Msg::UserMachine).into(),
        Place::Client(id) => id.to_string(),
        Place::Door(node, port) => format!("{node}:{port}"),
        Place::Proxy(node) => format!("kube-proxy ({node})"),
        Place::Node(node) => node.to_string(),
        Place::Pod(key) => key.rsplit('/').next().unwrap_or(key).into(),
        Place::Outside => say(lang, Msg::Outside).into(),
    }
}

/// What a hop does, in one line.
pub fn title(lang: Lang, hop: &HopView, result: &str) -> String {
    let place = place_name(lang, &hop.place);
    match hop.kind {
        HopKind::Sent => fill(lang, Msg::HopSent, &[&place]),
        HopKind::Arrived => fill(lang, Msg::HopArrived, &[&place]),
        HopKind::Rule => hop.chain.clone(),
        HopKind::Balanced => match hop.probability {
            Some(p) if p < 1.0 => fill(lang, Msg::HopBalanced, &[&format!("{p:.3}")]),
            _ => say(lang, Msg::HopBalancedRest).into(),
        },
        HopKind::Pinned => say(lang, Msg::HopPinned).into(),
        HopKind::PinSet => say(lang, Msg::HopPinSet).into(),
        HopKind::Dnat => say(lang, Msg::HopDnat).into(),
        HopKind::Snat => say(lang, Msg::HopSnat).into(),
        HopKind::Routed => fill(lang, Msg::HopRouted, &[&place]),
        HopKind::Delivered => fill(lang, Msg::HopDelivered, &[&place]),
        HopKind::Rejected => say(lang, Msg::HopRejected).into(),
        HopKind::Dropped => say(lang, Msg::HopDropped).into(),
        HopKind::Lost => say(lang, Msg::HopLost).into(),
        HopKind::NoRoute => say(lang, Msg::HopNoRoute).into(),
        HopKind::Known => say(lang, Msg::HopKnown).into(),
        HopKind::Refused => say(lang, Msg::HopRefused).into(),
        HopKind::Reply => fill(lang, Msg::HopReply, &[result]),
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

/// Over which kept connection it went.
#[inline(never)] // kept apart: no connection is kept on a page at rest
fn over(lang: Lang, connection: u64, nth: u64) -> Html {
    html! { <p class="over">{ fill(lang, SendMsg::OverKept, &[&connection.to_string(), &nth.to_string()]) }</p> }
}

/// The inspector.
#[function_component]
pub fn Inspector(p: &Props) -> Html {
    let Some(request) = &p.request else {
        return html! { <section class="trace" id="inspector" tabindex="0" aria-label={say(p.lang, Msg::Inspector)}><p class="empty">{ say(p.lang, Msg::NoRequestYet) }</p></section> };
    };
    let hops = request.hops.iter().enumerate().map(|(i, hop)| {
        let bad = matches!(hop.kind, HopKind::Rejected | HopKind::Dropped | HopKind::Lost | HopKind::NoRoute | HopKind::Refused);
        html! {
            <li data-place={hop.place.id()} class={classes!("hop", bad.then_some("bad"), (p.at == Some(i)).then_some("now"))} aria-current={(p.at == Some(i)).then_some("step")}>
                <b>{ title(p.lang, hop, &request.result) }</b>
                { addresses(hop) }
                if !hop.rule.is_empty() { <code>{ hop.rule.clone() }</code> }
            </li>
        }
    });
    let id = request.id;
    html! {
        <section class="trace" id="inspector" tabindex="0" aria-labelledby="inspector-title">
            <h2 id="inspector-title">{ fill(p.lang, Msg::RequestTitle, &[&id.to_string()]) }</h2>
            <code>{ format!("{} → {}", request.from, request.to) }</code>
            if let Some((connection, nth)) = request.kept { { over(p.lang, connection, nth) } }
            <div class="tools">
                if id > 1 { <button class="link" onclick={p.act.reform(move |_| Action::Inspect(id - 1))}>{ "← #" }{ id - 1 }</button> }
                if !p.newest { <button class="link" onclick={p.act.reform(move |_| Action::Inspect(id + 1))}>{ "#" }{ id + 1 }{ " →" }</button> }
            </div>
            <ol>{ for hops }</ol>
        </section>
    }
}
