//! The scenes and faults that people type: one that is part of the program, or a file.

use std::fs;
use std::path::Path;

use runbook_model::{Failure, code};
use runbook_script::options::nearest;
use runbook_twin::clock::Clock;
use runbook_twin::faults::{FAULTS, Planted};
use runbook_twin::scene::{self, SCENES, Scene};
use runbook_twin::world::World;

/// The scene that is meant by a name or a file, with `seed` in the place of its own.
pub(crate) fn named(typed: &str, seed: Option<u64>) -> Result<Scene, Failure> {
    let text = match scene::text(typed) {
        Some(text) => text.to_owned(),
        None if typed.contains(['/', '.']) || Path::new(typed).exists() => {
            fs::read_to_string(typed).map_err(|trouble| {
                let failure = Failure::new(code::SCENE_BAD, format!("the scene `{typed}` cannot be read"));
                failure.because(trouble).hint("list the scenes there are with `runbook twin scenes`")
            })?
        }
        None => {
            let failure = Failure::new(code::SCENE_BAD, format!("there is no scene `{typed}`"));
            return Err(match nearest(typed, SCENES.iter().map(|(name, _)| *name)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("list the scenes there are with `runbook twin scenes`"),
            });
        }
    };
    scene::read_with(&text, Clock::today(), seed).map_err(|mistake| bad(typed, &mistake))
}

/// A scene that cannot be understood.
pub(crate) fn bad(scene: &str, mistake: &scene::Mistake) -> Failure {
    Failure::new(code::SCENE_BAD, format!("the scene `{scene}` cannot be understood: {mistake}"))
        .hint("mend it there; `runbook explain scene.bad` lists what a scene may say")
}

/// Plants faults as they are typed: `ssh-cut machine=n2 after=2s`. The world lives on until what they do is seen.
pub(crate) fn plant(typed: &[String], world: &mut World) -> Result<(), Failure> {
    let mut ripe = 0;
    for fault in typed {
        let planted = Planted::typed(fault).and_then(|planted| {
            ripe = ripe.max(planted.ripens());
            planted.plant(world)
        });
        planted.map_err(|why| {
            let name = fault.split_whitespace().next().unwrap_or_default();
            let failure = Failure::new(code::SCENE_BAD, format!("the fault `{fault}` cannot be planted: {why}"));
            let known = FAULTS.iter().any(|known| known.name == name);
            match nearest(name, FAULTS.iter().map(|fault| fault.name)).filter(|_| !known) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("list the faults with `runbook twin faults`"),
            }
        })?;
    }
    if ripe > 0 {
        let until = world.now().plus_seconds(ripe);
        world.live(until, usize::MAX);
    }
    Ok(())
}
