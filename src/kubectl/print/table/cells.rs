//! What stands in each cell, kind by kind.

use super::pod;
use crate::api::{ObjectExt, Resource, Value};
use crate::kubectl::print::age;
use crate::kubectl::print::text::{self, NONE, number, or};
use crate::sim::Time;

/// The cells of one object, in the order of its kind's columns.
// upstream: pkg/printers/internalversion/printers.go print*
pub fn of(resource: &Resource, o: &Value, now: Time) -> Vec<String> {
    let created = || age::since(o.str_at("metadata.creationTimestamp"), now);
    let at = |path: &str| o.str_at(path).to_string();
    let mut cells = vec![o.name().to_string()];
    match resource.plural {
        "componentstatuses" => cells.extend(component_status(o)),
        "configmaps" => {
            cells.push((size(o.at("data")) + size(o.at("binaryData"))).to_string());
            cells.push(created());
        }
        "controllerrevisions" => cells.extend([controller(o), number(o, "revision"), created()]),
        "cronjobs" => cells.extend(cron_job(o, now)),
        "daemonsets" => {
            for field in [
                "desiredNumberScheduled",
                "currentNumberScheduled",
                "numberReady",
                "updatedNumberScheduled",
                "numberAvailable",
            ] {
                cells.push(number(o.at("status"), field));
            }
            cells.push(text::labels(&o.pairs_at("spec.template.spec.nodeSelector")));
            cells.push(created());
            template(&mut cells, o, text::format_selector(o.at("spec.selector")));
        }
        "deployments" => {
            cells.push(ready(o));
            cells.extend([number(o, "status.updatedReplicas"), number(o, "status.availableReplicas"), created()]);
            template(&mut cells, o, text::selector(o.at("spec.selector")));
        }
        "endpoints" => cells.extend([endpoints(o), created()]),
        "endpointslices" => cells.extend([at("addressType"), slice_ports(o), slice_addresses(o), created()]),
        "events" => return event(o, now),
        "horizontalpodautoscalers" => cells.extend(autoscaler(o, created())),
        "ingressclasses" => cells.extend(ingress_class(o, created())),
        "ingresses" => {
            let hosts = hosts(o);
            let ports = if o.list_at("spec.tls").is_empty() { "80" } else { "80, 443" };
            let class = or(o.str_at("spec.ingressClassName"), NONE).to_string();
            cells.extend([class, hosts, text::balancer_addresses(o).join(","), ports.into(), created()]);
        }
        "ipaddresses" => {
            let parts = ["resource", "namespace", "name"].map(|key| o.at("spec.parentRef").str_at(key));
            cells.push(parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("/"));
        }
        "jobs" => {
            cells.extend([job_status(o).to_string(), job_completions(o), job_duration(o, now), created()]);
            template(&mut cells, o, text::format_selector(o.at("spec.selector")));
        }
        "leases" => cells.extend([at("spec.holderIdentity"), created()]),
        "limitranges" => cells.push(at("metadata.creationTimestamp")),
        "namespaces" => cells.extend([at("status.phase"), created()]),
        "networkpolicies" => cells.extend([text::format_selector(o.at("spec.podSelector")), created()]),
        "nodes" => cells.extend(node(o, created())),
        "persistentvolumeclaims" => cells.extend(claim(o, created())),
        "persistentvolumes" => cells.extend(volume(o, created())),
        "poddisruptionbudgets" => {
            let bound = |path: &str| if o.at(path).is_null() { "N/A".into() } else { text::plain(o.at(path)) };
            cells.extend([bound("spec.minAvailable"), bound("spec.maxUnavailable")]);
            cells.extend([number(o, "status.disruptionsAllowed"), created()]);
        }
        "pods" => cells.extend(pod::cells(o, now)),
        "podtemplates" => {
            cells.extend(containers(o.at("template")));
            cells.push(text::labels(&o.pairs_at("template.metadata.labels")));
        }
        "priorityclasses" => {
            cells.extend([
                number(o, "value"),
                o.bool_at("globalDefault").to_string(),
                created(),
                at("preemptionPolicy"),
            ]);
        }
        "replicasets" | "replicationcontrollers" => {
            cells.extend(["spec.replicas", "status.replicas", "status.readyReplicas"].map(|path| number(o, path)));
            cells.push(created());
            let selector = match resource.plural {
                "replicasets" => text::format_selector(o.at("spec.selector")),
                _ => text::labels(&o.pairs_at("spec.selector")),
            };
            template(&mut cells, o, selector);
        }
        "resourcequotas" => {
            cells.extend(quota(o));
            cells.push(created());
        }
        "secrets" => cells.extend([at("type"), size(o.at("data")).to_string(), created()]),
        "servicecidrs" => {
            let list = o.list_at("spec.cidrs").iter().filter_map(Value::as_str).collect::<Vec<_>>();
            cells.extend([list.join(","), created()]);
        }
        "services" => cells.extend(service(o, created())),
        "statefulsets" => {
            cells.extend([ready(o), created()]);
            cells.extend(containers(o.at("spec.template")));
        }
        "storageclasses" => cells = storage_class(o, created()),
        _ => cells.push(created()),
    }
    if resource.plural == "ingressclasses" && is_default(o, "ingressclass.kubernetes.io/is-default-class") {
        cells[0].push_str(" (default)");
    }
    cells
}

fn size(map: &Value) -> usize {
    map.as_object().map_or(0, |m| m.len())
}

fn is_default(o: &Value, annotation: &str) -> bool {
    o.at("metadata.annotations").get(annotation).is_some_and(|v| v == "true")
}

/// `READY/DESIRED` of a workload.
fn ready(o: &Value) -> String {
    format!("{}/{}", number(o, "status.readyReplicas"), number(o, "spec.replicas"))
}

/// The names and images of a Pod template's containers.
// upstream: pkg/printers/internalversion/printers.go layoutContainerCells
fn containers(template: &Value) -> [String; 2] {
    let list = template.list_at("spec.containers");
    [text::each(list, "name").join(","), text::each(list, "image").join(",")]
}

fn template(cells: &mut Vec<String>, o: &Value, selector: String) {
    cells.extend(containers(o.at("spec.template")));
    cells.push(selector);
}

fn component_status(o: &Value) -> [String; 3] {
    match o.list_at("conditions").iter().find(|c| c.str_at("type") == "Healthy") {
        Some(c) => {
            let status = if c.str_at("status") == "True" { "Healthy" } else { "Unhealthy" };
            [status.into(), c.str_at("message").into(), c.str_at("error").into()]
        }
        None => ["Unknown".into(), String::new(), String::new()],
    }
}

fn controller(o: &Value) -> String {
    match o.list_at("metadata.ownerReferences").iter().find(|r| r.bool_at("controller")) {
        Some(owner) => format!("{}/{}", text::kind_of(owner), owner.str_at("name")),
        None => NONE.into(),
    }
}

fn cron_job(o: &Value, now: Time) -> Vec<String> {
    let last = match o.str_at("status.lastScheduleTime") {
        "" => NONE.into(),
        time => age::since(time, now),
    };
    let suspend = o.at("spec.suspend").as_bool().map_or("<unset>", |s| if s { "True" } else { "False" });
    let mut cells = vec![
        o.str_at("spec.schedule").into(),
        or(o.str_at("spec.timeZone"), NONE).into(),
        suspend.into(),
        o.list_at("status.active").len().to_string(),
        last,
        age::since(o.str_at("metadata.creationTimestamp"), now),
    ];
    cells.extend(containers(o.at("spec.jobTemplate.spec.template")));
    cells.push(text::format_selector(o.at("spec.jobTemplate.spec.selector")));
    cells
}

// upstream: pkg/printers/internalversion/printers.go formatEndpoints
fn endpoints(o: &Value) -> String {
    if o.list_at("subsets").is_empty() {
        return NONE.into();
    }
    let mut list = Vec::new();
    for subset in o.list_at("subsets") {
        let addresses = text::each(subset.list_at("addresses"), "ip");
        match subset.list_at("ports") {
            [] => list.extend(addresses.iter().map(|ip| ip.to_string())),
            ports => {
                for port in ports {
                    let number = port.int_at("port").unwrap_or(0);
                    list.extend(addresses.iter().map(|ip| text::host_port(ip, number)));
                }
            }
        }
    }
    text::some_of(&list, 3, list.len())
}

fn slice_ports(o: &Value) -> String {
    let name = |p: &Value| match (p.int_at("port"), p.at("name").as_str()) {
        (Some(number), _) => number.to_string(),
        (None, Some(name)) => name.into(),
        (None, None) => "*".into(),
    };
    let list: Vec<String> = o.list_at("ports").iter().map(name).collect();
    or(&text::some_of(&list, 3, list.len()), "<unset>").into()
}

fn slice_addresses(o: &Value) -> String {
    let all = o.list_at("endpoints").iter().flat_map(|e| e.list_at("addresses"));
    let list: Vec<String> = all.map(text::plain).collect();
    or(&text::some_of(&list, 3, list.len()), "<unset>").into()
}

fn event(o: &Value, now: Time) -> Vec<String> {
    let since = |path: &str| age::since(o.str_at(path), now);
    let first = if o.str_at("firstTimestamp").is_empty() { since("eventTime") } else { since("firstTimestamp") };
    let mut last = if o.str_at("lastTimestamp").is_empty() { first.clone() } else { since("lastTimestamp") };
    let mut count = o.int_at("count").filter(|c| *c != 0).unwrap_or(1);
    if o.at("series").is_object() {
        last = since("series.lastObservedTime");
        count = o.int_at("series.count").unwrap_or(0);
    }
    let involved = o.at("involvedObject");
    let mut target = involved.str_at("kind").to_lowercase();
    if !involved.str_at("name").is_empty() {
        target.push('/');
        target.push_str(involved.str_at("name"));
    }
    let mut source = or(o.str_at("source.component"), o.str_at("reportingComponent")).to_string();
    let instance = or(o.str_at("source.host"), o.str_at("reportingInstance"));
    if !instance.is_empty() {
        source.push_str(", ");
        source.push_str(instance);
    }
    vec![
        last,
        o.str_at("type").into(),
        o.str_at("reason").into(),
        target,
        involved.str_at("fieldPath").into(),
        source,
        o.str_at("message").trim().into(),
        first,
        count.to_string(),
        o.name().into(),
    ]
}

fn autoscaler(o: &Value, created: String) -> Vec<String> {
    let target = o.at("spec.scaleTargetRef");
    vec![
        format!("{}/{}", target.str_at("kind"), target.str_at("name")),
        metrics(o),
        o.int_at("spec.minReplicas").map_or("<unset>".into(), |n| n.to_string()),
        number(o, "spec.maxReplicas"),
        number(o, "status.currentReplicas"),
        created,
    ]
}

// upstream: pkg/printers/internalversion/printers.go formatHPAMetrics
fn metrics(o: &Value) -> String {
    let specs = o.list_at("spec.metrics");
    if specs.is_empty() {
        return NONE.into();
    }
    let list: Vec<String> = specs.iter().enumerate().map(|(i, spec)| metric(o, spec, i)).collect();
    let mut text = list.iter().take(2).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > 2 {
        text.push_str(&format!(" + {} more...", list.len() - 2));
    }
    text
}

fn metric(o: &Value, spec: &Value, index: usize) -> String {
    let source = match spec.str_at("type") {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return "<unknown type>".into(),
    };
    let current = o.at("status.currentMetrics").get(index).map_or(&Value::Null, |m| m.at(source).at("current"));
    let target = spec.at(source).at("target");
    let known = |value: &Value, unknown: &str| if value.is_null() { unknown.into() } else { text::plain(value) };
    let percent = |value: &Value, unknown: &str| match value.as_i64() {
        Some(n) => format!("{n}%"),
        None => unknown.into(),
    };
    let average = !target.at("averageValue").is_null();
    let pair = match (average, source) {
        (true, _) | (_, "pods") => {
            format!("{}/{}", known(current.at("averageValue"), "<unknown>"), text::plain(target.at("averageValue")))
        }
        (false, "resource" | "containerResource") => format!(
            "{}/{}",
            percent(current.at("averageUtilization"), "<unknown>"),
            percent(target.at("averageUtilization"), "<auto>")
        ),
        (false, _) => format!("{}/{}", known(current.at("value"), "<unknown>"), text::plain(target.at("value"))),
    };
    match source {
        "resource" | "containerResource" => format!("{}: {pair}", spec.at(source).str_at("name")),
        "external" | "object" if average => format!("{pair} (avg)"),
        _ => pair,
    }
}

fn ingress_class(o: &Value, created: String) -> [String; 3] {
    let parameters = o.at("spec.parameters");
    let mut text = NONE.to_string();
    if parameters.is_object() {
        text = parameters.str_at("kind").into();
        if let Some(group) = parameters.at("apiGroup").as_str() {
            text.push('.');
            text.push_str(group);
        }
        text.push('/');
        text.push_str(parameters.str_at("name"));
    }
    [o.str_at("spec.controller").into(), text, created]
}

// upstream: pkg/printers/internalversion/printers.go formatHosts
fn hosts(o: &Value) -> String {
    let rules = o.list_at("spec.rules");
    let named: Vec<&str> = text::each(rules, "host").into_iter().filter(|h| !h.is_empty()).collect();
    // There is more as soon as a rule, even one without a host, follows the third host.
    let third = rules.iter().enumerate().filter(|(_, r)| !r.str_at("host").is_empty()).nth(2);
    let more = third.is_some_and(|(i, _)| i + 1 < rules.len());
    let shown = named.get(..3).unwrap_or(&named).join(",");
    match (shown.as_str(), more) {
        ("", _) => "*".into(),
        (_, true) => format!("{shown} + {} more...", rules.len() - 3),
        _ => shown,
    }
}

fn job_status(o: &Value) -> &'static str {
    let has = |kind: &str| text::condition(o, kind) == "True";
    match () {
        () if has("Complete") => "Complete",
        () if has("Failed") => "Failed",
        () if !o.str_at("metadata.deletionTimestamp").is_empty() => "Terminating",
        () if has("Suspended") => "Suspended",
        () if has("FailureTarget") => "FailureTarget",
        () if has("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

fn job_completions(o: &Value) -> String {
    let succeeded = number(o, "status.succeeded");
    match (o.int_at("spec.completions"), o.int_at("spec.parallelism").unwrap_or(0)) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism @ 2..) => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    }
}

fn job_duration(o: &Value, now: Time) -> String {
    let time = |path: &str| Time::parse(o.str_at(path));
    time("status.startTime")
        .map_or(String::new(), |start| age::between(start, time("status.completionTime").unwrap_or(now)))
}

fn node(o: &Value, created: String) -> Vec<String> {
    let mut status = match text::condition(o, "Ready") {
        "" => "Unknown",
        "True" => "Ready",
        _ => "NotReady",
    }
    .to_string();
    if o.bool_at("spec.unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let info = |key: &str| or(o.at("status.nodeInfo").str_at(key), age::UNKNOWN).to_string();
    let address = |kind: &str| {
        let of_kind = o.list_at("status.addresses").iter().find(|a| a.str_at("type") == kind);
        of_kind.map_or(NONE, |a| a.str_at("address")).to_string()
    };
    let mut kernel = info("kernelVersion");
    let architecture = o.str_at("status.nodeInfo.architecture");
    if !architecture.is_empty() {
        kernel.push_str(&format!(" ({architecture})"));
    }
    vec![
        status,
        or(&text::node_roles(o).join(","), NONE).into(),
        created,
        o.str_at("status.nodeInfo.kubeletVersion").into(),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        kernel,
        info("containerRuntimeVersion"),
    ]
}

fn phase(o: &Value) -> String {
    if o.at("metadata.deletionTimestamp").is_null() { o.str_at("status.phase").into() } else { "Terminating".into() }
}

/// A claim's or volume's class: the old annotation wins.
fn class(o: &Value) -> String {
    let annotation = o.at("metadata.annotations").get("volume.beta.kubernetes.io/storage-class");
    annotation.and_then(Value::as_str).unwrap_or(o.str_at("spec.storageClassName")).into()
}

fn claim(o: &Value, created: String) -> Vec<String> {
    let bound = !o.str_at("spec.volumeName").is_empty();
    let when_bound = |text: String| if bound { text } else { String::new() };
    vec![
        phase(o),
        o.str_at("spec.volumeName").into(),
        when_bound(or(o.str_at("status.capacity.storage"), "0").into()),
        when_bound(text::access_modes(o.list_at("status.accessModes"))),
        class(o),
        or(o.str_at("spec.volumeAttributesClassName"), "<unset>").into(),
        created,
        or(o.str_at("spec.volumeMode"), "<unset>").into(),
    ]
}

fn volume(o: &Value, created: String) -> Vec<String> {
    let claim = o.at("spec.claimRef");
    let claimed = if claim.is_object() {
        format!("{}/{}", claim.str_at("namespace"), claim.str_at("name"))
    } else {
        String::new()
    };
    vec![
        or(o.str_at("spec.capacity.storage"), "0").into(),
        text::access_modes(o.list_at("spec.accessModes")),
        o.str_at("spec.persistentVolumeReclaimPolicy").into(),
        phase(o),
        claimed,
        class(o),
        or(o.str_at("spec.volumeAttributesClassName"), "<unset>").into(),
        o.str_at("status.reason").into(),
        created,
        or(o.str_at("spec.volumeMode"), "<unset>").into(),
    ]
}

fn quota(o: &Value) -> [String; 2] {
    let mut columns = [String::new(), String::new()];
    for (name, hard) in o.pairs_at("status.hard") {
        let used = o.at("status.used").get(name).and_then(Value::as_str).unwrap_or("0");
        let column = usize::from(name.starts_with("limits."));
        if !columns[column].is_empty() {
            columns[column].push_str(", ");
        }
        columns[column].push_str(&format!("{name}: {used}/{hard}"));
    }
    columns
}

fn service(o: &Value, created: String) -> Vec<String> {
    let ip = o.at("spec.clusterIPs.0").as_str().unwrap_or(NONE);
    let ports: Vec<String> = o.list_at("spec.ports").iter().map(service_port).collect();
    vec![
        o.str_at("spec.type").into(),
        ip.into(),
        external_ip(o),
        or(&ports.join(","), NONE).into(),
        created,
        text::labels(&o.pairs_at("spec.selector")),
    ]
}

fn service_port(port: &Value) -> String {
    match port.int_at("nodePort").unwrap_or(0) {
        node @ 1.. => format!("{}:{node}/{}", number(port, "port"), port.str_at("protocol")),
        _ => format!("{}/{}", number(port, "port"), port.str_at("protocol")),
    }
}

// upstream: pkg/printers/internalversion/printers.go getServiceExternalIP
fn external_ip(o: &Value) -> String {
    let external: Vec<&str> = o.list_at("spec.externalIPs").iter().filter_map(Value::as_str).collect();
    match o.str_at("spec.type") {
        "ClusterIP" | "NodePort" => or(&external.join(","), NONE).into(),
        "LoadBalancer" => {
            let all = [text::balancer_addresses(o), external].concat();
            or(&all.join(","), "<pending>").into()
        }
        "ExternalName" => o.str_at("spec.externalName").into(),
        _ => age::UNKNOWN.into(),
    }
}

fn storage_class(o: &Value, created: String) -> Vec<String> {
    let mut name = o.name().to_string();
    if ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
        .iter()
        .any(|annotation| is_default(o, annotation))
    {
        name.push_str(" (default)");
    }
    vec![
        name,
        o.str_at("provisioner").into(),
        or(o.str_at("reclaimPolicy"), "Delete").into(),
        or(o.str_at("volumeBindingMode"), "Immediate").into(),
        o.bool_at("allowVolumeExpansion").to_string(),
        created,
    ]
}
