//! `iptables -L` and `iptables -S`.

use super::name::{ChainName, Table};
use super::node::{Chain, NodeRules};
use super::rule::{Match, Rule, Target, probability, push};
use super::save::ToolOutput;
use crate::network::address::Cidr;
use crate::network::packet::Protocol;
use std::net::IpAddr;

#[derive(Clone, Copy, Default)]
struct Options<'a> {
    list: bool,
    spec: bool,
    chain: Option<&'a str>,
    number: Option<u32>,
    numeric: bool,
    verbose: bool,
    lines: bool,
}

const VERSION: &str = "iptables v1.8.9 (nf_tables)";
const HELP: &str = "Try `iptables -h' or 'iptables --help' for more information.\n";

/// `iptables [-t TABLE] -L|-S [CHAIN [NUMBER]] [-n] [-v] [--line-numbers]` (`args` without the program's name); a node's
/// rules are kube-proxy's, so nothing can be changed.
pub fn command(rules: &NodeRules, args: &[&str]) -> ToolOutput {
    let (mut table, mut o) = ("filter", Options::default());
    let mut rest = args.iter().copied().peekable();
    while let Some(arg) = rest.next() {
        let mut letters = None;
        match arg {
            "-t" | "--table" => table = rest.next().unwrap_or(""),
            "-V" | "--version" => return ToolOutput::ok(format!("{VERSION}\n")),
            "--list" => o.list = true,
            "--list-rules" => o.spec = true,
            "--numeric" => o.numeric = true,
            "--verbose" => o.verbose = true,
            "--line-numbers" => o.lines = true,
            "-w" | "--wait" | "-x" | "--exact" => {}
            _ if arg.starts_with("--") => return fail(2, &format!("unknown option \"{arg}\"")),
            _ if arg.starts_with('-') && arg.len() > 1 => letters = Some(&arg[1..]),
            _ => return ToolOutput::fail(2, format!("Bad argument `{arg}'\n{HELP}")),
        }
        for letter in letters.unwrap_or("").chars() {
            match letter {
                'L' => o.list = true,
                'S' => o.spec = true,
                'n' => o.numeric = true,
                'v' => o.verbose = true,
                'x' | 'w' => {}
                't' => table = rest.next().unwrap_or(""),
                'A' | 'D' | 'I' | 'R' | 'N' | 'X' | 'F' | 'Z' | 'P' | 'E' | 'C' => {
                    return fail(4, "Could not fetch rule set generation id: Permission denied (you must be root)");
                }
                _ => return fail(2, &format!("unknown option \"-{letter}\"")),
            }
        }
        let takes_chain = matches!(arg, "--list" | "--list-rules") || letters.is_some_and(|l| l.ends_with(['L', 'S']));
        if takes_chain {
            o.chain = rest.next_if(|a| !a.starts_with('-'));
            if o.chain.is_some() {
                o.number = rest.next_if(|a| !a.starts_with('-')).and_then(|n| n.parse().ok());
            }
        }
    }
    if !o.list && !o.spec {
        return fail(2, "no command specified");
    }
    let Some(known) = Table::parse(table) else {
        let why = format!(
            "{VERSION}: table '{table}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.\n"
        );
        return ToolOutput::fail(3, why);
    };
    let chains = rules.chains(known);
    let wanted = |c: &&Chain<'_>| o.chain.is_none_or(|name| c.name.to_string() == name);
    let shown = chains.iter().filter(wanted).collect::<Vec<_>>();
    match o.chain {
        Some(name) if shown.is_empty() => {
            let why = format!("{VERSION}: chain `{name}' in table `{table}' is incompatible, use 'nft' tool.\n");
            ToolOutput::fail(1, why)
        }
        _ if o.spec => ToolOutput::ok(spec(&shown, &o)),
        _ => ToolOutput::ok(list(&shown, &chains, &o)),
    }
}

fn fail(code: i32, why: &str) -> ToolOutput {
    ToolOutput::fail(code, format!("{VERSION}: {why}\n{}", if code == 2 { HELP } else { "" }))
}

/// `-S`: chains first, then rules, unless one rule is asked for.
fn spec(chains: &[&Chain<'_>], o: &Options<'_>) -> String {
    let mut out = String::new();
    for chain in chains.iter().filter(|_| o.number.is_none()) {
        out.push_str(if chain.builtin { "-P " } else { "-N " });
        chain.name.push_to(&mut out);
        out.push_str(match (chain.builtin, o.verbose) {
            (true, true) => " ACCEPT -c 0 0\n",
            (true, false) => " ACCEPT\n",
            (false, _) => "\n",
        });
    }
    for chain in chains {
        for (_, rule) in (1..).zip(&chain.rules).filter(|(n, _)| o.number.is_none_or(|wanted| wanted == *n)) {
            out.push_str(&rule.text(chain.name, o.verbose));
            out.push('\n');
        }
    }
    out
}

fn list(chains: &[&Chain<'_>], all: &[Chain<'_>], o: &Options<'_>) -> String {
    let mut out = String::new();
    for (i, chain) in chains.iter().enumerate() {
        if o.number.is_none() {
            out.push_str(if i > 0 { "\n" } else { "" });
            header(chain, all, o, &mut out);
        }
        for (number, rule) in (1..).zip(&chain.rules).filter(|(n, _)| o.number.is_none_or(|wanted| wanted == *n)) {
            line(rule, number, o, &mut out);
        }
    }
    out
}

fn references(name: ChainName, all: &[Chain<'_>]) -> usize {
    all.iter().flat_map(|c| &c.rules).filter(|r| r.target == Target::Jump(name)).count()
}

fn header(chain: &Chain<'_>, all: &[Chain<'_>], o: &Options<'_>, out: &mut String) {
    out.push_str("Chain ");
    chain.name.push_to(out);
    match (chain.builtin, o.verbose) {
        (true, true) => out.push_str(" (policy ACCEPT 0 packets, 0 bytes)\n"),
        (true, false) => out.push_str(" (policy ACCEPT)\n"),
        (false, _) => push(out, &[" (", &references(chain.name, all).to_string(), " references)\n"]),
    }
    out.push_str(if o.lines { "num  " } else { "" });
    out.push_str(if o.verbose { " pkts bytes " } else { "" });
    out.push_str("target     prot opt");
    out.push_str(if o.verbose { " in     out    " } else { "" });
    out.push_str(" source               destination         \n");
}

/// One rule's line.
///
/// upstream: iptables/nft-ipv4.c nft_ipv4_print_rule
fn line(rule: &Rule, number: u32, o: &Options<'_>, out: &mut String) {
    if o.lines {
        push(out, &[&format!("{number:<4} ")]);
    }
    out.push_str(if o.verbose { "    0     0 " } else { "" });
    let target = match rule.target {
        Target::None => String::new(),
        Target::Jump(chain) => chain.to_string(),
        Target::Return => "RETURN".into(),
        Target::Accept => "ACCEPT".into(),
        Target::Drop => "DROP".into(),
        Target::Reject => "REJECT".into(),
        Target::Dnat(_) => "DNAT".into(),
        Target::Masquerade { .. } => "MASQUERADE".into(),
        Target::SetMark | Target::ClearMark => "MARK".into(),
    };
    let proto = match (rule.proto, o.numeric) {
        (None, true) => "0".into(),
        (None, false) => "all".into(),
        (Some(p), true) => p.number().to_string(),
        (Some(p), false) => p.lower().to_string(),
    };
    push(out, &[&format!("{target:<9}  {proto:<4} -- ")]);
    if o.verbose {
        out.push_str(if o.numeric { " *      *      " } else { " any    any    " });
    }
    for range in [rule.source, rule.destination] {
        let (not, text) = match range {
            None => (false, if o.numeric { "0.0.0.0/0".into() } else { "anywhere".into() }),
            Some((not, range)) => (not, address(range, o.numeric)),
        };
        push(out, &[if not { "!" } else { " " }, &format!("{text:<19} ")]);
    }
    for m in &rule.matches {
        out.push_str(&match_text(rule, m, o.numeric));
    }
    match rule.target {
        Target::Dnat(to) => push(out, &[" to:", &to.to_string()]),
        Target::SetMark => out.push_str(" MARK or 0x4000"),
        Target::ClearMark => out.push_str(" MARK xor 0x4000"),
        Target::Masquerade { random_fully: true } => out.push_str(" random-fully"),
        Target::Reject => push(out, &[" reject-with ", rule.reject_with()]),
        _ => {}
    }
    out.push('\n');
}

fn address(range: Cidr, numeric: bool) -> String {
    match range {
        Cidr::LOOPBACK if !numeric => "loopback/8".into(),
        Cidr { ip: IpAddr::V4(ip), bits: 32 } if !numeric && ip.is_loopback() => "localhost".into(),
        r if r.is_host() => r.ip.to_string(),
        r => r.to_string(),
    }
}

fn match_text(rule: &Rule, m: &Match, numeric: bool) -> String {
    let not = |not: &bool| if *not { "! " } else { "" };
    match m {
        Match::Comment(text) => format!(" /* {text} */"),
        Match::Transport(proto) => format!(" {}", proto.lower()),
        Match::Dport(proto, port) if numeric => format!(" {} dpt:{port}", proto.lower()),
        Match::Dport(proto, port) => match service_name(*proto, *port) {
            Some(name) => format!(" {} dpt:{name}", proto.lower()),
            None => format!(" {} dpt:{port}", proto.lower()),
        },
        Match::CtState { not: n, states } => format!(" {}ctstate {states}", not(n)),
        Match::Mark { not: n } => format!(" mark match {}0x4000/0x4000", not(n)),
        Match::Local { source } => format!(" ADDRTYPE match {}-type LOCAL", if *source { "src" } else { "dst" }),
        Match::RecentCheck { seconds, list } => {
            let (list, mask) = (list.as_str(), rule.full_mask());
            format!(" recent: CHECK seconds: {seconds} reap name: KUBE-SEP-{list} side: source mask: {mask}")
        }
        Match::RecentSet(list) => {
            format!(" recent: SET name: KUBE-SEP-{} side: source mask: {}", list.as_str(), rule.full_mask())
        }
        Match::Statistic(p) => format!(" statistic mode random probability {}", probability(*p)),
        Match::Nfacct(name) => format!(" nfacct-name  {name}"),
    }
}

/// A port's name in Debian's /etc/services, as far as Services are likely to use it.
pub fn service_name(proto: Protocol, port: u16) -> Option<&'static str> {
    const BOTH: [(u16, &str); 6] =
        [(53, "domain"), (88, "kerberos"), (389, "ldap"), (443, "https"), (5060, "sip"), (5061, "sip-tls")];
    const TCP: [(u16, &str); 28] = [
        (20, "ftp-data"),
        (21, "ftp"),
        (22, "ssh"),
        (23, "telnet"),
        (25, "smtp"),
        (80, "http"),
        (110, "pop3"),
        (143, "imap2"),
        (179, "bgp"),
        (465, "submissions"),
        (587, "submission"),
        (636, "ldaps"),
        (853, "domain-s"),
        (873, "rsync"),
        (993, "imaps"),
        (995, "pop3s"),
        (1433, "ms-sql-s"),
        (1883, "mqtt"),
        (2379, "etcd-client"),
        (2380, "etcd-server"),
        (3306, "mysql"),
        (5432, "postgresql"),
        (5672, "amqp"),
        (6379, "redis"),
        (8080, "http-alt"),
        (8883, "secure-mqtt"),
        (9418, "git"),
        (11211, "memcached"),
    ];
    const UDP: [(u16, &str); 8] = [
        (67, "bootps"),
        (68, "bootpc"),
        (69, "tftp"),
        (123, "ntp"),
        (161, "snmp"),
        (162, "snmp-trap"),
        (443, "https"),
        (514, "syslog"),
    ];
    let find = |list: &[(u16, &'static str)]| list.iter().find(|(p, _)| *p == port).map(|(_, name)| *name);
    match proto {
        Protocol::Tcp => find(&BOTH).or_else(|| find(&TCP)),
        Protocol::Udp => find(&BOTH).or_else(|| find(&UDP)),
        Protocol::Sctp => None,
    }
}
