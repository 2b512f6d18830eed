//! The elements of sets as words: `10.0.0.0/24,tcp:80-82`; one word may mean many.

use super::{No, syntax};
use crate::net::filter::Set;
use crate::net::filter::set::{Entry, short_address};
use crate::net::filter::text::PROTOCOLS;
use crate::net::prefix::Prefix;
use crate::net::services::port_of;
use crate::net::socket::Transport;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Messages of ICMP by their names and numbers.
const MESSAGES: [(&str, u16); 4] =
    [("echo-reply", 0), ("echo-request", 0x0800), ("host-unreachable", 0x0301), ("port-unreachable", 0x0303)];

/// More elements than any set here may have.
const MOST: u32 = 1 << 20;

/// A number up to a greatest one.
pub(super) fn number(word: &str, most: u32) -> Result<u32, No> {
    let (text, base) = word.strip_prefix("0x").map_or((word, 10), |hex| (hex, 16));
    let number = i64::from_str_radix(text, base).map_err(|_| syntax(format!("'{word}' is invalid as number")))?;
    let outside = || syntax(format!("'{word}' is out of range 0-{most}"));
    u32::try_from(number).ok().filter(|number| *number <= most).ok_or_else(outside)
}

/// The first and last port of `80`, `http` or `80-90`.
pub(super) fn ports(word: &str, proto: u8) -> Result<(u32, u32), No> {
    let transport = if proto == 17 { Transport::Udp } else { Transport::Tcp };
    let one = |word: &str| match port_of(word, transport) {
        Some(port) => Ok(u32::from(port)),
        None => number(word, 65_535).map_err(|no| {
            let name = if proto == 17 { "udp" } else { "tcp" };
            let more = format!("Syntax error: '{name}' is invalid as number\ncannot parse '{word}' as a {name} port");
            No { text: format!("{}\n{more}", no.text), ..no }
        }),
    };
    let (from, to) = match word.split_once('-').filter(|(from, _)| !from.is_empty()) {
        Some((from, to)) => (one(from)?, one(to)?),
        None => (one(word)?, one(word)?),
    };
    Ok((from.min(to), from.max(to)))
}

/// The protocol and the ports of `tcp:80`, `80-90`, `icmp:echo-request`, `gre:0`.
fn protocol(word: &str, bitmap: bool) -> Result<(u8, u32, u32), No> {
    let (name, value) = word.split_once(':').unwrap_or(("tcp", word));
    let by_number = || name.parse().ok();
    let proto = PROTOCOLS.iter().find(|(known, _)| *known == name).map(|known| known.1).or_else(by_number);
    let proto = proto.ok_or_else(|| syntax(format!("cannot parse '{name}' as a protocol")))?;
    match proto {
        1 => {
            let typed = || {
                let (kind, code) = value.split_once('/')?;
                Some(kind.parse::<u8>().ok()?.into()).map(|kind: u16| kind << 8)?.checked_add(code.parse().ok()?)
            };
            let known = MESSAGES.iter().find(|(name, _)| *name == value).map(|message| message.1);
            let odd = || No { text: format!("Cannot parse {value} as an ICMP type/code."), ..syntax("") };
            known.or_else(typed).map(|it| (1, it.into(), it.into())).ok_or_else(odd)
        }
        6 | 17 | 132 | 136 => {
            let (from, to) = ports(value, proto)?;
            Ok((if bitmap { 0 } else { proto }, from, to))
        }
        _ if value == "0" => Ok((proto, 0, 0)),
        _ => Err(syntax(format!("Protocol {name} can be used with pseudo port value 0 only."))),
    }
}

/// The networks that hold the addresses from one to another and no others.
fn cover(from: u32, to: u32) -> Vec<Prefix> {
    let (mut all, mut next) = (Vec::new(), u64::from(from));
    while next <= u64::from(to) {
        let fits = (0..=32).find(|len| {
            let size = 1_u64 << (32 - len);
            next.is_multiple_of(size) && next + size - 1 <= u64::from(to)
        });
        let len = fits.unwrap_or(32);
        all.push(Prefix::new(Ipv4Addr::from(u32::try_from(next).unwrap_or(u32::MAX)), len));
        next += 1 << (32 - len);
    }
    all
}

/// The networks or addresses that a word means.
fn addresses(word: &str, nets: bool, plain: bool) -> Result<Vec<Prefix>, No> {
    let odd = |word: &str| syntax(format!("cannot parse {word}: resolving to IPv4 address failed"));
    let address = |word: &str| short_address(word).ok_or_else(|| odd(word));
    if plain && word.contains(['/', '-']) {
        return Err(syntax(format!("plain IP address must be supplied: {word}")));
    }
    let (from, to) = match (word.split_once('-'), word.split_once('/')) {
        (Some((from, to)), _) if !to.is_empty() => (u32::from(address(from)?), u32::from(address(to)?)),
        (_, Some((addr, len))) if !addr.is_empty() && !len.is_empty() => {
            let len = u8::try_from(number(len, 32)?).unwrap_or(32);
            let prefix = Prefix::new(address(addr)?, len).network();
            if nets {
                return Ok(vec![prefix]);
            }
            (prefix.addr.into(), prefix.last().into())
        }
        (None, None) => return Ok(vec![Prefix::host(address(word)?)]),
        _ => return Err(odd(word)),
    };
    let (from, to) = (from.min(to), from.max(to));
    if nets {
        return Ok(cover(from, to));
    }
    Ok((from..=to.min(from.saturating_add(MOST))).map(|addr| Prefix::host(addr.into())).collect())
}

/// An address or network of the sixth version, as it is shown.
fn six(word: &str) -> Result<String, No> {
    let (addr, len) = word.split_once('/').unwrap_or((word, "128"));
    let odd = || syntax(format!("cannot parse {addr}: resolving to IPv6 address failed"));
    let read: Ipv6Addr = addr.parse().map_err(|_| odd())?;
    let len = number(len, 128)?;
    let mask = if len == 0 { 0 } else { u128::MAX << (128 - len) };
    let kept = Ipv6Addr::from(u128::from(read) & mask);
    Ok(if len == 128 { kept.to_string() } else { format!("{kept}/{len}") })
}

/// The entries that one word means in a set.
pub(super) fn entries(set: &Set, word: &str) -> Result<Vec<Entry>, No> {
    if set.kind == "list:set" {
        return Ok(vec![Entry { member: Some(word.to_owned()), ..Entry::default() }]);
    }
    let parts: Vec<&str> = set.parts().collect();
    let values: Vec<&str> = word.split(',').collect();
    if let Some(at) = (0..parts.len()).find(|at| values.get(*at).is_none_or(|value| *at > 0 && value.is_empty())) {
        let which = if at == 1 { "Second" } else { "Third" };
        return Err(syntax(format!("{which} element is missing from {word}.")));
    }
    if values.len() > parts.len() {
        return Err(syntax(format!("Elem separator in {word}, but settype {} supports none.", set.kind)));
    }
    let mut all = vec![Entry::default()];
    for (at, (part, value)) in parts.into_iter().zip(values).enumerate() {
        let each: Vec<Entry> = match part {
            "port" => {
                let (proto, from, to) = protocol(value, set.kind.starts_with("bitmap"))?;
                let port = |port| u16::try_from(port).unwrap_or(u16::MAX);
                (from..=to).map(|it| Entry { port: Some((proto, port(it))), ..Entry::default() }).collect()
            }
            _ if set.six => vec![Entry { six: Some(six(value)?), ..Entry::default() }],
            part => {
                let found = addresses(value, part == "net", at > 0 && part == "ip")?;
                found.into_iter().map(|it| Entry { prefix: Some(set.masked(it)), ..Entry::default() }).collect()
            }
        };
        all = all.iter().flat_map(|one| each.iter().map(|more| joined(one, more))).collect();
    }
    Ok(all)
}

/// An entry with one more part.
fn joined(one: &Entry, more: &Entry) -> Entry {
    let mut both = one.clone();
    both.port = one.port.or(more.port);
    both.six = match (&one.six, &more.six) {
        (Some(one), Some(more)) => Some(format!("{one} {more}")),
        (one, more) => one.clone().or(more.clone()),
    };
    if one.prefix.is_some() {
        both.second = more.prefix.or(one.second);
    } else {
        both.prefix = more.prefix;
    }
    both
}

/// An entry's element as it is shown.
pub(super) fn shown(entry: &Entry) -> String {
    let port = entry.port.map(|(proto, port)| {
        let name = PROTOCOLS.iter().find(|(_, number)| *number == proto).map(|(name, _)| (*name).to_owned());
        let name = name.unwrap_or(proto.to_string());
        let message = MESSAGES.iter().find(|(_, number)| *number == port).map(|(name, _)| (*name).to_owned());
        match proto {
            0 => port.to_string(),
            1 => format!("{name}:{}", message.unwrap_or(format!("{}/{}", port >> 8, port & 255))),
            _ => format!("{name}:{port}"),
        }
    });
    let (six, last) = match &entry.six {
        Some(both) => both.split_once(' ').map_or((Some(both.as_str()), None), |(one, two)| (Some(one), Some(two))),
        None => (None, None),
    };
    let first = entry.prefix.map(|it| it.to_string()).or(six.map(str::to_owned));
    let last = entry.second.map(|it| it.to_string()).or(last.map(str::to_owned));
    [entry.member.clone(), first, port, last].into_iter().flatten().collect::<Vec<_>>().join(",")
}
