//! The pools that Services draw from: cluster addresses and node ports.

use crate::api::{ObjectExt, Value};
use crate::collections::BTreeSet;
use crate::sim::{Random, Stream};
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

impl AllocError {
    /// upstream: pkg/registry/core/service/portallocator/allocator.go
    pub(super) fn port_text(self) -> &'static str {
        match self {
            Self::Allocated => "provided port is already allocated",
            Self::NotInRange => "provided port is not in the valid range. The range of valid ports is 30000-32767",
            Self::Full => "range is full",
        }
    }
    /// upstream: pkg/registry/core/service/ipallocator/interfaces.go
    pub(super) fn ip_text(self) -> &'static str {
        match self {
            Self::Allocated => "provided IP is already allocated",
            Self::NotInRange => "the provided network does not match the current range",
            Self::Full => "range is full",
        }
    }
}

/// One pool of numbers. Those of the static band (the first `band`) are only drawn once the rest is full.
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
    fn holds(&self, n: u32) -> bool {
        (self.first..=self.last).contains(&n)
    }
    fn take(&mut self, n: u32) -> Result<(), AllocError> {
        match self.holds(n) {
            false => Err(AllocError::NotInRange),
            true if self.taken.insert(n) => Ok(()),
            true => Err(AllocError::Allocated),
        }
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

/// What one request takes and what it frees. Taken numbers go back if the request fails; freed ones are free once
/// it has succeeded. A dry run takes nothing.
/// upstream: pkg/registry/core/service/portallocator/operation.go PortAllocationOperation
#[derive(Clone, Debug, Default)]
pub(super) struct Transaction {
    dry_run: bool,
    ips: Vec<u32>,
    ports: Vec<u32>,
    freed_ips: Vec<u32>,
    freed_ports: Vec<u32>,
}

impl Transaction {
    /// One that takes for real, or only looks.
    pub(super) fn new(dry_run: bool) -> Self {
        Self { dry_run, ..Self::default() }
    }
    /// Whether it only looks.
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run
    }
    /// Frees an address if the request succeeds.
    pub(super) fn free_ip(&mut self, ip: &str) {
        self.freed_ips.extend(ip.parse::<Ipv4Addr>().map(u32::from));
    }
    /// Frees a port if the request succeeds.
    pub(super) fn free_port(&mut self, port: u32) {
        self.freed_ports.push(port);
    }
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
    /// Takes the address that a Service asks for; the error is the text that follows `failed to allocate IP IP: `.
    pub(super) fn take_ip(&mut self, txn: &mut Transaction, ip: Ipv4Addr) -> Result<(), String> {
        let n = u32::from(ip);
        if txn.dry_run {
            // A dry run looks at the range alone.
            let range = "10.96.0.0/12";
            return if self.ips.holds(n) {
                Ok(())
            } else {
                Err(format!("the provided IP ({ip}) is not in the valid range. The range of valid IPs is {range}"))
            };
        }
        self.ips.take(n).map_err(|e| e.ip_text().to_owned())?;
        txn.ips.push(n);
        Ok(())
    }
    /// Draws an address; a dry run gets the network's own.
    pub(super) fn draw_ip(&mut self, txn: &mut Transaction, random: &mut Random) -> Result<Ipv4Addr, AllocError> {
        if txn.dry_run {
            return Ok(Ipv4Addr::from(self.ips.first - 1));
        }
        let n = self.ips.draw(random)?;
        txn.ips.push(n);
        Ok(n.into())
    }
    /// Takes the port that a Service asks for. A dry run doesn't look at the range.
    pub(super) fn take_port(&mut self, txn: &mut Transaction, port: u32) -> Result<(), AllocError> {
        if !txn.dry_run {
            self.ports.take(port)?;
        } else if self.ports.taken.contains(&port) || txn.ports.contains(&port) {
            return Err(AllocError::Allocated);
        }
        txn.ports.push(port);
        Ok(())
    }
    /// Draws a port; a dry run gets the one after the highest it has seen, or 32769.
    pub(super) fn draw_port(&mut self, txn: &mut Transaction, random: &mut Random) -> Result<u32, AllocError> {
        let port = if txn.dry_run {
            txn.ports.iter().max().copied().unwrap_or(32_768) + 1
        } else {
            self.ports.draw(random)?
        };
        txn.ports.push(port);
        Ok(port)
    }
    /// The request succeeded: what it frees is free.
    pub(super) fn commit(&mut self, txn: &Transaction) {
        if !txn.dry_run {
            self.free(&txn.freed_ips, &txn.freed_ports);
        }
    }
    /// The request failed: what it took is free again.
    pub(super) fn revert(&mut self, txn: &Transaction) {
        if !txn.dry_run {
            self.free(&txn.ips, &txn.ports);
        }
    }
    /// Gives back all that a Service holds.
    pub(super) fn release_service(&mut self, service: &Value) {
        let ips = service.list_at("spec.clusterIPs").iter().filter_map(|ip| ip.as_str()?.parse::<Ipv4Addr>().ok());
        let ports = service.list_at("spec.ports").iter().map(|p| p.at("nodePort"));
        let ports = ports.chain([service.at("spec.healthCheckNodePort")]);
        let ports: Vec<u32> = ports.filter_map(|p| u32::try_from(p.as_u64()?).ok()).collect();
        self.free(&ips.map(u32::from).collect::<Vec<_>>(), &ports);
    }
    fn free(&mut self, ips: &[u32], ports: &[u32]) {
        for ip in ips {
            self.ips.taken.remove(ip);
        }
        for port in ports {
            self.ports.taken.remove(port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_ranges_and_dry_runs() {
        let (mut a, mut random) = (Allocators::default(), Random::new(3));
        let (mut txn, mut dry) = (Transaction::new(false), Transaction::new(true));
        for _ in 0..500 {
            let port = a.draw_port(&mut txn, &mut random).unwrap();
            assert!((30_086..=32_767).contains(&port), "{port}");
            let ip = u32::from(a.draw_ip(&mut txn, &mut random).unwrap());
            assert!(ip > u32::from(Ipv4Addr::new(10, 96, 1, 0)), "{ip:x}");
        }
        assert_eq!(a.take_port(&mut txn, 80), Err(AllocError::NotInRange));
        assert_eq!(a.take_port(&mut txn, 30_001), Ok(()));
        assert_eq!(a.take_port(&mut dry, 30_001), Err(AllocError::Allocated));
        a.revert(&txn);
        assert_eq!(a.take_port(&mut dry, 30_001), Ok(()));
        assert_eq!(a.draw_port(&mut dry, &mut random), Ok(30_002));
        assert_eq!(a.draw_ip(&mut dry, &mut random).unwrap().to_string(), "10.96.0.0");
        let outside = a.take_ip(&mut txn, Ipv4Addr::new(10, 96, 0, 0)).unwrap_err();
        assert_eq!(outside, "the provided network does not match the current range");
    }

    #[test]
    fn a_full_dynamic_band_spills_into_the_static_one() {
        let (mut a, mut random, mut txn) = (Allocators::default(), Random::new(3), Transaction::new(false));
        let drawn: Vec<u32> = (0..2768).map(|_| a.draw_port(&mut txn, &mut random).unwrap()).collect();
        assert!(drawn[2682..].iter().all(|p| *p < 30_086));
        assert_eq!(a.draw_port(&mut txn, &mut random), Err(AllocError::Full));
    }
}
