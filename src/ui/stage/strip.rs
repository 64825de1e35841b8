//! The strip under the stage: answers by Pod against what chance would give.

use super::Props;
use super::draw::{box_of, n};
use crate::playground::view::{PodView, ServiceView};
use crate::ui::layout::Rect;
use crate::ui::text::{Msg, fill, say};
use yew::prelude::*;

/// How many requests a Pod answered.
pub(super) fn served(p: &Props, key: &str) -> u64 {
    p.served.get(key).copied().unwrap_or(0)
}

/// How many the Pods that take a Service's requests answered.
fn total(p: &Props, service: &ServiceView) -> u64 {
    service.ready.iter().map(|key| served(p, key)).sum()
}

/// In the Logical lens, a Pod's share of its Service's answers; before the first one, its chance. The Service is the one
/// in focus, if it sends to the Pod.
pub(super) fn share(p: &Props, key: &str) -> Option<String> {
    let sends = |s: &&ServiceView| s.ready.iter().any(|k| k == key);
    let service = p.scene.services.iter().filter(sends).max_by_key(|s| s.key == p.focus)?;
    Some(match total(p, service) {
        _ if p.places.mix < 0.5 => return None,
        0 => format!("1/{}", service.ready.len()),
        total => format!("{:.0} %", 100.0 * served(p, key) as f64 / total as f64),
    })
}

/// The strip under the stage: answers by Pod against what chance would give.
#[inline(never)]
pub(super) fn strip(p: &Props) -> Html {
    let Some(service) = p.scene.services.iter().find(|s| s.key == p.focus) else { return html! {} };
    // Nobody chooses among the Pods of these.
    let note = match (service.kind.as_str(), service.cluster_ip.as_str()) {
        ("ExternalName", _) => Some(Msg::ExternalStrip),
        (_, "None") => Some(Msg::HeadlessStrip),
        _ => None,
    };
    if let Some(note) = note {
        return html! { <div class="strip" id="strip"><span>{ service.name.clone() }</span><span>{ fill(p.lang, note, &[&service.external]) }</span></div> };
    }
    let pods: Vec<&PodView> = service.ready.iter().filter_map(|k| p.scene.pod(k)).collect();
    let served = |v: &PodView| served(p, &v.key);
    let total = total(p, service);
    if pods.is_empty() || total == 0 {
        return html! {};
    }
    // A pinned client's requests are no draws, and with a policy Local it matters through which node they come.
    let drawn = service.affinity_s.is_none() && !service.local;
    let expected = 1.0 / pods.len() as f64;
    // One standard deviation of a share drawn `total` times.
    let spread = (expected * (1.0 - expected) / total as f64).sqrt();
    let bars = pods.iter().map(|v| {
        let (count, share) = (served(v), served(v) as f64 / total as f64);
        html! {
            <span class="bar"><span class={format!("swatch c{}", v.colour)}>{ v.letter.clone() }</span>
            <svg width="50" height="14" viewBox="0 0 62 14" preserveAspectRatio="none" aria-hidden="true">
                <rect x="0" y="3" width="62" height="8" class="track" />
                if drawn { <rect x={n((expected - 2.0 * spread).max(0.0) * 60.0)} y="0" width={n((4.0 * spread * 60.0).min(60.0))} height="14" class="proxy" /> }
                <rect x="0" y="3" width={n(share * 60.0)} height="8" class={format!("mark c{}", v.colour)} />
                if drawn { <rect x={n(expected * 60.0)} y="0" width="1.5" height="14" class="tick" /> }
            </svg>
            <span title={count.to_string()}>{ format!("{:.0} %", share * 100.0) }</span></span>
        }
    });
    let bars = if pods.len() > BARS_MAX {
        columns(p, &pods, total, drawn.then_some((expected, spread)))
    } else {
        html! { { for bars } }
    };
    html! { <div class="strip" id="strip" aria-label={say(p.lang, Msg::Distribution)} role="group"><span class="aside">{ service.name.clone() }</span>{ bars }if drawn { <span class="aside">{ fill(p.lang, Msg::Expected, &[&pods.len().to_string()]) }</span> }</div> }
}

/// More Pods than these have a column each instead of a row.
const BARS_MAX: usize = 12;

/// A thin column a Pod, over what chance would give: expected share and its deviation.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
fn columns(p: &Props, pods: &[&PodView], total: u64, chance: Option<(f64, f64)>) -> Html {
    const H: f64 = 24.0;
    let counts: Vec<u64> = pods.iter().map(|v| served(p, &v.key)).collect();
    let (least, most) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
    let w = (480.0 / pods.len() as f64).floor().clamp(2.0, 10.0);
    let whole = w * pods.len() as f64;
    let top = chance.map_or(0.0, |(share, spread)| (share + 2.0 * spread) * total as f64).max(most as f64).max(1.0);
    let y = |count: f64| H * (1.0 - count.clamp(0.0, top) / top);
    let band = chance.map(|(share, spread)| {
        let at = |deviations: f64| y((share + deviations * spread) * total as f64);
        let normal = Rect { x: 0.0, y: at(2.0), w: whole, h: at(-2.0) - at(2.0) };
        html! { <>{ box_of(&normal, classes!("track"), 0.0) }<line x1="0" x2={n(whole)} y1={n(at(0.0))} y2={n(at(0.0))} class="expected" /></> }
    });
    let column = |(i, (v, count)): (usize, (&&PodView, &u64))| {
        let (x, top) = (i as f64 * w, y(*count as f64));
        html! { <g><title>{ format!("{}: {count}", v.name) }</title>{ box_of(&Rect { x, y: top, w: w - 1.0, h: H - top }, classes!(format!("mark c{}", v.colour)), 0.0) }</g> }
    };
    let told = fill(p.lang, Msg::Spread, &[&pods.len().to_string(), &least.to_string(), &most.to_string()]);
    html! {
        <>
            <svg width={n(whole)} height={n(H)} aria-hidden="true">{ band }{ for pods.iter().zip(&counts).enumerate().map(column) }</svg>
            <span>{ told }</span>
        </>
    }
}
