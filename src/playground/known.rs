//! What the files and the cluster have that a manifest may name: labels, ports, Services, namespaces.

use super::Playground;
use super::scene::own;
use crate::api::resource::{NAMESPACES, PODS, SERVICES};
use crate::api::{ObjectExt, Value};
use crate::collections::BTreeSet;
use crate::yaml::{parse, to_string};

/// What completion offers by the place's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Labels that Pods carry or will, as YAML (`tier: http-go`): for selectors.
    pub carried: BTreeSet<String>,
    /// Labels by which something selects Pods, as YAML: for what Pods shall carry.
    pub selected: BTreeSet<String>,
    /// Containers' ports: numbers, and names where they have one.
    pub ports: BTreeSet<String>,
    /// Services' names.
    pub services: BTreeSet<String>,
    /// Namespaces' names.
    pub namespaces: BTreeSet<String>,
}

impl Known {
    /// Takes in what a manifest or an object of the cluster has.
    fn see(&mut self, object: &Value) {
        let name = Some(object.name()).filter(|n| !n.is_empty()).map(String::from);
        match object.str_at("kind") {
            "Pod" => self.see_pod(object),
            "Namespace" => self.namespaces.extend(name),
            "Service" => {
                self.services.extend(name);
                self.selected.extend(pairs(object, "spec.selector"));
            }
            _ => {
                self.selected.extend(pairs(object, "spec.selector.matchLabels"));
                self.see_pod(object.at("spec.template"));
            }
        }
    }

    /// A Pod, or a template of Pods.
    fn see_pod(&mut self, pod: &Value) {
        self.carried.extend(pairs(pod, "metadata.labels"));
        for port in pod.list_at("spec.containers").iter().flat_map(|c| c.list_at("ports")) {
            self.ports.extend(port.get("containerPort").map(Value::to_string));
            self.ports.extend(port.get("name").and_then(Value::as_str).map(String::from));
        }
    }
}

/// The pairs of a map of strings, each as a line of YAML.
fn pairs(object: &Value, path: &str) -> impl Iterator<Item = String> {
    let line = |(k, v): (&str, &str)| to_string(&serde_json::json!({ k: v })).trim_end().to_string();
    object.pairs_at(path).into_iter().map(line)
}

impl Playground {
    /// What a manifest may name at this moment.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub fn known(&self) -> Known {
        let mut known = Known::default();
        for (_, text) in &self.files {
            parse(text).iter().filter(|d| d.error.is_none()).for_each(|d| known.see(&d.value));
        }
        let store = &self.moment.cluster.store;
        for resource in [&PODS, &SERVICES, &NAMESPACES] {
            store.list(resource, "").filter(|o| own(o.namespace())).for_each(|o| known.see(o));
        }
        known
    }
}
