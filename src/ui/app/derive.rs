//! What is shown of the playground: renewed ten times a second at most, and only what changed.

use super::super::layout::{Places, Point, track};
use super::super::motion::REQUEST_S;
use super::super::sending::Drawer;
use super::super::stage::{Broken, Death, lines_in};
use super::{App, DOTS_MAX, FEW};
use crate::lesson::Hurdle;
use crate::playground::view::{Journey, LineView, PinView, ProxyLine, Rows, Scene, Served, ServiceView};
use crate::playground::{Difference, Guess, ListKind, Printed, PrintedKind, Problem, Sync};
use std::rc::Rc;
use yew::AttrValue;

/// Milliseconds between two checks of the files while the cluster changes; an edit is checked at once.
const CHECK_MS: f64 = 500.0;
/// Milliseconds between two looks at lists that are long to make.
const LIST_MS: f64 = 1_000.0;

/// Most Pods that get their marks in one frame.
const MARKS_AT_ONCE: usize = 50;
/// Milliseconds for which a broken thread is shown.
const BROKEN_MS: f64 = 2_500.0;
/// So many ways of failing have their reason beside them.
const DEATHS_MAX: usize = 8;
/// Presentation seconds without a take-off after which the next request is no part of a load.
const RESTING_S: f64 = 0.15;

/// What is derived from the playground.
#[derive(Default)]
pub(super) struct Derived {
    /// When that was, on the browser's clock.
    pub at_ms: f64,
    revision: u64,
    tenth: u64,
    pub scene: Rc<Scene>,
    /// Where things are, and where they go.
    pub places: Rc<Places>,
    pub goal: Rc<Places>,
    pub served: Rc<Served>,
    pub pins: Rc<Vec<PinView>>,
    /// The way of the request that is looked at.
    pub way: Rc<Journey>,
    pub deaths: Rc<Vec<Death>>,
    /// The failed request that is looked at, and the Services as they were when that began.
    failed: (u64, Vec<ServiceView>),
    /// Pins whose Pod went away a moment ago.
    pub broken: Rc<Vec<Broken>>,
    pub senders: Vec<String>,
    pub targets: Vec<String>,
    /// Connections that are kept.
    pub lines: Rc<Vec<LineView>>,
    /// What the open drawer offers to guess.
    pub guesses: Vec<Guess>,
    /// How many Pods have their marks: many new ones come in groups, so that no frame takes long.
    pub marks: usize,
    /// What the files look like to the cluster, for which edits, objects and file that was found out, and when.
    pub files: Rc<Vec<(String, Sync)>>,
    pub problems: Rc<Vec<Problem>>,
    pub differences: Rc<Vec<Difference>>,
    /// Whether the shown file is as it was applied, and the cluster is not.
    pub outrun: bool,
    /// What stands in the way of the lesson's step at hand.
    pub hurdle: Option<Hurdle>,
    /// Whether more than that does.
    pub hurdles: bool,
    /// The last line that was run, and the last that it printed.
    pub said: (AttrValue, AttrValue),
    checked: (u64, u64, String),
    checked_ms: f64,
    /// When the shown file was last edited, and whether problems wait for that to rest.
    pub typed_ms: f64,
    pub waits: bool,
    /// The request and its hop whose rule is lit.
    lit: (u64, Option<usize>),
    pub proxies: Rc<Vec<Rc<Vec<ProxyLine>>>>,
    pub rows: Rc<Rows>,
    pub rules: Rc<String>,
    listed_ms: f64,
    /// When the inspector last went on to a newer request.
    followed_ms: f64,
}

/// Replaces what is shared by `new` if that is otherwise, so that what shows it is rendered only then.
pub(super) fn renew<T: PartialEq>(old: &mut Rc<T>, new: T) -> bool {
    let other = **old != new;
    if other {
        *old = Rc::new(new);
    }
    other
}

/// The last line that was run, and the last that it printed.
#[inline(never)] // Kept apart: loaded with the rest of the engine.
fn said(printed: &[Printed]) -> (AttrValue, AttrValue) {
    let Some(at) = printed.iter().rposition(|p| p.kind == PrintedKind::Command) else { return Default::default() };
    let after = printed.iter().skip(at + 1).rev();
    let last = after.filter_map(|p| p.text.lines().rev().find(|l| !l.trim().is_empty())).next();
    (printed[at].text.clone().into(), last.unwrap_or_default().to_string().into())
}

impl App {
    /// Renews all that is derived; gives whether anything may have changed.
    pub(super) fn derive(&mut self) -> bool {
        self.derived.at_ms = self.last_ms;
        let seen = (self.playground.revision(), self.playground.now_us() / 100_000);
        let same = seen == (self.derived.revision, self.derived.tenth);
        (self.derived.revision, self.derived.tenth) = seen;
        self.check_files();
        let (scene, places) = (self.derived.scene.clone(), self.derived.places.clone());
        self.see_stage();
        // As it was before the requests that take off now: the first one after a rest is followed at once.
        let resting = self.flights.next_take_off_s() + RESTING_S <= self.shown_s();
        self.take_off();
        self.derived.served = self.arrived();
        self.see_sum();
        let pins = self.playground.pins();
        if !self.derived.pins.is_empty() || !self.derived.broken.is_empty() {
            self.see_breaks(&pins, &scene, &places);
        }
        renew(&mut self.derived.pins, pins);
        if self.playground.keeps() || !self.derived.lines.is_empty() {
            self.see_lines();
        }
        if self.drawer.open == Some(Drawer::Guess) {
            self.derived.guesses = self.playground.guesses();
        }
        let under_way = self.flights.under_way(self.shown_s());
        // Back to dots only when it is clearly less, so that the two don't take turns.
        let most = if self.many.is_some() { DOTS_MAX * 9 / 10 } else { DOTS_MAX };
        let many = (under_way > most).then_some(under_way);
        let turned = std::mem::replace(&mut self.many, many) != many;
        let followed = self.follow(resting) | self.tell_news();
        let outlived = self.is_outlived();
        let way = self.inspected.as_ref().filter(|_| !outlived).map(|r| r.journey()).unwrap_or_default();
        renew(&mut self.derived.way, way);
        let grows = self.grow();
        self.light();
        let died = self.see_deaths();
        self.renew_list();
        if !same && self.in_lesson {
            self.see_lesson();
        }
        !same || died || turned || followed || grows
    }

    /// What the lesson's pane shows beside its step.
    fn see_lesson(&mut self) {
        // The first step has nothing before it.
        let hurdle = if self.playground.lesson_step() > 0 { self.playground.lesson_hurdle().cloned() } else { None };
        self.derived.hurdles = hurdle.is_some() && self.playground.lesson_needs_more();
        self.derived.hurdle = hurdle;
        let printed = self.playground.printed();
        if !printed.is_empty() {
            self.derived.said = said(&printed);
        }
    }

    fn see_stage(&mut self) {
        let scene = self.playground.scene();
        if Rc::ptr_eq(&self.derived.scene, &scene) || *self.derived.scene == *scene {
            return;
        }
        self.derived.scene = scene;
        self.menu.take_if(|(thing, _)| self.playground.deeds(thing).is_empty());
        let services = &self.derived.scene.services;
        if !services.iter().any(|s| s.key == self.focus) {
            self.focus = services.first().map(|s| s.key.clone()).unwrap_or_default();
        }
        self.derived.senders = self.playground.senders();
        self.derived.targets = self.playground.targets();
        self.playground.propose_target();
        self.replace();
    }

    /// How many requests each Pod answered, as far as the answers have arrived on the stage.
    fn arrived(&self) -> Rc<Served> {
        let all = self.playground.served();
        let due = self.flights.due(self.shown_s());
        if due.is_empty() {
            return all;
        }
        let left = |(pod, n): (&Rc<str>, &u64)| (pod.clone(), n - due.get(pod).copied().unwrap_or(0).min(*n));
        Rc::new(all.iter().map(left).collect())
    }

    /// The next group of Pods gets its marks, if some have none yet.
    fn grow(&mut self) -> bool {
        let cells = self.derived.places.cells.len();
        let marks = cells.min(self.derived.marks + MARKS_AT_ONCE);
        std::mem::replace(&mut self.derived.marks, marks) < marks
    }

    /// Keeps for a moment the pins whose Pods went away: `scene` and `places` are as they were before.
    #[inline(never)]
    fn see_breaks(&mut self, pins: &[PinView], scene: &Scene, places: &Places) {
        let now_ms = self.last_ms;
        let held = |pin: &PinView| {
            let same = |p: &&PinView| {
                (&p.node, &p.client, &p.service, &p.pod) == (&pin.node, &pin.client, &pin.service, &pin.pod)
            };
            pins.iter().any(|p| same(&p)) && self.derived.scene.pod(&pin.pod).is_some()
        };
        let lost = self.derived.pins.iter().filter(|pin| pin.left_s > 1 && !held(pin));
        let broke = |pin: &PinView| {
            let (at, colour) = (places.pod(&pin.pod)?, scene.pod(&pin.pod)?.colour);
            Some(Broken { pin: pin.clone(), at, colour, until_ms: now_ms + BROKEN_MS })
        };
        let lasting = self.derived.broken.iter().filter(|b| b.until_ms > now_ms).cloned();
        let broken: Vec<Broken> = lasting.chain(lost.filter_map(broke)).collect();
        renew(&mut self.derived.broken, broken);
    }

    /// Looks at the requests that died a moment ago; gives whether that has changed.
    pub(super) fn see_deaths(&mut self) -> bool {
        let rests = self.rests();
        if self.flights.is_empty() && self.derived.deaths.is_empty() && rests.is_none() {
            return false;
        }
        let (dead, old) = (self.flights.dead(self.shown_s()), self.derived.deaths.clone());
        let told = |id: u64| old.iter().find(|d| d.id == id).map(|d| d.why.clone());
        let asked = |id: u64| self.playground.result_of(id);
        let death =
            |&(at, id, count): &(_, u64, usize)| Some(Death { id, at, count, why: told(id).or_else(|| asked(id))? });
        let mut deaths: Vec<Death> = dead.iter().take(DEATHS_MAX).filter_map(death).collect();
        if deaths.is_empty() {
            deaths.extend(rests.and_then(|(id, at)| death(&(at, id, 1))));
        }
        renew(&mut self.derived.deaths, deaths)
    }

    /// Whether the request that is looked at failed, and Services have changed since: then its way says nothing any more.
    fn is_outlived(&mut self) -> bool {
        let Some(r) = self.inspected.as_ref().filter(|r| r.code == 0) else { return false };
        let services = &self.derived.scene.services;
        let (id, before) = &self.derived.failed;
        if *id != r.id {
            self.derived.failed = (r.id, services.clone());
            return false;
        }
        before != services
    }

    /// Where the request that is looked at died, once its dot is gone: what became of it stays as long as its way does.
    fn rests(&self) -> Option<(u64, Point)> {
        let r = self.inspected.as_ref().filter(|r| r.code == 0 && self.flights.get(r.id).is_none())?;
        let (journey, places) = (&self.derived.way, &self.derived.places);
        let way = track(places, journey.stops.iter().map(|(_, place)| place), &journey.service);
        let [.., x, y] = *way.as_slice() else { return None };
        (!x.is_nan()).then_some((r.id, Point { x: f64::from(x), y: f64::from(y) }))
    }

    /// Asks what is wrong with the shown file, if it or the cluster changed since.
    fn check_files(&mut self) {
        if !self.rest.is_here() {
            // Reading manifests waits with the rest.
            let names = self.playground.file_names().into_iter();
            renew(&mut self.derived.files, names.map(|name| (name, Sync::Unread)).collect());
            return;
        }
        let (edits, store) = self.playground.checked_state();
        let (old_edits, old_store, old_file) = &self.derived.checked;
        let edited = (*old_edits, old_file) != (edits, &self.shown_file);
        let since = self.last_ms - self.derived.checked_ms;
        if old_edits != &edits && *old_file == self.shown_file && self.derived.checked_ms > 0.0 {
            self.derived.typed_ms = self.last_ms;
        }
        if old_file != &self.shown_file {
            // Another file's problems are none of this one.
            self.derived.problems = Rc::default();
            self.derived.typed_ms = 0.0;
        }
        let late = self.derived.waits && !self.is_typing();
        if edited || late || (*old_store != store && !(0.0..CHECK_MS).contains(&since)) {
            self.derived.checked = (edits, store, self.shown_file.clone());
            self.derived.checked_ms = self.last_ms;
            let files = self.check_differences(self.playground.files_state());
            renew(&mut self.derived.files, files);
            let problems = self.find_problems();
            renew(&mut self.derived.problems, problems);
            self.derived.outrun = !self.derived.differences.is_empty() && self.playground.outrun(&self.shown_file);
        }
    }

    /// The inspector goes on to the newest request. While many come, one stays there for as long as its dot takes.
    fn follow(&mut self, resting: bool) -> bool {
        let inspected = self.inspected.as_ref().map_or(0, |r| r.id);
        let newest = self.playground.requests_sent();
        let long = !(0.0..REQUEST_S * 1_000.0).contains(&(self.last_ms - self.derived.followed_ms));
        if self.held || newest == inspected || !(resting || long) {
            return false;
        }
        let Some(request) = self.playground.request(newest) else { return false };
        self.derived.followed_ms = self.last_ms;
        self.inspected = Some(Rc::new(request));
        true
    }

    /// Lights the rule at which the inspected request's dot is; gives whether that is another one now.
    pub(super) fn light(&mut self) -> bool {
        let lit = (self.inspected.as_ref().map_or(0, |r| r.id), self.hop_now());
        let moved = lit != self.derived.lit;
        let looked = self.derived.at_ms == self.last_ms;
        if !looked && (!moved || self.flights.len() > FEW) {
            return false;
        }
        self.derived.lit = lit;
        let hop = lit.1.and_then(|i| self.inspected.as_ref()?.hops.get(i));
        let room: Vec<usize> = self.derived.places.rooms.iter().map(|r| lines_in(&r.proxy)).collect();
        let proxies = self.playground.proxies(&self.focus, hop, &room);
        renew(&mut self.derived.proxies, proxies) | moved
    }

    /// The hop at which the inspected request's dot is.
    pub(super) fn hop_now(&self) -> Option<usize> {
        let r = self.inspected.as_ref()?;
        let f = self.flights.get(r.id)?;
        let (leg, k) = f.at(self.shown_s())?;
        let stops = &self.flights.way(f)?.journey.stops;
        let next = stops.get(leg + 1).map_or(r.hops.len(), |(i, _)| *i);
        // All hops at one stop pass while the dot leaves it.
        let first = stops.get(leg)?.0;
        Some((first + ((next - first) as f64 * k) as usize).min(r.hops.len().saturating_sub(1)))
    }

    /// Source and destination of the inspected request's packet as they are where its dot is, while it is under way.
    pub(super) fn packet(&self) -> Option<[&str; 2]> {
        if self.flights.is_empty() || self.flights.len() > FEW {
            return None;
        }
        let hop = self.inspected.as_ref()?.hops.get(self.hop_now()?)?;
        let ends = [hop.source_after.as_str(), hop.destination_after.as_str()];
        ends.iter().all(|e| !e.is_empty()).then_some(ends)
    }

    /// How far the inspected request's dot has come: also where it waits for its turn.
    pub(super) fn hop_seen(&self) -> Option<usize> {
        let flight = self.inspected.as_ref().and_then(|r| self.flights.get(r.id))?;
        if self.shown_s() < flight.start_s { Some(0) } else { self.hop_now() }
    }

    /// Whether the inspected request's dot is still to arrive.
    pub(super) fn flies(&self) -> bool {
        let flight = self.inspected.as_ref().and_then(|r| self.flights.get(r.id));
        flight.is_some_and(|f| !f.is_over(self.shown_s()))
    }

    /// Renews the open list: the part of it that is looked at.
    fn renew_list(&mut self) {
        let Some(kind) = self.bottom else { return };
        // Sorting makes all rows.
        let quick = (kind == ListKind::Requests && self.query.sort.is_none()) || self.acted;
        // Seconds that run out are not to be left out.
        let rest = if matches!(kind, ListKind::Affinity) { LIST_MS / 4.0 } else { LIST_MS };
        if !quick && (0.0..rest).contains(&(self.last_ms - self.derived.listed_ms)) {
            return;
        }
        self.derived.listed_ms = self.last_ms;
        if kind == ListKind::Iptables {
            let rules = self.playground.iptables(&self.rules.0, &self.rules.1);
            renew(&mut self.derived.rules, rules);
        } else {
            let rows = self.rows(kind, &self.query.clone());
            renew(&mut self.derived.rows, rows);
        }
    }
}
