//! What the engine costs, each claim beside its floor, measured in the same run.
//!
//! `cargo bench` prints a line for each claim; `cargo bench -- --json` one JSON object a line; `cargo bench -- step fan`
//! measures only those claims; `--rounds N` repeats each N times; `--peers DIR` measures other durable engines too,
//! where `DIR/venvs/NAME/bin/python` has them. Floor and engine take turns, and every figure is a median: on a noisy
//! machine only ratios of one run count. It exits with 1 where a claim is missed, and never changes anything outside a
//! folder of its own.

mod claims;
mod engine;
mod figures;
mod floor;
mod memory;
mod peers;
mod program;
mod table;
mod typed;

use std::process::ExitCode;

use table::Table;
use typed::Typed;

/// What goes wrong while measuring; a figure that cannot be taken is never made up.
type Trouble = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(told) = words.first().and_then(|word| word.strip_prefix("floor-")) {
        return floor::process(told, &words[1..]);
    }
    let measured = Typed::read(&words).and_then(|typed| {
        let mut table = Table::new(typed.json)?;
        claims::measure(&typed, &mut table)?;
        Ok(table.has_missed())
    });
    table::ended(measured)
}
