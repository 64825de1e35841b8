//! Addresses and ranges, read as leniently as Kubernetes reads them and printed canonically.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Address family of a proxier, a slice, an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4
    #[default]
    V4,
    /// IPv6
    V6,
}

impl Family {
    /// The family of an address.
    pub const fn of(ip: &IpAddr) -> Self {
        match ip {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }
    /// `IPv4`, `IPv6`: as `EndpointSlice.addressType` spells it.
    pub const fn address_type(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// Reads an address; leading zeros of IPv4 are accepted, as Kubernetes' legacy parser does (`172.30.0.041`).
///
/// upstream: k8s.io/utils/net/parse.go ParseIPSloppy
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut bytes = [0u8; 4];
    let mut parts = text.split('.');
    for byte in &mut bytes {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *byte = part
            .trim_start_matches('0')
            .parse::<u16>()
            .or(if part.bytes().all(|b| b == b'0') { Ok(0) } else { Err(()) })
            .ok()?
            .try_into()
            .ok()?;
    }
    parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(bytes)))
}

/// An address range; the address is already masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    /// First address.
    pub ip: IpAddr,
    /// Length of the prefix in bits.
    pub bits: u8,
}

fn mask(ip: IpAddr, bits: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)))
        }
        IpAddr::V6(ip) => {
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)))
        }
    }
}

impl Cidr {
    /// The range of `bits` around `ip`; too many bits mean the address alone.
    pub fn new(ip: IpAddr, bits: u8) -> Self {
        let bits = bits.min(if ip.is_ipv4() { 32 } else { 128 });
        Self { ip: mask(ip, bits), bits }
    }
    /// An address alone.
    pub fn host(ip: IpAddr) -> Self {
        Self::new(ip, 128)
    }
    /// `127.0.0.0/8`
    pub const LOOPBACK: Cidr = Cidr { ip: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), bits: 8 };
    /// Reads `ADDRESS/BITS`, blanks around it ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let (ip, bits) = text.trim().split_once('/')?;
        let (ip, bits) = (parse_ip(ip)?, bits.parse::<u16>().ok()?);
        (bits <= if ip.is_ipv4() { 32 } else { 128 }).then(|| Self::new(ip, bits as u8))
    }
    /// Whether `ip` lies in it.
    #[inline]
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.ip, ip) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                (net.to_bits() ^ ip.to_bits()) & u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(_), IpAddr::V6(_)) => mask(ip, self.bits) == self.ip,
            _ => false,
        }
    }
    /// Its family.
    pub const fn family(&self) -> Family {
        Family::of(&self.ip)
    }
    /// Whether it is one address.
    pub const fn is_host(&self) -> bool {
        self.bits == if self.ip.is_ipv4() { 32 } else { 128 }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_reprinted_canonically() {
        let ip = |t: &str| parse_ip(t).map(|i| i.to_string());
        assert_eq!(ip("172.30.0.041").as_deref(), Some("172.30.0.41"));
        assert_eq!(ip("0.0.000.0").as_deref(), Some("0.0.0.0"));
        assert_eq!(ip("fd00:10:96::1").as_deref(), Some("fd00:10:96::1"));
        assert_eq!(
            (ip("1.2.3"), ip("1.2.3.256"), ip("a.b.c.d"), ip("1.2.3.4.5"), ip("")),
            (None, None, None, None, None)
        );
        assert_eq!(Cidr::parse(" 203.0.113.000/025").map(|c| c.to_string()).as_deref(), Some("203.0.113.0/25"));
        assert_eq!(Cidr::parse("10.0.0.0/33"), None);
        assert!(Cidr::parse("0.0.0.0/0").is_some_and(|c| c.contains(IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)))));
        assert!(!Cidr::LOOPBACK.contains(IpAddr::V4(Ipv4Addr::new(128, 0, 0, 1))));
    }
}
