//! What is typed at a machine of a world, for all tests that ask machines.

use runbook_twin::world::World;

/// What a script prints on a machine, and how it ends; somebody waits for it. `limit` is how much the laws may do before
/// each look.
pub(crate) fn sh(world: &mut World, machine: &str, script: &str, limit: usize) -> (String, i32) {
    let session = world.on_machine(machine, |m| m.open_session("root", Some(script), &[])).unwrap().unwrap();
    let mut out = Vec::new();
    for _ in 0..100_000 {
        world.settle(limit);
        let heard = world.look_at_machine(machine, |m| m.hear(session)).unwrap();
        out.extend(heard.out);
        out.extend(heard.err);
        if let Some(end) = heard.ended {
            return (String::from_utf8_lossy(&out).into_owned(), end.status());
        }
        let Some(next) = world.next_jump_while(false) else { panic!("`{script}` waits for ever") };
        world.advance(next);
    }
    panic!("`{script}` does not end")
}
