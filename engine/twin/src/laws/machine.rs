//! Machines live: their programs run, what is due on them happens, and the clock is told who waits for it.

use super::Law;
use crate::world::{Again, Change, Key, Moment, World};

/// The law.
pub(super) const LAW: Law = Law { name: "machine", hears, acts };

fn hears(_: &World, _: &Change) -> Vec<Key> {
    Vec::new()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(ran) = world.run_machine(key.name()) else { return Again::Never };
    if ran.busy {
        return Again::At(world.now());
    }
    let Some(next) = ran.next.map(Moment::not_before) else { return Again::Never };
    // On the way to what somebody waits for, what nobody waits for happens too.
    if ran.waited || ran.on_its_way { Again::At(next) } else { Again::Idle(next) }
}
