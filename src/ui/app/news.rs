//! What the live region tells of results: each request by itself, but when many come a sum of them now and then.

use super::super::text::{Msg, fill, say};
use super::App;
use crate::collections::BTreeMap;
use crate::playground::view::{Journey, RequestView, name_of};
use std::rc::Rc;

/// Milliseconds between two messages: what is read aloud is not cut off by the next.
const TELL_MS: f64 = 1_500.0;
/// So many Pods are named in a sum.
const NAMED: usize = 4;

/// Results that were not told yet.
#[derive(Default)]
pub(super) struct News {
    count: u64,
    /// How often each Pod answered.
    answered: BTreeMap<Rc<str>, u64>,
    /// The newest request, and the newest that failed.
    last: u64,
    last_failed: u64,
    failed: u64,
    told_ms: Option<f64>,
}

impl News {
    /// Takes down a request's result.
    pub(super) fn add(&mut self, id: u64, journey: &Journey) {
        self.count += 1;
        self.last = id;
        if journey.answered {
            *self.answered.entry(journey.pod.clone()).or_default() += 1;
        } else {
            self.failed += 1;
            self.last_failed = id;
        }
    }
}

impl App {
    /// Tells the results since the last message, unless that is still being read; gives whether it did.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub(super) fn tell_news(&mut self) -> bool {
        let since = self.news.told_ms.map_or(TELL_MS, |told| self.last_ms - told);
        if self.news.count == 0 || (0.0..TELL_MS).contains(&since) {
            return false;
        }
        let told_ms = Some(self.last_ms);
        let news = std::mem::replace(&mut self.news, News { told_ms, ..News::default() });
        let text = if news.count == 1 {
            self.playground.request(news.last).map(|r| self.one(&r))
        } else {
            Some(self.sum(&news))
        };
        self.told = text.unwrap_or_default().into();
        true
    }

    fn one(&self, r: &RequestView) -> String {
        let id = r.id.to_string();
        let name = name_of(&r.pod);
        if r.code != 0 {
            fill(self.settings.lang, Msg::AnsweredBy, &[&id, name])
        } else {
            fill(self.settings.lang, Msg::Failed, &[&id, &r.result])
        }
    }

    fn sum(&self, news: &News) -> String {
        let lang = self.settings.lang;
        let mut pods: Vec<String> =
            news.answered.iter().take(NAMED).map(|(pod, n)| format!("{} {n}", name_of(pod))).collect();
        if news.answered.len() > NAMED {
            pods.push(say(lang, Msg::NewsMore).into());
        }
        let answered = (news.count - news.failed).to_string();
        let mut text = fill(lang, Msg::NewsAnswered, &[&answered, &pods.join(", ")]);
        if news.failed > 0 {
            let why = self.playground.result_of(news.last_failed).unwrap_or_default();
            let failed = fill(lang, Msg::NewsFailed, &[&news.failed.to_string(), &why]);
            text = if news.failed == news.count { failed } else { format!("{text}; {failed}") };
        }
        text
    }
}
