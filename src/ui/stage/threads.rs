//! Pins: a thread from client to Pod past the node that keeps it, with a ring that empties as the timeout runs. A pin
//! whose Pod is no endpoint any more is a thread that broke.

use super::Props;
use super::draw::{n, tenths, thing};
use crate::playground::ListKind;
use crate::playground::view::PinView;
use crate::ui::app::{Action, ListAct};
use crate::ui::layout::{Point, Rect, thread_from_above};
use crate::ui::text::{Msg, fill};
use yew::prelude::*;

/// Radius of a ring.
const RING: f64 = 15.0;

/// A pin whose Pod went away, for a moment still where it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// The pin as it was last.
    pub pin: PinView,
    /// Where its Pod was.
    pub at: Rect,
    /// The Pod's colour.
    pub colour: usize,
    /// Until when it is shown, on the browser's clock.
    pub until_ms: f64,
}

/// All threads.
#[inline(never)]
pub fn threads(p: &Props) -> Html {
    let mut at: Vec<&str> = Vec::new();
    let whole = p.pins.iter().filter_map(|pin| {
        let to = p.places.pod(&pin.pod)?;
        let nth = at.iter().filter(|key| **key == pin.pod).count();
        at.push(&pin.pod);
        let leads =
            p.scene.services.iter().find(|s| s.key == pin.service_key()).is_none_or(|s| s.ready.contains(&pin.pod));
        thread(p, pin, &to, p.scene.pod(&pin.pod)?.colour, nth, !leads)
    });
    let whole: Vec<Html> = whole.collect();
    let broken = p.broken.iter().filter_map(|b| thread(p, &b.pin, &b.at, b.colour, 0, true));
    html! { <g class="threads">{ for whole }{ for broken }</g> }
}

/// Where a client address stands on the stage.
fn address(p: &Props, ip: &str) -> Option<Point> {
    if let Some(client) = p.scene.clients.iter().find(|c| c.ip == ip) {
        return p.places.clients.iter().find(|s| s.key == client.id).map(|s| s.rect.centre());
    }
    let pod = p.scene.pods().find(|v| v.ip == ip)?;
    p.places.pod(&pod.key).map(|r| Point { x: r.x, y: r.y + r.h / 2.0 })
}

/// The line below everything in the node's room, or below the Service, along which a thread passes it: its two ends.
fn passage(p: &Props, pin: &PinView) -> Option<[Point; 2]> {
    let room = p.places.rooms.iter().find(|r| r.node == pin.node).map(|r| {
        let y = r.rect.y + r.rect.h - 5.0;
        Rect { x: r.rect.x, y, w: r.proxy.x + r.proxy.w - r.rect.x, h: 0.0 }
    });
    let at = p.scene.nodes.iter().position(|n| n.name == pin.node).unwrap_or(0) as f64;
    let ribbon = p.places.ribbons.iter().find(|s| s.key == pin.service_key()).map(|s| {
        let r = s.rect;
        Rect { x: r.x, y: r.y + r.h + 8.0 + 5.0 * at, w: r.w, h: 0.0 }
    });
    let r = p.places.mixed(room, ribbon)?;
    Some([Point { x: r.x, y: r.y }, Point { x: r.x + r.w, y: r.y }])
}

/// A bow with level ends, as it goes on in an outline.
fn bow(from: Point, to: Point) -> String {
    let half = (to.x - from.x) / 2.0;
    let at = |x: f64, y: f64| [tenths(x), tenths(y)].join(" ");
    ["C", &at(from.x + half, from.y), " ", &at(to.x - half, to.y), " ", &at(to.x, to.y)].concat()
}

fn thread(p: &Props, pin: &PinView, to: &Rect, colour: usize, nth: usize, broken: bool) -> Option<Html> {
    let from = address(p, &pin.client)?;
    // More rings at the same Pod stand beside and above the first one.
    let (column, row) = ((nth % 2) as f64, (nth / 2) as f64);
    let c = Point { x: to.x - RING - 4.0 - column * 31.0, y: to.y + to.h - 12.0 - row * 31.0 };
    let end = Point { x: c.x - RING, y: c.y };
    let start = ["M", &tenths(from.x), " ", &tenths(from.y)].concat();
    let (near, far) = match passage(p, pin) {
        Some([a, b]) => {
            let along = ["L", &tenths(b.x), " ", &tenths(b.y)].concat();
            let near = if p.places.narrow && from.y < p.places.cluster.y && p.places.mix < 1.0 {
                thread_from_above(&p.places, from, a)
            } else {
                format!("{start}{}", bow(from, a))
            };
            (near + &along, ["M", &tenths(b.x), " ", &tenths(b.y), &bow(b, end)].concat())
        }
        None => (String::new(), format!("{start}{}", bow(from, end))),
    };
    let left = clock(pin.left_s);
    let msg = if broken { Msg::PinBroken } else { Msg::PinLabel };
    let label = fill(p.lang, msg, &[&pin.node, &pin.client, &pin.pod, &left]);
    let other = p.alone && pin.service_key() != p.focus;
    let class = classes!(format!("c{colour}"), broken.then_some("broken"), other.then_some("dim"));
    Some(html! {
        <g {class} data-pin={pin.node.clone()}>
            <path d={near} class="thread" />
            <path d={far} class="thread end" />
            if broken {
                <g role="img" aria-label={label.clone()}>
                    <title>{ label }</title>
                    <text x={n(c.x)} y={n(c.y + 5.0)} text-anchor="middle" class="cut">{ "✂" }</text>
                </g>
            } else {
                { thing(label.clone(), &p.act, Action::List(ListAct::Show(Some(ListKind::Affinity))), html! { <><title>{ label }</title>{ ring(pin, c) }</> }) }
            }
        </g>
    })
}

/// What is left of the timeout, as an arc and in figures.
fn ring(pin: &PinView, c: Point) -> Html {
    let share = pin.left_s as f64 / pin.timeout_s.max(1) as f64;
    let turn = 2.0 * std::f64::consts::PI * share.clamp(0.0, 0.98);
    // The browser's sine: Rust's would come along as code.
    let (ex, ey) = (c.x + RING * js_sys::Math::sin(turn), c.y - RING * js_sys::Math::cos(turn));
    let (x, top, r, large) = (tenths(c.x), tenths(c.y - RING), tenths(RING), if share > 0.5 { "1" } else { "0" });
    let arc = format!("M{x} {top}A{r} {r} 0 {large} 1 {} {}", tenths(ex), tenths(ey));
    html! {
        <>
            <circle cx={n(c.x)} cy={n(c.y)} r={n(RING)} class="ring" />
            <path d={arc} class="ring-left" />
            <text x={n(c.x)} y={n(c.y + 3.5)} text-anchor="middle" class="m pin-left">{ clock(pin.left_s) }</text>
        </>
    }
}

/// `2h59`, below an hour `59:07`.
fn clock(s: u64) -> String {
    if s >= 3_600 { format!("{}h{:02}", s / 3_600, s / 60 % 60) } else { format!("{}:{:02}", s / 60, s % 60) }
}
