//! The stage: everything that stands still is SVG (so it can be focused, named and clicked), dots are on a canvas above
//! ([`super::paint`]).

mod clients;
mod deaths;
mod draw;
mod lines;
mod pods;
mod proxy;
mod ribbons;
mod rooms;
mod strip;
mod threads;
mod tools;
mod ways;

pub use deaths::Death;
pub use draw::tenths;
pub use proxy::lines_in;
pub use threads::Broken;
pub use tools::tools;

use super::app::{Act, Menu};
use super::layout::Places;
use super::text::{Lang, Msg, fill, say};
use crate::playground::view::{Journey, LineView, PinView, ProxyLine, Scene, Served};
use clients::client;
use deaths::deaths;
use draw::{n, words};
use pods::cell;
use ribbons::ribbon;
use rooms::{insides, rooms};
use std::rc::Rc;
use strip::strip;
use threads::threads;
use ways::ways;
use yew::prelude::*;

/// What the stage shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub lang: Lang,
    pub scene: Rc<Scene>,
    pub places: Rc<Places>,
    pub served: Rc<Served>,
    pub pins: Rc<Vec<PinView>>,
    /// Connections that are kept.
    pub lines: Rc<Vec<LineView>>,
    /// Who sends.
    pub from: String,
    /// What each node's kube-proxy shows, in the scene's order.
    pub proxies: Rc<Vec<Rc<Vec<ProxyLine>>>>,
    /// How many Pods have their marks so far.
    pub marks: usize,
    /// The way of the request that is looked at.
    pub way: Rc<Journey>,
    /// Requests that died a moment ago.
    pub deaths: Rc<Vec<Death>>,
    /// Pins whose Pods went away a moment ago.
    pub broken: Rc<Vec<Broken>>,
    /// Key of the Service in focus, empty for none.
    pub focus: String,
    /// Whether somebody chose it: then the rest is dimmed.
    pub alone: bool,
    /// The Pod or Service that the pointer or the keyboard is on.
    pub hover: Option<Menu>,
    pub zoom: f64,
    pub canvas: NodeRef,
    pub area: NodeRef,
    /// The newest result, for the live region.
    pub told: AttrValue,
    /// What came of the last burst, empty before the first.
    pub sum: AttrValue,
    /// How many are under way, where those are too many for dots.
    pub many: Option<usize>,
    pub act: Act,
}

/// What of it the ground is made of: nothing that changes with every request.
fn ground(p: &Props) -> Props {
    let told = AttrValue::default();
    let (served, pins, lines) = Default::default();
    let (deaths, broken) = Default::default();
    Props { served, pins, lines, deaths, broken, marks: 0, told, many: None, ..p.clone() }
}

/// What Pods, clients and threads stand on. A part of its own: under load it stays as it is.
#[function_component]
fn Ground(p: &Props) -> Html {
    let q = &p.places;
    html! {
        <>
            if !q.rooms.is_empty() { { rooms(p) } }
            if !p.scene.services.is_empty() || !p.way.stops.is_empty() { { ways(p) } }
            if !q.rooms.is_empty() { { insides(p) } }
            { q.ribbons.iter().filter_map(|s| ribbon(p, s)).collect::<Html>() }
            if q.mix > 0.5 && q.ribbons.is_empty() && q.cells.is_empty() { { words(110.0, q.height / 2.0 + 4.0, "t2", say(p.lang, Msg::NothingYet).into()) } }
        </>
    }
}

/// The stage.
#[function_component]
pub fn Stage(p: &Props) -> Html {
    let q = &p.places;
    let many = p.many.map(|n| fill(p.lang, Msg::MoreFlows, &[&n.to_string()]));
    // Lists of their own: what stands beside them, and has the keyboard, stays when one of them grows.
    html! {
        <>
        <section class="stage" tabindex="0" ref={p.area.clone()} aria-label={say(p.lang, Msg::StageLabel)} id="stage">
            <svg width={n(q.width * p.zoom)} height={n(q.height * p.zoom)} viewBox={format!("0 0 {} {}", q.width.round() as i64, q.height.round() as i64)}>
                <Ground ..ground(p) />
                { q.cells.iter().take(p.marks).map(|c| cell(p, c)).collect::<Html>() }
                if !p.pins.is_empty() || !p.broken.is_empty() { { threads(p) } }
                { p.lines.iter().filter_map(|l| lines::line(p, l)).collect::<Html>() }
                { p.scene.clients.iter().zip(&q.clients).map(|(c, at)| client(p, c, at)).collect::<Html>() }
                if !p.deaths.is_empty() { { deaths(p) } }
            </svg>
            <canvas ref={p.canvas.clone()} id="dots" />
            <p class="packet" id="packet" aria-hidden="true" hidden=true><b />{ " → " }<i /></p>
            if let Some(many) = many { <p class="many">{ many }</p> }
        </section>
        <p class="told" role="status" aria-live="polite" id="told">{ p.told.clone() }</p>
        <div class="below">
            { super::wishes::wishes(p.lang, &p.scene.sets, &p.act) }
            if !p.sum.is_empty() { <span class="strip" id="sum">{ p.sum.clone() }</span> }
            { strip(p) }
        </div>
        </>
    }
}
