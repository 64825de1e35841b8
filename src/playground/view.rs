//! What the page shows, as plain data: a scene, requests with their hops, lists of rows. No store, no rule set.

use super::Thing;
pub use crate::cluster::kept::End as LineEnd;
use crate::collections::BTreeMap;
pub use crate::network::RuleRef;
use std::rc::Rc;

/// How far a Pod is in its life, as far as a picture can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodLook {
    /// Scheduled or waiting for a node, image or start.
    Creating,
    /// Running, but not ready: no endpoint leads to it.
    NotReady,
    /// Running and ready.
    Ready,
    /// Deleted, still finishing.
    Terminating,
    /// Failed, crashing or unable to pull its image.
    Failed,
    /// Ended well.
    Completed,
}

/// The name in a key: `namespace/name` without its namespace.
pub fn name_of(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// A name with its namespace, unless that is the default one.
pub fn full_name(key: &str) -> &str {
    key.strip_prefix("default/").unwrap_or(key)
}

/// The namespace in a key, `default` where it has none.
pub fn namespace_of(key: &str) -> &str {
    key.split_once('/').map_or("default", |(namespace, _)| namespace)
}

/// One Pod on the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodView {
    /// `namespace/name`
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its address, empty before it has one.
    pub ip: String,
    /// Where it is in its life.
    pub look: PodLook,
    /// What `kubectl get pods` calls that: `Running`, `ContainerCreating` …
    pub status: String,
    /// Which of the six Pod colours, 0-based.
    pub colour: usize,
    /// The letter that goes with the colour: `a`, `b` …
    pub letter: String,
    /// Its labels, in key order.
    pub labels: Vec<(String, String)>,
    /// `Kind/name` of what controls it, empty for a bare Pod.
    pub owner: String,
    /// Whether a readiness probe exists (so that readiness can be made to fail).
    pub probed: bool,
}

/// One NodePort door in a node's outer wall.
#[derive(Clone, Debug, PartialEq)]
pub struct DoorView {
    /// The port.
    pub port: u16,
    /// `namespace/name` of its Service.
    pub service: String,
    /// Whether there is an endpoint to which the node may lead who comes to it: with policy Local one on the node.
    pub open: bool,
}

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeView {
    /// Its name.
    pub name: String,
    /// Its address.
    pub ip: String,
    /// Whether it is Ready.
    pub ready: bool,
    /// Whether its machine runs.
    pub up: bool,
    /// Whether new Pods may come.
    pub schedulable: bool,
    /// Doors, by port.
    pub doors: Vec<DoorView>,
    /// Its Pods, by name; those of kube-system are left out.
    pub pods: Vec<Rc<PodView>>,
}

/// One Service: a ribbon over the nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceView {
    /// `namespace/name`
    pub key: String,
    /// Its name.
    pub name: String,
    /// `ClusterIP`, `NodePort` …
    pub kind: String,
    /// Its ClusterIP, `None` or empty.
    pub cluster_ip: String,
    /// `80/TCP`, `80:30001/TCP`
    pub ports: String,
    /// First port's number, 0 if none.
    pub port: u16,
    /// Affinity timeout in seconds where `sessionAffinity: ClientIP`.
    pub affinity_s: Option<i64>,
    /// Whether a traffic policy keeps requests on the node where they come in: not all nodes lead to all Pods then.
    pub local: bool,
    /// What an `ExternalName` Service is another name of, else empty.
    pub external: String,
    /// Its selector: `tier=http-go`.
    pub selector: String,
    /// Keys of the Pods its selector matches.
    pub selects: Vec<String>,
    /// Keys of the Pods that are its ready endpoints.
    pub ready: Vec<String>,
    /// Why it answers nobody, if so.
    pub trouble: Option<Trouble>,
}

/// Why something does not work: a cause with its facts, told by the page's message tables.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The selector matches no Pod; the nearest labels some Pod carries, if any.
    SelectsNothing {
        /// Service, as `namespace/name`.
        service: String,
        /// The selector, `app=http-go`.
        selector: String,
        /// What the nearest Pods carry, `tier=http-go`; empty if there is no Pod at all.
        nearest: String,
        /// Whose template that is, `ReplicaSet/http-go-rs`; empty for bare Pods.
        owner: String,
    },
    /// The selector matches Pods, but of another namespace.
    WrongNamespace {
        /// Service, as `namespace/name`.
        service: String,
        /// The selector, `app=http-go`.
        selector: String,
        /// Where such Pods are.
        namespace: String,
    },
    /// Endpoints exist, but no container listens on the port they name.
    NobodyListens {
        /// Service, as `namespace/name`.
        service: String,
        /// Which of its ports, from 0.
        index: usize,
        /// The port that endpoints name.
        port: u16,
        /// Where the Pods really listen, lowest first.
        listening: Vec<u16>,
    },
    /// The Pods have no port of the name that `targetPort` gives.
    NoSuchPort {
        /// Service, as `namespace/name`.
        service: String,
        /// Which of its ports, from 0.
        index: usize,
        /// The name.
        port: String,
        /// The names that there are.
        names: Vec<String>,
        /// Where the Pods really listen, lowest first.
        listening: Vec<u16>,
    },
    /// Pods match, none is ready.
    NoneReady {
        /// Service, as `namespace/name`.
        service: String,
        /// How many match.
        matching: usize,
        /// What keeps the first of them, if that is known.
        why: Option<Box<Trouble>>,
    },
    /// `externalTrafficPolicy: Local`, and some nodes have no ready Pod: their doors are shut.
    NoLocalPod {
        /// Service, as `namespace/name`.
        service: String,
        /// Those nodes.
        nodes: Vec<String>,
    },
    /// No node takes the Pod.
    Unscheduled {
        /// Pod, as `namespace/name`.
        pod: String,
        /// What the scheduler says.
        message: String,
    },
    /// An image can't be pulled.
    NoImage {
        /// Pod, as `namespace/name`.
        pod: String,
        /// Which container, from 0.
        index: usize,
        /// The image.
        image: String,
        /// `ImagePullBackOff` …
        reason: String,
    },
    /// A container ends or can't be made.
    Crashing {
        /// Pod, as `namespace/name`.
        pod: String,
        /// Which container, from 0.
        index: usize,
        /// `CrashLoopBackOff` …
        reason: String,
        /// What the kubelet says.
        message: String,
    },
    /// The readiness probe fails.
    Unready {
        /// Pod, as `namespace/name`.
        pod: String,
        /// Which container has the probe, from 0.
        index: usize,
        /// What the probe said.
        message: String,
        /// Where the Pod listens, lowest first.
        listening: Vec<u16>,
    },
}

/// One ReplicaSet: how many Pods it wants, how many are ready.
#[derive(Clone, Debug, PartialEq)]
pub struct SetView {
    /// `namespace/name`
    pub key: String,
    /// Its name.
    pub name: String,
    /// `spec.replicas`
    pub wanted: i64,
    /// `status.readyReplicas`
    pub ready: i64,
}

/// One pin of a client to a Pod on one node.
#[derive(Clone, Debug, PartialEq)]
pub struct PinView {
    /// The node whose kube-proxy keeps it.
    pub node: String,
    /// `namespace/name` of the Service (and port name).
    pub service: String,
    /// Client address.
    pub client: String,
    /// Key of the Pod, empty if the endpoint is no Pod.
    pub pod: String,
    /// Seconds until it ends.
    pub left_s: u64,
    /// Its whole time.
    pub timeout_s: u64,
}

impl PinView {
    /// `namespace/name` of its Service.
    pub fn service_key(&self) -> &str {
        self.service.split(':').next().unwrap_or_default()
    }
}

/// Somebody outside who sends.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientView {
    /// `user` or the address.
    pub id: String,
    /// Its address.
    pub ip: String,
}

/// How many requests each Pod answered, by key.
pub type Served = BTreeMap<Rc<str>, u64>;

/// All that stands on the stage at one moment. What changes with every request ([`Served`], pins) is apart from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Who is outside.
    pub clients: Vec<ClientView>,
    /// Nodes, in order.
    pub nodes: Vec<NodeView>,
    /// Pods that no node has taken yet.
    pub pending: Vec<Rc<PodView>>,
    /// Services of the learner's namespaces, by key.
    pub services: Vec<ServiceView>,
    /// ReplicaSets that want Pods, or have some, or could.
    pub sets: Vec<SetView>,
}

impl Scene {
    /// The Pod of a key.
    pub fn pod(&self, key: &str) -> Option<&PodView> {
        self.pods().find(|p| p.key == key).map(|p| &**p)
    }
    /// All Pods: those of nodes first.
    pub fn pods(&self) -> impl Iterator<Item = &Rc<PodView>> {
        self.nodes.iter().flat_map(|n| &n.pods).chain(&self.pending)
    }
}

/// Where on the stage something is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A client outside, by id.
    Client(Rc<str>),
    /// A node's door: node name and port.
    Door(Rc<str>, u16),
    /// A node's kube-proxy, by node name.
    Proxy(Rc<str>),
    /// A Pod, by key.
    Pod(Rc<str>),
    /// The node itself, by name: its own processes.
    Node(Rc<str>),
    /// Beyond the cluster.
    Outside,
}

impl Place {
    /// Its name in the page's `data-place` attributes: `pod:default/web-x`, `door:worker-1:30001`.
    pub fn id(&self) -> String {
        match self {
            Self::Client(id) => format!("client:{id}"),
            Self::Door(node, port) => format!("door:{node}:{port}"),
            Self::Proxy(node) => format!("proxy:{node}"),
            Self::Pod(key) => format!("pod:{key}"),
            Self::Node(node) => format!("node:{node}"),
            Self::Outside => "outside".into(),
        }
    }
}

/// What a hop does to the packet; the page words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopKind {
    /// It leaves its sender.
    Sent,
    /// It comes in at a node.
    Arrived,
    /// A rule matched.
    Rule,
    /// A balancing rule drew this endpoint.
    Balanced,
    /// A pin chose the endpoint.
    Pinned,
    /// The pin was made or renewed.
    PinSet,
    /// The destination was rewritten.
    Dnat,
    /// The source was rewritten.
    Snat,
    /// Routed on to another node or into a Pod.
    Routed,
    /// It reached who answers.
    Delivered,
    /// A rule rejected it.
    Rejected,
    /// A rule dropped it.
    Dropped,
    /// Nobody is there who would answer: the client waits until it gives up.
    Lost,
    /// There is no route there, or nobody answers ARP.
    NoRoute,
    /// Nobody listens, or who listens does not know the connection.
    Refused,
    /// Part of a connection that conntrack knows: no rule is asked.
    Known,
    /// The answer goes back.
    Reply,
    /// A name was looked up.
    Lookup,
}

/// One hop, as the inspector lists it and the stage draws it.
#[derive(Clone, Debug, PartialEq)]
pub struct HopView {
    /// Where.
    pub place: Place,
    /// What happens.
    pub kind: HopKind,
    /// Source before, `10.244.1.2:40112`.
    pub source: String,
    /// Destination before.
    pub destination: String,
    /// Source after; the same if it stays.
    pub source_after: String,
    /// Destination after; the same if it stays.
    pub destination_after: String,
    /// The chain, empty if none.
    pub chain: String,
    /// The rule as `iptables-save` prints it, or what else there is to say in the network's own words.
    pub rule: String,
    /// Probability of a balancing rule, 1 for one without.
    pub probability: Option<f64>,
    /// The same of all that came to its chain: what the rules before it left, times that.
    pub share: f64,
    /// Which rule of its node that is.
    pub at: Option<RuleRef>,
}

/// A request as its dot needs it: made for each one, so without any text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Journey {
    /// Where it stops: index of the first hop there, and the place. Hops at the same place share a stop.
    pub stops: Vec<(usize, Place)>,
    /// `namespace/name` of the Service it went through, empty if none.
    pub service: Rc<str>,
    /// Key of the Pod that answered, empty if none did.
    pub pod: Rc<str>,
    /// Whether it came back.
    pub answered: bool,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestView {
    /// Its number, from 1.
    pub id: u64,
    /// When it was sent, in microseconds of simulated time.
    pub at_us: u64,
    /// Who sent it: `user`, `worker-1`, `default/web-x`.
    pub from: String,
    /// What was asked: `http://web:80/`.
    pub to: String,
    /// Key of the Service whose rules it met, empty if none.
    pub service: String,
    /// Key of the Pod that answered, empty if none did.
    pub pod: String,
    /// HTTP status, 0 if none.
    pub code: u16,
    /// What came back or why nothing did, in the network's words (`Welcome! web-x`, `REJECT: no endpoints`).
    pub result: String,
    /// Where it went over a connection that is kept: its number and which request on it this was, from 1.
    pub kept: Option<(u64, u64)>,
    /// Its hops, in order, the answer included.
    pub hops: Vec<HopView>,
    /// The Pods that it met.
    pub pods: Vec<PodTag>,
}

/// A Pod as a request's hops name it.
#[derive(Clone, Debug, PartialEq)]
pub struct PodTag {
    /// `namespace/name`
    pub key: String,
    /// Its address.
    pub ip: String,
    /// Which of the six Pod colours, 0-based.
    pub colour: usize,
    /// The letter that goes with it.
    pub letter: String,
}

impl RequestView {
    /// Its way over the stage.
    pub fn journey(&self) -> Journey {
        let mut stops: Vec<(usize, Place)> = Vec::new();
        for (i, hop) in self.hops.iter().enumerate() {
            if stops.last().is_none_or(|(_, last)| *last != hop.place) {
                stops.push((i, hop.place.clone()));
            }
        }
        Journey { stops, service: (&*self.service).into(), pod: (&*self.pod).into(), answered: self.code != 0 }
    }
}

/// A connection that a client keeps: a line on the stage that stays.
#[derive(Clone, Debug, PartialEq)]
pub struct LineView {
    /// Its number, from 1.
    pub id: u64,
    /// What was asked for, `web`, `192.168.49.3:30001`.
    pub to: String,
    /// Key of the Pod that serves it, empty if a node does.
    pub pod: Rc<str>,
    /// `namespace/name` of the Service it went through, empty if none.
    pub service: Rc<str>,
    /// The places from its client to its server.
    pub stops: Vec<Place>,
    /// How many requests it has served.
    pub requests: u64,
    /// How it ended, if it did.
    pub end: Option<LineEnd>,
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its texts, by column.
    pub cells: Vec<String>,
    /// What it is about and can be opened.
    pub opens: Option<Opens>,
}

/// What a row opens.
#[derive(Clone, Debug, PartialEq)]
pub enum Opens {
    /// A request, by number.
    Request(u64),
    /// Something on the stage.
    Thing(Thing),
}

/// The part of a list that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// How many rows there are that hold what is searched.
    pub total: usize,
    /// Number of the first one given, from 0.
    pub first: usize,
    /// Those that were asked for.
    pub rows: Vec<Row>,
}

/// One line inside a node's kube-proxy on the stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxyLine {
    /// Short: `1/3 → web-x`, `KUBE-SVC-LOLE…`.
    pub text: String,
    /// The rule as `iptables-save` prints it.
    pub rule: String,
    /// Its table.
    pub table: &'static str,
    /// Whether the chosen request meets it just now.
    pub lit: bool,
    /// Whether it rejects or drops.
    pub dead: bool,
    /// Not 0: this is no rule, but says how many there is no room for.
    pub more: usize,
}
