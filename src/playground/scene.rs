//! The stage's scene, from what the API server has. It is made anew when the store changed, and then only what did.

use super::Playground;
use super::view::{ClientView, DoorView, NodeView, PodLook, PodTag, PodView, Scene, ServiceView, SetView};
use crate::api::{ObjectExt, Value, resource};
use crate::collections::{BTreeMap, BTreeSet, sort_by_key};
use std::net::IpAddr;
use std::rc::Rc;

/// Colours a Pod can have.
const COLOURS: usize = 6;

/// Whether a namespace is the learner's: those of the system stay off the stage.
pub(super) fn own(namespace: &str) -> bool {
    !matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
}

/// `namespace/name`
pub(super) fn key(v: &Value) -> String {
    format!("{}/{}", v.namespace(), v.name())
}

/// A node's address in the cluster, empty if it has none.
pub(super) fn internal_ip(node: &Value) -> &str {
    let own = node.list_at("status.addresses").iter().find(|a| a.str_at("type") == "InternalIP");
    own.map_or("", |a| a.str_at("address"))
}

/// A selector as it is written on a command line: `app=web,tier=front`.
pub(super) fn written(selector: &[(&str, &str)]) -> String {
    selector.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",")
}

/// Whether a map selector picks an object.
pub(super) fn selects(selector: &[(&str, &str)], v: &Value) -> bool {
    !selector.is_empty() && selector.iter().all(|(k, value)| v.label(k) == Some(value))
}

impl Playground {
    /// All that stands on the stage now.
    pub fn scene(&mut self) -> Rc<Scene> {
        let (revision, now) = (self.moment.cluster.store.revision(), self.moment.cluster.now);
        if let Some((at, made, scene)) = &self.cache.scene
            && *at == revision
            && *made <= now
        {
            return scene.clone();
        }
        self.view_pods();
        let scene = Rc::new(self.make_scene());
        self.cache.scene = Some((revision, now, scene.clone()));
        scene
    }

    fn make_scene(&self) -> Scene {
        let store = &self.moment.cluster.store;
        let services: Vec<&Rc<Value>> =
            store.list(&resource::SERVICES, "").filter(|s| own(s.namespace()) && s.name() != "kubernetes").collect();
        let mut nodes: Vec<NodeView> = store.list(&resource::NODES, "").map(|n| self.node(n, &services)).collect();
        let mut pending = Vec::new();
        for pod in store.list(&resource::PODS, "").filter(|p| own(p.namespace())) {
            let Some((_, view)) = self.cache.pods.get(&address(pod)) else { continue };
            let view = view.clone();
            match nodes.iter_mut().find(|n| n.name == pod.str_at("spec.nodeName")) {
                Some(node) => node.pods.push(view),
                None => pending.push(view),
            }
        }
        let clients = super::load::clients(self.moment.cluster.network());
        let clients = clients.map(|(_, id, ip)| ClientView { id: id.into(), ip: ip.to_string() }).collect();
        let services = services.into_iter().map(|s| self.service(s)).collect();
        let sets =
            store.list(&resource::REPLICA_SETS, "").filter(|s| own(s.namespace())).filter_map(|s| set(s)).collect();
        Scene { clients, nodes, pending, services, sets }
    }

    fn node(&self, node: &Value, services: &[&Rc<Value>]) -> NodeView {
        let ready = node
            .list_at("status.conditions")
            .iter()
            .any(|c| c.str_at("type") == "Ready" && c.str_at("status") == "True");
        let mut doors: Vec<DoorView> = Vec::new();
        for service in services {
            for port in service.list_at("spec.ports") {
                let Some(number) = port.int_at("nodePort").and_then(|p| u16::try_from(p).ok()) else { continue };
                let local = service.str_at("spec.externalTrafficPolicy") == "Local";
                let open = self.leads(service, local.then(|| node.name()));
                doors.push(DoorView { port: number, service: key(service), open });
            }
        }
        sort_by_key(&mut doors, |d| d.port);
        NodeView {
            name: node.name().into(),
            ip: internal_ip(node).into(),
            ready,
            up: self.moment.cluster.power(node.name()).is_none_or(|p| p == crate::cluster::Power::On),
            schedulable: !node.bool_at("spec.unschedulable"),
            doors,
            pods: Vec::new(),
        }
    }

    /// Whether kube-proxy has an endpoint to lead to, on a node or on any: one that is ready, or at least serves while it
    /// terminates. upstream: pkg/proxy/topology.go CategorizeEndpoints
    pub(super) fn leads(&self, service: &Value, node: Option<&str>) -> bool {
        let is = |e: &Value, condition: &str| e.at(condition) != &Value::Bool(false);
        let leads = |e: &&Value| {
            is(e, "conditions.ready") || (e.bool_at("conditions.terminating") && is(e, "conditions.serving"))
        };
        self.endpoints_of(service).filter(|e| node.is_none_or(|n| e.str_at("nodeName") == n)).any(|e| leads(&e))
    }

    /// The endpoints of a Service's slices.
    pub(super) fn endpoints_of<'a>(&'a self, service: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.slices_of(service).flat_map(|s| s.list_at("endpoints"))
    }

    /// A Service's EndpointSlices.
    pub(super) fn slices_of<'a>(&'a self, service: &'a Value) -> impl Iterator<Item = &'a Value> {
        let slices = self.moment.cluster.store.list(&resource::ENDPOINT_SLICES, service.namespace());
        let own = |s: &&Value| s.label("kubernetes.io/service-name") == Some(service.name());
        slices.map(|s| &**s).filter(own)
    }

    /// Makes views of the Pods that changed, and gives new ones their colours.
    fn view_pods(&mut self) {
        let pods = self.moment.cluster.store.list(&resource::PODS, "").filter(|p| own(p.namespace()));
        let mut old = std::mem::take(&mut self.cache.pods);
        let mut views = BTreeMap::new();
        let mut new = Vec::new();
        for pod in pods {
            match old.remove(&address(pod)) {
                Some(kept) => _ = views.insert(address(pod), kept),
                None => new.push(pod.clone()),
            }
        }
        // Pods that came since the session was last observed get their colours for good then: looking changes nothing.
        let observed = (!old.is_empty() || !new.is_empty()).then(|| self.moment.colours.clone());
        if observed.is_some() {
            let keys = views.values().map(|(_, v)| v.key.clone()).chain(new.iter().map(|p| key(p)));
            self.colour_pods(keys.collect());
        }
        for pod in new {
            let view = Rc::new(self.pod(&pod));
            views.insert(address(&pod), (pod, view));
        }
        self.cache.pods = views;
        self.moment.colours = observed.unwrap_or_else(|| std::mem::take(&mut self.moment.colours));
    }

    /// A Pod that was looked at before it was observed may have got another colour for good.
    pub(super) fn forget_other_colours(&mut self) {
        let other =
            |(_, v): &(Rc<Value>, Rc<PodView>)| self.moment.colours.get(&v.key).is_none_or(|c| c % COLOURS != v.colour);
        if self.cache.pods.values().any(other) {
            self.cache.pods.clear();
            self.cache.scene = None;
        }
    }

    /// A Pod as requests name it; none for one that is gone.
    pub(super) fn tag(&self, key: &str) -> Option<PodTag> {
        let (namespace, name) = key.split_once('/')?;
        let pod = self.moment.cluster.store.find(&resource::PODS, namespace, name)?;
        let colour = *self.moment.colours.get(key)?;
        let ip = pod.str_at("status.podIP").to_string();
        Some(PodTag { key: key.into(), ip, colour: colour % COLOURS, letter: letter(colour) })
    }

    fn pod(&self, pod: &Value) -> PodView {
        let key = key(pod);
        let colour = self.moment.colours.get(&key).copied().unwrap_or(0);
        let (look, status) = look(pod);
        let status = status.to_string();
        let owner = pod.list_at("metadata.ownerReferences").iter().find(|o| o.bool_at("controller"));
        PodView {
            name: pod.name().into(),
            namespace: pod.namespace().into(),
            ip: pod.str_at("status.podIP").into(),
            look,
            status,
            colour: colour % COLOURS,
            letter: letter(colour),
            labels: pod.labels().into_iter().map(|(k, v)| (k.into(), v.into())).collect(),
            owner: owner.map(|o| format!("{}/{}", o.str_at("kind"), o.str_at("name"))).unwrap_or_default(),
            probed: pod.list_at("spec.containers").iter().any(|c| !c.at("readinessProbe").is_null()),
            key,
        }
    }

    fn service(&self, service: &Value) -> ServiceView {
        let selector = service.pairs_at("spec.selector");
        let pods = self.moment.cluster.store.list(&resource::PODS, service.namespace());
        let ready = self.endpoints_of(service).filter(|e| e.at("conditions.ready") != &Value::Bool(false));
        let target = |e: &Value| match e.str_at("targetRef.kind") {
            "Pod" => format!("{}/{}", e.str_at("targetRef.namespace"), e.str_at("targetRef.name")),
            _ => e.str_at("addresses.0").into(),
        };
        let ports = service.list_at("spec.ports").iter().map(|p| {
            let node = p.int_at("nodePort").map(|n| format!(":{n}")).unwrap_or_default();
            format!("{}{node}/{}", p.int_at("port").unwrap_or(0), p.str_at("protocol"))
        });
        let timeout = service.int_at("spec.sessionAffinityConfig.clientIP.timeoutSeconds");
        ServiceView {
            key: key(service),
            name: service.name().into(),
            kind: service.str_at("spec.type").into(),
            cluster_ip: service.str_at("spec.clusterIP").into(),
            ports: ports.collect::<Vec<_>>().join(","),
            port: service.int_at("spec.ports.0.port").and_then(|p| u16::try_from(p).ok()).unwrap_or(0),
            affinity_s: timeout.filter(|_| service.str_at("spec.sessionAffinity") == "ClientIP"),
            local: ["spec.externalTrafficPolicy", "spec.internalTrafficPolicy"]
                .iter()
                .any(|p| service.str_at(p) == "Local"),
            external: service.str_at("spec.externalName").into(),
            selector: written(&selector),
            selects: pods.filter(|p| selects(&selector, p)).map(|p| key(p)).collect(),
            ready: ready.map(target).collect(),
            trouble: self.trouble(service.namespace(), service.name()),
        }
    }

    /// Gives new Pods the lowest colour that is free, so that siblings differ.
    pub(super) fn colour_pods(&mut self, pods: BTreeSet<String>) {
        self.moment.colours.retain(|k, _| pods.contains(k));
        let used: BTreeSet<usize> = self.moment.colours.values().copied().collect();
        let mut free = (0..).filter(|c| !used.contains(c));
        for pod in pods {
            self.moment.colours.entry(pod).or_insert_with(|| free.next().unwrap_or(0));
        }
    }
}

/// A ReplicaSet; none for one that its Deployment has emptied.
fn set(set: &Value) -> Option<SetView> {
    let (wanted, ready) = (set.int_at("spec.replicas").unwrap_or(1), set.int_at("status.readyReplicas").unwrap_or(0));
    let emptied = wanted == 0 && ready == 0 && !set.list_at("metadata.ownerReferences").is_empty();
    (!emptied).then(|| SetView { key: key(set), name: set.name().into(), wanted, ready })
}

/// `a`–`z`, then `a1` …
fn letter(colour: usize) -> String {
    let letter = char::from(b'a' + (colour % 26) as u8);
    if colour < 26 { letter.into() } else { format!("{letter}{}", colour / 26) }
}

/// Where a Pod is in its life, and what kubectl calls it.
pub(super) fn look(pod: &Value) -> (PodLook, &str) {
    let ready =
        pod.list_at("status.conditions").iter().any(|c| c.str_at("type") == "Ready" && c.str_at("status") == "True");
    let waiting = pod.list_at("status.containerStatuses").iter().find_map(|c| c.at("state.waiting.reason").as_str());
    let phase = pod.str_at("status.phase");
    if !pod.at("metadata.deletionTimestamp").is_null() {
        return (PodLook::Terminating, "Terminating");
    }
    match (phase, waiting) {
        ("Succeeded", _) => (PodLook::Completed, "Completed"),
        ("Failed", _) => (PodLook::Failed, "Error"),
        (_, Some(reason)) if reason != "ContainerCreating" && reason != "PodInitializing" => (PodLook::Failed, reason),
        ("Running", _) if ready => (PodLook::Ready, "Running"),
        ("Running", _) => (PodLook::NotReady, "Running"),
        (_, Some(reason)) => (PodLook::Creating, reason),
        _ => (PodLook::Creating, "Pending"),
    }
}

/// An object's address in memory: another one while the object is held is another object.
fn address(object: &Rc<Value>) -> usize {
    Rc::as_ptr(object) as usize
}

/// Key of the Pod that has an address.
pub(super) fn pod_at(cluster: &crate::cluster::Cluster, ip: IpAddr) -> Option<String> {
    let IpAddr::V4(ip) = ip else { return None };
    let host = cluster.network.host(cluster.network.host_at(ip)?)?;
    (host.kind == crate::network::HostKind::Pod).then(|| host.name.to_string())
}
