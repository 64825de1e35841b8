//! Namespaces: what each is given when it is made, and how it is emptied when it goes.
//! upstream: pkg/controller/{namespace,serviceaccount}/, pkg/controller/certificates/rootcacertpublisher/publisher.go

use crate::api::resource::{CONFIG_MAPS, EVENTS, NAMESPACES, RESOURCES, SERVICE_ACCOUNTS};
use crate::api::{ObjectExt, Value};
use crate::cluster::{Cluster, Key};
use crate::sim::Duration;
use data_encoding::BASE64;
use serde_json::json;
use std::rc::Rc;

/// Gives a namespace its service account and certificate, or empties it.
#[inline(never)]
pub(super) fn sync(cluster: &mut Cluster, name: &Rc<str>) {
    let Some(namespace) = cluster.store.find(&NAMESPACES, "", name).cloned() else { return };
    if namespace.at("metadata.deletionTimestamp").is_string() {
        empty(cluster, name, &namespace);
        return;
    }
    if cluster.store.find(&SERVICE_ACCOUNTS, name, "default").is_none() {
        let account = json!({"metadata": {"name": "default", "namespace": &**name}});
        let _ = cluster.create(&SERVICE_ACCOUNTS, account);
    }
    if cluster.store.find(&CONFIG_MAPS, name, "kube-root-ca.crt").is_none() {
        let _ = cluster.create(&CONFIG_MAPS, root_ca(name));
    }
}

/// Deletes all that is in a namespace; once nothing is left, the namespace.
// upstream: pkg/controller/namespace/deletion/namespaced_resources_deleter.go Delete
fn empty(cluster: &mut Cluster, name: &Rc<str>, namespace: &Value) {
    let mut left = false;
    for resource in RESOURCES.iter().copied().filter(|r| r.namespaced && **r != EVENTS).chain([&EVENTS]) {
        let keys: Vec<Key> = cluster.store.list(resource, name).map(|o| Key::of(resource, o)).collect();
        for key in keys {
            let going = cluster.store.get(&key).is_some_and(|o| o.at("metadata.deletionTimestamp").is_string());
            if !going {
                let _ = cluster.delete(&key, &json!({"propagationPolicy": "Background"}));
            }
            left |= cluster.store.get(&key).is_some();
        }
    }
    if left {
        let work = super::Work { kind: super::Kind::Namespace, namespace: "".into(), name: name.clone() };
        cluster.enqueue_after(work, Duration::millis(400));
        return;
    }
    let mut done = namespace.clone();
    done.set("spec.finalizers", json!([]));
    if cluster.update(&NAMESPACES, done).is_ok() {
        let _ = cluster.delete(&Key::new(&NAMESPACES, "", name), &Value::Null);
    }
}

/// The bundle that every namespace gets.
fn root_ca(namespace: &str) -> Value {
    json!({"data": {"ca.crt": bundle()}, "metadata": {"name": "kube-root-ca.crt", "namespace": namespace, "annotations": {
        "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using \
internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across \
distributions of Kubernetes clusters."}}})
}

/// Two certificates, as far as their looks go: nothing in the simulation speaks TLS.
fn bundle() -> String {
    let mut text = String::new();
    for (length, seed) in [(890u32, 7u32), (786, 11)] {
        let mut bytes = vec![0x30, 0x82, (length >> 8) as u8, length as u8, 0x30, 0x82];
        let mut state = seed;
        while bytes.len() < length as usize + 4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.push((state >> 24) as u8);
        }
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in BASE64.encode(&bytes).as_bytes().chunks(64) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}
