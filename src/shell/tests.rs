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
