//! Programs that run others: `timeout`, `env`, `ssh`.

use super::super::interactive::at_keyboard;
use super::super::job::{Pid, Step};
use super::super::machine::Shell;
use super::super::parse::parse;
use super::super::program::{Program, start_child};
use super::super::state::{Dialect, State};
use super::super::sys::Sys;
use super::super::{Host, job};
use super::Call;
use crate::api::resource;
use crate::collections::BTreeMap;
use crate::sim::{Duration, Time};
use std::rc::Rc;

/// How long ARP asks for a machine that does not answer.
const ARP_TIMEOUT: Duration = Duration::secs(3);

/// `sleep 1m 2.5`
pub fn sleep(args: &[String], now: Time, utf8: bool) -> Program {
    if args.is_empty() {
        return Program::Message("sleep: missing operand\nTry 'sleep --help' for more information.\n".into(), 1);
    }
    let mut total = Duration(0);
    for arg in args {
        match duration(arg) {
            Some(d) => total = total + d,
            None => {
                let shown = if utf8 { format!("‘{arg}’") } else { format!("'{arg}'") };
                let text = format!("sleep: invalid time interval {shown}\nTry 'sleep --help' for more information.\n");
                return Program::Message(text, 1);
            }
        }
    }
    Program::Sleep(now + total)
}

/// `1.5`, `2m`, `infinity`: at most ten years.
pub fn duration(text: &str) -> Option<Duration> {
    let most = Duration::secs(10 * 366 * 86_400);
    if text.eq_ignore_ascii_case("infinity") || text.eq_ignore_ascii_case("inf") {
        return Some(most);
    }
    let (number, unit) = match text.char_indices().next_back()? {
        (at, 's') => (&text[..at], 1.0),
        (at, 'm') => (&text[..at], 60.0),
        (at, 'h') => (&text[..at], 3600.0),
        (at, 'd') => (&text[..at], 86_400.0),
        _ => (text, 1.0),
    };
    let value = number
        .parse::<f64>()
        .ok()
        .filter(|v| *v >= 0.0 && number.starts_with(|c: char| c.is_ascii_digit() || c == '.'))?;
    Some(Duration(((value * unit * 1e6) as u64).min(most.0)))
}

/// A program around another: `timeout`, and wrappers that only change where or how it runs.
#[derive(Clone, Debug)]
pub struct Timeout {
    name: String,
    args: Vec<String>,
    limit: Option<Time>,
    child: Option<Pid>,
    ssh: Option<Ssh>,
}

/// A connection to a node.
#[derive(Clone, Debug)]
struct Ssh {
    /// As it was written on the command line.
    target: String,
    node: Rc<str>,
    /// A person types at it.
    asks: bool,
    /// Nobody answers there; said at that time.
    unanswered: Option<Time>,
}

impl Timeout {
    /// `timeout`
    pub fn new(args: &[String]) -> Self {
        Self::wrapper("timeout", args)
    }
    /// `env`, `ssh`, `nohup` …
    pub fn wrapper(name: &str, args: &[String]) -> Self {
        Self { name: name.into(), args: args.to_vec(), limit: None, child: None, ssh: None }
    }
    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        if let Some(step) = self.lost(sys) {
            return step;
        }
        let Some(child) = self.child else {
            return match self.start(sys) {
                Ok(_) if self.ssh.as_ref().is_some_and(|s| s.unanswered.is_some()) => Step::Ran,
                Ok(pid) => {
                    self.child = Some(pid);
                    Step::Ran
                }
                Err(status) => Step::Done(status),
            };
        };
        if let Some(status) = sys.job.reap(child) {
            if let Some(ssh) = self.ssh.as_ref().filter(|s| s.asks) {
                sys.out("logout\n");
                sys.err(&format!("Connection to {} closed.\n", ssh.target));
            }
            return Step::Done(status);
        }
        match self.limit {
            Some(limit) if limit <= sys.now() => {
                sys.job.kill(child, 143);
                sys.job.reap(child);
                Step::Done(124)
            }
            Some(limit) => Step::Until(limit),
            None => Step::Blocked,
        }
    }

    /// Of a connection whose other end does not answer, or no longer does.
    fn lost(&mut self, sys: &mut Sys) -> Option<Step> {
        let ssh = self.ssh.as_ref()?;
        let text = match ssh.unanswered {
            Some(at) if sys.now() < at => return Some(Step::Until(at)),
            Some(_) => format!("ssh: connect to host {} port 22: No route to host\n", ssh.target),
            None if sys.cluster.runs(&ssh.node) => return None,
            None => {
                let closed = format!("Connection to {} closed by remote host.\n", ssh.target);
                let left = if ssh.asks { format!("Connection to {} closed.\n", ssh.target) } else { String::new() };
                closed + &left
            }
        };
        if let Some(child) = self.child {
            sys.job.kill(child, 255);
            sys.job.reap(child);
        }
        sys.err(&text);
        Some(Step::Done(255))
    }

    fn start(&mut self, sys: &mut Sys) -> Result<Pid, i32> {
        match self.name.as_str() {
            "timeout" => self.start_timed(sys),
            "env" => self.start_env(sys),
            "ssh" => self.start_ssh(sys),
            _ => {
                let plain = self.args.iter().position(|a| !a.starts_with('-')).unwrap_or(self.args.len());
                start_child(&self.name, &self.args[plain..], sys)
            }
        }
    }

    fn start_timed(&mut self, sys: &mut Sys) -> Result<Pid, i32> {
        let mut at = 0;
        while let Some(arg) = self.args.get(at).filter(|a| a.starts_with('-')) {
            at += if matches!(arg.as_str(), "-s" | "-k") { 2 } else { 1 };
        }
        let Some(text) = self.args.get(at) else {
            sys.err("Try 'timeout --help' for more information.\n");
            return Err(125);
        };
        let Some(limit) = duration(text) else {
            let text = format!(
                "timeout: invalid time interval {}\nTry 'timeout --help' for more information.\n",
                super::quote(sys, text)
            );
            sys.err(&text);
            return Err(125);
        };
        self.limit = (limit.0 > 0).then(|| sys.now() + limit);
        start_child("timeout", self.args.get(at + 1..).unwrap_or(&[]), sys)
    }

    fn start_env(&mut self, sys: &mut Sys) -> Result<Pid, i32> {
        let mut at = 0;
        while let Some(arg) = self.args.get(at) {
            match (arg.as_str(), arg.split_once('=')) {
                ("-i" | "-", _) => sys.common.env.clear(),
                ("-u", _) => {
                    at += 1;
                    if let Some(name) = self.args.get(at) {
                        sys.common.env.remove(name);
                    }
                }
                (_, Some((name, value))) if !arg.starts_with('-') => {
                    sys.common.env.insert(name.into(), value.into());
                }
                _ => break,
            }
            at += 1;
        }
        if at >= self.args.len() {
            let text: String = env_lines(sys);
            sys.out(&text);
            return Err(0);
        }
        start_child("env", &self.args[at..], sys)
    }

    /// A node's own shell runs the words joined, as sshd does.
    fn start_ssh(&mut self, sys: &mut Sys) -> Result<Pid, i32> {
        let mut at = 0;
        while let Some(arg) = self.args.get(at).filter(|a| a.starts_with('-')) {
            at += if matches!(arg.as_str(), "-o" | "-i" | "-p" | "-l" | "-F") { 2 } else { 1 };
        }
        let Some(target) = self.args.get(at) else {
            sys.err("usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] destination [command [argument ...]]\n");
            return Err(255);
        };
        let name = target.rsplit('@').next().unwrap_or(target);
        let Some(node) = node_named(name, sys) else {
            let text =
                format!("ssh: Could not resolve hostname {name}: Name or service not known\r\n").replace('\r', "");
            sys.err(&text);
            return Err(255);
        };
        let words = self.args.get(at + 1..).unwrap_or(&[]);
        let asks = words.is_empty() && at_keyboard(sys.common);
        let node: Rc<str> = node.as_str().into();
        let up = sys.cluster.runs(&node);
        let unanswered = (!up).then(|| sys.now() + ARP_TIMEOUT);
        self.ssh = Some(Ssh { target: name.to_owned(), node: node.clone(), asks, unanswered });
        if !up {
            return Ok(0);
        }
        if words.is_empty() && !asks {
            sys.err("Pseudo-terminal will not be allocated because stdin is not a terminal.\n");
            return Err(0);
        }
        let text = words.join(" ");
        let env = [
            ("HOME", "/root"),
            ("USER", "root"),
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ];
        let env: BTreeMap<String, String> =
            env.iter().chain(&[("LANG", "C.UTF-8")]).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        sys.common.host = Host::Node(node);
        sys.common.cwd = "/root".into();
        sys.common.tty = asks;
        sys.common.env = env.clone();
        let mut state = State::new(Dialect::Bash, "/root", env);
        if asks {
            state.name = "-bash".into();
            return sys.ask(state).ok_or(255);
        }
        match parse(&text) {
            Ok(list) => {
                let fds = sys.common.fds.clone();
                sys.fork(Shell::new(state, list), fds).ok_or(255)
            }
            Err(error) => {
                sys.err(&job::syntax_message(&error, &text, &state));
                Err(2)
            }
        }
    }
}

/// A node by name or address.
fn node_named(name: &str, sys: &Sys) -> Option<String> {
    use crate::api::ObjectExt;
    let mut nodes = sys.cluster.store.list(&resource::NODES, "");
    let hit = |n: &&std::rc::Rc<crate::api::Value>| {
        n.name() == name || n.list_at("status.addresses").iter().any(|a| a.str_at("address") == name)
    };
    nodes.find(|n| hit(n)).map(|n| n.name().to_owned())
}

/// What `env` prints.
pub fn env_lines(sys: &Sys) -> String {
    sys.common.env.iter().map(|(k, v)| format!("{k}={v}\n")).collect()
}

/// Whether a call's operands are missing: prints so.
pub fn missing_operand(call: &mut Call) -> i32 {
    let name = call.name();
    call.err(&format!("{name}: missing operand\nTry '{name} --help' for more information.\n"));
    1
}
