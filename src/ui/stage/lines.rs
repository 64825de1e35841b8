//! Connections that clients keep: lines that stay from client to Pod, each with its count of requests.

use super::Props;
use super::draw::{n, thing};
use crate::playground::view::{LineEnd, LineView, Place};
use crate::ui::app::{Action, SendAct};
use crate::ui::inspector::place_name;
use crate::ui::layout::{CLIENT_R, Point, SAMPLES, outline, track};
use crate::ui::text::{SendMsg, fill, say};
use yew::prelude::*;

/// How it ended, in a word for which there is room between things.
fn short(p: &Props, end: LineEnd) -> &'static str {
    match end {
        LineEnd::ByServer => "FIN",
        LineEnd::Reset => "RST",
        LineEnd::ByClient => say(p.lang, SendMsg::Closed),
        LineEnd::TimedOut => say(p.lang, SendMsg::TimedOut),
    }
}

#[inline(never)] // kept apart: no connection is kept on a page at rest
pub(super) fn line(p: &Props, line: &LineView) -> Option<Html> {
    let way = track(&p.places, line.stops.iter(), &line.service);
    let d = outline(&way);
    let point = |i: usize| Some(Point { x: f64::from(*way.get(2 * i)?), y: f64::from(*way.get(2 * i + 1)?) });
    let (start, end) = (point(0)?, point(way.len() / 2 - 1)?);
    // The count stands on the first leg, clear of its client.
    let clear = |p: &Point| (p.x - start.x).abs().max((p.y - start.y).abs()) >= 2.0 * CLIENT_R - 4.0;
    let at = (0..SAMPLES).filter_map(point).find(clear).or_else(|| point(SAMPLES / 2))?;
    if at.x.is_nan() || end.x.is_nan() {
        return None;
    }
    let colour = p.scene.pod(&line.pod).map(|v| format!("c{}", v.colour));
    let class = classes!("kept", colour, line.end.is_some().then_some("ended"));
    let (id, count) = (line.id.to_string(), line.requests.to_string());
    let from = line.stops.first().map(|s| place_name(p.lang, s)).unwrap_or_default();
    let path = html! { <path {d} class="way" /> };
    if let Some(how) = line.end {
        let why = crate::ui::app::end_name(p.lang, how);
        let label = fill(p.lang, SendMsg::LineEnded, &[&id, why]);
        let text = format!("✕ {}", short(p, how));
        let half = text.chars().count() as f64 * 3.4 + 8.0;
        let x = end.x.clamp(half, (p.places.width - half).max(half));
        return Some(html! {
            <g {class} role="img" aria-label={label.clone()} data-line={id}>
                <title>{ label.clone() }</title>
                { path }
                <rect x={n(x - half)} y={n(end.y - 11.0)} width={n(2.0 * half)} height="22" rx="6" class="count" />
                <text x={n(x)} y={n(end.y + 4.0)} text-anchor="middle" class="small">{ text }</text>
            </g>
        });
    }
    let label =
        fill(p.lang, SendMsg::LineLabel, &[&id, &from, &place_name(p.lang, &Place::Pod(line.pod.clone())), &count]);
    let half = (count.len() as f64 * 3.6 + 8.0).max(13.0);
    let body = html! {
        <>
            <title>{ label.clone() }</title>
            { path }
            <rect x={n(at.x - half)} y={n(at.y - 12.0)} width={n(2.0 * half)} height="24" rx="12" class="count" />
            <text x={n(at.x)} y={n(at.y + 4.0)} text-anchor="middle" class="m small">{ count }</text>
        </>
    };
    let button = thing(label, &p.act, Action::Sending(SendAct::HangUp(line.id)), body);
    Some(html! { <g {class} data-line={id}>{ button }</g> })
}
