//! `kubectl` as a process: its files, its streams, and the programs it asks to be run.

use super::super::Host;
use super::super::interactive::at_keyboard;
use super::super::job::{Common, Fd, Pid, Step as JobStep};
use super::super::program::NotStarted;
use super::super::sys::Sys;
use crate::cluster::Cluster;
use crate::cluster::files::{Node, Tree, resolve};
use crate::collections::BTreeMap;
use crate::kubectl::{Env, Exec, Files, Forwarded, Io, Kubectl, Output, Step};

/// A running `kubectl`.
#[derive(Clone, Debug)]
pub struct KubectlProcess {
    kubectl: Kubectl,
    /// Whether it will read standard input.
    reads: bool,
    stdin: Option<String>,
    child: Option<Pid>,
    /// Namespace, Pod and container whose own program the child is.
    attached: Option<[String; 3]>,
}

struct UserFiles<'a> {
    tree: &'a mut Tree,
    cwd: &'a str,
}

impl Files for UserFiles<'_> {
    fn read(&self, path: &str) -> Option<String> {
        if path == "/dev/null" {
            return Some(String::new());
        }
        self.tree.read(&resolve(self.cwd, path)).ok().map(str::to_owned)
    }
    fn write(&mut self, path: &str, text: &str) -> bool {
        let path = resolve(self.cwd, path);
        if path.starts_with("/tmp/") || path.contains("/.kube/") {
            self.tree.make_folders(crate::cluster::files::parent(&path));
        }
        self.tree.write(&path, text).is_ok()
    }
    fn list(&self, path: &str) -> Option<Vec<String>> {
        let path = resolve(self.cwd, path);
        let name =
            |(name, node): (&str, &Node)| if *node == Node::Folder { format!("{name}/") } else { name.to_owned() };
        self.tree.is_folder(&path).then(|| self.tree.list(&path).map(name).collect())
    }
}

#[derive(Default)]
struct Printed(Vec<(u32, String)>);

impl Output for Printed {
    fn out(&mut self, text: &str) {
        self.0.push((1, text.to_owned()));
    }
    fn err(&mut self, text: &str) {
        self.0.push((2, text.to_owned()));
    }
}

impl KubectlProcess {
    /// With the arguments behind `kubectl`.
    pub fn new(args: &[String], common: &Common) -> Self {
        let var = |name: &str| common.env.get(name).filter(|v| !v.is_empty()).cloned();
        let env = Env {
            kubeconfig: var("KUBECONFIG"),
            editor: var("KUBE_EDITOR").or_else(|| var("EDITOR")),
            terminal: at_keyboard(common),
        };
        let own = args.split(|a| a == "--").next().unwrap_or(&[]);
        let is_file =
            |a: &String| a == "-" || a == "-f-" || a.ends_with("=-") || a == "/dev/stdin" || a.ends_with("=/dev/stdin");
        let attached = own
            .iter()
            .any(|a| a == "--stdin" || (a.starts_with('-') && !a.starts_with("--") && a.contains('i') && a.len() <= 3));
        Self {
            kubectl: Kubectl::new(args.to_vec(), env),
            reads: own.iter().any(is_file) || (attached && !at_keyboard(common)),
            stdin: None,
            child: None,
            attached: None,
        }
    }

    /// The ports of the user's machine at which it listens.
    pub fn forwards(&self) -> &[Forwarded] {
        self.kubectl.forwards()
    }

    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> JobStep {
        if let Some(child) = self.child {
            let Some(status) = sys.job.reap(child) else { return JobStep::Blocked };
            self.child = None;
            if let Some([namespace, pod, container]) = self.attached.take() {
                sys.cluster.attached_ended([&namespace, &pod, &container], status);
            }
            self.kubectl.exited(status);
        }
        if self.reads && self.stdin.is_none() {
            match sys.read_all() {
                Some(text) => self.stdin = Some(text),
                None => return JobStep::Blocked,
            }
        }
        let mut printed = Printed::default();
        let step = {
            let Sys { cluster, session, common, .. } = sys;
            let width = session.columns;
            let mut files = UserFiles { tree: &mut session.files, cwd: &common.cwd };
            let server: &mut Cluster = cluster;
            let mut io = Io { server, files: &mut files, stdin: self.stdin.clone(), out: &mut printed, width };
            self.kubectl.step(&mut io)
        };
        for (fd, text) in printed.0 {
            sys.write(fd, &text);
        }
        match step {
            Step::Done(status) => JobStep::Done(status),
            Step::Wait(Some(until)) => JobStep::Change(Some(until)),
            Step::Wait(None) => JobStep::Change(None),
            Step::Exec(exec) => self.exec(exec, sys),
            Step::Run(line) => {
                let argv = ["sh".to_owned(), "-c".to_owned(), line];
                self.child = sys.spawn_here(&argv).ok();
                JobStep::Ran
            }
        }
    }

    fn exec(&mut self, exec: Exec, sys: &mut Sys) -> JobStep {
        let target = exec.target;
        if exec.attached {
            self.attached = Some([target.namespace.clone(), target.pod.clone(), target.container.clone()]);
        }
        let host = Host::Pod {
            namespace: target.namespace.as_str().into(),
            name: target.pod.as_str().into(),
            container: target.container.as_str().into(),
        };
        let mut fds = sys.common.fds.clone();
        let input = match (&self.stdin, exec.stdin) {
            (Some(text), true) => Fd::Read(sys.job.pipe(text.clone())),
            (None, true) if at_keyboard(sys.common) => Fd::Keyboard,
            _ => Fd::Null,
        };
        fds.insert(0, input);
        let env: BTreeMap<String, String> = super::system::pod_env(sys.cluster, &host);
        match sys.spawn_on(host, &target.argv, env, "/", fds, exec.tty) {
            Ok(pid) => {
                self.child = Some(pid);
                JobStep::Ran
            }
            Err(reason) => {
                // upstream: containerd and runc, as the kubelet passes their words on
                let program = target.argv.first().map(String::as_str).unwrap_or("");
                let why = match reason {
                    NotStarted::Missing if program.contains('/') => {
                        format!("stat {program}: no such file or directory")
                    }
                    NotStarted::Missing | NotStarted::TooMany => "executable file not found in $PATH".into(),
                    NotStarted::Folder => "is a directory".into(),
                    NotStarted::Denied => "permission denied".into(),
                };
                sys.err(&format!(
                    "error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec \
                     in container: failed to start exec \"{}\": OCI runtime exec failed: exec failed: unable to start container \
                     process: exec: \"{program}\": {why}\n",
                    "0".repeat(64)
                ));
                JobStep::Done(1)
            }
        }
    }
}
