//! Events are forgotten an hour after they were last told.

use super::Law;
use super::kit::events::forgotten_at;
use crate::world::{Again, Change, Key, World};

/// The law.
pub(super) const LAW: Law = Law { name: "event", hears, acts };

fn hears(_: &World, change: &Change) -> Vec<Key> {
    if change.key.kind == "events" && change.after.is_some() { vec![change.key.clone()] } else { Vec::new() }
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(at) = world.at(key).map(|event| forgotten_at(event)) else {
        return Again::Never;
    };
    if at <= world.now() {
        world.remove(key);
        return Again::Never;
    }
    Again::Idle(at)
}
