//! Machines live: their programs run, what is due on them happens, and the clock is told who waits for it.
//!
//! A machine and the node of its name are the same thing: with its kubelet the node falls silent, with a boot its
//! containers start anew, and without the machine of the control plane nothing happens in the cluster at all.

use super::{LAWS, Law, kubelet, masters};
use crate::json::json;
use crate::machines::Machine;
use crate::net::Transport;
use crate::world::{Again, Change, Key, Moment, World};

/// The law.
pub(super) const LAW: Law = Law { name: "machine", hears, acts };

fn hears(_: &World, _: &Change) -> Vec<Key> {
    Vec::new()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(ran) = world.run_machine(key.name()) else { return Again::Never };
    listen(world, key.name());
    notice(world, key);
    if ran.busy {
        return Again::At(world.now());
    }
    let Some(next) = ran.next.map(Moment::not_before) else { return Again::Never };
    // On the way to what somebody waits for, what nobody waits for happens too.
    if ran.waited || ran.on_its_way || world.is_wanted(key.name()) { Again::At(next) } else { Again::Idle(next) }
}

/// The control plane listens on its machines while it works.
fn listen(world: &mut World, name: &str) {
    if !world.serves_from(name) {
        return;
    }
    let Some(space) = world.network().find(name, "") else { return };
    let works = world.machine(name).is_some_and(Machine::has_plane);
    let ports: &[(Transport, u16)] = if works { &[(Transport::Tcp, 6443)] } else { &[] };
    world.network_mut().serve(space, "kube-apiserver", ports);
}

/// Tells the other laws what has become of the machine.
fn notice(world: &mut World, key: &Key) {
    let name = key.name();
    let Some(machine) = world.machine(name) else { return };
    let (up, kubelet, boot) = (machine.is_up(), machine.has_kubelet(), machine.boot_id.clone());
    let serves = world.serves_from(name) && machine.has_plane();
    let was = world.memory(LAW.name, key);
    if was["up"] == up
        && was["kubelet"] == kubelet
        && was["serves"] == serves
        && (was["boot"] == boot.as_str() || !kubelet)
    {
        return;
    }
    let last = was["boot"].as_str().unwrap_or_default().to_owned();
    let began = kubelet && was["kubelet"] != true;
    let kept = if kubelet { boot.clone() } else { last.clone() };
    world.remember(LAW.name, key, json!({"up": up, "kubelet": kubelet, "serves": serves, "boot": kept}));
    if kubelet && !last.is_empty() && last != boot {
        kubelet::booted(world, name);
    }
    if !kubelet {
        // Whoever watches over the nodes begins to count.
        world.wake("node", Key::new("nodes", "", name));
    }
    if began {
        world.look_at_machine(name, |machine| machine.plane_began.clone_from(&boot));
        world.wake("heartbeat", Key::new("nodes", "", name));
        let pods: Vec<Key> = world.on_node(name).map(|pod| Key::new("pods", pod.namespace(), pod.name())).collect();
        for pod in pods {
            world.wake("kubelet", pod);
        }
    }
    world.wake("runtime", key.clone());
    world.wake("masters", masters::key());
    world.wake("network", Key::new(crate::cni::law::HOST, "", name));
    // Nothing happens by itself where there is no control plane, but on the machines.
    let served = world.is_served();
    for law in LAWS.iter().filter(|law| !["container", "machine"].contains(&law.name)) {
        if served { world.wake_up(law.name) } else { world.put_to_sleep(law.name) }
    }
}
