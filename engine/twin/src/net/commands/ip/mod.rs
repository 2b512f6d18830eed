//! `ip`: links, addresses, routes, rules, neighbours and namespaces.

mod address;
pub(super) mod details;
pub(super) mod head;
mod link;
mod link_add;
pub(super) mod link_kind;
mod link_vxlan;
mod neigh;
mod netns;
mod route;
mod route_show;
mod rule;
mod show;
mod tunnel;

use super::words::expand;
use super::{Call, Output};
use crate::net::errno::Refused;
use crate::net::network::{Network, SpaceId};

/// How the answer is to be written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    pub(super) brief: bool,
    pub(super) details: bool,
    pub(super) json: bool,
    pub(super) oneline: bool,
    pub(super) stats: bool,
    /// All namespaces are meant.
    pub(super) all: bool,
    /// 4 or 6 when one family was asked for, else 0.
    pub(super) family: u8,
}

/// A namespace at work.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) call: Call<'a>,
    pub(super) id: SpaceId,
    pub(super) style: Style,
}

/// What ends a command early.
pub(super) type Told<T> = Result<T, Output>;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let mut style = Style::default();
    let mut call = call;
    let mut rest = words;
    let mut force = false;
    while let Some((first, more)) = rest.split_first() {
        let Some(option) = first.strip_prefix('-') else { break };
        let option = option.strip_prefix('-').unwrap_or(option);
        rest = more;
        match option {
            "4" => style.family = 4,
            "6" => style.family = 6,
            "n" | "netns" => {
                let Some((name, more)) = rest.split_first() else { return usage() };
                rest = more;
                if net.find(call.machine, name).is_none() || name.is_empty() {
                    return netns::cannot_open(name);
                }
                call.namespace = name;
            }
            "b" | "batch" | "ba" => {
                let stdin = call.stdin;
                return batch(net, call, style, stdin, force);
            }
            "force" => force = true,
            "V" | "Version" => return Output::done("ip utility, iproute2-6.1.0, libbpf 1.1.2\n".to_owned()),
            "a" | "all" => style.all = true,
            "c" | "color" | "r" | "resolve" | "N" | "Numeric" | "h" | "p" | "pretty" | "t" | "ts" => {}
            "f" | "family" => rest = rest.get(1..).unwrap_or_default(),
            "s" | "stats" | "statistics" => style.stats = true,
            word if word.starts_with("br") => style.brief = true,
            word if word.starts_with('d') => style.details = true,
            word if word.starts_with('j') => style.json = true,
            word if word.starts_with('o') => style.oneline = true,
            "rc" | "rcvbuf" | "l" | "loops" => rest = rest.get(1..).unwrap_or_default(),
            _ if option.starts_with("color") => {}
            _ => return Output::failed(255, format!("Option \"{first}\" is unknown, try \"ip -help\".")),
        }
    }
    let Some((object, rest)) = rest.split_first() else { return usage() };
    on(net, call, style, object, rest)
}

fn usage() -> Output {
    Output::failed(255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n       ip [ -force ] -batch filename")
}

fn on(net: &mut Network, call: Call<'_>, style: Style, object: &str, rest: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return netns::cannot_open(call.namespace) };
    let at = At { call, id, style };
    const OBJECTS: [&str; 10] =
        ["address", "route", "rule", "neighbor", "neighbour", "link", "netns", "help", "monitor", "tunnel"];
    let done = match expand(object, &OBJECTS) {
        Some("address") => address::run(net, at, rest),
        Some("route") => route::run(net, at, rest),
        Some("rule") => rule::run(net, at, rest),
        Some("neighbor" | "neighbour") => neigh::run(net, at, rest),
        Some("link") => link::run(net, at, rest),
        Some("netns") => netns::run(net, at, rest),
        Some("tunnel") => tunnel::run(net, at, rest),
        Some("help") => Ok(usage()),
        Some(known) => Ok(Output::failed(1, format!("ip: `{known}` is not modelled"))),
        None => Ok(Output::failed(1, format!("Object \"{object}\" is unknown, try \"ip help\"."))),
    };
    done.unwrap_or_else(|told| told)
}

fn batch(net: &mut Network, call: Call<'_>, style: Style, lines: &str, force: bool) -> Output {
    let mut all = Output::default();
    for (number, line) in lines.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((object, rest)) = words.split_first() else { continue };
        let one = on(net, call, style, object, rest);
        all.stdout.push_str(&one.stdout);
        all.stderr.push_str(&one.stderr);
        if one.code != 0 {
            all.stderr.push_str(&format!("Command failed -:{}\n", number + 1));
            all.code = 1;
            if !force {
                break;
            }
        }
    }
    all
}

/// How `ip` tells what netlink refused.
pub(super) fn refused(refused: &Refused) -> Output {
    match &refused.said {
        Some(said) => Output::failed(2, format!("Error: {said}.")),
        None => Output::failed(2, format!("RTNETLINK answers: {}", refused.errno.text())),
    }
}

pub(super) fn done(result: Result<(), Refused>) -> Told<Output> {
    match result {
        Ok(()) => Ok(Output::default()),
        Err(why) => Err(refused(&why)),
    }
}

/// The number of a link, or "Cannot find device".
pub(super) fn device(net: &Network, at: At<'_>, name: &str) -> Told<u32> {
    net.space(at.id).index(name).ok_or_else(|| Output::failed(1, format!("Cannot find device \"{name}\"")))
}

/// How a usage begins: the kernel's people wrote the rest.
pub(super) fn help(object: &str) -> Output {
    let first = match object {
        "link" => "Usage: ip link add [link DEV | parentdev NAME] [ name ] NAME",
        "address" => "Usage: ip address {add|change|replace} IFADDR dev IFNAME [ LIFETIME ]",
        "route" => "Usage: ip route { list | flush } SELECTOR",
        "rule" => "Usage: ip rule { add | del } SELECTOR ACTION",
        "neigh" => "Usage: ip neigh { add | del | change | replace }",
        "netns" => "Usage:\tip netns list",
        _ => "Usage: ip link property add [ altname NAME .. ] dev DEVICE",
    };
    Output::failed(255, first)
}

pub(super) fn unknown(command: &str, object: &str) -> Output {
    Output::failed(255, format!("Command \"{command}\" is unknown, try \"ip {object} help\"."))
}
