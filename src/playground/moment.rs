//! A moment: all that a session is at one point of simulated time, but for the files in the editor, the typed lines and
//! what the sending bar is set to. Those are the learner's and stay wherever the learner goes in time.

use super::load::Rate;
use super::view::Served;
use super::{Cache, Playground, Printed};
use crate::cluster::Cluster;
use crate::collections::BTreeMap;
use crate::lesson::Answer;
use crate::shell::{Job, Session};
use crate::sim::Time;
use std::collections::VecDeque;
use std::rc::Rc;

/// The fields of [`Playground`] that belong to a moment.
#[derive(Clone)]
pub(super) struct Moment {
    pub cluster: Cluster,
    session: Session,
    pub done: usize,
    job: Option<Job>,
    due: Option<(Time, bool)>,
    waiting: Vec<(String, bool)>,
    printed: Rc<Vec<Printed>>,
    rate: Rate,
    step: usize,
    answers: VecDeque<Answer>,
    rules_seen: bool,
    checked: (u64, u64, bool, usize),
    colours: BTreeMap<String, usize>,
    pods: Rc<BTreeMap<String, bool>>,
    served: Rc<Served>,
    counted: u64,
}

impl Playground {
    /// This moment. Objects, traces and tables are shared with it until they change.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn moment(&self) -> Moment {
        Moment {
            cluster: self.cluster.clone(),
            session: self.session.clone(),
            done: self.done,
            job: self.job.clone(),
            due: self.due,
            waiting: self.waiting.clone(),
            printed: self.printed.clone(),
            rate: self.rate.clone(),
            step: self.step,
            answers: self.answers.clone(),
            rules_seen: self.rules_seen,
            checked: self.checked,
            colours: self.colours.clone(),
            pods: self.pods.clone(),
            served: self.served.clone(),
            counted: self.counted,
        }
    }

    /// Makes this moment that one.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn restore(&mut self, moment: &Moment) {
        let m = moment.clone();
        self.cluster = m.cluster;
        self.session = m.session;
        self.done = m.done;
        self.job = m.job;
        self.due = m.due;
        self.waiting = m.waiting;
        self.printed = m.printed;
        self.rate = m.rate;
        self.step = m.step;
        self.answers = m.answers;
        self.rules_seen = m.rules_seen;
        self.checked = m.checked;
        self.colours = m.colours;
        self.pods = m.pods;
        self.served = m.served;
        self.counted = m.counted;
        self.cache = Cache::default();
        self.revision += 1;
        self.edits += 1;
    }
}
