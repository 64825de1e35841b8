//! Ways over the stage: curves from place to place, as points along them. Dots, drawn ways and flows all go by these.

use super::lanes::{blend, lane, thread};
use super::{Places, Point, Rect, Room};
use crate::playground::view::Place;

/// Points along the way from one stop to the next.
pub const SAMPLES: usize = 24;

/// A rectangle between two others.
pub fn between(a: Rect, b: Rect, k: f64) -> Rect {
    let mix = |a: f64, b: f64| a + (b - a) * k;
    Rect { x: mix(a.x, b.x), y: mix(a.y, b.y), w: mix(a.w, b.w), h: mix(a.h, b.h) }
}

/// A stop: what kind of thing it is, and where.
#[derive(Clone, Copy)]
pub(super) struct Stop {
    rect: Rect,
    pub(super) kind: Kind,
    /// Which of the rooms it belongs to.
    room: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Ways lead to its middle.
    Round,
    /// Ways lead to its mark.
    Pod,
    /// A kube-proxy or a Service: clients and doors are at its left, all else at its right.
    Box,
    /// Round, but in the Logical lens the left of a Service.
    Door,
    /// Round, but in the Logical lens the right of a Service.
    Node,
}

impl Stop {
    fn new(places: &Places, place: &Place, service: &str) -> Option<Self> {
        let (kind, node) = match place {
            Place::Client(_) | Place::Outside => (Kind::Round, ""),
            Place::Pod(_) => (Kind::Pod, ""),
            Place::Proxy(node) => (Kind::Box, &**node),
            Place::Door(node, _) => (Kind::Door, &**node),
            Place::Node(node) => (Kind::Node, &**node),
        };
        // Only a narrow stage has lanes.
        let room = if places.narrow { places.rooms.iter().position(|r| r.node == node) } else { None };
        places.spot(place, service).map(|rect| Self { rect, kind, room })
    }

    /// The room that it belongs to.
    pub(super) fn room<'a>(&self, places: &'a Places) -> Option<&'a Room> {
        places.rooms.get(self.room?)
    }

    /// Where a way from or to `other` meets it; `mix` as in [`Places`].
    fn meets(&self, other: &Stop, narrow: bool, mix: f64) -> Point {
        let (r, c) = (&self.rect, self.rect.centre());
        // By what they are, not by where: in both lenses, and between them, the same.
        let right = match self.kind {
            Kind::Door => false,
            Kind::Box => !matches!(other.kind, Kind::Round | Kind::Door),
            _ => true,
        };
        let side = match self.kind {
            _ if right => r.x + r.w,
            // Doors of a narrow stage are at the right.
            Kind::Box if narrow => r.x + r.w * (1.0 - mix),
            _ => r.x,
        };
        match self.kind {
            Kind::Round => c,
            Kind::Pod => r.mark(),
            // Past a kube-proxy's title, so that its rules can be read meanwhile; through a Service's middle.
            Kind::Box => Point { x: side, y: r.y + (1.0 - mix) * (r.h / 2.0).min(12.0) + mix * r.h / 2.0 },
            Kind::Door | Kind::Node => Point { x: c.x + (side - c.x) * mix, y: c.y },
        }
    }
}

/// One leg: straight through the thing that it starts from, then in a bow to the next one.
pub(super) struct Leg {
    from: Point,
    out: Point,
    c1: Point,
    c2: Point,
    to: Point,
    /// Which part of it is inside.
    inside: f64,
}

impl Leg {
    fn new(from: Point, out: Point, to: Point, upright: bool) -> Self {
        let (dx, dy) = (to.x - out.x, to.y - out.y);
        let (c1, c2) = if upright {
            (Point { y: out.y + dy / 2.0, ..out }, Point { y: to.y - dy / 2.0, ..to })
        } else {
            // Straight up or down it bows, so as not to run along a wall.
            let aside = if dx.abs() < 8.0 && dy.abs() > 40.0 { 30.0 } else { 0.0 };
            (Point { x: out.x + dx / 2.0 + aside, ..out }, Point { x: to.x - dx / 2.0 + aside, ..to })
        };
        let (within, beyond) = ((out.x - from.x).abs() + (out.y - from.y).abs(), dx.abs() + dy.abs());
        let inside = if within + beyond > 0.0 { within / (within + beyond) } else { 0.0 };
        Self { from, out, c1, c2, to, inside }
    }

    pub(super) fn at(&self, k: f64) -> Point {
        if k < self.inside {
            let k = k / self.inside;
            return Point {
                x: self.from.x + (self.out.x - self.from.x) * k,
                y: self.from.y + (self.out.y - self.from.y) * k,
            };
        }
        let k = if self.inside < 1.0 { (k - self.inside) / (1.0 - self.inside) } else { 1.0 };
        let l = 1.0 - k;
        let (a, b, c, d) = (l * l * l, 3.0 * l * l * k, 3.0 * l * k * k, k * k * k);
        Point {
            x: a * self.out.x + b * self.c1.x + c * self.c2.x + d * self.to.x,
            y: a * self.out.y + b * self.c1.y + c * self.c2.y + d * self.to.y,
        }
    }
}

/// The way past `stops` of a request to `service`: x, y, x, y …, [`SAMPLES`] points a leg and the end. Ends are approached
/// softly. What isn't on the stage is passed over: a way goes on from the last place that is there; before the first one
/// that is there are no numbers.
pub fn track<'a>(places: &Places, stops: impl Iterator<Item = &'a Place>, service: &str) -> Vec<f32> {
    let mut last = None;
    let stops: Vec<Option<Stop>> = stops
        .map(|place| {
            last = Stop::new(places, place, service).or(last);
            last
        })
        .collect();
    let mut way = Vec::with_capacity(2 * (stops.len() * SAMPLES + 1));
    let mut at = None;
    for pair in stops.windows(2) {
        let &[Some(a), Some(b)] = pair else {
            way.extend([f32::NAN; 2 * SAMPLES]);
            continue;
        };
        let (out, to) = (a.meets(&b, places.narrow, places.mix), b.meets(&a, places.narrow, places.mix));
        let outside = a.kind == Kind::Round || b.kind == Kind::Round;
        let leg = Leg::new(at.unwrap_or(out), out, to, outside && places.narrow && places.mix < 0.5);
        let lane = lane(places, (&a, out), (&b, to));
        for i in 0..SAMPLES {
            let p = blend(&leg, lane.as_deref(), i, places.mix);
            way.extend([p.x as f32, p.y as f32]);
        }
        at = Some(to);
    }
    let end = at.or(last.map(|s| s.meets(&s, places.narrow, places.mix)));
    way.extend(end.map_or([f32::NAN; 2], |p| [p.x as f32, p.y as f32]));
    way
}

/// How far along a leg its `i`-th point is: ends are approached softly.
pub(super) fn soft(i: usize) -> f64 {
    let k = i as f64 / SAMPLES as f64;
    k * k * (3.0 - 2.0 * k)
}

/// The first part of a pin's thread: from a client above a narrow stage to a place at the left of a room, or of a Service.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
pub fn thread_from_above(places: &Places, client: Point, to: Point) -> String {
    let (leg, lane) = (Leg::new(client, client, to, false), thread(places, client, to));
    let points = (0..=SAMPLES).map(|i| blend(&leg, Some(&lane), i, places.mix));
    outline(&points.flat_map(|p| [p.x as f32, p.y as f32]).collect::<Vec<f32>>())
}

/// Tenths as a decimal number. In integers: Rust's printing of fractions is a lot of code, which a page at rest does without.
pub fn decimal(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}

/// A way as the outline of an SVG path.
#[inline(never)]
pub fn outline(track: &[f32]) -> String {
    let mut d = String::with_capacity(track.len() * 6);
    let (mut last, mut began) = ((0, 0), false);
    for point in track.chunks_exact(2) {
        let &[x, y] = point else { continue };
        if x.is_nan() {
            continue;
        }
        let here = ((x * 10.0).round() as i64, (y * 10.0).round() as i64);
        if !began || here != last {
            d.push(if began { 'L' } else { 'M' });
            d.push_str(&[&decimal(here.0), " ", &decimal(here.1)].concat());
        }
        (last, began) = (here, true);
    }
    d
}
