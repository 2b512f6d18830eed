//! What a name means where a program runs: its file of hosts, the servers it is told to ask, and the names of machines,
//! which whoever runs the network at the site knows.

use super::call::{Call, Stop};
use super::network::{self, probe};
use crate::machines::Machine;
use crate::net::{Outcome, Output, Transport};
use std::net::Ipv4Addr;

/// What came of asking for a name.
pub(super) struct Found {
    /// The name that was found, as it was asked for or with one of the domains that are searched.
    pub(super) name: String,
    pub(super) addresses: Vec<Ipv4Addr>,
}

/// The address a name means here.
pub(super) fn address(call: &mut Call<'_, '_>, name: &str) -> Option<Ipv4Addr> {
    if let Ok(address) = name.parse() {
        return Some(address);
    }
    let hosts = call.sys.machine.text("/etc/hosts");
    let known = hosts.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?.parse::<Ipv4Addr>().ok()?;
        words.any(|word| word == name).then_some(address)
    });
    if known.is_some() || name == "localhost" {
        return known.or(Some(Ipv4Addr::LOCALHOST));
    }
    // A machine asks the site, which knows it; a pod asks the DNS of the cluster, which has to be reached.
    if !call.sys.machine.cards.is_empty() {
        return of_machine(call, name);
    }
    let server = server(call)?;
    search(call, server, name, true)?.addresses.into_iter().next()
}

/// The first server that is to be asked.
pub(super) fn server(call: &Call<'_, '_>) -> Option<Ipv4Addr> {
    let text = call.sys.machine.text("/etc/resolv.conf");
    text.lines().find_map(|line| line.strip_prefix("nameserver ")?.trim().parse().ok())
}

/// Asks a server for a name, and for the name in each of the domains that are searched; nothing where it does not answer.
pub(super) fn search(call: &mut Call<'_, '_>, server: Ipv4Addr, name: &str, searches: bool) -> Option<Found> {
    let text = call.sys.machine.text("/etc/resolv.conf");
    let domains = text.lines().find_map(|line| line.strip_prefix("search ")).unwrap_or_default().to_owned();
    let mut names = vec![name.to_owned()];
    if searches && !name.ends_with('.') {
        names.extend(domains.split_whitespace().map(|domain| format!("{name}.{domain}")));
    }
    for name in names {
        let addresses = ask(call, server, &name)?;
        if !addresses.is_empty() {
            return Some(Found { name, addresses });
        }
    }
    Some(Found { name: name.to_owned(), addresses: Vec::new() })
}

/// The addresses a server says for a name; nothing where it does not answer.
fn ask(call: &mut Call<'_, '_>, to: Ipv4Addr, name: &str) -> Option<Vec<Ipv4Addr>> {
    let answer = probe(call, to, Transport::Udp, 53)?;
    let (there, port) = answer.at.filter(|_| answer.outcome == Outcome::Reached)?;
    let found = call.sys.machine.world()?.addresses_of(there, port, name)?;
    // What the cluster does not know its DNS asks the site for.
    Some(if found.is_empty() { of_machine(call, name).into_iter().collect() } else { found })
}

/// The address of the first card of the machine of this name.
fn of_machine(call: &mut Call<'_, '_>, name: &str) -> Option<Ipv4Addr> {
    let called = |machine: &Machine| machine.name == name || machine.also.iter().any(|other| other == name);
    let address = |machine: &Machine| {
        let card = machine.cards.iter().find_map(|card| card.address.clone())?;
        card.split('/').next()?.parse().ok()
    };
    // The machine that asks is out of the world while it does.
    if called(call.sys.machine) {
        return address(call.sys.machine);
    }
    call.sys.machine.world()?.machines().find(|machine| called(machine)).and_then(address)
}

/// Asks the network as `network::ask`, by the address of a host that was named; the name is what is told of.
pub(super) fn ask_by_name(call: &mut Call<'_, '_>, args: &[String]) -> Result<Output, Stop> {
    let output = network::ask(call, args, "")?;
    let named = |word: &&String| {
        let plain = word.starts_with('-') || word.parse::<u16>().is_ok() || word.parse::<Ipv4Addr>().is_ok();
        !plain && output.stderr.contains(word.as_str())
    };
    let unknown = output.stderr.contains("Name or service not known");
    let Some(name) = args.iter().filter(|_| unknown).find(named).cloned() else { return Ok(output) };
    let Some(address) = address(call, &name) else { return Ok(output) };
    let address = address.to_string();
    let put: Vec<String> = args.iter().map(|word| if *word == name { address.clone() } else { word.clone() }).collect();
    let mut output = network::ask(call, &put, "")?;
    for text in [&mut output.stdout, &mut output.stderr] {
        *text = text
            .replace(&format!("PING {address} "), &format!("PING {name} "))
            .replace(&format!("--- {address} "), &format!("--- {name} "))
            .replace(&format!("from {address}:"), &format!("from {name} ({address}):"))
            .replace(&format!("to {address} "), &format!("to {name} ({address}) "));
    }
    Ok(output)
}
