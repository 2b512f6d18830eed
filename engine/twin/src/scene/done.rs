//! What somebody has done on the machines of a scene before it begins: scripts, one after the other, each to its end.

use super::reader::{Read, Reader, mistake};
use crate::world::World;

/// How many steps of time a script may take.
const STEPS: usize = 100_000;

/// Runs one: `{machine: n1, run: "systemctl restart k3s"}`.
pub(super) fn run(world: &mut World, mut map: Reader) -> Read<()> {
    let (machine, script) = (map.must("machine")?, map.must("run")?);
    let at = map.at("run");
    map.end()?;
    super::release::settle(world);
    let opened = world.on_machine(&machine, |it| it.open_session("root", Some(&script), &[]));
    let Some(Ok(session)) = opened else { return mistake(&at, format!("nobody can log in to `{machine}`")) };
    let mut said = Vec::new();
    for _ in 0..STEPS {
        world.settle(usize::MAX);
        let Some(heard) = world.look_at_machine(&machine, |it| it.hear(session)) else { break };
        said.extend(heard.err);
        if let Some(end) = heard.ended {
            let why = String::from_utf8_lossy(&said).trim().to_owned();
            return if end.status() == 0 { Ok(()) } else { mistake(&at, format!("it failed: {why}")) };
        }
        let Some(next) = world.next_jump_while(true) else { break };
        world.advance(next);
    }
    mistake(&at, "it does not end")
}
