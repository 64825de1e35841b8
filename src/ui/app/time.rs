//! The transport: steps, rewinding, and the dots that belong to a moment.

use super::super::motion::{AIRBORNE_MAX_S, Flights};
use super::super::text::{Msg, say};
use super::notes::How;
use super::{App, DOTS_MAX};
use std::rc::Rc;
use yew::prelude::*;

/// How the newest moment was left, with the dots that were under way.
pub(super) struct Left {
    playing: bool,
    lead_s: f64,
    flights: Flights,
}

impl App {
    /// The presentation clock: the simulated one, and the hops that were stepped since.
    pub(super) fn shown_s(&self) -> f64 {
        self.playground.now_us() as f64 / 1e6 + self.lead_s
    }

    /// New requests of the playground become flights.
    pub(super) fn take_off(&mut self) {
        if self.flown == self.playground.requests_sent() {
            return;
        }
        for (id, at_us, journey) in self.playground.journeys_since(self.flown) {
            self.flown = id;
            self.news.add(id, &journey);
            let sent_s = at_us as f64 / 1e6 + self.lead_s;
            self.flights.take_off(id, journey, sent_s, &self.derived.scene, &self.derived.places);
        }
    }

    /// Stops the clock and moves the dots to the next moment that `next` knows of one of them. If no dot is under way,
    /// time passes until a request is sent, a second at most.
    pub(super) fn step_to(&mut self, next: impl Fn(&Flights, f64) -> Option<f64>) {
        self.playing = false;
        for _ in 0..10 {
            if next(&self.flights, self.shown_s()).is_some() {
                break;
            }
            self.let_pass(100_000);
        }
        if let Some(at_s) = next(&self.flights, self.shown_s()) {
            self.lead_s += at_s - self.shown_s();
        }
    }

    /// A second of simulated time, and of presentation with it.
    pub(super) fn step_second(&mut self) {
        self.playing = false;
        self.let_pass(1_000_000);
    }

    fn let_pass(&mut self, micros: u64) {
        self.playground.advance_us(micros);
        self.playground.poll();
        self.derive();
    }

    /// Goes to a moment, in microseconds since the session began, and stops there if it isn't the newest.
    pub(super) fn seek(&mut self, us: u64) {
        let (past, newest) = (self.playground.is_past(), us >= self.playground.end_us());
        if newest && !past {
            return;
        }
        if !past {
            let flights = std::mem::take(&mut self.flights);
            self.left = Some(Left { playing: self.playing, lead_s: self.lead_s, flights });
        }
        self.playground.seek_us(us);
        self.playing = false;
        self.arrive();
    }

    /// Once the newest moment is reached again, or another course has begun, life goes on as it was left.
    pub(super) fn resume(&mut self) {
        if !self.playground.is_past()
            && let Some(left) = self.left.take()
        {
            self.playing |= left.playing;
        }
    }

    /// After a jump in time: the dots under way at this moment, and nothing of another one.
    fn arrive(&mut self) {
        self.lead_s = 0.0;
        self.behind_us = 0;
        self.flights.clear();
        let back = self.left.as_mut().filter(|_| !self.playground.is_past());
        let back = back.map(|left| (self.lead_s, self.flights) = (left.lead_s, std::mem::take(&mut left.flights)));
        self.flown = self.playground.requests_sent();
        self.told = AttrValue::default();
        self.sum = Default::default();
        self.derive();
        if back.is_some() {
            // The very dots that were there.
            self.flights.place(&self.derived.scene, &self.derived.places);
        } else {
            self.fly_anew();
        }
        // The request looked at stays if it was sent already, else the last one that was is looked at.
        let wanted = self.inspected.as_ref().map_or(self.flown, |r| r.id.min(self.flown));
        self.held &= self.inspected.as_ref().is_some_and(|r| r.id == wanted);
        self.inspected = self.playground.request(wanted).map(Rc::new);
        self.renew();
    }

    /// The dots of a moment, from when their requests were sent.
    fn fly_anew(&mut self) {
        let before_us = self.playground.now_us().saturating_sub((AIRBORNE_MAX_S * 1e6) as u64);
        let newest = 2 * DOTS_MAX as u64;
        self.flown = self.playground.last_before_us(before_us).max(self.flown.saturating_sub(newest));
        self.take_off();
        // What is seen again is no news.
        self.news = super::news::News::default();
        self.flights.land(self.shown_s());
    }

    pub(super) fn change_course(&mut self) {
        self.playground.change_course();
        self.resume();
        self.arrive();
    }

    pub(super) fn reset(&mut self) {
        self.playground.reset();
        self.resume();
        self.did(say(self.settings.lang, Msg::DidReset).to_string(), How::Course);
        self.arrive();
    }
}
