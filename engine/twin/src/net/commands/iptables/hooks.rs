//! Where a rule may stand: what the tool refuses by the name of a chain, and what the kernel refuses by its hook.

use super::super::Output;
use super::{Backend, failed, try_help};
use crate::net::filter::rule::built_in;
use crate::net::filter::{Match, Rule, Table, Target};
use std::collections::BTreeMap;

/// The links that a built-in chain knows nothing of.
pub(super) fn links(backend: Backend, chain: &str, rule: &Rule) -> Result<(), Output> {
    for one in &rule.matches {
        let option = match (one, chain) {
            (Match::In(..), "OUTPUT" | "POSTROUTING") => "-i",
            (Match::Out(..), "INPUT" | "PREROUTING") => "-o",
            _ => continue,
        };
        return Err(try_help(backend, &format!("Can't use {option} with {chain}\n")));
    }
    Ok(())
}

/// The tables of a target, and of these the built-in chains; none stands for all.
fn places(target: &Target) -> Option<(&'static [&'static str], &'static [&'static str])> {
    const ALL: &[&str] = &["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];
    Some(match target {
        Target::Masquerade(..) => (&["nat"], &["POSTROUTING"]),
        Target::Snat(..) => (&["nat"], &["POSTROUTING", "INPUT"]),
        Target::Dnat(..) | Target::Redirect(..) => (&["nat"], &["PREROUTING", "OUTPUT"]),
        Target::Netmap(_) => (&["nat"], ALL),
        Target::Reject(_) => (&["filter"], ALL),
        Target::Ttl(..) => (&["mangle"], ALL),
        Target::Notrack(_) => (&["raw"], ALL),
        Target::Away(_, text) | Target::Other(text) => match text.split(' ').next().unwrap_or_default() {
            "TPROXY" => (&["mangle"], &["PREROUTING"]),
            "CLASSIFY" => (&["mangle"], &["FORWARD", "OUTPUT", "POSTROUTING"]),
            "CHECKSUM" | "TOS" | "DSCP" => (&["mangle"], ALL),
            "CT" => (&["raw"], ALL),
            _ => return None,
        },
        Target::None
        | Target::Accept
        | Target::Drop
        | Target::Return
        | Target::Jump(_)
        | Target::Goto(_)
        | Target::Mark(..)
        | Target::ConnMark(_) => return None,
    })
}

/// What the kernel says of a rule in a chain that is no place for it. `verb` names the change as netlink does.
pub(super) fn kernel(backend: Backend, table: &str, chain: &str, verb: &str, rule: &Rule) -> Result<(), Output> {
    let built_in = built_in(table).contains(&chain);
    let misplaced = places(&rule.target).is_some_and(|(tables, _)| !tables.contains(&table));
    let is = |number: u8| rule.matches.contains(&Match::Proto(false, number));
    let unfit = match &rule.target {
        Target::Reject(with) => with == "tcp-reset" && !is(6),
        Target::Other(text) if text.starts_with("TCPMSS") => !is(6),
        Target::Away(_, text) if text.starts_with("TPROXY") => !is(6) && !is(17),
        _ => false,
    };
    let unasked = rule.matches.iter().any(|one| match one {
        Match::Icmp(..) => !is(1),
        Match::Addrtype { on: Some("out"), .. } => ["PREROUTING", "INPUT"].contains(&chain),
        Match::Addrtype { on: Some("in"), .. } => ["POSTROUTING", "OUTPUT"].contains(&chain),
        _ => false,
    });
    if misplaced || unfit || unasked || built_in && is_out_of_place(rule, chain) {
        return Err(refused(backend, verb, "Invalid argument", chain));
    }
    Ok(())
}

/// Whether a rule asks or does what a built-in chain cannot.
fn is_out_of_place(rule: &Rule, chain: &str) -> bool {
    let asks = |one: &Match| match one {
        Match::Rpfilter { .. } => chain != "PREROUTING",
        Match::False(text) if text.starts_with("-m socket") => !["PREROUTING", "INPUT"].contains(&chain),
        _ => false,
    };
    places(&rule.target).is_some_and(|(_, chains)| !chains.contains(&chain)) || rule.matches.iter().any(asks)
}

/// How many chains may lead into one another.
const DEEPEST: usize = 16;

/// What the kernel says when it has followed all jumps from the built-in chains: of a way too long, and of a rule where
/// it may not stand.
pub(super) fn followed(backend: Backend, table: &Table) -> Result<(), &'static str> {
    let deepest = if backend == Backend::Legacy { table.chains.len() + 1 } else { DEEPEST };
    for chain in table.chains.iter().filter(|chain| chain.accepts.is_some()) {
        follow(table, &chain.name, &chain.name, (0, deepest), &mut BTreeMap::new())?;
    }
    Ok(())
}

fn follow<'a>(
    table: &'a Table,
    from: &str,
    name: &'a str,
    (level, deepest): (usize, usize),
    seen: &mut BTreeMap<&'a str, usize>,
) -> Result<(), &'static str> {
    if level == deepest {
        return Err("Too many links");
    }
    if seen.get(name).is_some_and(|known| *known >= level) {
        return Ok(());
    }
    seen.insert(name, level);
    for rule in table.chain(name).into_iter().flat_map(|chain| &chain.rules) {
        if level > 0 && is_out_of_place(rule, from) {
            return Err("Invalid argument");
        }
        if let Some(to) = rule.target.leads_to() {
            follow(table, from, to, (level + 1, deepest), seen)?;
        }
    }
    Ok(())
}

/// The kernel's no, as the two backends tell it.
pub(super) fn refused(backend: Backend, verb: &str, why: &str, chain: &str) -> Output {
    if backend == Backend::Legacy {
        let loops = "iptables: Too many levels of symbolic links.";
        let odd = "iptables: Invalid argument. Run `dmesg' for more information.";
        return failed(1, if why == "Too many links" { loops } else { odd });
    }
    failed(4, format!("{}:  {verb} failed ({why}): rule in chain {chain}", backend.version()))
}
