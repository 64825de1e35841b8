//! Where a dot is: a function of the trace and the presentation clock, nothing else. Pausing, stepping, rewinding and
//! speed only move that clock.

use super::layout::{Places, Point, SAMPLES, track};
use crate::collections::{BTreeMap, sort_by_key};
use crate::playground::view::{Journey, Place, Scene};
use std::collections::VecDeque;
use std::rc::Rc;

/// Seconds of presentation that a whole request takes, there and back.
pub const REQUEST_S: f64 = 1.2;
/// Seconds that an answered dot stays where it came home.
pub const HOME_S: f64 = 0.15;
/// Seconds that a failed dot stays where it died.
pub const REST_S: f64 = 2.4;
/// A dot that took off longer ago, waiting for its turn included, has ended.
pub const AIRBORNE_MAX_S: f64 = 8.0;
/// Presentation seconds between the starts of two requests that were sent at the same moment.
const STAGGER_S: f64 = 0.09;
/// Colours of dots: the Pods' six, then the failed ones'.
pub const COLOURS: usize = 7;
const FAILED: usize = 6;
/// So many ways are remembered before those that nobody is on are forgotten.
const WAYS_MAX: usize = 2_000;

/// One request under way. A thousand of them are looked at in each frame: plain numbers.
#[derive(Clone, Copy, Debug)]
pub struct Flight {
    /// The request's number.
    pub id: u64,
    /// When it starts, on the presentation clock, in seconds.
    pub start_s: f64,
    /// Which way it takes.
    way: usize,
    /// Legs of that way.
    legs: usize,
    /// Whether it comes back.
    answered: bool,
}

impl Flight {
    /// Seconds from start to end.
    pub fn lasts_s(&self) -> f64 {
        self.moves_s() + if self.answered { HOME_S } else { REST_S }
    }

    /// Seconds that its movement takes.
    fn moves_s(&self) -> f64 {
        if self.answered { REQUEST_S } else { REQUEST_S / 2.0 }
    }

    /// Index of the stop it left last and how far it is to the next (0–1), `now_s` on the presentation clock.
    pub fn at(&self, now_s: f64) -> Option<(usize, f64)> {
        let t = now_s - self.start_s;
        if t < 0.0 || t > self.lasts_s() {
            return None;
        }
        // At a stop it is there, however the clocks round.
        let along = ((t / self.moves_s()).min(1.0) * self.legs as f64 + 1e-6).min(self.legs as f64);
        let leg = along.floor().min(self.legs as f64);
        Some((leg as usize, along - leg))
    }

    /// When, on the presentation clock, it reaches the first stop after `now_s`; `None` if there is none.
    pub fn next_stop_s(&self, now_s: f64) -> Option<f64> {
        (0..=self.legs).map(|i| self.stop_s(i)).find(|t| *t > now_s + 1e-9)
    }

    /// Whether it has come to its end: its answer arrived, or it died.
    pub fn is_over(&self, now_s: f64) -> bool {
        now_s >= self.start_s + self.moves_s()
    }

    /// When it reaches a stop.
    fn stop_s(&self, stop: usize) -> f64 {
        self.start_s + self.moves_s() * stop as f64 / self.legs.max(1) as f64
    }
}

/// A way over the stage, shared by all requests that take it.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its stops and who answers.
    pub journey: Journey,
    /// The curve past its stops in the present layout ([`track`]).
    pub track: Vec<f32>,
    /// Index of its dots' colour.
    pub colour: usize,
    /// Letter of the Pod that answers.
    pub letter: String,
}

impl Way {
    /// The stops at which a packet has arrived: where the request ends, and where the answer does.
    fn arrivals(&self) -> impl Iterator<Item = usize> {
        let Journey { stops, pod, answered, .. } = &self.journey;
        let there = stops.iter().rposition(|(_, p)| matches!(p, Place::Pod(key) if **key == **pod));
        let last = stops.len().saturating_sub(1);
        there.filter(|i| *answered && *i < last).into_iter().chain([last])
    }

    /// Where its track is at a stop; `None` if nothing of it is on the stage until there.
    pub fn stop(&self, i: usize) -> Option<Point> {
        self.at(i * SAMPLES)
    }

    /// Where a dot is, so far along the way from a stop to the next one.
    fn point(&self, stop: usize, k: f64) -> Option<Point> {
        let along = k * SAMPLES as f64;
        let a = self.at(stop * SAMPLES + along as usize)?;
        let b = self.at(stop * SAMPLES + along as usize + 1).unwrap_or(a);
        let k = along.fract();
        Some(Point { x: a.x + (b.x - a.x) * k, y: a.y + (b.y - a.y) * k })
    }

    fn at(&self, sample: usize) -> Option<Point> {
        let &[x, y] = self.track.get(2 * sample..2 * sample + 2)? else { return None };
        (!x.is_nan()).then_some(Point { x: f64::from(x), y: f64::from(y) })
    }

    fn place(&mut self, scene: &Scene, places: &Places) {
        let journey = &self.journey;
        self.track = track(places, journey.stops.iter().map(|(_, place)| place), &journey.service);
        // A Pod that is gone keeps its colour for the dots that it sent.
        if let Some(pod) = scene.pod(&journey.pod).filter(|_| journey.answered) {
            self.colour = pod.colour;
            self.letter.clone_from(&pod.letter);
        }
    }
}

/// Dots of one frame, by colour, as pairs of coordinates: what is handed to the canvas. Kept from frame to frame, so
/// that drawing allocates nothing.
#[derive(Debug, Default)]
pub struct Dots {
    /// One a colour: x, y, x, y …
    pub at: [Vec<f32>; COLOURS],
}

/// Requests between two places when they are too many for dots.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The way between them, as a [`track`].
    pub path: Vec<f32>,
    /// How many are between them, there and back.
    pub count: usize,
    /// Their dots' colour where all have the same.
    pub colour: Option<usize>,
}

/// All requests under way.
#[derive(Debug, Default)]
pub struct Flights {
    /// By number.
    flying: VecDeque<Flight>,
    ways: Vec<Way>,
    known: BTreeMap<Journey, usize>,
    next_start_s: f64,
}

impl Flights {
    /// A new request takes off when it was sent, on the presentation clock, or as soon after the one before as they
    /// should follow one another.
    pub fn take_off(&mut self, id: u64, journey: Journey, sent_s: f64, scene: &Scene, places: &Places) {
        let Some(legs) = journey.stops.len().checked_sub(1) else { return };
        let answered = journey.answered;
        let way = match self.known.get(&journey) {
            Some(way) => *way,
            None => self.new_way(journey, scene, places),
        };
        self.next_start_s = self.next_start_s.max(sent_s);
        self.flying.push_back(Flight { id, start_s: self.next_start_s, way, legs, answered });
        // The more wait to take off, the closer they follow one another.
        let behind_s = self.next_start_s - sent_s;
        self.next_start_s += STAGGER_S / (1.0 + 64.0 * behind_s * behind_s);
    }

    fn new_way(&mut self, journey: Journey, scene: &Scene, places: &Places) -> usize {
        let mut way = Way { journey: journey.clone(), track: Vec::new(), colour: FAILED, letter: "×".into() };
        way.place(scene, places);
        self.ways.push(way);
        self.known.insert(journey, self.ways.len() - 1);
        self.ways.len() - 1
    }

    /// Those that ended by now are taken away.
    pub fn land(&mut self, now_s: f64) {
        let ended = |f: &Flight| now_s > f.start_s + f.lasts_s();
        while self.flying.front().is_some_and(ended) {
            self.flying.pop_front();
        }
        // Behind one that rests where it died others have come home.
        if self.flying.iter().any(ended) {
            self.flying.retain(|f| !ended(f));
        }
        if self.ways.len() > WAYS_MAX && self.flying.is_empty() {
            self.ways.clear();
            self.known.clear();
        }
    }

    /// The stage has changed: ways get new points.
    pub fn place(&mut self, scene: &Scene, places: &Places) {
        self.ways.iter_mut().for_each(|w| w.place(scene, places));
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many are under way, those that wait to take off left out.
    pub fn under_way(&self, now_s: f64) -> usize {
        self.flying.iter().filter(|f| f.start_s <= now_s).count()
    }

    /// How many are under way or wait to take off.
    pub fn len(&self) -> usize {
        self.flying.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.flying.is_empty()
    }

    /// When the next one may take off.
    pub fn next_take_off_s(&self) -> f64 {
        self.next_start_s
    }

    /// The flight of a request.
    pub fn get(&self, id: u64) -> Option<&Flight> {
        let at = self.flying.binary_search_by_key(&id, |f| f.id).ok()?;
        self.flying.get(at)
    }

    /// The way of a flight.
    pub fn way(&self, flight: &Flight) -> Option<&Way> {
        self.ways.get(flight.way)
    }

    /// How many answers of each Pod have not arrived yet.
    pub fn due(&self, now_s: f64) -> BTreeMap<Rc<str>, u64> {
        let mut due = BTreeMap::new();
        for f in self.flying.iter().filter(|f| f.answered && !f.is_over(now_s)) {
            if let Some(way) = self.ways.get(f.way) {
                *due.entry(way.journey.pod.clone()).or_insert(0) += 1;
            }
        }
        due
    }

    /// The newest one.
    pub fn newest(&self) -> Option<&Flight> {
        self.flying.back()
    }

    /// When the first of them reaches its next stop.
    pub fn next_stop_s(&self, now_s: f64) -> Option<f64> {
        self.flying.iter().filter_map(|f| f.next_stop_s(now_s)).min_by(f64::total_cmp)
    }

    /// When a packet of one of them arrives next.
    pub fn next_arrival_s(&self, now_s: f64) -> Option<f64> {
        let next = |f: &Flight| self.way(f)?.arrivals().map(|i| f.stop_s(i)).find(|t| *t > now_s + 1e-9);
        self.flying.iter().filter_map(next).min_by(f64::total_cmp)
    }

    /// The place that a request's dot has come to: the last one it reached.
    pub fn place_of(&self, id: u64, now_s: f64) -> Option<&Place> {
        let flight = self.get(id)?;
        let (leg, _) = flight.at(now_s)?;
        Some(&self.way(flight)?.journey.stops.get(leg)?.1)
    }

    /// Where all dots are; `letters` is called for each with what is written in it.
    pub fn dots(&self, now_s: f64, dots: &mut Dots, letters: &mut dyn FnMut(Point, &str)) -> usize {
        dots.at.iter_mut().for_each(Vec::clear);
        let mut n = 0;
        for f in &self.flying {
            let Some((leg, k)) = f.at(now_s) else { continue };
            let Some(way) = self.ways.get(f.way) else { continue };
            let Some(p) = way.point(leg, k) else { continue };
            if let Some(list) = dots.at.get_mut(way.colour) {
                list.extend([p.x as f32, p.y as f32]);
            }
            letters(p, &way.letter);
            n += 1;
        }
        n
    }

    /// Where a flight's dot is.
    pub fn dot(&self, flight: &Flight, now_s: f64) -> Option<Point> {
        let (leg, k) = flight.at(now_s)?;
        self.way(flight)?.point(leg, k)
    }

    /// The flight whose dot is nearest to a point, if it is within `reach`.
    #[inline(never)]
    pub fn nearest(&self, to: Point, reach: f64, now_s: f64) -> Option<u64> {
        let far = |f: &Flight| self.dot(f, now_s).map(|p| ((p.x - to.x).abs().max((p.y - to.y).abs()), f.id));
        let all = self.flying.iter().filter_map(far).filter(|(d, _)| *d <= reach);
        all.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id)
    }

    /// Where requests died whose dots still rest there: a way each, with the newest one's number and how many.
    #[inline(never)]
    pub fn dead(&self, now_s: f64) -> Vec<(Point, u64, usize)> {
        let mut all: BTreeMap<usize, (Point, u64, usize)> = BTreeMap::new();
        let dead = |f: &&Flight| !f.answered && f.at(now_s).is_some_and(|(leg, _)| leg == f.legs);
        for f in self.flying.iter().filter(dead) {
            let Some(at) = self.way(f).and_then(|w| w.stop(f.legs)) else { continue };
            let (count, id) = all.get(&f.way).map_or((0, 0), |(_, id, n)| (*n, *id));
            all.insert(f.way, (at, id.max(f.id), count + 1));
        }
        all.into_values().collect()
    }

    /// How many are between which places, the most first.
    pub fn flows(&self, now_s: f64) -> Vec<Flow> {
        let mut legs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for f in &self.flying {
            if let Some((leg, _)) = f.at(now_s) {
                *legs.entry((f.way, leg)).or_default() += 1;
            }
        }
        // The way back is the way there.
        let mut flows: BTreeMap<[i64; 4], Flow> = BTreeMap::new();
        for ((way, leg), count) in legs {
            let Some(way) = self.ways.get(way) else { continue };
            let path = way.track.get(2 * leg * SAMPLES..2 * ((leg + 1) * SAMPLES + 1)).unwrap_or_default();
            let (Some(a), Some(b)) = (way.stop(leg), way.stop(leg + 1)) else { continue };
            if a == b {
                continue;
            }
            let (a, b) = if (a.x, a.y) <= (b.x, b.y) { (a, b) } else { (b, a) };
            let key = [a.x, a.y, b.x, b.y].map(|v| v.round() as i64);
            let new = || Flow { path: path.to_vec(), count: 0, colour: Some(way.colour) };
            let flow = flows.entry(key).or_insert_with(new);
            flow.count += count;
            flow.colour = flow.colour.filter(|c| *c == way.colour);
        }
        let mut all: Vec<Flow> = flows.into_values().collect();
        sort_by_key(&mut all, |f| std::cmp::Reverse(f.count));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(stops: usize) -> Flight {
        Flight { id: 1, start_s: 10.0, way: 0, legs: stops - 1, answered: true }
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
        assert_eq!(f.at(10.0 + REQUEST_S + HOME_S + 0.01), None);
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

    /// A request from the user beyond the cluster and back: both places are on any stage.
    fn journey(pod: &str) -> Journey {
        let places = [Place::Client("user".into()), Place::Outside, Place::Pod("gone/gone".into()), Place::Outside];
        let stops = places.into_iter().enumerate().collect();
        Journey { stops, service: "".into(), pod: pod.into(), answered: true }
    }

    #[test]
    fn requests_share_ways_and_pass_over_what_is_gone() {
        let (scene, places) = (Scene::default(), Places { height: 100.0, ..Places::default() });
        let mut flights = Flights::default();
        for id in 1..=3 {
            flights.take_off(id, journey("a/b"), 0.0, &scene, &places);
        }
        flights.take_off(4, journey("a/c"), 0.0, &scene, &places);
        assert_eq!((flights.ways.len(), flights.under_way(0.0)), (2, 1));
        assert!(flights.get(3).is_some_and(|f| f.start_s < 3.0 * STAGGER_S) && flights.get(5).is_none());
        // Before the first place that is there nothing is drawn; a Pod that is gone is passed over.
        let way = &flights.ways[0];
        assert_eq!((way.stop(0), way.stop(1)), (None, way.stop(2)));
        let mut dots = Dots::default();
        assert_eq!(flights.dots(0.1, &mut dots, &mut |_, _| {}), 0);
        assert_eq!(flights.dots(0.7, &mut dots, &mut |_, _| {}), 4);
        flights.land(10.0);
        assert_eq!(flights.under_way(10.0), 0);
    }

    #[test]
    fn a_packet_arrives_where_the_request_and_where_the_answer_ends() {
        let (scene, places) = (Scene::default(), Places::default());
        let mut flights = Flights::default();
        flights.take_off(1, journey("gone/gone"), 0.0, &scene, &places);
        let there = flights.next_arrival_s(0.0).unwrap_or_default();
        assert_eq!(flights.place_of(1, there), Some(&Place::Pod("gone/gone".into())));
        let back = flights.next_arrival_s(there).unwrap_or_default();
        assert!((back - REQUEST_S).abs() < 1e-9);
        assert_eq!((flights.place_of(1, back), flights.next_arrival_s(back)), (Some(&Place::Outside), None));
    }

    #[test]
    fn starts_depend_on_when_requests_were_sent_and_on_nothing_else() {
        let (scene, places) = (Scene::default(), Places::default());
        let starts = |from: u64| {
            let mut flights = Flights::default();
            for id in from..400 {
                flights.take_off(id, journey(""), (id / 4) as f64 * 0.5, &scene, &places);
            }
            flights.flying.iter().map(|f| f.start_s).collect::<Vec<_>>()
        };
        let (all, later) = (starts(0), starts(200));
        assert_eq!(all[200..], later[..]);
        assert!(all.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn a_failed_dot_rests_where_it_died_and_can_be_picked() {
        let (scene, places) = (Scene::default(), Places { height: 100.0, ..Places::default() });
        let mut flights = Flights::default();
        let lost =
            || Journey { stops: vec![(0, Place::Outside), (1, Place::Outside)], answered: false, ..Journey::default() };
        flights.take_off(1, lost(), 0.0, &scene, &places);
        flights.take_off(2, lost(), 0.0, &scene, &places);
        flights.take_off(3, journey("a/b"), 0.0, &scene, &places);
        assert_eq!(flights.dead(0.1), []);
        let at = Point { x: 12.0, y: 88.0 };
        assert_eq!(flights.dead(REQUEST_S), [(at, 2, 2)]);
        assert_eq!(flights.nearest(Point { x: 20.0, y: 90.0 }, 9.0, REQUEST_S), Some(1));
        assert_eq!(flights.nearest(Point { x: 20.0, y: 90.0 }, 7.0, REQUEST_S), None);
        assert_eq!(flights.dead(2.0 * REST_S + REQUEST_S), []);
    }

    #[test]
    fn flows_count_both_directions() {
        let mut flights = Flights::default();
        // There and back along one line.
        let along = |i: usize| [SAMPLES.abs_diff(SAMPLES.abs_diff(i)) as f32, 0.0];
        let track = (0..=2 * SAMPLES).flat_map(along).collect();
        flights.ways.push(Way { journey: journey(""), track, colour: 2, letter: String::new() });
        for (id, start_s) in [(1, 10.0), (2, 9.3), (3, 10.2)] {
            flights.flying.push_back(Flight { id, start_s, way: 0, legs: 2, answered: true });
        }
        let flows = flights.flows(10.4);
        assert_eq!(flows.len(), 1);
        assert_eq!((flows[0].count, flows[0].colour), (3, Some(2)));
    }
}
