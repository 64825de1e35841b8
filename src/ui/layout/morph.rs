//! How things stand on their way from one layout to another, so that nothing jumps: a function of both layouts and of
//! how far it is.

use super::track::between;
use super::{Cell, Places, Point, Rect, Room, Shows, Spot};

/// Whether everything stands where it stood. What a Pod looks like is another thing.
pub fn same(a: &Places, b: &Places) -> bool {
    fn cells(p: &Places) -> impl Iterator<Item = (&str, Rect)> {
        p.cells.iter().map(|c| (c.key.as_str(), c.rect))
    }
    (a.mix, a.width, a.cluster, &a.clients, &a.ribbons, &a.rooms)
        == (b.mix, b.width, b.cluster, &b.clients, &b.ribbons, &b.rooms)
        && cells(a).eq(cells(b))
}

/// Everything of `to`, so far (0–1) on its way from where it was in `from`. What wasn't there stands where it belongs;
/// rooms that only one of both has are fading with the [`Places::mix`] of lenses.
#[inline(never)]
pub fn morph(from: &Places, to: &Places, k: f64) -> Places {
    let spots = |from: &[Spot], to: &[Spot]| -> Vec<Spot> {
        let moved = |s: &Spot| {
            let old = from.iter().find(|o| o.key == s.key).map_or(s.rect, |o| o.rect);
            Spot { key: s.key.clone(), rect: between(old, s.rect, k) }
        };
        to.iter().map(moved).collect()
    };
    let old_room = |r: &Room| from.rooms.iter().find(|o| o.node == r.node);
    let rooms = match to.rooms.is_empty() {
        true => from.rooms.clone(),
        false => to.rooms.iter().map(|r| old_room(r).map_or(r.clone(), |o| room(o, r, k))).collect(),
    };
    let cluster = match (from.rooms.is_empty(), to.rooms.is_empty()) {
        (false, true) => from.cluster,
        (true, false) => to.cluster,
        _ => between(from.cluster, to.cluster, k),
    };
    Places {
        width: to.width,
        height: from.height.max(to.height),
        narrow: to.narrow,
        mix: from.mix + (to.mix - from.mix) * k,
        cluster,
        clients: spots(&from.clients, &to.clients),
        ribbons: spots(&from.ribbons, &to.ribbons),
        rooms,
        cells: to.cells.iter().map(|c| Cell { rect: between(old_cell(from, c), c.rect, k), ..c.clone() }).collect(),
        pending: to.pending,
    }
}

/// Where a cell comes from: its own place, or that of the group which a Pod leaves or of the Pod that a group takes in.
fn old_cell(from: &Places, c: &Cell) -> Rect {
    let own = from.cells.iter().find(|o| o.key == c.key).map(|o| o.rect);
    let member = || match &c.shows {
        Shows::Pod(p) => from.pod(&p.key),
        Shows::Group(pods) => pods.first().and_then(|p| from.pod(&p.key)),
    };
    own.or_else(member).unwrap_or(c.rect)
}

fn room(from: &Room, to: &Room, k: f64) -> Room {
    let old_door = |port: u16, at: Rect| from.doors.iter().find(|(p, _)| *p == port).map_or(at, |(_, old)| *old);
    let own = |p: Point| Rect { x: p.x, y: p.y, w: 0.0, h: 0.0 };
    Room {
        node: to.node.clone(),
        rect: between(from.rect, to.rect, k),
        doors: to.doors.iter().map(|(port, at)| (*port, between(old_door(*port, *at), *at, k))).collect(),
        proxy: between(from.proxy, to.proxy, k),
        own: between(own(from.own), own(to.own), k).centre(),
    }
}
