//! Pins: a thread from client to Pod, with a ring that empties as the timeout runs.

use super::Props;
use super::draw::n;
use crate::playground::view::PinView;
use crate::ui::layout::Point;
use crate::ui::text::{Msg, fill};
use yew::prelude::*;

/// Where a client address stands on the stage.
fn address(p: &Props, ip: &str) -> Option<Point> {
    if let Some(client) = p.scene.clients.iter().find(|c| c.ip == ip) {
        return p.places.clients.iter().find(|s| s.key == client.id).map(|s| s.rect.centre());
    }
    let pod = p.scene.pods().find(|v| v.ip == ip)?;
    p.places.pod(&pod.key).map(|r| Point { x: r.x, y: r.y + r.h / 2.0 })
}

#[inline(never)]
pub(super) fn thread(p: &Props, pin: &PinView) -> Option<Html> {
    let (a, to) = (address(p, &pin.client)?, p.places.pod(&pin.pod)?);
    let colour = p.scene.pod(&pin.pod)?.colour;
    let b = Point { x: to.x, y: to.y + to.h - 8.0 };
    let bow = 60.0;
    let d = format!(
        "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
        a.x,
        a.y,
        a.x + bow,
        a.y - bow,
        b.x - bow - 30.0,
        b.y + bow * 0.6,
        b.x,
        b.y
    );
    let label = fill(p.lang, Msg::PinLabel, &[&pin.node, &pin.client, &pin.pod, &pin.left_s.to_string()]);
    let share = pin.left_s as f64 / pin.timeout_s.max(1) as f64;
    let (cx, cy, r) = (b.x - 14.0, b.y - 4.0, 11.0);
    let turn = 2.0 * std::f64::consts::PI * share.clamp(0.0, 0.9999);
    // The browser's sine: Rust's would come along as code.
    let (ex, ey) = (cx + r * js_sys::Math::sin(turn), cy - r * js_sys::Math::cos(turn));
    let arc = format!("M{cx:.1} {:.1}A{r} {r} 0 {} 1 {ex:.1} {ey:.1}", cy - r, i32::from(share > 0.5));
    let left = if pin.left_s >= 3_600 {
        format!("{}h", pin.left_s / 3_600)
    } else if pin.left_s >= 60 {
        format!("{}m", pin.left_s / 60)
    } else {
        pin.left_s.to_string()
    };
    Some(html! {
        <g class={format!("c{colour}")} role="img" aria-label={label.clone()}>
            <title>{ label }</title>
            <path {d} class="thread" />
            <circle cx={n(cx)} cy={n(cy)} r={n(r)} class="ring" />
            <path d={arc} class="ring-left" />
            <text x={n(cx)} y={n(cy + 3.5)} text-anchor="middle" class="m tiny">{ left }</text>
        </g>
    })
}
