//! Nodes: rooms with a door per NodePort.

use super::Props;
use super::draw::{box_of, n, standing, thing, words};
use super::pods::pod;
use super::proxy::proxy;
use crate::playground::view::{NodeView, Place};
use crate::ui::app::{Action, Menu};
use crate::ui::layout::{Point, Rect, Room};
use crate::ui::text::{Msg, fill, say};
use yew::prelude::*;

pub(super) fn room(p: &Props, i: usize, node: &NodeView, r: &Room) -> Html {
    // What `kubectl get nodes` says, and that the machine is off, which the cluster learns later.
    let mut state =
        vec![if node.ready { "" } else { "NotReady" }, if node.schedulable { "" } else { "SchedulingDisabled" }];
    state.push(if node.up { "" } else { say(p.lang, Msg::NodeOff) });
    state.retain(|s| !s.is_empty());
    let state = state.join(", ");
    let off = (!node.up || !node.ready || !node.schedulable).then_some("off");
    let label = [fill(p.lang, Msg::NodeLabel, &[&node.name, &node.ip]), state.clone()];
    let label = label.iter().filter(|s| !s.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let x = r.rect.x + if p.places.narrow { 12.0 } else { 50.0 };
    let name_w = node.name.chars().count() as f64 * 7.6 + 10.0;
    let menu = Action::OpenMenu(Menu::Node(node.name.clone()), Point { x, y: r.rect.y + 28.0 });
    let head = html! {
        <>
            <rect x={n(x - 4.0)} y={n(r.rect.y + 4.0)} width={n(name_w + 96.0)} height="24" fill="transparent" />
            { words(x, r.rect.y + 20.0, "node-name", node.name.clone()) }
            { words(x + name_w, r.rect.y + 20.0, "m t2 small", node.ip.clone()) }
        </>
    };
    let before: usize = p.scene.nodes.iter().take(i).map(|n| n.pods.len()).sum();
    let marks = p.marks.saturating_sub(before);
    let pods = node.pods.iter().zip(&r.pods).take(marks).map(|(v, r)| pod(p, v, r));
    let doors = r.doors.iter().enumerate().map(|(d, rect)| door(p, node, d, rect));
    html! {
        <g>
            { box_of(&r.rect, classes!("room", off), 12.0) }
            { thing(label, &p.act, menu, head) }
            <text x={n(r.rect.x + r.rect.w - 12.0)} y={n(r.rect.y + 20.0)} text-anchor="end" class="t2 small">{ state }</text>
            { proxy(p, i, &r.proxy) }
            if node.pods.is_empty() { { words(r.proxy.x + r.proxy.w + 26.0, r.proxy.y + 20.0, "t2 small", say(p.lang, Msg::NoPods).into()) } }
            { for pods }
            { for doors }
        </g>
    }
}

#[inline(never)]
fn door(p: &Props, node: &NodeView, i: usize, r: &Rect) -> Html {
    let d = &node.doors[i];
    let port = d.port.to_string();
    let mut label = fill(p.lang, Msg::DoorLabel, &[&node.name, &port, &d.service]);
    if !d.open {
        label = format!("{label}: {}", say(p.lang, Msg::DoorShut));
    }
    let (class, text) = if d.open { ("door", "door-text") } else { ("door shut", "door-text shut") };
    let c = r.centre();
    let body = html! {
        <>
            <title>{ label.clone() }</title>
            { box_of(r, classes!(class), 5.0) }
            <text x={n(c.x)} y={n(c.y + 4.0)} text-anchor="middle" class={text}>{ format!(":{port}") }</text>
        </>
    };
    let place = Place::Door(node.name.as_str().into(), d.port);
    standing(&place, thing(label, &p.act, Action::To(format!("{}:{port}", node.ip)), body))
}
