//! A moment: all that a session is at one point of simulated time, but for the files in the editor, the typed lines and
//! what the sending bar is set to. Those are the learner's and stay wherever the learner goes in time.

use super::load::Rate;
use super::view::Served;
use super::{Cache, Playground, Printed};
use crate::cluster::{Cluster, Options};
use crate::collections::{BTreeMap, BTreeSet};
use crate::lesson::Answer;
use crate::shell::{Job, Session, start_contained};
use crate::sim::Time;
use std::collections::VecDeque;
use std::rc::Rc;

/// What time changes. A copy shares objects, traces and tables until they change.
#[derive(Clone)]
pub(crate) struct Moment {
    pub cluster: Cluster,
    pub session: Session,
    /// How many of the timeline's inputs were done up to this moment.
    pub(super) done: usize,
    pub(super) job: Option<Job>,
    /// When the running command is looked at next, and whether requests wake it before.
    pub(super) due: Option<(Time, bool)>,
    /// Lines that wait for the running command, and whether they are meant for what runs.
    pub(super) waiting: Vec<(String, bool)>,
    pub(super) printed: Rc<Vec<Printed>>,
    pub(super) rate: Rate,
    /// Index of the lesson's step at hand.
    pub(super) step: usize,
    /// The steps that were passed.
    pub(super) passed: Rc<BTreeSet<usize>>,
    /// Answers since the step began, for its checks, and how many requests a Service's rules refused.
    pub(super) answers: VecDeque<Answer>,
    pub(super) refused: BTreeMap<String, usize>,
    pub(super) rules_seen: bool,
    /// What the lesson's checks were last asked about.
    pub(super) checked: (u64, u64, bool, usize),
    pub(super) colours: BTreeMap<String, usize>,
    /// The learner's Pods as last observed, with whether each is ready.
    pub(super) pods: Rc<BTreeMap<String, bool>>,
    pub(super) served: Rc<Served>,
    pub(super) counted: u64,
}

/// What a session begins with: with what was done it is the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Of everything that is drawn by chance.
    pub seed: u64,
    /// How many nodes there are beside the control plane, at most [`Origin::WORKERS_MAX`].
    pub workers: u32,
}

impl Origin {
    /// More nodes can't be told apart on a page.
    pub const WORKERS_MAX: u32 = 9;

    /// The usual cluster.
    pub fn of_seed(seed: u64) -> Self {
        Self { seed, workers: Options::default().workers }
    }
}

impl Moment {
    /// The first moment of a session.
    pub(super) fn first(origin: Origin) -> Self {
        let Origin { seed, workers } = origin;
        let mut cluster = Cluster::new(&Options { seed, workers, ..Options::default() });
        cluster.run_containers_with(start_contained);
        Self {
            cluster,
            session: Session::terminal(100),
            done: 0,
            job: None,
            due: None,
            waiting: Vec::new(),
            printed: Rc::default(),
            rate: Rate::default(),
            step: 0,
            passed: Rc::default(),
            answers: VecDeque::new(),
            refused: BTreeMap::new(),
            rules_seen: false,
            checked: (0, 0, false, 0),
            colours: BTreeMap::new(),
            pods: Rc::default(),
            served: Rc::default(),
            counted: 0,
        }
    }
}

impl Playground {
    /// Makes this moment that one.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn restore(&mut self, moment: Moment) {
        self.moment = moment;
        self.cache = Cache::default();
        self.revision += 1;
        self.edits += 1;
    }
}
