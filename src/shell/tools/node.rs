//! Tools that look at a machine's network: `ip`, `iptables-save`, `nft`, `conntrack`.
use super::{Call, Outcome};
use crate::api::{ObjectExt, resource};
use crate::shell::Host;
use crate::shell::sys::Sys;

/// The address of the machine or Pod.
pub fn address(sys: &Sys) -> String {
    match &sys.common.host {
        Host::User => "192.168.49.1".into(),
        Host::Node(name) => {
            let node = sys.cluster.store.find(&resource::NODES, "", name);
            node.map(|n| n.str_at("status.addresses.0.address").to_owned()).unwrap_or_default()
        }
        Host::Pod { namespace, name, .. } => {
            let pod = sys.cluster.store.find(&resource::PODS, namespace, name);
            pod.map(|p| p.str_at("status.podIP").to_owned()).unwrap_or_default()
        }
    }
}
macro_rules! later { ($($n:ident)*) => { $(/// To come.
pub fn $n(call: &mut Call) -> Outcome { call.fail("to come", 1) })* } }
later!(ip iptables iptables_save conntrack ipset nft systemctl);
