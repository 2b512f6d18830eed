//! What runs inside of containers goes on: commands that somebody started there, for as long as they take.

use super::Law;
use crate::world::{Again, Change, Key, World};

/// The law.
pub(super) const LAW: Law = Law { name: "container", hears, acts };

/// Nothing that changes wakes it: who starts a command says so.
fn hears(_: &World, _: &Change) -> Vec<Key> {
    Vec::new()
}

fn acts(world: &mut World, pod: &Key) -> Again {
    world.begin_commands(pod);
    world.live_inside(pod)
}
