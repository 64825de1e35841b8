//! Tools that tell about the machine, and those that only print.

use super::super::Host;
use super::super::sys::Sys;
use super::{Call, Outcome, compare, unescape, which};
use crate::api::{ObjectExt, resource};
use crate::cluster::Cluster;
use crate::cluster::files::parent;
use crate::collections::BTreeMap;
use crate::sim::Time;

/// Folders every machine has.
pub const BASE_FOLDERS: [&str; 12] =
    ["/", "/bin", "/dev", "/etc", "/home", "/proc", "/root", "/sbin", "/tmp", "/usr", "/usr/bin", "/var"];

/// The environment of a program started in a container.
pub fn pod_env(cluster: &Cluster, host: &Host) -> BTreeMap<String, String> {
    let Host::Pod { namespace, name, container } = host else { return BTreeMap::new() };
    let mut env: BTreeMap<String, String> = [
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOSTNAME", name),
        ("HOME", "/root"),
    ]
    .iter()
    .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
    .collect();
    // What the kubelet told the container at its start: Services of then, and what its spec says.
    if let Some(told) = cluster.environment(namespace, name, container) {
        env.extend(told.iter().cloned());
    }
    env
}

/// Files that the machine itself keeps: `/etc/resolv.conf`, `/etc/hosts`, `/etc/hostname`.
pub fn generated_file(sys: &Sys, path: &str) -> Option<String> {
    if parent(path) != "/etc" {
        return None;
    }
    let hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    match (&sys.common.host, path) {
        (_, "/etc/resolv.conf") => sys.cluster.network().host(super::curl::host_id(sys)).map(|h| h.resolver.text()),
        (Host::Pod { namespace, name, .. }, "/etc/hosts") => {
            let pod = sys.cluster.store.find(&resource::PODS, namespace, name);
            let ip = pod.map(|p| p.str_at("status.podIP").to_owned()).unwrap_or_default();
            // upstream: pkg/kubelet/kubelet_pods.go managedHostsFileContent
            Some(format!(
                "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
                 fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{ip}\t{name}\n"
            ))
        }
        (_, "/etc/hosts") => Some(hosts.into()),
        (host, "/etc/hostname") => Some(format!("{}\n", host_name(host))),
        (_, "/etc/os-release") => Some("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n".into()),
        _ => None,
    }
}

fn host_name(host: &Host) -> &str {
    match host {
        Host::User => "user",
        Host::Node(name) | Host::Pod { name, .. } => name,
    }
}

/// `hostname`
pub fn hostname(call: &mut Call) -> Outcome {
    let text = match call.args().first().map(String::as_str) {
        Some("-i" | "-I") => {
            let address = super::node::address(call.sys);
            if call.args()[0] == "-I" { format!("{address} ") } else { address }
        }
        Some("-f" | "-s" | "--fqdn") | None => host_name(&call.sys.common.host).to_owned(),
        Some(_) => return call.fail("you must be root to change the host name", 1),
    };
    call.line(&text);
    Ok(0)
}

/// `env` of one variable.
pub fn printenv(call: &mut Call) -> Outcome {
    let mut status = 0;
    if call.args().is_empty() {
        let text = super::run::env_lines(call.sys);
        call.out(&text);
    }
    for name in call.args() {
        match call.sys.common.env.get(name).cloned() {
            Some(value) => call.line(&value),
            None => status = 1,
        }
    }
    Ok(status)
}

/// `echo`
pub fn echo(call: &mut Call) -> Outcome {
    let mut args = call.args();
    let (mut newline, mut escapes) = (true, call.dash);
    while let Some(flags) = args.first().and_then(|a| a.strip_prefix('-')) {
        let known = if call.dash { "n" } else { "neE" };
        if flags.is_empty() || !flags.chars().all(|c| known.contains(c)) {
            break;
        }
        newline &= !flags.contains('n');
        if flags.contains(['e', 'E']) {
            escapes = flags.contains('e');
        }
        args = &args[1..];
    }
    let text = args.join(" ");
    let text = if escapes { unescape(&text) } else { text };
    match text.split_once("\\c").filter(|_| escapes) {
        Some((head, _)) => call.out(head),
        None if newline => call.line(&text),
        None => call.out(&text),
    }
    Ok(0)
}

/// `pwd`
pub fn pwd(call: &mut Call) -> Outcome {
    let cwd = call.sys.common.cwd.clone();
    call.line(&cwd);
    Ok(0)
}

/// `seq [FIRST [STEP]] LAST`
pub fn seq(call: &mut Call) -> Outcome {
    let (mut separator, mut padded, mut numbers) = ("\n".to_owned(), false, Vec::new());
    let mut args = call.args().iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-w" | "--equal-width" => padded = true,
            "-s" => separator = args.next().cloned().unwrap_or_default(),
            _ if arg.starts_with("-s") => separator = arg[2..].to_owned(),
            _ => match arg.parse::<f64>() {
                Ok(n) => numbers.push((n, arg.split_once('.').map_or(0, |(_, f)| f.len()))),
                Err(_) => {
                    let text = format!(
                        "invalid floating point argument: {}\nTry 'seq --help' for more information.",
                        call.quote(arg)
                    );
                    return call.fail(&text, 1);
                }
            },
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [(last, _)] => (1.0, 1.0, *last),
        [(first, _), (last, _)] => (*first, 1.0, *last),
        [(first, _), (step, _), (last, _)] => (*first, *step, *last),
        [] => return call.fail("missing operand\nTry 'seq --help' for more information.", 1),
        _ => {
            return call
                .fail(&format!("extra operand '{}'\nTry 'seq --help' for more information.", call.args()[3]), 1);
        }
    };
    if step == 0.0 {
        return call.fail("invalid Zero increment value: '0'\nTry 'seq --help' for more information.", 1);
    }
    let digits =
        numbers.iter().take(numbers.len().max(2) - usize::from(numbers.len() > 1)).map(|(_, d)| *d).max().unwrap_or(0);
    let count = ((last - first) / step + 1e-9).floor();
    if count < 0.0 {
        return Ok(0);
    }
    let items: Vec<String> =
        (0..=(count.min(1e6) as u64)).map(|n| format!("{:.digits$}", first + step * n as f64)).collect();
    let width = if padded { items.iter().map(String::len).max().unwrap_or(0) } else { 0 };
    let items: Vec<String> = items.iter().map(|i| format!("{i:0>width$}")).collect();
    call.line(&items.join(&separator));
    Ok(0)
}

/// `date [+FORMAT]`
pub fn date(call: &mut Call) -> Outcome {
    let now = call.sys.now();
    let format = call.args().iter().find_map(|a| a.strip_prefix('+'));
    let iso = call.args().iter().any(|a| a == "-Iseconds" || a == "--iso-8601=seconds");
    let text = match format {
        Some(format) => strftime(format, now),
        None if iso => strftime("%Y-%m-%dT%H:%M:%S+00:00", now),
        None => strftime("%a %b %e %H:%M:%S UTC %Y", now),
    };
    call.line(&text);
    Ok(0)
}

fn strftime(format: &str, now: Time) -> String {
    // `Tue, 24 Nov 2026 09:00:00 +0000` and `2026-11-24T09:00:00Z` hold all that is needed.
    let (long, iso) = (now.rfc1123z(), now.rfc3339());
    let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or("").to_owned();
    let (mut out, mut chars) = (String::new(), format.chars());
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let piece = match chars.next() {
            Some('a') => part(&long, 0, 3),
            Some('b' | 'h') => part(&long, 8, 11),
            Some('d') => part(&iso, 8, 10),
            Some('e') => format!("{:>2}", part(&iso, 8, 10).trim_start_matches('0')),
            Some('m') => part(&iso, 5, 7),
            Some('Y') => part(&iso, 0, 4),
            Some('y') => part(&iso, 2, 4),
            Some('H') => part(&iso, 11, 13),
            Some('M') => part(&iso, 14, 16),
            Some('S') => part(&iso, 17, 19),
            Some('F') => part(&iso, 0, 10),
            Some('T') => part(&iso, 11, 19),
            Some('R') => part(&iso, 11, 16),
            Some('s') => now.unix().to_string(),
            Some('N') => format!("{:06}000", now.0 % 1_000_000),
            Some('3') if chars.as_str().starts_with('N') => {
                chars.next();
                format!("{:03}", now.0 / 1000 % 1000)
            }
            Some('Z') => "UTC".into(),
            Some('z') => "+0000".into(),
            Some('n') => "\n".into(),
            Some('%') => "%".into(),
            Some(other) => format!("%{other}"),
            None => "%".into(),
        };
        out.push_str(&piece);
    }
    out
}

/// `expr A OP B`
pub fn expr(call: &mut Call) -> Outcome {
    let args: Vec<&str> = call.args().iter().map(String::as_str).collect();
    let value = match args.as_slice() {
        [one] => (*one).to_owned(),
        [a, op @ ("=" | "!=" | "<" | ">"), b] => i32::from(compare(a, op, b) == Some(true)).to_string(),
        [a, op, b] => {
            let (Ok(a), Ok(b)) = (a.parse::<i64>(), b.parse::<i64>()) else {
                return call.fail("non-integer argument", 2);
            };
            match (*op, b) {
                ("+", _) => a.wrapping_add(b),
                ("-", _) => a.wrapping_sub(b),
                ("*", _) => a.wrapping_mul(b),
                ("/" | "%", 0) => return call.fail("division by zero", 2),
                ("/", _) => a.wrapping_div(b),
                ("%", _) => a.wrapping_rem(b),
                _ => return call.fail("syntax error", 2),
            }
            .to_string()
        }
        _ => return call.fail("syntax error: missing argument", 2),
    };
    call.line(&value);
    Ok(i32::from(value.is_empty() || value == "0"))
}

/// `id`
pub fn id(call: &mut Call) -> Outcome {
    let user = call.sys.common.host == Host::User;
    let text = match (call.args().first().map(String::as_str), user) {
        (Some("-u" | "-g"), true) => "1000",
        (Some("-u" | "-g"), false) => "0",
        (Some("-un" | "-gn"), true) => "user",
        (Some("-un" | "-gn"), false) => "root",
        (_, true) => "uid=1000(user) gid=1000(user) groups=1000(user)",
        (_, false) => "uid=0(root) gid=0(root) groups=0(root)",
    };
    call.line(text);
    Ok(0)
}

/// `whoami`
pub fn whoami(call: &mut Call) -> Outcome {
    call.line(if call.sys.common.host == Host::User { "user" } else { "root" });
    Ok(0)
}

/// `uname`
pub fn uname(call: &mut Call) -> Outcome {
    let name = host_name(&call.sys.common.host).to_owned();
    let flags: String = call.args().concat();
    let release = "6.1.0-18-amd64";
    let text = if flags.contains('a') {
        format!("Linux {name} {release} #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01) x86_64 GNU/Linux")
    } else if flags.contains('r') {
        release.into()
    } else if flags.contains('n') {
        name
    } else if flags.contains('m') {
        "x86_64".into()
    } else {
        "Linux".into()
    };
    call.line(&text);
    Ok(0)
}

/// `nproc`
pub fn nproc(call: &mut Call) -> Outcome {
    call.line("4");
    Ok(0)
}

/// `tty`
pub fn tty(call: &mut Call) -> Outcome {
    let is = call.sys.is_terminal(1);
    call.line(if is { "/dev/pts/0" } else { "not a tty" });
    Ok(i32::from(!is))
}

/// `uptime`
pub fn uptime(call: &mut Call) -> Outcome {
    let now = call.sys.now();
    let minutes = now.0 / 60_000_000;
    let text = format!(" {} up {minutes} min,  1 user,  load average: 0.00, 0.00, 0.00", strftime("%T", now));
    call.line(&text);
    Ok(0)
}

/// `clear`
pub fn clear(call: &mut Call) -> Outcome {
    call.out("\u{1b}[H\u{1b}[2J\u{1b}[3J");
    Ok(0)
}

/// `which`
pub fn which_tool(call: &mut Call) -> Outcome {
    let mut status = 0;
    for name in call.args().iter().filter(|a| !a.starts_with('-')) {
        match which(name, call.sys) {
            Some(path) => call.line(&path),
            None => status = 1,
        }
    }
    Ok(status)
}

/// `yes`, for a while: what nobody reads is not written.
pub fn yes(call: &mut Call) -> Outcome {
    let text = if call.args().is_empty() { "y".to_owned() } else { call.args().join(" ") };
    call.out(&format!("{text}\n").repeat(10_000));
    Ok(141)
}
