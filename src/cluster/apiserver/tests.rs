//! Requests as `kubectl` sends them, with the server's own words.

use super::*;
use crate::api::resource::{NAMESPACES, PODS, REPLICA_SETS, SERVICE_ACCOUNTS, SERVICES};
use crate::cluster::{Key, Options};
use crate::sim::Duration;

/// A cluster with a namespace, its ServiceAccount and nothing else that matters here.
fn cluster() -> Cluster {
    let mut c = Cluster::new(&Options::default());
    for (resource, object) in [
        (&NAMESPACES, json!({"metadata": {"name": "default"}, "spec": {"finalizers": ["kubernetes"]}})),
        (&SERVICE_ACCOUNTS, json!({"metadata": {"name": "default", "namespace": "default"}})),
    ] {
        let _ = c.create(resource, object);
    }
    c
}

fn send(c: &mut Cluster, method: Method, path: &str, body: Value) -> Response {
    c.request(&Request::new(method, path).body(body).query("fieldValidation", "Strict"))
}

fn patch(c: &mut Cluster, path: &str, kind: &'static str, body: Value) -> Response {
    c.request(&Request { content_type: kind, ..Request::new(Method::Patch, path).body(body) })
}

fn replica_set(replicas: u32) -> Value {
    let template =
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "nginx"}]}});
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}})
}

const SVC: &str = "/api/v1/namespaces/default/services";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

fn service(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})
}

#[test]
fn a_service_keeps_and_releases_its_node_port() {
    let mut c = cluster();
    let spec = json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]});
    let created = send(&mut c, Method::Post, SVC, service("a", spec.clone()));
    assert_eq!(created.code, 201, "{}", created.body);
    let ip = created.body.str_at("spec.clusterIP").to_owned();
    let refused = send(&mut c, Method::Post, SVC, service("b", spec.clone()));
    assert_eq!(
        refused.body.str_at("message"),
        "Service \"b\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
    );
    // A manifest without the allocated values gets them back.
    let bare = json!({"type": "NodePort", "ports": [{"port": 81, "protocol": "TCP"}]});
    let updated = send(&mut c, Method::Put, &format!("{SVC}/a"), service("a", bare));
    assert_eq!(updated.body.int_at("spec.ports.0.nodePort"), Some(30080), "{}", updated.body);
    assert_eq!(updated.body.str_at("spec.clusterIP"), ip);
    let plain = patch(&mut c, &format!("{SVC}/a"), STRATEGIC, json!({"spec": {"type": "ClusterIP"}}));
    assert_eq!(plain.body.at("spec.ports.0.nodePort"), &Value::Null);
    assert_eq!(send(&mut c, Method::Post, SVC, service("b", spec)).code, 201);
}

#[test]
fn cluster_ips_are_checked_and_freed() {
    let mut c = cluster();
    let with = |ip: &str| json!({"clusterIP": ip, "ports": [{"port": 80}], "type": "ClusterIP"});
    assert_eq!(send(&mut c, Method::Post, SVC, service("a", with("10.96.0.50"))).code, 201);
    let message = |r: Response| r.body.str_at("message").to_owned();
    assert_eq!(
        message(send(&mut c, Method::Post, SVC, service("b", with("10.96.0.50")))),
        "Service \"b\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.50\"]: failed to allocate IP 10.96.0.50: \
         provided IP is already allocated"
    );
    assert_eq!(
        message(send(&mut c, Method::Post, SVC, service("b", with("192.168.1.1")))),
        "Service \"b\" is invalid: spec.clusterIPs: Invalid value: [\"192.168.1.1\"]: failed to allocate IP \
         192.168.1.1: the provided network does not match the current range"
    );
    assert_eq!(send(&mut c, Method::Delete, &format!("{SVC}/a"), Value::Null).code, 200);
    assert_eq!(send(&mut c, Method::Post, SVC, service("b", with("10.96.0.50"))).code, 201);
}

#[test]
fn dry_runs_take_nothing() {
    let mut c = cluster();
    let spec = json!({"type": "NodePort", "ports": [{"port": 80, "name": "a"}, {"port": 53, "name": "b"}]});
    let dry = c.request(&Request::new(Method::Post, SVC).body(service("a", spec)).query("dryRun", "All"));
    assert_eq!(dry.body.str_at("spec.clusterIP"), "10.96.0.0");
    assert_eq!(dry.body.int_at("spec.ports.1.nodePort"), Some(32770));
    assert!(c.store.find(&SERVICES, "default", "a").is_none());
    assert!(dry.body.at("metadata.resourceVersion").is_null());
}

#[test]
fn pods_are_bound_and_deleted_with_grace() {
    let mut c = cluster();
    let pod = json!({"metadata": {"generateName": "web-", "namespace": "default"},
        "spec": {"terminationGracePeriodSeconds": 30, "containers": [{"name": "a"}]}});
    let pod = c.create(&PODS, pod).unwrap();
    assert_eq!((pod.name().len(), pod.str_at("status.phase")), (9, "Pending"));
    let bound = c.bind("default", pod.name(), "worker-1").unwrap();
    assert_eq!(bound.str_at("status.conditions.0.type"), "PodScheduled");
    let again = c.bind("default", pod.name(), "worker-2").unwrap_err();
    let name = pod.name();
    assert_eq!(
        again.message,
        format!(
            "Operation cannot be fulfilled on pods/binding \"{name}\": pod {name} is already assigned to node \"worker-1\""
        )
    );
    let key = Key::of(&PODS, &pod);
    let going = c.delete(&key, &Value::Null).unwrap();
    assert_eq!(going.int_at("metadata.deletionGracePeriodSeconds"), Some(30));
    assert_eq!(going.str_at("metadata.deletionTimestamp"), (c.now + Duration::secs(30)).rfc3339());
    let sooner = c.delete(&key, &json!({"gracePeriodSeconds": 5})).unwrap();
    assert_eq!(sooner.str_at("metadata.deletionTimestamp"), (c.now + Duration::secs(5)).rfc3339());
    c.delete(&key, &json!({"gracePeriodSeconds": 0})).unwrap();
    assert!(c.store.get(&key).is_none());
}

#[test]
fn orphaning_waits_for_the_finalizer() {
    let mut c = cluster();
    let rs = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"replicas": 1}});
    let rs = c.create(&REPLICA_SETS, rs).unwrap();
    let key = Key::of(&REPLICA_SETS, &rs);
    let left = c.delete(&key, &json!({"propagationPolicy": "Orphan"})).unwrap();
    assert_eq!(left.at("metadata.finalizers"), &json!(["orphan"]));
    let mut done = (*left).clone();
    done.unset("metadata.finalizers");
    c.update(&REPLICA_SETS, done).unwrap();
    assert!(c.store.get(&key).is_none());
}

#[test]
fn generation_counts_changes_of_the_spec() {
    let mut c = cluster();
    let created = send(&mut c, Method::Post, "/apis/apps/v1/namespaces/default/replicasets", replica_set(1));
    assert_eq!(created.code, 201, "{}", created.body);
    let rs = c.store.find(&REPLICA_SETS, "default", "web").unwrap().clone();
    let mut status = (*rs).clone();
    status.set("status.replicas", 1);
    let rs = c.update_status(&REPLICA_SETS, status).unwrap();
    assert_eq!(rs.int_at("metadata.generation"), Some(1));
    let path = "/apis/apps/v1/namespaces/default/replicasets/web/scale";
    let scaled = patch(&mut c, path, "application/merge-patch+json", json!({"spec": {"replicas": 3}}));
    assert_eq!(scaled.body.int_at("spec.replicas"), Some(3), "{}", scaled.body);
    let rs = c.store.find(&REPLICA_SETS, "default", "web").unwrap();
    assert_eq!((rs.int_at("metadata.generation"), rs.int_at("status.replicas")), (Some(2), Some(1)));
}

#[test]
fn namespaces_and_conflicts() {
    let mut c = cluster();
    let spec = json!({"ports": [{"port": 80}], "type": "ClusterIP"});
    let missing = send(&mut c, Method::Post, "/api/v1/namespaces/foo/services", service("a", spec.clone()));
    assert_eq!(missing.body.str_at("message"), "namespaces \"foo\" not found");
    let kept = send(&mut c, Method::Delete, "/api/v1/namespaces/default", Value::Null);
    assert_eq!(kept.body.str_at("message"), "namespaces \"default\" is forbidden: this namespace may not be deleted");
    let mut created = send(&mut c, Method::Post, SVC, service("a", spec.clone())).body;
    created.set("metadata.resourceVersion", "1");
    let stale = send(&mut c, Method::Put, &format!("{SVC}/a"), created);
    assert_eq!(
        stale.body.str_at("message"),
        "Operation cannot be fulfilled on services \"a\": the object has been modified; please apply your changes to \
         the latest version and try again"
    );
    let twice = send(&mut c, Method::Post, SVC, service("a", spec));
    assert_eq!(twice.body.str_at("message"), "services \"a\" already exists");
    let nodes = send(&mut c, Method::Get, "/api/v1/nodes/nope", Value::Null);
    assert_eq!(nodes.body.str_at("message"), "nodes \"nope\" not found");
}

fn apply(c: &mut Cluster, manager: &str, force: bool, body: Value) -> Response {
    let path = format!("{SVC}/web");
    let request = Request { content_type: "application/apply-patch+yaml", ..Request::new(Method::Patch, path) };
    c.request(&request.body(body).query("fieldManager", manager).query("force", force.to_string()))
}

#[test]
fn applied_fields_have_managers() {
    let mut c = cluster();
    let with = |target: u16| {
        service(
            "web",
            json!({"selector": {"app": "web"}, "type": "ClusterIP",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": target}]}),
        )
    };
    let created = apply(&mut c, "kubectl", false, with(8080));
    assert_eq!(created.code, 201, "{}", created.body);
    let conflict = apply(&mut c, "other", false, with(9090));
    assert_eq!(
        conflict.body.str_at("message"),
        "Apply failed with 1 conflict: conflict with \"kubectl\": .spec.ports[port=80,protocol=\"TCP\"].targetPort"
    );
    let forced = apply(&mut c, "other", true, with(9090)).body;
    assert_eq!(forced.int_at("spec.ports.0.targetPort"), Some(9090));
    let managers: Vec<&str> = forced.list_at("metadata.managedFields").iter().map(|m| m.str_at("manager")).collect();
    assert_eq!(managers, ["kubectl", "other"]);
    // What its only manager no longer names goes away.
    let without = service("web", json!({"type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP"}]}));
    apply(&mut c, "kubectl", false, without.clone());
    let left = apply(&mut c, "other", false, without).body;
    assert!(left.at("spec.selector").is_null() && left.int_at("spec.ports.0.targetPort") == Some(80), "{left}");
}

#[test]
fn updates_have_managers_too() {
    let mut c = cluster();
    let rs = replica_set(1);
    let path = "/apis/apps/v1/namespaces/default/replicasets";
    send(&mut c, Method::Post, path, rs.clone());
    let merge = "application/merge-patch+json";
    patch(&mut c, &format!("{path}/web/scale"), merge, json!({"spec": {"replicas": 3}}));
    let request =
        Request { content_type: "application/apply-patch+yaml", ..Request::new(Method::Patch, format!("{path}/web")) };
    let refused = c.request(&request.body(rs).query("fieldManager", "me"));
    assert_eq!(
        refused.body.str_at("message"),
        "Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas"
    );
}

/// Any JSON, with the fields that the server looks at more likely than others.
fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let word = proptest::sample::select(vec![
        "metadata",
        "spec",
        "status",
        "name",
        "namespace",
        "ports",
        "port",
        "nodePort",
        "protocol",
        "clusterIP",
        "clusterIPs",
        "type",
        "selector",
        "ipFamilies",
        "ipFamilyPolicy",
        "externalTrafficPolicy",
        "template",
        "containers",
        "labels",
        "finalizers",
        "managedFields",
        "$patch",
        "$setElementOrder/ports",
        "$retainKeys",
        "op",
        "path",
        "value",
        "TCP",
        "NodePort",
        "LoadBalancer",
        "ExternalName",
        "None",
        "10.96.0.9",
        "delete",
        "replace",
        "add",
        "/spec/ports/0",
        "apiVersion",
        "kind",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (29_990u32..30_100).prop_map(Value::from),
        word.clone().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((word.clone(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// No body, however strange, harms the server: it answers, and what it stored is still there.
    #[test]
    fn any_body_is_answered(bodies in proptest::collection::vec(any_json(), 1..4), way in 0usize..6, status in proptest::bool::ANY) {
        let mut c = cluster();
        let ports = json!([{"port": 80, "protocol": "TCP"}]);
        send(&mut c, Method::Post, SVC, service("a", json!({"type": "NodePort", "ports": ports})));
        let kinds = ["application/json-patch+json", "application/merge-patch+json", STRATEGIC, "application/apply-patch+yaml"];
        for mut body in bodies {
            if way == 5 {
                body = service("a", body);
            }
            let path = format!("{SVC}/a{}", if status { "/status" } else { "" });
            let request = match way {
                0..4 => Request { content_type: kinds[way], ..Request::new(Method::Patch, path) },
                4 => Request::new(Method::Post, SVC),
                _ => Request::new(Method::Put, path),
            };
            let answer = c.request(&request.body(body).query("fieldManager", "me").query("fieldValidation", "Warn"));
            proptest::prop_assert!(answer.code >= 200 && answer.code < 600);
            proptest::prop_assert!(c.store.find(&SERVICES, "default", "a").is_some());
        }
    }
}
