//! Tools that look at a machine's network: `ip`, `iptables`, `iptables-save`, `conntrack`, `nft`.

use super::curl::host_id;
use super::{Call, Outcome};
use crate::collections::sort;
use crate::network::ToolOutput;
use crate::shell::Host;
use crate::shell::sys::Sys;

/// The address of the machine or Pod.
pub fn address(sys: &Sys) -> String {
    sys.cluster.network().host(host_id(sys)).map(|h| h.ip.to_string()).unwrap_or_default()
}

/// `iptables`, `iptables-save`, `conntrack`, `nft`: what the node's kernel holds.
pub fn kernel(call: &mut Call) -> Outcome {
    let argv: Vec<&str> = std::iter::once(call.name()).chain(call.args().iter().map(String::as_str)).collect();
    let host = host_id(call.sys);
    let (network, now, _) = call.sys.cluster.wire();
    match network.tool(host, now, &argv) {
        Some(ToolOutput { stdout, stderr, code }) => {
            call.out(&stdout);
            call.err(&stderr);
            Ok(code)
        }
        None => call.fail("not simulated here", 1),
    }
}

/// The gateway of a Pod's network.
fn gateway(ip: &str) -> String {
    ip.rsplit_once('.').map(|(head, _)| format!("{head}.1")).unwrap_or_default()
}

/// `ip addr`, `ip route`, `ip link`
pub fn ip(call: &mut Call) -> Outcome {
    let words: Vec<&str> = call.args().iter().map(String::as_str).filter(|a| !a.starts_with('-')).collect();
    let flags: Vec<&str> = call.args().iter().map(String::as_str).filter(|a| a.starts_with('-')).collect();
    let own = address(call.sys);
    let pod = matches!(call.sys.common.host, Host::Pod { .. });
    let object = words.first().copied().unwrap_or("");
    if call.name() == "ifconfig" || (!object.is_empty() && "address".starts_with(object)) {
        let only = words.iter().find(|w| **w == "eth0" || **w == "lo").copied();
        call.out(&addresses(&own, pod, &flags, only));
        return Ok(0);
    }
    if !object.is_empty() && "route".starts_with(object) {
        let text = routes(&own, pod, call.sys);
        call.out(&text);
        return Ok(0);
    }
    if !object.is_empty() && "link".starts_with(object) {
        call.out(&links(&own));
        return Ok(0);
    }
    if object.is_empty() {
        call.err("Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n");
        return Ok(255);
    }
    call.err(&format!("Object \"{object}\" is unknown, try \"ip help\".\n"));
    Ok(1)
}

const LO: &str = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN";
const ETH0: &str = "2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP";

/// A hardware address made from the IP address.
fn hardware(own: &str) -> String {
    let mut parts = own.split('.').filter_map(|p| p.parse::<u8>().ok());
    let mut next = || parts.next().unwrap_or(0);
    format!("0a:58:{:02x}:{:02x}:{:02x}:{:02x}", next(), next(), next(), next())
}

fn addresses(own: &str, pod: bool, flags: &[&str], only: Option<&str>) -> String {
    let bits = if pod { 32 } else { 24 };
    let forever = "       valid_lft forever preferred_lft forever\n";
    if flags.contains(&"-br") {
        return format!(
            "lo               UNKNOWN        127.0.0.1/8 ::1/128 \neth0@if3         UP             {own}/{bits} \n"
        );
    }
    if flags.contains(&"-o") {
        return format!(
            "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n2: eth0    inet {own}/{bits} scope \
             global eth0\\       valid_lft forever preferred_lft forever\n"
        );
    }
    let v4 = flags.contains(&"-4");
    let mut out = String::new();
    if only != Some("eth0") {
        out.push_str(&format!("{LO} group default qlen 1000\n"));
        if !v4 {
            out.push_str("    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n");
        }
        out.push_str(&format!("    inet 127.0.0.1/8 scope host lo\n{forever}"));
        if !v4 {
            out.push_str(&format!("    inet6 ::1/128 scope host \n{forever}"));
        }
    }
    if only != Some("lo") {
        out.push_str(&format!("{ETH0} group default qlen 1000\n"));
        if !v4 {
            out.push_str(&format!("    link/ether {} brd ff:ff:ff:ff:ff:ff\n", hardware(own)));
        }
        out.push_str(&format!("    inet {own}/{bits} scope global eth0\n{forever}"));
    }
    out
}

fn links(own: &str) -> String {
    format!(
        "{LO} mode DEFAULT group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n{ETH0} mode DEFAULT group \
         default qlen 1000\n    link/ether {} brd ff:ff:ff:ff:ff:ff\n",
        hardware(own)
    )
}

fn routes(own: &str, pod: bool, sys: &Sys) -> String {
    if pod {
        let gateway = gateway(own);
        return format!("default via {gateway} dev eth0 \n{gateway} dev eth0 scope link \n");
    }
    let lan = own.rsplit_once('.').map_or("", |(head, _)| head);
    let local = format!("{lan}.0/24 dev eth0 proto kernel scope link src {own} \n");
    if sys.common.host == Host::User {
        return local;
    }
    let network = sys.cluster.network();
    let here = host_id(sys);
    let mut lines: Vec<String> = Vec::new();
    for host in network.hosts() {
        match host.kind {
            crate::network::HostKind::Pod if host.node == Some(here) && host.ip.to_string() != own => {
                lines.push(format!("{} dev veth{:08x} scope link \n", host.ip, host.id.0));
            }
            crate::network::HostKind::Node if host.id != here => {
                if let Some(cidr) = pod_range(sys, &host.name) {
                    lines.push(format!("{cidr} via {} dev eth0 \n", host.ip));
                }
            }
            _ => {}
        }
    }
    sort(&mut lines);
    format!("default via {lan}.1 dev eth0 \n{}{local}", lines.concat())
}

fn pod_range(sys: &Sys, node: &str) -> Option<String> {
    use crate::api::{ObjectExt, resource};
    sys.cluster
        .store
        .find(&resource::NODES, "", node)
        .map(|n| n.str_at("spec.podCIDR").to_owned())
        .filter(|c| !c.is_empty())
}
