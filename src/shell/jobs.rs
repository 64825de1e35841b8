//! What a shell started with `&`: told at a terminal, listed, waited for, ended.

// upstream: bash 5.2 jobs.c pretty_print_job, builtins/{jobs,fg_bg,kill,wait}.def

use super::job::Pid;
use super::machine::{Behind, Shell};
use super::state::State;
use super::sys::Sys;

/// Processes of a shell are numbered from here.
const PID_BASE: Pid = 4242;
/// What `kill` without arguments says.
const USAGE: &str = "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n";

/// A process' number as a learner sees it.
pub fn shown(pid: Pid) -> Pid {
    PID_BASE + pid
}

/// `[1]+  Running                 sleep 100 &`
fn told(all: &[Behind], at: usize, how: &str, end: &str) -> String {
    let mark = match all.len() - at {
        1 => '+',
        2 => '-',
        _ => ' ',
    };
    let Some(Behind { number, text, .. }) = all.get(at) else { return String::new() };
    format!("[{number}]{mark}  {how:<24}{text}{end}\n")
}

/// Tells and forgets what has ended.
pub fn tell_ended(shell: &mut Shell, sys: &mut Sys) {
    let all = std::mem::take(&mut shell.background);
    for (at, behind) in all.iter().enumerate() {
        let how = match sys.job.reap(behind.pid) {
            None => {
                shell.background.push(behind.clone());
                continue;
            }
            Some(0) => "Done".to_string(),
            Some(137) => "Killed".into(),
            Some(143) => "Terminated".into(),
            Some(status) => format!("Exit {status}"),
        };
        if shell.tells {
            sys.out(&told(&all, at, &how, ""));
        }
    }
}

/// `jobs`
pub fn list(shell: &mut Shell, sys: &mut Sys) -> i32 {
    tell_ended(shell, sys);
    let all = &shell.background;
    let text: String = (0..all.len()).map(|at| told(all, at, "Running", " &")).collect();
    sys.out(&text);
    0
}

/// The place of `%2`, `%%` or a process' number among what runs behind.
fn find(shell: &Shell, name: &str) -> Option<usize> {
    let all = &shell.background;
    match name.strip_prefix('%') {
        Some("" | "%" | "+") => all.len().checked_sub(1),
        Some("-") => all.len().checked_sub(2),
        Some(n) => all.iter().position(|b| Some(b.number) == n.parse().ok()),
        None => all.iter().position(|b| Some(shown(b.pid)) == name.parse().ok()),
    }
}

/// `kill`
pub fn kill(shell: &mut Shell, args: &[String], line: usize, sys: &mut Sys) -> i32 {
    let (flags, names): (Vec<&String>, Vec<&String>) = args.iter().partition(|a| a.starts_with('-'));
    if names.is_empty() {
        sys.err(USAGE);
        return 2;
    }
    let hard = flags.iter().any(|f| matches!(f.as_str(), "-9" | "-KILL" | "-SIGKILL"));
    let mut status = 0;
    for name in names {
        let known = find(shell, name).map(|at| shell.background[at].pid);
        let number = || name.parse::<Pid>().ok()?.checked_sub(PID_BASE).filter(|pid| sys.job.runs(*pid));
        let why = match (known.or_else(number), name.parse::<i64>()) {
            // It does nothing to the shell itself.
            (Some(pid), _) if pid == sys.id => continue,
            (Some(pid), _) => {
                sys.job.kill(pid, if hard { 137 } else { 143 });
                continue;
            }
            (None, Ok(n)) => format!("({n}) - No such process"),
            (None, Err(_)) if name.starts_with('%') => format!("{name}: no such job"),
            (None, Err(_)) => format!("{name}: arguments must be process or job IDs"),
        };
        let text = format!("{}kill: {why}\n", shell.state.prefix(line));
        sys.err(&text);
        status = 1;
    }
    status
}

/// `wait [JOB…]`
pub fn wait(shell: &mut Shell, args: &[String], line: usize, sys: &mut Sys) {
    shell.state.status = 0;
    let mut pids: Vec<Pid> = Vec::new();
    if args.is_empty() {
        pids = std::mem::take(&mut shell.background).into_iter().map(|b| b.pid).collect();
    }
    for name in args.iter().filter(|a| !a.starts_with('-')) {
        match find(shell, name) {
            Some(at) => pids.push(shell.background.remove(at).pid),
            None => {
                let why = match name.starts_with('%') {
                    true => format!("{name}: no such job"),
                    false => format!("pid {name} is not a child of this shell"),
                };
                let text = format!("{}wait: {why}\n", shell.state.prefix(line));
                sys.err(&text);
                shell.state.status = 127;
            }
        }
    }
    if !pids.is_empty() {
        shell.wait_on(pids);
    }
}

/// `fg` and `bg`: nothing stops here, so what runs behind can only be waited for.
pub fn fetch(shell: &mut Shell, name: &str, job: Option<&str>, line: usize, sys: &mut Sys) {
    let prefix = shell.state.prefix(line);
    shell.state.status = 1;
    match find(shell, job.unwrap_or("%%")) {
        Some(at) if name == "fg" => {
            let behind = shell.background.remove(at);
            sys.out(&format!("{}\n", behind.text));
            shell.wait_on(vec![behind.pid]);
        }
        Some(at) => sys.err(&format!("{prefix}bg: job {} already in background\n", shell.background[at].number)),
        None => sys.err(&format!("{prefix}{name}: {}: no such job\n", job.unwrap_or("current"))),
    }
}

/// `history [N]`
pub fn history(state: &State, last: Option<&str>, sys: &mut Sys) -> i32 {
    let all = &state.history;
    let from = last.and_then(|n| n.parse().ok()).map_or(0, |n: usize| all.len().saturating_sub(n));
    let text: String = (from..).zip(&all[from..]).map(|(i, line)| format!("{:5}  {line}\n", i + 1)).collect();
    sys.out(&text);
    0
}
