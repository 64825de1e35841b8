//! Where requests died, with the reason beside it for as long as their dots rest there; that of the request looked at
//! stays.

use super::Props;
use super::draw::{box_of, n, width};
use crate::ui::layout::{Point, Rect};
use yew::prelude::*;

/// Requests that died at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Death {
    /// Number of the newest one.
    pub id: u64,
    /// Where.
    pub at: Point,
    /// Why, in the network's words.
    pub why: String,
    /// How many.
    pub count: usize,
}

/// All of them.
#[inline(never)]
pub fn deaths(p: &Props) -> Html {
    let mut taken: Vec<Rect> = Vec::new();
    let all: Vec<Html> = p.deaths.iter().map(|d| death(p, d, &mut taken)).collect();
    html! { { for all } }
}

fn death(p: &Props, d: &Death, taken: &mut Vec<Rect>) -> Html {
    let text = if d.count > 1 { format!("{} ×{}", d.why, d.count) } else { d.why.clone() };
    let w = width(&text, 6.3) + 14.0;
    // Beside the dot; below it where there is no room.
    let beside = d.at.x + 12.0 + w < p.places.width - 4.0;
    let x = if beside { d.at.x + 12.0 } else { (p.places.width - w - 6.0).max(4.0) };
    let mut r = Rect { x, y: d.at.y + if beside { -10.0 } else { 11.0 }, w, h: 20.0 };
    while taken.iter().any(|t| t.overlaps(&r)) {
        r.y += 22.0;
    }
    taken.push(r);
    html! {
        <g class="death" role="img" aria-label={text.clone()}>
            <circle cx={n(d.at.x)} cy={n(d.at.y)} r="7" />
            <text class="x" x={n(d.at.x)} y={n(d.at.y + 4.0)} text-anchor="middle">{ "✕" }</text>
            { box_of(&r, classes!(), 5.0) }
            <text x={n(r.x + 7.0)} y={n(r.y + 14.0)}>{ text }</text>
        </g>
    }
}
