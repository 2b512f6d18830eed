//! Three bare machines behind their SSH door, until standard input closes: `cargo run --example machines -- FOLDER`.

use std::io::{Read, Write};
use std::path::PathBuf;

use runbook_twin::machines::Bare;
use runbook_twin::ssh::{Door, Fleet, Pace};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".into()));
    let times = std::env::args().nth(2).and_then(|word| word.parse().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let machines = ["n1", "n2", "n3"].iter().map(|name| Bare::new(name).machine()).collect();
    let fleet = Fleet::new(machines, times.map_or(Pace::Jumping, Pace::Times));
    let door = runtime.block_on(Door::open(&fleet, &folder))?;
    writeln!(std::io::stdout(), "{}", door.config.display())?;
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest)?;
    Ok(())
}
