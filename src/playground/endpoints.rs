//! Why each Pod is an endpoint of a Service, or none: facts, worded by the page.

use super::scene::{key, own, selects, written};
use super::view::{Opens, Row, Trouble, full_name};
use super::{Playground, Thing};
use crate::api::{ObjectExt, Value, resource};

/// A label that a selector asks for: its key, the value asked for, and the Pod's, if it has the key.
pub type LabelGap = (String, String, Option<String>);

/// Why a Pod is an endpoint, or none.
#[derive(Clone, Debug, PartialEq)]
pub enum Membership {
    /// It is one, and ready.
    Ready,
    /// It is one before it is ready: `publishNotReadyAddresses`.
    Published,
    /// It is being deleted.
    Terminating,
    /// A container's readiness probe has not passed: the container, the probe in short, and what it last said.
    Probe(String, String, String),
    /// A container is not ready for a reason of its own: the container, and `CrashLoopBackOff` …
    Container(String, String),
    /// It has no address yet: what `kubectl get pods` says.
    NoAddress(String),
    /// It has ended: `Completed`, `Error`.
    Ended(String),
    /// Its labels are not those of the selector.
    Labels(Vec<LabelGap>),
    /// Its labels are, but it is in another namespace.
    Namespace(String),
    /// No Pod has the labels of its selector.
    NoPod(String),
    /// The Service has no selector: its endpoints are written by hand.
    NoSelector,
    /// Nothing is against it: the EndpointSlice controller has yet to come to it.
    Soon,
}

impl Playground {
    /// Every Service's endpoints, and the Pods that are none.
    #[inline(never)] // Kept apart: loaded with the rest of the engine.
    pub(super) fn endpoint_rows(&self, tell: &dyn Fn(&Membership) -> String) -> Vec<Row> {
        let store = &self.moment.cluster.store;
        let mut rows = Vec::new();
        let services = store.list(&resource::SERVICES, "").filter(|s| own(s.namespace()) && s.name() != "kubernetes");
        for service in services.filter(|s| s.str_at("spec.type") != "ExternalName") {
            let each = |slice| ObjectExt::list_at(slice, "endpoints").iter().map(move |e| (slice, e));
            let endpoints: Vec<(&Value, &Value)> = self.slices_of(service).flat_map(each).collect();
            let row = |pod: &str, opens: Option<String>, [at, node, ready]: [&str; 3], why: &Membership| {
                let cells = vec![
                    full_name(&key(service)).into(),
                    opens.as_deref().map_or(pod, full_name).into(),
                    at.into(),
                    node.into(),
                    ready.into(),
                    tell(why),
                ];
                Row { cells, opens: opens.map(|key| Opens::Thing(Thing::Pod(key))) }
            };
            for (slice, endpoint) in &endpoints {
                let name = endpoint.str_at("targetRef.name");
                let pod = store.find(&resource::PODS, endpoint.str_at("targetRef.namespace"), name);
                let ready = endpoint.at("conditions.ready") != &Value::Bool(false);
                let why = self.why_in(endpoint, pod.map(|p| &**p), ready);
                let opens = pod.map(|p| key(p));
                let ready = if ready { "true" } else { "false" };
                let at = format!("{}{}", endpoint.str_at("addresses.0"), ports(slice));
                rows.push(row(name, opens, [&at, endpoint.str_at("nodeName"), ready], &why));
            }
            let selector = service.pairs_at("spec.selector");
            if selector.is_empty() && endpoints.is_empty() {
                rows.push(row("–", None, ["", "", "–"], &Membership::NoSelector));
                continue;
            }
            let none = rows.len();
            for pod in store.list(&resource::PODS, "").filter(|p| own(p.namespace())) {
                let listed = |(_, e): &(&Value, &Value)| {
                    e.str_at("targetRef.name") == pod.name() && e.str_at("targetRef.namespace") == pod.namespace()
                };
                if !endpoints.iter().any(listed)
                    && let Some(why) = self.why_out(service, pod)
                {
                    let [ip, node] = ["status.podIP", "spec.nodeName"].map(|path| pod.str_at(path));
                    rows.push(row(pod.name(), Some(key(pod)), [ip, node, "–"], &why));
                }
            }
            if rows.len() == none && endpoints.is_empty() {
                rows.push(row("–", None, ["", "", "–"], &Membership::NoPod(written(&selector))));
            }
        }
        rows
    }

    fn why_in(&self, endpoint: &Value, pod: Option<&Value>, ready: bool) -> Membership {
        if endpoint.bool_at("conditions.terminating") {
            return Membership::Terminating;
        }
        match pod.and_then(|p| self.unready(p)) {
            None => Membership::Ready,
            Some(_) if ready => Membership::Published,
            Some(why) => why,
        }
    }

    /// Why a Pod is no endpoint; `None` where nobody would think that it is: of another namespace, with other labels.
    fn why_out(&self, service: &Value, pod: &Value) -> Option<Membership> {
        let selector = service.pairs_at("spec.selector");
        if selector.is_empty() {
            return None;
        }
        let same = pod.namespace() == service.namespace();
        if !selects(&selector, pod) {
            let gap = |(key, wanted): &(&str, &str)| {
                let has = pod.label(key);
                (has != Some(wanted)).then(|| ((*key).into(), (*wanted).into(), has.map(String::from)))
            };
            return same.then(|| Membership::Labels(selector.iter().filter_map(gap).collect()));
        }
        if !same {
            return Some(Membership::Namespace(pod.namespace().into()));
        }
        let (_, status) = super::scene::look(pod);
        Some(match pod.str_at("status.phase") {
            "Succeeded" | "Failed" => Membership::Ended(status.into()),
            _ if !pod.at("metadata.deletionTimestamp").is_null() => Membership::Terminating,
            _ if pod.str_at("status.podIP").is_empty() => Membership::NoAddress(status.into()),
            _ => Membership::Soon,
        })
    }

    /// What keeps a Pod from being ready; `None` if it is.
    fn unready(&self, pod: &Value) -> Option<Membership> {
        let ready = |c: &Value| c.str_at("type") == "Ready" && c.str_at("status") == "True";
        if pod.list_at("status.conditions").iter().any(ready) {
            return None;
        }
        let statuses = pod.list_at("status.containerStatuses");
        let Some(status) = statuses.iter().find(|c| !c.bool_at("ready")) else { return Some(Membership::Soon) };
        let name = status.str_at("name");
        let reason = ["state.waiting.reason", "state.terminated.reason"].map(|path| status.str_at(path));
        if let Some(reason) = reason.iter().find(|r| !r.is_empty()) {
            return Some(Membership::Container(name.into(), (*reason).into()));
        }
        let container = pod.list_at("spec.containers").iter().find(|c| c.str_at("name") == name)?;
        let said = match self.pod_trouble(pod) {
            Some(Trouble::Unready { message, .. }) => message,
            _ => String::new(),
        };
        Some(Membership::Probe(name.into(), probe(container.at("readinessProbe")), said))
    }
}

/// The ports of a slice's endpoints: `:8080`, `:8080,9090`.
fn ports(slice: &Value) -> String {
    let all: Vec<String> =
        slice.list_at("ports").iter().filter_map(|p| p.int_at("port")).map(|n| n.to_string()).collect();
    if all.is_empty() { String::new() } else { format!(":{}", all.join(",")) }
}

/// A probe in short: `GET :8080/`, `TCP :8080`, `exec cat /var/ready`.
fn probe(probe: &Value) -> String {
    let number = |path: &str| probe.at(path).as_str().map_or_else(|| probe.at(path).to_string(), String::from);
    let words = probe.list_at("exec.command").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
    match () {
        () if !probe.at("httpGet").is_null() => {
            format!("GET :{}{}", number("httpGet.port"), probe.str_at("httpGet.path"))
        }
        () if !probe.at("tcpSocket").is_null() => format!("TCP :{}", number("tcpSocket.port")),
        () if !probe.at("grpc").is_null() => format!("gRPC :{}", number("grpc.port")),
        () => format!("exec {words}"),
    }
}
