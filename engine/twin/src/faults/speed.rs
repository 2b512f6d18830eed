//! What goes wrong with programs that see packets before the kernel does.

use super::{Planted, cilium};
use crate::cni::cilium::{leave_entry, lose_entry};
use crate::world::World;

fn link(fault: &Planted) -> String {
    if fault.text("link").is_empty() { "eth0".to_owned() } else { fault.text("link").to_owned() }
}

/// Acceleration is on: what every one of these needs.
fn accelerated(world: &mut World) -> Result<(), String> {
    cilium::options(world, &[("kube-proxy-replacement", "true"), ("bpf-lb-acceleration", "native")])
}

pub(super) fn down(world: &mut World, fault: &Planted) -> Result<(), String> {
    let name = fault.text("machine").to_owned();
    if world.machine(&name).is_none() {
        return Err(format!("there is no machine `{name}`"));
    }
    world.network_mut().card(&name, "eth9", "nothing", "i40e");
    world.network_mut().cable(&name, "eth9", false);
    let pairs = [("kube-proxy-replacement", "true"), ("bpf-lb-acceleration", "native"), ("devices", "eth+")];
    cilium::options(world, &pairs)
}

pub(super) fn driver(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (name, link) = (fault.text("machine").to_owned(), link(fault));
    let changed = world.on_host(&name, |host| host.set_driver(&link, "tg3"));
    changed.filter(|it| *it).ok_or_else(|| format!("there is no card `{link}` in a machine `{name}`"))?;
    accelerated(world)
}

pub(super) fn pinned(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (name, link) = (fault.text("machine").to_owned(), link(fault));
    let there = world.on_host(&name, |host| {
        let there = host.has_link(&link);
        leave_entry(host, &link);
        there
    });
    there.filter(|it| *it).map(drop).ok_or_else(|| format!("there is no card `{link}` in a machine `{name}`"))
}

pub(super) fn reset(world: &mut World, fault: &Planted) -> Result<(), String> {
    let (name, link) = (fault.text("machine").to_owned(), link(fault));
    let lost = world.on_host(&name, |host| lose_entry(host, &link));
    lost.filter(|it| *it).map(drop).ok_or_else(|| format!("no such program is at `{link}` of `{name}`"))
}
