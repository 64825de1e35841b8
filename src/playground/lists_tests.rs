#![allow(clippy::unwrap_used)]
//! Why Pods are endpoints or none, and what rules a packet would meet.

use super::*;

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
    tier: front
  ports:
  - port: 80
    targetPort: 8080
";
const FRONT: &str = "app: web, tier: front";
const SERVER: &str = "image: dalgudcks/http-go";

/// A Pod: its name, its labels, more of its spec, and its container, both as flow mappings' insides.
fn pod(name: &str, labels: &str, spec: &str, container: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n\
         spec: {{{spec}containers: [{{name: c, {container}}}]}}\n"
    )
}

fn run(p: &mut Playground, line: &str) {
    p.run(line);
    p.advance_us(15_000_000);
}

fn playground() -> Playground {
    let mut p = Playground::new(1);
    let probed = format!("{SERVER}, readinessProbe: {{exec: {{command: [cat, /var/ready]}}}}");
    let pods = [
        pod("in", FRONT, "", SERVER),
        pod("unready", FRONT, "", &probed),
        pod("other", "app: wob", "", SERVER),
        pod("crash", FRONT, "", "image: busybox, command: [sh, -c, exit 1]"),
        pod("no-node", FRONT, "nodeSelector: {disk: none}, ", "image: busybox"),
    ];
    p.set_files(vec![("a.yaml".into(), SERVICE.to_string() + &pods.concat())]);
    run(&mut p, "kubectl apply -f a.yaml");
    p
}

fn whys(p: &mut Playground) -> Vec<String> {
    let rows = p.list(ListKind::Endpoints, &Query::default(), &|why| format!("{why:?}"));
    rows.rows.iter().map(|r| format!("{} {} {}", r.cells[1], r.cells[4], r.cells[5])).collect()
}

#[test]
fn each_pod_says_why_it_is_an_endpoint_or_none() {
    let mut p = playground();
    run(&mut p, "kubectl create namespace shop");
    run(&mut p, "kubectl run web -n shop --image=dalgudcks/http-go --labels=app=web,tier=front");
    let all = whys(&mut p);
    let has = |line: &str| assert!(all.iter().any(|l| l.starts_with(line)), "{line}\n{all:#?}");
    has("in true Ready");
    has("unready false Probe(\"c\", \"exec cat /var/ready\", \"Readiness probe failed: ");
    has("other – Labels([(\"app\", \"web\", Some(\"wob\")), (\"tier\", \"front\", None)])");
    has("crash false Container(\"c\", \"");
    has("no-node – NoAddress(\"Pending\")");
    has("shop/web – Namespace(\"shop\")");
    assert_eq!(all.len(), 6);
    run(&mut p, "kubectl exec unready -- touch /var/ready");
    assert!(whys(&mut p).contains(&"unready true Ready".to_string()));
    p.run("kubectl delete pod in --wait=false");
    let terminating = (0..40).any(|_| {
        p.advance_us(10_000);
        whys(&mut p).iter().any(|l| l.starts_with("in false Terminating"))
    });
    assert!(terminating);
}

#[test]
fn a_packet_is_asked_without_a_trace_in_the_cluster() {
    let mut p = playground();
    let ip = p.moment.cluster.store.find(&crate::api::resource::SERVICES, "default", "web").unwrap();
    let to = format!("{}:80", crate::api::ObjectExt::str_at(&**ip, "spec.clusterIP"));
    let state = |p: &mut Playground| {
        let conntrack = p.list(ListKind::Conntrack, &Query::default(), &|_| String::new());
        (conntrack, p.pins(), p.requests_sent(), format!("{:?}", p.moment.cluster.random))
    };
    let before = state(&mut p);
    let meeting = p.ask_packet("default/other", &to, "TCP").unwrap();
    assert_eq!(state(&mut p), before);
    assert_eq!(meeting.end, End::Accepted("default/in".into()));
    for name in ["web", "web.default:80", "web.default.svc.cluster.local"] {
        assert_eq!(p.ask_packet("default/other", name, "TCP").unwrap().end, meeting.end, "{name}");
    }
    assert!(p.ask_packet("user", "worker-1:22", "TCP").is_some());
    assert!(p.ask_packet("user", "nosuch:80", "TCP").is_none());
    let last = meeting.met.iter().rposition(|m| matches!(m.fate, Fate::Dnat(_))).unwrap();
    assert!(meeting.met[last].chain.starts_with("KUBE-SEP-") && meeting.met[last].table == "nat");
    let jump = |m: &Met, to: &str| matches!(&m.fate, Fate::Jump(chain) if chain.starts_with(to));
    assert!(meeting.met[..last].iter().any(|m| m.chain == "KUBE-SERVICES" && jump(m, "KUBE-SVC-")));
    let dump = p.iptables(&meeting.met[0].node, "nat");
    let nat = meeting.met.iter().filter(|m| m.table == "nat");
    assert!(nat.clone().count() > 5 && nat.into_iter().all(|m| dump.contains(&m.rule)), "lines of the dump");
    assert_eq!(p.ask_packet("user", &to, "TCP").unwrap().end, End::Unreachable);
    assert_eq!(p.ask_packet("user", "somewhere", "TCP"), None);
}

#[test]
fn a_service_without_any_pod_says_so() {
    let mut p = Playground::new(1);
    p.set_files(vec![("a.yaml".into(), SERVICE.to_string())]);
    run(&mut p, "kubectl apply -f a.yaml");
    assert_eq!(whys(&mut p), ["– – NoPod(\"app=web,tier=front\")"]);
}

#[test]
fn a_pod_that_sleeps_before_it_stops_serves_meanwhile() {
    let mut p = Playground::new(1);
    let sleeps = format!("{SERVER}, lifecycle: {{preStop: {{exec: {{command: [sh, -c, sleep 10]}}}}}}");
    p.set_files(vec![("a.yaml".into(), SERVICE.to_string() + &pod("slow", FRONT, "", &sleeps))]);
    run(&mut p, "kubectl apply -f a.yaml");
    p.run("kubectl delete pod slow --wait=false");
    p.advance_us(3_000_000);
    assert_eq!(whys(&mut p), ["slow false Terminating"]);
    let service = p.moment.cluster.store.find(&crate::api::resource::SERVICES, "default", "web").unwrap();
    let to = format!("{}:80", crate::api::ObjectExt::str_at(&**service, "spec.clusterIP"));
    let meeting = p.ask_packet("worker-1", &to, "TCP").unwrap();
    assert_eq!(meeting.end, End::Accepted("default/slow".into()));
    p.advance_us(8_000_000);
    assert_eq!(whys(&mut p), ["– – NoPod(\"app=web,tier=front\")"]);
}
