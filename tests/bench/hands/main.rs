//! What the hands cost on a real control plane, each claim beside its floor and beside kubectl, in one run.
//!
//! `cargo bench --bench hands` prints a line for each claim; the words are those of `durable`. It starts a control plane
//! of its own, which `.ci/plane` has to have built, and ends it. It exits with 1 where a claim is missed.

#[path = "../figures.rs"]
mod figures;
mod list;
#[path = "../memory.rs"]
mod memory;
mod plane;
#[expect(dead_code, reason = "the other measurements use the rest")]
#[path = "../program.rs"]
mod program;
#[expect(dead_code, reason = "the other measurements use the rest")]
#[path = "../table.rs"]
mod table;
#[path = "../typed.rs"]
mod typed;
mod waits;

use std::process::ExitCode;

use plane::Plane;
use table::Table;
use typed::Typed;

/// What goes wrong while measuring; a figure that cannot be taken is never made up.
type Trouble = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let measured = Typed::read(&words).and_then(|typed| {
        let Some(plane) = Plane::start()? else {
            table::complain("not run: `.ci/plane` has not built a control plane");
            return Ok(false);
        };
        let mut table = Table::new(typed.json)?;
        if typed.wants("waits") {
            waits::measure(&typed, &plane, &mut table)?;
        }
        // Last: what it makes stays until the control plane ends.
        if typed.wants("list") {
            list::measure(&typed, &plane, &mut table)?;
        }
        Ok(table.has_missed())
    });
    table::ended(measured)
}
