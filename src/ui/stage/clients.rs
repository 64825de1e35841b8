//! Who is outside: each can be chosen to send.

use super::Props;
use super::draw::{n, standing, tenths, thing};
use crate::playground::view::{ClientView, Place};
use crate::playground::{ALL_CLIENTS, USER};
use crate::ui::app::Action;
use crate::ui::layout::{CLIENT_R, Point, Spot};
use crate::ui::text::{Msg, fill, say};
use yew::prelude::*;

/// A laptop for the user's machine, their names for the others.
fn face(c: &ClientView, at: &Point) -> Html {
    if c.id == USER {
        return html! { <path d="M-8 -8h16v11h-16z M-11 7h22" transform={format!("translate({} {})", tenths(at.x), tenths(at.y))} class="wire hot" /> };
    }
    html! { <text x={n(at.x)} y={n(at.y + 5.0)} text-anchor="middle">{ c.id.clone() }</text> }
}

#[inline(never)]
pub(super) fn client(p: &Props, c: &ClientView, spot: &Spot) -> Html {
    let at = spot.rect.centre();
    let user = c.id == USER;
    let name = if user { say(p.lang, Msg::UserMachine).to_string() } else { String::new() };
    // Above the nodes there is room beside the circle for two, left of the Services only below it.
    let beside = p.places.narrow && p.places.mix < 0.5 && p.scene.clients.len() < 3;
    let (x, y) = if beside { (at.x + CLIENT_R + 8.0, at.y + 4.0) } else { (at.x, at.y + CLIENT_R + 16.0) };
    let anchor = if beside { "start" } else { "middle" };
    let sends = c.id == p.from || p.from == ALL_CLIENTS;
    let label = fill(p.lang, Msg::ClientLabel, &[if user { &name } else { &c.id }, &c.ip]);
    let body = html! {
        <>
            <circle cx={n(at.x)} cy={n(at.y)} r={n(CLIENT_R)} class={classes!("client", sends.then_some("sends"))} />
            { face(c, &at) }
            if user { <text x={n(x)} y={n(y)} text-anchor={anchor} class="small">{ name }</text> }
            <text x={n(x)} y={n(if user { y + 15.0 } else { y })} text-anchor={anchor} class="m t2 small">{ c.ip.clone() }</text>
        </>
    };
    let id = c.id.clone();
    standing(&Place::Client(c.id.as_str().into()), thing(label, &p.act, Action::From(id), body))
}
