//! `kubectl run`
//!
//! upstream: kubectl/pkg/cmd/run/run.go, kubectl/pkg/generate/versioned/run.go

use super::create::generated;
use super::{attach, expose, required};
use crate::api::error::go_quote;
use crate::api::resource::PODS;
use crate::api::{ObjectExt, Value};
use crate::cluster::registry;
use crate::cluster::request::Method;
use crate::kubectl::context::{Cx, DryRun, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::present;
use crate::kubectl::resources::Info;
use serde_json::json;

/// Makes a Pod of an image.
pub fn run(cx: &mut Cx) -> Outcome<Flow> {
    required(cx, &["image"])?;
    let flags = &cx.s.flags;
    let Some(name) = flags.args.first().filter(|_| flags.dash != Some(0)).cloned() else {
        return Err(cx.usage("NAME is required for run"));
    };
    let image = flags.text("image").to_string();
    if image.is_empty() {
        return Err(Failure::new("--image is required"));
    }
    if !registry::is_name(&image) {
        return Err(Failure::new(format!("Invalid image name {}: invalid reference format", go_quote(&image))));
    }
    let (stdin, tty) = (flags.on("stdin"), flags.on("tty"));
    let attach = flags.bool_or("attach", stdin || tty);
    let restart = flags.text("restart").to_string();
    let dry = cx.dry_run()?;
    let flags = &cx.s.flags;
    let problem = if tty && !stdin {
        "-i/--stdin is required for containers with -t/--tty=true".to_string()
    } else if flags.on("expose") && !flags.has("port") {
        "--port must be set when exposing a service".to_string()
    } else if !matches!(restart.as_str(), "" | "Always" | "OnFailure" | "Never") {
        format!("invalid restart policy: {restart}")
    } else if !attach && flags.on("rm") {
        "--rm should only be used for attached containers".to_string()
    } else if attach && dry != DryRun::None {
        "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)"
            .to_string()
    } else if !matches!(flags.text("image-pull-policy"), "" | "Always" | "IfNotPresent" | "Never") {
        format!("invalid image pull policy: {}", flags.text("image-pull-policy"))
    } else {
        String::new()
    };
    if !problem.is_empty() {
        return Err(cx.usage(&problem));
    }
    present::check(cx)?;
    let pod = pod(cx, &name, &image)?;
    if attach {
        return attached(cx, pod, &name);
    }
    if cx.s.flags.on("expose") {
        // The Service is said first.
        let service = service(cx, &name)?;
        let said = generated(cx, service, "kubectl-run", "created");
        generated(cx, pod, "kubectl-run", "created")?;
        said?;
    } else {
        generated(cx, pod, "kubectl-run", "created")?;
    }
    Ok(Flow::Done)
}

/// upstream: kubectl/pkg/generate/versioned/run.go BasicPod
fn pod(cx: &Cx, name: &str, image: &str) -> Outcome<Value> {
    let flags = &cx.s.flags;
    let labels = match flags.text("labels") {
        "" => json!({"run": name}),
        text => Value::Object(expose::labels(text)?),
    };
    let mut container = json!({"image": image, "name": name, "resources": {}});
    let args = flags.args.get(1..).unwrap_or(&[]);
    if !args.is_empty() {
        container.set(if flags.on("command") { "command" } else { "args" }, json!(args));
    }
    let mut env = Vec::new();
    for pair in flags.each("env") {
        let Some((key, value)) = pair.split_once('=').filter(|(k, _)| !k.is_empty()) else {
            return Err(Failure::new(format!("invalid env: {pair}")));
        };
        env.push(json!({"name": key, "value": value}));
    }
    if !env.is_empty() {
        container.set("env", json!(env));
    }
    if flags.has("image-pull-policy") {
        container.set("imagePullPolicy", flags.text("image-pull-policy"));
    }
    if flags.has("port") {
        let port = crate::kubectl::flags::parse_int(flags.text("port"), "Atoi").map_err(Failure::new)?;
        container.set("ports", json!([{"containerPort": port}]));
    }
    for (flag, field) in [("stdin", "stdin"), ("tty", "tty")] {
        if flags.on(flag) {
            container.set(field, true);
        }
    }
    if flags.on("stdin") && !flags.on("leave-stdin-open") {
        container.set("stdinOnce", true);
    }
    if flags.on("privileged") {
        container.set("securityContext.privileged", true);
    }
    let mut metadata = json!({"labels": labels, "name": name});
    for pair in flags.each("annotations") {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut all = metadata.at("annotations").as_object().cloned().unwrap_or_default();
        all.insert(key.into(), json!(value));
        metadata.set("annotations", Value::Object(all));
    }
    let restart = flags.value("restart").filter(|r| !r.is_empty()).unwrap_or("Always");
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart}, "status": {}});
    super::overrides(cx, &mut pod)?;
    Ok(pod)
}

fn service(cx: &Cx, name: &str) -> Outcome<Value> {
    let flags = &cx.s.flags;
    let port = crate::kubectl::flags::parse_int(flags.text("port"), "Atoi").map_err(Failure::new)?;
    let mut metadata = json!({"name": name});
    let selector = match flags.text("labels") {
        "" => json!({"run": name}),
        text => {
            metadata.set("labels", Value::Object(expose::labels(text)?));
            metadata.at("labels").clone()
        }
    };
    Ok(json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"ports": [{"port": port, "protocol": "TCP", "targetPort": port}], "selector": selector},
        "status": {"loadBalancer": {}}}))
}

fn attached(cx: &mut Cx, mut pod: Value, name: &str) -> Outcome<Flow> {
    let namespace = cx.s.namespace.clone();
    pod.set("metadata.namespace", namespace.as_str());
    let request = cx.write(Method::Post, PODS.path(&namespace), "kubectl-run", "", DryRun::None).body(pod);
    let object = cx.request(&request)?;
    let info = Info { resource: &PODS, namespace, name: name.to_string(), object, source: String::new() };
    attach::created(cx, info)
}
