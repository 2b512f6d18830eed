//! Starts a twin and serves until its standard input closes. It speaks as the control plane of `tests/plane` does:
//! `up --nodes 3`, one line of JSON, and orders on standard input.

use runbook_twin::clock::{Clock, Speed};
use runbook_twin::scene;
use runbook_twin::serve::{Start, start};
use serde_json::json;
use std::io::{BufRead, Write};

fn option(name: &str) -> Option<usize> {
    let mut words = std::env::args().skip_while(|word| word != name);
    words.nth(1).and_then(|word| word.parse().ok())
}

fn main() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let nodes = option("--nodes").unwrap_or(3);
    let world = scene::plane(7, Clock::today(), nodes);
    let port = option("--port").and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
    let twin = start(Start { world, speed: Speed::Jumping, folder: folder.path().to_owned(), port })?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", twin.told(folder.path()))?;
    for order in std::io::stdin().lock().lines() {
        let order = order?;
        match twin.obey(&order) {
            Ok(()) => writeln!(out, "{}", json!({"did": order}))?,
            Err(error) => writeln!(out, "{}", json!({"error": error}))?,
        }
    }
    Ok(())
}
