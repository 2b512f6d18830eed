//! The world a rehearsal begins with: the scene that was named, by who types or by the runbook, and what goes wrong in it.

use std::path::Path;

use runbook_model::Failure;
use runbook_script::front::Header;
use runbook_twin::world::World;

use crate::args::Played;
use crate::scene;

/// The scene where none is named.
const USUAL: &str = "shop";

/// How long a scene lives before anybody comes: until everything in it is ready.
const BEFORE_SECONDS: i64 = 600;

/// The world a rehearsal begins with, and what it is called.
pub(crate) fn of(played: &Played, header: &Header) -> Result<(World, String), Failure> {
    let typed = played.scene.clone().or_else(|| own(&played.file, header)).unwrap_or_else(|| USUAL.to_owned());
    let scene = scene::named(&typed, played.seed)?;
    let mut world = scene.world;
    let until = world.now().plus_seconds(BEFORE_SECONDS);
    world.live(until, usize::MAX);
    scene::plant(&played.fault, &mut world)?;
    Ok((world, if scene.doc.is_empty() { scene.name } else { scene.doc }))
}

/// The scene that a runbook names; a file lies beside it.
fn own(file: &Path, header: &Header) -> Option<String> {
    let scene = header.scene.as_ref()?;
    match (runbook_twin::scene::text(scene), file.parent()) {
        (None, Some(folder)) => Some(folder.join(scene).to_string_lossy().into_owned()),
        _ => Some(scene.clone()),
    }
}
