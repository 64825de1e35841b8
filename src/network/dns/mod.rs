//! Names: what CoreDNS answers ([`Network::dns_answer`]), and how a host asks ([`Network::lookup`] as dig does, one
//! question; [`Network::resolve`] as glibc does, with the search list).
//!
//! [`Network::dns_answer`]: crate::network::Network::dns_answer
//! [`Network::lookup`]: crate::network::Network::lookup
//! [`Network::resolve`]: crate::network::Network::resolve

mod resolver;
mod zone;

pub use resolver::{Families, Lookup, LookupFailure, Resolution};

use std::net::{Ipv4Addr, Ipv6Addr};

/// What a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    /// IPv4 address
    A,
    /// IPv6 address
    Aaaa,
    /// Another name
    Cname,
    /// Ports and targets
    Srv,
    /// The name of an address
    Ptr,
    /// Text
    Txt,
    /// Start of authority
    Soa,
    /// Name servers
    Ns,
    /// Mail servers
    Mx,
    /// Everything
    Any,
}

const TYPES: [(RecordType, &str); 10] = [
    (RecordType::A, "A"),
    (RecordType::Aaaa, "AAAA"),
    (RecordType::Cname, "CNAME"),
    (RecordType::Srv, "SRV"),
    (RecordType::Ptr, "PTR"),
    (RecordType::Txt, "TXT"),
    (RecordType::Soa, "SOA"),
    (RecordType::Ns, "NS"),
    (RecordType::Mx, "MX"),
    (RecordType::Any, "ANY"),
];

impl RecordType {
    /// By its name, in either case.
    pub fn parse(text: &str) -> Option<Self> {
        TYPES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(t, _)| *t)
    }
    /// Its name.
    pub fn name(self) -> &'static str {
        TYPES.iter().find(|(t, _)| *t == self).map_or("", |(_, name)| name)
    }
}

/// Response code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rcode {
    /// The name exists (there may be no data of the type: NODATA).
    #[default]
    NoError,
    /// The name does not exist.
    NxDomain,
    /// The server cannot tell.
    ServFail,
}

impl Rcode {
    /// As dig prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoError => "NOERROR",
            Self::NxDomain => "NXDOMAIN",
            Self::ServFail => "SERVFAIL",
        }
    }
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordData {
    /// Address
    A(Ipv4Addr),
    /// Address
    Aaaa(Ipv6Addr),
    /// Name with trailing dot
    Cname(String),
    /// Name with trailing dot
    Ptr(String),
    /// Name with trailing dot
    Ns(String),
    /// Text
    Txt(String),
    /// A port of a target
    Srv {
        /// 0
        priority: u16,
        /// 1 to 100
        weight: u16,
        /// Port
        port: u16,
        /// Name with trailing dot
        target: String,
    },
    /// Authority of `zone` (without trailing dot)
    Soa {
        /// Zone
        zone: String,
        /// Unix time
        serial: i64,
    },
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Owner with trailing dot, in the question's spelling.
    pub name: String,
    /// Seconds it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: RecordData,
}

impl Record {
    /// Its type.
    pub const fn kind(&self) -> RecordType {
        match self.data {
            RecordData::A(_) => RecordType::A,
            RecordData::Aaaa(_) => RecordType::Aaaa,
            RecordData::Cname(_) => RecordType::Cname,
            RecordData::Ptr(_) => RecordType::Ptr,
            RecordData::Ns(_) => RecordType::Ns,
            RecordData::Txt(_) => RecordType::Txt,
            RecordData::Srv { .. } => RecordType::Srv,
            RecordData::Soa { .. } => RecordType::Soa,
        }
    }
    /// What dig prints after the type (`dig +short` prints only that).
    pub fn text(&self) -> String {
        match &self.data {
            RecordData::A(ip) => ip.to_string(),
            RecordData::Aaaa(ip) => ip.to_string(),
            RecordData::Cname(name) | RecordData::Ptr(name) | RecordData::Ns(name) => name.clone(),
            RecordData::Txt(text) => format!("\"{text}\""),
            RecordData::Srv { priority, weight, port, target } => format!("{priority} {weight} {port} {target}"),
            RecordData::Soa { zone, serial } => {
                format!("ns.dns.{zone}. hostmaster.{zone}. {serial} 7200 1800 86400 30")
            }
        }
    }
}

/// A server's answer: always authoritative, recursion never available.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Response code.
    pub rcode: Rcode,
    /// ANSWER
    pub answers: Vec<Record>,
    /// AUTHORITY: the zone's SOA with every negative answer about the cluster's own names.
    pub authority: Vec<Record>,
    /// ADDITIONAL (without OPT): addresses of SRV and NS targets.
    pub additional: Vec<Record>,
}

impl Answer {
    /// Whether the name exists, without data of the type.
    pub fn no_data(&self) -> bool {
        self.rcode == Rcode::NoError && self.answers.is_empty()
    }
}

/// The name whose PTR record names an address: `10.0.96.10.in-addr.arpa`.
pub fn reverse_name(ip: Ipv4Addr) -> String {
    let [a, b, c, d] = ip.octets();
    format!("{d}.{c}.{b}.{a}.in-addr.arpa")
}
