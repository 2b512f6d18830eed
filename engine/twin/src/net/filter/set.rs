//! Sets of `ipset`: addresses, networks, and addresses with ports.

use crate::net::prefix::Prefix;
use crate::net::walk::packet::{Body, Packet};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// A set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) kind: String,
    /// Its place among the sets of its namespace: the first that was free.
    pub(crate) slot: usize,
    /// Of the sixth version, whose addresses no packet here has.
    pub(crate) six: bool,
    /// The first and last number that a bitmap has room for.
    pub(crate) range: (u32, u32),
    /// How many bits of an address count.
    pub(crate) netmask: Option<u8>,
    pub(crate) hashsize: u32,
    /// How many entries there may be, or are meant to be in a list.
    pub(crate) most: u32,
    pub(crate) bucketsize: u32,
    pub(crate) initval: u32,
    /// For how many seconds an entry is in it that nothing else was said of.
    pub(crate) timeout: Option<u32>,
    pub(crate) counters: bool,
    pub(crate) comment: bool,
    pub(crate) skbinfo: bool,
    pub(crate) entries: Vec<Entry>,
}

/// One entry: a prefix, and for the kinds that have one a protocol with a port, and a second prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) prefix: Option<Prefix>,
    pub(crate) port: Option<(u8, u16)>,
    pub(crate) second: Option<Prefix>,
    /// An address of the sixth version, as it is shown.
    pub(crate) six: Option<String>,
    pub(crate) nomatch: bool,
    /// The name of a member of a list of sets.
    pub(crate) member: Option<String>,
    pub(crate) comment: Option<String>,
    /// When it leaves the set, in milliseconds; none where it stays.
    pub(crate) until: Option<i64>,
    pub(crate) counted: (u64, u64),
    /// What it says of packets, as it was typed.
    pub(crate) skb: String,
}

/// What number of a protocol an entry speaks of: its port, or the type and code of a message.
fn number(packet: &Packet, own: bool) -> u16 {
    match &packet.body {
        Body::Echo { reply, .. } => u16::from(!*reply) << 11,
        _ if own => packet.ports().0,
        _ => packet.ports().1,
    }
}

impl Set {
    /// What its entries are made of: `ip`, `net`, `port`, `set`.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> + Clone {
        self.kind.split_once(':').map_or("", |(_, parts)| parts).split(',')
    }

    /// Whether a packet is in the set, looked at in the directions given (`src`, `dst,src`, …).
    pub(crate) fn holds(&self, packet: &Packet, dirs: &str, others: &BTreeMap<String, Set>, depth: u8) -> bool {
        if self.kind == "list:set" {
            return depth < 4
                && self.entries.iter().any(|entry| {
                    let member = entry.member.as_ref().and_then(|name| others.get(name));
                    member.is_some_and(|set| set.holds(packet, dirs, others, depth + 1))
                });
        }
        let bitmap = self.kind.starts_with("bitmap");
        let mut asked = Entry::default();
        let mut dirs = dirs.split(',').map(|dir| dir == "src");
        for part in self.parts() {
            let Some(own) = dirs.next() else { return false };
            match part {
                "port" if bitmap && !matches!(packet.body, Body::Ports { .. } | Body::Tunnel { .. }) => return false,
                "port" => {
                    asked.port = Some((if bitmap { 0 } else { packet.protocol() }, number(packet, own)));
                }
                "ip" | "net" => {
                    let addr = self.masked(Prefix::host(if own { packet.src } else { packet.dst }));
                    let free = if asked.prefix.is_none() { &mut asked.prefix } else { &mut asked.second };
                    *free = Some(addr);
                }
                _ => return false,
            }
        }
        self.best(&asked).is_some_and(|entry| !entry.nomatch)
    }

    /// An address as the set keeps it.
    pub(crate) fn masked(&self, addr: Prefix) -> Prefix {
        match self.netmask.filter(|_| addr.len == 32) {
            Some(len) => Prefix::host(Prefix::new(addr.addr, len).network().addr),
            None => addr,
        }
    }

    /// The narrowest entry that holds what is asked for: an address lies in networks, a network only in itself.
    pub(crate) fn best(&self, asked: &Entry) -> Option<&Entry> {
        let within = |has: Option<Prefix>, asked: Option<Prefix>| match (has, asked) {
            (Some(has), Some(asked)) if asked.len == 32 => has.holds(asked.addr),
            (has, asked) => has == asked,
        };
        let len = |prefix: Option<Prefix>| prefix.map_or(0, |prefix| prefix.len);
        let holds = |entry: &&Entry| {
            within(entry.prefix, asked.prefix)
                && within(entry.second, asked.second)
                && (&entry.port, &entry.six, &entry.member) == (&asked.port, &asked.six, &asked.member)
        };
        self.entries.iter().filter(holds).max_by_key(|entry| (len(entry.prefix), len(entry.second)))
    }

    /// Whether a number is one that the set has room for.
    pub(crate) fn has_room_for(&self, entry: &Entry) -> bool {
        let number = entry.port.map(|(_, port)| u32::from(port));
        let number = number.or(entry.prefix.map(|prefix| u32::from(prefix.addr))).unwrap_or(0);
        !self.kind.starts_with("bitmap") || (self.range.0..=self.range.1).contains(&number)
    }

    /// Ends what has had its time.
    pub(crate) fn forget(&mut self, now: i64) {
        self.entries.retain(|entry| entry.until.is_none_or(|until| until > now));
    }
}

impl Entry {
    /// Whether both are about the same.
    pub(crate) fn is_like(&self, other: &Entry) -> bool {
        (self.prefix, self.port, self.second, &self.six, &self.member)
            == (other.prefix, other.port, other.second, &other.six, &other.member)
    }
}

/// An address as the C library reads it: `10.1` is 10.0.0.1.
pub(crate) fn short_address(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = text.split('.').map(plain_number).collect::<Option<_>>()?;
    let (last, bytes) = parts.split_last()?;
    if bytes.len() > 3 || bytes.iter().any(|byte| *byte > 255) || u64::from(*last) >= 1 << (32 - 8 * bytes.len()) {
        return None;
    }
    let head = bytes.iter().enumerate().fold(0, |sum, (place, byte)| sum | byte << (24 - 8 * place));
    Some(Ipv4Addr::from(head | last))
}

fn plain_number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (text, base) = match text.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    u32::from_str_radix(text, base).ok().filter(|_| digits)
}
