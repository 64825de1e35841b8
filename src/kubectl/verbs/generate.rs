//! `kubectl create KIND NAME`: objects that kubectl makes from flags.
//!
//! upstream: kubectl/pkg/cmd/create

use super::create::generated;
use super::required;
use crate::api::error::go_quote;
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::parse_int;
use crate::kubectl::present;
use crate::kubectl::resources::Builder;
use serde_json::{Map, json};

/// The one NAME, perhaps with a command behind `--`.
///
/// upstream: kubectl/pkg/cmd/create/create.go NameFromCommandArgs
fn name(cx: &Cx) -> Outcome<String> {
    let flags = &cx.s.flags;
    let count = flags.dash.unwrap_or(flags.args.len());
    match flags.args.first() {
        Some(name) if count == 1 => Ok(name.clone()),
        _ => Err(cx.usage(&format!("exactly one NAME is required, got {count}"))),
    }
}

fn command(cx: &Cx) -> Vec<String> {
    cx.s.flags.args.get(1..).unwrap_or(&[]).to_vec()
}

/// Creates the object; `what` names it in the error.
fn send(cx: &mut Cx, object: Value, what: &str) -> Outcome<Flow> {
    present::check(cx)?;
    generated(cx, object, "kubectl-create", "created").map_err(|failure| match (&failure, what) {
        (Failure::Api(_), what) if !what.is_empty() => {
            Failure::new(format!("failed to create {what} {}", failure.message()))
        }
        _ => failure,
    })?;
    Ok(Flow::Done)
}

/// `kubectl create namespace`
pub fn namespace(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}, "status": {}});
    send(cx, object, "")
}

/// `kubectl create serviceaccount`
pub fn service_account(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    send(cx, json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}), "serviceaccount:")
}

/// `kubectl create deployment`
///
/// upstream: kubectl/pkg/cmd/create/create_deployment.go
pub fn deployment(cx: &mut Cx) -> Outcome<Flow> {
    required(cx, &["image"])?;
    let name = name(cx)?;
    let command = command(cx);
    let images: Vec<String> = cx.s.flags.list("image");
    if images.len() > 1 && !command.is_empty() {
        return Err(Failure::new("cannot specify multiple --image options and command"));
    }
    let mut containers: Vec<Value> = Vec::new();
    for image in &images {
        let base = image.rsplit('/').next().unwrap_or("");
        let base = base.split([':', '@']).next().unwrap_or("");
        let clean: String =
            base.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect();
        let mut container = json!({"image": image, "name": clean.trim_matches('-'), "resources": {}});
        if !command.is_empty() {
            container.set("command", json!(command));
        }
        containers.push(container);
    }
    if let (Some(port), Some(first)) = (cx.s.flags.int("port").filter(|p| *p >= 0), containers.first_mut()) {
        first.set("ports", json!([{"containerPort": port}]));
    }
    let replicas = cx.s.flags.int("replicas").unwrap_or(1);
    let labels = json!({"app": name});
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": labels, "name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "strategy": {},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}},
        "status": {},
    });
    send(cx, object, "deployment:")
}

/// `kubectl create service clusterip`
pub fn cluster_ip(cx: &mut Cx) -> Outcome<Flow> {
    service(cx, "ClusterIP")
}
/// `kubectl create service nodeport`
pub fn node_port(cx: &mut Cx) -> Outcome<Flow> {
    service(cx, "NodePort")
}
/// `kubectl create service loadbalancer`
pub fn load_balancer(cx: &mut Cx) -> Outcome<Flow> {
    service(cx, "LoadBalancer")
}
/// `kubectl create service externalname`
pub fn external_name(cx: &mut Cx) -> Outcome<Flow> {
    required(cx, &["external-name"])?;
    service(cx, "ExternalName")
}

/// upstream: kubectl/pkg/cmd/create/create_service.go
fn service(cx: &mut Cx, kind: &str) -> Outcome<Flow> {
    let name = name(cx)?;
    let flags = &cx.s.flags;
    let headless = flags.text("clusterip") == "None";
    let tcp = flags.list("tcp");
    if !headless && tcp.is_empty() && kind != "ExternalName" {
        return Err(Failure::new("at least one tcp port specifier must be provided"));
    }
    let external = flags.text("external-name").to_string();
    if kind == "ExternalName" && !is_subdomain(&external) {
        return Err(Failure::new(format!("invalid service external name {external}")));
    }
    let mut ports = Vec::new();
    for spec in &tcp {
        let (port, target) = port_pair(spec)?;
        let mut one = json!({"name": spec.replace(':', "-"), "port": port, "protocol": "TCP", "targetPort": target});
        if let Some(node_port) = flags.int("node-port").filter(|p| *p != 0 && kind == "NodePort") {
            one.set("nodePort", node_port);
        }
        ports.push(one);
    }
    let labels = json!({"app": name});
    let mut spec = json!({"selector": labels, "type": kind});
    if !ports.is_empty() {
        spec.set("ports", json!(ports));
    }
    if !flags.text("clusterip").is_empty() {
        spec.set("clusterIP", flags.text("clusterip"));
    }
    if kind == "ExternalName" {
        spec.set("externalName", external);
    }
    let object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"labels": labels, "name": name},
        "spec": spec, "status": {"loadBalancer": {}}});
    send(cx, object, &format!("{kind} service:"))
}

fn is_subdomain(text: &str) -> bool {
    let label = |l: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        l.chars().all(|c| plain(c) || c == '-') && l.starts_with(plain) && l.ends_with(plain)
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// `PORT[:TARGET]`
///
/// upstream: kubectl/pkg/cmd/create/create_service.go parsePorts
fn port_pair(spec: &str) -> Outcome<(i64, Value)> {
    let (port, target) = spec.split_once(':').map_or((spec, None), |(p, t)| (p, Some(t)));
    let number = parse_int(port, "ParseUint").map_err(Failure::new)?;
    if !(0..=65535).contains(&number) {
        return Err(Failure::new("must be between 0 and 65535, inclusive"));
    }
    let Some(target) = target else { return Ok((number, json!(number))) };
    match target.parse::<i64>() {
        Ok(n) if (1..=65535).contains(&n) => Ok((number, json!(n))),
        Ok(_) => Err(Failure::new("must be between 1 and 65535, inclusive")),
        Err(_) => Ok((number, json!(target))),
    }
}

/// `kubectl create configmap`
pub fn config_map(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    let data = data(cx, "ConfigMap", &name)?;
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    if !data.is_empty() {
        object.set("data", Value::Object(data));
    }
    send(cx, object, "configmap:")
}

/// `kubectl create secret generic`
pub fn secret(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    let data = data(cx, "Secret", &name)?;
    let encode = |v: &Value| data_encoding::BASE64.encode(v.as_str().unwrap_or("").as_bytes());
    let data: Map<String, Value> = data.iter().map(|(k, v)| (k.clone(), json!(encode(v)))).collect();
    let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        object.set("data", Value::Object(data));
    }
    if cx.s.flags.has("type") {
        object.set("type", cx.s.flags.text("type"));
    }
    send(cx, object, "secret")
}

/// What `--from-literal`, `--from-file` and `--from-env-file` say.
///
/// upstream: kubectl/pkg/cmd/create/create_configmap.go
fn data(cx: &Cx, kind: &str, name: &str) -> Outcome<Map<String, Value>> {
    let flags = &cx.s.flags;
    let files = &*cx.io.files;
    if flags.has("from-env-file") && (flags.has("from-file") || flags.has("from-literal")) {
        return Err(Failure::new("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    let missing = |path: &str| Failure::new(format!("error reading {path}: no such file or directory"));
    for source in flags.list("from-file") {
        let (key, path) = match source.split('=').collect::<Vec<_>>().as_slice() {
            [path] => (path.rsplit('/').next().unwrap_or("").to_string(), path.to_string()),
            ["", path] => return Err(Failure::new(format!("key name for file path {path} missing"))),
            [key, ""] => return Err(Failure::new(format!("file path for key name {key} missing"))),
            [key, path] => (key.to_string(), path.to_string()),
            _ => return Err(Failure::new("key names or file paths cannot contain '='")),
        };
        match (files.list(&path), files.read(&path)) {
            (Some(_), _) if source.contains('=') => {
                return Err(Failure::new("cannot give a key name for a directory path"));
            }
            (Some(names), _) => {
                for inner in names.iter().filter(|n| !n.ends_with('/')) {
                    let text = files.read(&format!("{}/{inner}", path.trim_end_matches('/')));
                    pairs.push((inner.clone(), text.unwrap_or_default()));
                }
            }
            (None, Some(text)) => pairs.push((key, text)),
            (None, None) => return Err(missing(&path)),
        }
    }
    for literal in flags.each("from-literal") {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => pairs.push((key.into(), value.into())),
            _ => return Err(Failure::new(format!("invalid literal source {literal}, expected key=value"))),
        }
    }
    for path in flags.list("from-env-file") {
        let text = files.read(&path).ok_or_else(|| missing(&path))?;
        for line in text.lines().map(str::trim_start).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            pairs.push((key.into(), value.into()));
        }
    }
    let mut map = Map::new();
    for (key, value) in pairs {
        let fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if key.is_empty() || !key.chars().all(fine) {
            let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
            return Err(Failure::new(format!("{} is not a valid key name for a {kind}: {why}", go_quote(&key))));
        }
        if map.contains_key(&key) {
            let (key, name) = (go_quote(&key), go_quote(name));
            let text = match kind {
                "Secret" => {
                    format!("cannot add key {}, another key by that name already exists", key.trim_matches('"'))
                }
                _ => format!(
                    "cannot add key {key}, another key by that name already exists in Data for ConfigMap {name}"
                ),
            };
            return Err(Failure::new(text));
        }
        map.insert(key, json!(value));
    }
    Ok(map)
}

fn pod_template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !command.is_empty() {
        container.set("command", json!(command));
    }
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}})
}

/// `kubectl create job`
///
/// upstream: kubectl/pkg/cmd/create/create_job.go
pub fn job(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    let command = command(cx);
    let (image, from) = (cx.s.flags.text("image").to_string(), cx.s.flags.text("from").to_string());
    if image.is_empty() == from.is_empty() {
        return Err(Failure::new("either --image or --from must be specified"));
    }
    if !command.is_empty() && !from.is_empty() {
        return Err(Failure::new("cannot specify --from and command"));
    }
    let object = if from.is_empty() {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
            "spec": {"template": pod_template(&name, &image, &command, "Never")}, "status": {}})
    } else {
        job_from(cx, &name, &from)?
    };
    send(cx, object, "job:")
}

fn job_from(cx: &mut Cx, name: &str, from: &str) -> Outcome<Value> {
    let mut infos = Builder { read: true, args: vec![from.to_string()], ..Builder::default() }.infos(cx)?;
    if infos.len() != 1 {
        return Err(Failure::new("from must be an existing cronjob"));
    }
    let cron = infos.remove(0)?.object;
    if cron.str_at("kind") != "CronJob" {
        let version = cron.str_at("apiVersion").rsplit('/').next().unwrap_or("").to_string();
        return Err(Failure::new(format!("unknown object type *{version}.{}", cron.str_at("kind"))));
    }
    let template = cron.at("spec.jobTemplate");
    let mut annotations = template.at("metadata.annotations").as_object().cloned().unwrap_or_default();
    annotations.entry("cronjob.kubernetes.io/instantiate").or_insert(json!("manual"));
    let mut metadata = json!({"annotations": annotations, "name": name, "ownerReferences": [{
        "apiVersion": "batch/v1", "controller": true, "kind": "CronJob", "name": cron.name(), "uid": cron.uid()}]});
    if !template.at("metadata.labels").is_null() {
        metadata.set("labels", template.at("metadata.labels").clone());
    }
    Ok(
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template.at("spec"), "status": {}}),
    )
}

/// `kubectl create cronjob`
pub fn cron_job(cx: &mut Cx) -> Outcome<Flow> {
    required(cx, &["image", "schedule"])?;
    let name = name(cx)?;
    let flags = &cx.s.flags;
    let restart = flags.value("restart").unwrap_or("OnFailure");
    let template = pod_template(&name, flags.text("image"), &command(cx), restart);
    let object = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
        "spec": {"jobTemplate": {"metadata": {"name": name}, "spec": {"template": template}},
            "schedule": flags.text("schedule")},
        "status": {}});
    send(cx, object, "cronjob:")
}

/// `kubectl create ingress`
///
/// upstream: kubectl/pkg/cmd/create/create_ingress.go
pub fn ingress(cx: &mut Cx) -> Outcome<Flow> {
    let name = name(cx)?;
    let flags = &cx.s.flags;
    let rules: Vec<String> = flags.each("rule").iter().map(|r| r.to_string()).collect();
    let default = flags.text("default-backend").to_string();
    if rules.is_empty() && default.is_empty() {
        return Err(Failure::new(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut hosts: Vec<(String, Vec<Value>)> = Vec::new();
    let mut tls: Vec<(String, Vec<String>)> = Vec::new();
    for rule in &rules {
        let Some((host, path, secret)) = read_rule(rule) else {
            let text =
                format!("rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]");
            return Err(Failure::new(text));
        };
        match hosts.iter_mut().find(|(h, _)| *h == host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((host.clone(), vec![path])),
        }
        let Some(secret) = secret else { continue };
        if tls.iter().any(|(_, hosts)| hosts.contains(&host)) {
            continue;
        }
        match tls.iter_mut().find(|(s, _)| *s == secret) {
            Some((_, hosts)) => hosts.push(host),
            None => tls.push((secret, vec![host])),
        }
    }
    let mut metadata = json!({"name": name});
    let mut annotations = Map::new();
    for annotation in flags.each("annotation") {
        let Some((key, value)) = annotation.split_once('=') else {
            let text = format!("annotation {annotation} is invalid and should be in format key=[value]");
            return Err(Failure::new(text));
        };
        annotations.insert(key.into(), json!(value));
    }
    if !annotations.is_empty() {
        metadata.set("annotations", Value::Object(annotations));
    }
    let mut spec = json!({});
    if flags.has("class") {
        spec.set("ingressClassName", flags.text("class"));
    }
    if !default.is_empty() {
        let backend = backend(&default);
        spec.set(
            "defaultBackend",
            backend.ok_or_else(|| Failure::new("default-backend should be in format servicename:serviceport"))?,
        );
    }
    let rule = |(host, paths): (String, Vec<Value>)| {
        let mut rule = json!({"http": {"paths": paths}});
        if !host.is_empty() {
            rule.set("host", host);
        }
        rule
    };
    if !hosts.is_empty() {
        spec.set("rules", Value::Array(hosts.into_iter().map(rule).collect()));
    }
    if !tls.is_empty() {
        spec.set("tls", Value::Array(tls.into_iter().map(|(secret, hosts)| tls_entry(&secret, &hosts)).collect()));
    }
    let object = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {}}});
    send(cx, object, "ingress:")
}

fn tls_entry(secret: &str, hosts: &[String]) -> Value {
    let hosts: Vec<&String> = hosts.iter().filter(|h| !h.is_empty()).collect();
    let mut entry = json!({});
    if !hosts.is_empty() {
        entry.set("hosts", json!(hosts));
    }
    if !secret.is_empty() {
        entry.set("secretName", secret);
    }
    entry
}

/// `host/path=service:port[,tls[=secret]]` as its host, its path and its secret.
fn read_rule(rule: &str) -> Option<(String, Value, Option<String>)> {
    let (head, tls) = rule.split_once(',').map_or((rule, None), |(h, t)| (h, Some(t)));
    let (host, rest) = head.split_once('/')?;
    let (path, service) = rest.split_once('=')?;
    let secret = match tls {
        None => None,
        Some("tls") => Some(String::new()),
        Some(tls) => Some(tls.strip_prefix("tls=")?.to_string()),
    };
    let path = format!("/{path}");
    let (path, kind) = match path.strip_suffix('*') {
        Some(path) => (path.to_string(), "Prefix"),
        None => (path, "Exact"),
    };
    Some((host.to_string(), json!({"backend": backend(service)?, "path": path, "pathType": kind}), secret))
}

fn backend(text: &str) -> Option<Value> {
    let (service, port) = text.split_once(':')?;
    if service.is_empty() || port.is_empty() {
        return None;
    }
    let port = port.parse::<i64>().map_or_else(|_| json!({"name": port}), |n| json!({"number": n}));
    Some(json!({"service": {"name": service, "port": port}}))
}
