//! Events, as client-go's recorders write them: counted when repeated, combined when similar, dropped when too many.

use super::Cluster;
use super::index::is;
use crate::api::resource::{EVENTS, NODES};
use crate::api::{ObjectExt, Resource, Value};
use crate::collections::BTreeMap;
use crate::sim::{Duration, Time};
use serde_json::json;
use std::rc::Rc;

/// Similar events of an object before they are combined (`defaultAggregateMaxEvents`).
const SIMILAR_MAX: usize = 10;
/// Events of one source and object at once (`defaultSpamBurst`).
const BURST: u64 = 25;
/// How long until one more is allowed (`defaultSpamQPS` is one in five minutes).
const REFILL: Duration = Duration::secs(300);

/// Who writes an event: `source.component` and `source.host`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source<'a> {
    /// `kubelet`, `replicaset-controller` …
    pub component: &'static str,
    /// The node's name, for a kubelet; else empty.
    pub host: &'a str,
}

/// `type` of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventType {
    Normal,
    Warning,
}

impl EventType {
    fn text(self) -> &'static str {
        if self == Self::Normal { "Normal" } else { "Warning" }
    }
}

/// One event that was written, to count the next one like it.
#[derive(Clone, Debug)]
struct Logged {
    group: Group,
    field: Rc<str>,
    /// Empty for the combined one.
    message: Rc<str>,
    name: Rc<str>,
    count: i64,
}

/// What makes events similar: `EventAggregatorByReasonFunc` of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    component: &'static str,
    host: Rc<str>,
    kind: EventType,
    reason: Rc<str>,
}

/// What is known about the events of one object.
#[derive(Clone, Debug, Default)]
struct Log {
    logged: Vec<Logged>,
    similar: Vec<(Group, Vec<Rc<str>>, Time)>,
    /// By source and type: tokens left in microseconds of refill, and when that was.
    spam: Vec<(&'static str, EventType, u64, Time)>,
}

/// All recorders' memory, by uid of the object the events are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    logs: BTreeMap<Rc<str>, Log>,
    last_nanos: u64,
}

impl Recorder {
    /// Forgets an object that is gone.
    pub fn forget(&mut self, uid: &str) {
        self.logs.remove(uid);
    }

    /// `NAME.HEX`, the hex being the time in nanoseconds; never the same twice.
    fn name(&mut self, about: &str, now: Time) -> String {
        let nanos = (Time::EPOCH_UNIX as u64) * 1_000_000_000 + now.0 * 1_000;
        self.last_nanos = nanos.max(self.last_nanos + 1_000);
        format!("{about}.{:x}", self.last_nanos)
    }
}

impl Log {
    /// Whether to combine, after taking note of `message` (`EventAggregator.EventAggregate`).
    fn combine(&mut self, group: &Group, message: &Rc<str>, now: Time) -> bool {
        let at = match self.similar.iter().position(|(g, ..)| g == group) {
            Some(at) => at,
            None => {
                self.similar.push((group.clone(), Vec::new(), now));
                self.similar.len() - 1
            }
        };
        let Some((_, messages, last)) = self.similar.get_mut(at) else { return false };
        if now.since(*last) > Duration::secs(600) {
            messages.clear();
        }
        *last = now;
        if !messages.contains(message) {
            messages.push(message.clone());
        }
        if messages.len() < SIMILAR_MAX {
            return false;
        }
        messages.pop();
        true
    }

    /// Whether the token bucket of this source is empty (`EventSourceObjectSpamFilter.Filter`).
    fn spam(&mut self, component: &'static str, kind: EventType, now: Time) -> bool {
        let full = BURST * REFILL.0;
        let at = match self.spam.iter().position(|s| s.0 == component && s.1 == kind) {
            Some(at) => at,
            None => {
                self.spam.push((component, kind, full, now));
                self.spam.len() - 1
            }
        };
        let Some((.., tokens, last)) = self.spam.get_mut(at) else { return false };
        *tokens = (*tokens + now.since(*last).0).min(full);
        *last = now;
        if *tokens < REFILL.0 {
            return true;
        }
        *tokens -= REFILL.0;
        false
    }
}

impl Cluster {
    /// Writes an event about `object`; `field` is `spec.containers{NAME}` or empty.
    // upstream: client-go/tools/record/events_cache.go EventCorrelator.EventCorrelate
    pub(crate) fn record(
        &mut self,
        source: Source<'_>,
        (resource, object): (&'static Resource, &Value),
        field: &str,
        (kind, reason): (EventType, &str),
        message: &str,
    ) {
        let now = self.now;
        let group = Group { component: source.component, host: source.host.into(), kind, reason: reason.into() };
        let uid: Rc<str> = object.uid().into();
        let text: Rc<str> = message.into();
        let log = self.recorder.logs.entry(uid.clone()).or_default();
        let combined = log.combine(&group, &text, now);
        let key: Rc<str> = if combined { "".into() } else { text };
        let seen =
            log.logged.iter().position(|l| l.group == group && l.message == key && (combined || &*l.field == field));
        let namespace = if resource.namespaced { object.namespace() } else { "default" };
        match seen {
            Some(at) => {
                let Some(logged) = log.logged.get_mut(at) else { return };
                logged.count += 1;
                let (name, count) = (logged.name.clone(), logged.count);
                if log.spam(source.component, kind, now) {
                    return;
                }
                let Some(old) = self.store.find(&EVENTS, namespace, &name) else { return };
                let mut event = old.as_ref().clone();
                event.set("count", count);
                event.set("lastTimestamp", now.rfc3339());
                event.set("message", written(message, combined));
                self.store.put(&EVENTS, event);
            }
            None => {
                let dropped = log.spam(source.component, kind, now);
                let name = self.recorder.name(object.name(), now);
                let logged = Logged { group, field: field.into(), message: key, name: name.as_str().into(), count: 1 };
                if let Some(log) = self.recorder.logs.get_mut(&uid) {
                    log.logged.push(logged);
                }
                if dropped {
                    return;
                }
                let mut event = self.event(name, namespace, (resource, object), (kind, reason));
                let time = now.rfc3339();
                event["count"] = 1.into();
                event["eventTime"] = Value::Null;
                event["firstTimestamp"] = time.clone().into();
                event["lastTimestamp"] = time.into();
                event["message"] = written(message, combined).into();
                event["source"] = json!({"component": source.component});
                if !source.host.is_empty() {
                    event["source"]["host"] = source.host.into();
                }
                if !field.is_empty() {
                    event["involvedObject"]["fieldPath"] = field.into();
                }
                event["reportingComponent"] = if combined { "" } else { source.component }.into();
                event["reportingInstance"] = if combined { "" } else { source.host }.into();
                self.store.put(&EVENTS, event);
            }
        }
    }

    /// Writes a scheduler's event: `events.k8s.io`'s recorder, which counts no repetitions of changed objects.
    // upstream: client-go/tools/events/event_recorder.go
    pub(crate) fn record_scheduling(&mut self, pod: &Value, action: &str, event: (EventType, &str), message: &str) {
        use crate::api::resource::PODS;
        let name = self.recorder.name(pod.name(), self.now);
        let mut object = self.event(name, pod.namespace(), (&PODS, pod), event);
        object["action"] = action.into();
        object["eventTime"] = self.now.rfc3339_micro().into();
        object["firstTimestamp"] = Value::Null;
        object["lastTimestamp"] = Value::Null;
        object["message"] = message.into();
        object["reportingComponent"] = "default-scheduler".into();
        object["reportingInstance"] = "default-scheduler-control-plane".into();
        object["source"] = json!({});
        self.store.put(&EVENTS, object);
    }

    fn event(
        &mut self,
        name: String,
        namespace: &str,
        (resource, object): (&'static Resource, &Value),
        (kind, reason): (EventType, &str),
    ) -> Value {
        let mut about = json!({"kind": resource.kind, "name": object.name(), "uid": object.uid()});
        if !is(resource, &NODES) {
            about["apiVersion"] = resource.api_version().into();
            about["resourceVersion"] = object.str_at("metadata.resourceVersion").into();
        }
        if resource.namespaced {
            about["namespace"] = object.namespace().into();
        }
        let uid = self.new_uid();
        json!({
            "apiVersion": "v1", "kind": "Event", "involvedObject": about, "reason": reason, "type": kind.text(),
            "metadata": {"name": name, "namespace": namespace, "uid": uid, "creationTimestamp": self.now.rfc3339()},
        })
    }
}

fn written(message: &str, combined: bool) -> String {
    if combined { format!("(combined from similar events): {message}") } else { message.into() }
}
