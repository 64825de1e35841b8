//! Where a dot is: a function of the trace and the presentation clock, nothing else. Pausing, stepping, rewinding and
//! speed only move that clock.

use super::layout::{Lens, Places, Point};
use crate::playground::view::{Place, RequestView, Scene};

/// Seconds of presentation that a whole request takes, there and back.
pub const REQUEST_S: f64 = 1.2;
/// Seconds that a failed dot stays where it died.
pub const REST_S: f64 = 2.4;

/// One request under way.
#[derive(Clone, Debug)]
pub struct Flight {
    /// The request's number.
    pub id: u64,
    /// When it starts, on the presentation clock, in seconds.
    pub start_s: f64,
    /// Stops on the way: index of the hop and its place. Hops at the same place share a stop.
    pub stops: Vec<(usize, Place)>,
    /// Colour of the Pod that answers, `None` for a failed one.
    pub colour: Option<usize>,
    /// Letter of that Pod.
    pub letter: String,
    /// Index of the Service's ribbon.
    pub service: Option<usize>,
    /// Whether it came back.
    pub answered: bool,
}

impl Flight {
    /// The flight of a request that starts at `start_s`.
    pub fn new(request: &RequestView, scene: &Scene, start_s: f64) -> Self {
        let mut stops: Vec<(usize, Place)> = Vec::new();
        for (i, hop) in request.hops.iter().enumerate() {
            if stops.last().is_none_or(|(_, p)| *p != hop.place) {
                stops.push((i, hop.place.clone()));
            }
        }
        let pod = scene.pod(&request.pod);
        let service = scene.services.iter().position(|s| s.key == request.service);
        Self {
            id: request.id,
            start_s,
            stops,
            colour: pod.map(|p| p.colour),
            letter: pod.map_or_else(|| "×".into(), |p| p.letter.clone()),
            service,
            answered: request.code != 0,
        }
    }

    /// Seconds from start to end.
    pub fn lasts_s(&self) -> f64 {
        if self.answered { REQUEST_S } else { REQUEST_S / 2.0 + REST_S }
    }

    /// Seconds that its movement takes.
    fn moves_s(&self) -> f64 {
        if self.answered { REQUEST_S } else { REQUEST_S / 2.0 }
    }

    /// Index of the stop it left last and how far it is to the next (0–1), `now_s` on the presentation clock.
    pub fn at(&self, now_s: f64) -> Option<(usize, f64)> {
        let t = now_s - self.start_s;
        if t < 0.0 || t > self.lasts_s() || self.stops.is_empty() {
            return None;
        }
        let legs = (self.stops.len() - 1) as f64;
        let along = (t / self.moves_s()).min(1.0) * legs;
        let leg = along.floor().min(legs);
        Some((leg as usize, along - leg))
    }

    /// When, on the presentation clock, it reaches the first stop after `now_s`; `None` if there is none.
    pub fn next_stop_s(&self, now_s: f64) -> Option<f64> {
        let legs = self.stops.len().checked_sub(1).filter(|n| *n > 0)?;
        let each = self.moves_s() / legs as f64;
        (0..=legs).map(|i| self.start_s + i as f64 * each).find(|t| *t > now_s + 1e-9)
    }

    /// Where its dot is. Ends are approached softly; the way between two stops is straight.
    pub fn point(&self, now_s: f64, places: &Places, scene: &Scene, lens: Lens) -> Option<Point> {
        let (leg, k) = self.at(now_s)?;
        let place = |i: usize| self.stops.get(i).and_then(|(_, p)| places.point(scene, p, self.service));
        // What has left the stage meanwhile is passed over: the dot goes on from the last place that is there.
        let a = (0..=leg).rev().find_map(place)?;
        let b = place(leg + 1).unwrap_or(a);
        let k = if lens == Lens::Logical { k } else { k * k * (3.0 - 2.0 * k) };
        Some(Point { x: a.x + (b.x - a.x) * k, y: a.y + (b.y - a.y) * k })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(n: usize) -> Flight {
        let stops = (0..n).map(|i| (i, Place::Proxy(format!("n{i}")))).collect();
        Flight { id: 1, start_s: 10.0, stops, colour: Some(0), letter: "a".into(), service: None, answered: true }
    }

    #[test]
    fn a_dot_passes_the_stops_in_order_at_any_speed() {
        let f = flight(5);
        for step in [0.001, 0.01, 0.1, 0.29] {
            let mut seen = Vec::new();
            let mut t = 10.0;
            while let Some((leg, _)) = f.at(t) {
                if seen.last() != Some(&leg) {
                    seen.push(leg);
                }
                t += step;
            }
            assert!(seen.windows(2).all(|w| w[0] < w[1]), "{seen:?}");
        }
        assert_eq!(f.at(9.9), None);
        assert_eq!(f.at(10.0 + REQUEST_S + 0.01), None);
    }

    #[test]
    fn stepping_goes_from_stop_to_stop() {
        let f = flight(4);
        let mut t = 10.0;
        let mut stops = vec![f.at(t).map(|(leg, _)| leg)];
        while let Some(next) = f.next_stop_s(t) {
            t = next;
            stops.push(f.at(t + 1e-7).or(f.at(t)).map(|(leg, _)| leg));
        }
        assert_eq!(stops.len(), 4);
        assert!((t - 10.0 - REQUEST_S).abs() < 1e-6);
    }
}
