//! One learner's session: files, cluster, terminal, load and history. The only place where state changes.
//!
//! Everything that a learner does is an [`Input`] at a point of simulated time. Seed and inputs are the whole session:
//! [`Playground::rebuild`] makes the same cluster from them to the byte.

#[cfg(not(target_arch = "wasm32"))]
pub mod compare;
mod deeds;
mod deeds_pod;
mod deeds_service;
#[cfg(test)]
mod deeds_tests;
mod differences;
mod facts;
mod files;
mod fixes;
mod hints;
mod hops;
mod input;
mod lists;
mod load;
mod mend;
mod options;
mod problems;
mod proxies;
mod requests;
mod scene;
mod settle;
mod terminal;
#[cfg(test)]
mod tests;
pub mod transcript;
mod trial;
mod trouble;
pub mod view;

pub use deeds::{Deed, DeedKind, Reason, Thing, Undo};
pub use differences::Difference;
pub use files::{Sync, clean_name, files_from_json, files_to_json};
pub use fixes::{Change, Fix, FixKind};
pub use hints::{complete_yaml, hover_yaml};
pub use input::Input;
pub use lists::{ListKind, Query, ROWS_SHOWN};
pub use mend::Mended;
pub use problems::Problem;
pub use settle::settle;
pub use terminal::{Printed, PrintedKind};

use crate::api::Value;
use crate::cluster::{Cluster, Options};
use crate::collections::BTreeMap;
use crate::lesson::{Answer, Lesson};
use crate::shell::{Job, Session};
use crate::sim::{Duration, Time};
use std::collections::VecDeque;
use std::rc::Rc;

/// A session.
pub struct Playground {
    pub(crate) cluster: Cluster,
    pub(crate) session: Session,
    seed: u64,
    began: Time,
    inputs: Vec<(Time, Input)>,
    job: Option<Job>,
    /// Lines that wait for the running command, and whether they are meant for what runs.
    waiting: Vec<(String, bool)>,
    printed: Rc<Vec<Printed>>,
    history: Rc<Vec<String>>,
    /// Files in the learner's order. What the shell sees of them is written before each line.
    files: Vec<(String, String)>,
    load: load::Load,
    lesson: Option<Rc<Lesson>>,
    step: usize,
    /// Answers since the step began, for its checks.
    answers: VecDeque<Answer>,
    rules_seen: bool,
    /// What the lesson's checks were last asked about.
    checked: (u64, u64, bool, usize),
    colours: BTreeMap<String, usize>,
    served: Rc<view::Served>,
    cache: Cache,
    counted: u64,
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
}

impl Playground {
    /// A fresh session of a seed.
    pub fn new(seed: u64) -> Self {
        let cluster = Cluster::new(&Options { seed, ..Options::default() });
        Self {
            began: cluster.now,
            cluster,
            session: Session::terminal(100),
            seed,
            inputs: Vec::new(),
            job: None,
            waiting: Vec::new(),
            printed: Rc::default(),
            history: Rc::default(),
            files: Vec::new(),
            load: load::Load::default(),
            lesson: None,
            step: 0,
            answers: VecDeque::new(),
            rules_seen: false,
            checked: (0, 0, false, 0),
            colours: BTreeMap::new(),
            served: Rc::default(),
            cache: Cache::default(),
            counted: 0,
            revision: 0,
            edits: 0,
        }
    }

    /// The cluster as at its start; files, history of typed lines and lesson stay. Gives the session that was left.
    pub fn reset(&mut self) -> Self {
        let old = std::mem::replace(self, Self::new(self.seed));
        self.load = load::Load { rate: 0, ..old.load.clone() };
        self.keep_of(&old);
        old
    }

    /// The session that a reset has left, as it was, but for the files, which stay.
    pub fn go_back_to(&mut self, old: Self) {
        let left = std::mem::replace(self, old);
        self.keep_of(&left);
    }

    /// What outlives the change to another session.
    fn keep_of(&mut self, other: &Self) {
        self.files.clone_from(&other.files);
        self.history = other.history.clone();
        self.lesson = other.lesson.clone();
        self.revision = self.revision.max(other.revision()) + 1;
        self.edits = self.edits.max(other.edits) + 1;
    }

    /// The simulated clock, in microseconds.
    pub fn now_us(&self) -> u64 {
        self.cluster.now.0
    }

    /// Microseconds since the session began: the cluster itself is some minutes older.
    pub fn shown_us(&self) -> u64 {
        self.now_us().saturating_sub(self.began.0)
    }

    /// A number that changes whenever what is shown may have changed.
    pub fn revision(&self) -> u64 {
        self.revision.wrapping_add(self.cluster.store.revision()).wrapping_add(self.counted)
    }

    /// Numbers that change whenever files, or the objects in the cluster, may have changed.
    pub fn checked_state(&self) -> (u64, u64) {
        (self.edits, self.cluster.store.revision())
    }

    /// Lets simulated time pass: load is sent, the running command goes on, the cluster lives.
    pub fn advance_us(&mut self, micros: u64) {
        let end = self.cluster.now + Duration::micros(micros);
        while let Some(at) = self.load.next(self.cluster.now, end) {
            self.pass(at);
            self.send_one();
        }
        self.pass(end);
        self.observe();
    }

    /// Time passes until `end`, with the running command polled where it waits for it.
    fn pass(&mut self, end: Time) {
        loop {
            let until = self.step_job().unwrap_or(end).min(end);
            self.cluster.advance(until.max(self.cluster.now));
            if self.cluster.now >= end {
                return;
            }
        }
    }

    /// What the traffic and the cluster's state mean for counts and the lesson.
    fn observe(&mut self) {
        self.count();
        if self.lesson.as_ref().is_none_or(|l| self.step >= l.steps.len()) {
            return;
        }
        // All that a check looks at: objects, requests, and whether rules were seen. Many answers are looked through ten
        // times a second at most.
        let many = self.answers.len() > 1_000;
        let traffic = if many { self.cluster.now.0 / 100_000 } else { self.requests_sent() };
        let seen = (self.cluster.store.revision(), traffic, self.rules_seen, self.step);
        if std::mem::replace(&mut self.checked, seen) == seen {
            return;
        }
        let Some(lesson) = self.lesson.clone() else { return };
        while let Some(step) = lesson.steps.get(self.step) {
            if !step.checks.iter().all(|c| c.holds(&facts::Seen(self))) {
                break;
            }
            self.step += 1;
            self.answers.clear();
            self.rules_seen = false;
            self.revision += 1;
        }
    }

    /// The lesson whose steps are watched.
    pub fn set_lesson(&mut self, lesson: Rc<Lesson>) {
        self.lesson = Some(lesson);
        self.checked = (0, 0, false, 0);
    }

    /// Index of the lesson's step at hand.
    pub fn lesson_step(&self) -> usize {
        self.step
    }

    /// The learner looked at a node's rules in the list.
    pub fn saw_rules(&mut self) {
        self.rules_seen = true;
        self.observe();
    }
}
