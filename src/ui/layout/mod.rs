//! Where everything stands: a pure function from a scene and a size to places. Nothing overlaps by construction: every
//! thing gets a cell of its own, and the stage grows downwards (it scrolls) rather than squeezing what must be read.

mod cells;
mod lanes;
mod logical;
mod morph;
mod network;
mod outside;
#[cfg(test)]
mod tests;
mod track;

pub use cells::{Cell, Shows};
pub use morph::{morph, same};
pub use track::{SAMPLES, decimal, outline, thread_from_above, track};

use crate::collections::BTreeSet;
use crate::playground::view::{Place, Scene};

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
    /// Whether a Pod's cell has room for a second line.
    pub fn two_lines(&self) -> bool {
        self.h >= 42.0
    }
    /// Middle of the lettered mark of a Pod that stands here.
    pub fn mark(&self) -> Point {
        Point { x: self.x + 16.0, y: self.y + if self.two_lines() { self.h * 0.36 } else { self.h / 2.0 } }
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

/// Something with a name, and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spot {
    /// A client's id, a Service's key.
    pub key: String,
    /// Where.
    pub rect: Rect,
}

/// A node's room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Room {
    /// The node.
    pub node: String,
    /// Its walls.
    pub rect: Rect,
    /// Ports and their doors, in the node's order.
    pub doors: Vec<(u16, Rect)>,
    /// Its kube-proxy.
    pub proxy: Rect,
    /// The node's own processes and routes.
    pub own: Point,
}

/// Everything in its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// The whole: as wide as asked for, as high as needed.
    pub width: f64,
    /// Height needed.
    pub height: f64,
    /// Whether clients stand above (narrow) instead of left.
    pub narrow: bool,
    /// From the Network lens (0) to the Logical one (1).
    pub mix: f64,
    /// The cluster's border (Network lens).
    pub cluster: Rect,
    /// Clients: the squares around their circles.
    pub clients: Vec<Spot>,
    /// Services: ribbons (Network) or nodes of the graph (Logical).
    pub ribbons: Vec<Spot>,
    /// One a node (Network lens).
    pub rooms: Vec<Room>,
    /// Pods, and groups of them.
    pub cells: Vec<Cell>,
    /// Above the Pods that no node has taken.
    pub pending: Option<Point>,
}

/// Radius of a client's circle.
pub const CLIENT_R: f64 = 24.0;

/// Lays `scene` out in `width` × at least `height`, those groups of Pods `open` that somebody opened.
pub fn places(scene: &Scene, lens: Lens, width: f64, height: f64, open: &BTreeSet<String>) -> Places {
    match lens {
        Lens::Network => network::places(scene, width.max(320.0), height, open),
        Lens::Logical => logical::places(scene, width.max(320.0), height, open),
    }
}

impl Places {
    /// Where `place` is; `None` if that thing isn't on the stage (any more). In the Logical lens doors, nodes and rules
    /// are all the ribbon of `service`.
    pub fn spot(&self, place: &Place, service: &str) -> Option<Rect> {
        let room = |name: &str| self.rooms.iter().find(|r| r.node == name);
        let inside = match place {
            Place::Client(id) => return self.clients.iter().find(|c| c.key == **id).map(|c| c.rect),
            Place::Pod(key) => return self.pod(key),
            Place::Outside => return Some(Rect { x: 12.0, y: self.height - 12.0, w: 0.0, h: 0.0 }),
            Place::Door(name, port) => room(name).map(|r| {
                let door = r.doors.iter().find(|(p, _)| p == port).map(|(_, door)| *door);
                door.unwrap_or(Rect { x: r.rect.x, y: r.rect.y + r.rect.h / 2.0, w: 0.0, h: 0.0 })
            }),
            Place::Proxy(name) => room(name).map(|r| r.proxy),
            Place::Node(name) => room(name).map(|r| Rect { x: r.own.x, y: r.own.y, w: 0.0, h: 0.0 }),
        };
        let ribbon = self.ribbons.iter().find(|s| s.key == service).map(|s| s.rect).filter(|_| self.mix > 0.0);
        self.mixed(inside, ribbon)
    }

    /// Between where something is in the Network lens and where in the Logical one.
    pub fn mixed(&self, network: Option<Rect>, logical: Option<Rect>) -> Option<Rect> {
        match (network, logical) {
            (Some(a), Some(b)) => Some(track::between(a, b, self.mix)),
            (a, b) => a.filter(|_| self.mix < 1.0).or(b),
        }
    }

    /// The cell of a Pod, or of the group that it is in.
    pub fn pod(&self, key: &str) -> Option<Rect> {
        let shown = |c: &&Cell| matches!(&c.shows, Shows::Pod(p) if p.key == key);
        let grouped = |c: &&Cell| matches!(&c.shows, Shows::Group(g) if g.iter().any(|p| p.key == key));
        self.cells.iter().find(shown).or_else(|| self.cells.iter().find(grouped)).map(|c| c.rect)
    }
}
