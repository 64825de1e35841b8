//! Jobs as data: they stop, are copied, are cancelled; text of any kind is survived.

use super::{Chunk, Job, JobState, Session, run};
use crate::cluster::{Cluster, Options};
use crate::sim::Duration;

fn printed(chunks: &[Chunk]) -> String {
    chunks.iter().map(|c| c.text.as_str()).collect()
}

fn finish(job: &mut Job, cluster: &mut Cluster, session: &mut Session) -> String {
    let mut text = String::new();
    loop {
        let state = job.poll(cluster, session);
        text += &printed(&job.take_output());
        match state {
            JobState::Done(_) => return text,
            JobState::Busy => {}
            JobState::Waiting { until, .. } => cluster.advance(until.unwrap_or(cluster.now + Duration::secs(1))),
        }
    }
}

#[test]
fn a_copy_of_a_moment_goes_on_as_the_original_does() {
    let (mut cluster, mut session) = (Cluster::new(&Options::default()), Session::new());
    let mut job =
        Job::start("for i in 1 2 3; do echo $i; sleep 1; done | while read n; do echo got $n; done", &session);
    assert!(matches!(job.poll(&mut cluster, &mut session), JobState::Waiting { .. }));
    assert_eq!(printed(&job.take_output()), "got 1\n");
    let (mut other, mut world, mut machine) = (job.clone(), cluster.clone(), session.clone());
    assert_eq!(finish(&mut job, &mut cluster, &mut session), "got 2\ngot 3\n");
    assert_eq!(finish(&mut other, &mut world, &mut machine), "got 2\ngot 3\n");
    assert_eq!(cluster.now, world.now);
}

#[test]
fn streams_keep_their_order_and_kind() {
    let (mut cluster, mut session) = (Cluster::new(&Options::default()), Session::new());
    let (chunks, status) = run("echo a; echo b >&2; echo c; exit 3", &mut cluster, &mut session, Duration::secs(9));
    let kinds: Vec<(bool, &str)> = chunks.iter().map(|c| (c.err, c.text.as_str())).collect();
    assert_eq!(kinds, [(false, "a\n"), (true, "b\n"), (false, "c\n")]);
    assert_eq!(status, 3);
}

#[test]
fn a_terminal_remembers_and_can_be_interrupted() {
    let (mut cluster, mut session) = (Cluster::new(&Options::default()), Session::terminal(80));
    let mut line = |text: &str| {
        let (chunks, status) = run(text, &mut cluster, &mut session, Duration::secs(5));
        (printed(&chunks), status)
    };
    assert_eq!(line("x=5; cd /tmp; f() { echo \"f $1\"; }"), (String::new(), 0));
    assert_eq!(line("f $x; pwd"), ("f 5\n/tmp\n".into(), 0));
    assert_eq!(line("nosuch"), ("nosuch: command not found\n".into(), 127));
    assert_eq!(line("while true; do :; done"), (String::new(), 124));
    let mut job = Job::start("sleep 100; echo late", &session);
    assert!(matches!(job.poll(&mut cluster, &mut session), JobState::Waiting { .. }));
    job.cancel(130);
    assert_eq!(job.poll(&mut cluster, &mut session), JobState::Done(130));
    assert_eq!(printed(&job.take_output()), "");
}

#[test]
fn requests_are_logged_with_their_ways() {
    let (mut cluster, mut session) = (Cluster::new(&Options::default()), Session::new());
    let (chunks, _) = run("curl -sk https://192.168.49.2:6443/healthz", &mut cluster, &mut session, Duration::secs(9));
    assert_eq!(printed(&chunks), "ok");
    let exchange = cluster.traffic().since(0).next().cloned().unwrap();
    assert_eq!((&*exchange.from, exchange.url.as_str()), ("user", "https://192.168.49.2:6443/healthz"));
    assert!(exchange.connection.as_ref().is_some_and(|c| c.trace.is_some()));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(100))]
    #[test]
    fn any_text_is_survived(text in "([ -~]|\n|[$({`'\"|&;<>#]|if |do |done |for |case ){0,40}") {
        let _ = super::parse::parse(&text);
    }

    #[test]
    fn any_command_ends(text in "(echo |cat |[a-c$\"'|;&<>(){}*?~=!] ?|seq 3|grep |sed |awk |\\[ |-n |1 |/|\n){0,12}") {
        let session = Session::new();
        let (mut cluster, mut machine) = (EMPTY.with(Clone::clone), session);
        let _ = run(&text, &mut cluster, &mut machine, Duration::secs(1));
    }
}

thread_local! {
    static EMPTY: Cluster = Cluster::new(&Options::default());
}

/// A terminal with what it prints, line by line.
struct Terminal {
    cluster: Cluster,
    session: Session,
    job: Job,
}

impl Terminal {
    fn new() -> Self {
        let session = Session::terminal(80);
        Self { cluster: Cluster::new(&Options::default()), job: Job::terminal(&session), session }
    }

    /// What a line prints until the shell asks for the next one.
    fn line(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut line = Some(text);
        loop {
            let state = self.job.poll(&mut self.cluster, &mut self.session);
            out += &printed(&self.job.take_output());
            if self.job.asks() {
                let Some(line) = line.take() else { return out };
                self.job.feed(line);
            } else if let JobState::Waiting { until, .. } = state {
                self.cluster.advance(until.unwrap_or(self.cluster.now + Duration::secs(1)));
            }
        }
    }
}

#[test]
fn what_runs_behind_goes_on_between_lines() {
    let mut t = Terminal::new();
    assert_eq!(t.line("sleep 1 &"), "[1] 4244\n");
    assert_eq!(t.line("for i in 1 2 3; do echo $i; sleep 2; done > /tmp/log & sleep 100 &"), "[2] 4246\n[3] 4247\n");
    assert_eq!(
        t.line("jobs"),
        "[1]   Running                 sleep 1 &\n\
         [2]-  Running                 for i in 1 2 3; do echo $i; sleep 2; done > /tmp/log &\n\
         [3]+  Running                 sleep 100 &\n"
    );
    assert_eq!(t.line("sleep 3; cat /tmp/log"), "1\n2\n[1]   Done                    sleep 1\n");
    assert_eq!(t.line("kill %3"), "[3]+  Terminated              sleep 100\n");
    assert_eq!(t.line("kill %7; kill 99999"), "bash: kill: %7: no such job\nbash: kill: (99999) - No such process\n");
    assert_eq!(t.line("wait; cat /tmp/log"), "1\n2\n3\n");
    assert_eq!(t.line("false &"), "[1] 4255\n");
    assert_eq!(t.line("sleep 1"), "[1]+  Exit 1                  false\n");
    assert_eq!(t.line("fg"), "bash: fg: current: no such job\n");
}

#[test]
fn ctrl_c_ends_the_line_and_nothing_behind_it() {
    let mut t = Terminal::new();
    t.line("sleep 100 &");
    t.job.feed("sleep 50");
    t.job.poll(&mut t.cluster, &mut t.session);
    assert!(!t.job.asks());
    t.job.interrupt();
    assert_eq!(t.line("echo $?; jobs"), "130\n[1]+  Running                 sleep 100 &\n");
}

#[test]
fn a_terminal_has_aliases_and_a_history() {
    let mut t = Terminal::new();
    assert_eq!(t.line("alias e='echo \"a b\"' both='echo 1; echo' up='echo x | tr a-z'"), "");
    assert_eq!(t.line("e c; for i in 1; do e $i; done; echo $(e d)"), "a b c\na b 1\na b d\n");
    assert_eq!(t.line("both 2; up A-Z; 'e' c"), "1\n2\nX\ne: command not found\n");
    assert_eq!(
        t.line("alias echo='echo -n'; echo 1; echo 2; unalias echo; alias e nosuch"),
        "12alias e='echo \"a b\"'\nbash: alias: nosuch: not found\n"
    );
    assert_eq!(
        t.line("history 2"),
        "    4  alias echo='echo -n'; echo 1; echo 2; unalias echo; alias e nosuch\n    5  history 2\n"
    );
}

#[test]
fn port_forward_leads_into_one_pod_past_the_service() {
    let mut t = Terminal::new();
    t.line("kubectl run a --image=dalgudcks/http-go --labels=app=a; kubectl create service clusterip a --tcp=80:8080");
    t.line("kubectl wait pod/a --for=condition=Ready; kubectl set selector service a nobody=here");
    assert_eq!(
        t.line("curl -sS localhost:9000; echo $?"),
        "curl: (7) Failed to connect to localhost port 9000 after 0 ms: Couldn't connect to server\n7\n"
    );
    let out = t.line("kubectl port-forward pod/a 9000:8080 9001:81 &") + &t.line("sleep 1");
    assert!(
        out.contains(
            "Forwarding from 127.0.0.1:9000 -> 8080\nForwarding from [::1]:9000 -> 8080\nForwarding from 127.0.0.1:9001"
        ),
        "{out}"
    );
    assert_eq!(t.line("curl -s localhost:9000"), "Handling connection for 9000\nWelcome! a\n");
    assert_eq!(t.line("curl -sS 127.0.0.1:9001"), "Handling connection for 9001\ncurl: (52) Empty reply from server\n");
    let out = t.line("kubectl delete pod a; sleep 1");
    assert!(
        out.contains("error: lost connection to pod\n")
            && out.ends_with("[1]+  Exit 1                  kubectl port-forward pod/a 9000:8080 9001:81\n"),
        "{out}"
    );
    assert!(t.line("curl -s localhost:9000; echo $?").ends_with("7\n"));
}

/// Asked of the recorded kind of cluster (v1.36.3, Linux' own conntrack): curl's words and status, and that no entry
/// stays.
#[test]
fn a_reset_leaves_no_entry_and_a_load_balancers_ranges_come_before_the_neighbour() {
    let mut t = Terminal::new();
    let spec = "kind: Service, spec: {selector: {app: a}";
    t.line(&format!(
        "kubectl run a --image=dalgudcks/http-go --labels=app=a; kubectl wait pod/a --for=condition=Ready\n\
         kubectl apply -f - <<'EOF'\n{{apiVersion: v1, metadata: {{name: dead}}, {spec}, type: NodePort, ports: [{{port: 80, targetPort: 9999, nodePort: 30099}}]}}}}\n---\n\
         {{apiVersion: v1, metadata: {{name: lb}}, {spec}, type: LoadBalancer, loadBalancerSourceRanges: [10.244.9.0/24], ports: [{{port: 80, targetPort: 8080}}]}}}}\nEOF"
    ));
    t.line(r#"kubectl patch svc lb --subresource=status -p '{"status":{"loadBalancer":{"ingress":[{"ip":"192.168.49.200"}]}}}'; sleep 3"#);
    let reset = "curl: (7) Failed to connect to 192.168.49.3 port 30099 after 0 ms: Couldn't connect to server\n";
    assert_eq!(t.line("curl -sS -m 3 192.168.49.3:30099"), reset);
    assert_eq!(t.line("ssh worker-1 conntrack -L 2>/dev/null | grep -c 30099"), "0\n");
    let dropped = "curl: (28) Connection timed out after 5000 milliseconds\n";
    let said = t.line("ssh worker-1 curl -sS -m 5 192.168.49.200");
    assert!(said == dropped || said == dropped.replace("5000", "5001"), "{said}");
}
