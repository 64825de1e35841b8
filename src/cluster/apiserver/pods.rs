//! Subresources of Pods that are no part of the stored object: `binding`, `eviction`, `exec`, `log`, `portforward`.
//! upstream: pkg/registry/core/pod/{strategy.go,rest/,storage/}

use super::Call;
use crate::api::resource::POD_DISRUPTION_BUDGETS;
use crate::api::selector::Selector;
use crate::api::status::Status;
use crate::api::{ObjectExt, Value};
use crate::cluster::Cluster;
use crate::cluster::request::ExecTarget;
use crate::collections::sort;
use serde_json::json;

/// Names of a Pod's containers: regular, then init, then ephemeral ones.
fn containers(pod: &Value) -> Vec<&str> {
    ["spec.containers", "spec.initContainers", "spec.ephemeralContainers"]
        .iter()
        .flat_map(|path| pod.list_at(path))
        .map(|c| c.str_at("name"))
        .collect()
}

/// The container that is asked for, or the only one.
/// upstream: pkg/registry/core/pod/strategy.go validateContainer
fn container<'a>(pod: &'a Value, asked: &'a str) -> Result<&'a str, Box<Status>> {
    if !asked.is_empty() {
        return match containers(pod).contains(&asked) {
            true => Ok(asked),
            false => Err(Status::bad_request(format!("container {asked} is not valid for pod {}", pod.name()))),
        };
    }
    let regular = pod.list_at("spec.containers");
    match regular {
        [only] => Ok(only.str_at("name")),
        [] => Err(Status::bad_request(format!("a container name must be specified for pod {}", pod.name()))),
        _ => {
            let names = |path: &str| pod.list_at(path).iter().map(|c| c.str_at("name")).collect::<Vec<_>>().join(" ");
            let init = names("spec.initContainers");
            let init = if init.is_empty() { init } else { format!(" or one of the init containers: [{init}]") };
            let all = names("spec.containers");
            let message =
                format!("a container name must be specified for pod {}, choose one of: [{all}]{init}", pod.name());
            Err(Status::bad_request(message))
        }
    }
}

impl Cluster {
    /// `POST pods/NAME/exec`: what to run where.
    pub(super) fn exec(&mut self, call: &Call<'_>) -> Result<ExecTarget, Box<Status>> {
        let (_, pod) = self.stored(call)?;
        let container = container(&pod, call.param("container"))?.to_owned();
        if pod.str_at("spec.nodeName").is_empty() {
            return Err(Status::bad_request(format!("pod {} does not have a host assigned", pod.name())));
        }
        let node = pod.str_at("spec.nodeName");
        if !self.runs(node) {
            return Err(Status::internal(&format!(
                "error sending request: {}",
                unreachable(&pod, "Post", &exec_url(call, &container))
            )));
        }
        let running = ["status.containerStatuses", "status.initContainerStatuses"]
            .iter()
            .flat_map(|path| pod.list_at(path))
            .any(|s| s.str_at("name") == container && !s.at("state.running").is_null());
        if !running {
            let why = format!("unable to upgrade connection: container not found (\"{container}\")");
            return Err(Status::internal(&why));
        }
        let argv = call.request.query.iter().filter(|(k, _)| k == "command").map(|(_, v)| v.clone()).collect();
        Ok(ExecTarget { namespace: pod.namespace().into(), pod: pod.name().into(), container, argv })
    }

    /// `POST pods/NAME/portforward`
    pub(super) fn port_forward(&mut self, call: &Call<'_>) -> Result<(), Box<Status>> {
        let (_, pod) = self.stored(call)?;
        if pod.str_at("spec.nodeName").is_empty() {
            return Err(Status::bad_request(format!("pod {} does not have a host assigned", pod.name())));
        }
        Ok(())
    }

    /// `GET pods/NAME/log`. A container that hasn't started has written nothing, which is what the recorded clusters'
    /// container runtime answers. upstream: pkg/registry/core/pod/strategy.go LogLocation
    pub(super) fn log(&mut self, call: &Call<'_>) -> Result<String, Box<Status>> {
        let (_, pod) = self.stored(call)?;
        let container = container(&pod, call.param("container"))?;
        if pod.str_at("spec.nodeName").is_empty() {
            return Ok(String::new());
        }
        if !self.runs(pod.str_at("spec.nodeName")) {
            let message = unreachable(&pod, "Get", &log_url(call, container));
            return Err(Box::new(Status { code: 500, reason: "", message, details: Value::Null }));
        }
        let previous = call.param("previous") == "true";
        match self.logs(pod.namespace(), pod.name(), container, previous) {
            Some(text) => Ok(cut(text, call)),
            None if previous => {
                let what = format!("previous terminated container {container:?} in pod {:?} not found", pod.name());
                Err(Status::bad_request(what))
            }
            None => Ok(String::new()),
        }
    }

    /// `POST pods/NAME/binding`
    pub(super) fn client_bind(&mut self, call: &Call<'_>, body: &Value) -> Result<Value, Box<Status>> {
        let name = if call.route.name.is_empty() { body.name() } else { call.route.name };
        self.bind(call.route.namespace, name, body.str_at("target.name"))?;
        Ok(json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}))
    }

    /// `POST pods/NAME/eviction`: a deletion that disruption budgets can refuse.
    /// upstream: pkg/registry/core/pod/storage/eviction.go
    pub(super) fn evict(&mut self, call: &Call<'_>, body: &Value) -> Result<Value, Box<Status>> {
        let (key, pod) = self.stored(call)?;
        let over = matches!(pod.str_at("status.phase"), "Failed" | "Succeeded" | "Pending");
        let budget = self.store.list(&POD_DISRUPTION_BUDGETS, pod.namespace()).find(|b| {
            let selector = b.at("spec.selector");
            !over && Selector::of_object(selector).is_ok_and(|s| s.selects(&pod))
        });
        if let Some(budget) = budget.cloned() {
            let allowed = budget.int_at("status.disruptionsAllowed").unwrap_or(0);
            if allowed < 1 {
                return Err(refused_eviction(&budget));
            }
            let mut spent = (*budget).clone();
            spent.set("status.disruptionsAllowed", allowed - 1);
            if !call.dry_run {
                self.update_status(&POD_DISRUPTION_BUDGETS, spent)?;
            }
        }
        if !call.dry_run {
            self.delete(&key, body.at("deleteOptions"))?;
        }
        Ok(json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}))
    }
}

/// What the API server says when it cannot reach a Pod's kubelet.
fn unreachable(pod: &Value, method: &str, path: &str) -> String {
    let ip = pod.str_at("status.hostIP");
    format!("{method} \"https://{ip}:10250{path}\": dial tcp {ip}:10250: connect: no route to host")
}

/// The kubelet's path to run a program. upstream: pkg/registry/core/pod/strategy.go ExecLocation
fn exec_url(call: &Call<'_>, container: &str) -> String {
    let words =
        call.request.query.iter().filter(|(k, _)| k == "command").map(|(_, word)| format!("command={}", escape(word)));
    let streams = [("stderr", "error"), ("stdin", "input"), ("stdout", "output"), ("tty", "tty")];
    let streams = streams.iter().filter(|(asked, _)| call.param(asked) == "true");
    let all: Vec<String> = words.chain(streams.map(|(_, own)| format!("{own}=1"))).collect();
    format!("/exec/{}/{}/{container}?{}", call.route.namespace, call.route.name, all.join("&"))
}

/// The kubelet's path to a log. upstream: pkg/registry/core/pod/strategy.go LogLocation
fn log_url(call: &Call<'_>, container: &str) -> String {
    let mut all: Vec<String> = call
        .request
        .query
        .iter()
        .filter(|(k, _)| k != "container")
        .map(|(k, v)| format!("{k}={}", escape(v)))
        .collect();
    sort(&mut all);
    let query = if all.is_empty() { String::new() } else { format!("?{}", all.join("&")) };
    format!("/containerLogs/{}/{}/{container}{query}", call.route.namespace, call.route.name)
}

/// `url.QueryEscape`
fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b' ' => "+".into(),
            b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

fn refused_eviction(budget: &Value) -> Box<Status> {
    let number = |path| budget.int_at(path).unwrap_or(0);
    let message = "Cannot evict pod as it would violate the pod's disruption budget.".to_owned();
    let cause = format!(
        "The disruption budget {} needs {} healthy pods and has {} currently",
        budget.name(),
        number("status.desiredHealthy"),
        number("status.currentHealthy")
    );
    let details = json!({"causes": [{"reason": "DisruptionBudget", "message": cause}]});
    Box::new(Status { code: 429, reason: "TooManyRequests", message, details })
}

/// `tailLines` and `limitBytes`.
fn cut(text: &str, call: &Call<'_>) -> String {
    let number = |key: &str| call.param(key).parse::<usize>().ok();
    let mut text = text;
    if let Some(lines) = number("tailLines") {
        let from =
            text.trim_end_matches('\n').rmatch_indices('\n').nth(lines.wrapping_sub(1)).map_or(0, |(i, _)| i + 1);
        text = if lines == 0 { "" } else { &text[from..] };
    }
    let end = number("limitBytes").unwrap_or(text.len()).min(text.len());
    let end = (0..=end).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text[..end].to_owned()
}
