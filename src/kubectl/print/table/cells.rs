//! What stands in each cell, kind by kind.

use super::{network, pod, storage, work};
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
        "cronjobs" => cells.extend(work::cron_job(o, now)),
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
            cells.push(work::ready(o));
            cells.extend([number(o, "status.updatedReplicas"), number(o, "status.availableReplicas"), created()]);
            template(&mut cells, o, text::selector(o.at("spec.selector")));
        }
        "endpoints" => cells.extend([network::endpoints(o), created()]),
        "endpointslices" => {
            cells.extend([at("addressType"), network::slice_ports(o), network::slice_addresses(o), created()])
        }
        "events" => return event(o, now),
        "horizontalpodautoscalers" => cells.extend(work::autoscaler(o, created())),
        "ingressclasses" => cells.extend(network::ingress_class(o, created())),
        "ingresses" => {
            let hosts = network::hosts(o);
            let ports = if o.list_at("spec.tls").is_empty() { "80" } else { "80, 443" };
            let class = or(o.str_at("spec.ingressClassName"), NONE).to_string();
            cells.extend([class, hosts, text::balancer_addresses(o).join(","), ports.into(), created()]);
        }
        "ipaddresses" => {
            let parts = ["resource", "namespace", "name"].map(|key| o.at("spec.parentRef").str_at(key));
            cells.push(parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("/"));
        }
        "jobs" => {
            cells.extend([
                work::job_status(o).to_string(),
                work::job_completions(o),
                work::job_duration(o, now),
                created(),
            ]);
            template(&mut cells, o, text::format_selector(o.at("spec.selector")));
        }
        "leases" => cells.extend([at("spec.holderIdentity"), created()]),
        "limitranges" => cells.push(at("metadata.creationTimestamp")),
        "namespaces" => cells.extend([at("status.phase"), created()]),
        "networkpolicies" => cells.extend([text::format_selector(o.at("spec.podSelector")), created()]),
        "nodes" => cells.extend(node(o, created())),
        "persistentvolumeclaims" => cells.extend(storage::claim(o, created())),
        "persistentvolumes" => cells.extend(storage::volume(o, created())),
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
            cells.extend(storage::quota(o));
            cells.push(created());
        }
        "secrets" => cells.extend([at("type"), size(o.at("data")).to_string(), created()]),
        "servicecidrs" => {
            let list = o.list_at("spec.cidrs").iter().filter_map(Value::as_str).collect::<Vec<_>>();
            cells.extend([list.join(","), created()]);
        }
        "services" => cells.extend(network::service(o, created())),
        "statefulsets" => {
            cells.extend([work::ready(o), created()]);
            cells.extend(containers(o.at("spec.template")));
        }
        "storageclasses" => cells = storage::storage_class(o, created()),
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

pub fn is_default(o: &Value, annotation: &str) -> bool {
    o.at("metadata.annotations").get(annotation).is_some_and(|v| v == "true")
}

/// The names and images of a Pod template's containers.
// upstream: pkg/printers/internalversion/printers.go layoutContainerCells
pub fn containers(template: &Value) -> [String; 2] {
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
