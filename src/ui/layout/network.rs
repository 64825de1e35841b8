//! The Network lens: clients outside, nodes as rooms with doors, a kube-proxy and Pods in each, Services as ribbons over
//! them.

use super::cells::{Cell, GAP, Grid, cells};
use super::{Places, Point, Rect, Room, Spot, outside};
use crate::collections::BTreeSet;
use crate::playground::view::{NodeView, Scene};

const PROXY_W: f64 = 166.0;
const RIBBON_H: f64 = 30.0;
const DOOR: (f64, f64) = (62.0, 24.0);
/// What is free in and between rooms.
#[derive(Clone, Copy)]
struct Air {
    /// Above a room's things, where its name is.
    head: f64,
    /// Below them.
    foot: f64,
    /// Between two rooms.
    between: f64,
    /// How high a kube-proxy is at least: in an empty cluster, without Pods beside it, with Pods.
    least: [f64; 3],
}

const ROOMY: Air = Air { head: 26.0, foot: 10.0, between: 8.0, least: [26.0, 66.0, 80.0] };
const LOW: Air = Air { head: 24.0, foot: 6.0, between: 6.0, least: [26.0, 52.0, 66.0] };
/// Where clients are above, doors are between rooms.
const BETWEEN_NARROW: f64 = 16.0;
/// So many pixels at most does a room grow to fill a tall stage.
const STRETCH_MAX: f64 = 60.0;
/// More Pods than these on a node are grouped by owner; fewer, where the stage would be higher than `HIGH`.
const POD_MARKS_MAX: usize = 12;
const POD_MARKS_FEW: usize = 3;
const HIGH: f64 = 1_100.0;

/// What a room needs.
struct Inside {
    cells: Vec<Cell>,
    grid: Grid,
    body: f64,
}

/// Where things are across a room, from its left wall.
struct Across {
    proxy: f64,
    proxy_w: f64,
    pods: f64,
    pods_w: f64,
}

impl Across {
    fn new(room_w: f64, narrow: bool) -> Self {
        let proxy = if narrow { 10.0 } else { 46.0 };
        let proxy_w = if room_w < 420.0 { (room_w * 0.4).max(96.0) } else { PROXY_W };
        // Ways from kube-proxy to the Pods need room to bend.
        let gap = if narrow { 26.0 } else { (room_w * 0.12).clamp(30.0, 110.0) };
        let pods = proxy + proxy_w + gap;
        Self { proxy, proxy_w, pods, pods_w: room_w - pods - 12.0 }
    }
}

/// Lays the stage out.
pub fn places(scene: &Scene, width: f64, height: f64, open: &BTreeSet<String>) -> Places {
    let narrow = width < 560.0;
    let mut p = Places { width, narrow, ..Places::default() };
    let (top, left) = if narrow { (outside::above_h(scene.clients.len()), 8.0) } else { (10.0, 150.0) };
    let inner = Rect { x: left, y: top, w: width - left - 12.0, h: 0.0 };
    let door_room = if narrow { BETWEEN_NARROW - ROOMY.between } else { 0.0 };
    let first = ribbons(scene, &mut p, inner, top + 8.0) + door_room;
    let margin = if narrow { 8.0 } else { 36.0 };
    let (room_x, room_w) = (inner.x + margin, inner.w - margin - 10.0);
    let across = Across::new(room_w, narrow);
    let waiting = cells("", scene.pending.iter(), POD_MARKS_MAX, open);
    let waiting_grid = Grid::new(waiting.len(), room_w, false);
    let waiting_h = if waiting.is_empty() { 0.0 } else { 18.0 + waiting_grid.height() + ROOMY.between + door_room };
    let none = BTreeSet::new();
    let insides = |low, most, open: &BTreeSet<String>| {
        let air = if low { LOW } else { ROOMY };
        let between = if narrow { BETWEEN_NARROW } else { air.between };
        let air = Air { between, ..air };
        let one = |n: &NodeView| {
            let cells = cells(&n.name, n.pods.iter(), most, open);
            let grid = Grid::new(cells.len(), across.pods_w, low);
            inside(scene, n, (cells, grid), narrow, &air)
        };
        let all: Vec<Inside> = scene.nodes.iter().map(one).collect();
        let rooms: f64 = all.iter().map(|i| air.head + i.body + air.foot + air.between).sum();
        (all, rooms + first + waiting_h + 10.0, air)
    };
    let high = insides(true, POD_MARKS_MAX, &none).1 > HIGH.max(1.6 * height);
    let most = if high { POD_MARKS_FEW } else { POD_MARKS_MAX };
    let roomy = insides(false, most, open);
    let (insides, needed, air) = if roomy.1 > height { insides(true, most, open) } else { roomy };
    // What is left below is given to the rooms, so that a tall stage is filled.
    let share = ((height - needed).max(0.0) / scene.nodes.len().max(1) as f64).min(STRETCH_MAX);
    let mut y = first;
    for (node, inside) in scene.nodes.iter().zip(insides) {
        let rect = Rect { x: room_x, y, w: room_w, h: air.head + inside.body + share + air.foot };
        y += rect.h + air.between;
        furnish(&mut p, node, rect, inside, &across, &air);
    }
    wait(&mut p, waiting, &waiting_grid, room_x, y);
    y += waiting_h;
    p.height = (y + 10.0).max(height);
    p.cluster = Rect { h: y - top, ..inner };
    // Beside the cluster the lenses are above the clients, below them their names and addresses.
    let (beside, room) = (p.cluster.y + 80.0, (p.cluster.h.min(height) - 140.0).max(0.0));
    if narrow {
        outside::above(scene, &mut p)
    } else {
        outside::beside(scene, &mut p, beside, room, 68.0)
    }
    p
}

fn ribbons(scene: &Scene, p: &mut Places, inner: Rect, y: f64) -> f64 {
    let whole = inner.w - 20.0;
    let columns = if inner.w > 560.0 && scene.services.len() > 1 { 2 } else { 1 };
    let w = (whole - GAP * (columns - 1) as f64) / columns as f64;
    for (i, s) in scene.services.iter().enumerate() {
        let (col, row) = ((i % columns) as f64, (i / columns) as f64);
        let rect = Rect { x: inner.x + 10.0 + col * (w + GAP), y: y + row * (RIBBON_H + 6.0), w, h: RIBBON_H };
        p.ribbons.push(Spot { key: s.key.clone(), rect });
    }
    y + scene.services.len().div_ceil(columns) as f64 * (RIBBON_H + 6.0) + 4.0
}

fn inside(scene: &Scene, node: &NodeView, (cells, grid): (Vec<Cell>, Grid), narrow: bool, air: &Air) -> Inside {
    let doors = if narrow { 0.0 } else { node.doors.len() as f64 * (DOOR.1 + 6.0) };
    let [empty, alone, beside] = air.least;
    let least = match (scene.services.is_empty(), cells.is_empty()) {
        (true, true) => empty,
        (_, true) => alone,
        _ => beside,
    };
    let body = grid.height().max(doors).max(least);
    Inside { cells, grid, body }
}

/// Puts a node's things into its room.
fn furnish(p: &mut Places, node: &NodeView, rect: Rect, mut inside: Inside, across: &Across, air: &Air) {
    let (top, body) = (rect.y + air.head, rect.h - air.head - air.foot);
    let middle = |h: f64| top + ((body - h) / 2.0).max(0.0);
    let all = node.doors.len() as f64 * (DOOR.1 + 6.0);
    let doors = node.doors.iter().enumerate().map(|(i, door)| {
        let i = i as f64;
        let (x, y) = if p.narrow {
            (rect.x + rect.w - (DOOR.0 + 6.0) * (i + 1.0), rect.y - 14.0)
        } else {
            (rect.x - DOOR.0 / 2.0, middle(all) + i * (DOOR.1 + 6.0) + 3.0)
        };
        (door.port, Rect { x, y, w: DOOR.0, h: DOOR.1 })
    });
    let doors = doors.collect();
    let proxy = Rect { x: rect.x + across.proxy, y: top, w: across.proxy_w, h: body };
    let own = Point { x: rect.x + (across.proxy + across.proxy_w + across.pods) / 2.0, y: proxy.centre().y };
    inside.grid.place(&mut inside.cells, rect.x + across.pods, middle(inside.grid.height()));
    p.cells.append(&mut inside.cells);
    p.rooms.push(Room { node: node.name.clone(), rect, doors, proxy, own });
}

/// Pods that no node has taken stand below the rooms.
fn wait(p: &mut Places, mut waiting: Vec<Cell>, grid: &Grid, x: f64, y: f64) {
    if !waiting.is_empty() {
        p.pending = Some(Point { x, y: y + 12.0 });
        grid.place(&mut waiting, x, y + 18.0);
        p.cells.append(&mut waiting);
    }
}
