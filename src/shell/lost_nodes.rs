//! A node that is lost and comes back, shells that are opened, as a user sees it at the terminal.

use super::{Job, JobState, Session, run};
use crate::cluster::{Cluster, Options};
use crate::sim::Duration;

const MANIFEST: &str = "apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: dalgudcks/http-go, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

struct Terminal {
    cluster: Cluster,
    session: Session,
}

impl Terminal {
    fn new() -> Self {
        let mut terminal = Self { cluster: Cluster::new(&Options::default()), session: Session::terminal(100) };
        terminal.session.write("web.yaml", MANIFEST);
        terminal.say("kubectl apply -f web.yaml");
        terminal.wait(5);
        terminal
    }
    fn say(&mut self, line: &str) -> String {
        let (chunks, _) = run(line, &mut self.cluster, &mut self.session, Duration::secs(60));
        chunks.iter().map(|c| c.text.as_str()).collect()
    }
    fn wait(&mut self, seconds: u64) {
        self.cluster.advance(self.cluster.now + Duration::secs(seconds));
    }
    /// The Pod of a node.
    fn pod_on(&mut self, node: &str) -> String {
        let field = format!("--field-selector spec.nodeName={node}");
        self.say(&format!("kubectl get pods {field} -o jsonpath='{{.items[0].metadata.name}}'"))
    }
    fn node(&mut self, path: &str) -> String {
        self.say(&format!("kubectl get node worker-1 -o jsonpath='{{{path}}}'"))
    }
    fn endpoints(&mut self) -> String {
        self.say("kubectl get endpoints web 2>/dev/null | tail -1 | awk '{print $2}' | tr , '\\n' | wc -l")
            .trim()
            .into()
    }
}

#[test]
fn a_node_that_is_switched_off_is_missed_after_its_grace() {
    let mut t = Terminal::new();
    let lost = t.pod_on("worker-1");
    assert_eq!(t.say("ssh worker-1 poweroff"), "Connection to worker-1 closed by remote host.\n");
    assert_eq!(t.say("ssh worker-1 date"), "ssh: connect to host worker-1 port 22: No route to host\n");
    assert_eq!(t.node(".status.conditions[3].status"), "True");
    assert_eq!(t.endpoints(), "2");
    t.wait(60);
    assert_eq!(t.node(".status.conditions[3].status"), "Unknown");
    assert_eq!(t.node(".status.conditions[3].reason"), "NodeStatusUnknown");
    assert_eq!(t.node(".status.conditions[3].message"), "Kubelet stopped posting node status.");
    assert_eq!(t.say("kubectl get nodes | grep worker-1 | awk '{print $2}'"), "NotReady\n");
    assert_eq!(t.node(".spec.taints[*].effect"), "NoSchedule NoExecute");
    assert_eq!(t.node(".spec.taints[*].key"), "node.kubernetes.io/unreachable node.kubernetes.io/unreachable");
    assert_eq!(t.endpoints(), "1");
    let events = "kubectl get events --field-selector reason=NodeNotReady -o jsonpath='{range .items[*]}{.type} {.message}{\"\\n\"}{end}'";
    assert_eq!(t.say(events), "Warning Node is not ready\nNormal Node worker-1 status is now: NodeNotReady\n");
    let ip = t.node(".status.addresses[0].address");
    assert_eq!(
        t.say(&format!("kubectl logs {lost}")),
        format!(
            "Error from server: Get \"https://{ip}:10250/containerLogs/default/{lost}/web\": dial tcp {ip}:10250: connect: no route to host\n"
        )
    );
    assert_eq!(
        t.say(&format!("kubectl exec {lost} -- cat /a")),
        format!(
            "error: Internal error occurred: error sending request: Post \
             \"https://{ip}:10250/exec/default/{lost}/web?command=cat&command=%2Fa&error=1&output=1\": \
             dial tcp {ip}:10250: connect: no route to host\n"
        )
    );
}

#[test]
fn its_pods_are_replaced_after_five_minutes_and_go_when_it_is_back() {
    let mut t = Terminal::new();
    let lost = t.pod_on("worker-1");
    t.say("ssh worker-1 poweroff");
    t.wait(300);
    assert_eq!(t.say("kubectl get pods | grep -c Running"), "2\n");
    t.wait(65);
    let status = format!("kubectl get pods | grep {lost} | awk '{{print $3}}'");
    assert_eq!(t.say(&status), "Terminating\n");
    assert_eq!(
        t.say("kubectl get pods -o wide | grep Running | awk '{print $7}' | uniq -c | awk '{print $1, $2}'"),
        "2 worker-2\n"
    );
    assert_eq!(t.endpoints(), "2");
    let why =
        format!("kubectl get pod {lost} -o jsonpath='{{.status.conditions[?(@.type==\"DisruptionTarget\")].message}}'");
    assert_eq!(t.say(&why), "Taint manager: deleting due to NoExecute taint");
    let events = "kubectl get events --field-selector reason=TaintManagerEviction -o jsonpath='{.items[*].message}'";
    assert_eq!(t.say(events), format!("Marking for deletion Pod default/{lost}"));
    assert_eq!(t.say("virsh start worker-1"), "Domain 'worker-1' started\n\n");
    assert_eq!(t.say("virsh start worker-1"), "error: Domain is already active\n\n");
    t.wait(20);
    assert_eq!(t.say(&status), "");
    assert_eq!(t.say("kubectl get nodes | grep worker-1 | awk '{print $2}'"), "Ready\n");
    assert_eq!(t.node(".spec.taints"), "");
    let rebooted =
        "kubectl get events --field-selector reason=Rebooted -o jsonpath='{.items[0].message}' | cut -d: -f1";
    assert_eq!(t.say(rebooted), "Node worker-1 has been rebooted, boot id\n");
}

#[test]
fn a_node_that_comes_back_in_time_starts_its_pods_anew() {
    let mut t = Terminal::new();
    let pod = t.pod_on("worker-1");
    t.say("ssh worker-1 poweroff");
    t.wait(90);
    assert_eq!(t.endpoints(), "1");
    t.say("virsh start worker-1");
    t.wait(30);
    assert_eq!(t.endpoints(), "2");
    assert_eq!(t.say(&format!("kubectl get pod {pod} --no-headers | awk '{{print $2, $3, $4}}'")), "1/1 Running 1\n");
    let last =
        format!("kubectl get pod {pod} -o jsonpath='{{.status.containerStatuses[0].lastState.terminated.reason}}'");
    assert_eq!(t.say(&last), "Unknown");
    let events = "kubectl get events --field-selector reason=TaintManagerEviction -o jsonpath='{.items[*].message}'";
    assert_eq!(t.say(events), format!("Cancelling deletion of Pod default/{pod}"));
    assert_eq!(t.say(&format!("kubectl exec {pod} -- curl -s localhost:8080")), format!("Welcome! {pod}\n"));
}

#[test]
fn the_control_plane_stays_up() {
    let mut t = Terminal::new();
    let refused = "poweroff: not simulated here: without control-plane there is no API server\n";
    assert_eq!(t.say("ssh control-plane poweroff"), refused);
    assert_eq!(t.say("kubectl get nodes -o name"), "node/control-plane\nnode/worker-1\nnode/worker-2\n");
}

#[test]
fn a_taint_drives_pods_away_at_once_or_when_their_time_is_over() {
    let mut t = Terminal::new();
    let pod = t.pod_on("worker-1");
    t.say("kubectl taint node worker-1 mine=yes:NoExecute");
    t.wait(5);
    assert_eq!(
        t.say(&format!("kubectl get pod {pod}")),
        format!("Error from server (NotFound): pods \"{pod}\" not found\n")
    );
    assert_eq!(
        t.say("kubectl get pods -o wide --no-headers | awk '{print $7}' | uniq -c | awk '{print $1, $2}'"),
        "2 worker-2\n"
    );
}

/// Polls a job until it asks or ends; gives what it printed.
fn until_it_asks(t: &mut Terminal, job: &mut Job) -> (String, Option<i32>) {
    let mut text = String::new();
    for _ in 0..1000 {
        let state = job.poll(&mut t.cluster, &mut t.session);
        text.extend(job.take_output().iter().map(|c| c.text.as_str()));
        match state {
            JobState::Done(status) => return (text, Some(status)),
            JobState::Waiting { .. } if job.prompt().is_some() => return (text, None),
            JobState::Waiting { .. } => t.cluster.advance(t.cluster.now + Duration::millis(100)),
            JobState::Busy => {}
        }
    }
    (text, None)
}

#[test]
fn a_shell_in_a_pod_asks_for_line_after_line() {
    let mut t = Terminal::new();
    let pod = t.pod_on("worker-1");
    let mut job = Job::start(&format!("kubectl exec -it {pod} -- sh; echo status $?"), &t.session);
    let say = |t: &mut Terminal, job: &mut Job, line: &str| {
        job.feed(line);
        until_it_asks(t, job)
    };
    assert_eq!(until_it_asks(&mut t, &mut job), (String::new(), None));
    assert_eq!(job.prompt().as_deref(), Some("# "));
    assert_eq!(say(&mut t, &mut job, "x=1; touch /var/ready; cd /var"), (String::new(), None));
    assert_eq!(say(&mut t, &mut job, "pwd; ls; echo $x; hostname"), (format!("/var\nlog\nready\n1\n{pod}\n"), None));
    assert_eq!(say(&mut t, &mut job, "nosuch").0, "sh: 3: nosuch: not found\n");
    job.feed("sleep 1000");
    assert!(matches!(job.poll(&mut t.cluster, &mut t.session), JobState::Waiting { until: Some(_), .. }));
    assert_eq!(job.prompt(), None);
    job.interrupt();
    assert_eq!(until_it_asks(&mut t, &mut job), (String::new(), None));
    assert_eq!(say(&mut t, &mut job, "exit 3"), ("command terminated with exit code 3\nstatus 3\n".into(), Some(0)));
}

#[test]
fn a_shell_on_a_node_ends_with_it() {
    let mut t = Terminal::new();
    let mut job = Job::start("ssh worker-1", &t.session);
    assert_eq!(until_it_asks(&mut t, &mut job), (String::new(), None));
    assert_eq!(job.prompt().as_deref(), Some("root@worker-1:~# "));
    job.feed("hostname");
    assert_eq!(until_it_asks(&mut t, &mut job).0, "worker-1\n");
    job.feed("exit");
    assert_eq!(until_it_asks(&mut t, &mut job), ("logout\nConnection to worker-1 closed.\n".into(), Some(0)));
    let mut job = Job::start("ssh worker-1", &t.session);
    job.feed("poweroff");
    let closed = "Connection to worker-1 closed by remote host.\nConnection to worker-1 closed.\n";
    assert_eq!(until_it_asks(&mut t, &mut job), (closed.into(), Some(255)));
}
