//! Rules as values, and their text as `iptables-save` prints it.

use super::name::ChainName;
use crate::network::Hash;
use crate::network::address::Cidr;
use crate::network::packet::Protocol;
use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

/// What a rule asks beyond addresses and protocol, in the order in which it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// `-m comment --comment "…"`: always matches
    Comment(Cow<'static, str>),
    /// `-m tcp`: the protocol's match without options
    Transport(Protocol),
    /// `-m tcp --dport N`
    Dport(Protocol, u16),
    /// `-m conntrack [!] --ctstate A,B`
    CtState {
        /// `!`
        not: bool,
        /// `RELATED,ESTABLISHED`
        states: &'static str,
    },
    /// `-m mark [!] --mark 0x4000/0x4000`
    Mark {
        /// `!`
        not: bool,
    },
    /// `-m addrtype --src-type LOCAL` (`source`) or `--dst-type LOCAL`
    Local {
        /// Source or destination.
        source: bool,
    },
    /// `-m recent --rcheck --seconds N --reap --name KUBE-SEP-…`
    RecentCheck {
        /// Timeout.
        seconds: u32,
        /// Whose list.
        list: Hash,
    },
    /// `-m recent --set --name KUBE-SEP-…`
    RecentSet(Hash),
    /// `-m statistic --mode random --probability P`, P in units of 1/2^31
    Statistic(u32),
    /// `-m nfacct --nfacct-name NAME`: counts
    Nfacct(&'static str),
}

/// What happens to a packet that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing.
    None,
    /// On in another chain; back after its end.
    Jump(ChainName),
    /// `RETURN`
    Return,
    /// `ACCEPT`
    Accept,
    /// `DROP`
    Drop,
    /// `REJECT --reject-with icmp-port-unreachable` (`icmp6-port-unreachable`)
    Reject,
    /// `DNAT --to-destination …`
    Dnat(SocketAddr),
    /// `MASQUERADE [--random-fully]`
    Masquerade {
        /// `--random-fully`
        random_fully: bool,
    },
    /// `MARK --set-xmark 0x4000/0x4000`
    SetMark,
    /// `MARK --set-xmark 0x4000/0x0`: clears it where it is set
    ClearMark,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `[!] -s`
    pub source: Option<(bool, Cidr)>,
    /// `[!] -d`
    pub destination: Option<(bool, Cidr)>,
    /// `-p`
    pub proto: Option<Protocol>,
    /// Matches in order.
    pub matches: Vec<Match>,
    /// Target.
    pub target: Target,
    /// Whether it is a rule of ip6tables.
    pub v6: bool,
}

impl Rule {
    /// A rule that matches every packet.
    pub fn to(target: Target) -> Self {
        Self { source: None, destination: None, proto: None, matches: Vec::new(), target, v6: false }
    }
    /// With a comment.
    pub fn comment(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with(Match::Comment(text.into()))
    }
    /// With one more match.
    pub fn with(mut self, m: Match) -> Self {
        self.matches.push(m);
        self
    }
    /// With `-s`.
    pub fn from(mut self, not: bool, range: Cidr) -> Self {
        self.source = Some((not, range));
        self
    }
    /// With `-d`.
    pub fn on(mut self, not: bool, range: Cidr) -> Self {
        self.destination = Some((not, range));
        self
    }
    /// With `-d` one address.
    pub fn at(self, ip: IpAddr) -> Self {
        self.on(false, Cidr::host(ip))
    }
    /// With `-p PROTO -m PROTO --dport PORT`.
    pub fn dport(mut self, proto: Protocol, port: u16) -> Self {
        self.proto = Some(proto);
        self.with(Match::Dport(proto, port))
    }
    /// With `-p PROTO -m PROTO`.
    pub fn transport(mut self, proto: Protocol) -> Self {
        self.proto = Some(proto);
        self.with(Match::Transport(proto))
    }
    /// Its comment.
    pub fn comment_text(&self) -> Option<&str> {
        self.matches.iter().find_map(|m| match m {
            Match::Comment(text) => Some(&**text),
            _ => None,
        })
    }
    /// `-A CHAIN …`, with packet and byte counters before the target where asked (`iptables -v -S`).
    pub fn text(&self, chain: ChainName, counters: bool) -> String {
        let mut out = String::with_capacity(160);
        out.push_str("-A ");
        chain.push_to(&mut out);
        for (flag, range) in [(" -s ", self.source), (" -d ", self.destination)] {
            if let Some((not, range)) = range.filter(|(not, r)| *not || r.bits != 0) {
                push(&mut out, &[if not { " !" } else { "" }, flag, &range.to_string()]);
            }
        }
        if let Some(proto) = self.proto {
            push(&mut out, &[" -p ", proto.lower()]);
        }
        for m in &self.matches {
            self.push_match(m, &mut out);
        }
        if counters {
            out.push_str(" -c 0 0");
        }
        self.push_target(&mut out);
        out
    }
    fn push_match(&self, m: &Match, out: &mut String) {
        let not = |not: &bool| if *not { "! " } else { "" };
        match m {
            Match::Comment(text) => push(out, &[" -m comment --comment ", &quoted(text)]),
            Match::Transport(proto) => push(out, &[" -m ", proto.lower()]),
            Match::Dport(proto, port) => push(out, &[" -m ", proto.lower(), " --dport ", &port.to_string()]),
            Match::CtState { not: n, states } => push(out, &[" -m conntrack ", not(n), "--ctstate ", states]),
            Match::Mark { not: n } => push(out, &[" -m mark ", not(n), "--mark 0x4000/0x4000"]),
            Match::Local { source } => {
                push(out, &[" -m addrtype --", if *source { "src" } else { "dst" }, "-type LOCAL"])
            }
            Match::RecentCheck { seconds, list } => {
                let seconds = seconds.to_string();
                push(out, &[" -m recent --rcheck --seconds ", &seconds, " --reap --name KUBE-SEP-", list.as_str()]);
                push(out, &[" --mask ", self.full_mask(), " --rsource"]);
            }
            Match::RecentSet(list) => {
                push(
                    out,
                    &[" -m recent --set --name KUBE-SEP-", list.as_str(), " --mask ", self.full_mask(), " --rsource"],
                );
            }
            Match::Statistic(p) => push(out, &[" -m statistic --mode random --probability ", &probability(*p)]),
            Match::Nfacct(name) => push(out, &[" -m nfacct --nfacct-name  ", name]),
        }
    }
    pub(super) fn full_mask(&self) -> &'static str {
        if self.v6 { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" } else { "255.255.255.255" }
    }
    pub(super) fn reject_with(&self) -> &'static str {
        if self.v6 { "icmp6-port-unreachable" } else { "icmp-port-unreachable" }
    }
    fn push_target(&self, out: &mut String) {
        match self.target {
            Target::None => {}
            Target::Jump(chain) => {
                out.push_str(" -j ");
                chain.push_to(out);
            }
            Target::Return => out.push_str(" -j RETURN"),
            Target::Accept => out.push_str(" -j ACCEPT"),
            Target::Drop => out.push_str(" -j DROP"),
            Target::Reject => push(out, &[" -j REJECT --reject-with ", self.reject_with()]),
            Target::Dnat(to) => push(out, &[" -j DNAT --to-destination ", &to.to_string()]),
            Target::Masquerade { random_fully } => {
                push(out, &[" -j MASQUERADE", if random_fully { " --random-fully" } else { "" }]);
            }
            Target::SetMark => out.push_str(" -j MARK --set-xmark 0x4000/0x4000"),
            Target::ClearMark => out.push_str(" -j MARK --set-xmark 0x4000/0x0"),
        }
    }
}

pub(super) fn push(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|p| out.push_str(p));
}

/// A string as iptables-save quotes it.
///
/// upstream: iptables libxtables/xtables.c xtables_save_string
fn quoted(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Cow::Borrowed(text);
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '\'') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Cow::Owned(out)
}

/// The threshold that stands for 1/n: kube-proxy writes ten digits, iptables rounds to 1/2^31.
///
/// upstream: pkg/proxy/iptables/proxier.go computeProbability; iptables extensions/libxt_statistic.c
pub fn threshold(n: u32) -> u32 {
    if n <= 1 {
        return 1 << 31;
    }
    let ten_digits = (1.0 / f64::from(n) * 1e10).round() / 1e10;
    (ten_digits * 2_147_483_648.0).round() as u32
}

/// A threshold as iptables prints it: `0.33333333349`.
pub fn probability(threshold: u32) -> String {
    // In integers: Rust's printing of fractions is a lot of code. A tie goes to the even digit.
    let scaled = u128::from(threshold) * 100_000_000_000;
    let even = (scaled >> 31) & 1;
    let digits = (scaled + (1 << 30) - 1 + even) >> 31;
    let (whole, rest) = ((digits / 100_000_000_000) as u64, (digits % 100_000_000_000) as u64);
    format!("{whole}.{rest:011}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_print_as_iptables_does() {
        let shown = [2, 3, 4, 5, 6, 7].map(|n| probability(threshold(n)));
        let want =
            ["0.50000000000", "0.33333333349", "0.25000000000", "0.20000000019", "0.16666666651", "0.14285714272"];
        assert_eq!(shown, want);
        for n in 1..=5000 {
            let as_fraction = format!("{:.11}", f64::from(threshold(n)) / 2_147_483_648.0);
            assert_eq!(probability(threshold(n)), as_fraction, "one of {n}");
        }
    }

    #[test]
    fn comments_are_quoted_unless_plain() {
        assert_eq!(quoted("plain-name_1"), "plain-name_1");
        assert_eq!(quoted("ns/svc"), "\"ns/svc\"");
        assert_eq!(quoted("a \"b\""), "\"a \\\"b\\\"\"");
    }
}
