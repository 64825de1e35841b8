//! What is measured of the engine, natively and in the browser alike; the clock is handed in.
#![allow(clippy::panic)]

use kubeglass::cluster::{Cluster, Method, Options, Request, Server};
use kubeglass::network::Dial;
use kubeglass::sim::Duration;
use serde_json::{Value, json};

/// Sends a request that has to succeed.
fn ask(cluster: &mut Cluster, method: Method, path: &str, body: Value) -> Value {
    let mut request = Request::new(method, path).body(body);
    if method == Method::Patch {
        request.content_type = "application/merge-patch+json";
    }
    let response = cluster.request(&request);
    assert!(response.ok(), "{}", response.body);
    response.body
}

/// A Service with ClusterIP 10.96.0.40 and a ReplicaSet of so many Pods behind it.
fn apply(cluster: &mut Cluster, replicas: u32) {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"clusterIP": "10.96.0.40", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}});
    let labels = json!({"app": "web"});
    let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
            "spec": {"containers": [{"name": "web", "image": "dalgudcks/http-go"}]}}}});
    ask(cluster, Method::Post, "/api/v1/namespaces/default/services", service);
    ask(cluster, Method::Post, "/apis/apps/v1/namespaces/default/replicasets", set);
}

/// Lets time pass until so many Pods are ready and routed to.
fn until_ready(cluster: &mut Cluster, wanted: i64) {
    let path = "/apis/apps/v1/namespaces/default/replicasets/web";
    for _ in 0..600 {
        cluster.advance(cluster.now() + Duration::millis(500));
        let set = ask(cluster, Method::Get, path, Value::Null);
        if set["status"]["readyReplicas"].as_i64() == Some(wanted) {
            // kube-proxy may sync a second later.
            cluster.advance(cluster.now() + Duration::secs(2));
            return;
        }
    }
    panic!("not ready after five minutes");
}

/// Measures everything; `now_ms` is a clock, `say` gets a name and its value.
pub fn all(now_ms: &dyn Fn() -> f64, say: &dyn Fn(&str, f64)) {
    let best = |runs: usize, f: &mut dyn FnMut() -> f64| (0..runs).map(|_| f()).fold(f64::INFINITY, f64::min);
    let boot = best(5, &mut || {
        let began = now_ms();
        let mut cluster = Cluster::new(&Options::default());
        apply(&mut cluster, 3);
        until_ready(&mut cluster, 3);
        assert!(connects(&mut cluster, 1, false));
        now_ms() - began
    });
    say("boot-to-3-pods", boot);

    let mut many = Cluster::new(&Options { pods_per_node: 1_000, ..Options::default() });
    let began = now_ms();
    apply(&mut many, 1_000);
    until_ready(&mut many, 1_000);
    say("1000-pods-ready", now_ms() - began);
    let began = now_ms();
    let scale = json!({"spec": {"replicas": 1_001}});
    ask(&mut many, Method::Patch, "/apis/apps/v1/namespaces/default/replicasets/web", scale);
    until_ready(&mut many, 1_001);
    say("one-more-pod", now_ms() - began);

    let mut cluster = Cluster::new(&Options::default());
    apply(&mut cluster, 3);
    until_ready(&mut cluster, 3);
    for (name, rounds, trace) in [("requests-plain", 2_000_000u32, false), ("requests-traced", 400_000, true)] {
        let took = best(3, &mut || {
            let began = now_ms();
            assert!(connects(&mut cluster, rounds, trace));
            now_ms() - began
        });
        say(name, f64::from(rounds) / took * 1_000.0);
    }
}

/// So many connections from a Pod to the ClusterIP; whether all were accepted.
fn connects(cluster: &mut Cluster, rounds: u32, trace: bool) -> bool {
    let path = "/api/v1/namespaces/default/pods";
    let pods = ask(cluster, Method::Get, path, Value::Null);
    let name = pods["items"][0]["metadata"]["name"].as_str().unwrap_or_default().to_string();
    let (network, now, random) = cluster.wire();
    let Some(pod) = network.pod("default", &name) else { return false };
    let mut dial = Dial::tcp(pod, [10, 96, 0, 40].into(), 80);
    dial.trace = trace;
    (0..rounds).all(|i| {
        let at = now + Duration::micros(u64::from(i));
        network.connect(at, random, &dial).outcome.accepted().is_some()
    })
}
