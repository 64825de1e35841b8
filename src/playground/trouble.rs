//! Why something does not work: Services that answer nobody, Pods that don't start or don't get ready.

use super::scene::{key, look, own, selects, written};
use super::view::{PodLook, Trouble};
use super::{Playground, Thing};
use crate::api::{ObjectExt, Value, resource};
use std::rc::Rc;

/// Reasons of a container that waits for its image in vain.
const NO_IMAGE: [&str; 4] = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];

impl Playground {
    /// Why a Service answers nobody; `None` if it answers, or if there is none of that name.
    // Kept apart: loaded with the rest of the engine.
    #[inline(never)]
    pub fn trouble(&self, namespace: &str, name: &str) -> Option<Trouble> {
        let service = self.moment.cluster.store.find(&resource::SERVICES, namespace, name)?;
        let selector = service.pairs_at("spec.selector");
        if selector.is_empty() || service.str_at("spec.type") == "ExternalName" {
            return None;
        }
        let pods: Vec<&Rc<Value>> = self.living_pods(namespace).collect();
        let matching: Vec<&Rc<Value>> = pods.iter().copied().filter(|p| selects(&selector, p)).collect();
        if matching.is_empty() {
            // Those that are being deleted serve to the end.
            return (!self.leads(service, None)).then(|| self.selects_nothing(service, &selector, &pods));
        }
        let Some(ready) = matching.iter().find(|p| look(p).0 == PodLook::Ready) else {
            let why = matching.iter().find_map(|p| self.pod_trouble(p)).map(Box::new);
            // On their way is no trouble yet.
            let stuck = matching.iter().any(|p| matches!(look(p).0, PodLook::NotReady | PodLook::Failed));
            return (stuck || why.is_some()).then(|| Trouble::NoneReady {
                service: key(service),
                matching: matching.len(),
                why,
            });
        };
        self.nobody_listens(service, ready)
    }

    fn living_pods<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Rc<Value>> {
        self.moment
            .cluster
            .store
            .list(&resource::PODS, namespace)
            .filter(|p| p.at("metadata.deletionTimestamp").is_null())
    }

    fn selects_nothing(&self, service: &Value, selector: &[(&str, &str)], pods: &[&Rc<Value>]) -> Trouble {
        let written = written(selector);
        let elsewhere = self.living_pods("").find(|p| own(p.namespace()) && selects(selector, p));
        match elsewhere {
            Some(pod) => {
                Trouble::WrongNamespace { service: key(service), selector: written, namespace: pod.namespace().into() }
            }
            None => {
                let (nearest, owner) = nearest(selector, pods);
                Trouble::SelectsNothing { service: key(service), selector: written, nearest, owner }
            }
        }
    }

    /// The first port of a Service behind which no container of a ready Pod listens.
    fn nobody_listens(&self, service: &Value, pod: &Value) -> Option<Trouble> {
        let listening = self.listening(pod);
        let names = port_names(pod);
        for (index, port) in service.list_at("spec.ports").iter().enumerate() {
            if port.str_at("protocol") == "UDP" || port.str_at("protocol") == "SCTP" {
                continue;
            }
            let target = port.at("targetPort");
            let number = match target.as_str() {
                Some(name) => match names.iter().find(|(n, _)| n == name) {
                    Some((_, number)) => Some(*number),
                    None => {
                        let names = names.into_iter().map(|(n, _)| n).collect();
                        let (service, port) = (key(service), name.to_string());
                        return Some(Trouble::NoSuchPort { service, index, port, names, listening });
                    }
                },
                None => target.as_i64().or(port.int_at("port")),
            };
            let Some(port) = number.and_then(|n| u16::try_from(n).ok()) else { continue };
            if !listening.contains(&port) {
                return Some(Trouble::NobodyListens { service: key(service), index, port, listening });
            }
        }
        None
    }

    /// Why a Service answers nobody, or doesn't at some doors.
    pub(super) fn service_trouble(&self, namespace: &str, name: &str) -> Option<Trouble> {
        self.trouble(namespace, name).or_else(|| self.shut_doors(namespace, name))
    }

    /// Of a Service with `externalTrafficPolicy: Local`: the nodes whose door leads nowhere.
    fn shut_doors(&self, namespace: &str, name: &str) -> Option<Trouble> {
        let service = self.moment.cluster.store.find(&resource::SERVICES, namespace, name)?;
        if service.str_at("spec.externalTrafficPolicy") != "Local" {
            return None;
        }
        let nodes = self.moment.cluster.store.list(&resource::NODES, "").map(|n| n.name());
        let shut: Vec<String> = nodes.filter(|n| !self.leads(service, Some(n))).map(Into::into).collect();
        (!shut.is_empty()).then(|| Trouble::NoLocalPod { service: key(service), nodes: shut })
    }

    /// Why something on the stage does not work; `None` if it does, or is on its way.
    pub fn wrong_with(&self, thing: &Thing) -> Option<Trouble> {
        match thing {
            Thing::Pod(key) => {
                let (namespace, name) = key.split_once('/')?;
                self.pod_trouble(self.moment.cluster.store.find(&resource::PODS, namespace, name)?)
            }
            Thing::Service(key) => {
                let (namespace, name) = key.split_once('/')?;
                self.service_trouble(namespace, name)
            }
            Thing::Node(_) | Thing::ReplicaSet(_) => None,
        }
    }

    /// Why a Pod does not start or get ready; `None` if it works or is on its way.
    pub fn pod_trouble(&self, pod: &Value) -> Option<Trouble> {
        let name = || key(pod);
        if !pod.str_at("metadata.deletionTimestamp").is_empty() {
            return None;
        }
        let unscheduled = |c: &&Value| {
            c.str_at("type") == "PodScheduled" && c.str_at("status") == "False" && !c.str_at("message").is_empty()
        };
        if let Some(condition) = pod.list_at("status.conditions").iter().find(unscheduled) {
            return Some(Trouble::Unscheduled { pod: name(), message: condition.str_at("message").into() });
        }
        for (index, status) in pod.list_at("status.containerStatuses").iter().enumerate() {
            let reason = status.str_at("state.waiting.reason");
            if NO_IMAGE.contains(&reason) {
                let image = status.str_at("image").into();
                return Some(Trouble::NoImage { pod: name(), index, image, reason: reason.into() });
            }
            let ended = status.int_at("state.terminated.exitCode").is_some_and(|code| code != 0);
            if ended || !matches!(reason, "" | "ContainerCreating" | "PodInitializing") {
                let reason = if reason.is_empty() { "Error" } else { reason };
                let message = status.str_at("state.waiting.message").into();
                return Some(Trouble::Crashing { pod: name(), index, reason: reason.into(), message });
            }
        }
        if look(pod).0 != PodLook::NotReady {
            return None;
        }
        let index = pod.list_at("spec.containers").iter().position(|c| !c.at("readinessProbe").is_null())?;
        let message = self.probe_said(pod)?;
        Some(Trouble::Unready { pod: name(), index, message, listening: self.listening(pod) })
    }

    /// What a Pod's readiness probe said when it last failed.
    fn probe_said(&self, pod: &Value) -> Option<String> {
        let events = self.moment.cluster.store.list(&resource::EVENTS, pod.namespace());
        let own = events.filter(|e| e.str_at("involvedObject.uid") == pod.uid() && e.str_at("reason") == "Unhealthy");
        let failed = own.filter(|e| e.str_at("message").starts_with("Readiness"));
        let last = failed.max_by_key(|e| e.str_at("lastTimestamp").to_string())?;
        Some(last.str_at("message").trim_end().into())
    }

    /// Why the Pods of a workload (or the Pod itself) don't work, with the first such Pod.
    pub(super) fn workload_trouble(&self, kind: &str, namespace: &str, name: &str) -> Option<Trouble> {
        let mut pods = self.living_pods(namespace).filter(|p| match kind {
            "Pod" => p.name() == name,
            _ => self.belongs(p, kind, name),
        });
        pods.find_map(|p| self.pod_trouble(p))
    }

    /// Whether a workload controls a Pod, be it through a ReplicaSet.
    fn belongs(&self, pod: &Value, kind: &str, name: &str) -> bool {
        let controller = |v: &Value| {
            let owner = v.list_at("metadata.ownerReferences").iter().find(|o| o.bool_at("controller"))?;
            Some((owner.str_at("kind").to_string(), owner.str_at("name").to_string()))
        };
        let Some((k, n)) = controller(pod) else { return false };
        if k == kind && n == name {
            return true;
        }
        let set = if k == "ReplicaSet" {
            self.moment.cluster.store.find(&resource::REPLICA_SETS, pod.namespace(), &n)
        } else {
            None
        };
        set.and_then(|rs| controller(rs)).is_some_and(|(k, n)| k == kind && n == name)
    }
}

/// A Pod's named TCP ports.
fn port_names(pod: &Value) -> Vec<(String, i64)> {
    let ports = pod.list_at("spec.containers").iter().flat_map(|c| c.list_at("ports"));
    let named = ports.filter(|p| !p.str_at("name").is_empty());
    named.filter_map(|p| Some((p.str_at("name").to_string(), p.int_at("containerPort")?))).collect()
}

/// What is nearest to a selector among the Pods there are: the same value under another key, else the same key with
/// another value, else any label. With whose Pods those are.
fn nearest(selector: &[(&str, &str)], pods: &[&Rc<Value>]) -> (String, String) {
    let labels = pods.iter().flat_map(|p| p.labels().into_iter().map(move |l| (l, *p)));
    let rank = |(k, v): &(&str, &str)| match selector {
        s if s.iter().any(|(_, value)| value == v) => 0,
        s if s.iter().any(|(key, _)| key == k) => 1,
        _ if *k == "pod-template-hash" => 3,
        _ => 2,
    };
    let Some(((k, v), pod)) = labels.min_by_key(|(l, _)| rank(l)) else { return Default::default() };
    let owner = pod.list_at("metadata.ownerReferences").first();
    (format!("{k}={v}"), owner.map(|o| format!("{}/{}", o.str_at("kind"), o.str_at("name"))).unwrap_or_default())
}
