//! What a lesson's checks may know of the session.

use super::Playground;
use super::view::Place;
use crate::api::{ObjectExt, Value, resource};
use crate::lesson::{Answer, Facts};

/// The session as checks see it.
pub(super) struct Seen<'a>(pub &'a Playground);

impl Facts for Seen<'_> {
    fn field(&self, object: &str, path: &str) -> Option<String> {
        let (kind, name) = object.split_once('/')?;
        let found = resource::RESOURCES.iter().copied().find(|r| r.singular == kind)?;
        let v = self.0.cluster.store.find(found, if found.namespaced { "default" } else { "" }, name)?;
        match v.at(path) {
            Value::Null => None,
            Value::String(s) => Some(s.clone()),
            other => Some(other.to_string()),
        }
    }

    fn endpoints(&self, service: &str) -> usize {
        let Some(service) = self.0.cluster.store.find(&resource::SERVICES, "default", service) else { return 0 };
        self.0.endpoints_of(service).iter().filter(|e| e.at("conditions.ready") != &Value::Bool(false)).count()
    }

    fn answers(&self) -> Vec<Answer> {
        let scene = self.0.scene();
        let runs = |pod: &str| scene.pod(pod).is_some_and(|p| p.look == super::view::PodLook::Ready);
        let requests = self.0.requests_since(self.0.step_from());
        let answered = requests.into_iter().filter(|r| r.code != 0 && !r.pod.is_empty());
        answered
            .map(|r| Answer {
                door: r
                    .hops
                    .iter()
                    .find_map(|h| if let Place::Door(n, _) = &h.place { Some(n.clone()) } else { None })
                    .unwrap_or_default(),
                pod_runs: runs(&r.pod),
                pod: r.pod,
                from: r.from,
                service: r.service,
            })
            .collect()
    }

    fn rules_seen(&self) -> bool {
        self.0.rules_seen
    }
}
