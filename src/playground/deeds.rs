//! What can be done with a thing on the stage: each deed is a command line with the one that undoes it, and with what it
//! changes in the file that declares the thing. What can't be done now says why.

use super::{Playground, deeds_service};
use crate::api::{ObjectExt, Resource, Value, resource};
use crate::cluster::Power;
use std::rc::Rc;

/// Something on the stage that has a menu.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    /// A Pod, by key.
    Pod(String),
    /// A node, by name.
    Node(String),
    /// A Service, by key.
    Service(String),
}

impl Thing {
    /// Its name without its namespace.
    pub fn name(&self) -> &str {
        let (Self::Pod(key) | Self::Node(key) | Self::Service(key)) = self;
        key.rsplit('/').next().unwrap_or(key)
    }
}

/// What a deed does, for its label.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum DeedKind {
    Describe,
    Logs,
    Shell,
    Request,
    FailReadiness,
    PassReadiness,
    /// Takes this label off, by which others find the Pod.
    Unlabel(String),
    Relabel,
    Delete,
    More,
    Less,
    Cordon,
    Uncordon,
    Drain,
    TakeDown,
    BringBack,
    Ssh,
    Iptables,
    Endpoints,
    /// `spec.type`
    Type(&'static str),
    /// `spec.externalTrafficPolicy`
    Policy(&'static str),
    /// `spec.sessionAffinity`
    Affinity(&'static str),
    /// Shows the file that declares it; its name and the byte where that begins.
    Edit(String, usize),
}

/// Why something can't be done now.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Reason {
    /// Without a readiness probe a running container is ready.
    NoProbe,
    /// The probe asks something that no command in the container changes: `httpGet`, `tcpSocket`, `grpc`.
    ProbeAsks(&'static str),
    NotRunning,
    NodeDown,
    ControlPlane,
    Starting,
    NoneLeft,
    /// Only Services with NodePorts have an outside policy.
    NoNodePort,
    Headless,
    NoFile,
}

/// One entry of a menu.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// What it does.
    pub kind: DeedKind,
    /// The command it stands for; empty if it is none.
    pub line: String,
    /// The command is only put into the prompt, to be completed.
    pub offered: bool,
    /// The command that undoes it.
    pub undo: Option<String>,
    /// What changes in the file that declares the thing: paths and their values, none to take one away.
    pub edits: Vec<(String, Option<Value>)>,
    /// Why it can't be done now.
    pub reason: Option<Reason>,
}

/// How a click is undone.
#[derive(Clone, Debug, PartialEq)]
pub struct Undo {
    /// The command, perhaps none.
    pub line: String,
    /// Files that the click changed: name, text before, text after.
    pub files: Vec<(String, String, String)>,
}

/// A deed that runs a line.
pub(super) fn deed(kind: DeedKind, line: String) -> Deed {
    Deed { kind, line, offered: false, undo: None, edits: Vec::new(), reason: None }
}

impl Deed {
    /// Undone by this line.
    pub(super) fn undone_by(mut self, line: impl Into<String>) -> Self {
        self.undo = Some(line.into());
        self
    }
    /// Not possible, if there is a reason.
    pub(super) fn unless(mut self, reason: Option<Reason>) -> Self {
        self.reason = self.reason.or(reason);
        self
    }
}

/// `-n NAMESPACE` where it isn't the default one.
pub(super) fn in_namespace(namespace: &str) -> String {
    if namespace == "default" { String::new() } else { format!(" -n {namespace}") }
}

impl Playground {
    /// The menu of a thing; empty if there is no such thing.
    pub fn deeds(&self, thing: &Thing) -> Vec<Deed> {
        let find = |resource: &'static Resource, key: &str| {
            let (namespace, name) = key.split_once('/').unwrap_or(("", key));
            self.cluster.store.find(resource, namespace, name).cloned()
        };
        match thing {
            Thing::Pod(key) => find(&resource::PODS, key).map(|p| self.pod_deeds(&p)),
            Thing::Node(name) => find(&resource::NODES, name).map(|n| self.node_deeds(&n)),
            Thing::Service(key) => find(&resource::SERVICES, key).map(|s| deeds_service::deeds(self, &s)),
        }
        .unwrap_or_default()
    }

    fn pod_deeds(&self, pod: &Rc<Value>) -> Vec<Deed> {
        let (name, n) = (pod.name(), in_namespace(pod.namespace()));
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
        all.extend(self.scalings(pod));
        all
    }

    /// Failing or passing readiness, by the file that an exec probe looks at.
    fn readiness(&self, pod: &Value) -> Deed {
        let (name, n) = (pod.name(), in_namespace(pod.namespace()));
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
        let there = self.cluster.pod_files.get(pod.uid()).is_some_and(|t| t.get(&file).is_some());
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
        let services = self.cluster.store.list(&resource::SERVICES, pod.namespace());
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

    fn replica_set_of(&self, pod: &Value) -> Option<&Rc<Value>> {
        let owner = pod.list_at("metadata.ownerReferences").iter().find(|o| o.str_at("kind") == "ReplicaSet")?;
        self.cluster.store.find(&resource::REPLICA_SETS, pod.namespace(), owner.str_at("name"))
    }

    /// One Pod more, one less: of the Deployment, where a Deployment owns the ReplicaSet.
    fn scalings(&self, pod: &Value) -> Vec<Deed> {
        let Some(set) = self.replica_set_of(pod) else { return Vec::new() };
        let above = set.list_at("metadata.ownerReferences").iter().find(|o| o.str_at("kind") == "Deployment");
        let deployment =
            above.and_then(|o| self.cluster.store.find(&resource::DEPLOYMENTS, pod.namespace(), o.str_at("name")));
        let (short, object) = deployment.map_or(("rs", set), |d| ("deploy", d));
        let count = object.int_at("spec.replicas").unwrap_or(1);
        let line =
            |n: i64| format!("kubectl scale {short} {}{} --replicas={n}", object.name(), in_namespace(pod.namespace()));
        let scale = |kind, n: i64| Deed {
            edits: vec![("spec.replicas".into(), Some(n.into()))],
            ..deed(kind, line(n)).undone_by(line(count))
        };
        let none = (count < 1).then_some(Reason::NoneLeft);
        vec![scale(DeedKind::More, count + 1), scale(DeedKind::Less, (count - 1).max(0)).unless(none)]
    }

    /// Deleting; what a controller makes anew needs no undoing.
    pub(super) fn deletion(&self, resource: &'static Resource, object: &Value) -> Deed {
        let (name, n) = (object.name(), in_namespace(object.namespace()));
        let short = resource.short.first().copied().filter(|s| *s == "svc").unwrap_or(resource.singular);
        let delete = deed(DeedKind::Delete, format!("kubectl delete {short} {name}{n}"));
        if object.list_at("metadata.ownerReferences").iter().any(|o| o.bool_at("controller")) {
            return delete;
        }
        delete.undone_by(match self.declaration(resource, object) {
            Some((file, ..)) => format!("kubectl apply -f {file}"),
            None => format!("kubectl create -f - <<'EOF'\n{}EOF", crate::yaml::to_string(&bare(object))),
        })
    }

    fn node_deeds(&self, node: &Value) -> Vec<Deed> {
        let name = node.name();
        let power = self.cluster.power(name).unwrap_or_default();
        let down = (power != Power::On).then_some(Reason::NodeDown);
        let (cordon, uncordon) = (format!("kubectl cordon {name}"), format!("kubectl uncordon {name}"));
        let drain = format!("kubectl drain {name} --ignore-daemonsets");
        let (off, on) = (format!("ssh {name} poweroff"), format!("virsh start {name}"));
        let control = (name == "control-plane").then_some(Reason::ControlPlane);
        vec![
            deed(DeedKind::Describe, format!("kubectl describe node {name}")),
            deed(DeedKind::Ssh, format!("ssh {name}")).unless(down.clone()),
            deed(DeedKind::Iptables, format!("ssh {name} iptables-save -t nat")).unless(down.clone()),
            if node.bool_at("spec.unschedulable") {
                deed(DeedKind::Uncordon, uncordon).undone_by(cordon)
            } else {
                deed(DeedKind::Cordon, cordon).undone_by(uncordon.clone())
            },
            deed(DeedKind::Drain, drain).undone_by(format!("kubectl uncordon {name}")),
            match power {
                Power::On => deed(DeedKind::TakeDown, off).undone_by(on).unless(control),
                Power::Off => deed(DeedKind::BringBack, on).undone_by(off),
                Power::Booting => deed(DeedKind::BringBack, on).unless(Some(Reason::Starting)),
            },
        ]
    }

    fn runs(&self, node: &str) -> bool {
        node.is_empty() || self.cluster.power(node) == Some(Power::On)
    }

    /// The file that declares an object: its name, which document of it, and that document's first byte.
    pub(super) fn declaration(&self, resource: &'static Resource, object: &Value) -> Option<(String, usize, usize)> {
        let is = |v: &Value| {
            let namespace = if v.namespace().is_empty() { "default" } else { v.namespace() };
            v.str_at("kind") == resource.kind && v.name() == object.name() && namespace == object.namespace()
        };
        self.files.iter().find_map(|(name, text)| {
            let documents = crate::yaml::parse(text);
            let at = documents.iter().position(|d| d.error.is_none() && is(&d.value))?;
            Some((name.clone(), at, documents.get(at)?.range.start))
        })
    }

    /// Does a deed: edits the file that declares the thing, and runs the command. Gives how to undo it.
    pub fn perform(&mut self, thing: &Thing, deed: &Deed) -> Option<Undo> {
        if deed.reason.is_some() || deed.offered {
            return None;
        }
        let files = self.follow(thing, deed).into_iter().collect();
        if !deed.line.is_empty() {
            self.run(&deed.line);
        }
        deed.undo.clone().map(|line| Undo { line, files })
    }

    /// Makes the file that declares what a deed changes say the same; gives its name, old and new text.
    fn follow(&mut self, thing: &Thing, deed: &Deed) -> Option<(String, String, String)> {
        let (file, document, _) = match thing {
            Thing::Service(key) => {
                let (namespace, name) = key.split_once('/')?;
                let service = self.cluster.store.find(&resource::SERVICES, namespace, name)?;
                self.declaration(&resource::SERVICES, service)
            }
            Thing::Pod(key) => {
                let (namespace, name) = key.split_once('/')?;
                let set = self.replica_set_of(self.cluster.store.find(&resource::PODS, namespace, name)?)?;
                let above = set.list_at("metadata.ownerReferences").first().cloned().unwrap_or_default();
                let deployment = self.cluster.store.find(&resource::DEPLOYMENTS, namespace, above.str_at("name"));
                match deployment {
                    Some(d) => self.declaration(&resource::DEPLOYMENTS, d),
                    None => self.declaration(&resource::REPLICA_SETS, set),
                }
            }
            Thing::Node(_) => None,
        }?;
        let before = self.text(&file)?.to_string();
        let mut text = before.clone();
        for (path, value) in &deed.edits {
            let edit = match value {
                Some(value) => crate::yaml::set(&text, document, path, value),
                None => crate::yaml::remove(&text, document, path),
            };
            text = edit.map_or(text, |e| e.text);
        }
        if text == before {
            return None;
        }
        self.set_file(&file, &text);
        Some((file, before, text))
    }

    /// Undoes a click. A file that was edited since is left as it is.
    pub fn undo(&mut self, undo: &Undo) {
        for (name, before, after) in &undo.files {
            if self.text(name) == Some(after) {
                self.set_file(name, before);
            }
        }
        self.run(&undo.line);
    }
}

/// The file that an exec probe looks at: the last absolute path among its words.
fn probed_file(probe: &Value) -> Option<String> {
    let words = probe.list_at("exec.command").iter().filter_map(Value::as_str);
    let text = words.filter(|w| !w.starts_with("/bin/") && !w.starts_with("/usr/")).collect::<Vec<_>>().join(" ");
    let path = text.split([' ', ';', '&', '|', '"', '\'', ']']).rfind(|w| w.starts_with('/') && w.len() > 1)?;
    Some(path.to_string())
}

/// An object as it would have been written: without what the server adds.
fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    object.unset("status");
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "ownerReferences"] {
        object.unset(&format!("metadata.{field}"));
    }
    if object.str_at("kind") == "Pod" {
        object.unset("spec.nodeName");
    }
    object
}
