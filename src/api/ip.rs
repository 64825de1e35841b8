//! IP addresses and CIDRs as the API server reads them: first as generously as it always did, then strictly.
// upstream: k8s.io/utils/net/parse.go (forks of Go's lenient parsers), apimachinery/pkg/util/validation/ip.go

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is said of a text that is no address.
pub const NO_IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
/// What is said of a text that is no CIDR.
pub const NO_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

fn v4_sloppy(s: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = s.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        *octet = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    }
    parts.next().is_none().then(|| octets.into())
}

/// `ParseIPSloppy`: IPv4 octets may have leading zeros; an IPv4-mapped IPv6 address is IPv4.
pub fn parse_sloppy(s: &str) -> Option<IpAddr> {
    if !s.contains(':') {
        return v4_sloppy(s).map(IpAddr::V4);
    }
    let v6: Ipv6Addr = match s.rsplit_once(':') {
        Some((head, tail)) if tail.contains('.') => format!("{head}:{}", v4_sloppy(tail)?).parse().ok()?,
        _ => s.parse().ok()?,
    };
    Some(v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4))
}

/// `ParseCIDRSloppy`: the address as written and its prefix length.
pub fn parse_cidr_sloppy(s: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = s.split_once('/')?;
    let ip = parse_sloppy(address)?;
    if length.is_empty() || !length.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let digits = length.trim_start_matches('0');
    let bits: u8 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let most = if address.contains(':') { 128 } else { 32 };
    (bits <= most).then_some((ip, bits))
}

/// The first address of `ip`'s network of `bits` bits.
pub fn masked(ip: IpAddr, bits: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            IpAddr::V4((u32::from(ip) & u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0)).into())
        }
        IpAddr::V6(ip) => {
            IpAddr::V6((u128::from(ip) & u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0)).into())
        }
    }
}

fn mapped(s: &str) -> bool {
    s.parse::<Ipv6Addr>().is_ok_and(|ip| ip.to_ipv4_mapped().is_some())
}

/// `IsValidIPForLegacyField` with strict validation: what is wrong with an address.
pub fn legacy_ip(s: &str) -> Vec<&'static str> {
    if parse_sloppy(s).is_none() {
        vec![NO_IP]
    } else if s.parse::<IpAddr>().is_err() {
        vec!["must not have leading 0s"]
    } else if mapped(s) {
        vec!["must not be an IPv4-mapped IPv6 address"]
    } else {
        vec![]
    }
}

/// `IsValidCIDRForLegacyField` with strict validation: what is wrong with a CIDR.
pub fn legacy_cidr(s: &str) -> Vec<&'static str> {
    let Some((ip, bits)) = parse_cidr_sloppy(s) else { return vec![NO_CIDR] };
    let (address, length) = s.split_once('/').unwrap_or((s, ""));
    if address.parse::<IpAddr>().is_err() || length != bits.to_string() {
        vec!["must not have leading 0s in IP or prefix length"]
    } else if mapped(address) {
        vec!["must not have an IPv4-mapped IPv6 address"]
    } else if masked(ip, bits) != ip {
        vec!["must not have bits set beyond the prefix length"]
    } else {
        vec![]
    }
}

/// `ValidateEndpointIP`: why traffic can't be sent to an address.
pub fn endpoint_ip(s: &str) -> Vec<String> {
    let Some(ip) = parse_sloppy(s) else { return vec!["must be a valid IP address".into()] };
    let (local, multicast) = match ip {
        IpAddr::V4(ip) => (ip.is_link_local(), ip.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(ip) => (ip.segments()[0] & 0xffc0 == 0xfe80, ip.segments()[0] & 0xff0f == 0xff02),
    };
    let mut out = Vec::new();
    if ip.is_unspecified() {
        out.push(["may not be unspecified (", s, ")"].concat());
    }
    if ip.is_loopback() {
        out.push("may not be in the loopback range (127.0.0.0/8, ::1/128)".into());
    }
    if local {
        out.push("may not be in the link-local range (169.254.0.0/16, fe80::/10)".into());
    }
    if multicast {
        out.push("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".into());
    }
    out
}

/// `GetWarningsForIP`: how an accepted address should have been written.
pub fn ip_warning(path: &str, s: &str) -> Option<String> {
    let ip = parse_sloppy(s)?;
    match s.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => (v6.to_string() != s)
            .then(|| format!("{path}: IPv6 address {s:?} should be in RFC 5952 canonical format (\"{v6}\")")),
        Ok(IpAddr::V4(_)) => None,
        _ => Some(format!("{path}: non-standard IP address {s:?} is invalid: use \"{ip}\"")),
    }
}

/// `GetWarningsForCIDR`: how an accepted CIDR should have been written.
pub fn cidr_warnings(path: &str, s: &str) -> Vec<String> {
    let Some((ip, bits)) = parse_cidr_sloppy(s) else { return Vec::new() };
    let network = masked(ip, bits);
    let address = s.split('/').next().unwrap_or("");
    let mut out = Vec::new();
    if network != ip {
        let all = if ip.is_ipv4() { 32 } else { 128 };
        out.push(format!(
            "{path}: CIDR value {s:?} is ambiguous in this context (should be \"{network}/{bits}\" or \"{ip}/{all}\"?)"
        ));
    }
    if address.parse::<IpAddr>().is_err() || mapped(address) || !s.ends_with(&format!("/{bits}")) {
        out.push(format!("{path}: non-standard CIDR value {s:?} is invalid: use \"{network}/{bits}\""));
    }
    let canonical = format!("{ip}/{bits}");
    if out.is_empty() && ip.is_ipv6() && canonical != s {
        out.push(format!("{path}: IPv6 CIDR value {s:?} should be in RFC 5952 canonical format (\"{canonical}\")"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_generously_and_refused_strictly() {
        assert!(legacy_ip("10.96.0.99").is_empty() && legacy_ip("fd00::1").is_empty());
        assert_eq!(legacy_ip("10.96.0.300"), [NO_IP]);
        assert_eq!(legacy_ip("01.2.3.4"), ["must not have leading 0s"]);
        assert_eq!(legacy_ip("::ffff:1.2.3.4"), ["must not be an IPv4-mapped IPv6 address"]);
        assert_eq!(legacy_cidr("10.0.0.1/8"), ["must not have bits set beyond the prefix length"]);
        assert_eq!(legacy_cidr("10.0.0.0"), [NO_CIDR]);
        assert!(legacy_cidr("0.0.0.0/0").is_empty());
        assert_eq!(endpoint_ip("0.0.0.0"), ["may not be unspecified (0.0.0.0)"]);
        assert_eq!(endpoint_ip("224.0.0.1").len(), 1);
    }
}
