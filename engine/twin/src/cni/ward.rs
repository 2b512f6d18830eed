//! Policies of Kubernetes as those keep them who write chains and sets: which pods each chooses, and what it lets pass.

use super::host::Host;
use crate::net::maps::{Pass, Range};
use crate::net::{Prefix, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// One policy, as far as it speaks of a direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ward {
    /// Its namespace and name.
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The pods it chooses.
    pub(crate) pods: BTreeSet<Ipv4Addr>,
    /// What may come in to them, where it says so.
    pub(crate) ingress: Option<Vec<Pass>>,
    /// What may go out of them, where it says so.
    pub(crate) egress: Option<Vec<Pass>>,
}

/// A pod of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guarded {
    /// Its namespace and name.
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Its address.
    pub(crate) address: Ipv4Addr,
}

/// Sets of addresses by their names.
pub(super) type Sets = BTreeMap<String, BTreeSet<String>>;

/// Whoever is at the other end of what a rule lets pass; nothing where that is everybody.
pub(super) fn members(rule: &Pass) -> Option<BTreeSet<String>> {
    if rule.peers.is_none() && rule.ranges.is_empty() {
        return None;
    }
    // A set takes no range of everybody: it takes its halves.
    let halves = |range: &Prefix| match range.len {
        0 => vec!["0.0.0.0/1".to_owned(), "128.0.0.0/1".to_owned()],
        _ => vec![range.network().to_string()],
    };
    let whole = |range: &Range| -> Vec<String> {
        let not = range.except.iter().flat_map(halves).map(|not| format!("{not} nomatch"));
        halves(&range.of).into_iter().chain(not).collect()
    };
    let pods = rule.peers.iter().flatten().map(Ipv4Addr::to_string);
    Some(pods.chain(rule.ranges.iter().flat_map(whole)).collect())
}

/// What chooses the ports of a rule, one word for each; an empty one where all are meant.
pub(super) fn ports(rule: &Pass) -> Vec<String> {
    if rule.ports.is_empty() {
        return vec![String::new()];
    }
    let one = |(transport, first, last): &(Transport, u16, u16)| {
        let kind = if *transport == Transport::Tcp { "tcp" } else { "udp" };
        let range = if first == last { first.to_string() } else { format!("{first}:{last}") };
        format!("-p {kind} -m {kind} --dport {range} ")
    };
    rule.ports.iter().map(one).collect()
}

/// Makes sets, with what is in them. A machine without sets has no policies.
pub(super) fn fill(host: &mut Host<'_>, sets: &Sets) {
    let mut text = String::new();
    for (name, members) in sets {
        text.push_str(&format!("create {name} hash:net family inet -exist\nflush {name}\n"));
        members.iter().for_each(|one| text.push_str(&format!("add {name} {one} -exist\n")));
    }
    drop(host.run_in("", "ipset restore", &text));
}

/// The words that take away the chains that begin like this and that nobody needs any more.
pub(super) fn chains_gone(saved: &str, starts: &[&str], needed: impl Fn(&str) -> bool) -> String {
    let old = saved.lines().filter_map(|line| line.strip_prefix(':')?.split_whitespace().next());
    let ours = |chain: &&str| starts.iter().any(|start| chain.starts_with(start)) && !needed(chain);
    let gone: Vec<&str> = old.filter(ours).collect();
    // All are emptied before the first goes: one may lead to another.
    ["-F", "-X"].iter().flat_map(|word| gone.iter().map(move |chain| format!("{word} {chain}\n"))).collect()
}

/// Takes away the sets that begin like this and that are none of these.
pub(super) fn keep_sets(host: &mut Host<'_>, starts: &[&str], sets: &Sets) {
    let listed = host.run("ipset list -n").unwrap_or_default();
    let ours = |set: &&str| starts.iter().any(|start| set.starts_with(start)) && !sets.contains_key(*set);
    let lines: Vec<String> = listed.lines().filter(ours).map(|set| format!("ipset destroy {set}")).collect();
    host.try_all("", &lines);
}
