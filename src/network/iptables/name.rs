//! Tables and chains by name.

use crate::network::Hash;
use std::fmt;

/// A table of iptables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// `mangle`
    Mangle,
    /// `filter`
    Filter,
    /// `nat`
    Nat,
    /// `raw`
    Raw,
    /// `security`
    Security,
}

impl Table {
    /// Those that exist on a node, in the order in which iptables-save prints them.
    pub const SAVED: [Table; 3] = [Table::Mangle, Table::Filter, Table::Nat];
    /// By its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Mangle, Self::Filter, Self::Nat, Self::Raw, Self::Security].into_iter().find(|t| t.name() == text)
    }
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mangle => "mangle",
            Self::Filter => "filter",
            Self::Nat => "nat",
            Self::Raw => "raw",
            Self::Security => "security",
        }
    }
    /// Its built-in chains in the order of the hooks.
    pub const fn builtin(self) -> &'static [ChainName] {
        use ChainName::{Forward, Input, Output, Postrouting, Prerouting};
        match self {
            Self::Mangle => &[Prerouting, Input, Forward, Output, Postrouting],
            Self::Filter | Self::Security => &[Input, Forward, Output],
            Self::Nat => &[Prerouting, Input, Output, Postrouting],
            Self::Raw => &[Prerouting, Output],
        }
    }
}

/// A chain's name. Cheap to copy and to compare; the text is made when printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChainName {
    /// `PREROUTING`
    Prerouting,
    /// `INPUT`
    Input,
    /// `FORWARD`
    Forward,
    /// `OUTPUT`
    Output,
    /// `POSTROUTING`
    Postrouting,
    /// `KUBE-EXTERNAL-SERVICES`
    ExternalServices,
    /// `KUBE-FIREWALL`
    Firewall,
    /// `KUBE-FORWARD`
    KubeForward,
    /// `KUBE-MARK-MASQ`
    MarkMasq,
    /// `KUBE-NODEPORTS`
    NodePorts,
    /// `KUBE-POSTROUTING`
    KubePostrouting,
    /// `KUBE-PROXY-CANARY`
    Canary,
    /// `KUBE-PROXY-FIREWALL`
    ProxyFirewall,
    /// `KUBE-SERVICES`
    Services,
    /// `KUBE-EXT-…`: what came to an address or port from outside
    Ext(Hash),
    /// `KUBE-FW-…`: a load balancer's source ranges
    Fw(Hash),
    /// `KUBE-SEP-…`: one endpoint
    Sep(Hash),
    /// `KUBE-SVC-…`: balancing over all endpoints
    Svc(Hash),
    /// `KUBE-SVL-…`: balancing over this node's endpoints
    Svl(Hash),
}

impl ChainName {
    /// Fixed part and hash.
    fn parts(&self) -> (&'static str, Option<&Hash>) {
        match self {
            Self::Prerouting => ("PREROUTING", None),
            Self::Input => ("INPUT", None),
            Self::Forward => ("FORWARD", None),
            Self::Output => ("OUTPUT", None),
            Self::Postrouting => ("POSTROUTING", None),
            Self::ExternalServices => ("KUBE-EXTERNAL-SERVICES", None),
            Self::Firewall => ("KUBE-FIREWALL", None),
            Self::KubeForward => ("KUBE-FORWARD", None),
            Self::MarkMasq => ("KUBE-MARK-MASQ", None),
            Self::NodePorts => ("KUBE-NODEPORTS", None),
            Self::KubePostrouting => ("KUBE-POSTROUTING", None),
            Self::Canary => ("KUBE-PROXY-CANARY", None),
            Self::ProxyFirewall => ("KUBE-PROXY-FIREWALL", None),
            Self::Services => ("KUBE-SERVICES", None),
            Self::Ext(h) => ("KUBE-EXT-", Some(h)),
            Self::Fw(h) => ("KUBE-FW-", Some(h)),
            Self::Sep(h) => ("KUBE-SEP-", Some(h)),
            Self::Svc(h) => ("KUBE-SVC-", Some(h)),
            Self::Svl(h) => ("KUBE-SVL-", Some(h)),
        }
    }
    /// Appends its text to `out`.
    pub fn push_to(&self, out: &mut String) {
        let (fixed, hash) = self.parts();
        out.push_str(fixed);
        if let Some(hash) = hash {
            out.push_str(hash.as_str());
        }
    }
}

impl fmt::Display for ChainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fixed, hash) = self.parts();
        let mut text = String::from(fixed);
        text.push_str(hash.map_or("", Hash::as_str));
        f.pad(&text)
    }
}
