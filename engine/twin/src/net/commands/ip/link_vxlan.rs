//! What is said of a tunnel of Ethernet: `type vxlan …` and `type geneve …`.

use super::super::words::{Words, beyond, number, wrong};
use super::link_kind::unknown;
use super::{At, Output, Told, refused};
use crate::net::errno::{Errno, Refused};
use crate::net::link::{Mac, Remote, Vxlan};
use crate::net::network::Network;
use crate::net::prefix::Prefix;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// What iproute2 says when no port was said.
const NO_PORT: &str = "vxlan: destination port not specified\nWill use Linux kernel default (non-standard value)\n\
    Use 'dstport 4789' to get the IANA assigned value\nUse 'dstport 0' to get default and quiet this message\n";

/// What was said; what was not is not there.
#[derive(Default)]
struct Said {
    vni: Option<u32>,
    port: Option<u16>,
    local: Option<Ipv4Addr>,
    remote: Option<Ipv4Addr>,
    lower: Option<u32>,
    learning: Option<bool>,
    external: bool,
    ttl: Option<u8>,
    tos: Option<u8>,
    ageing: Option<u32>,
    df: Option<&'static str>,
}

/// Words that say what a new one does anyway.
const PLAIN: [&str; 12] = [
    "udpcsum",
    "noudp6zerocsumtx",
    "noudp6zerocsumrx",
    "udp6zerocsumrx",
    "noproxy",
    "norsc",
    "nol2miss",
    "nol3miss",
    "noremcsumtx",
    "noremcsumrx",
    "noexternal",
    "novnifilter",
];

/// Words that the model does not follow.
const BEYOND: [&str; 16] = [
    "proxy",
    "rsc",
    "l2miss",
    "l3miss",
    "noudpcsum",
    "udp6zerocsumtx",
    "noudp6zerocsumrx",
    "remcsumtx",
    "remcsumrx",
    "gbp",
    "gpe",
    "vnifilter",
    "maxaddress",
    "flowlabel",
    "innerprotoinherit",
    "port",
];

fn address(word: &str) -> Told<Ipv4Addr> {
    let read = Prefix::read(word).filter(|_| !word.contains('/')).map(|prefix| prefix.addr);
    let bad = || Output::failed(1, format!("Error: any valid address is expected rather than \"{word}\"."));
    if word == "any" { Ok(Ipv4Addr::UNSPECIFIED) } else { read.ok_or_else(bad) }
}

/// What the packets outside carry.
fn outer(name: &str, word: &str, said: &mut Said) -> Told<()> {
    match name {
        "ttl" | "hoplimit" if word == "inherit" => return Err(beyond("ip", "ttl inherit")),
        "ttl" | "hoplimit" => {
            let read = if word == "auto" { Some(0) } else { number(word).and_then(|n| u8::try_from(n).ok()) };
            said.ttl = Some(read.ok_or_else(|| wrong("TTL must be <= 255", word))?);
        }
        "tos" | "dsfield" => {
            let read = u8::from_str_radix(word.trim_start_matches("0x"), 16).ok();
            said.tos = Some(if word == "inherit" { 1 } else { read.ok_or_else(|| wrong("invalid TOS", word))? });
        }
        "ageing" => {
            let read = if word == "none" { Some(0) } else { number(word) };
            said.ageing = Some(read.ok_or_else(|| wrong("ageing timer", word))?);
        }
        _ => {
            let known = ["unset", "set", "inherit"].into_iter().find(|known| *known == word);
            let bad = || wrong("DF must be 'unset', 'set' or 'inherit'", word);
            said.df = Some(known.ok_or_else(bad)?).filter(|known| *known != "unset");
        }
    }
    Ok(())
}

fn words_of(net: &Network, at: At<'_>, kind: &str, words: &[&str]) -> Told<Said> {
    let mut words = Words::new(words);
    let mut said = Said::default();
    let (mut grouped, mut single) = (false, false);
    while let Some(word) = words.take() {
        match word {
            "id" | "vni" => {
                let word = words.need()?;
                said.vni = Some(number(word).filter(|n| *n < 1 << 24).ok_or_else(|| wrong("invalid id", word))?);
            }
            "dstport" => {
                let word = words.need()?;
                said.port = Some(word.parse().map_err(|_| wrong("dst port", word))?);
            }
            "local" => {
                let word = words.need()?;
                let addr = address(word)?;
                if addr.is_multicast() {
                    return Err(wrong("invalid local address", word));
                }
                said.local = Some(addr).filter(|addr| !addr.is_unspecified());
            }
            "remote" | "group" => {
                let value = words.need()?;
                if if word == "group" { grouped } else { single } {
                    return Err(super::super::words::duplicate(word, value));
                }
                let addr = address(value)?;
                if addr.is_multicast() != (word == "group") {
                    return Err(wrong(&format!("invalid {word} address"), value));
                }
                (grouped, single) = (grouped || word == "group", single || word == "remote");
                said.remote = Some(addr).filter(|addr| !addr.is_unspecified());
            }
            "dev" => {
                let name = words.need()?;
                let missing = || Output::failed(1, format!("Cannot find device \"{name}\""));
                said.lower = Some(net.space(at.id).index(name).ok_or_else(missing)?);
            }
            "nolearning" => said.learning = Some(false),
            "learning" => said.learning = Some(true),
            "external" => said.external = true,
            "ttl" | "hoplimit" | "tos" | "dsfield" | "ageing" | "df" => outer(word, words.need()?, &mut said)?,
            "srcport" if words.rest().starts_with(&["0", "0"]) => drop((words.take(), words.take())),
            word if PLAIN.contains(&word) => {}
            word if BEYOND.contains(&word) || word == "srcport" => return Err(beyond("ip", word)),
            other => return Err(unknown(kind, "command", other)),
        }
    }
    let fails = |said: &str| Err(Output::failed(1, format!("{kind}: {said}")));
    match said {
        _ if grouped && single => fails("both group and remote cannot be specified"),
        _ if grouped && said.lower.is_none() => fails("'group' requires 'dev' to be specified"),
        _ if grouped => Err(beyond("ip", "group")),
        Said { external: true, vni: Some(_), .. } => fails("both 'external' and vni cannot be specified"),
        said => Ok(said),
    }
}

/// Reads a new one, and what is said although all is well.
pub(super) fn read(net: &Network, at: At<'_>, kind: &str, words: &[&str]) -> Told<(Vxlan, &'static str)> {
    let geneve = kind == "geneve";
    let said = words_of(net, at, kind, words)?;
    if said.vni.is_none() && !said.external {
        if geneve {
            return Err(Output::failed(1, "geneve: missing virtual network identifier"));
        }
        let said = "Required attributes not provided to perform the operation";
        return Err(refused(&Refused::said(Errno::Invalid, said)));
    }
    let quiet = geneve || said.port.is_some();
    let first = if geneve { 6081 } else { 8472 };
    let mut made = Vxlan {
        vni: said.vni.unwrap_or(0),
        port: said.port.filter(|port| *port != 0).unwrap_or(first),
        local: said.local,
        lower: said.lower,
        learning: said.learning.unwrap_or(!geneve && !said.external),
        geneve,
        external: said.external,
        ttl: said.ttl.unwrap_or(0),
        tos: said.tos.unwrap_or(0),
        ageing: said.ageing.unwrap_or(300),
        df: said.df,
        fdb: Arc::default(),
        home: at.id,
    };
    if let Some(addr) = said.remote {
        set_default(&mut made, addr);
    }
    Ok((made, if quiet { "" } else { NO_PORT }))
}

/// Where goes what it knows no other way for.
fn set_default(tunnel: &mut Vxlan, addr: Ipv4Addr) {
    let default = Remote { addr, port: None, vni: None, via: tunnel.lower, learned: false, noted: "default" };
    let entry = Arc::make_mut(&mut tunnel.fdb).entry(Mac::ZERO).or_default();
    entry.retain(|old| old.noted != "default");
    entry.insert(0, default);
}

/// Sets one that is there: some of it cannot be changed.
pub(super) fn change(net: &Network, at: At<'_>, tunnel: &mut Vxlan, words: &[&str]) -> Told<()> {
    let said = words_of(net, at, if tunnel.geneve { "geneve" } else { "vxlan" }, words)?;
    let refuses = |what: &str| Err(refused(&Refused::said(Errno::NotSupported, &format!("Cannot change {what}"))));
    if said.vni.is_some_and(|vni| vni != tunnel.vni) {
        return refuses("VNI");
    }
    if said.port.is_some_and(|port| port != tunnel.port) {
        return refuses("port");
    }
    if said.external && !tunnel.external {
        return refuses("metadata flag");
    }
    tunnel.local = said.local.or(tunnel.local);
    tunnel.lower = said.lower.or(tunnel.lower);
    tunnel.learning = said.learning.unwrap_or(tunnel.learning);
    tunnel.ttl = said.ttl.unwrap_or(tunnel.ttl);
    tunnel.tos = said.tos.unwrap_or(tunnel.tos);
    tunnel.ageing = said.ageing.unwrap_or(tunnel.ageing);
    tunnel.df = said.df.or(tunnel.df);
    if let Some(addr) = said.remote {
        set_default(tunnel, addr);
    }
    Ok(())
}
