//! The strip under the stage: answers by Pod against what chance would give.

use super::Props;
use super::draw::n;
use crate::playground::view::{PodView, ServiceView};
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
    // A pinned client's requests are no draws.
    let drawn = service.affinity_s.is_none();
    let expected = 1.0 / pods.len() as f64;
    // One standard deviation of a share drawn `total` times.
    let spread = (expected * (1.0 - expected) / total as f64).sqrt();
    let bars = pods.iter().take(12).map(|v| {
        let (count, share) = (served(v), served(v) as f64 / total as f64);
        html! {
            <span class="bar"><span class={format!("swatch c{}", v.colour)}>{ v.letter.clone() }</span>
            <svg width="62" height="14" viewBox="0 0 62 14" aria-hidden="true">
                if drawn { <rect x={n((expected - 2.0 * spread).max(0.0) * 60.0)} y="0" width={n((4.0 * spread * 60.0).min(60.0))} height="14" class="proxy" /> }
                <rect x="0" y="3" width={n(share * 60.0)} height="8" class={format!("mark c{}", v.colour)} />
                if drawn { <rect x={n(expected * 60.0)} y="0" width="1.5" height="14" class="tick" /> }
            </svg>
            { format!("{count} · {:.0} %", share * 100.0) }</span>
        }
    });
    html! { <div class="strip" id="strip" aria-label={say(p.lang, Msg::Distribution)} role="group"><span>{ service.name.clone() }</span>{ for bars }if drawn { <span>{ fill(p.lang, Msg::Expected, &[&pods.len().to_string()]) }</span> }</div> }
}
