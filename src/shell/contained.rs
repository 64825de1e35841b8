//! The programs of containers: a shell's script, a small tool, run as a job of its own.

use super::job::{Chunk, Job, JobState};
use super::session::{Host, Session};
use crate::cluster::{Cluster, Doing, Program};
use crate::sim::{Duration, Time};

/// How often a program is looked at that waits for something in the cluster.
const LOOK: Duration = Duration::millis(50);

#[derive(Clone, Debug)]
struct Contained(Job);

/// Starts a container's program: namespace, Pod and container, and its command line. `None` if the shell knows none of
/// that name. To be handed to [`Cluster::run_containers_with`].
#[inline(never)] // kept apart: loaded with the rest of the engine
pub fn start_contained(
    cluster: &Cluster,
    [namespace, pod, name]: [&str; 3],
    argv: &[String],
) -> Option<Box<dyn Program>> {
    let host = Host::Pod { namespace: namespace.into(), name: pod.into(), container: name.into() };
    Some(Box::new(Contained(Job::contained(argv, host, cluster)?)))
}

impl Program for Contained {
    fn step(&mut self, cluster: &mut Cluster) -> Doing {
        // The user's machine is out of its reach.
        let mut session = Session::new();
        match self.0.poll(cluster, &mut session) {
            JobState::Done(status) => Doing::Ended(status),
            JobState::Busy => Doing::Until(cluster.time()),
            JobState::Waiting { until, on_change } => {
                let look = if on_change { cluster.time() + LOOK } else { Time(u64::MAX) };
                Doing::Until(until.unwrap_or(look).min(look))
            }
        }
    }

    fn output(&mut self) -> String {
        let text = |chunk: Chunk| chunk.text;
        self.0.take_output().into_iter().map(text).collect()
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cluster::Options;
    use crate::shell::run;

    struct Terminal(Cluster, Session);

    impl Terminal {
        fn new() -> Self {
            let mut cluster = Cluster::new(&Options::default());
            cluster.run_containers_with(start_contained);
            Self(cluster, Session::new())
        }
        fn run(&mut self, line: &str) -> (String, i32) {
            let (chunks, status) = run(line, &mut self.0, &mut self.1, Duration::secs(120));
            (chunks.into_iter().map(|c| c.text).collect(), status)
        }
        fn pass(&mut self, millis: u64) {
            self.0.advance(self.0.time() + Duration::millis(millis));
        }
        fn status(&mut self, pod: &str) -> String {
            let (text, _) = self.run(&format!("kubectl get pod {pod} --no-headers"));
            text.split_whitespace().skip(1).take(3).collect::<Vec<_>>().join(" ")
        }
    }

    #[test]
    fn a_container_ends_as_its_script_does() {
        let mut t = Terminal::new();
        for (policy, script, status, phase) in [
            ("Never", "sh -c 'echo no; exit 3'", "0/1 Error 0", "Failed 3"),
            ("Never", "sh -c 'ls / > /dev/null'", "0/1 Completed 0", "Succeeded 0"),
            ("Never", "wget -q -T 2 -O- nowhere", "0/1 Error 0", "Failed 1"),
            ("Never", "sh -c 'sleep 2; cat /none'", "0/1 Error 0", "Failed 1"),
            ("OnFailure", "sh -c 'exit 4'", "0/1 CrashLoopBackOff 1", "Running 4"),
        ] {
            t.run(&format!("kubectl run t --image=busybox --restart={policy} -- {script}"));
            t.pass(9_000);
            assert_eq!(t.status("t").trim_end_matches(" (9s"), status, "{script}");
            let code = "kubectl get pod t -o jsonpath='{.status.phase} {..terminated.exitCode}'";
            assert_eq!(t.run(code).0, phase, "{script}");
            t.run("kubectl delete pod t --now");
        }
    }

    #[test]
    fn a_running_script_writes_a_log_and_leaves_files() {
        let mut t = Terminal::new();
        t.run("kubectl run t --image=busybox -- sh -c 'touch /tmp/a; n=0; while true; do n=$((n+1)); echo $n; sleep 5; rm -f /tmp/a; done'");
        t.pass(3_000);
        assert_eq!(t.run("kubectl logs t; kubectl exec t -- ls /tmp"), ("1\na\n".into(), 0));
        t.pass(10_000);
        assert_eq!(t.run("kubectl logs t; kubectl exec t -- ls /tmp"), ("1\n2\n3\n".into(), 0));
        assert_eq!(t.status("t"), "1/1 Running 0");
    }

    #[test]
    fn a_container_that_ended_keeps_its_log_until_the_next_one_ended() {
        let mut t = Terminal::new();
        t.run("kubectl run t --image=busybox -- sh -c 'date +%S; sleep 3; exit 2'");
        t.pass(5_500);
        let first = t.run("kubectl logs t").0;
        assert_eq!(t.status("t").split(' ').nth(1), Some("CrashLoopBackOff"));
        t.pass(10_500);
        assert_eq!(t.run("kubectl logs t -p").0, first);
        assert_ne!(t.run("kubectl logs t").0, first);
        t.run("kubectl run web --image=nginx");
        t.pass(3_000);
        let said = "Error from server (BadRequest): previous terminated container \"web\" in pod \"web\" not found\n";
        assert_eq!(t.run("kubectl logs web -p"), (said.into(), 1));
    }

    #[test]
    fn whoever_runs_attached_learns_the_end() {
        let mut t = Terminal::new();
        let deleted = "pod \"t\" deleted from default namespace\n";
        let (text, code) = t.run("kubectl run t --image=busybox --restart=Never --rm -q -i -- sh -c 'echo hi; exit 3'");
        assert_eq!((text, code), (format!("hi\n{deleted}pod default/t terminated (Error)\n"), 3));
        t.pass(1_000);
        let (text, code) =
            t.run("kubectl run t --image=busybox --restart=Never --rm -q --attach -- sh -c 'echo a; sleep 3; echo b'");
        assert_eq!((text, code), (format!("a\nb\n{deleted}"), 0));
        t.pass(1_000);
        // Always is the default: the container runs again, and its code is nobody's concern.
        let (text, code) = t.run("kubectl run t --image=busybox --rm -q -i -- sh -c 'exit 3'");
        assert_eq!((text, code), (deleted.into(), 0));
        t.pass(1_000);
        t.run("kubectl run t --image=busybox --restart=Never -q -i -- sh -c 'exit 3'");
        assert_eq!(t.status("t"), "0/1 Error 0");
    }

    #[test]
    fn a_program_that_never_waits_does_not_stop_the_world() {
        let mut t = Terminal::new();
        t.run("kubectl run t --image=busybox -- sh -c 'while true; do :; done'");
        t.pass(3_000);
        assert_eq!(t.status("t"), "1/1 Running 0");
    }
}
