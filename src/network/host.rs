//! Machines and Pods: who has which address, where it is, and who listens there.

use super::packet::Protocol;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// A host by number; numbers are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// What kind of host it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// The user's machine, 192.168.49.1; also the nodes' default gateway.
    User,
    /// Another client outside; its packets reach nodes through the user's machine.
    Outside,
    /// A node.
    Node,
    /// A Pod.
    Pod,
}

/// A socket that waits for connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its protocol.
    pub proto: Protocol,
    /// Its port.
    pub port: u16,
    /// Whether it listens on 127.0.0.1 only.
    pub loopback_only: bool,
    /// Who listens: a container's or program's name.
    pub owner: Rc<str>,
}

impl Listener {
    /// On all addresses.
    pub fn new(proto: Protocol, port: u16, owner: &str) -> Self {
        Self { proto, port, loopback_only: false, owner: owner.into() }
    }
}

/// What `/etc/resolv.conf` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// `nameserver`
    pub nameservers: Vec<Ipv4Addr>,
    /// `search`
    pub search: Vec<String>,
    /// `options ndots:N`
    pub ndots: u32,
}

impl ResolvConf {
    /// As kubelet writes it for `dnsPolicy: ClusterFirst`.
    ///
    /// upstream: pkg/kubelet/network/dns/dns.go
    pub fn cluster_first(nameserver: Ipv4Addr, namespace: &str, domain: &str) -> Self {
        let search = vec![format!("{namespace}.svc.{domain}"), format!("svc.{domain}"), domain.to_owned()];
        Self { nameservers: vec![nameserver], search, ndots: 5 }
    }
    /// A node's: a name server that no one can reach.
    pub fn node() -> Self {
        Self { nameservers: vec![Ipv4Addr::new(10, 255, 255, 53)], search: Vec::new(), ndots: 1 }
    }
    /// The file's text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if !self.search.is_empty() {
            out.push_str(&format!("search {}\n", self.search.join(" ")));
        }
        self.nameservers.iter().for_each(|n| out.push_str(&format!("nameserver {n}\n")));
        if self.ndots != 1 {
            out.push_str(&format!("options ndots:{}\n", self.ndots));
        }
        out
    }
}

/// A host.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its number.
    pub id: HostId,
    /// What it is.
    pub kind: HostKind,
    /// `worker-1`, `default/web-abcde`, `you`.
    pub name: Rc<str>,
    /// Its address. A Pod on the host's network has its node's.
    pub ip: Ipv4Addr,
    /// A Pod's node; a node itself.
    pub node: Option<HostId>,
    /// Who listens.
    pub listeners: Vec<Listener>,
    /// How it resolves names.
    pub resolver: Rc<ResolvConf>,
    /// Whether it is up; a node that is down takes its Pods with it.
    pub up: bool,
}

impl Host {
    /// Whether something listens there for a packet to `dst`.
    #[inline]
    pub fn listens(&self, proto: Protocol, port: u16, dst: Ipv4Addr) -> bool {
        self.listeners.iter().any(|l| l.port == port && l.proto == proto && (!l.loopback_only || dst.is_loopback()))
    }
}

/// Hosts by address: open addressing, for one look-up per hop.
#[derive(Clone, Debug, Default)]
pub(super) struct AddressBook {
    slots: Vec<(u32, u32)>,
    used: usize,
}

const FREE: (u32, u32) = (0, 0);
/// A slot whose entry was taken away.
const GONE: (u32, u32) = (0, u32::MAX);

impl AddressBook {
    #[inline]
    fn start(&self, ip: u32) -> usize {
        (ip.wrapping_mul(0x9E37_79B1) >> 7) as usize & (self.slots.len() - 1)
    }
    #[inline]
    pub fn get(&self, ip: Ipv4Addr) -> Option<HostId> {
        let ip = ip.to_bits();
        if self.slots.is_empty() || ip == 0 {
            return None;
        }
        let mut at = self.start(ip);
        loop {
            match self.slots[at] {
                FREE => return None,
                (found, id) if found == ip => return Some(HostId(id)),
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }
    pub fn insert(&mut self, ip: Ipv4Addr, id: HostId) {
        if (self.used + 1) * 2 > self.slots.len() {
            let old = std::mem::take(&mut self.slots);
            let live = old.iter().filter(|s| s.0 != 0).count();
            self.slots = vec![FREE; ((live + 1) * 4).next_power_of_two().max(16)];
            self.used = 0;
            old.into_iter().filter(|s| s.0 != 0).for_each(|(ip, id)| self.put(ip, id));
        }
        self.put(ip.to_bits(), id.0);
    }
    fn put(&mut self, ip: u32, id: u32) {
        if ip == 0 {
            return;
        }
        let mut at = self.start(ip);
        while self.slots[at] != FREE && self.slots[at].0 != ip {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.used += usize::from(self.slots[at] == FREE);
        self.slots[at] = (ip, id);
    }
    /// Forgets `ip` if it is `id`'s.
    pub fn remove(&mut self, ip: Ipv4Addr, id: HostId) {
        if self.get(ip) != Some(id) {
            return;
        }
        let mut at = self.start(ip.to_bits());
        while self.slots[at].0 != ip.to_bits() {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = GONE;
    }
}
