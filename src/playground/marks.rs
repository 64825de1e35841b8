//! Marks: what happened when, for whoever looks for a moment to go back to.

use super::Playground;
use super::scene::{key, look, own};
use super::view::{PodLook, name_of};
use crate::api::{ObjectExt, resource};
use crate::collections::BTreeMap;
use std::rc::Rc;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// A line was typed.
    Typed,
    /// A line was typed that applies manifests.
    Applied,
    /// Requests were sent from the page.
    Sent,
    /// A Pod became ready.
    Ready,
    /// A Pod is ready no more.
    NotReady,
    /// A Pod is gone.
    Gone,
    /// A request got no answer.
    Failed,
    /// A step of the lesson was passed.
    Step,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When, in microseconds since the session began.
    pub at_us: u64,
    /// What kind of thing.
    pub kind: MarkKind,
    /// The line, the Pod's name, the address and why it failed, the step's index (its title is in some language).
    pub what: String,
    /// How many more of the kind came within [`ALIKE_US`].
    pub more: u32,
}

/// Things of one kind within this time are one mark.
const ALIKE_US: u64 = 1_000_000;
/// Most marks that are kept.
const MARKS_MAX: usize = 400;

impl Playground {
    /// What happened when, oldest first, the future of an earlier moment included.
    pub fn marks(&self) -> Rc<Vec<Mark>> {
        self.timeline.marks.clone()
    }

    /// Notes that something happens now. What happens again was noted the first time.
    pub(super) fn mark(&mut self, kind: MarkKind, what: String) {
        if self.is_past() {
            return;
        }
        let at_us = self.shown_us();
        let single = matches!(kind, MarkKind::Typed | MarkKind::Applied | MarkKind::Step);
        let marks = Rc::make_mut(&mut self.timeline.marks);
        let alike = marks.iter_mut().rev().take_while(|m| m.at_us + ALIKE_US >= at_us).find(|m| m.kind == kind);
        match alike.filter(|_| !single) {
            Some(mark) => mark.more += 1,
            None => marks.push(Mark { at_us, kind, what, more: 0 }),
        }
        if marks.len() > MARKS_MAX {
            // What the learner did is spared as long as there is something else.
            let oldest = marks.iter().position(|m| !matches!(m.kind, MarkKind::Typed | MarkKind::Applied));
            marks.remove(oldest.unwrap_or(0));
        }
    }

    /// Gives new Pods their colours, and notes which became ready, are so no more, or are gone since this was last
    /// asked.
    pub(super) fn observe_pods(&mut self) {
        let own_pods = self.moment.cluster.store.list(&resource::PODS, "").filter(|p| own(p.namespace()));
        let now: BTreeMap<String, bool> = own_pods.map(|p| (key(p), look(p).0 == PodLook::Ready)).collect();
        if *self.moment.pods == now {
            return;
        }
        self.colour_pods(now.keys().cloned().collect());
        self.forget_other_colours();
        let before = std::mem::replace(&mut self.moment.pods, Rc::new(now));
        let name = |key: &str| name_of(key).to_string();
        let pods = self.moment.pods.clone();
        for (key, ready) in pods.iter() {
            match (before.get(key).copied().unwrap_or(false), ready) {
                (false, true) => self.mark(MarkKind::Ready, name(key)),
                (true, false) => self.mark(MarkKind::NotReady, name(key)),
                _ => {}
            }
        }
        for (key, _) in before.iter().filter(|(key, _)| !pods.contains_key(*key)) {
            self.mark(MarkKind::Gone, name(key));
        }
    }
}
