//! What came of the last burst that was sent from the page: it stays under the stage once the dots are gone, until Services
//! change.

use super::super::text::{Msg, fill};
use super::App;
use crate::playground::view::ServiceView;
use yew::AttrValue;

/// The last burst: the numbers of its requests, and what is said of it.
#[derive(Default)]
pub(super) struct Sum {
    first: u64,
    last: u64,
    /// Whether all of it is over on the stage.
    done: bool,
    pub said: AttrValue,
    /// The Services that it met.
    services: Vec<ServiceView>,
}

impl App {
    /// Sends requests, and keeps count of what comes of them.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn send(&mut self, n: u32) {
        let first = self.playground.requests_sent() + 1;
        self.playground.send(n);
        let services = self.derived.scene.services.clone();
        self.sum = Sum { first, last: self.playground.requests_sent(), services, ..Sum::default() };
    }

    /// Counts what has come of the last burst so far, on the presentation clock.
    pub(super) fn see_sum(&mut self) {
        if self.sum.last < self.sum.first || self.sum.first == 0 {
            return;
        }
        if self.sum.done {
            // What was true of other Services would be taken for true of these.
            if self.sum.services != self.derived.scene.services {
                self.sum = Sum::default();
            }
            return;
        }
        self.count_up();
    }

    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    fn count_up(&mut self) {
        let now = self.shown_s();
        let (mut answered, mut failed, mut last_failed) = (0u64, 0u64, 0);
        for id in self.sum.first..=self.sum.last {
            if self.flights.get(id).is_some_and(|f| !f.is_over(now)) {
                continue;
            }
            match self.playground.is_answered(id) {
                Some(true) => answered += 1,
                Some(false) => (failed, last_failed) = (failed + 1, id),
                None => {}
            }
        }
        let sent = self.sum.last + 1 - self.sum.first;
        self.sum.done = answered + failed == sent;
        let why = self.playground.result_of(last_failed).unwrap_or_default();
        let numbers = [sent, answered, failed].map(|n| n.to_string());
        let lang = self.settings.lang;
        let msg = if failed == 0 { Msg::SumAnswered } else { Msg::SumFailed };
        self.sum.said = fill(lang, msg, &[&numbers[0], &numbers[1], &numbers[2], &why]).into();
    }
}
