//! What a node's network tools print: `iptables`, `iptables-save`, `conntrack`, `/proc/net/xt_recent`.

use super::conntrack::{Filter, line};
use super::hash::Hash;
use super::host::HostId;
pub use super::iptables::ToolOutput;
use super::iptables::{command, save_command};
use super::node::Network;
use super::packet::Protocol;
use crate::collections::sort;
use crate::sim::Time;

impl Network {
    /// Runs `iptables`, `iptables-save` or `conntrack` on a node; `None` for other programs or where no node is.
    pub fn tool(&mut self, node: HostId, now: Time, argv: &[&str]) -> Option<ToolOutput> {
        let (program, args) = argv.split_first()?;
        match *program {
            "iptables" | "iptables-nft" => Some(command(&*self.rules(node)?, args)),
            "iptables-save" | "iptables-nft-save" => Some(save_command(&*self.rules(node)?, now, args)),
            "conntrack" => Some(self.conntrack(node, now, args)),
            _ => None,
        }
    }
    /// `conntrack -L [-p PROTO] [-s IP] [-d IP] [--dport PORT]`, `-D` with the same, `-F`, `-C`.
    fn conntrack(&mut self, node: HostId, now: Time, args: &[&str]) -> ToolOutput {
        const VERSION: &str = "conntrack v1.4.7 (conntrack-tools)";
        let (mut filter, mut command) = (Filter::default(), "");
        let mut rest = args.iter().copied();
        while let Some(arg) = rest.next() {
            let mut value = || rest.next().unwrap_or("");
            match arg {
                "-L" | "--dump" => command = "L",
                "-D" | "--delete" => command = "D",
                "-F" | "--flush" => command = "F",
                "-C" | "--count" => command = "C",
                "-p" | "--proto" => filter.proto = Protocol::parse(&value().to_ascii_uppercase()),
                "-s" | "--src" | "--orig-src" => filter.src = value().parse().ok(),
                "-d" | "--dst" | "--orig-dst" => filter.dst = value().parse().ok(),
                "--dport" | "--orig-port-dst" => filter.dport = value().parse().ok(),
                _ => {}
            }
        }
        let Some(state) = self.node_mut(node) else { return ToolOutput::default() };
        let shown = state.flows.iter(now).filter(|f| filter.fits(f)).copied().collect::<Vec<_>>();
        let lines = || shown.iter().map(|f| line(f, now) + "\n").collect::<String>();
        let count = shown.len();
        match command {
            "L" => {
                let stderr = format!("{VERSION}: {count} flow entries have been shown.\n");
                ToolOutput { stdout: lines(), stderr, code: 0 }
            }
            "D" => {
                state.flows.delete(|f| filter.fits(f) && f.expires > now);
                let stderr = format!("{VERSION}: {count} flow entries have been deleted.\n");
                ToolOutput { stdout: lines(), stderr, code: i32::from(count == 0) }
            }
            "F" => {
                state.flows.delete(|_| true);
                let stderr = format!("{VERSION}: connection tracking table has been emptied.\n");
                ToolOutput { stdout: String::new(), stderr, code: 0 }
            }
            "C" => ToolOutput::ok(format!("{count}\n")),
            _ => {
                let why = format!(
                    "{VERSION}: You need to supply a command\nTry `conntrack -h' or 'conntrack --help' for more information.\n"
                );
                ToolOutput::fail(2, why)
            }
        }
    }
    /// The names in a node's `/proc/net/xt_recent`: one per affinity chain.
    pub fn recent_names(&mut self, node: HostId) -> Vec<String> {
        let Some(rules) = self.rules(node) else { return Vec::new() };
        let blocks = rules.blocks.iter().filter(|b| b.port.affinity.is_some());
        let chains = blocks.flat_map(|b| b.chosen.reachable.iter().filter_map(|i| b.endpoint(*i)));
        let mut names = chains.map(|e| format!("KUBE-SEP-{}", e.hash.as_str())).collect::<Vec<_>>();
        sort(&mut names);
        names
    }
    /// The text of `/proc/net/xt_recent/NAME`; times are jiffies, 250 a second.
    pub fn recent_file(&mut self, node: HostId, name: &str) -> Option<String> {
        self.recent_names(node).iter().find(|n| *n == name)?;
        let list = self.node_ref(node)?.recent.get(&Hash::parse(name.strip_prefix("KUBE-SEP-")?)?);
        let entries = list.map(|l| l.entries()).unwrap_or_default();
        let jiffies = |t: Time| 4_294_967_296 - 75_000 + t.0 / 4_000;
        let row = |(ip, seen): &(std::net::Ipv4Addr, Time)| {
            let t = jiffies(*seen);
            format!("src={ip} ttl: 64 last_seen: {t} oldest_pkt: 1 {t}\n")
        };
        Some(entries.iter().map(row).collect())
    }
}
