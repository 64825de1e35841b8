//! kube-proxy's iptables mode: the rule set of a node as data, printed as iptables prints it, and asked for packets.
//!
//! [`NodeRules`] is one node's rule set: fixed rules and one [`Block`] per Service port. `walk` asks it rule by rule,
//! `compiled` by look-up; both give the same. (nftables mode would be a sibling of this module, over the same
//! [`crate::network::service::Snapshot`].)

pub mod block;
pub mod compiled;
mod index;
mod list;
mod name;
mod node;
mod rule;
mod save;
pub mod walk;

pub use block::Block;
pub use list::command;
pub use list::service_name;
pub use name::{ChainName, Table};
pub use node::{Chain, NodeRules, ProxyConfig};
pub use rule::{Match, Rule, Target, probability, threshold};
pub use save::{ToolOutput, save, save_command};
