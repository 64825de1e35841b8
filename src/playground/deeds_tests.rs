//! Every entry of the menus: its command, why it can't be chosen, what it changes in files, and that it can be undone.

use super::{Deed, DeedKind, Playground, Reason, Thing};
use crate::api::{ObjectExt, resource};

const SET: &str = "apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  # as many as there is room for
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: dalgudcks/http-go
        readinessProbe: {exec: {command: [cat, /var/ready]}, periodSeconds: 1}
";
const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort # a door on every node
  selector: {app: web}
  ports:
  - port: 80
    targetPort: 8080
    nodePort: 30080
";
const BARE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: bare}\nspec: {containers: [{name: c, image: nginx}]}\n";

fn playground() -> Playground {
    let mut p = Playground::new(1);
    let file = |name: &str, text: &str| (name.to_string(), text.to_string());
    p.set_files(vec![file("rs.yaml", SET), file("svc.yaml", SERVICE)]);
    p.run("kubectl apply -f rs.yaml -f svc.yaml");
    p.advance_us(8_000_000);
    p
}

fn a_pod(p: &Playground) -> Thing {
    let pod = p.moment.cluster.store.list(&resource::PODS, "default").next().unwrap();
    Thing::Pod(format!("default/{}", pod.name()))
}

fn service() -> Thing {
    Thing::Service("default/web".into())
}

fn find(p: &Playground, thing: &Thing, kind: &DeedKind) -> Deed {
    p.deeds(thing).into_iter().find(|d| d.kind == *kind).unwrap_or_else(|| panic!("no {kind:?} of {thing:?}"))
}

fn terminal(p: &Playground) -> String {
    p.printed().iter().map(|c| c.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn readiness_goes_by_the_file_that_the_probe_reads() {
    let mut p = playground();
    let pod = a_pod(&p);
    let name = pod.name().to_string();
    let pass = find(&p, &pod, &DeedKind::PassReadiness);
    assert_eq!(pass.line, format!("kubectl exec {name} -- touch /var/ready"));
    let undo = p.perform(&pass).unwrap();
    p.advance_us(3_000_000);
    assert_eq!(p.scene().pod(&format!("default/{name}")).map(|v| v.look), Some(super::view::PodLook::Ready));
    assert_eq!(find(&p, &pod, &DeedKind::FailReadiness).line, format!("kubectl exec {name} -- rm /var/ready"));
    p.undo(&undo);
    p.advance_us(5_000_000);
    assert_eq!(p.scene().pod(&format!("default/{name}")).map(|v| v.look), Some(super::view::PodLook::NotReady));
    p.set_file("bare.yaml", BARE);
    p.run("kubectl apply -f bare.yaml");
    p.advance_us(3_000_000);
    let fail = find(&p, &Thing::Pod("default/bare".into()), &DeedKind::FailReadiness);
    assert_eq!(fail.reason, Some(Reason::NoProbe));
    let before = p.log_revision();
    assert_eq!(p.perform(&fail), None);
    assert_eq!(p.log_revision(), before);
}

#[test]
fn a_bare_pod_comes_back_from_its_file_or_as_it_was() {
    let mut p = playground();
    p.run("kubectl run bare --image=nginx");
    p.advance_us(3_000_000);
    let bare = Thing::Pod("default/bare".into());
    let undo = p.perform(&find(&p, &bare, &DeedKind::Delete)).unwrap();
    p.advance_us(3_000_000);
    assert!(p.deeds(&bare).is_empty());
    p.undo(&undo);
    p.advance_us(3_000_000);
    assert_eq!(p.scene().pod("default/bare").map(|v| v.look), Some(super::view::PodLook::Ready), "{}", terminal(&p));
    p.set_file("bare.yaml", BARE);
    assert_eq!(find(&p, &bare, &DeedKind::Delete).undo.as_deref(), Some("kubectl apply -f bare.yaml"));
    // What a ReplicaSet makes anew needs no undoing.
    assert_eq!(find(&p, &a_pod_of_set(&p), &DeedKind::Delete).undo, None);
}

fn a_pod_of_set(p: &Playground) -> Thing {
    let mut pods = p.moment.cluster.store.list(&resource::PODS, "default");
    let pod = pods.find(|x| !x.list_at("metadata.ownerReferences").is_empty()).unwrap();
    Thing::Pod(format!("default/{}", pod.name()))
}

#[test]
fn scaling_edits_the_file_and_keeps_its_comments() {
    let mut p = playground();
    let set = Thing::ReplicaSet("default/web".into());
    let less = find(&p, &set, &DeedKind::Less);
    assert_eq!(less.line, "kubectl scale rs web --replicas=1");
    let undo = p.perform(&less).unwrap();
    assert_eq!(&*p.file("rs.yaml"), SET.replace("replicas: 2", "replicas: 1"));
    p.advance_us(2_000_000);
    p.undo(&undo);
    assert_eq!(&*p.file("rs.yaml"), SET);
    p.run("kubectl scale rs web --replicas=0");
    assert_eq!(find(&p, &set, &DeedKind::Less).reason, Some(Reason::NoneLeft));
    p.run("kubectl create deployment d --image=nginx");
    p.advance_us(3_000_000);
    let of_deployment =
        p.moment.cluster.store.list(&resource::REPLICA_SETS, "default").find(|s| s.name() != "web").unwrap();
    let set = Thing::ReplicaSet(format!("default/{}", of_deployment.name()));
    assert_eq!(find(&p, &set, &DeedKind::More).line, "kubectl scale deploy d --replicas=2");
}

#[test]
fn a_service_loses_its_doors_and_gets_them_back() {
    let mut p = playground();
    let close = find(&p, &service(), &DeedKind::Type("ClusterIP"));
    let undo = p.perform(&close).unwrap();
    assert!(terminal(&p).ends_with("service/web patched\n"), "{}", terminal(&p));
    let closed = SERVICE.replace("type: NodePort", "type: ClusterIP").replace("    nodePort: 30080\n", "");
    assert_eq!(&*p.file("svc.yaml"), closed);
    assert_eq!(find(&p, &service(), &DeedKind::Policy("Local")).reason, Some(Reason::NoNodePort));
    p.undo(&undo);
    assert_eq!(&*p.file("svc.yaml"), SERVICE);
    let live = p.moment.cluster.store.find(&resource::SERVICES, "default", "web").unwrap();
    assert_eq!((live.str_at("spec.type"), live.int_at("spec.ports.0.nodePort")), ("NodePort", Some(30080)));
    let local = p.perform(&find(&p, &service(), &DeedKind::Policy("Local"))).unwrap();
    let pinned = p.perform(&find(&p, &service(), &DeedKind::Affinity("ClientIP"))).unwrap();
    let live = p.moment.cluster.store.find(&resource::SERVICES, "default", "web").unwrap();
    assert_eq!((live.str_at("spec.externalTrafficPolicy"), live.str_at("spec.sessionAffinity")), ("Local", "ClientIP"));
    p.undo(&pinned);
    p.undo(&local);
    let live = p.moment.cluster.store.find(&resource::SERVICES, "default", "web").unwrap();
    assert_eq!((live.str_at("spec.externalTrafficPolicy"), live.str_at("spec.sessionAffinity")), ("Cluster", "None"));
}

#[test]
fn a_file_that_was_edited_since_is_left_alone_by_undo() {
    let mut p = playground();
    let undo = p.perform(&find(&p, &service(), &DeedKind::Affinity("ClientIP"))).unwrap();
    let mine = format!("# mine\n{}", p.file("svc.yaml"));
    p.set_file("svc.yaml", &mine);
    p.undo(&undo);
    assert_eq!(&*p.file("svc.yaml"), mine);
}

#[test]
fn nodes_are_emptied_switched_off_and_on() {
    let mut p = playground();
    let node = Thing::Node("worker-1".into());
    assert_eq!(find(&p, &Thing::Node("control-plane".into()), &DeedKind::TakeDown).reason, Some(Reason::ControlPlane));
    p.perform(&find(&p, &node, &DeedKind::Cordon)).unwrap();
    assert_eq!(find(&p, &node, &DeedKind::Uncordon).line, "kubectl uncordon worker-1");
    let undo = p.perform(&find(&p, &node, &DeedKind::TakeDown)).unwrap();
    assert!(terminal(&p).ends_with("Connection to worker-1 closed by remote host.\n"));
    assert_eq!(find(&p, &node, &DeedKind::Ssh).reason, Some(Reason::NodeDown));
    let scene = p.scene();
    let here = scene.nodes.iter().find(|n| n.name == "worker-1").unwrap();
    let pod = Thing::Pod(here.pods.first().unwrap().key.clone());
    assert_eq!(find(&p, &pod, &DeedKind::Shell).reason, Some(Reason::NodeDown));
    p.undo(&undo);
    assert_eq!(find(&p, &node, &DeedKind::BringBack).reason, Some(Reason::Starting));
    p.advance_us(15_000_000);
    assert_eq!(find(&p, &node, &DeedKind::TakeDown).reason, None);
}

#[test]
fn labels_by_which_a_pod_is_found_can_be_taken_off() {
    let mut p = playground();
    let pod = a_pod(&p);
    let off = find(&p, &pod, &DeedKind::Unlabel("app=web".into()));
    let undo = p.perform(&off).unwrap();
    assert!(terminal(&p).contains(&format!("pod/{} unlabeled", pod.name())));
    p.undo(&undo);
    assert!(terminal(&p).ends_with(&format!("pod/{} labeled\n", pod.name())));
}

#[test]
fn clicks_leave_an_open_shell_and_a_session_is_rebuilt_with_it() {
    let mut p = playground();
    let pod = a_pod(&p);
    let shell = find(&p, &pod, &DeedKind::Shell);
    p.perform(&shell);
    assert_eq!(p.prompt().as_deref(), Some("# "));
    assert!(!p.busy());
    p.typed("x=1; echo $x");
    p.perform(&find(&p, &service(), &DeedKind::Describe));
    assert_eq!(p.prompt(), None);
    let text = terminal(&p);
    assert!(text.contains("# \nx=1; echo $x\n1\n"), "{text}");
    assert!(text.contains("# \nexit\n\nkubectl describe svc web"), "{text}");
    let again = Playground::rebuild(&p.log(), None).unwrap();
    assert_eq!(terminal(&again), text);
}

#[test]
fn starting_over_can_be_undone() {
    let mut p = playground();
    let text = terminal(&p);
    p.reset();
    assert_eq!(terminal(&p), "");
    p.set_file("rs.yaml", "# new\n");
    p.change_course();
    assert_eq!((terminal(&p).as_str(), &*p.file("rs.yaml")), (text.as_str(), "# new\n"));
}

#[test]
fn a_menu_names_the_namespace_that_the_terminal_is_not_in() {
    let mut p = playground();
    p.run("kubectl create namespace b; kubectl create service clusterip web --tcp=80 -n b");
    p.run("kubectl config set-context --current --namespace=b");
    p.advance_us(1_000_000);
    let line = |p: &Playground, key: &str| find(p, &Thing::Service(key.into()), &DeedKind::Delete).line;
    assert_eq!(line(&p, "b/web"), "kubectl delete svc web");
    assert_eq!(line(&p, "default/web"), "kubectl delete svc web -n default");
    p.perform(&find(&p, &Thing::Service("default/web".into()), &DeedKind::Delete));
    p.advance_us(1_000_000);
    assert!(terminal(&p).ends_with("service \"web\" deleted from default namespace\n"), "{}", terminal(&p));
}
