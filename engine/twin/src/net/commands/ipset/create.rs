//! `ipset create`.

use super::element::number;
use super::{No, Output, Told, beyond, kernel, syntax, usage, value};
use crate::net::filter::Set;
use crate::net::filter::set::short_address;
use crate::net::network::{Network, SpaceId};
use crate::net::prefix::Prefix;
use std::sync::Arc;

/// What a kind of set can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Can {
    All,
    /// The program knows it; most kernels do not.
    Nothing,
    /// It is not modelled.
    Unknown,
}

/// The kinds of sets with their revisions.
const KINDS: [(&str, u8, Can); 16] = [
    ("bitmap:ip", 3, Can::All),
    ("bitmap:ip,mac", 3, Can::Unknown),
    ("bitmap:port", 3, Can::All),
    ("hash:ip", 6, Can::All),
    ("hash:ip,mac", 1, Can::Nothing),
    ("hash:ip,mark", 3, Can::Nothing),
    ("hash:ip,port", 7, Can::All),
    ("hash:ip,port,ip", 6, Can::All),
    ("hash:ip,port,net", 8, Can::All),
    ("hash:mac", 1, Can::Nothing),
    ("hash:net", 7, Can::All),
    ("hash:net,iface", 8, Can::Unknown),
    ("hash:net,net", 4, Can::All),
    ("hash:net,port", 8, Can::All),
    ("hash:net,port,net", 3, Can::All),
    ("list:set", 3, Can::All),
];

/// Older names of kinds.
const ALIASES: [(&str, &str); 9] = [
    ("ipmap", "bitmap:ip"),
    ("portmap", "bitmap:port"),
    ("iphash", "hash:ip"),
    ("nethash", "hash:net"),
    ("ipporthash", "hash:ip,port"),
    ("netporthash", "hash:net,port"),
    ("ipportiphash", "hash:ip,port,ip"),
    ("ipportnethash", "hash:ip,port,net"),
    ("setlist", "list:set"),
];

pub(super) fn revision(kind: &str) -> u8 {
    KINDS.iter().find(|known| known.0 == kind).map_or(0, |known| known.1)
}

pub(super) fn create(
    net: &mut Network,
    id: SpaceId,
    (name, kind): (&str, &str),
    options: &[&str],
    exist: bool,
) -> Told {
    if name.len() > 31 {
        return Err(syntax(format!("setname '{name}' is longer than 31 characters")));
    }
    let kind = ALIASES.iter().find(|(old, _)| *old == kind).map_or(kind, |(_, new)| new);
    let Some((_, _, can)) = KINDS.iter().find(|known| known.0 == kind) else {
        return Err(syntax(format!("typename '{kind}' is unknown")));
    };
    match can {
        Can::All => {}
        Can::Nothing => return Err(kernel("Kernel error received: set type not supported")),
        Can::Unknown => return Err(beyond(format!("`{kind}`"))),
    }
    let mut fresh = read(kind, options)?;
    let sets = &net.space(id).sets;
    if let Some(old) = sets.get(name) {
        return match exist && is_same(old, &fresh) {
            true => Ok(Output::default()),
            false => Err(kernel("Set cannot be created: set with the same name already exists")),
        };
    }
    fresh.slot = (0..).find(|slot| sets.values().all(|set| set.slot != *slot)).unwrap_or(0);
    Arc::make_mut(&mut net.space_mut(id).sets).insert(name.to_owned(), fresh);
    Ok(Output::default())
}

/// Whether a set that is there may stand for one that was asked for.
fn is_same(old: &Set, fresh: &Set) -> bool {
    let told = |set: &Set| {
        let most = if set.kind.starts_with("list") { set.most.max(8) } else { set.most };
        let extras = (set.timeout, set.counters, set.comment, set.skbinfo);
        (set.kind.clone(), set.range, set.netmask, most, extras)
    };
    told(old) == told(fresh)
}

fn read(kind: &str, options: &[&str]) -> Result<Set, No> {
    let (hash, list) = (kind.starts_with("hash"), kind.starts_with("list"));
    let mut set = Set {
        kind: kind.to_owned(),
        hashsize: 1024,
        most: if list { 8 } else { 65_536 },
        bucketsize: 12,
        ..Set::default()
    };
    let (mut words, mut range) = (options.iter().copied(), None);
    while let Some(word) = words.next() {
        let mut value = || value(&mut words, word);
        match word {
            "timeout" => set.timeout = Some(number(value()?, 2_147_483)?),
            "counters" => set.counters = true,
            "comment" => set.comment = true,
            "skbinfo" => set.skbinfo = true,
            "size" if list => set.most = number(value()?, u32::MAX)?.max(4),
            "hashsize" if hash => {
                set.hashsize = number(value()?, u32::MAX)?.max(64).checked_next_power_of_two().unwrap_or(1 << 31);
            }
            "maxelem" if hash => set.most = number(value()?, u32::MAX)?,
            "bucketsize" if hash => set.bucketsize = number(value()?, 255)?,
            "initval" if hash => set.initval = number(value()?, u32::MAX)?,
            "forceadd" if hash => {}
            "netmask" if ["hash:ip", "bitmap:ip"].contains(&kind) => {
                set.netmask = Some(u8::try_from(number(value()?, 32)?).unwrap_or(32));
            }
            "family" if hash => match value()? {
                "inet" | "ipv4" => set.six = false,
                "inet6" | "ipv6" => set.six = true,
                odd => return Err(syntax(format!("unknown inet family {odd}"))),
            },
            "-4" if hash => set.six = false,
            "-6" if hash => set.six = true,
            "range" | "from" if !hash && !list => range = Some(value()?),
            odd => return Err(usage(format!("Unknown argument: `{odd}'"))),
        }
    }
    if !hash && !list {
        let range = range.ok_or_else(|| usage("Mandatory option `range' is missing"))?;
        set.range = if kind == "bitmap:port" { super::element::ports(range, 0)? } else { addresses(range)? };
        if kind == "bitmap:ip" && set.netmask.is_none() && set.range.1 - set.range.0 > 65_535 {
            return Err(kernel("The range you specified exceeds the size limit of the set type"));
        }
    }
    Ok(set)
}

/// The first and last address of `10.0.0.0/24` or `10.0.0.0-10.0.0.9`.
fn addresses(word: &str) -> Result<(u32, u32), No> {
    let odd = || syntax(format!("IP/cidr or IP-IP range must be specified: {word}"));
    if let Some((from, to)) = word.split_once('-') {
        let [from, to] = [from, to].map(|end| short_address(end).map(u32::from));
        let (from, to) = from.zip(to).ok_or_else(odd)?;
        return Ok((from.min(to), from.max(to)));
    }
    let prefix = Prefix::read(word).filter(|_| word.contains('/')).ok_or_else(odd)?;
    Ok((prefix.network().addr.into(), prefix.last().into()))
}
