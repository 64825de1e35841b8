//! Pods' marks, and marks of groups of them.

use super::Props;
use super::draw::{box_of, cut, expander, marked, n, sends, thing, width, words};
use super::strip::{served, share};
use crate::playground::view::{ClientView, Place, PodLook, PodView, full_name};
use crate::ui::app::{Act, Action, Menu};
use crate::ui::inspector::place_name;
use crate::ui::layout::{Cell, Point, Rect, Shows};
use crate::ui::text::{Lang, Msg, fill, say};
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
    /// Its share of a Service's answers, where that is shown; else who is pinned to it.
    aside: Option<String>,
    /// Whether it is the chosen sender.
    sends: bool,
    place: Rect,
    /// Whether the Service in focus doesn't select it.
    dim: bool,
    /// The labels by which the Service selects it that the pointer is on.
    lit: Option<String>,
    act: Act,
}

/// A cell with what it shows.
pub(super) fn cell(p: &Props, c: &Cell) -> Html {
    match &c.shows {
        Shows::Pod(v) => pod(p, v, &c.rect),
        Shows::Group(pods) => group(p, c, pods),
    }
}

#[inline(never)]
fn pod(p: &Props, pod: &Rc<PodView>, r: &Rect) -> Html {
    let selected = |key: &str| p.scene.services.iter().find(|s| s.key == key).filter(|s| s.selects.contains(&pod.key));
    let lit = match &p.hover {
        Some(Menu::Service(key)) => selected(key).map(|s| s.selector.clone()),
        _ => None,
    };
    let dim = lit.is_none() && p.alone && selected(&p.focus).is_none();
    let (served, aside) = (served(p, &pod.key), share(p, &pod.key).or_else(|| pinned(p, &pod.key)));
    html! { <PodMark key={pod.key.clone()} lang={p.lang} pod={pod.clone()} {served} {aside} sends={p.from == pod.key} place={*r} {dim} {lit} act={p.act.clone()} /> }
}

/// Who is pinned to a Pod: one client's name, or how many they are.
fn pinned(p: &Props, key: &str) -> Option<String> {
    let mut ips: Vec<&str> = p.pins.iter().filter(|pin| pin.pod == key).map(|pin| pin.client.as_str()).collect();
    ips.sort_unstable();
    ips.dedup();
    let who = match ips.as_slice() {
        [] => return None,
        [ip] => {
            let client = p.scene.clients.iter().find(|c| c.ip == *ip);
            let pod = || p.scene.pods().find(|v| v.ip == *ip).map(|v| v.name.clone());
            let place = |c: &ClientView| place_name(p.lang, &Place::Client(c.id.as_str().into()));
            client.map(place).or_else(pod).unwrap_or_else(|| ip.to_string())
        }
        more => more.len().to_string(),
    };
    Some(fill(p.lang, Msg::PinnedBy, &[&who]))
}

/// Where a Pod's cell, or a group's, says that it sends.
fn tag(r: &Rect) -> Point {
    Point { x: r.x + r.w - 30.0, y: r.y - 1.0 }
}

#[function_component]
fn PodMark(p: &PodProps) -> Html {
    let (pod, r) = (&*p.pod, &p.place);
    let served = p.served.to_string();
    let aside = p.aside.clone().unwrap_or_default();
    let mut label = fill(p.lang, Msg::PodLabel, &[full_name(&pod.key), &pod.status, &pod.ip, &served]);
    if !aside.is_empty() {
        label = format!("{label}, {aside}");
    }
    if p.sends {
        label = format!("{label}, {}", say(p.lang, Msg::Sends));
    }
    let class = classes!("pod", format!("c{}", pod.colour), look_class(pod.look));
    let how = if p.lit.is_some() { Some("lit") } else { p.dim.then_some("dim") };
    let colour = format!("mark c{}", pod.colour);
    let big = r.two_lines();
    let Point { x: mx, y: my } = r.mark();
    let name_w = r.w - 54.0 - served.len() as f64 * 8.0;
    let name = if r.w < 90.0 { String::new() } else { cut(&pod.name, name_w, 7.4) };
    let ready = pod.look == PodLook::Ready;
    let both = format!("{} {}", pod.status, pod.ip);
    let below = match ready {
        true => pod.ip.clone(),
        // What is the matter comes before where.
        false if pod.ip.is_empty() || width(&both, 6.7) > r.w - 20.0 => pod.status.clone(),
        false => both,
    };
    let below = if below.is_empty() { pod.status.clone() } else { below };
    let below = if pod.namespace == "default" { below } else { format!("{} {below}", pod.namespace) };
    let below = p.lit.clone().unwrap_or(below);
    // Both where there is room, else what it is.
    let aside = if width(&below, 6.7) + width(&aside, 6.7) < r.w - 28.0 { aside } else { String::new() };
    let shown = cut(&below, r.w - 20.0 - width(&aside, 6.7), 6.7);
    let body = html! {
        <>
            <title>{ label.clone() }</title>
            { box_of(r, class, 10.0) }
            <circle cx={n(mx)} cy={n(my)} r="8" class={colour} />
            <text x={n(mx)} y={n(my + 3.5)} text-anchor="middle" class="mark-text">{ pod.letter.clone() }</text>
            { words(r.x + 29.0, my + 4.5, "", name) }
            <text x={n(r.x + r.w - 10.0)} y={n(my + 4.5)} text-anchor="end" class="m">{ served }</text>
            if big {
                { words(r.x + 12.0, r.y + r.h * 0.8, "m t2 small", shown) }
                if !aside.is_empty() { <text x={n(r.x + r.w - 10.0)} y={n(r.y + r.h * 0.8)} text-anchor="end" class="m small share">{ aside.clone() }</text> }
            }
            if p.sends { { sends(p.lang, tag(r)) } }
        </>
    };
    let menu = Action::OpenMenu(Menu::Pod(pod.key.clone()), Point { x: r.x + 12.0, y: r.y + r.h + 2.0 });
    marked(&Place::Pod(pod.key.as_str().into()), how, thing(label, &p.act, menu, body))
}

/// Many Pods of one owner: how many there are and how many of them are ready; opens and closes by a click.
#[inline(never)]
fn group(p: &Props, c: &Cell, pods: &[Rc<PodView>]) -> Html {
    let r = &c.rect;
    let ready = pods.iter().filter(|v| v.look == PodLook::Ready).count();
    let served: u64 = pods.iter().map(|v| served(p, &v.key)).sum();
    let first = |o: &Cell| matches!(&o.shows, Shows::Pod(v) if pods.first().is_some_and(|f| f.key == v.key));
    let open = p.places.cells.iter().any(first);
    let owner = pods.first().map_or("", |v| v.owner.as_str());
    let (count, served) = (format!("{ready}/{}", pods.len()), served.to_string());
    let label = fill(p.lang, Msg::GroupLabel, &[owner, &pods.len().to_string(), &ready.to_string(), &served]);
    let name = owner.split_once('/').map_or(owner, |(_, name)| name);
    let big = r.h >= 40.0;
    let y = if big { r.y + 17.0 } else { r.y + r.h / 2.0 + 4.0 };
    let sign = if open { "▾" } else { "▸" };
    let body = html! {
        <>
            <title>{ label.clone() }</title>
            if r.w > 90.0 && !open { { box_of(&Rect { x: r.x + 3.0, y: r.y + 3.0, ..*r }, classes!("pod", "under"), 10.0) } }
            { box_of(r, classes!("pod", "group", (ready < pods.len()).then_some("notready")), 10.0) }
            { words(r.x + 8.0, y, "t2", sign.into()) }
            { words(r.x + 22.0, y, "", cut(name, r.w - 30.0, 7.0)) }
            if big {
                { words(r.x + 22.0, y + 15.0, "m t2 small", count) }
                <text x={n(r.x + r.w - 10.0)} y={n(y + 15.0)} text-anchor="end" class="m small">{ served }</text>
            }
            if !open && pods.iter().any(|v| v.key == p.from) { { sends(p.lang, tag(r)) } }
        </>
    };
    let button = expander(label, Some(open), &p.act, Action::Group(c.key.clone()), body);
    let services = |key: &str| p.scene.services.iter().find(|s| s.key == key);
    let selects = |key: &str| services(key).is_some_and(|s| pods.iter().any(|v| s.selects.contains(&v.key)));
    let how = match &p.hover {
        Some(Menu::Service(key)) if selects(key) => Some("lit"),
        _ => (p.alone && !selects(&p.focus)).then_some("dim"),
    };
    html! { <g key={c.key.clone()} class={how}>{ button }</g> }
}
