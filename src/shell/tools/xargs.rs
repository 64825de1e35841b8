//! `xargs`: a command for the words that come in.

use super::super::job::{Fd, Pid, Step};
use super::super::program::start_child;
use super::super::sys::Sys;
use super::{getopt, lines};

/// `xargs`
#[derive(Clone, Debug)]
pub struct Xargs {
    args: Vec<String>,
    queue: Option<Vec<Vec<String>>>,
    child: Option<Pid>,
    status: i32,
}

impl Xargs {
    /// With these arguments.
    pub fn new(args: &[String]) -> Self {
        Self { args: args.to_vec(), queue: None, child: None, status: 0 }
    }
    /// One step.
    pub fn step(&mut self, sys: &mut Sys) -> Step {
        if let Some(child) = self.child {
            let Some(status) = sys.job.reap(child) else { return Step::Blocked };
            self.child = None;
            if status != 0 {
                self.status = if status == 255 { 124 } else { 123 };
            }
        }
        if self.queue.is_none() {
            let Some(text) = sys.read_all() else { return Step::Blocked };
            let mut commands = commands(&self.args, &text);
            commands.reverse();
            self.queue = Some(commands);
        }
        match self.queue.as_mut().and_then(Vec::pop) {
            None => Step::Done(self.status),
            Some(argv) => {
                let old = sys.common.fds.insert(0, Fd::Null);
                let started = start_child("xargs", &argv, sys);
                if let Some(old) = old {
                    sys.common.fds.insert(0, old);
                }
                match started {
                    Ok(pid) => {
                        self.child = Some(pid);
                        Step::Ran
                    }
                    Err(status) => Step::Done(status),
                }
            }
        }
    }
}

/// The commands that `xargs ARGS` makes of its input.
fn commands(args: &[String], text: &str) -> Vec<Vec<String>> {
    // Options end at the first operand: the program's own options are not xargs'.
    let mut at = 0;
    while let Some(arg) = args.get(at).filter(|a| a.starts_with('-')) {
        at += if matches!(arg.as_str(), "-n" | "-I" | "-L" | "-P" | "-d" | "-s") { 2 } else { 1 };
    }
    let options =
        getopt::parse(&args[..at.min(args.len())], "n:I:L:P:d:s:r0t", &[("no-run-if-empty", 'r'), ("null", '0')])
            .unwrap_or_default();
    let mut program = args.get(at..).unwrap_or(&[]).to_vec();
    if program.is_empty() {
        program.push("echo".into());
    }
    if let Some(mark) = options.value('I') {
        let items = lines(text).map(|l| l.trim_start()).filter(|l| !l.is_empty());
        return items.map(|item| program.iter().map(|p| p.replace(mark, item)).collect()).collect();
    }
    let items: Vec<String> = if options.has('0') {
        text.split('\0').filter(|t| !t.is_empty()).map(str::to_owned).collect()
    } else if let Some(delimiter) = options.value('d').and_then(|d| super::unescape(d).chars().next()) {
        text.trim_end_matches('\n').split(delimiter).map(str::to_owned).collect()
    } else {
        words(text)
    };
    if items.is_empty() {
        return if options.has('r') { Vec::new() } else { vec![program] };
    }
    let by_line = options.value('L').is_some();
    let size =
        options.value('n').or(options.value('L')).and_then(|n| n.parse().ok()).filter(|n| *n > 0usize).unwrap_or(5000);
    let with = |chunk: &[String]| program.iter().cloned().chain(chunk.iter().cloned()).collect();
    if by_line {
        let groups: Vec<Vec<String>> = lines(text).map(words).filter(|w| !w.is_empty()).collect();
        return groups.chunks(size).map(|g| with(&g.concat())).collect();
    }
    items.chunks(size).map(with).collect()
}

/// Words with quotes, as xargs reads them.
pub(super) fn words(text: &str) -> Vec<String> {
    let (mut found, mut word, mut inside, mut quote) = (Vec::new(), String::new(), false, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            (c, Some(_)) => word.push(c),
            ('\'' | '"', None) => {
                quote = Some(c);
                inside = true;
            }
            ('\\', None) => {
                word.extend(chars.next());
                inside = true;
            }
            (c, None) if c.is_whitespace() => {
                if std::mem::take(&mut inside) {
                    found.push(std::mem::take(&mut word));
                }
            }
            (c, None) => {
                word.push(c);
                inside = true;
            }
        }
    }
    if inside {
        found.push(word);
    }
    found
}
