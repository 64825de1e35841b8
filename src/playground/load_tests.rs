//! Who sends what to where: clients outside, kept connections, guesses, proposals.
#![allow(clippy::unwrap_used)]

use super::view::{HopKind, LineEnd, Place, RequestView};
use super::*;

const WEB: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: TYPE
  sessionAffinity: AFFINITY
  selector:
    app: web
  ports:
  - port: 80
    targetPort: 8080
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: IMAGE
";

fn started(kind: &str, affinity: &str, image: &str) -> Playground {
    let mut p = Playground::new(7);
    let text = WEB.replace("TYPE", kind).replace("AFFINITY", affinity).replace("IMAGE", image);
    let port =
        if kind == "NodePort" { "    targetPort: 8080\n    nodePort: 30001\n" } else { "    targetPort: 8080\n" };
    p.set_file("web.yaml", &text.replace("    targetPort: 8080\n", port));
    run(&mut p, "kubectl apply -f web.yaml", 5);
    p.propose_target();
    p
}

fn run(p: &mut Playground, line: &str, seconds: u64) {
    p.run(line);
    p.advance_us(seconds * 1_000_000);
}

fn last(p: &Playground) -> RequestView {
    p.request(p.requests_sent()).unwrap()
}

fn send(p: &mut Playground, n: u32) -> Vec<RequestView> {
    let before = p.requests_sent();
    p.send(n);
    p.advance_us(1_000);
    (before + 1..=p.requests_sent()).map(|id| p.request(id).unwrap()).collect()
}

#[test]
fn clients_outside_come_in_through_the_users_machine_under_their_own_addresses() {
    let mut p = started("NodePort", "ClientIP", "http-go");
    p.add_client();
    p.add_client();
    let clients: Vec<(String, String)> = p.scene().clients.iter().map(|c| (c.id.clone(), c.ip.clone())).collect();
    let want = [("user", "192.168.49.1"), ("A", "203.0.113.7"), ("B", "198.51.100.9")];
    assert_eq!(clients, want.map(|(a, b)| (a.to_string(), b.to_string())));
    p.set_target("192.168.49.3:30001");
    p.set_sender("A");
    let r = send(&mut p, 1).remove(0);
    assert_eq!(r.code, 200, "{}", r.result);
    let client = |id: &str| Place::Client(id.into());
    let places: Vec<&Place> = r.hops.iter().map(|h| &h.place).collect();
    assert_eq!(places[..3], [&client("A"), &client("user"), &Place::Door("worker-1".into(), 30001)]);
    assert_eq!(places[places.len() - 2..], [&client("user"), &client("A")]);
    assert!(r.hops[1].source.starts_with("203.0.113.7:") && r.hops[1].source == r.hops[1].source_after);
    assert!(r.hops.iter().any(|h| h.kind == HopKind::Snat), "policy Cluster: the node's address to the Pod");
    // All in turn; each is remembered by its own address.
    p.set_sender(ALL_CLIENTS);
    let from: Vec<String> = send(&mut p, 6).into_iter().map(|r| r.from).collect();
    assert_eq!((from[..3].to_vec(), from[3..].to_vec()), (from[3..].to_vec(), from[..3].to_vec()));
    let mut pinned: Vec<String> = p.pins().into_iter().map(|pin| pin.client).collect();
    pinned.sort();
    assert_eq!(pinned, ["192.168.49.1", "198.51.100.9", "203.0.113.7"]);
    p.remove_client("A");
    assert_eq!(p.scene().clients.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["user", "B"]);
    p.add_client();
    assert_eq!(p.scene().clients.len(), 3, "A is free again");
}

#[test]
fn a_kept_connection_stays_with_its_pod_until_that_goes() {
    let mut p = started("NodePort", "None", "http-go");
    p.set_target("192.168.49.3:30001");
    p.set_keep(true);
    let pods: Vec<String> = send(&mut p, 20).into_iter().map(|r| r.pod).collect();
    assert!(pods.iter().all(|pod| *pod == pods[0]), "{pods:?}");
    let line = p.kept_lines().remove(0);
    assert_eq!((line.requests, &*line.pod, line.end), (20, pods[0].as_str(), None));
    assert_eq!(line.stops[0], Place::Client("user".into()));
    let known = last(&p);
    assert_eq!(known.kept, Some((1, 20)));
    assert!(known.hops.iter().any(|h| h.kind == HopKind::Known) && known.hops.iter().all(|h| h.at.is_none()));
    // Out of the endpoints, and still served.
    let name = pods[0].split_once('/').unwrap().1.to_string();
    run(&mut p, &format!("kubectl label pod {name} app-"), 3);
    assert_eq!(send(&mut p, 1)[0].pod, pods[0]);
    // The Pod goes: its kernel closes the connection; the next request opens another one.
    run(&mut p, &format!("kubectl delete pod {name}"), 2);
    let ends: Vec<Option<LineEnd>> = p.kept_lines().iter().map(|l| l.end).collect();
    assert_eq!(ends, [Some(LineEnd::ByServer)]);
    let next = send(&mut p, 1).remove(0);
    assert!(next.code == 200 && next.pod != pods[0] && next.kept == Some((2, 1)), "{next:?}");
    p.hang_up(2);
    assert_eq!(p.kept_lines().last().unwrap().end, Some(LineEnd::ByClient));
    p.advance_us(10_000_000);
    assert_eq!(p.kept_lines(), []);
}

#[test]
fn a_kept_connection_dies_with_its_node_or_its_conntrack_entry() {
    let mut p = started("NodePort", "None", "http-go");
    p.set_target("192.168.49.2:30001");
    p.set_keep(true);
    send(&mut p, 1);
    // Without its entry the packet meets the rules again; no server knows the connection under new addresses.
    run(&mut p, "ssh control-plane conntrack -F", 1);
    assert_eq!(send(&mut p, 1)[0].result, "connection reset");
    assert_eq!(p.kept_lines()[0].end, Some(LineEnd::Reset));
    let served = send(&mut p, 1).remove(0);
    let node = p.scene().nodes.iter().find(|n| n.pods.iter().any(|v| v.key == served.pod)).unwrap().name.clone();
    run(&mut p, &format!("ssh {node} poweroff"), 1);
    let r = send(&mut p, 1).remove(0);
    assert_eq!((r.code, r.result.as_str()), (0, "timed out: nobody answers"));
    assert_eq!(r.hops.last().unwrap().kind, HopKind::Lost);
    assert_eq!(p.kept_lines().last().unwrap().end, Some(LineEnd::TimedOut));
}

#[test]
fn a_server_closes_what_is_idle() {
    let mut p = started("ClusterIP", "None", "nginx");
    run(&mut p, r#"kubectl patch svc web -p '{"spec":{"ports":[{"port":80,"targetPort":80}]}}'"#, 2);
    p.set_keep(true);
    assert_eq!(send(&mut p, 1)[0].code, 200);
    p.advance_us(74_000_000);
    assert_eq!(p.kept_lines()[0].end, None);
    p.advance_us(2_000_000);
    assert_eq!(p.kept_lines()[0].end, Some(LineEnd::ByServer), "keepalive_timeout 75");
}

#[test]
fn what_is_proposed_can_be_reached() {
    let mut p = started("ClusterIP", "None", "http-go");
    let aim = p.load().aim.clone();
    assert!(aim.from.starts_with("default/web-") && aim.to.starts_with("10."), "{aim:?}");
    assert_eq!(send(&mut p, 1)[0].code, 200);
    // To a sender outside no ClusterIP is proposed.
    p.set_sender(USER);
    assert_eq!(p.load().aim.to, "");
    p.set_target(&aim.to);
    let r = send(&mut p, 1).remove(0);
    assert_eq!(
        (r.result.as_str(), r.hops.last().unwrap().kind),
        ("network is unreachable: no route", HopKind::NoRoute)
    );
    let mut p = started("NodePort", "None", "http-go");
    assert_eq!((p.load().aim.from.as_str(), p.load().aim.to.as_str()), (USER, "192.168.49.2:30001"));
    p.set_sender("worker-2");
    assert_eq!(send(&mut p, 1)[0].from, "worker-2");
    // A node that is off doesn't refuse.
    p.set_sender(USER);
    p.set_target("192.168.49.3:30001");
    run(&mut p, "ssh worker-1 poweroff", 1);
    let r = send(&mut p, 1).remove(0);
    assert_eq!((r.hops.last().unwrap().kind, r.result.starts_with("no route to host")), (HopKind::NoRoute, true));
}

#[test]
fn guesses_are_judged_by_what_the_trace_shows() {
    let mut p = started("NodePort", "None", "http-go");
    let guesses = p.guesses();
    let pods: Vec<String> =
        guesses.iter().filter_map(|g| if let Guess::Pod(k) = g { Some(k.clone()) } else { None }).collect();
    assert_eq!((pods.len(), &guesses[3]), (3, &Guess::Any(3)));
    let judge = |p: &mut Playground, g: &Guess| {
        p.send(1);
        p.judge(g, p.requests_sent()).unwrap()
    };
    let (right, pod, why) = judge(&mut p, &Guess::Any(3));
    assert!(right && pods.contains(&pod) && why == Why::Drawn(3), "{why:?}");
    assert!(!judge(&mut p, &Guess::Refused).0);
    run(&mut p, r#"kubectl patch svc web -p '{"spec":{"sessionAffinity":"ClientIP"}}'"#, 2);
    let (_, pod, _) = judge(&mut p, &Guess::Any(3));
    let (right, again, why) = judge(&mut p, &Guess::Pod(pod.clone()));
    assert!(right && again == pod && matches!(why, Why::Pinned(10_799..)), "{why:?}");
    assert!(!judge(&mut p, &Guess::Any(3)).0, "pinned is no chance");
    p.set_target("192.168.49.3:30002");
    assert!(judge(&mut p, &Guess::Refused).0);
    p.set_target("10.96.0.1:443");
    assert!(judge(&mut p, &Guess::NoRoute).0);
    p.set_sender(&pods[0]);
    p.set_target("nosuch");
    assert!(p.guesses().contains(&Guess::NoName) && judge(&mut p, &Guess::NoName).0);
}

#[test]
fn sessions_with_clients_and_kept_connections_are_replayed_and_old_ones_still_load() {
    let mut p = started("NodePort", "ClientIP", "http-go");
    p.add_client();
    p.set_sender(ALL_CLIENTS);
    p.set_keep(true);
    p.set_rate(10);
    p.advance_us(2_500_000);
    p.set_rate(0);
    p.hang_up(1);
    p.advance_us(300_000);
    let again = Playground::rebuild(&p.log(), None).unwrap();
    assert_eq!(again.kept_lines(), p.kept_lines());
    assert!(!p.kept_lines().is_empty() && again.load().aim == p.load().aim);
    let all = |p: &Playground| (1..=p.requests_sent()).map(|id| p.request(id)).collect::<Vec<_>>();
    assert_eq!(all(&again), all(&p));
    // Rewinding brings the lines of that moment back.
    let lines = p.kept_lines();
    let shown = p.shown_us();
    p.advance_us(20_000_000);
    assert!(p.kept_lines().len() < lines.len());
    p.seek_us(shown);
    assert_eq!(p.kept_lines(), lines);
    let old = r#"{"version":1,"seed":1,"now":200000000,"inputs":[[190000000,["send",2,"user","192.168.49.3:30001"]],
        [190000001,["rate",4,"user","192.168.49.3:30001"]]],"typed":[]}"#;
    let old = Playground::rebuild(old, None).unwrap();
    assert!(old.requests_sent() > 10 && !old.load().aim.keep && old.kept_lines().is_empty());
}
