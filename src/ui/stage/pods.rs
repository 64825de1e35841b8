//! Pods' marks.

use super::Props;
use super::draw::{box_of, cut, n, standing, thing, words};
use crate::playground::view::{Place, PodLook, PodView};
use crate::ui::app::{Act, Action, Menu};
use crate::ui::layout::{Point, Rect};
use crate::ui::text::{Lang, Msg, fill};
use std::rc::Rc;
use yew::prelude::*;

fn look_class(look: PodLook) -> &'static str {
    match look {
        PodLook::Creating => "creating",
        PodLook::NotReady => "notready",
        PodLook::Ready => "",
        PodLook::Terminating => "terminating",
        PodLook::Failed => "failed",
        PodLook::Completed => "completed",
    }
}

/// What a Pod's mark shows. Pods are many and change one by one: only those that did are rendered.
#[derive(Clone, PartialEq, Properties)]
struct PodProps {
    lang: Lang,
    pod: Rc<PodView>,
    served: u64,
    place: Rect,
    /// Whether the Service in focus doesn't select it.
    dim: bool,
    act: Act,
}

#[inline(never)]
pub(super) fn pod(p: &Props, pod: &Rc<PodView>, r: &Rect) -> Html {
    let focused = p.scene.services.iter().find(|s| s.key == p.focus);
    let dim = focused.is_some_and(|s| !s.selects.contains(&pod.key));
    let served = p.served.get(pod.key.as_str()).copied().unwrap_or(0);
    html! { <PodMark key={pod.key.clone()} lang={p.lang} pod={pod.clone()} {served} place={*r} {dim} act={p.act.clone()} /> }
}

#[function_component]
fn PodMark(p: &PodProps) -> Html {
    let (pod, r) = (&*p.pod, &p.place);
    let served = p.served.to_string();
    let label = fill(p.lang, Msg::PodLabel, &[&pod.name, &pod.status, &pod.ip, &served]);
    let class = classes!("pod", format!("c{}", pod.colour), look_class(pod.look), p.dim.then_some("dim"));
    let colour = format!("mark c{}", pod.colour);
    let big = r.h >= 48.0;
    let (mx, my) = (r.x + 16.0, if big { r.y + 19.0 } else { r.y + r.h / 2.0 });
    let name_w = r.w - 54.0 - served.len() as f64 * 8.0;
    let name = if r.w < 90.0 { String::new() } else { cut(&pod.name, name_w, 7.0) };
    let ready = pod.look == PodLook::Ready;
    let below = if ready || pod.ip.is_empty() { pod.ip.clone() } else { format!("{} {}", pod.status, pod.ip) };
    let below = if below.is_empty() { pod.status.clone() } else { below };
    let body = html! {
        <>
            <title>{ label.clone() }</title>
            { box_of(r, class, 10.0) }
            <circle cx={n(mx)} cy={n(my)} r="8" class={colour} />
            <text x={n(mx)} y={n(my + 3.5)} text-anchor="middle" class="mark-text">{ pod.letter.clone() }</text>
            { words(r.x + 29.0, my + 4.5, "", name) }
            <text x={n(r.x + r.w - 10.0)} y={n(my + 4.5)} text-anchor="end" class="m">{ served }</text>
            if big { { words(r.x + 12.0, r.y + r.h - 10.0, "m t2 small", cut(&below, r.w - 20.0, 6.7)) } }
        </>
    };
    let menu = Action::OpenMenu(Menu::Pod(pod.key.clone()), Point { x: r.x + 12.0, y: r.y + r.h + 2.0 });
    standing(&Place::Pod(pod.key.as_str().into()), thing(label, &p.act, menu, body))
}
