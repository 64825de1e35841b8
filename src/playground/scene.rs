//! The stage's scene, from what the API server has and what the nodes' kube-proxies keep.

use super::Playground;
use super::view::{ClientView, DoorView, NodeView, PodLook, PodView, Scene, ServiceView, SetView, Trouble};
use crate::api::{ObjectExt, Value, resource};
use crate::collections::sort_by_key;
use std::rc::Rc;

/// Colours a Pod can have.
const COLOURS: usize = 6;

/// Whether a namespace is the learner's: those of the system stay off the stage.
fn own(namespace: &str) -> bool {
    !matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
}

fn key(v: &Value) -> String {
    format!("{}/{}", v.namespace(), v.name())
}

/// Whether a map selector picks an object.
fn selects(selector: &[(&str, &str)], v: &Value) -> bool {
    !selector.is_empty() && selector.iter().all(|(k, value)| v.label(k) == Some(value))
}

impl Playground {
    /// All that stands on the stage now, pins included.
    pub fn scene_with_pins(&mut self) -> Scene {
        self.colour_pods();
        Scene { pins: self.pins(), ..self.scene() }
    }

    /// All that stands on the stage now, but for the pins.
    pub fn scene(&self) -> Scene {
        let store = &self.cluster.store;
        let services: Vec<&Rc<Value>> =
            store.list(&resource::SERVICES, "").filter(|s| own(s.namespace()) && s.name() != "kubernetes").collect();
        let mut nodes: Vec<NodeView> = store.list(&resource::NODES, "").map(|n| self.node(n, &services)).collect();
        let mut pending = Vec::new();
        for pod in store.list(&resource::PODS, "").filter(|p| own(p.namespace())) {
            let view = self.pod(pod);
            match nodes.iter_mut().find(|n| n.name == pod.str_at("spec.nodeName")) {
                Some(node) => node.pods.push(view),
                None => pending.push(view),
            }
        }
        let clients = vec![ClientView { id: "user".into(), ip: "192.168.49.1".into() }];
        let services = services.into_iter().map(|s| self.service(s)).collect();
        let sets =
            store.list(&resource::REPLICA_SETS, "").filter(|s| own(s.namespace())).filter_map(|s| set(s)).collect();
        Scene { clients, nodes, pending, services, sets, pins: Vec::new() }
    }

    fn node(&self, node: &Value, services: &[&Rc<Value>]) -> NodeView {
        let ip = node.list_at("status.addresses").iter().find(|a| a.str_at("type") == "InternalIP");
        let ready = node
            .list_at("status.conditions")
            .iter()
            .any(|c| c.str_at("type") == "Ready" && c.str_at("status") == "True");
        let mut doors: Vec<DoorView> = Vec::new();
        for service in services {
            for port in service.list_at("spec.ports") {
                let Some(number) = port.int_at("nodePort").and_then(|p| u16::try_from(p).ok()) else { continue };
                let local = service.str_at("spec.externalTrafficPolicy") == "Local";
                let open = !local || self.ready_on(service, node.name());
                doors.push(DoorView { port: number, service: key(service), open });
            }
        }
        sort_by_key(&mut doors, |d| d.port);
        NodeView {
            name: node.name().into(),
            ip: ip.map_or("", |a| a.str_at("address")).into(),
            ready,
            schedulable: !node.bool_at("spec.unschedulable"),
            doors,
            pods: Vec::new(),
        }
    }

    /// Whether a Service has a ready endpoint on a node.
    fn ready_on(&self, service: &Value, node: &str) -> bool {
        self.endpoints_of(service)
            .iter()
            .any(|e| e.str_at("nodeName") == node && e.at("conditions.ready") != &Value::Bool(false))
    }

    /// The endpoints of a Service's slices.
    pub(super) fn endpoints_of(&self, service: &Value) -> Vec<Value> {
        let slices = self.cluster.store.list(&resource::ENDPOINT_SLICES, service.namespace());
        let own = slices.filter(|s| s.label("kubernetes.io/service-name") == Some(service.name()));
        own.flat_map(|s| s.list_at("endpoints").to_vec()).collect()
    }

    fn pod(&self, pod: &Value) -> PodView {
        let key = key(pod);
        let colour = self.colours.get(&key).copied().unwrap_or(0);
        let (look, status) = look(pod);
        let owner = pod.list_at("metadata.ownerReferences").iter().find(|o| o.bool_at("controller"));
        PodView {
            name: pod.name().into(),
            namespace: pod.namespace().into(),
            ip: pod.str_at("status.podIP").into(),
            look,
            status,
            colour: colour % COLOURS,
            letter: letter(colour),
            served: self.served.get(&key).copied().unwrap_or(0),
            labels: pod.labels().into_iter().map(|(k, v)| (k.into(), v.into())).collect(),
            owner: owner.map(|o| format!("{}/{}", o.str_at("kind"), o.str_at("name"))).unwrap_or_default(),
            probed: pod.list_at("spec.containers").iter().any(|c| !c.at("readinessProbe").is_null()),
            key,
        }
    }

    fn service(&self, service: &Value) -> ServiceView {
        let selector = service.pairs_at("spec.selector");
        let pods = self.cluster.store.list(&resource::PODS, service.namespace());
        let ready = self.endpoints_of(service).into_iter().filter(|e| e.at("conditions.ready") != &Value::Bool(false));
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
            selects: pods.filter(|p| selects(&selector, p)).map(|p| key(p)).collect(),
            ready: ready.map(|e| target(&e)).collect(),
            trouble: self.trouble(service.namespace(), service.name()),
        }
    }

    /// Why a Service answers nobody; `None` if it answers, or if there is none of that name.
    pub fn trouble(&self, namespace: &str, name: &str) -> Option<Trouble> {
        let store = &self.cluster.store;
        let service = store.find(&resource::SERVICES, namespace, name)?;
        let selector = service.pairs_at("spec.selector");
        if selector.is_empty() {
            return None;
        }
        let service_key = key(service);
        let pods: Vec<&Rc<Value>> =
            store.list(&resource::PODS, namespace).filter(|p| p.at("metadata.deletionTimestamp").is_null()).collect();
        let matching: Vec<&&Rc<Value>> = pods.iter().filter(|p| selects(&selector, p)).collect();
        if matching.is_empty() {
            let (nearest, owner) = nearest(&selector, &pods);
            let selector = selector.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",");
            return Some(Trouble::SelectsNothing { service: service_key, selector, nearest, owner });
        }
        if matching.iter().all(|p| look(p).0 != PodLook::Ready) {
            // On their way is no trouble yet.
            let stuck = matching.iter().any(|p| matches!(look(p).0, PodLook::NotReady | PodLook::Failed));
            return stuck.then_some(Trouble::NoneReady { service: service_key, matching: matching.len() });
        }
        let port = service.list_at("spec.ports").first()?;
        let wanted = port.at("targetPort").as_u64().or(port.at("port").as_u64())?;
        let wanted = u16::try_from(wanted).ok().filter(|_| !port.at("targetPort").is_string())?;
        let listening = self.listening(matching.first()?);
        (!listening.contains(&wanted)).then_some(Trouble::NobodyListens {
            service: service_key,
            port: wanted,
            listening,
        })
    }

    /// Gives new Pods the colour that is least in use, so that siblings differ.
    pub(super) fn colour_pods(&mut self) {
        let pods: Vec<String> =
            self.cluster.store.list(&resource::PODS, "").filter(|p| own(p.namespace())).map(|p| key(p)).collect();
        self.colours.retain(|k, _| pods.contains(k));
        for pod in pods {
            if !self.colours.contains_key(&pod) {
                let free = (0..).find(|c| !self.colours.values().any(|used| used == c)).unwrap_or(0);
                self.colours.insert(pod, free);
            }
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

/// Where a Pod is in its life, and what kubectl calls it.
fn look(pod: &Value) -> (PodLook, String) {
    let ready =
        pod.list_at("status.conditions").iter().any(|c| c.str_at("type") == "Ready" && c.str_at("status") == "True");
    let waiting = pod.list_at("status.containerStatuses").iter().find_map(|c| c.at("state.waiting.reason").as_str());
    let phase = pod.str_at("status.phase");
    if !pod.at("metadata.deletionTimestamp").is_null() {
        return (PodLook::Terminating, "Terminating".into());
    }
    match (phase, waiting) {
        ("Succeeded", _) => (PodLook::Completed, "Completed".into()),
        ("Failed", _) => (PodLook::Failed, "Error".into()),
        (_, Some(reason)) if reason != "ContainerCreating" && reason != "PodInitializing" => {
            (PodLook::Failed, reason.into())
        }
        ("Running", _) if ready => (PodLook::Ready, "Running".into()),
        ("Running", _) => (PodLook::NotReady, "Running".into()),
        (_, Some(reason)) => (PodLook::Creating, reason.into()),
        _ => (PodLook::Creating, "Pending".into()),
    }
}
/// Name of the Pod that has an address.
pub(super) fn pod_at(cluster: &crate::cluster::Cluster, ip: &str) -> Option<String> {
    let host = cluster.network.host(cluster.network.host_at(ip.parse().ok()?)?)?;
    (host.kind == crate::network::HostKind::Pod).then(|| host.name.rsplit('/').next().unwrap_or_default().to_string())
}
