//! The stage: everything that stands still is SVG (so it can be focused, named and clicked), dots are on a canvas above
//! ([`super::paint`]).

mod clients;
mod draw;
mod pods;
mod proxy;
mod ribbons;
mod rooms;
mod strip;
mod threads;

pub use draw::tenths;
pub use proxy::lines_in;

use super::app::Act;
use super::layout::{Lens, Places};
use super::text::{Lang, Msg, fill, say};
use crate::playground::view::{PinView, ProxyLine, Scene, Served};
use clients::client;
use draw::{box_of, n, words};
use pods::pod;
use ribbons::{ribbon, wires};
use rooms::room;
use std::rc::Rc;
use strip::strip;
use threads::thread;
use yew::prelude::*;

/// What the stage shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub scene: Rc<Scene>,
    pub places: Rc<Places>,
    pub lens: Lens,
    pub served: Rc<Served>,
    pub pins: Rc<Vec<PinView>>,
    /// What each node's kube-proxy shows, in the scene's order.
    pub proxies: Rc<Vec<Rc<Vec<ProxyLine>>>>,
    /// How many Pods have their marks so far.
    pub marks: usize,
    /// Key of the Service in focus, empty for none.
    pub focus: String,
    pub canvas: NodeRef,
    pub area: NodeRef,
    /// The newest result, for the live region.
    pub told: AttrValue,
    /// How many are under way, where those are too many for dots.
    pub many: Option<usize>,
    pub act: Act,
}

/// The stage.
#[function_component]
pub fn Stage(p: &Props) -> Html {
    let q = &p.places;
    let pods = p.scene.nodes.iter().flat_map(|n| &n.pods).filter(|_| q.rooms.is_empty()).chain(&p.scene.pending);
    let network = !q.rooms.is_empty();
    let in_rooms: usize = if network { p.scene.nodes.iter().map(|n| n.pods.len()).sum() } else { 0 };
    let marks = p.marks.saturating_sub(in_rooms);
    let many = p.many.map(|n| fill(p.lang, Msg::MoreFlows, &[&n.to_string()]));
    html! {
        <>
        <section class="stage" ref={p.area.clone()} aria-label={say(p.lang, Msg::StageLabel)} id="stage">
            <svg width={n(q.width)} height={n(q.height)} viewBox={format!("0 0 {} {}", q.width.round() as i64, q.height.round() as i64)}>
                if network {
                    { box_of(&q.cluster, classes!("cluster-wall"), 14.0) }
                    if !q.narrow { { words(14.0, 62.0, "t2 small", say(p.lang, Msg::OutsideCluster).into()) } }
                }
                if !network { { wires(p) } }
                { for p.scene.services.iter().zip(&q.ribbons).map(|(s, r)| ribbon(p, s, r)) }
                { for p.scene.nodes.iter().zip(&q.rooms).enumerate().map(|(i, (node, r))| room(p, i, node, r)) }
                if let (true, true, Some(first)) = (network, !p.scene.pending.is_empty(), q.loose.first()) {
                    { words(first.x, first.y - 8.0, "t2 small", say(p.lang, Msg::PendingPods).into()) }
                }
                { for pods.zip(&q.loose).take(marks).map(|(v, r)| pod(p, v, r)) }
                { for p.pins.iter().filter_map(|pin| thread(p, pin)) }
                { for p.scene.clients.iter().zip(&q.clients).map(|(c, at)| client(p, c, at)) }
            </svg>
            <canvas ref={p.canvas.clone()} id="dots" />
            if let Some(many) = many { <p class="many">{ many }</p> }
            <p class="sr" role="status" aria-live="polite" id="told">{ p.told.clone() }</p>
        </section>
        <div class="below">
            { super::wishes::wishes(p.lang, &p.scene.sets, &p.act) }
            { strip(p) }
        </div>
        </>
    }
}
