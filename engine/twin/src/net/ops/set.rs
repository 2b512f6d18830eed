//! `ip link set`: up, down, MTU, name, master and namespace.

use super::link::{link_came_up, link_went_down};
use crate::net::errno::{Errno, Refused};
use crate::net::link::{Kind, Mac};
use crate::net::network::{Network, SpaceId};
use crate::net::socket::Transport;
use std::sync::Arc;

/// Brings a link up; a tunnel opens its socket only now.
pub(crate) fn set_up(net: &mut Network, id: SpaceId, index: u32) -> Result<(), Refused> {
    let Some(link) = net.space(id).links.get(&index) else { return Err(Errno::NoDevice.into()) };
    if link.up {
        return Ok(());
    }
    if let Some(vxlan) = link.vxlan() {
        let (home, port, external) = (vxlan.home, vxlan.port, vxlan.external);
        let taken = net.space(home).listeners.iter().any(|l| l.transport == Transport::Udp && l.port == port)
            || net.all().any(|(_, space)| {
                space.links.values().filter(|other| other.up).any(|other| {
                    other.vxlan().is_some_and(|v| v.home == home && v.port == port && v.external != external)
                })
            });
        if taken {
            return Err(Errno::InUse.into());
        }
    }
    if let Some(link) = net.space_mut(id).links.get_mut(&index) {
        link.up = true;
        link.was_up = true;
    }
    link_came_up(net, id, index);
    Ok(())
}

/// Brings a link down.
pub(crate) fn set_down(net: &mut Network, id: SpaceId, index: u32) {
    let Some(link) = net.space(id).links.get(&index) else { return };
    if !link.up {
        return;
    }
    if let Some(link) = net.space_mut(id).links.get_mut(&index) {
        link.up = false;
    }
    link_went_down(net, id, index, false);
}

/// Sets the MTU of a link; a bridge follows its smallest port until somebody sets it.
pub(crate) fn set_mtu(net: &mut Network, id: SpaceId, index: u32, mtu: u32) -> Result<(), Refused> {
    let Some(link) = net.space(id).links.get(&index) else { return Err(Errno::NoDevice.into()) };
    let (least, most) = match (link.kind.mtus(), link.vxlan().map(|vxlan| vxlan.lower)) {
        ((least, _), Some(Some(lower))) => {
            (least, net.space(id).links.get(&lower).map_or(65535, |l| l.mtu.saturating_sub(50)))
        }
        ((least, 0), _) => (least, u32::MAX),
        (both, _) => both,
    };
    if mtu < least {
        return Err(Refused::said(Errno::Invalid, "mtu less than device minimum"));
    }
    if mtu > most && mtu <= 65535 && link.vxlan().is_some() {
        return Err(Errno::Invalid.into());
    }
    if mtu > most {
        return Err(Refused::said(Errno::Invalid, "mtu greater than device maximum"));
    }
    let master = link.master;
    if let Some(link) = net.space_mut(id).links.get_mut(&index) {
        link.mtu = mtu;
        if let Some(bridge) = link.bridge_mut() {
            bridge.mtu_set = true;
        }
    }
    if mtu < 68 {
        // Too small for IP: the link loses all its addresses.
        if let Some(link) = net.space_mut(id).links.get_mut(&index) {
            link.addresses.clear();
        }
        super::address::no_more_addresses(net, id, index);
    }
    if let Some(master) = master {
        follow_ports(net, id, master);
    }
    Ok(())
}

fn follow_ports(net: &mut Network, id: SpaceId, bridge: u32) {
    let space = net.space(id);
    let set = space.links.get(&bridge).and_then(|l| l.bridge()).is_none_or(|b| b.mtu_set);
    if set {
        return;
    }
    let least = space.ports(bridge).map(|port| port.mtu).min().unwrap_or(1500);
    if let Some(link) = net.space_mut(id).links.get_mut(&bridge) {
        link.mtu = least;
    }
}

/// An address in Ethernet for a link. A bridge keeps the one it is given; one without follows those of its ports.
pub(crate) fn set_mac(net: &mut Network, id: SpaceId, index: u32, mac: Mac) -> Result<(), Refused> {
    let Some(link) = net.space_mut(id).links.get_mut(&index) else { return Err(Errno::NoDevice.into()) };
    if !link.is_loopback() && (mac.is_group() || mac == Mac::ZERO) {
        return Err(Errno::NotAvailable.into());
    }
    link.mac = mac;
    if let Some(bridge) = link.bridge_mut() {
        bridge.mac_set = true;
    }
    if let Some(master) = link.master {
        choose_mac(net, id, master);
    }
    Ok(())
}

/// A new name for a link.
pub(crate) fn rename(net: &mut Network, id: SpaceId, index: u32, name: &str) -> Result<(), Refused> {
    if net.space(id).called(name).is_some_and(|link| link.index != index || link.name != name) {
        return Err(Errno::Exists.into());
    }
    let space = net.space_mut(id);
    if let Some(link) = space.links.get_mut(&index) {
        let old = std::mem::replace(&mut link.name, name.to_owned());
        for address in &mut link.addresses {
            if address.label == old {
                name.clone_into(&mut address.label);
            }
        }
        Arc::make_mut(&mut space.sysctls).link_renamed(&old, name);
    }
    Ok(())
}

/// Makes a link the port of a bridge, or of none.
pub(crate) fn set_master(net: &mut Network, id: SpaceId, index: u32, master: Option<u32>) -> Result<(), Refused> {
    let Some(link) = net.space(id).links.get(&index) else { return Err(Errno::NoDevice.into()) };
    if link.master == master {
        return Ok(());
    }
    if link.master.and_then(|old| net.space(id).links.get(&old)).is_some_and(|old| old.kind == Kind::Ovs) {
        // Only Open vSwitch itself lets a port go.
        return Err(Errno::NotSupported.into());
    }
    if let Some(bridge) = master {
        if net.space(id).links.get(&bridge).and_then(|l| l.bridge()).is_none() {
            return Err(Errno::NotSupported.into());
        }
        if link.is_loopback() {
            return Err(Errno::Invalid.into());
        }
        if link.bridge().is_some() {
            return Err(Refused::said(Errno::TooMany, "Can not enslave a bridge to a bridge"));
        }
    }
    let old = link.master;
    if let Some(link) = net.space_mut(id).links.get_mut(&index) {
        link.master = None;
    }
    if let Some(old) = old {
        port_left(net, id, old, index);
    }
    if let Some(bridge) = master {
        if let Some(link) = net.space_mut(id).links.get_mut(&index) {
            link.master = Some(bridge);
            link.port = crate::net::link::Port::default();
        }
        choose_mac(net, id, bridge);
        follow_ports(net, id, bridge);
    }
    Ok(())
}

/// What a bridge does when a port is gone.
pub(crate) fn port_left(net: &mut Network, id: SpaceId, bridge: u32, port: u32) {
    if let Some(found) = net.space_mut(id).links.get_mut(&bridge).and_then(|l| l.bridge_mut()) {
        found.fdb.retain(|_, station| station.port != port);
    }
    choose_mac(net, id, bridge);
    follow_ports(net, id, bridge);
}

/// A bridge without an address of its own takes the smallest of its ports'.
fn choose_mac(net: &mut Network, id: SpaceId, bridge: u32) {
    let space = net.space(id);
    let least = space.ports(bridge).map(|port| port.mac).min();
    if let Some(link) = net.space_mut(id).links.get_mut(&bridge)
        && link.bridge().is_some_and(|b| !b.mac_set)
        && let Some(least) = least
    {
        link.mac = least;
    }
}

/// Moves a link into another namespace, where it arrives down and without addresses, perhaps by another name; tells its
/// number there.
pub(crate) fn move_link(
    net: &mut Network,
    id: SpaceId,
    index: u32,
    to: SpaceId,
    name: Option<&str>,
) -> Result<u32, Refused> {
    if id == to {
        return Ok(index);
    }
    let Some(link) = net.space(id).links.get(&index) else { return Err(Errno::NoDevice.into()) };
    if link.is_loopback() || link.bridge().is_some() || link.kind == Kind::Ovs {
        return Err(Refused::said(Errno::Invalid, "The interface netns is immutable"));
    }
    // The other name counts where the link cannot have its own.
    let taken = |name: &str| net.space(to).named(name).is_some();
    let name = name.filter(|_| taken(&link.name));
    match name {
        Some(name) if taken(name) => return Err(Errno::Exists.into()),
        None if taken(&link.name) => {
            let said = "An interface with the same name exists in the target netns";
            return Err(Refused::said(Errno::Exists, said));
        }
        _ => {}
    }
    set_down(net, id, index);
    link_went_down(net, id, index, true);
    let Some(mut link) = net.space_mut(id).links.remove(&index) else { return Err(Errno::NoDevice.into()) };
    Arc::make_mut(&mut net.space_mut(id).sysctls).link_removed(&link.name);
    if let Some(name) = name {
        name.clone_into(&mut link.name);
    }
    if let Some(master) = link.master.take() {
        port_left(net, id, master, index);
    }
    link.addresses.clear();
    link.was_up = false;
    link.qdiscs.clear();
    let peer = if let Kind::Veth { space, index } = link.kind { Some((space, index)) } else { None };
    let free = !net.space(to).links.contains_key(&index);
    let space = net.space_mut(to);
    let arrived = if free {
        space.next_index = space.next_index.max(index + 1);
        Arc::make_mut(&mut space.sysctls).link_added(&link.name);
        space.links.insert(index, link);
        index
    } else {
        space.insert(|n| {
            link.index = n;
            link
        })
    };
    if let Some(Kind::Physical { segment, .. }) = net.space(to).links.get(&arrived).map(|link| link.kind.clone()) {
        net.note_card(&segment, to, arrived);
    }
    if let Some((far, other)) = peer
        && let Some(peer) = net.space_mut(far).links.get_mut(&other)
    {
        peer.kind = Kind::Veth { space: to, index: arrived };
    }
    Ok(arrived)
}
