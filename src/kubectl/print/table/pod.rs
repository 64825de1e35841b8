//! A Pod's row: what state it is in, told in one word.

use crate::api::{ObjectExt, Value};
use crate::kubectl::print::age;
use crate::kubectl::print::text::{self, NONE, or};
use crate::sim::Time;

/// READY, STATUS, RESTARTS, AGE and the wide columns.
// upstream: pkg/printers/internalversion/printers.go printPod
pub fn cells(pod: &Value, now: Time) -> Vec<String> {
    let row = Row::of(pod);
    let restarts = match row.last_restart {
        Some(at) if row.restarts != 0 => format!("{} ({} ago)", row.restarts, age::between(at, now)),
        _ => row.restarts.to_string(),
    };
    let ip = pod.str_at("status.podIPs.0.ip");
    vec![
        format!("{}/{}", row.ready, row.total),
        row.status,
        restarts,
        age::since(pod.str_at("metadata.creationTimestamp"), now),
        or(ip, NONE).into(),
        or(pod.str_at("spec.nodeName"), NONE).into(),
        or(pod.str_at("status.nominatedNodeName"), NONE).into(),
        readiness_gates(pod),
    ]
}

/// What the containers add up to.
struct Row {
    ready: usize,
    total: usize,
    status: String,
    restarts: i64,
    last_restart: Option<Time>,
}

impl Row {
    fn of(pod: &Value) -> Row {
        let phase = pod.str_at("status.phase");
        let mut row = Row {
            ready: 0,
            total: pod.list_at("spec.containers").len() + sidecars(pod).count(),
            status: or(pod.str_at("status.reason"), phase).into(),
            restarts: 0,
            last_restart: None,
        };
        let conditions = pod.list_at("status.conditions");
        if conditions.iter().any(|c| c.str_at("type") == "PodScheduled" && c.str_at("reason") == "SchedulingGated") {
            row.status = "SchedulingGated".into();
        }
        let initializing = row.read_init_containers(pod);
        if !initializing || text::condition(pod, "Initialized") == "True" {
            row.read_containers(pod);
        }
        if !pod.at("metadata.deletionTimestamp").is_null() {
            if pod.str_at("status.reason") == "NodeLost" {
                row.status = "Unknown".into();
            } else if !matches!(phase, "Succeeded" | "Failed") {
                row.status = "Terminating".into();
            }
        }
        row
    }

    /// Whether the Pod still initializes. Leaves the restarts of all init containers in the row.
    fn read_init_containers(&mut self, pod: &Value) -> bool {
        let total = pod.list_at("spec.initContainers").len();
        for (index, status) in pod.list_at("status.initContainerStatuses").iter().enumerate() {
            self.count_restarts(status);
            let terminated = status.at("state.terminated");
            if terminated.is_object() && terminated.int_at("exitCode").unwrap_or(0) == 0 {
                continue;
            }
            if is_sidecar(pod, status) && status.bool_at("started") {
                self.ready += usize::from(status.bool_at("ready"));
                continue;
            }
            let waiting = status.str_at("state.waiting.reason");
            self.status = match () {
                () if terminated.is_object() => format!("Init:{}", end(terminated)),
                () if !matches!(waiting, "" | "PodInitializing") => format!("Init:{waiting}"),
                () => format!("Init:{index}/{total}"),
            };
            return true;
        }
        false
    }

    /// The containers, last to first, so that the first one's state is told. Of the init containers' restarts only
    /// those of sidecars count from now on.
    fn read_containers(&mut self, pod: &Value) {
        (self.restarts, self.last_restart) = (0, None);
        for status in pod.list_at("status.initContainerStatuses").iter().filter(|s| is_sidecar(pod, s)) {
            self.count_restarts(status);
        }
        let (mut running, mut error) = (false, String::new());
        for status in pod.list_at("status.containerStatuses").iter().rev() {
            self.count_restarts(status);
            let waiting = status.str_at("state.waiting.reason");
            let terminated = status.at("state.terminated");
            if !waiting.is_empty() {
                self.status = waiting.into();
            } else if terminated.is_object() {
                self.status = end(terminated);
                if terminated.int_at("exitCode").unwrap_or(0) != 0 {
                    error.clone_from(&self.status);
                }
            } else if status.bool_at("ready") && status.at("state.running").is_object() {
                running = true;
                self.ready += 1;
            }
        }
        if self.status == "Completed" {
            if running && text::condition(pod, "Ready") == "True" {
                self.status = "Running".into();
            } else if !error.is_empty() {
                self.status = error;
            } else if running {
                self.status = "NotReady".into();
            }
        }
    }

    fn count_restarts(&mut self, status: &Value) {
        self.restarts += status.int_at("restartCount").unwrap_or(0);
        let ended = Time::parse(status.str_at("lastState.terminated.finishedAt"));
        self.last_restart = self.last_restart.max(ended);
    }
}

/// How a container ended: its reason, else its signal or exit code.
fn end(terminated: &Value) -> String {
    let reason = terminated.str_at("reason");
    match (reason, terminated.int_at("signal").unwrap_or(0)) {
        ("", 0) => format!("ExitCode:{}", text::number(terminated, "exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        _ => reason.into(),
    }
}

/// The names of the init containers that keep running beside the others.
fn sidecars(pod: &Value) -> impl Iterator<Item = &str> {
    let init = pod.list_at("spec.initContainers").iter();
    init.filter(|c| c.str_at("restartPolicy") == "Always").map(|c| c.str_at("name"))
}

fn is_sidecar(pod: &Value, status: &Value) -> bool {
    sidecars(pod).any(|name| name == status.str_at("name"))
}

fn readiness_gates(pod: &Value) -> String {
    let gates = pod.list_at("spec.readinessGates");
    if gates.is_empty() {
        return NONE.into();
    }
    let met = gates.iter().filter(|g| text::condition(pod, g.str_at("conditionType")) == "True").count();
    format!("{met}/{}", gates.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(pod: Value, want: &[&str]) {
        let now = Time::parse("2026-11-24T12:00:00Z").unwrap();
        assert_eq!(cells(&pod, now)[..want.len()], *want, "{pod}");
    }

    fn pod(phase: &str, state: Value) -> Value {
        json!({"metadata": {"creationTimestamp": "2026-11-24T11:59:00Z"},
            "spec": {"containers": [{"name": "a"}]}, "status": {"phase": phase, "containerStatuses": [state]}})
    }

    #[test]
    fn one_container() {
        check(
            pod("Running", json!({"name": "a", "ready": true, "state": {"running": {}}})),
            &["1/1", "Running", "0", "60s", "<none>", "<none>", "<none>", "<none>"],
        );
        let waiting = json!({"name": "a", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"finishedAt": "2026-11-24T11:59:48Z"}}});
        check(pod("Running", waiting), &["0/1", "CrashLoopBackOff", "3 (12s ago)", "60s"]);
        check(pod("Failed", json!({"name": "a", "state": {"terminated": {"exitCode": 3}}})), &["0/1", "ExitCode:3"]);
        let mut gone = pod("Running", json!({"name": "a", "ready": true, "state": {"running": {}}}));
        gone.set("metadata.deletionTimestamp", "2026-11-24T12:00:10Z");
        check(gone, &["1/1", "Terminating"]);
    }

    #[test]
    fn init_containers() {
        let mut p = pod("Pending", json!({"name": "a", "state": {"waiting": {"reason": "PodInitializing"}}}));
        p.set("spec.initContainers", json!([{"name": "i"}, {"name": "j"}]));
        p.set("status.initContainerStatuses", json!([{"name": "i", "state": {"running": {}}}]));
        check(p.clone(), &["0/1", "Init:0/2"]);
        p.set(
            "status.initContainerStatuses",
            json!([{"name": "i", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]),
        );
        check(p, &["0/1", "Init:Error"]);
    }
}
