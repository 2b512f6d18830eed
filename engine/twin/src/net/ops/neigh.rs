//! Neighbours, and the forwarding tables of bridges and tunnels.

use crate::net::errno::{Errno, Refused};
use crate::net::link::{Kind, Mac, Remote, Station};
use crate::net::space::{Neigh, NeighState, Space};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Writes a neighbour; without `replace` it must be new.
pub(crate) fn add_neigh(
    space: &mut Space,
    dev: u32,
    addr: Ipv4Addr,
    neigh: Neigh,
    replace: bool,
) -> Result<(), Refused> {
    if !replace && space.neighbours.contains_key(&(dev, addr)) {
        return Err(Errno::Exists.into());
    }
    space.neighbours.insert((dev, addr), neigh);
    Ok(())
}

/// Forgets a neighbour.
pub(crate) fn delete_neigh(space: &mut Space, dev: u32, addr: Ipv4Addr) -> Result<(), Refused> {
    match space.neighbours.remove(&(dev, addr)) {
        Some(neigh) if neigh.state == NeighState::Failed => Err(Errno::NoEntry.into()),
        Some(_) => Ok(()),
        None => Err(Errno::NoEntry.into()),
    }
}

/// How `bridge fdb` writes: add refuses what is there, append adds beside it, replace takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FdbManner {
    Add,
    Append,
    Replace,
}

/// Writes where a station is into the table of the bridge whose port this is.
pub(crate) fn add_station(
    space: &mut Space,
    dev: u32,
    mac: Mac,
    noted: &'static str,
    how: FdbManner,
) -> Result<(), Refused> {
    let Some(link) = space.links.get_mut(&dev) else { return Err(Errno::NoDevice.into()) };
    let Some(bridge) = link.master else { return Err(Errno::NotSupported.into()) };
    let Some(found) = space.links.get_mut(&bridge).and_then(|l| l.bridge_mut()) else {
        return Err(Errno::NotSupported.into());
    };
    if how == FdbManner::Add && found.fdb.get(&mac).is_some_and(|old| old.fixed() || old.port == dev) {
        return Err(Errno::Exists.into());
    }
    found.fdb.insert(mac, Station { port: dev, noted });
    Ok(())
}

/// Writes an entry of a forwarding table on a tunnel.
pub(crate) fn add_fdb(
    space: &mut Space,
    dev: u32,
    mac: Mac,
    remote: Option<Remote>,
    how: FdbManner,
) -> Result<(), Refused> {
    let Some(link) = space.links.get_mut(&dev) else { return Err(Errno::NoDevice.into()) };
    let Kind::Vxlan(vxlan) = &mut link.kind else {
        return if link.is_loopback() {
            Err(Refused::said(Errno::Invalid, "FDB add only supported for Ethernet devices"))
        } else {
            Ok(())
        };
    };
    let Some(remote) = remote else { return Err(Errno::Invalid.into()) };
    let group = mac.is_group() || mac == Mac::ZERO;
    let entry = Arc::make_mut(&mut vxlan.fdb).entry(mac).or_default();
    let same = entry.iter().any(|old| old.addr == remote.addr && old.port == remote.port && old.vni == remote.vni);
    match how {
        FdbManner::Add if !entry.is_empty() => Err(Errno::Exists.into()),
        FdbManner::Append if !group => {
            if entry.is_empty() {
                entry.push(remote);
            }
            Ok(())
        }
        FdbManner::Append if same => Ok(()),
        FdbManner::Replace if group => Err(Errno::NotSupported.into()),
        FdbManner::Replace => {
            *entry = vec![remote];
            Ok(())
        }
        FdbManner::Add | FdbManner::Append => {
            entry.push(remote);
            Ok(())
        }
    }
}

/// Takes an entry out of a forwarding table.
pub(crate) fn delete_fdb(
    space: &mut Space,
    dev: u32,
    mac: Mac,
    dst: Option<Ipv4Addr>,
    master: bool,
) -> Result<(), Refused> {
    let Some(link) = space.links.get_mut(&dev) else { return Err(Errno::NoDevice.into()) };
    if master {
        let Some(bridge) = link.master else { return Err(Errno::NotSupported.into()) };
        let found = space.links.get_mut(&bridge).and_then(|l| l.bridge_mut());
        let Some(found) = found.filter(|b| b.fdb.get(&mac).is_some_and(|s| s.port == dev)) else {
            return Err(Errno::NoEntry.into());
        };
        found.fdb.remove(&mac);
        return Ok(());
    }
    let Some(vxlan) = link.vxlan_mut() else { return Err(Errno::NoEntry.into()) };
    let Some(entry) = Arc::make_mut(&mut vxlan.fdb).get_mut(&mac) else { return Err(Errno::NoEntry.into()) };
    // One that leads elsewhere is left, and nobody is told that nothing went.
    entry.retain(|old| dst.is_some_and(|dst| old.addr != dst));
    if entry.is_empty() {
        Arc::make_mut(&mut vxlan.fdb).remove(&mac);
    }
    Ok(())
}

/// What a flush takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    All,
    Permanent,
    /// All but what is permanent.
    Others,
}

impl Flushed {
    fn takes(self, noted: &str) -> bool {
        let permanent = matches!(noted, "permanent" | "default");
        self == Flushed::All || permanent == (self == Flushed::Permanent)
    }
}

/// Empties the table of a tunnel, of a bridge, or with `master` what the bridge of a port has of it.
pub(crate) fn flush_fdb(space: &mut Space, dev: u32, master: bool, what: Flushed) -> Result<(), Refused> {
    let of = space.links.get(&dev).and_then(|link| link.master).filter(|_| master).unwrap_or(dev);
    match space.links.get_mut(&of).map(|link| &mut link.kind) {
        Some(Kind::Vxlan(vxlan)) if !master => {
            let fdb = Arc::make_mut(&mut vxlan.fdb);
            fdb.values_mut().for_each(|remotes| remotes.retain(|remote| !what.takes(remote.noted)));
            fdb.retain(|_, remotes| !remotes.is_empty());
        }
        Some(Kind::Bridge(bridge)) => {
            bridge.fdb.retain(|_, it| !(what.takes(it.noted) && (of == dev || it.port == dev)));
        }
        _ => return Err(Errno::NotSupported.into()),
    }
    Ok(())
}
