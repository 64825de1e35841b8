//! What a lesson's checks may know of the session.

use super::view::PodLook;
use super::{Playground, hops, scene};
use crate::api::{ObjectExt, Value, resource};
use crate::cluster::traffic::Exchange;
use crate::lesson::{Answer, Answers, Facts};
use crate::network::Outcome;
use std::rc::Rc;

/// So many answers are kept for checks, which look at them ten times a second; each kept moment has its own list.
const ANSWERS_MAX: usize = 2_000;

/// The session as checks see it.
pub(super) struct Seen<'a>(pub &'a Playground);

impl Facts for Seen<'_> {
    fn field(&self, object: &str, path: &str) -> Option<String> {
        let (kind, name) = object.split_once('/')?;
        let found = resource::RESOURCES.iter().copied().find(|r| r.singular == kind)?;
        let v = self.0.moment.cluster.store.find(found, if found.namespaced { "default" } else { "" }, name)?;
        match v.at(path) {
            Value::Null => None,
            Value::String(s) => Some(s.clone()),
            other => Some(other.to_string()),
        }
    }

    fn endpoints(&self, service: &str) -> usize {
        let Some(service) = self.0.moment.cluster.store.find(&resource::SERVICES, "default", service) else { return 0 };
        self.0.endpoints_of(service).filter(|e| e.at("conditions.ready") != &Value::Bool(false)).count()
    }

    fn answers<'a>(&'a self, service: &'a str) -> Answers<'a> {
        Box::new(self.0.moment.answers.iter().filter(move |a| &*a.service == service))
    }

    fn runs(&self, pod: &str) -> bool {
        let found =
            pod.split_once('/').and_then(|(ns, name)| self.0.moment.cluster.store.find(&resource::PODS, ns, name));
        found.is_some_and(|p| scene::look(p).0 == PodLook::Ready)
    }

    fn refusals(&self, service: &str) -> usize {
        self.0.moment.refused.get(service).copied().unwrap_or(0)
    }

    fn rules_seen(&self) -> bool {
        self.0.moment.rules_seen
    }
}

impl Playground {
    /// Whether a request was sent to a Service's ClusterIP.
    fn is_cluster_ip(&self, service: &str, e: &Exchange) -> bool {
        let store = &self.moment.cluster.store;
        let found = service.split_once('/').and_then(|(ns, name)| store.find(&resource::SERVICES, ns, name));
        let asked = e.connection.as_ref().map(|c| c.client.dst);
        found.is_some_and(|s| s.str_at("spec.clusterIP").parse().ok() == asked)
    }

    /// Notes a request that a Service's rule refused, for the same.
    pub(super) fn note_refusal(&mut self, e: &Exchange) {
        let trace = e.connection.as_ref().and_then(|c| c.trace.as_deref());
        let refused = e.connection.as_ref().is_some_and(|c| matches!(c.outcome, Outcome::Rejected { .. }));
        if let Some(service) = trace.and_then(hops::service_of).filter(|_| refused) {
            *self.moment.refused.entry(service.into()).or_insert(0) += 1;
        }
    }

    /// Notes an answer for the checks of the lesson's step at hand.
    pub(super) fn note_answer(&mut self, e: &Exchange) {
        let step = self.moment.step;
        if self.lesson.as_ref().is_none_or(|l| l.steps.len() <= step) {
            return;
        }
        let trace = e.connection.as_ref().and_then(|c| c.trace.as_deref());
        let door = trace.and_then(|t| hops::door_of(self.moment.cluster.network(), t));
        let service: Rc<str> = trace.and_then(hops::service_of).unwrap_or_default().into();
        if self.moment.answers.len() == ANSWERS_MAX {
            self.moment.answers.pop_front();
        }
        self.moment.answers.push_back(Answer {
            from: e.from.clone(),
            pod: e.pod.clone(),
            door: door.unwrap_or_else(|| "".into()),
            inside: self.is_cluster_ip(&service, e),
            service,
        });
    }
}
