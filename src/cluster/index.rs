//! What controllers look up in the store without walking it: a digest of every Pod, who owns whom, which Services
//! select which labels (the informers' indexers).

use super::{Change, Key};
use crate::api::resource::{ENDPOINT_SLICES, PODS, SERVICES};
use crate::api::{ObjectExt, Resource, Value};
use crate::collections::{BTreeMap, BTreeSet};
use crate::sim::Time;
use std::rc::Rc;

/// Namespace and name.
pub(crate) type NamespacedName = (Rc<str>, Rc<str>);

/// A Pod's labels in key order.
pub(crate) type Labels = Rc<[(Box<str>, Box<str>)]>;

/// One label's value.
pub(crate) fn label<'a>(labels: &'a Labels, key: &str) -> Option<&'a str> {
    labels.iter().find(|(k, _)| &**k == key).map(|(_, v)| &**v)
}

/// `status.phase` of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Pending,
    Unknown,
    Running,
    Succeeded,
    Failed,
}

/// What controllers ask of a Pod again and again, read once a change.
#[derive(Clone, Debug)]
pub(crate) struct PodInfo {
    pub key: NamespacedName,
    pub object: Rc<Value>,
    pub labels: Labels,
    pub uid: Rc<str>,
    /// uid of the controlling owner.
    pub owner: Option<Rc<str>>,
    /// Empty until it is scheduled.
    pub node: Rc<str>,
    pub phase: Phase,
    pub ready: bool,
    /// When condition Ready last became what it is.
    pub ready_since: Time,
    pub created: Time,
    pub deleting: bool,
    pub ip: Rc<str>,
    /// `spec.hostname` and `spec.subdomain`, if it has both.
    pub hostname: Option<(Rc<str>, Rc<str>)>,
    /// The most restarts of any container.
    pub restarts: i64,
    /// `controller.kubernetes.io/pod-deletion-cost`
    pub deletion_cost: i64,
    /// On its way: starting, or ending.
    pub moving: bool,
}

impl PodInfo {
    fn read(key: &NamespacedName, object: &Rc<Value>, old: Option<&PodInfo>) -> Self {
        let pod = object.as_ref();
        let same = old.filter(|o| {
            let pairs = pod.at("metadata.labels").as_object();
            pairs.map_or(0, |m| m.len()) == o.labels.len() && o.labels.iter().all(|(k, v)| pod.label(k) == Some(v))
        });
        let labels = match same {
            Some(old) => old.labels.clone(),
            None => pod.labels().into_iter().map(|(k, v)| (k.into(), v.into())).collect(),
        };
        let phase = match pod.str_at("status.phase") {
            "Running" => Phase::Running,
            "Succeeded" => Phase::Succeeded,
            "Failed" => Phase::Failed,
            "Unknown" => Phase::Unknown,
            _ => Phase::Pending,
        };
        let condition = pod.list_at("status.conditions").iter().find(|c| c.str_at("type") == "Ready");
        let statuses = pod.list_at("status.containerStatuses");
        let node = pod.str_at("spec.nodeName");
        let deleting = pod.at("metadata").get("deletionTimestamp").is_some();
        let starting = |s: &Value| {
            matches!(s.str_at("state.waiting.reason"), "ContainerCreating" | "PodInitializing" | "ErrImagePull")
        };
        let unstarted = !node.is_empty() && (statuses.is_empty() || statuses.iter().any(starting));
        Self {
            key: key.clone(),
            object: object.clone(),
            labels,
            uid: pod.uid().into(),
            owner: controller_of(pod).map(|o| o.str_at("uid").into()),
            node: node.into(),
            phase,
            ready: condition.is_some_and(|c| c.str_at("status") == "True"),
            ready_since: condition.and_then(|c| Time::parse(c.str_at("lastTransitionTime"))).unwrap_or_default(),
            created: Time::parse(pod.str_at("metadata.creationTimestamp")).unwrap_or_default(),
            deleting,
            ip: pod.str_at("status.podIP").into(),
            hostname: Some((pod.str_at("spec.hostname"), pod.str_at("spec.subdomain")))
                .filter(|(host, domain)| !host.is_empty() && !domain.is_empty())
                .map(|(host, domain)| (host.into(), domain.into())),
            restarts: statuses.iter().filter_map(|s| s.int_at("restartCount")).max().unwrap_or(0),
            deletion_cost: annotation(pod, "controller.kubernetes.io/pod-deletion-cost").parse().unwrap_or(0),
            moving: deleting || (unstarted && !matches!(phase, Phase::Succeeded | Phase::Failed)),
        }
    }
    /// Neither finished nor terminating (`controller.IsPodActive`).
    pub fn active(&self) -> bool {
        !self.deleting && !self.finished()
    }
    /// Its containers have ended for good.
    pub fn finished(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }
    /// Ready for `min_ready_seconds` (`podutil.IsPodAvailable`).
    pub fn available(&self, min_ready_seconds: i64, now: Time) -> bool {
        self.ready && (min_ready_seconds <= 0 || now.since(self.ready_since).as_secs() as i64 >= min_ready_seconds)
    }
}

/// The owner reference that says `controller: true` (`metav1.GetControllerOf`).
pub(crate) fn controller_of(object: &Value) -> Option<&Value> {
    object.list_at("metadata.ownerReferences").iter().find(|o| o.bool_at("controller"))
}

/// One annotation's value, empty if there is none.
pub(crate) fn annotation<'a>(object: &'a Value, key: &str) -> &'a str {
    object.at("metadata.annotations").get(key).and_then(Value::as_str).unwrap_or("")
}

/// All indexes; kept up to date by [`Index::update`], one change at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    pods: BTreeMap<NamespacedName, Rc<PodInfo>>,
    by_owner: BTreeMap<Rc<str>, BTreeMap<NamespacedName, Rc<PodInfo>>>,
    by_node: BTreeMap<Rc<str>, BTreeMap<NamespacedName, Rc<PodInfo>>>,
    by_label: BTreeMap<String, BTreeMap<Rc<str>, Rc<PodInfo>>>,
    /// How many Pods of a controller that are not going away are on a node.
    spread: BTreeMap<Rc<str>, BTreeMap<Rc<str>, i64>>,
    services: BTreeMap<String, BTreeSet<Rc<str>>>,
    slices: BTreeMap<NamespacedName, BTreeSet<Rc<str>>>,
    dependents: BTreeMap<Rc<str>, BTreeSet<Key>>,
    /// Where the object of a uid is; events and leases own nothing and are not in it.
    by_uid: BTreeMap<Rc<str>, Key>,
    /// Pods on their way and objects being deleted.
    moving: usize,
}

fn label_key(namespace: &str, key: &str, value: &str) -> String {
    [namespace, "/", key, "=", value].concat()
}

fn drop_from<K: Ord, V: Ord>(map: &mut BTreeMap<K, BTreeSet<V>>, key: &K, value: &V) {
    if let Some(set) = map.get_mut(key) {
        set.remove(value);
        if set.is_empty() {
            map.remove(key);
        }
    }
}

impl Index {
    /// Pods of one namespace, by name.
    pub fn pods_in<'a>(&'a self, namespace: &'a Rc<str>) -> impl Iterator<Item = &'a Rc<PodInfo>> {
        self.pods
            .range((namespace.clone(), "".into())..)
            .take_while(move |((ns, _), _)| ns == namespace)
            .map(|(_, p)| p)
    }
    /// Pods whose controller has this uid.
    pub fn owned_by(&self, uid: &str) -> impl Iterator<Item = &Rc<PodInfo>> + use<'_> {
        self.by_owner.get(uid).into_iter().flat_map(BTreeMap::values)
    }
    /// Pods on a node.
    pub fn on_node(&self, node: &str) -> impl Iterator<Item = &Rc<PodInfo>> + use<'_> {
        self.by_node.get(node).into_iter().flat_map(BTreeMap::values)
    }
    /// How many Pods of a controller are on a node.
    pub fn spread(&self, owner: &str) -> Option<&BTreeMap<Rc<str>, i64>> {
        self.spread.get(owner)
    }
    /// Pods of a namespace that carry all of `pairs` (at least one).
    pub fn selected<'a, 'b>(
        &'a self,
        namespace: &str,
        pairs: &'b [(&'b str, &'b str)],
    ) -> impl Iterator<Item = &'a Rc<PodInfo>> + use<'a, 'b> {
        let first = pairs.first().and_then(|(k, v)| self.by_label.get(&label_key(namespace, k, v)));
        let rest = pairs.get(1..).unwrap_or(&[]);
        first
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(move |p| rest.iter().all(|(k, v)| label(&p.labels, k) == Some(v)))
    }
    /// About how many Pods carry `pairs`: as many as carry the first of them.
    pub fn selection_size(&self, namespace: &str, pairs: &[(&str, &str)]) -> usize {
        let first = pairs.first().and_then(|(k, v)| self.by_label.get(&label_key(namespace, k, v)));
        first.map_or(0, BTreeMap::len)
    }
    /// Services whose selector's first pair is among `labels`; the rest of the selector is the caller's to check.
    pub fn services_for(&self, namespace: &str, labels: &[(&str, &str)]) -> Vec<Rc<str>> {
        labels
            .iter()
            .filter_map(|(k, v)| self.services.get(&label_key(namespace, k, v)))
            .flat_map(|s| s.iter().cloned())
            .collect()
    }
    /// Names of the EndpointSlices of a Service.
    pub fn slices(&self, namespace: &Rc<str>, service: &Rc<str>) -> Vec<Rc<str>> {
        let names = self.slices.get(&(namespace.clone(), service.clone()));
        names.into_iter().flatten().cloned().collect()
    }
    /// Where the object with this uid is, if there is one.
    pub fn owner(&self, uid: &str) -> Option<&Key> {
        self.by_uid.get(uid)
    }
    /// Objects that name `uid` as an owner.
    pub fn dependents(&self, uid: &str) -> impl Iterator<Item = &Key> {
        self.dependents.get(uid).into_iter().flatten()
    }
    /// How many Pods are starting or ending and how many objects are being deleted.
    pub fn moving(&self) -> usize {
        self.moving
    }

    /// Takes one change in.
    pub fn update(&mut self, change: &Change) {
        let Change { key, old, new, .. } = change;
        self.update_dependents(key, old.as_deref(), new.as_deref());
        if let Some(old) = old.as_ref().filter(|o| new.as_ref().is_none_or(|n| n.uid() != o.uid())) {
            self.by_uid.remove(old.uid());
        }
        if let Some(new) = new.as_ref().filter(|n| old.as_ref().is_none_or(|o| n.uid() != o.uid())) {
            self.by_uid.insert(new.uid().into(), key.clone());
        }
        if is(key.resource, &PODS) {
            self.update_pod(key, new.as_ref());
        } else {
            let deleting = |v: &Rc<Value>| usize::from(v.at("metadata").get("deletionTimestamp").is_some());
            self.moving += new.as_ref().map_or(0, deleting);
            self.moving -= old.as_ref().map_or(0, deleting).min(self.moving);
        }
        if is(key.resource, &ENDPOINT_SLICES) {
            let service =
                |v: &Rc<Value>| (key.namespace.clone(), v.label("kubernetes.io/service-name").unwrap_or("").into());
            if let Some(old) = old {
                drop_from(&mut self.slices, &service(old), &key.name);
            }
            if let Some(new) = new {
                self.slices.entry(service(new)).or_default().insert(key.name.clone());
            }
        }
        if is(key.resource, &SERVICES) {
            if let Some((k, v)) = old.as_ref().and_then(|o| o.pairs_at("spec.selector").first().copied()) {
                drop_from(&mut self.services, &label_key(&key.namespace, k, v), &key.name);
            }
            if let Some((k, v)) = new.as_ref().and_then(|o| o.pairs_at("spec.selector").first().copied()) {
                self.services.entry(label_key(&key.namespace, k, v)).or_default().insert(key.name.clone());
            }
        }
    }

    fn update_dependents(&mut self, key: &Key, old: Option<&Value>, new: Option<&Value>) {
        let owners = |v: Option<&Value>| v.map_or(&[] as &[Value], |v| v.list_at("metadata.ownerReferences")).to_vec();
        let same = match (old, new) {
            (Some(o), Some(n)) => o.list_at("metadata.ownerReferences") == n.list_at("metadata.ownerReferences"),
            _ => false,
        };
        if same {
            return;
        }
        for owner in owners(old) {
            drop_from(&mut self.dependents, &owner.str_at("uid").into(), key);
        }
        for owner in owners(new) {
            self.dependents.entry(owner.str_at("uid").into()).or_default().insert(key.clone());
        }
    }

    fn update_pod(&mut self, key: &Key, new: Option<&Rc<Value>>) {
        let name = (key.namespace.clone(), key.name.clone());
        let old = self.pods.remove(&name);
        let info = new.map(|n| Rc::new(PodInfo::read(&name, n, old.as_deref())));
        if let Some(old) = &old {
            self.moving -= usize::from(old.moving).min(self.moving);
            self.count(old, -1);
            let gone = |f: &dyn Fn(&PodInfo) -> bool| info.as_ref().is_none_or(|i| !f(i));
            if let Some(owner) = old.owner.as_ref().filter(|_| gone(&|i| i.owner == old.owner)) {
                take_from(&mut self.by_owner, owner, &name);
            }
            if !old.node.is_empty() && gone(&|i| i.node == old.node) {
                take_from(&mut self.by_node, &old.node, &name);
            }
            if gone(&|i| Rc::ptr_eq(&i.labels, &old.labels)) {
                for (k, v) in old.labels.iter() {
                    take_from(&mut self.by_label, &label_key(&name.0, k, v), &name.1);
                }
            }
        }
        let Some(info) = info else { return };
        self.moving += usize::from(info.moving);
        self.count(&info, 1);
        if let Some(owner) = &info.owner {
            put_into(&mut self.by_owner, owner, &name, &info);
        }
        if !info.node.is_empty() {
            put_into(&mut self.by_node, &info.node, &name, &info);
        }
        for (k, v) in info.labels.iter() {
            self.by_label.entry(label_key(&name.0, k, v)).or_default().insert(name.1.clone(), info.clone());
        }
        self.pods.insert(name, info);
    }

    /// Counts a Pod in or out of its controller's spread over the nodes.
    fn count(&mut self, pod: &PodInfo, by: i64) {
        let Some(owner) = pod.owner.as_ref().filter(|_| !pod.deleting && !pod.node.is_empty()) else { return };
        if !self.spread.contains_key(owner) {
            self.spread.insert(owner.clone(), BTreeMap::new());
        }
        let Some(nodes) = self.spread.get_mut(owner) else { return };
        let count = nodes.entry(pod.node.clone()).or_default();
        *count += by;
        if *count <= 0 {
            nodes.remove(&pod.node);
            if nodes.is_empty() {
                self.spread.remove(owner);
            }
        }
    }
}

fn take_from<K: Ord, N: Ord, V>(map: &mut BTreeMap<K, BTreeMap<N, V>>, key: &K, name: &N) {
    if let Some(inner) = map.get_mut(key) {
        inner.remove(name);
        if inner.is_empty() {
            map.remove(key);
        }
    }
}

fn put_into<V: Clone>(
    map: &mut BTreeMap<Rc<str>, BTreeMap<NamespacedName, V>>,
    key: &Rc<str>,
    name: &NamespacedName,
    value: &V,
) {
    match map.get_mut(key) {
        Some(inner) => inner.insert(name.clone(), value.clone()),
        None => map.entry(key.clone()).or_default().insert(name.clone(), value.clone()),
    };
}

/// Whether two are the same resource.
pub(crate) fn is(a: &'static Resource, b: &'static Resource) -> bool {
    std::ptr::eq(a, b)
}
