//! Going to any moment: the nearest kept moment before it is taken up, and the inputs from there on are done again.
//!
//! While the learner looks at the past nothing is lost: the newest moment is put aside, and the inputs still to come stay
//! on the timeline. What the learner does in the past begins another course there; the one that was is kept, once, to
//! change back to.

use super::{Input, Mark, Playground, moment::Moment};
use crate::cluster::traffic::KEPT as EXCHANGES_KEPT;
use crate::sim::{Duration, Time};
use std::rc::Rc;

/// What was done from the session's start to its newest moment.
#[derive(Clone, Default)]
pub(super) struct Timeline {
    pub inputs: Vec<(Time, Input)>,
    /// Kept moments, oldest first; the first is the one of the first input.
    pub kept: Vec<Rc<Moment>>,
    pub marks: Rc<Vec<Mark>>,
}

/// A timeline with its newest moment.
pub(super) struct Course {
    timeline: Timeline,
    present: Rc<Moment>,
}

/// A moment is kept about so often …
const KEEP_EVERY: Duration = Duration::secs(2);
/// … and not so many that memory grows with the session: old ones are thinned out.
const KEPT_MAX: usize = 40;
/// Most exchanges that kept moments may hold on to: with their traces they are what weighs.
const EXCHANGES_MAX: u64 = 20_000;

impl Timeline {
    /// Forgets all that is after `now`.
    fn cut(&mut self, done: usize, now: Time, shown_us: u64) {
        self.inputs.truncate(done);
        self.kept.retain(|m| m.cluster.now <= now && m.done <= done);
        Rc::make_mut(&mut self.marks).retain(|m| m.at_us <= shown_us);
    }

    /// How many exchanges the kept moments hold on to.
    fn exchanges(&self) -> u64 {
        let new = |w: &[Rc<Moment>]| match w {
            [a, b] => (b.cluster.traffic().sent() - a.cluster.traffic().sent()).min(EXCHANGES_KEPT as u64),
            _ => 0,
        };
        self.kept.windows(2).map(new).sum()
    }

    /// Takes away kept moments until they take no more room than they may. The very first one stays.
    fn make_room(&mut self, now: Time) {
        while self.kept.len() > KEPT_MAX {
            self.thin(now);
        }
        // Exchanges of a gap are held by the moments on both sides of it: only the oldest ones set some free.
        while self.kept.len() > 2 && self.exchanges() > EXCHANGES_MAX {
            self.kept.remove(1);
        }
    }

    /// Takes away the kept moment that is missed least: the gap it would leave is small for its age.
    fn thin(&mut self, now: Time) {
        let cost = |w: &[Rc<Moment>]| match w {
            [a, b, c] => c.cluster.now.since(a.cluster.now).0 as f64 / (now.since(b.cluster.now).0 + 20_000_000) as f64,
            _ => f64::INFINITY,
        };
        let costs = self.kept.windows(3).map(cost).enumerate();
        if let Some((i, _)) = costs.min_by(|a, b| a.1.total_cmp(&b.1)) {
            self.kept.remove(i + 1);
        }
    }
}

impl Playground {
    /// Whether an earlier moment is looked at.
    pub fn is_past(&self) -> bool {
        self.present.is_some()
    }

    /// The newest moment of this course.
    pub(super) fn newest(&self) -> Time {
        self.present.as_ref().map_or(self.moment.cluster.now, |p| p.cluster.now)
    }

    /// The newest moment, in microseconds since the session began.
    pub fn end_us(&self) -> u64 {
        self.newest().since(self.began).0
    }

    /// Goes to a moment, in microseconds since the session began; to the newest one if it is not before that.
    pub fn seek_us(&mut self, shown_us: u64) {
        let target = self.began + Duration::micros(shown_us);
        if target >= self.newest() {
            return self.return_to_present();
        }
        if self.present.is_none() {
            self.present = Some(Rc::new(self.moment.clone()));
        }
        let nearest = self.timeline.kept.iter().rev().find(|m| m.cluster.now <= target).cloned();
        // From here it may be nearer still.
        let ahead = self.moment.cluster.now <= target;
        match nearest {
            Some(kept) if !ahead || kept.cluster.now > self.moment.cluster.now => self.restore((*kept).clone()),
            None if !ahead => self.restore(Moment::first(self.origin)),
            _ => {}
        }
        self.replay_to(target);
    }

    /// Goes back to the newest moment.
    pub fn return_to_present(&mut self) {
        if let Some(present) = self.present.take() {
            self.restore((*present).clone());
        }
    }

    /// What happened from this moment to `end` happens again.
    pub(super) fn replay_to(&mut self, end: Time) {
        if end >= self.newest() {
            return self.return_to_present();
        }
        while let Some((at, input)) = self.timeline.inputs.get(self.moment.done).filter(|(at, _)| *at <= end).cloned() {
            self.run_to(at);
            self.step_job();
            self.happen(input);
        }
        self.run_to(end);
        self.step_job();
    }

    /// Keeps this moment on the timeline if none was kept for a while. Before the first input there is nothing to keep:
    /// the seed says it all.
    pub(super) fn keep_some_moments(&mut self) {
        let last = self.timeline.kept.last();
        if !self.is_past() && last.is_some_and(|m| self.moment.cluster.now.since(m.cluster.now) >= KEEP_EVERY) {
            self.keep_moment();
        }
    }

    /// Keeps this moment on the timeline.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn keep_moment(&mut self) {
        let moment = Rc::new(self.moment.clone());
        self.timeline.kept.push(moment);
        self.timeline.make_room(self.moment.cluster.now);
    }

    /// If this is the past, another course begins here.
    pub(super) fn fork(&mut self) {
        let Some(present) = self.present.take() else { return };
        self.other = Some(Box::new(Course { timeline: self.timeline.clone(), present }));
        let (done, now, shown_us) = (self.moment.done, self.moment.cluster.now, self.shown_us());
        self.timeline.cut(done, now, shown_us);
    }

    /// Whether there is another course to change to.
    pub fn has_other_course(&self) -> bool {
        self.other.is_some()
    }

    /// Changes to the other course, at its newest moment; this one is the other one then.
    pub fn change_course(&mut self) {
        let Some(other) = self.other.take() else { return };
        self.put_course_aside();
        self.timeline = other.timeline;
        self.restore((*other.present).clone());
    }

    fn put_course_aside(&mut self) {
        let present = self.present.take().unwrap_or_else(|| Rc::new(self.moment.clone()));
        self.other = Some(Box::new(Course { timeline: std::mem::take(&mut self.timeline), present }));
        self.log_revision += 1;
    }

    /// The cluster as at its start; files, typed lines and lesson stay, and so does what was, as the other course.
    pub fn reset(&mut self) {
        self.put_course_aside();
        self.restore(Moment::first(self.origin));
    }
}

#[cfg(test)]
mod tests;
