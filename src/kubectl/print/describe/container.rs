//! The containers of a Pod or of a Pod template.

use super::title_bool;
use super::writer::{Description, line};
use crate::api::error::go_quote;
use crate::api::quantity::Quantity;
use crate::api::{ObjectExt, Value};
use crate::collections::sort_by_key;
use crate::kubectl::print::text::{NONE, number, or, plain};

/// Whose containers they are.
#[derive(Clone, Copy)]
pub enum Of<'a> {
    /// A Pod's, which has states and resolves references to itself.
    Pod(&'a Value),
    /// A template's, a level deeper.
    Template,
}

impl Of<'_> {
    /// What stands before a heading, and what before a name under it.
    pub fn space(self) -> (&'static str, &'static str) {
        match self {
            Of::Pod(_) => ("", ""),
            Of::Template => ("  ", " "),
        }
    }
}

/// The containers of one list under a heading.
// upstream: kubectl/pkg/describe/describe.go describeContainers
pub fn containers(d: &mut Description, heading: &str, list: &[Value], statuses: &[Value], of: Of) {
    let (space, name_indent) = of.space();
    line!(d, 0, "{space}{heading}:{}", if list.is_empty() { " <none>" } else { "" });
    for container in list {
        let status = statuses.iter().find(|s| s.str_at("name") == container.str_at("name"));
        line!(d, 1, "{name_indent}{}:", container.str_at("name"));
        basics(d, container, status);
        for (title, field) in [("Command", "command"), ("Args", "args")] {
            words(d, title, container.list_at(field));
        }
        if let Some(status) = status {
            state(d, "State", status.at("state"));
            if status.at("lastState.terminated").is_object() {
                state(d, "Last State", status.at("lastState"));
            }
            d.field(2, "Ready", title_bool(status.bool_at("ready")));
            d.field(2, "Restart Count", number(status, "restartCount"));
        }
        resources(d, container.at("resources"), 2);
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if container.at(field).is_object() {
                d.field(2, title, probe(container.at(field)));
            }
        }
        environment(d, container, of);
        mounts(d, container);
    }
}

fn basics(d: &mut Description, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        d.field(2, "Container ID", status.str_at("containerID"));
    }
    d.field(2, "Image", container.str_at("image"));
    if let Some(status) = status {
        d.field(2, "Image ID", status.str_at("imageID"));
    }
    for (title, field) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let list: Vec<String> = container.list_at("ports").iter().map(|p| port(p, field)).collect();
        let plural = if list.len() > 1 { "s" } else { "" };
        line!(d, 2, "{title}{plural}:\t{}", or(&list.join(", "), NONE));
    }
    let profile = container.at("securityContext.seccompProfile");
    if profile.is_object() {
        d.field(2, "SeccompProfile", profile.str_at("type"));
        d.fields(3, profile, &[("LocalhostProfile", "localhostProfile")]);
    }
}

fn port(port: &Value, field: &str) -> String {
    let mut text = format!("{}/{}", number(port, field), port.str_at("protocol"));
    if !port.str_at("name").is_empty() {
        text.push_str(&format!(" ({})", port.str_at("name")));
    }
    text
}

fn words(d: &mut Description, title: &str, words: &[Value]) {
    if words.is_empty() {
        return;
    }
    line!(d, 2, "{title}:");
    for text in words.iter().filter_map(Value::as_str).flat_map(|w| w.split('\n')) {
        line!(d, 3, "{text}");
    }
}

// upstream: kubectl/pkg/describe/describe.go describeStatus
fn state(d: &mut Description, title: &str, state: &Value) {
    let terminated = state.at("terminated");
    if state.at("running").is_object() {
        d.field(2, title, "Running");
        d.time(3, "Started", state, "running.startedAt");
    } else if terminated.is_object() {
        d.field(2, title, "Terminated");
        d.fields(3, terminated, &[("Reason", "reason"), ("Message", "message")]);
        d.field(3, "Exit Code", number(terminated, "exitCode"));
        if terminated.int_at("signal").unwrap_or(0) > 0 {
            d.field(3, "Signal", number(terminated, "signal"));
        }
        d.time(3, "Started", terminated, "startedAt");
        d.time(3, "Finished", terminated, "finishedAt");
    } else {
        d.field(2, title, "Waiting");
        d.fields(3, state, &[("Reason", "waiting.reason")]);
    }
}

/// `Limits:` and `Requests:`
pub fn resources(d: &mut Description, resources: &Value, level: usize) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let Value::Object(map) = resources.at(field) else { continue };
        if !map.is_empty() {
            line!(d, level, "{title}:");
        }
        for (name, quantity) in map {
            d.field(level + 1, name, plain(quantity));
        }
    }
}

// upstream: kubectl/pkg/describe/describe.go DescribeProbe
fn probe(probe: &Value) -> String {
    let n = |field: &str| number(probe, field);
    let what = if probe.at("exec").is_object() {
        let command: Vec<String> = probe.list_at("exec.command").iter().map(plain).collect();
        format!("exec [{}]", command.join(" "))
    } else if probe.at("httpGet").is_object() {
        let get = probe.at("httpGet");
        let path = get.str_at("path");
        let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
        let scheme = get.str_at("scheme").to_lowercase();
        format!("http-get {scheme}://{}:{}{slash}{path}", get.str_at("host"), plain(get.at("port")))
    } else if probe.at("tcpSocket").is_object() {
        format!("tcp-socket {}:{}", probe.str_at("tcpSocket.host"), plain(probe.at("tcpSocket.port")))
    } else if probe.at("grpc").is_object() {
        format!("grpc <pod>:{} {}", number(probe, "grpc.port"), probe.str_at("grpc.service"))
    } else {
        "unknown".into()
    };
    format!(
        "{what} delay={}s timeout={}s period={}s #success={} #failure={}",
        n("initialDelaySeconds"),
        n("timeoutSeconds"),
        n("periodSeconds"),
        n("successThreshold"),
        n("failureThreshold")
    )
}

// upstream: kubectl/pkg/describe/describe.go describeContainerEnvFrom, describeContainerEnvVars
fn environment(d: &mut Description, container: &Value, of: Of) {
    if !container.list_at("envFrom").is_empty() {
        line!(d, 2, "Environment Variables from:");
    }
    for from in container.list_at("envFrom") {
        let (kind, source) = match from.at("configMapRef") {
            source @ Value::Object(_) => ("ConfigMap", source),
            _ => ("Secret", from.at("secretRef")),
        };
        let prefix = match from.str_at("prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        line!(d, 3, "{}\t{kind}{prefix}\tOptional: {}", source.str_at("name"), source.bool_at("optional"));
    }
    let list = container.list_at("env");
    line!(d, 2, "Environment:{}", if list.is_empty() { "\t<none>" } else { "" });
    for variable in list {
        let (name, from) = (variable.str_at("name"), variable.at("valueFrom"));
        if from.is_null() {
            for (i, text) in variable.str_at("value").split('\n').enumerate() {
                line!(d, 3, "{}\t{text}", if i == 0 { format!("{name}:") } else { String::new() });
            }
        } else {
            reference(d, name, from, container, of);
        }
    }
}

fn reference(d: &mut Description, name: &str, from: &Value, container: &Value, of: Of) {
    for (field, before, after) in [("secretKeyRef", "in secret", ""), ("configMapKeyRef", "of config map", "")] {
        let r = from.at(field);
        if r.is_object() {
            let (key, source, optional) = (r.str_at("key"), r.str_at("name"), r.bool_at("optional"));
            line!(d, 3, "{name}:\t<set to the key '{key}' {before} '{source}'>{after}\tOptional: {optional}");
        }
    }
    let field = from.at("fieldRef");
    if field.is_object() {
        let path = field.str_at("fieldPath");
        let value = match of {
            Of::Pod(pod) => own_field(pod, path),
            Of::Template => "",
        };
        line!(d, 3, "{name}:\t{value} ({}:{path})", field.str_at("apiVersion"));
    }
    let resource = from.at("resourceFieldRef");
    if resource.is_object() {
        let what = resource.str_at("resource");
        let mut value = resource_value(container, what, resource.str_at("divisor"));
        if value == "0" && matches!(what, "limits.cpu" | "limits.memory") {
            value = "node allocatable".into();
        }
        line!(d, 3, "{name}:\t{value} ({what})");
    }
}

/// A Pod's own field, as far as kubectl resolves it: its name and namespace; the rest is left empty.
// upstream: kubectl/pkg/describe/describe.go EnvValueRetriever, runtime.DefaultMetaV1FieldSelectorConversion
fn own_field<'a>(pod: &'a Value, path: &str) -> &'a str {
    if matches!(path, "metadata.name" | "metadata.namespace") { pod.str_at(path) } else { "" }
}

// upstream: kubectl/pkg/util/resource/resource.go ExtractContainerResourceValue
fn resource_value(container: &Value, what: &str, divisor: &str) -> String {
    let Some((list, name)) = what.split_once('.') else { return String::new() };
    let amount = container.at("resources").at(list).get(name).and_then(Quantity::of);
    let divisor = Quantity::parse(divisor).ok().filter(|q| q.nanos != 0);
    let divisor = divisor.or_else(|| Quantity::parse("1").ok());
    let (Some(amount), Some(divisor)) = (amount.or_else(|| Quantity::parse("0").ok()), divisor) else {
        return String::new();
    };
    let (n, m) = if name == "cpu" { (amount.milli(), divisor.milli()) } else { (amount.whole(), divisor.whole()) };
    (n as f64 / m as f64).ceil().to_string()
}

fn mounts(d: &mut Description, container: &Value) {
    let mut list: Vec<&Value> = container.list_at("volumeMounts").iter().collect();
    let none = if list.is_empty() { "\t<none>" } else { "" };
    line!(d, 2, "Mounts:{none}");
    sort_by_key(&mut list, |m| m.str_at("mountPath"));
    for mount in list {
        let mode = if mount.bool_at("readOnly") { "ro" } else { "rw" };
        let sub = match mount.str_at("subPath") {
            "" => String::new(),
            path => format!(",path={}", go_quote(path)),
        };
        line!(d, 3, "{} from {} ({mode}{sub})", mount.str_at("mountPath"), mount.str_at("name"));
    }
    let mut devices: Vec<&Value> = container.list_at("volumeDevices").iter().collect();
    if !devices.is_empty() {
        line!(d, 2, "Devices:{none}");
    }
    sort_by_key(&mut devices, |device| device.str_at("devicePath"));
    for device in devices {
        line!(d, 3, "{} from {}", device.str_at("devicePath"), device.str_at("name"));
    }
}
