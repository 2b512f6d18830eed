//! Three bare machines, until standard input closes: `cargo run --example machines -- FOLDER [TIMES]`.

use std::io::{Read, Write};
use std::path::PathBuf;

use runbook_twin::clock::{Clock, Speed};
use runbook_twin::scene;
use runbook_twin::serve::{Start, start};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".into()));
    let times = std::env::args().nth(2).and_then(|word| word.parse().ok());
    let world = scene::machines(7, Clock::today(), &["n1", "n2", "n3"]);
    let twin = start(Start { world, speed: times.map_or(Speed::Jumping, Speed::Times), folder, port: 0 })?;
    writeln!(std::io::stdout(), "{}", twin.ssh_config.display())?;
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest)?;
    Ok(())
}
