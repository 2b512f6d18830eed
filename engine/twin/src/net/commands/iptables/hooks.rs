//! Where a rule may stand: what the tool refuses by the name of a chain, and what the kernel refuses by its hook.

use super::super::Output;
use super::{Backend, failed, try_help};
use crate::net::filter::{Match, Rule, Target};

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
        Target::Other(text) => match text.split(' ').next().unwrap_or_default() {
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
    let built_in = crate::net::filter::rule::built_in(table).contains(&chain);
    let misplaced = places(&rule.target)
        .is_some_and(|(tables, chains)| !tables.contains(&table) || built_in && !chains.contains(&chain));
    let is = |number: u8| rule.matches.contains(&Match::Proto(false, number));
    let unfit = match &rule.target {
        Target::Reject(with) => with == "tcp-reset" && !is(6),
        Target::Other(text) if text.starts_with("TCPMSS") => !is(6),
        Target::Other(text) if text.starts_with("TPROXY") => !is(6) && !is(17),
        _ => false,
    };
    let unasked = rule.matches.iter().any(|one| match one {
        Match::Icmp(..) => !is(1),
        Match::Rpfilter { .. } => built_in && chain != "PREROUTING",
        Match::Addrtype { on: Some("out"), .. } => ["PREROUTING", "INPUT"].contains(&chain),
        Match::Addrtype { on: Some("in"), .. } => ["POSTROUTING", "OUTPUT"].contains(&chain),
        _ => false,
    });
    if misplaced || unfit || unasked {
        return Err(refused(backend, verb, "Invalid argument", chain));
    }
    Ok(())
}

/// The kernel's no, as the two backends tell it.
pub(super) fn refused(backend: Backend, verb: &str, why: &str, chain: &str) -> Output {
    if backend == Backend::Legacy {
        return failed(1, "iptables: Invalid argument. Run `dmesg' for more information.");
    }
    failed(4, format!("{}:  {verb} failed ({why}): rule in chain {chain}", backend.version()))
}
