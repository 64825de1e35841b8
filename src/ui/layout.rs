//! Where everything stands: a pure function from a scene and a size to places. Nothing overlaps by construction: every
//! thing gets a cell of its own, and the stage grows downwards (it scrolls) rather than squeezing what must be read.

use crate::playground::view::{NodeView, Place, Scene};

/// A point in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// Its middle.
    pub fn centre(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }
    /// Whether two share area.
    pub fn overlaps(&self, o: &Rect) -> bool {
        self.x < o.x + o.w && o.x < self.x + self.w && self.y < o.y + o.h && o.y < self.y + self.h
    }
}

/// How to look at the same traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lens {
    /// Nodes, doors, rules, Pods.
    #[default]
    Network,
    /// Client, Service, Pods.
    Logical,
}

/// A node's room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Room {
    /// Its walls.
    pub rect: Rect,
    /// One a door, in the node's order.
    pub doors: Vec<Rect>,
    /// Its kube-proxy.
    pub proxy: Rect,
    /// One a Pod, in the node's order.
    pub pods: Vec<Rect>,
}

/// Everything in its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// The whole: as wide as asked for, as high as needed.
    pub width: f64,
    /// Height needed.
    pub height: f64,
    /// The cluster's border (Network lens).
    pub cluster: Rect,
    /// Middle of each client's circle.
    pub clients: Vec<Point>,
    /// One a Service: ribbon (Network) or node of the graph (Logical).
    pub ribbons: Vec<Rect>,
    /// One a node (Network lens).
    pub rooms: Vec<Room>,
    /// Pods without a node, or in the Logical lens all Pods, nodes' first.
    pub loose: Vec<Rect>,
    /// Whether clients stand above (narrow) instead of left.
    pub narrow: bool,
}

/// Radius of a client's circle.
pub const CLIENT_R: f64 = 24.0;
const POD_W: f64 = 196.0;
const POD_H: f64 = 52.0;
const GAP: f64 = 10.0;
const PROXY_W: f64 = 150.0;
const RIBBON_H: f64 = 30.0;
const DOOR: (f64, f64) = (62.0, 24.0);

/// Lays `scene` out in `width` × at least `height`.
pub fn places(scene: &Scene, lens: Lens, width: f64, height: f64) -> Places {
    match lens {
        Lens::Network => network(scene, width.max(320.0), height),
        Lens::Logical => logical(scene, width.max(320.0), height),
    }
}

fn network(scene: &Scene, width: f64, height: f64) -> Places {
    let narrow = width < 560.0;
    let mut p = Places { width, narrow, ..Places::default() };
    let top = if narrow { 92.0 } else { 46.0 };
    let left = if narrow { 10.0 } else { 150.0 };
    let inner = Rect { x: left, y: top, w: width - left - 14.0, h: 0.0 };
    let mut y = top + 12.0;
    y = ribbons(scene, &mut p, inner, y);
    let margin = if narrow { 10.0 } else { 38.0 };
    for node in &scene.nodes {
        let frame = Rect { x: inner.x + margin, y, w: inner.w - margin - 12.0, h: 0.0 };
        let room = room(node, frame, narrow);
        y = room.rect.y + room.rect.h + 12.0;
        p.rooms.push(room);
    }
    if !scene.pending.is_empty() {
        y += 18.0;
        let area = Rect { x: inner.x + margin, y, w: inner.w - margin - 12.0, h: 0.0 };
        let (cells, h) = grid(scene.pending.len(), area);
        p.loose = cells;
        y += h + 12.0;
    }
    // Room left below is given to the rooms, so that a tall stage is filled.
    let spare = (height - y - 12.0).max(0.0);
    stretch(&mut p, spare);
    y += if p.rooms.is_empty() { 0.0 } else { spare.min(p.rooms.len() as f64 * 60.0) };
    p.height = (y + 12.0).max(height);
    p.cluster = Rect { h: y - top, ..inner };
    let n = scene.clients.len().max(1) as f64;
    for i in 0..scene.clients.len() {
        let k = (i as f64 + 0.5) / n;
        p.clients.push(if narrow {
            Point { x: width * k, y: 40.0 }
        } else {
            Point { x: 66.0, y: top + (p.cluster.h.min(height)) * k }
        });
    }
    p
}

fn stretch(p: &mut Places, spare: f64) {
    let Some(share) = (!p.rooms.is_empty()).then(|| (spare / p.rooms.len() as f64).min(60.0)) else { return };
    for (i, room) in p.rooms.iter_mut().enumerate() {
        let down = share * i as f64;
        room.rect.y += down;
        room.rect.h += share;
        room.proxy.y += down;
        room.proxy.h += share;
        for r in room.doors.iter_mut().chain(&mut room.pods) {
            r.y += down;
        }
    }
    for r in &mut p.loose {
        r.y += share * p.rooms.len() as f64;
    }
}

fn ribbons(scene: &Scene, p: &mut Places, inner: Rect, mut y: f64) -> f64 {
    let each = if inner.w > 620.0 && scene.services.len() > 1 { (inner.w - 24.0 - GAP) / 2.0 } else { inner.w - 24.0 };
    let across = if each < inner.w - 24.0 { 2 } else { 1 };
    for i in 0..scene.services.len() {
        let (col, row) = (i % across, i / across);
        let x = inner.x + 12.0 + col as f64 * (each + GAP);
        p.ribbons.push(Rect { x, y: y + row as f64 * (RIBBON_H + 6.0), w: each, h: RIBBON_H });
    }
    y += scene.services.len().div_ceil(across) as f64 * (RIBBON_H + 6.0);
    y + 8.0
}

fn room(node: &NodeView, frame: Rect, narrow: bool) -> Room {
    let head = 30.0;
    let inset = if narrow { 10.0 } else { 50.0 };
    let proxy_w = if frame.w < 420.0 { (frame.w * 0.4).max(96.0) } else { PROXY_W };
    let quiet = node.pods.is_empty() && node.doors.is_empty();
    let area = Rect { x: frame.x + inset + proxy_w + 26.0, y: frame.y + head, w: 0.0, h: 0.0 };
    let area = Rect { w: frame.x + frame.w - area.x - 12.0, ..area };
    let (pods, pods_h) = grid(node.pods.len(), area);
    let doors_h = if narrow { 0.0 } else { node.doors.len() as f64 * (DOOR.1 + 8.0) };
    let body = pods_h.max(doors_h).max(if quiet {
        26.0
    } else if node.pods.is_empty() {
        62.0
    } else {
        78.0
    });
    let rect = Rect { h: head + body + 14.0, ..frame };
    let proxy = Rect { x: frame.x + inset, y: frame.y + head, w: proxy_w, h: body };
    let doors = (0..node.doors.len())
        .map(|i| {
            let i = i as f64;
            if narrow {
                Rect { x: frame.x + frame.w - (DOOR.0 + 8.0) * (i + 1.0), y: frame.y - 11.0, w: DOOR.0, h: DOOR.1 }
            } else {
                let y = frame.y + head + (body - doors_h) / 2.0 + i * (DOOR.1 + 8.0) + 4.0;
                Rect { x: frame.x - DOOR.0 / 2.0, y, w: DOOR.0, h: DOOR.1 }
            }
        })
        .collect();
    Room { rect, doors, proxy, pods }
}

/// Cells for `n` Pods in an area's width, and the height they take. Many Pods get smaller cells.
fn grid(n: usize, area: Rect) -> (Vec<Rect>, f64) {
    let (min_w, h) = if n > 40 {
        (64.0, 26.0)
    } else if n > 8 {
        (130.0, 40.0)
    } else {
        (POD_W, POD_H)
    };
    let across = (((area.w + GAP) / (min_w + GAP)).floor() as usize).clamp(1, 12).min(n.max(1));
    let w = ((area.w - GAP * (across as f64 - 1.0)) / across as f64).clamp(40.0, POD_W * 1.2);
    let cells = (0..n)
        .map(|i| {
            let (c, r) = ((i % across) as f64, (i / across) as f64);
            Rect { x: area.x + c * (w + GAP), y: area.y + r * (h + GAP), w, h }
        })
        .collect();
    let rows = n.div_ceil(across) as f64;
    (cells, (rows * (h + GAP) - GAP).max(0.0))
}

fn logical(scene: &Scene, width: f64, height: f64) -> Places {
    let mut p = Places { width, narrow: width < 560.0, ..Places::default() };
    let pods: usize = scene.nodes.iter().map(|n| n.pods.len()).sum::<usize>() + scene.pending.len();
    let pod_x = width * 0.62;
    let (cells, h) = grid(pods, Rect { x: pod_x, y: 60.0, w: width - pod_x - 14.0, h: 0.0 });
    let down = ((height - h - 72.0) / 2.0).max(0.0);
    p.loose = cells.into_iter().map(|r| Rect { y: r.y + down, ..r }).collect();
    let each = 58.0;
    let services_h = scene.services.len() as f64 * each;
    p.height = (h + 120.0).max(services_h + 120.0).max(height);
    let x = if p.narrow { 84.0 } else { 130.0 };
    let w = (pod_x - x - 34.0).clamp(96.0, 230.0);
    for i in 0..scene.services.len() {
        let y = (p.height - services_h) / 2.0 + i as f64 * each;
        p.ribbons.push(Rect { x: x + ((pod_x - x - w) / 2.0).max(0.0), y, w, h: 42.0 });
    }
    let n = scene.clients.len().max(1) as f64;
    for i in 0..scene.clients.len() {
        p.clients.push(Point { x: 46.0, y: p.height * (i as f64 + 0.5) / n });
    }
    p
}

impl Places {
    /// Where a dot stands for `place`; `None` if that thing isn't on the stage (any more). In the Logical lens doors,
    /// nodes and rules are all the Service's ribbon, which `service` names by index.
    pub fn point(&self, scene: &Scene, place: &Place, service: Option<usize>) -> Option<Point> {
        let logical = self.rooms.is_empty();
        let node = |name: &str| scene.nodes.iter().position(|n| n.name == name);
        match place {
            Place::Client(id) => self.clients.get(scene.clients.iter().position(|c| *c.id == **id)?).copied(),
            Place::Pod(key) => self.pod(scene, key).map(|r| r.centre()),
            Place::Outside => Some(Point { x: 12.0, y: self.height - 12.0 }),
            _ if logical => self.ribbons.get(service?).map(Rect::centre),
            Place::Door(name, port) => {
                let n = node(name)?;
                let room = self.rooms.get(n)?;
                let door = scene.nodes[n].doors.iter().position(|d| d.port == *port);
                door.and_then(|d| room.doors.get(d))
                    .map(Rect::centre)
                    .or(Some(Point { x: room.rect.x, y: room.rect.y + room.rect.h / 2.0 }))
            }
            Place::Proxy(name) => self.rooms.get(node(name)?).map(|r| r.proxy.centre()),
            Place::Node(name) => {
                self.rooms.get(node(name)?).map(|r| Point { x: r.rect.x + 18.0, y: r.rect.y + r.rect.h - 14.0 })
            }
        }
    }
    /// A Pod's cell.
    pub fn pod(&self, scene: &Scene, key: &str) -> Option<Rect> {
        let mut before = 0;
        for (n, node) in scene.nodes.iter().enumerate() {
            if let Some(i) = node.pods.iter().position(|p| p.key == key) {
                return match self.rooms.get(n) {
                    Some(room) => room.pods.get(i).copied(),
                    None => self.loose.get(before + i).copied(),
                };
            }
            before += node.pods.len();
        }
        let first = if self.rooms.is_empty() { before } else { 0 };
        let i = scene.pending.iter().position(|p| p.key == key)?;
        self.loose.get(first + i).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playground::view::{ClientView, DoorView, PodLook, PodView, ServiceView};
    use std::rc::Rc;

    fn scene(nodes: usize, pods: usize, services: usize) -> Scene {
        let pod = |i: usize, n: usize| {
            Rc::new(PodView {
                key: format!("default/p{n}-{i}"),
                name: format!("p{n}-{i}"),
                namespace: "default".into(),
                ip: String::new(),
                look: PodLook::Ready,
                status: "Running".into(),
                colour: 0,
                letter: "a".into(),
                labels: vec![],
                owner: String::new(),
                probed: false,
            })
        };
        Scene {
            sets: Vec::new(),
            clients: vec![ClientView { id: "user".into(), ip: "192.168.49.1".into() }],
            nodes: (0..nodes)
                .map(|n| NodeView {
                    name: format!("n{n}"),
                    ip: String::new(),
                    ready: true,
                    up: true,
                    schedulable: true,
                    doors: (0..2).map(|d| DoorView { port: 30000 + d, service: String::new(), open: true }).collect(),
                    pods: (0..pods).map(|i| pod(i, n)).collect(),
                })
                .collect(),
            pending: vec![pod(0, 99)],
            services: (0..services)
                .map(|s| ServiceView {
                    key: format!("default/s{s}"),
                    name: format!("s{s}"),
                    kind: "ClusterIP".into(),
                    cluster_ip: String::new(),
                    ports: String::new(),
                    port: 80,
                    affinity_s: None,
                    selects: vec![],
                    ready: vec![],
                    trouble: None,
                })
                .collect(),
        }
    }

    #[test]
    fn nothing_overlaps_from_one_pod_to_a_thousand() {
        for (nodes, pods, services) in [(1, 1, 1), (3, 3, 1), (3, 12, 4), (10, 100, 9)] {
            let scene = scene(nodes, pods, services);
            for width in [320.0, 390.0, 720.0, 1400.0] {
                for lens in [Lens::Network, Lens::Logical] {
                    let p = places(&scene, lens, width, 500.0);
                    let mut all: Vec<Rect> = p.ribbons.clone();
                    all.extend(&p.loose);
                    for room in &p.rooms {
                        all.push(room.proxy);
                        all.extend(&room.pods);
                    }
                    for (i, a) in all.iter().enumerate() {
                        for b in &all[i + 1..] {
                            assert!(!a.overlaps(b), "{a:?} {b:?} at {width} {lens:?} {nodes}×{pods}");
                        }
                        assert!(a.x >= 0.0 && a.x + a.w <= p.width + 0.5, "{a:?} leaves {width} {lens:?}");
                    }
                }
            }
        }
    }
}
