//! `kubectl create KIND NAME`: objects that kubectl makes from flags.
//!
//! upstream: kubectl/pkg/cmd/create

use super::create::generated;
use super::required;
use crate::api::{ObjectExt, Value};
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::parse_int;
use crate::kubectl::present;
use crate::kubectl::resources::Builder;
use serde_json::json;

/// The one NAME, perhaps with a command behind `--`.
///
/// upstream: kubectl/pkg/cmd/create/create.go NameFromCommandArgs
pub fn name(cx: &Cx) -> Outcome<String> {
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
pub fn send(cx: &mut Cx, object: Value, what: &str) -> Outcome<Flow> {
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
