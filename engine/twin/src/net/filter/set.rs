//! Sets of `ipset`: addresses, networks, and addresses with ports.

use crate::net::prefix::Prefix;
use crate::net::walk::packet::Packet;

/// A set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) kind: String,
    pub(crate) header: String,
    pub(crate) entries: Vec<Entry>,
}

/// One entry: a prefix, and for the kinds that have one a protocol with a port, and a second prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) prefix: Option<Prefix>,
    pub(crate) port: Option<(u8, u16)>,
    pub(crate) second: Option<Prefix>,
    pub(crate) nomatch: bool,
    /// The name of a member of a list of sets.
    pub(crate) member: Option<String>,
    pub(crate) comment: Option<String>,
}

impl Set {
    /// Whether a packet is in the set, looked at in the directions given (`src`, `dst,src`, …).
    pub(crate) fn holds(
        &self,
        packet: &Packet,
        dirs: &str,
        others: &std::collections::BTreeMap<String, Set>,
        depth: u8,
    ) -> bool {
        if self.kind == "list:set" {
            return depth < 4
                && self.entries.iter().any(|entry| {
                    let member = entry.member.as_ref().and_then(|name| others.get(name));
                    member.is_some_and(|set| set.holds(packet, dirs, others, depth + 1))
                });
        }
        let parts: Vec<&str> = self.kind.split_once(':').map_or(vec![], |(_, parts)| parts.split(',').collect());
        let dirs: Vec<&str> = dirs.split(',').collect();
        let (from, to) = packet.ports();
        let fits = |entry: &&Entry| {
            let mut first = true;
            for (place, part) in parts.iter().enumerate() {
                let Some(dir) = dirs.get(place) else { return false };
                let fits = match *part {
                    "port" => {
                        let own = if *dir == "src" { from } else { to };
                        entry.port.is_none_or(|(proto, port)| port == own && (proto == 0 || proto == packet.protocol()))
                    }
                    "ip" | "net" => {
                        let own = if *dir == "src" { packet.src } else { packet.dst };
                        let prefix = if first { entry.prefix } else { entry.second };
                        first = false;
                        prefix.is_some_and(|prefix| prefix.holds(own))
                    }
                    _ => false,
                };
                if !fits {
                    return false;
                }
            }
            !parts.is_empty()
        };
        let best = self.entries.iter().filter(fits).max_by_key(|entry| entry.prefix.map_or(0, |p| p.len));
        best.is_some_and(|entry| !entry.nomatch)
    }
}
