//! The IPAM `host-local`: one file for each address that is given away, named after it.

use super::super::chain::{Failed, Task};
use super::super::host::Host;
use crate::json::Value;
use crate::net::Prefix;
use std::net::Ipv4Addr;

/// An address with the length of its range, and the gateway.
pub(super) struct Given {
    pub(super) address: Ipv4Addr,
    pub(super) range: Prefix,
    pub(super) gateway: Ipv4Addr,
}

fn folder(ipam: &Value, network: &str) -> String {
    format!("{}/{network}", ipam["dataDir"].as_str().unwrap_or("/var/lib/cni/networks"))
}

/// Gives an address of the first range that has one.
///
/// # Errors
/// In the plugin's words, when all are taken.
pub(super) fn give(host: &mut Host<'_>, task: &Task<'_>, ipam: &Value, network: &str) -> Result<Given, Failed> {
    let sets = ipam["ranges"].as_array().into_iter().flatten().filter_map(|set| set[0]["subnet"].as_str());
    let first = sets.chain(ipam["subnet"].as_str()).next();
    let Some(range) = first.and_then(Prefix::read).map(Prefix::network) else {
        return Err(("no IP ranges specified".to_owned(), 0));
    };
    let gateway = Ipv4Addr::from(u32::from(range.addr) + 1);
    let folder = folder(ipam, network);
    let marker = format!("{folder}/last_reserved_ip.0");
    let last: Ipv4Addr = host.machine.text(&marker).trim().parse().unwrap_or(gateway);
    let (low, high) = (u32::from(gateway) + 1, u32::from(range.last()).saturating_sub(1));
    let count = high.saturating_sub(low).saturating_add(1);
    let start = u32::from(last).wrapping_sub(low).wrapping_add(1);
    let free = (0..count).map(|step| Ipv4Addr::from(low + start.wrapping_add(step) % count));
    let mut free = free.filter(|address| !host.machine.has(&format!("{folder}/{address}")));
    let Some(address) = free.next() else {
        let (first, last) = (Ipv4Addr::from(low.saturating_sub(1)), Ipv4Addr::from(high));
        return Err((
            format!("failed to allocate for range 0: no IP addresses available in range set: {first}-{last}"),
            0,
        ));
    };
    drop(free);
    host.machine.write(&format!("{folder}/{address}"), format!("{}\r\neth0", task.pod.sandbox).as_bytes());
    host.machine.write(&marker, address.to_string().as_bytes());
    host.machine.write(&format!("{folder}/lock"), b"");
    Ok(Given { address, range, gateway })
}

/// Takes back what a sandbox has.
pub(super) fn take(host: &mut Host<'_>, task: &Task<'_>, ipam: &Value, network: &str) {
    let folder = folder(ipam, network);
    for name in host.machine.names_in(&folder) {
        let path = format!("{folder}/{name}");
        if name.parse::<Ipv4Addr>().is_ok() && host.machine.text(&path).starts_with(&task.pod.sandbox) {
            host.machine.take_away(&path);
        }
    }
}
