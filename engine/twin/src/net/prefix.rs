//! IPv4 prefixes, and the ways tools write them.

use std::fmt;
use std::net::Ipv4Addr;

/// An address with a length; the bits behind the length may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Prefix {
    pub(crate) addr: Ipv4Addr,
    pub(crate) len: u8,
}

/// The mask of a length.
pub(crate) fn mask(len: u8) -> u32 {
    if len == 0 { 0 } else { u32::MAX << (32 - u32::from(len.min(32))) }
}

impl Prefix {
    pub(crate) const ALL: Prefix = Prefix { addr: Ipv4Addr::UNSPECIFIED, len: 0 };

    pub(crate) fn new(addr: Ipv4Addr, len: u8) -> Prefix {
        Prefix { addr, len }
    }

    pub(crate) fn host(addr: Ipv4Addr) -> Prefix {
        Prefix { addr, len: 32 }
    }

    /// The same prefix with the bits behind its length cleared.
    pub(crate) fn network(self) -> Prefix {
        Prefix { addr: Ipv4Addr::from(u32::from(self.addr) & mask(self.len)), len: self.len }
    }

    /// The last address of the prefix.
    pub(crate) fn last(self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.addr) | !mask(self.len))
    }

    pub(crate) fn holds(self, addr: Ipv4Addr) -> bool {
        (u32::from(addr) ^ u32::from(self.addr)) & mask(self.len) == 0
    }

    /// Reads `1.2.3.4`, `1.2.3.4/24`, `1.2/16` and `1.2.3.4/255.255.0.0`.
    pub(crate) fn read(text: &str) -> Option<Prefix> {
        let (addr, len) = match text.split_once('/') {
            Some((addr, len)) => (addr, Some(len)),
            None => (text, None),
        };
        let addr = read_short(addr)?;
        let len = match len {
            None => 32,
            Some(len) => match len.parse::<u8>() {
                Ok(len) if len <= 32 => len,
                Ok(_) => return None,
                Err(_) => length_of(len.parse().ok()?)?,
            },
        };
        Some(Prefix { addr, len })
    }
}

/// `10.1` is 10.1.0.0 where a prefix is meant.
fn read_short(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 4 {
        return None;
    }
    let mut octets = [0u8; 4];
    for (place, part) in parts.iter().enumerate() {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        octets[place] = part.parse().ok()?;
    }
    Some(Ipv4Addr::from(octets))
}

fn length_of(mask: Ipv4Addr) -> Option<u8> {
    let bits = u32::from(mask);
    let len = bits.leading_ones();
    (bits.count_ones() == len).then(|| u8::try_from(len).unwrap_or(32))
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.len == 32 { write!(f, "{}", self.addr) } else { write!(f, "{}/{}", self.addr, self.len) }
    }
}
