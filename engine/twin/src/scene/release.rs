//! Releases of a scene: what somebody installed by helm when the cluster was up already.

use super::reader::{Read, Reader, mistake};
use crate::json::Value;
use crate::world::World;

/// How long the cluster lives before a release is installed.
const BEFORE_SECONDS: i64 = 120;

/// Lets the cluster live for a while.
pub(super) fn settle(world: &mut World) {
    let until = world.now().plus_seconds(BEFORE_SECONDS);
    world.live(until, usize::MAX);
}

/// Installs a release.
pub(super) fn install(world: &mut World, mut map: Reader) -> Read<()> {
    let (name, namespace) = (map.must("name")?, map.text("namespace")?.unwrap_or_else(|| "default".to_owned()));
    let (chart, version) = (map.must("chart")?, map.text("version")?.unwrap_or_default());
    let at = map.at("chart");
    let values = Value::Object(map.map("values")?);
    map.end()?;
    settle(world);
    let made = crate::helm::installed((&name, &namespace), (&chart, &version), &values, world.now());
    for object in made.or_else(|why| mistake(&at, why))? {
        super::add(world, object).or_else(|why| mistake(&at, why))?;
    }
    Ok(())
}
