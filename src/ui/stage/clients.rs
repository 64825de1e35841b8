//! Who is outside.

use super::Props;
use super::draw::{n, tenths};
use crate::playground::view::{ClientView, Place};
use crate::ui::layout::{CLIENT_R, Spot};
use crate::ui::text::{Msg, fill, say};
use yew::prelude::*;

#[inline(never)]
pub(super) fn client(p: &Props, c: &ClientView, spot: &Spot) -> Html {
    let at = spot.rect.centre();
    let name = if c.id == "user" { say(p.lang, Msg::UserMachine).to_string() } else { c.id.clone() };
    // Above the nodes there is room beside the circle, left of the Services only below it.
    let beside = p.places.narrow && p.places.mix < 0.5;
    let (x, y) = if beside { (at.x + CLIENT_R + 8.0, at.y + 4.0) } else { (at.x, at.y + CLIENT_R + 16.0) };
    let anchor = if beside { "start" } else { "middle" };
    html! {
        <g data-place={Place::Client(c.id.as_str().into()).id()} role="img" aria-label={fill(p.lang, Msg::ClientLabel, &[&name, &c.ip])}>
            <circle cx={n(at.x)} cy={n(at.y)} r={n(CLIENT_R)} class="client" />
            <path d="M-8 -8h16v11h-16z M-11 7h22" transform={format!("translate({} {})", tenths(at.x), tenths(at.y))} class="wire hot" />
            <text x={n(x)} y={n(y)} text-anchor={anchor} class="small">{ name }</text>
            <text x={n(x)} y={n(y + 15.0)} text-anchor={anchor} class="m t2 small">{ c.ip.clone() }</text>
        </g>
    }
}
