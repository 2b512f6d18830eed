//! Starts a twin, says where its kubeconfig lies, and serves until its standard input closes.

use runbook_twin::clock::{Clock, Speed};
use runbook_twin::serve::{Start, start};
use runbook_twin::world::World;
use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let world = runbook_twin::scene::bare(7, Clock::today());
    let world: World = world;
    let running = start(Start { world, speed: Speed::Jumping, folder: folder.path().to_owned(), port: 0 })?;
    writeln!(std::io::stdout(), "{{\"kubeconfig\": {:?}}}", running.kubeconfig)?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
