//! The pools that Services draw from: cluster addresses and node ports.

use crate::api::{ObjectExt, Value};
use crate::sim::{Random, Stream};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// First and last usable address of `10.96.0.0/12`, and how many of them are kept for static use.
const IPS: (u32, u32, u32) = (0x0a60_0001, 0x0a6f_fffe, 256);
/// First and last node port, and how many of them are kept for static use.
const PORTS: (u32, u32, u32) = (30_000, 32_767, 86);

/// Why a number can't be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AllocError {
    /// Somebody has it.
    Allocated,
    /// It is no number of the pool.
    NotInRange,
    /// All are given.
    Full,
}

/// One pool of numbers. Those below the band's end are only drawn once the rest is full.
/// upstream: pkg/registry/core/service/allocator/bitmap.go, ipallocator/cidrallocator.go
#[derive(Clone, Debug)]
struct Pool {
    first: u32,
    last: u32,
    band: u32,
    taken: BTreeSet<u32>,
}

impl Pool {
    fn new((first, last, band): (u32, u32, u32)) -> Self {
        Self { first, last, band, taken: BTreeSet::new() }
    }
    fn take(&mut self, n: u32) -> Result<(), AllocError> {
        if n < self.first || n > self.last {
            return Err(AllocError::NotInRange);
        }
        if self.taken.insert(n) { Ok(()) } else { Err(AllocError::Allocated) }
    }
    /// A random start, then the next free one with wrap; first in the dynamic band, then in the static one.
    fn draw(&mut self, random: &mut Random) -> Result<u32, AllocError> {
        let middle = self.first + self.band;
        for (from, to) in [(middle, self.last), (self.first, middle - 1)] {
            let size = to - from + 1;
            let start = random.below(Stream::Allocation, u64::from(size)) as u32;
            if let Some(n) = (0..size).map(|i| from + (start + i) % size).find(|n| !self.taken.contains(n)) {
                self.taken.insert(n);
                return Ok(n);
            }
        }
        Err(AllocError::Full)
    }
}

/// What one request took, to be given back if the request fails.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    pub(super) ips: Vec<u32>,
    pub(super) ports: Vec<u32>,
}

/// Cluster addresses and node ports that are in use.
#[derive(Clone, Debug)]
pub(crate) struct Allocators {
    ips: Pool,
    ports: Pool,
}

impl Default for Allocators {
    fn default() -> Self {
        Self { ips: Pool::new(IPS), ports: Pool::new(PORTS) }
    }
}

impl Allocators {
    /// Takes one address.
    pub(super) fn take_ip(&mut self, ip: Ipv4Addr) -> Result<(), AllocError> {
        self.ips.take(ip.into())
    }
    /// Draws one address.
    pub(super) fn draw_ip(&mut self, random: &mut Random) -> Result<Ipv4Addr, AllocError> {
        self.ips.draw(random).map(Ipv4Addr::from)
    }
    /// Takes one port.
    pub(super) fn take_port(&mut self, port: u32) -> Result<(), AllocError> {
        self.ports.take(port)
    }
    /// Draws one port.
    pub(super) fn draw_port(&mut self, random: &mut Random) -> Result<u32, AllocError> {
        self.ports.draw(random)
    }
    /// Whether a port is in use.
    pub(super) fn has_port(&self, port: u32) -> bool {
        self.ports.taken.contains(&port)
    }
    /// Gives back what a failed request took.
    pub(super) fn revert(&mut self, taken: Taken) {
        for ip in taken.ips {
            self.ips.taken.remove(&ip);
        }
        for port in taken.ports {
            self.ports.taken.remove(&port);
        }
    }
    /// Gives back all that a Service holds.
    pub(super) fn release_service(&mut self, service: &Value) {
        let ips = service.list_at("spec.clusterIPs").iter().filter_map(|ip| ip.as_str()?.parse::<Ipv4Addr>().ok());
        let ips = ips.map(u32::from).collect();
        let ports = service.list_at("spec.ports").iter().map(|p| p.at("nodePort"));
        let ports = ports.chain([service.at("spec.healthCheckNodePort")]);
        self.revert(Taken { ips, ports: ports.filter_map(|p| u32::try_from(p.as_u64()?).ok()).collect() });
    }
}
