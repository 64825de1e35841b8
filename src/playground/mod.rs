//! One learner's session: files, cluster, terminal, load and history. The only place where state changes.
//!
//! Everything that a learner does is an [`Input`] at a point of simulated time. Seed and inputs are the whole session:
//! [`Playground::rebuild`] makes the same cluster from them to the byte, and any moment of it can be gone back to
//! ([`history`]).

#[cfg(not(target_arch = "wasm32"))]
pub mod compare;
mod deeds;
mod deeds_pod;
mod deeds_service;
#[cfg(test)]
mod deeds_tests;
mod differences;
mod endpoints;
mod facts;
mod files;
mod fix_tabs;
mod fixes;
mod guess;
mod hints;
mod history;
mod hops;
mod input;
mod kept;
mod known;
mod lesson;
mod lists;
#[cfg(test)]
mod lists_tests;
mod load;
#[cfg(test)]
mod load_tests;
mod marks;
mod mend;
mod moment;
mod options;
mod packet;
mod problems;
mod proxies;
mod relabel;
mod requests;
mod scene;
mod settle;
mod standing;
mod terminal;
#[cfg(test)]
mod tests;
pub mod transcript;
mod trial;
mod trouble;
pub mod view;

pub use deeds::{Deed, DeedKind, Reason, Thing, Undo};
pub use differences::Difference;
pub use endpoints::Membership;
pub use files::{Sync, clean_name, files_from_json, files_to_json};
pub use fixes::{Change, Fix, FixKind};
pub use guess::{Guess, Why};
pub use hints::{complete_yaml, hover_yaml};
pub use input::Input;
pub use known::Known;
pub use lists::{ListKind, Query, ROWS_SHOWN};
pub use load::{ALL_CLIENTS, Aim, CLIENTS, Load, USER};
pub use marks::{Mark, MarkKind};
pub use mend::Mended;
pub use moment::Origin;
pub use packet::{End, Fate, Meeting, Met, Mismatch};
pub use problems::Problem;
pub use relabel::Relabel;
pub use settle::settle;
pub use terminal::{Printed, PrintedKind};

use crate::api::Value;
use crate::collections::BTreeMap;
use crate::lesson::Lesson;
use crate::sim::{Duration, Time};
use std::cell::RefCell;
use std::rc::Rc;

/// How often the session is observed, and moments may be kept.
const TICK_US: u64 = 100_000;

/// A session.
pub struct Playground {
    pub(crate) moment: moment::Moment,
    origin: Origin,
    began: Time,
    timeline: history::Timeline,
    /// The newest moment, put aside while an earlier one is looked at.
    present: Option<Rc<moment::Moment>>,
    /// What would have been, had the learner not gone back or started over.
    other: Option<Box<history::Course>>,
    log_revision: u64,
    history: Rc<Vec<String>>,
    /// Files in the learner's order. What the shell sees of them is written before each line.
    files: Vec<(String, String)>,
    load: load::Load,
    lesson: Option<Rc<Lesson>>,
    cache: Cache,
    revision: u64,
    edits: u64,
}

/// What was made of the store and the rules to be shown: kept until they change.
#[derive(Default)]
struct Cache {
    /// The scene, the store's revision that it is of, and when it was made.
    scene: Option<(u64, Time, Rc<view::Scene>)>,
    /// Views of Pods by the address of their object, which is held so that the address stays its own.
    pods: BTreeMap<usize, (Rc<Value>, Rc<view::PodView>)>,
    proxies: Vec<proxies::Shown>,
    found: lists::Found,
    trials: RefCell<trial::Trials>,
}

impl Playground {
    /// A fresh session of a seed, with the usual cluster.
    pub fn new(seed: u64) -> Self {
        Self::beginning(Origin::of_seed(seed))
    }

    /// What this session began with.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// A fresh session.
    pub fn beginning(origin: Origin) -> Self {
        let moment = moment::Moment::first(origin);
        Self {
            began: moment.cluster.now,
            moment,
            origin,
            timeline: history::Timeline::default(),
            present: None,
            other: None,
            log_revision: 0,
            history: Rc::default(),
            files: Vec::new(),
            load: load::Load::default(),
            lesson: None,
            cache: Cache::default(),
            revision: 0,
            edits: 0,
        }
    }

    /// The simulated clock, in microseconds.
    pub fn now_us(&self) -> u64 {
        self.moment.cluster.now.0
    }

    /// Microseconds since the session began: the cluster itself is some minutes older.
    pub fn shown_us(&self) -> u64 {
        self.now_us().saturating_sub(self.began.0)
    }

    /// A number that changes whenever what is shown may have changed.
    pub fn revision(&self) -> u64 {
        self.revision.wrapping_add(self.moment.cluster.store.revision()).wrapping_add(self.moment.counted)
    }

    /// Numbers that change whenever files, or the objects in the cluster, may have changed.
    pub fn checked_state(&self) -> (u64, u64) {
        (self.edits, self.moment.cluster.store.revision())
    }

    /// Lets simulated time pass: load is sent, the running command goes on, the cluster lives. In the past what happened
    /// then happens again.
    pub fn advance_us(&mut self, micros: u64) {
        let end = self.moment.cluster.now + Duration::micros(micros);
        if self.is_past() {
            self.replay_to(end);
        } else {
            self.run_to(end);
        }
    }

    /// Time passes until `end`. What is observed is observed at full tenths of a second, so that it does not depend on
    /// the steps in which time is let pass.
    fn run_to(&mut self, end: Time) {
        while self.moment.cluster.now < end {
            let tick = Time((self.moment.cluster.now.0 / TICK_US + 1) * TICK_US);
            let stop = tick.min(end);
            while let Some(at) = self.moment.rate.next(self.moment.cluster.now, stop) {
                self.pass(at);
                let aim = std::mem::take(&mut self.moment.rate.aim);
                self.send_one(&aim);
                self.moment.rate.aim = aim;
                self.wake_job();
            }
            self.pass(stop);
            if stop == tick {
                self.moment.cluster.close_idle();
                self.observe();
                self.keep_some_moments();
            }
        }
    }

    /// Time passes until `end`, with the running command polled where it waits for it.
    fn pass(&mut self, end: Time) {
        while self.moment.cluster.now < end {
            let until = self.step_job().unwrap_or(end).min(end);
            self.moment.cluster.advance(until);
        }
    }

    /// What the traffic and the cluster's state mean for counts, marks and the lesson.
    fn observe(&mut self) {
        // All that is looked at: objects, requests, and whether rules were seen.
        let seen =
            (self.moment.cluster.store.revision(), self.requests_sent(), self.moment.rules_seen, self.moment.step);
        let before = std::mem::replace(&mut self.moment.checked, seen);
        if before == seen {
            return;
        }
        self.count();
        if before.0 != seen.0 {
            self.observe_pods();
        }
        self.observe_lesson();
    }

    /// The learner looked at a node's rules in the list.
    pub fn saw_rules(&mut self) {
        // To look at them in the past changes nothing.
        if !self.is_past() {
            self.act(Input::RulesSeen);
        }
    }
}
