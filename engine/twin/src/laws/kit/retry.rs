//! Trying again after a refusal: sooner at first, then later and later, at last without making the time jump.

use crate::json::Value;
use crate::world::{Again, Key, Moment, World};

/// When to try again what was refused just now.
pub(in crate::laws) fn later(world: &mut World, law: &str, key: &Key) -> Again {
    let tries = world.memory(law, key).as_u64().unwrap_or(0);
    world.remember(law, key, (tries + 1).into());
    let at: Moment = world.now().plus_seconds(1 << tries.min(9));
    if tries < 8 { Again::At(at) } else { Again::Idle(at) }
}

/// It worked: the next refusal is a first one again.
pub(in crate::laws) fn over(world: &mut World, law: &str, key: &Key) {
    if !world.memory(law, key).is_null() {
        world.remember(law, key, Value::Null);
    }
}

/// The earlier of two wishes to be called again.
pub(in crate::laws) fn earlier(one: Again, other: Option<Moment>) -> Again {
    match (one, other) {
        (one, None) => one,
        (Again::At(at) | Again::Idle(at), Some(other)) if at <= other => one,
        (_, Some(other)) => Again::At(other),
    }
}
