//! What can be done with a thing on the stage: each deed is a command line with the one that undoes it, and with what it
//! changes in the file that declares the thing. What can't be done now says why.

use super::files::within;
use super::view::name_of;
use super::{Playground, deeds_service};
use crate::api::{ObjectExt, Resource, Value, resource};
use crate::cluster::Power;
use crate::kubectl::Config;
use crate::shell::Session;

/// Something on the stage that has a menu.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    /// A Pod, by key.
    Pod(String),
    /// A node, by name.
    Node(String),
    /// A Service, by key.
    Service(String),
    /// A ReplicaSet, by key.
    ReplicaSet(String),
}

impl Thing {
    /// Its name without its namespace.
    pub fn name(&self) -> &str {
        let (Self::Pod(key) | Self::Node(key) | Self::Service(key) | Self::ReplicaSet(key)) = self;
        name_of(key)
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
    /// The object that changes.
    pub declared: Option<Box<Declared>>,
    /// What changes in the file that declares it: paths and their values, none to take one away.
    pub edits: Vec<(String, Option<Value>)>,
    /// Why it can't be done now.
    pub reason: Option<Reason>,
}

/// An object that a file may declare.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// Its resource.
    pub resource: &'static Resource,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
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
    Deed { kind, line, offered: false, undo: None, declared: None, edits: Vec::new(), reason: None }
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

impl Playground {
    /// ` -n NAMESPACE` where it isn't the one that the user's kubeconfig says.
    pub(super) fn in_namespace(&self, namespace: &str) -> String {
        let text = self.moment.session.files.read(&format!("{}/.kube/config", Session::HOME)).ok();
        let config = Config::read(text);
        if namespace == config.namespace(config.current()) { String::new() } else { format!(" -n {namespace}") }
    }

    /// The menu of a thing; empty if there is no such thing.
    pub fn deeds(&self, thing: &Thing) -> Vec<Deed> {
        let find = |resource: &'static Resource, key: &str| {
            let (namespace, name) = key.split_once('/').unwrap_or(("", key));
            self.moment.cluster.store.find(resource, namespace, name).cloned()
        };
        match thing {
            Thing::Pod(key) => find(&resource::PODS, key).map(|p| self.pod_deeds(&p)),
            Thing::Node(name) => find(&resource::NODES, name).map(|n| self.node_deeds(&n)),
            Thing::Service(key) => find(&resource::SERVICES, key).map(|s| deeds_service::deeds(self, &s)),
            Thing::ReplicaSet(key) => find(&resource::REPLICA_SETS, key).map(|s| self.scalings(&s)),
        }
        .unwrap_or_default()
    }

    /// Deleting; what a controller makes anew needs no undoing.
    pub(super) fn deletion(&self, resource: &'static Resource, object: &Value) -> Deed {
        let (name, n) = (object.name(), self.in_namespace(object.namespace()));
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

    #[inline(never)] // kept apart: loaded with the rest of the engine
    fn node_deeds(&self, node: &Value) -> Vec<Deed> {
        let name = node.name();
        let power = self.moment.cluster.power(name).unwrap_or_default();
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

    /// Whether a Pod's node runs, or it has none yet.
    pub(super) fn runs(&self, node: &str) -> bool {
        node.is_empty() || self.moment.cluster.power(node) == Some(Power::On)
    }

    /// The file that declares an object: its name, which document of it, and that document's first byte.
    pub(super) fn declaration(&self, resource: &'static Resource, object: &Value) -> Option<(String, usize, usize)> {
        let is = |v: &Value| {
            let namespace = if v.namespace().is_empty() { "default" } else { v.namespace() };
            v.str_at("kind") == resource.kind && v.name() == object.name() && namespace == object.namespace()
        };
        let mut found = None;
        for (name, text) in &self.files {
            for (at, document) in crate::yaml::parse(text).iter().enumerate().filter(|(_, d)| is(&d.value)) {
                let here = (name.clone(), at, document.range.start);
                // Of several, the one that says what is so.
                if document.error.is_none() && within(&document.value, object) {
                    return Some(here);
                }
                found = found.or(Some(here));
            }
        }
        found
    }

    /// Does a deed: edits the file that declares the thing, and runs the command. Gives how to undo it.
    pub fn perform(&mut self, deed: &Deed) -> Option<Undo> {
        if deed.reason.is_some() || deed.offered {
            return None;
        }
        let files = self.follow(deed).into_iter().collect();
        if !deed.line.is_empty() {
            self.run(&deed.line);
        }
        deed.undo.clone().map(|line| Undo { line, files })
    }

    /// Makes the file that declares what a deed changes say the same; gives its name, old and new text.
    fn follow(&mut self, deed: &Deed) -> Option<(String, String, String)> {
        let Declared { resource, namespace, name } = &**deed.declared.as_ref()?;
        let object = self.moment.cluster.store.find(resource, namespace, name)?;
        let (file, document, _) = self.declaration(resource, object)?;
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
