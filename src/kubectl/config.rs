//! The kubeconfig: which cluster, which namespace.
//!
//! upstream: client-go/tools/clientcmd

use super::Files;
use crate::api::{ObjectExt, Value};
use serde_json::json;

/// Where the kubeconfig lies if nothing says otherwise.
pub const DEFAULT_PATH: &str = "~/.kube/config";

/// A kubeconfig as read, and where it lies.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its file.
    pub path: String,
    /// What stands in it.
    pub value: Value,
}

impl Default for Config {
    fn default() -> Self {
        Self { path: DEFAULT_PATH.into(), value: start() }
    }
}

/// The start cluster's kubeconfig.
fn start() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kubeglass", "cluster": {"insecure-skip-tls-verify": true, "server": "https://192.168.49.2:6443"}}],
        "contexts": [{"name": "kubeglass", "context": {"cluster": "kubeglass", "user": "kubeglass"}}],
        "current-context": "kubeglass",
        "users": [{"name": "kubeglass", "user": {"token": "kubeglass"}}],
    })
}

impl Config {
    /// Reads the file at `path`; the start cluster's where there is none.
    pub fn load(files: &dyn Files, path: &str) -> Self {
        Self { path: path.into(), ..Self::read(files.read(path).as_deref()) }
    }
    /// From a file's text; the start cluster's if there is none, or none that can be read.
    pub fn read(text: Option<&str>) -> Self {
        let value = text.and_then(|text| crate::yaml::to_json(text).ok()).filter(Value::is_object);
        Self { path: DEFAULT_PATH.into(), value: value.unwrap_or_else(start) }
    }
    /// Writes it back.
    pub fn save(&self, files: &mut dyn Files) -> bool {
        files.write(&self.path, &crate::yaml::to_string(&self.value))
    }
    /// The current context's name.
    pub fn current(&self) -> &str {
        self.value.str_at("current-context")
    }
    /// A named entry of `clusters`, `contexts` or `users`.
    pub fn entry(&self, list: &str, name: &str) -> Option<&Value> {
        self.value.list_at(list).iter().find(|e| e.str_at("name") == name)
    }
    /// The namespace that a context works in.
    pub fn namespace(&self, context: &str) -> &str {
        let namespace = self.entry("contexts", context).map_or("", |c| c.str_at("context.namespace"));
        if namespace.is_empty() { "default" } else { namespace }
    }
    /// The API server's URL as a context sees it.
    pub fn server(&self, context: &str) -> &str {
        let cluster = self.entry("contexts", context).map_or("", |c| c.str_at("context.cluster"));
        self.entry("clusters", cluster).map_or("", |c| c.str_at("cluster.server"))
    }
}
