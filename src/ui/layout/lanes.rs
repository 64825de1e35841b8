//! Lanes of a narrow stage, where clients stand above: ways between them and the rooms don't cut through what stands in
//! between but go round it, along the cluster's wall and below the rooms' names.

use super::track::{Kind, Leg, SAMPLES, Stop, soft};
use super::{Places, Point, Room};

/// From the cluster's wall to the lanes outside and inside of it.
const WALL: f64 = 5.0;
/// From a room's upper wall to the lane below its name.
const BELOW_NAME: f64 = 22.0;

/// Points along the lane from one stop to the next, if these are such that have one.
pub(super) fn lane(places: &Places, a: (&Stop, Point), b: (&Stop, Point)) -> Option<Vec<Point>> {
    if !places.narrow || places.mix >= 1.0 {
        return None;
    }
    let corners = match (a.0.kind, b.0.kind) {
        (Kind::Round, Kind::Round) => None,
        (Kind::Round, _) => from_above(places, a.1, b),
        (_, Kind::Round) => from_above(places, b.1, a).map(reversed),
        (Kind::Door, Kind::Box) => Some(within(a.0.room(places)?, a.1, b.1)),
        (Kind::Box, Kind::Door) => Some(reversed(within(b.0.room(places)?, b.1, a.1))),
        _ => None,
    };
    Some(along(&corners?))
}

/// Points of a pin's thread from a client above to a place at the left of a room, on the other side of the cluster.
pub(super) fn thread(places: &Places, client: Point, to: Point) -> Vec<Point> {
    let (x, wall) = (places.cluster.x + WALL - 1.0, places.cluster.y - 2.0 * WALL);
    along(&[client, Point { y: wall, ..client }, Point { x, y: wall }, Point { x, ..to }, to])
}

fn reversed(mut corners: Vec<Point>) -> Vec<Point> {
    corners.reverse();
    corners
}

/// From a client down the right wall, to a door or under the room's name to what is inside.
fn from_above(places: &Places, client: Point, (stop, to): (&Stop, Point)) -> Option<Vec<Point>> {
    // What is outside below has no lane.
    let room = stop.room(places).filter(|_| client.y < places.cluster.y)?;
    let (x, wall) = (places.cluster.x + places.cluster.w - WALL, places.cluster.y - WALL);
    let mut corners = vec![client, Point { y: wall, ..client }, Point { x, y: wall }];
    if stop.kind == Kind::Door {
        corners.extend([Point { x, ..to }, to]);
    } else {
        corners.extend(within(room, Point { x, y: room.rect.y + BELOW_NAME }, to));
    }
    Some(corners)
}

/// From the right of a room below its name, then down to what is inside.
fn within(room: &Room, from: Point, to: Point) -> Vec<Point> {
    let y = room.rect.y + BELOW_NAME;
    vec![from, Point { y, ..from }, Point { x: room.own.x, y }, Point { x: room.own.x, ..to }, to]
}

/// [`SAMPLES`] points along a line with corners, and the end. The point nearest to a corner is the corner.
fn along(corners: &[Point]) -> Vec<Point> {
    let long = |a: &Point, b: &Point| (a.x - b.x).abs() + (a.y - b.y).abs();
    let mut ends = vec![0.0];
    for pair in corners.windows(2) {
        if let ([a, b], Some(last)) = (pair, ends.last().copied()) {
            ends.push(last + long(a, b));
        }
    }
    let whole = ends.last().copied().unwrap_or_default().max(1.0);
    let at = |k: f64| {
        let way = k * whole;
        let leg = ends.windows(2).position(|e| e.last().is_some_and(|end| *end >= way)).unwrap_or_default();
        let (Some(a), Some(b), Some(start)) = (corners.get(leg), corners.get(leg + 1), ends.get(leg)) else {
            return corners.last().copied().unwrap_or_default();
        };
        let part = if long(a, b) > 0.0 { ((way - start) / long(a, b)).min(1.0) } else { 0.0 };
        Point { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part }
    };
    let mut points: Vec<Point> = (0..=SAMPLES).map(|i| at(soft(i))).collect();
    for (corner, end) in corners.iter().zip(&ends) {
        let off = |i: &usize| (soft(*i) * whole - end).abs();
        let nearest = (0..=SAMPLES).min_by(|a, b| off(a).total_cmp(&off(b)));
        if let Some(point) = nearest.and_then(|i| points.get_mut(i)) {
            *point = *corner;
        }
    }
    points
}

/// A bow that becomes, as the Network lens comes, a lane.
pub(super) fn blend(leg: &Leg, lane: Option<&[Point]>, i: usize, mix: f64) -> Point {
    let bow = leg.at(soft(i));
    let Some(lane) = lane.and_then(|l| l.get(i)) else { return bow };
    Point { x: lane.x + (bow.x - lane.x) * mix, y: lane.y + (bow.y - lane.y) * mix }
}
