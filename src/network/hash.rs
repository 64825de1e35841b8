//! The hash in kube-proxy's chain names.

use super::sha256;
use std::fmt;

/// Sixteen characters of base32.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 16]);

impl Hash {
    /// Its text; the empty hash is empty.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("").trim_end_matches('\0')
    }
    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        text.as_bytes().try_into().ok().map(Self)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first 16 characters of base32(SHA-256) of all parts in a row.
///
/// upstream: pkg/proxy/iptables/proxier.go portProtoHash, servicePortEndpointChainName
pub fn hash(parts: &[&str]) -> Hash {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = sha256(parts.concat().as_bytes());
    let mut bits = digest.iter().take(10).fold(0u128, |n, b| n << 8 | u128::from(*b));
    let mut out = [0u8; 16];
    for c in out.iter_mut().rev() {
        *c = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    Hash(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_a_real_cluster() {
        let vectors = [
            ("ns1/svc1:p80tcp", "XPGD46QRK7WJZT7O"),
            ("ns1/svc1:p80tcp10.180.0.1:80", "SXIVWICOYRO3J4NJ"),
            ("ns4/svc4:p80tcp10.180.0.5:80", "C6EBXVWJJZMIWKLZ"),
            ("ns2/svc2:p8080tcp", "2VJB64SDSIJUP5T6"),
            ("ns1/svc1:p80tcp10.0.0.0:80", "DKGQUZGBKLTPAR56"),
            ("ns3/svc3:p8081tcp203.0.113.4:8081", "RUVVH7YV3PHQBDOS"),
            ("ns4/svc4:p8082tcp", "EBDQOQU5SJFXRIL3"),
            ("default/kubernetes:httpstcp", "NPX46M4PTMTKRN6Y"),
            ("kube-system/kube-dns:dnsudp", "TCOU7JCQXEZGVUNU"),
        ];
        for (text, want) in vectors {
            assert_eq!(hash(&[text]).as_str(), want, "{text}");
        }
    }
}
