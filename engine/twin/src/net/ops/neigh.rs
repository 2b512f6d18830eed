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

/// Writes an entry of a forwarding table on a tunnel or on a port of a bridge.
pub(crate) fn add_fdb(
    space: &mut Space,
    dev: u32,
    mac: Mac,
    remote: Option<Remote>,
    master: bool,
    how: FdbManner,
) -> Result<(), Refused> {
    let Some(link) = space.links.get_mut(&dev) else { return Err(Errno::NoDevice.into()) };
    if master {
        let Some(bridge) = link.master else { return Err(Errno::NotSupported.into()) };
        let Some(found) = space.links.get_mut(&bridge).and_then(|l| l.bridge_mut()) else {
            return Err(Errno::NotSupported.into());
        };
        if how == FdbManner::Add && found.fdb.get(&mac).is_some_and(|old| old.fixed || old.port == dev) {
            return Err(Errno::Exists.into());
        }
        found.fdb.insert(mac, Station { port: dev, fixed: true });
        return Ok(());
    }
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
    let before = entry.len();
    entry.retain(|old| dst.is_some_and(|dst| old.addr != dst));
    let gone = entry.len() < before;
    if entry.is_empty() {
        Arc::make_mut(&mut vxlan.fdb).remove(&mac);
    }
    if gone { Ok(()) } else { Err(Errno::NoEntry.into()) }
}
