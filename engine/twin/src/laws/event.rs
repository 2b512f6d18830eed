//! Events are forgotten an hour after they were last told.

use super::Law;
use crate::world::{Again, Change, Key, World};

/// The law.
pub(super) const LAW: Law = Law { name: "event", hears, acts };

/// Seconds an event is kept.
const KEPT: i64 = 3600;

/// One piece of work for all events: what is to be forgotten next is known without looking at each.
fn hears(_: &World, change: &Change) -> Vec<Key> {
    if change.key.kind == "events" && change.after.is_some() {
        vec![Key::new("events/oldest", "", "")]
    } else {
        Vec::new()
    }
}

fn acts(world: &mut World, _: &Key) -> Again {
    while let Some((told, key)) = world.oldest_event().cloned() {
        let at = told.plus_seconds(KEPT);
        if at > world.now() {
            return Again::Idle(at);
        }
        world.remove(&key);
    }
    Again::Never
}
