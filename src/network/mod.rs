//! The data plane: hosts, packets, kube-proxy's rules, conntrack, affinity, DNS.
//!
//! [`Network`] holds every host and, per node, what kube-proxy wrote and what the kernel remembers. It knows nothing of
//! the API server: `cluster` tells it of hosts and hands it Services and EndpointSlices ([`Inputs`]); a node's rules are
//! built from the shared [`Snapshot`] when the first packet or the first print needs them.
//!
//! Entry points: [`Network::connect`] (a request, with or without a [`Trace`]), [`Network::send`] (later packets of an
//! open connection), [`Network::rules`] (the rule set, to print), [`dns`], [`flows`].
//!
//! **Invariant:** the rules that are printed are the rules that route: both come from one [`iptables::Block`] per Service
//! port, and the compiled form is held equal to walking the rules one by one (`tests.rs`).

mod address;
mod arrive;
pub mod conntrack;
pub mod dns;
pub mod flows;
mod hash;
mod host;
pub mod iptables;
mod node;
mod packet;
mod path;
pub mod recent;
mod service;
mod sha256;
mod sync;
mod tools;
mod topology;
mod trace;

#[cfg(test)]
mod tests;

pub use address::{Cidr, Family, parse_ip};
pub use hash::{Hash, hash};
pub use host::{Host, HostId, HostKind, Listener, ResolvConf};
pub use iptables::walk::Mismatch;
pub use iptables::{ChainName, NodeRules, ProxyConfig, Table};
pub use node::{Network, NodeSpec, PodSpec};
pub use packet::{Connection, Dial, Hop, Life, Outcome, Packet, Pin, Place, Protocol, RuleRef, Trace, Verdict};
pub use service::{Endpoint, Input, Inputs, ServiceName, ServicePort, Snapshot};
pub use sha256::sha256;
pub use sync::{HealthCheck, PinRow};
pub use tools::ToolOutput;
pub use topology::{Categorized, categorize};
