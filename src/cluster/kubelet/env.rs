//! The environment a container is given when it starts: the Services that there are then, and what its spec says.
//! Later changes don't reach it.
//! upstream: pkg/kubelet/kubelet_pods.go makeEnvironmentVariables, pkg/kubelet/envvars/envvars.go

use super::Cluster;
use crate::api::resource::{CONFIG_MAPS, SECRETS, SERVICES};
use crate::api::{ObjectExt, Resource, Value};
use crate::collections::BTreeMap;
use data_encoding::BASE64;

type Variables = BTreeMap<String, String>;

impl Cluster {
    /// The environment of container `i` of a Pod (init containers first), as it is now.
    pub(super) fn environment_of(&self, pod: &Value, i: usize) -> Vec<(String, String)> {
        let all = pod.list_at("spec.initContainers").iter().chain(pod.list_at("spec.containers"));
        let Some(container) = all.into_iter().nth(i) else { return Vec::new() };
        let services = self.service_variables(pod);
        let mut own = Variables::new();
        for source in container.list_at("envFrom") {
            self.variables_from(pod.namespace(), source, &mut own);
        }
        for variable in container.list_at("env") {
            let known = |name: &str| own.get(name).or_else(|| services.get(name)).cloned();
            let value = match variable.get("valueFrom") {
                Some(source) => self.value_from(pod, container, source),
                None => Some(expand(variable.str_at("value"), &known)),
            };
            if let Some(value) = value {
                own.insert(variable.str_at("name").into(), value);
            }
        }
        let mut merged = services;
        merged.extend(own);
        merged.into_iter().collect()
    }

    /// `NAME_SERVICE_HOST` and the rest, for the Services of the Pod's namespace and for the API server.
    // upstream: pkg/kubelet/envvars/envvars.go FromServices
    fn service_variables(&self, pod: &Value) -> Variables {
        let mut variables = Variables::new();
        if let Some(master) = self.store.find(&SERVICES, "default", "kubernetes") {
            service(master, &mut variables);
        }
        if pod.at("spec.enableServiceLinks") != &Value::Bool(false) {
            for one in self.store.list(&SERVICES, pod.namespace()) {
                service(one, &mut variables);
            }
        }
        variables
    }

    fn variables_from(&self, namespace: &str, source: &Value, out: &mut Variables) {
        let prefix = source.str_at("prefix");
        for (field, resource) in [("configMapRef", &CONFIG_MAPS), ("secretRef", &SECRETS)] {
            let Some(object) = self.store.find(resource, namespace, source.at(field).str_at("name")) else { continue };
            for (key, value) in object.pairs_at("data") {
                let value = plain(resource, value);
                out.insert([prefix, key].concat(), value);
            }
        }
    }

    fn value_from(&self, pod: &Value, container: &Value, source: &Value) -> Option<String> {
        for (field, resource) in [("configMapKeyRef", &CONFIG_MAPS), ("secretKeyRef", &SECRETS)] {
            if let Some(reference) = source.get(field) {
                let object = self.store.find(resource, pod.namespace(), reference.str_at("name"))?;
                return Some(plain(resource, object.at("data").get(reference.str_at("key"))?.as_str()?));
            }
        }
        if let Some(field) = source.get("fieldRef") {
            return self.field(pod, field.str_at("fieldPath"));
        }
        let resource = source.at("resourceFieldRef").str_at("resource");
        let (list, name) = resource.split_once('.')?;
        let amount = container.at("resources").at(list).get(name)?;
        let quantity = crate::api::quantity::Quantity::of(amount)?;
        Some(quantity.whole().to_string())
    }

    // upstream: pkg/kubelet/kubelet_pods.go podFieldSelectorRuntimeValue
    fn field(&self, pod: &Value, path: &str) -> Option<String> {
        let run = self.kubelets.pods.get(pod.uid());
        if let Some((map, key)) = path.strip_suffix("']").and_then(|p| p.split_once("['")) {
            return pod.at(map).get(key)?.as_str().map(str::to_owned);
        }
        match path {
            "status.podIP" | "status.podIPs" => run.map(|r| r.ip.to_string()),
            "status.hostIP" | "status.hostIPs" => self.kubelets.nodes.get(&run?.node).map(|n| n.ip.clone()),
            _ => pod.at(path).as_str().map(str::to_owned),
        }
    }
}

/// A ConfigMap's text as it is, a Secret's decoded.
#[inline(never)] // kept apart: what only Secrets need
fn plain(resource: &Resource, value: &str) -> String {
    if resource == &CONFIG_MAPS {
        return value.to_owned();
    }
    let bytes = BASE64.decode(value.as_bytes()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One Service's variables; headless ones have none.
fn service(service: &Value, out: &mut Variables) {
    let ip = service.str_at("spec.clusterIP");
    let Some(first) = service.list_at("spec.ports").first().filter(|_| !matches!(ip, "" | "None")) else { return };
    let name = service.name().to_ascii_uppercase().replace('-', "_");
    let number = |port: &Value| port.int_at("port").unwrap_or(0);
    let mut put = |key: String, value: String| drop(out.insert(key, value));
    put(format!("{name}_SERVICE_HOST"), ip.into());
    put(format!("{name}_SERVICE_PORT"), number(first).to_string());
    for (i, port) in service.list_at("spec.ports").iter().enumerate() {
        let label = port.str_at("name").to_ascii_uppercase().replace('-', "_");
        if !label.is_empty() {
            put(format!("{name}_SERVICE_PORT_{label}"), number(port).to_string());
        }
        let protocol = port.str_at("protocol");
        let url = format!("{}://{ip}:{}", protocol.to_ascii_lowercase(), number(port));
        if i == 0 {
            put(format!("{name}_PORT"), url.clone());
        }
        let prefix = format!("{name}_PORT_{}_{protocol}", number(port));
        put(format!("{prefix}_PROTO"), protocol.to_ascii_lowercase());
        put(format!("{prefix}_PORT"), number(port).to_string());
        put(format!("{prefix}_ADDR"), ip.into());
        put(prefix, url);
    }
}

/// `$(NAME)` becomes the value of a variable that is known; `$$` is a `$`.
// upstream: third_party/forked/golang/expansion/expand.go Expand
fn expand(text: &str, known: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(more) = after.strip_prefix('$') {
            out.push('$');
            rest = more;
        } else if let Some((name, more)) = after.strip_prefix('(').and_then(|a| a.split_once(')')) {
            out.push_str(&known(name).unwrap_or_else(|| format!("$({name})")));
            rest = more;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_service_gives_its_variables() {
        let mut out = Variables::new();
        let ports = json!([{"name": "http", "port": 80, "protocol": "TCP"}]);
        service(&json!({"metadata": {"name": "my-web"}, "spec": {"clusterIP": "10.96.0.9", "ports": ports}}), &mut out);
        let lines: Vec<String> = out.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(
            lines,
            [
                "MY_WEB_PORT=tcp://10.96.0.9:80",
                "MY_WEB_PORT_80_TCP=tcp://10.96.0.9:80",
                "MY_WEB_PORT_80_TCP_ADDR=10.96.0.9",
                "MY_WEB_PORT_80_TCP_PORT=80",
                "MY_WEB_PORT_80_TCP_PROTO=tcp",
                "MY_WEB_SERVICE_HOST=10.96.0.9",
                "MY_WEB_SERVICE_PORT=80",
                "MY_WEB_SERVICE_PORT_HTTP=80",
            ]
        );
    }

    #[test]
    fn references_are_expanded() {
        let known = |name: &str| (name == "A").then(|| "x".to_owned());
        assert_eq!(expand("$(A)-$(B)-$$(A)-$", &known), "x-$(B)-$(A)-$");
    }
}
