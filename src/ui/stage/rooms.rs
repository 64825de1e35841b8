//! Nodes: rooms with a door per NodePort.

use super::Props;
use super::draw::{box_of, marked, n, sends, standing, thing, words};
use super::proxy::proxy;
use crate::playground::view::{DoorView, NodeView, Place};
use crate::ui::app::{Action, Menu};
use crate::ui::layout::{Point, Rect, Room};
use crate::ui::text::{Msg, fill, say};
use yew::prelude::*;

/// What is behind the ways: the cluster's wall and the rooms'.
#[inline(never)]
pub(super) fn rooms(p: &Props) -> Html {
    let q = &p.places;
    let walls = q.rooms.iter().filter_map(|r| {
        let node = p.scene.nodes.iter().find(|n| n.name == r.node)?;
        let off = (!node.up || !node.ready || !node.schedulable).then_some("off");
        Some(box_of(&r.rect, classes!("room", off), 12.0))
    });
    html! {
        <g opacity={n(1.0 - q.mix)}>
            { box_of(&q.cluster, classes!("cluster-wall"), 14.0) }
            if !q.narrow { { words(14.0, 92.0, "t2 small", say(p.lang, Msg::OutsideCluster).into()) } }
            { for walls }
            if let Some(at) = q.pending { { words(at.x, at.y, "t2 small", say(p.lang, Msg::PendingPods).into()) } }
        </g>
    }
}

/// What is before the ways: names, kube-proxies, doors.
#[inline(never)]
pub(super) fn insides(p: &Props) -> Html {
    let node = |r: &Room| p.scene.nodes.iter().position(|n| n.name == r.node);
    let all = p.places.rooms.iter().filter_map(|r| {
        let i = node(r)?;
        Some(inside(p, i, p.scene.nodes.get(i)?, r))
    });
    html! { <g opacity={n(1.0 - p.places.mix)}>{ for all }</g> }
}

fn inside(p: &Props, i: usize, node: &NodeView, r: &Room) -> Html {
    // What `kubectl get nodes` says, and that the machine is off, which the cluster learns later.
    let mut state =
        vec![if node.ready { "" } else { "NotReady" }, if node.schedulable { "" } else { "SchedulingDisabled" }];
    state.push(if node.up { "" } else { say(p.lang, Msg::NodeOff) });
    state.retain(|s| !s.is_empty());
    let state = state.join(", ");
    let sender = p.from == node.name;
    let sending = if sender { say(p.lang, Msg::Sends) } else { "" };
    let label = [fill(p.lang, Msg::NodeLabel, &[&node.name, &node.ip]), state.clone(), sending.into()];
    let label = label.iter().filter(|s| !s.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let x = r.proxy.x;
    // Where a door is in the upper corner, the lower one is free.
    let state_y = if p.places.narrow { r.rect.y + r.rect.h - 2.0 } else { r.rect.y + 18.0 };
    let name_w = node.name.chars().count() as f64 * 7.6 + 10.0;
    let menu = Action::OpenMenu(Menu::Node(node.name.clone()), Point { x, y: r.rect.y + 26.0 });
    let head = html! {
        <>
            <rect x={n(x - 4.0)} y={n(r.rect.y + 2.0)} width={n(name_w + 96.0)} height="24" fill="transparent" />
            { words(x, r.rect.y + 18.0, "node-name", node.name.clone()) }
            { words(x + name_w, r.rect.y + 18.0, "m t2 small", node.ip.clone()) }
            if sender { { sends(p.lang, Point { x: x + name_w + 122.0, y: r.rect.y + 14.0 }) } }
        </>
    };
    let doors = node.doors.iter().zip(&r.doors).map(|(d, (_, rect))| door(p, node, d, rect));
    html! {
        <g key={node.name.clone()}>
            { standing(&Place::Node(node.name.as_str().into()), thing(label, &p.act, menu, head)) }
            <text x={n(r.rect.x + r.rect.w - 12.0)} y={n(state_y)} text-anchor="end" class="t2 small">{ state }</text>
            { proxy(p, i, &r.proxy) }
            if node.pods.is_empty() { { words(r.own.x + 10.0, r.own.y + 4.0, "t2 small", say(p.lang, Msg::NoPods).into()) } }
            { for doors }
        </g>
    }
}

#[inline(never)]
fn door(p: &Props, node: &NodeView, d: &DoorView, r: &Rect) -> Html {
    let port = d.port.to_string();
    let mut label = fill(p.lang, Msg::DoorLabel, &[&node.name, &port, &d.service]);
    if !d.open {
        label = format!("{label}: {}", say(p.lang, Msg::DoorShut));
    }
    let dim = (p.alone && d.service != p.focus).then_some("dim");
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
    marked(&place, dim, thing(label, &p.act, Action::To(format!("{}:{port}", node.ip)), body))
}
