//! Paths that no resource has: versions, groups, health.
//! upstream: staging/src/k8s.io/apiserver/pkg/endpoints/discovery

use crate::api::resource::RESOURCES;
use crate::api::{ObjectExt, Value};
use crate::cluster::{Method, Request};
use serde_json::json;

/// Groups that a cluster serves besides those of [`RESOURCES`], with their versions, in the order of `/apis`.
const GROUPS: &[(&str, &[&str])] = &[
    ("apiregistration.k8s.io", &["v1"]),
    ("apps", &["v1"]),
    ("events.k8s.io", &["v1"]),
    ("authentication.k8s.io", &["v1"]),
    ("authorization.k8s.io", &["v1"]),
    ("autoscaling", &["v2", "v1"]),
    ("batch", &["v1"]),
    ("certificates.k8s.io", &["v1"]),
    ("networking.k8s.io", &["v1"]),
    ("policy", &["v1"]),
    ("rbac.authorization.k8s.io", &["v1"]),
    ("storage.k8s.io", &["v1"]),
    ("admissionregistration.k8s.io", &["v1"]),
    ("apiextensions.k8s.io", &["v1"]),
    ("scheduling.k8s.io", &["v1"]),
    ("coordination.k8s.io", &["v1"]),
    ("node.k8s.io", &["v1"]),
    ("discovery.k8s.io", &["v1"]),
    ("resource.k8s.io", &["v1"]),
    ("flowcontrol.apiserver.k8s.io", &["v1"]),
];

/// The answer to `GET path`; `None`: it is no such path.
pub(super) fn get(path: &str) -> Option<Value> {
    Some(match path.trim_end_matches('/') {
        "/version" => json!({"major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
            "minCompatibilityMajor": "1", "minCompatibilityMinor": "35", "gitVersion": "v1.36.3",
            "gitCommit": "$Format:%H$", "gitTreeState": "clean",
            "buildDate": "1970-01-01T00:00:00Z", "goVersion": "go1.26.8", "platform": "linux/amd64", "compiler": "gc"}),
        "/healthz" | "/livez" | "/readyz" => "ok".into(),
        "/api" => json!({"kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "192.168.49.2:6443"}]}),
        "/apis" => {
            let groups: Vec<Value> = GROUPS.iter().map(|(name, versions)| group(name, versions)).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        }
        other => resource_list(other)?,
    })
}

fn group(name: &str, versions: &[&str]) -> Value {
    let one = |v: &&str| json!({"groupVersion": format!("{name}/{v}"), "version": v});
    let all: Vec<Value> = versions.iter().map(one).collect();
    json!({"name": name, "versions": all, "preferredVersion": all.first()})
}

/// `/api/v1`, `/apis/apps/v1`
fn resource_list(path: &str) -> Option<Value> {
    let version = path.strip_prefix("/api/").or_else(|| path.strip_prefix("/apis/"))?;
    let served: Vec<Value> = RESOURCES
        .iter()
        .filter(|r| r.api_version() == version)
        .map(|r| json!({"name": r.plural, "singularName": r.singular, "namespaced": r.namespaced, "kind": r.kind, "shortNames": r.short}))
        .collect();
    let known = !served.is_empty() || GROUPS.iter().any(|(g, vs)| vs.iter().any(|v| version == format!("{g}/{v}")));
    known.then(|| json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": served}))
}

/// Questions about oneself, which are posted: the user of this cluster may do everything.
/// upstream: pkg/registry/authorization, pkg/registry/authentication
pub(super) fn review(request: &Request) -> Option<Value> {
    if request.method != Method::Post {
        return None;
    }
    let mut answer = request.body.clone();
    match request.path.as_str() {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => answer.set("status", json!({"allowed": true})),
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" => {
            let all = json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]);
            let paths = json!([{"verbs": ["*"], "nonResourceURLs": ["*"]}]);
            answer.set("status", json!({"resourceRules": all, "nonResourceRules": paths, "incomplete": false}));
        }
        "/apis/authentication.k8s.io/v1/selfsubjectreviews" => {
            let groups = json!(["kubeadm:cluster-admins", "system:authenticated"]);
            answer.set("status", json!({"userInfo": {"username": "kubernetes-admin", "groups": groups}}));
        }
        _ => return None,
    }
    Some(answer)
}
