//! What kubectl says of the cluster and of itself.

use crate::api::ObjectExt;
use crate::api::error::go_quote;
use crate::api::resource::{RESOURCES, SERVICES};
use crate::cluster::request::Request;
use crate::collections::sort_by_key;
use crate::kubectl::context::{Cx, Flow};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::tabwriter;
use serde_json::{Value, json};

const VERSION: &str = "v1.36.3";
const KUSTOMIZE: &str = "v5.8.1";

/// `kubectl version`
///
/// upstream: kubectl/pkg/cmd/version/version.go
pub fn version(cx: &mut Cx) -> Outcome<Flow> {
    if !cx.s.flags.args.is_empty() {
        return Err(Failure::new(format!("extra arguments: [{}]", cx.s.flags.args.join(" "))));
    }
    let format = cx.s.flags.text("output").to_string();
    if !matches!(format.as_str(), "" | "yaml" | "json") {
        return Err(Failure::new("--output must be 'yaml' or 'json'"));
    }
    let server = if cx.s.flags.on("client") { Value::Null } else { cx.request(&Request::get("/version"))? };
    if format.is_empty() {
        cx.line(&format!("Client Version: {VERSION}"));
        cx.line(&format!("Kustomize Version: {KUSTOMIZE}"));
        if !server.is_null() {
            let line = format!("Server Version: {}", server.str_at("gitVersion"));
            cx.line(&line);
        }
        return Ok(Flow::Done);
    }
    let mut all = json!({
        "clientVersion": {"buildDate": "1970-01-01T00:00:00Z", "compiler": "gc", "gitCommit": "$Format:%H$",
            "gitTreeState": "clean", "gitVersion": VERSION, "goVersion": "go1.26.8", "major": "1", "minor": "36",
            "platform": "linux/amd64"},
        "kustomizeVersion": KUSTOMIZE,
    });
    if !server.is_null() {
        all.set("serverVersion", server);
    }
    let text = match format.as_str() {
        "yaml" => format!("{}\n", crate::yaml::to_string(&all)),
        _ => serde_json::to_string_pretty(&all).unwrap_or_default() + "\n",
    };
    cx.io.out.out(&text);
    Ok(Flow::Done)
}

/// `kubectl cluster-info`
///
/// upstream: kubectl/pkg/cmd/clusterinfo/clusterinfo.go
pub fn cluster_info(cx: &mut Cx) -> Outcome<Flow> {
    let host = cx.s.config.server(cx.s.config.current()).to_string();
    let services = cx.list(&SERVICES, "kube-system", "kubernetes.io/cluster-service=true")?;
    cx.line(&format!("Kubernetes control plane is running at {host}"));
    for service in services {
        let ports = service.list_at("spec.ports");
        let ingress = service.at("status.loadBalancer.ingress.0");
        let link = if ingress.is_null() {
            let proxy = match ports.first() {
                None => service.name().to_string(),
                Some(port) => {
                    let secure = port.str_at("name") == "https" || port.int_at("port") == Some(443);
                    match (secure, port.str_at("name")) {
                        (true, name) => format!("https:{}:{name}", service.name()),
                        (false, "") => service.name().to_string(),
                        (false, name) => format!("{}:{name}", service.name()),
                    }
                }
            };
            format!("{host}/api/v1/namespaces/{}/services/{proxy}/proxy", service.namespace())
        } else {
            let ip = if ingress.str_at("ip").is_empty() { ingress.str_at("hostname") } else { ingress.str_at("ip") };
            ports.iter().map(|p| format!("http://{ip}:{} ", p.int_at("port").unwrap_or(0))).collect()
        };
        let name = service.label("kubernetes.io/name").unwrap_or(service.name()).to_string();
        cx.line(&format!("{name} is running at {link}"));
    }
    cx.line("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    Ok(Flow::Done)
}

/// `kubectl api-versions`
pub fn api_versions(cx: &mut Cx) -> Outcome<Flow> {
    if !cx.s.flags.args.is_empty() {
        return Err(cx.usage(&format!("unexpected arguments: [{}]", cx.s.flags.args.join(" "))));
    }
    const ALL: &str = "admissionregistration.k8s.io/v1 apiextensions.k8s.io/v1 apiregistration.k8s.io/v1 apps/v1 \
        authentication.k8s.io/v1 authorization.k8s.io/v1 autoscaling/v1 autoscaling/v2 batch/v1 certificates.k8s.io/v1 \
        coordination.k8s.io/v1 discovery.k8s.io/v1 events.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1 networking.k8s.io/v1 \
        node.k8s.io/v1 policy/v1 rbac.authorization.k8s.io/v1 resource.k8s.io/v1 scheduling.k8s.io/v1 storage.k8s.io/v1 v1";
    ALL.split_whitespace().for_each(|version| cx.line(version));
    Ok(Flow::Done)
}

/// `kubectl api-resources`
///
/// upstream: kubectl/pkg/cmd/apiresources/apiresources.go
pub fn api_resources(cx: &mut Cx) -> Outcome<Flow> {
    let flags = &cx.s.flags;
    if !flags.args.is_empty() {
        return Err(cx.usage(&format!("unexpected arguments: [{}]", flags.args.join(" "))));
    }
    let format = flags.text("output");
    if !matches!(format, "" | "wide" | "name") {
        let allowed = "json,kyaml,name,wide,yaml";
        return Err(Failure::new(format!(
            "unable to match a printer suitable for the output format {}, allowed formats are: {allowed}",
            go_quote(format)
        )));
    }
    let mut shown: Vec<_> = RESOURCES
        .iter()
        .filter(|r| !flags.has("api-group") || r.group == flags.text("api-group"))
        .filter(|r| !flags.has("namespaced") || r.namespaced == flags.on("namespaced"))
        .filter(|r| flags.each("categories").iter().all(|c| *c == "all" && r.in_all))
        .collect();
    match flags.text("sort-by") {
        "name" => sort_by_key(&mut shown, |r| (r.plural, r.plural)),
        "kind" => sort_by_key(&mut shown, |r| (r.kind, r.plural)),
        _ => sort_by_key(&mut shown, |r| (r.group, r.plural)),
    }
    if format == "name" {
        let text: String = shown.iter().map(|r| r.group_resource() + "\n").collect();
        cx.io.out.out(&text);
        return Ok(Flow::Done);
    }
    let wide = format == "wide";
    let mut text = String::new();
    if !flags.on("no-headers") {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for r in shown {
        text.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}",
            r.plural,
            r.short.join(","),
            r.api_version(),
            r.namespaced,
            r.kind
        ));
        if wide {
            let all = if r.in_all { "all" } else { "" };
            text.push_str(&format!("\tcreate,delete,deletecollection,get,list,patch,update,watch\t{all}"));
        }
        text.push('\n');
    }
    let text = tabwriter::layout(&text, tabwriter::TABLE);
    cx.io.out.out(&text);
    Ok(Flow::Done)
}

/// `kubectl options`
pub fn options(cx: &mut Cx) -> Outcome<Flow> {
    cx.line("The following options can be passed to any command:\n");
    Ok(Flow::Done)
}
