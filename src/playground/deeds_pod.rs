//! What can be done with a Pod, and with the number of its like.

use super::Playground;
use super::deeds::{Declared, Deed, DeedKind, Reason, deed};
use crate::api::{ObjectExt, Resource, Value, resource};
use std::rc::Rc;

impl Playground {
    /// The menu of a Pod.
    #[inline(never)] // kept apart: loaded with the rest of the engine
    pub(super) fn pod_deeds(&self, pod: &Rc<Value>) -> Vec<Deed> {
        let (name, n) = (pod.name(), self.in_namespace(pod.namespace()));
        let down = (!self.runs(pod.str_at("spec.nodeName"))).then_some(Reason::NodeDown);
        let waits = (pod.str_at("status.phase") != "Running").then_some(Reason::NotRunning);
        let reachable = |d: Deed| d.unless(down.clone()).unless(waits.clone());
        let mut all = vec![
            deed(DeedKind::Describe, format!("kubectl describe pod {name}{n}")),
            reachable(deed(DeedKind::Logs, format!("kubectl logs {name}{n}"))),
            reachable(deed(DeedKind::Shell, format!("kubectl exec -it {name}{n} -- sh"))),
            reachable(Deed { offered: true, ..deed(DeedKind::Request, format!("kubectl exec {name}{n} -- curl -s ")) }),
            reachable(self.readiness(pod)),
        ];
        for (key, value) in self.found_by(pod) {
            let line = format!("kubectl label pod {name}{n} {key}-");
            let back = format!("kubectl label pod {name}{n} {key}={value}");
            all.push(deed(DeedKind::Unlabel(format!("{key}={value}")), line).undone_by(back));
        }
        let labels = pod.labels();
        let label = labels.first().map_or("key=value".into(), |(k, v)| format!("{k}={v}"));
        let line = format!("kubectl label pod {name}{n} --overwrite {label}");
        all.push(Deed { offered: true, ..deed(DeedKind::Relabel, line) });
        all.push(self.deletion(&resource::PODS, pod));
        all.extend(self.replica_set_of(pod).map(|set| self.scalings(set)).unwrap_or_default());
        all
    }

    /// Failing or passing readiness, by the file that an exec probe looks at.
    fn readiness(&self, pod: &Value) -> Deed {
        let (name, n) = (pod.name(), self.in_namespace(pod.namespace()));
        let containers = pod.list_at("spec.containers");
        let of =
            if containers.len() > 1 { containers.iter().find(|c| c.get("readinessProbe").is_some()) } else { None };
        let c = of.map(|c| format!(" -c {}", c.str_at("name"))).unwrap_or_default();
        let probe = containers.iter().map(|c| c.at("readinessProbe")).find(|p| !p.is_null());
        let not = |reason| deed(DeedKind::FailReadiness, String::new()).unless(Some(reason));
        let Some(probe) = probe else { return not(Reason::NoProbe) };
        let asks = ["httpGet", "tcpSocket", "grpc"].into_iter().find(|kind| probe.get(*kind).is_some());
        if let Some(kind) = asks {
            return not(Reason::ProbeAsks(kind));
        }
        let Some(file) = probed_file(probe) else { return not(Reason::ProbeAsks("exec")) };
        let there = self.moment.cluster.pod_files.get(pod.uid()).is_some_and(|t| t.get(&file).is_some());
        let remove = format!("kubectl exec {name}{n}{c} -- rm {file}");
        let make = format!("kubectl exec {name}{n}{c} -- touch {file}");
        if there {
            deed(DeedKind::FailReadiness, remove).undone_by(make)
        } else {
            deed(DeedKind::PassReadiness, make).undone_by(remove)
        }
    }

    /// The labels by which a Service or the Pod's own controller finds it.
    fn found_by(&self, pod: &Value) -> Vec<(String, String)> {
        let services = self.moment.cluster.store.list(&resource::SERVICES, pod.namespace());
        let mut keys: Vec<&str> = Vec::new();
        for service in services {
            let pairs = service.pairs_at("spec.selector");
            if !pairs.is_empty() && pairs.iter().all(|(k, v)| pod.label(k) == Some(v)) {
                keys.extend(pairs.iter().map(|(k, _)| *k));
            }
        }
        if let Some(owner) = self.replica_set_of(pod) {
            keys.extend(owner.pairs_at("spec.selector.matchLabels").iter().map(|(k, _)| *k));
        }
        let mut found = Vec::new();
        for (key, value) in keys.into_iter().filter_map(|k| Some((k, pod.label(k)?))) {
            let pair = (key.to_string(), value.to_string());
            if key != "pod-template-hash" && !found.contains(&pair) {
                found.push(pair);
            }
        }
        found
    }

    /// The ReplicaSet that made a Pod.
    fn replica_set_of(&self, pod: &Value) -> Option<&Rc<Value>> {
        let owner = pod.list_at("metadata.ownerReferences").iter().find(|o| o.str_at("kind") == "ReplicaSet")?;
        self.moment.cluster.store.find(&resource::REPLICA_SETS, pod.namespace(), owner.str_at("name"))
    }

    /// What is scaled where a ReplicaSet is to have more or less Pods: the Deployment that owns it, or itself.
    pub(super) fn scaled<'a>(&'a self, set: &'a Value) -> (&'static Resource, &'a Value) {
        let above = set.list_at("metadata.ownerReferences").iter().find(|o| o.str_at("kind") == "Deployment");
        let deployment = above
            .and_then(|o| self.moment.cluster.store.find(&resource::DEPLOYMENTS, set.namespace(), o.str_at("name")));
        deployment.map_or((&resource::REPLICA_SETS, set), |d| (&resource::DEPLOYMENTS, d.as_ref()))
    }

    /// One Pod more, one less.
    pub(super) fn scalings(&self, set: &Value) -> Vec<Deed> {
        let (resource, object) = self.scaled(set);
        let short = resource.short.first().copied().unwrap_or(resource.plural);
        let (name, n) = (object.name(), self.in_namespace(object.namespace()));
        let count = object.int_at("spec.replicas").unwrap_or(1);
        let line = |replicas: i64| format!("kubectl scale {short} {name}{n} --replicas={replicas}");
        let owned = Box::new(Declared { resource, namespace: object.namespace().into(), name: name.into() });
        let scale = |kind, n: i64| Deed {
            edits: vec![("spec.replicas".into(), Some(n.into()))],
            declared: Some(owned.clone()),
            ..deed(kind, line(n)).undone_by(line(count))
        };
        let none = (count < 1).then_some(Reason::NoneLeft);
        vec![scale(DeedKind::More, count + 1), scale(DeedKind::Less, (count - 1).max(0)).unless(none)]
    }
}

/// The file that an exec probe looks at: the last absolute path among its words.
fn probed_file(probe: &Value) -> Option<String> {
    let words = probe.list_at("exec.command").iter().filter_map(Value::as_str);
    let text = words.filter(|w| !w.starts_with("/bin/") && !w.starts_with("/usr/")).collect::<Vec<_>>().join(" ");
    let path = text.split([' ', ';', '&', '|', '"', '\'', ']']).rfind(|w| w.starts_with('/') && w.len() > 1)?;
    Some(path.to_string())
}
