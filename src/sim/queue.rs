//! What will happen, in the order in which it will.

use super::Time;
use crate::collections::BTreeMap;

/// Future events by time; events of the same time come out in the order they went in.
#[derive(Clone, Debug)]
pub struct Queue<E> {
    events: BTreeMap<(Time, u64), E>,
    next: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { events: BTreeMap::new(), next: 0 }
    }
}

impl<E> Queue<E> {
    /// Adds `event` at `at`.
    pub fn push(&mut self, at: Time, event: E) {
        self.events.insert((at, self.next), event);
        self.next += 1;
    }
    /// When the next event is due.
    pub fn peek(&self) -> Option<Time> {
        self.events.first_key_value().map(|((at, _), _)| *at)
    }
    /// Takes the next event due at or before `until`.
    pub fn pop(&mut self, until: Time) -> Option<(Time, E)> {
        (self.peek()? <= until).then(|| self.events.pop_first()).flatten().map(|((at, _), e)| (at, e))
    }
    /// All events that are still to come, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Time, &E)> {
        self.events.iter().map(|((at, _), e)| (*at, e))
    }
}
