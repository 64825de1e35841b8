//! The small tools: what they print, how they end.
//!
//! A tool is a function from its arguments and its input to text. One that needs input which isn't there yet gives
//! [`Blocked`] and is simply run again; nothing it printed before is kept.

mod awk;
mod columns;
mod copying;
mod curl;
mod files;
mod filter;
mod getopt;
mod grep;
mod kubectl;
mod lookup;
mod netcat;
mod node;
mod paths;
mod power;
mod printf;
mod run;
mod sed;
mod sort;
mod system;
mod test;
mod text;
mod text_diff;
mod watch;
mod xargs;

pub use curl::Curl;
pub use filter::Filter;
pub use kubectl::KubectlProcess;
pub use lookup::Later;
pub use netcat::Netcat;
pub use run::{Timeout, sleep};
pub use system::{BASE_FOLDERS, generated_file, pod_env};
pub use watch::Watch;
pub use xargs::Xargs;

use super::Host;
use super::sys::Sys;
use crate::cluster::files::{Node, Trouble};

/// Input that isn't there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked;

/// A tool's outcome: its status.
pub type Outcome = Result<i32, Blocked>;

/// A tool.
pub type Tool = fn(&mut Call) -> Outcome;

/// Folders in which programs lie.
pub const BIN_FOLDERS: [&str; 5] = ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/"];

/// One run of a tool.
pub struct Call<'a, 'b> {
    argv: &'a [String],
    /// The world.
    pub sys: &'a mut Sys<'b>,
    printed: Vec<(u32, String)>,
    /// How messages begin if the shell itself runs it: `bash: line 1: `.
    pub prefix: Option<String>,
    /// It runs in dash.
    pub dash: bool,
}

impl<'a, 'b> Call<'a, 'b> {
    /// A run with these arguments.
    pub fn new(argv: &'a [String], sys: &'a mut Sys<'b>) -> Self {
        Self { argv, sys, printed: Vec::new(), prefix: None, dash: false }
    }
    /// Its arguments.
    pub fn args(&self) -> &'a [String] {
        self.argv.get(1..).unwrap_or(&[])
    }
    /// Its name as it was called.
    pub fn name(&self) -> &'a str {
        self.argv.first().map(String::as_str).unwrap_or("")
    }
    /// Prints.
    pub fn out(&mut self, text: &str) {
        self.print(1, text);
    }
    /// Prints a line.
    pub fn line(&mut self, text: &str) {
        self.print(1, text);
        self.print(1, "\n");
    }
    /// Prints to standard error.
    pub fn err(&mut self, text: &str) {
        self.print(2, text);
    }
    fn print(&mut self, fd: u32, text: &str) {
        match self.printed.last_mut() {
            Some((last, old)) if *last == fd => old.push_str(text),
            _ => self.printed.push((fd, text.into())),
        }
    }
    /// Prints `NAME: message` and gives the status.
    pub fn fail(&mut self, message: &str, status: i32) -> Outcome {
        let text = match &self.prefix {
            Some(prefix) => format!("{prefix}{}: {message}\n", self.name()),
            None => format!("{}: {message}\n", self.name()),
        };
        self.err(&text);
        Ok(status)
    }
    /// The same for a path.
    pub fn trouble(&mut self, path: &str, trouble: Trouble) {
        let text = format!("{}: {path}: {}\n", self.name(), trouble.text());
        self.err(&text);
    }
    /// All of standard input.
    pub fn stdin(&mut self) -> Result<String, Blocked> {
        self.sys.read_all().ok_or(Blocked)
    }
    /// A file's text, or standard input's for `-`.
    pub fn input(&mut self, path: &str) -> Result<Result<String, Trouble>, Blocked> {
        if path == "-" { self.stdin().map(Ok) } else { Ok(self.sys.read_file(path)) }
    }
    /// The text of all files together, or standard input; what cannot be read is told and counted as status 1.
    pub fn inputs(&mut self, paths: &[String]) -> Result<(String, i32), Blocked> {
        if paths.is_empty() {
            return Ok((self.stdin()?, 0));
        }
        let (mut all, mut status) = (String::new(), 0);
        for path in paths {
            match self.input(path)? {
                Ok(text) => all.push_str(&text),
                Err(trouble) => {
                    self.trouble(path, trouble);
                    status = 1;
                }
            }
        }
        Ok((all, status))
    }
    /// A word in quotes as the locale has them: `‘x’`, or `'x'` where `LANG` is unset.
    pub fn quote(&self, text: &str) -> String {
        quote(self.sys, text)
    }
    /// Reads options; on a mistake prints what GNU's tools print.
    pub fn options(&mut self, short: &str, long: &[(&str, char)]) -> Result<getopt::Options, i32> {
        getopt::parse(self.args(), short, long).map_err(|message| {
            let name = self.name();
            let usage = if name.ends_with("grep") { "Usage: grep [OPTION]... PATTERNS [FILE]...\n" } else { "" };
            let text = format!("{name}: {message}\n{usage}Try '{name} --help' for more information.\n");
            self.err(&text);
            if matches!(name, "grep" | "egrep" | "fgrep" | "sort" | "ls") { 2 } else { 1 }
        })
    }
    /// Hands over all that was printed.
    pub fn flush(self) {
        for (fd, text) in self.printed {
            self.sys.write(fd, &text);
        }
    }
}

/// A word in quotes as the process' locale has them.
pub fn quote(sys: &Sys, text: &str) -> String {
    let utf8 = sys.common.env.get("LANG").is_some_and(|l| l.contains("UTF-8"));
    if utf8 { format!("‘{text}’") } else { format!("'{text}'") }
}

/// Lines without their newline; a last line without newline counts.
pub fn lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line))
}

/// The tool of a name on a host.
pub fn find(name: &str, host: &Host) -> Option<Tool> {
    let table: &[(&str, Tool)] = &[
        ("[", test::test),
        ("awk", awk::awk),
        ("base64", text::base64),
        ("basename", paths::basename),
        ("cat", files::cat),
        ("chmod", paths::chmod),
        ("clear", system::clear),
        ("column", columns::column),
        ("comm", sort::comm),
        ("cp", copying::cp),
        ("cut", columns::cut),
        ("date", system::date),
        ("diff", text_diff::diff),
        ("dirname", paths::dirname),
        ("echo", system::echo),
        ("egrep", grep::grep),
        ("expr", system::expr),
        ("false", |_| Ok(1)),
        ("fgrep", grep::grep),
        ("find", paths::find),
        ("fold", text::fold),
        ("gawk", awk::awk),
        ("grep", grep::grep),
        ("head", text::head),
        ("hostname", system::hostname),
        ("id", system::id),
        ("ifconfig", node::ip),
        ("ip", node::ip),
        ("ls", files::ls),
        ("mawk", awk::awk),
        ("md5sum", text::sum),
        ("mkdir", files::mkdir),
        ("mv", copying::mv),
        ("nl", text::nl),
        ("nproc", system::nproc),
        ("paste", columns::paste),
        ("printenv", system::printenv),
        ("printf", printf::printf),
        ("pwd", system::pwd),
        ("readlink", paths::realpath),
        ("realpath", paths::realpath),
        ("rev", text::rev),
        ("rm", files::rm),
        ("rmdir", files::rmdir),
        ("sed", sed::sed),
        ("seq", system::seq),
        ("sha256sum", text::sum),
        ("sort", sort::sort),
        ("stat", paths::stat),
        ("sync", |_| Ok(0)),
        ("tac", text::tac),
        ("tail", text::tail),
        ("tee", files::tee),
        ("test", test::test),
        ("touch", files::touch),
        ("tr", columns::tr),
        ("true", |_| Ok(0)),
        ("tty", system::tty),
        ("uname", system::uname),
        ("uniq", sort::uniq),
        ("uptime", system::uptime),
        ("wc", text::wc),
        ("which", system::which_tool),
        ("whoami", system::whoami),
        ("yes", system::yes),
    ];
    let on_nodes: &[(&str, Tool)] = &[
        ("conntrack", node::kernel),
        ("iptables", node::kernel),
        ("iptables-save", node::kernel),
        ("nft", node::kernel),
        ("halt", power::poweroff),
        ("poweroff", power::poweroff),
        ("reboot", power::poweroff),
        ("shutdown", power::poweroff),
        ("systemctl", power::systemctl),
    ];
    let on_user: &[(&str, Tool)] = &[("virsh", power::virsh)];
    let pick = |table: &[(&str, Tool)]| table.iter().find(|(n, _)| *n == name).map(|(_, tool)| *tool);
    pick(table).or_else(|| match host {
        Host::Node(_) => pick(on_nodes),
        Host::User => pick(on_user),
        Host::Pod { .. } => None,
    })
}

/// Programs that are no [`Tool`].
const PROGRAMS: [&str; 24] = [
    "bash", "command", "curl", "dash", "dig", "env", "getent", "host", "kubectl", "nc", "netcat", "nice", "nohup",
    "nslookup", "setsid", "sh", "sleep", "ssh", "stdbuf", "sudo", "timeout", "watch", "wget", "xargs",
];

/// Where a program lies.
pub fn which(name: &str, sys: &Sys) -> Option<String> {
    let user_only = matches!(name, "kubectl" | "ssh");
    let known = PROGRAMS.contains(&name) && (!user_only || sys.common.host == Host::User);
    if !known && find(name, &sys.common.host).is_none() {
        return None;
    }
    let folder = match name {
        "kubectl" => "/usr/local/bin",
        "iptables" | "iptables-save" | "nft" | "conntrack" | "ipset" => "/usr/sbin",
        _ => "/usr/bin",
    };
    Some(format!("{folder}/{name}"))
}

/// `-f`, `-d`, … of `test`.
pub fn file_test(flag: &str, node: Option<&Node>) -> bool {
    match (flag, node) {
        ("-e" | "-r" | "-w", Some(_)) => true,
        ("-f", Some(Node::File(_))) | ("-d" | "-x", Some(Node::Folder)) => true,
        ("-s", Some(Node::File(text))) => !text.is_empty(),
        ("-s", Some(Node::Folder)) => true,
        _ => false,
    }
}

/// Compares two texts as `test` does; `None`: no such operator, or not a number.
pub fn compare(left: &str, op: &str, right: &str) -> Option<bool> {
    match op {
        "=" | "==" => return Some(left == right),
        "!=" => return Some(left != right),
        "<" => return Some(left < right),
        ">" => return Some(left > right),
        _ => {}
    }
    let (a, b): (i64, i64) = (left.trim().parse().ok()?, right.trim().parse().ok()?);
    Some(match op {
        "-eq" => a == b,
        "-ne" => a != b,
        "-lt" => a < b,
        "-le" => a <= b,
        "-gt" => a > b,
        "-ge" => a >= b,
        _ => return None,
    })
}

/// Backslash sequences as `printf`, `echo -e` and `$'…'` read them.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let mut number = |first: &str, radix: u32, most: usize, chars: &mut std::iter::Peekable<std::str::Chars>| {
            let mut digits = first.to_owned();
            while digits.len() < most && chars.peek().is_some_and(|c| c.is_digit(radix)) {
                digits.extend(chars.next());
            }
            out.extend(u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32));
        };
        let next = chars.next();
        let sequence = match next {
            Some('x') => Some(("", 16, 2)),
            Some('u') => Some(("", 16, 4)),
            Some('0') => Some(("", 8, 3)),
            _ => None,
        };
        if let Some((first, radix, most)) = sequence {
            number(first, radix, most, &mut chars);
            continue;
        }
        match next {
            Some(d) if d.is_digit(8) => number(&d.to_string(), 8, 3, &mut chars),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\u{7}'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('e') => out.push('\u{1b}'),
            Some(c @ ('\\' | '"' | '\'')) => out.push(c),
            Some(c) => {
                out.push('\\');
                out.push(c);
            }
            None => out.push('\\'),
        }
    }
    out
}
