//! Probes. upstream: pkg/kubelet/prober/{prober,worker}.go, pkg/probe/

use super::{Cluster, EventType, STOP, Step, image};
use crate::api::{ObjectExt, Value};
use crate::sim::Duration;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;

/// Who a server sees a probe come from: only its status is read.
const UNTOLD: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
/// From a container's start until a probe without `initialDelaySeconds` is first due.
const FIRST: Duration = Duration::millis(300);

/// Which probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProbeKind {
    Startup,
    Liveness,
    Readiness,
}

impl ProbeKind {
    fn field(self) -> &'static str {
        ["startupProbe", "livenessProbe", "readinessProbe"][self as usize]
    }
    fn title(self) -> &'static str {
        ["Startup", "Liveness", "Readiness"][self as usize]
    }
}

/// Results in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    passed: i64,
    missed: i64,
}

fn seconds(n: Option<i64>) -> Duration {
    Duration::secs(u64::try_from(n.unwrap_or(0)).unwrap_or(0))
}

/// Plans the first run of every probe of a container that has just started.
pub(super) fn plan_first(cluster: &mut Cluster, uid: &Rc<str>, i: usize) {
    for kind in [ProbeKind::Startup, ProbeKind::Liveness, ProbeKind::Readiness] {
        let Some(container) = cluster.kubelets.pods.get(uid).and_then(|r| r.containers.get(i)) else { return };
        if let Some(probe) = container.spec.get(kind.field()) {
            let after = seconds(probe.int_at("initialDelaySeconds")) + FIRST;
            cluster.plan(uid, after, Step::Probe(i, kind));
        }
    }
}

/// Runs one probe, acts on its result and plans the next run.
// upstream: pkg/kubelet/prober/worker.go doProbe
pub(super) fn run(cluster: &mut Cluster, uid: &Rc<str>, pod: &Rc<Value>, i: usize, kind: ProbeKind) {
    let Some(run) = cluster.kubelets.pods.get(uid) else { return };
    let Some(container) = run.containers.get(i).filter(|c| c.running()) else { return };
    let probe = container.spec.at(kind.field()).clone();
    let (node, name, started) = (run.node.clone(), container.name().to_owned(), container.started);
    let period = Duration::secs(probe.int_at("periodSeconds").unwrap_or(10).max(1) as u64);
    // Until it has started, nothing else is probed; once it has, that is never asked again.
    if (kind == ProbeKind::Startup) == started {
        if kind != ProbeKind::Startup {
            cluster.plan(uid, period, Step::Probe(i, kind));
        }
        return;
    }
    let result = check(cluster, uid, i, &probe);
    if let Err(text) = &result {
        let text = format!("{} probe failed: {text}", kind.title());
        cluster.container_event(&node, pod, &name, (EventType::Warning, "Unhealthy"), &text);
    }
    let Some(container) = cluster.kubelets.pods.get_mut(uid).and_then(|r| r.containers.get_mut(i)) else { return };
    let count = &mut container.probes[kind as usize];
    *count = match result {
        Ok(()) => Count { passed: count.passed + 1, missed: 0 },
        Err(_) => Count { passed: 0, missed: count.missed + 1 },
    };
    let up = count.passed >= probe.int_at("successThreshold").unwrap_or(1).max(1);
    let down = count.missed >= probe.int_at("failureThreshold").unwrap_or(3).max(1);
    let transition = (uid.clone(), i);
    match kind {
        ProbeKind::Readiness => {
            let before = container.ready;
            container.ready = if up { true } else { before && !down };
            let (changed, passing) = (container.ready != before, count.passed > 0);
            if !changed && passing != before && period <= Duration::secs(2) {
                cluster.kubelets.transitions.insert(transition);
            } else {
                cluster.kubelets.transitions.remove(&transition);
            }
            if changed {
                cluster.post(uid, pod);
            }
        }
        ProbeKind::Startup if up => {
            container.started = true;
            container.ready = container.spec.get("readinessProbe").is_none();
            cluster.post(uid, pod);
            return;
        }
        ProbeKind::Startup | ProbeKind::Liveness if down => {
            let what = kind.title().to_ascii_lowercase();
            let text = format!("Container {name} failed {what} probe, will be restarted");
            cluster.container_event(&node, pod, &name, (EventType::Normal, "Killing"), &text);
            cluster.plan(uid, STOP, Step::Killed(i));
            return;
        }
        _ => {}
    }
    cluster.plan(uid, period, Step::Probe(i, kind));
}

/// Whether the container passes; else what the probe says.
fn check(cluster: &Cluster, uid: &Rc<str>, i: usize, probe: &Value) -> Result<(), String> {
    let Some(run) = cluster.kubelets.pods.get(uid) else { return Ok(()) };
    let Some(container) = run.containers.get(i) else { return Ok(()) };
    let port = |value: &Value| match value.as_str() {
        Some(name) => {
            let ports = container.spec.list_at("ports").iter();
            let named = ports.filter(|p| p.str_at("name") == name).find_map(|p| p.int_at("containerPort"));
            named.or_else(|| name.parse().ok()).unwrap_or(0)
        }
        None => value.as_i64().unwrap_or(0),
    };
    let listener = |port: i64| {
        let running = run.containers.iter().filter(|c| c.running());
        running.into_iter().find(|c| image::ports(&c.spec).iter().any(|p| i64::from(*p) == port))
    };
    if let Some(http) = probe.get("httpGet") {
        let port = port(http.at("port"));
        let path = http.str_at("path").trim_start_matches('/');
        let Some(server) = listener(port) else {
            let url = format!("http://{}:{port}/{path}", run.ip);
            return Err(format!("Get {url:?}: dial tcp {}:{port}: connect: connection refused", run.ip));
        };
        let request = image::HttpRequest { method: "GET".into(), path: format!("/{path}"), ..Default::default() };
        let answer = image::respond(server.image(), &request, UNTOLD, &run.name);
        return match answer.status {
            200..=399 => Ok(()),
            code => Err(format!("HTTP probe failed with statuscode: {code}")),
        };
    }
    if let Some(tcp) = probe.get("tcpSocket") {
        let port = port(tcp.at("port"));
        let refused = || format!("dial tcp {}:{port}: connect: connection refused", run.ip);
        return listener(port).map(|_| ()).ok_or_else(refused);
    }
    if let Some(exec) = probe.get("exec") {
        let argv: Vec<&str> = exec.list_at("command").iter().filter_map(Value::as_str).collect();
        let read = |path: &str| cluster.pod_file(uid, path);
        return image::execute(&argv, &read).map_err(|output| format!("command timed out or failed: {output}"));
    }
    Ok(())
}
