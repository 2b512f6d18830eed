//! What a twin costs, each claim by itself: ready, answering, large, copied, reached, lived through.
//!
//! `cargo bench --bench twin`, with the options of the other benches. Every twin is a process of its own (this program
//! again, as `serve`), so that its memory and its processor time are its own. Where `.ci/plane` has built a control plane,
//! the same requests go to the real server in the same run. It exits with 1 where a claim is missed.

mod answers;
mod client;
mod copy;
mod crowd;
mod half;
mod large;
#[expect(dead_code, reason = "the other benches measure memory in other ways")]
#[path = "../memory.rs"]
mod memory;
mod plane;
mod process;
mod reach;
mod ready;

#[expect(dead_code, reason = "only the other benches take turns with a floor")]
#[path = "../figures.rs"]
mod figures;
#[expect(dead_code, reason = "the other benches make the rest of the claims")]
#[path = "../table.rs"]
mod table;
#[path = "../typed.rs"]
mod typed;

use std::process::ExitCode;

use figures::Turns;
use table::{Claim, Line, Table};
use typed::Typed;

// As the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What goes wrong while measuring; a figure that cannot be taken is never made up.
type Trouble = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "serve") {
        return process::serve(&words[1..]);
    }
    match measured(&words) {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(trouble) => {
            table::complain(&trouble.to_string());
            ExitCode::from(2)
        }
    }
}

fn measured(words: &[String]) -> Result<bool, Trouble> {
    let typed = Typed::read(words)?;
    let mut table = Table::new(typed.json)?;
    for (claim, measure) in [
        ("ready", ready::measure as fn(&Typed, &mut Table) -> Result<(), Trouble>),
        ("copy", copy::measure),
        ("reach", reach::measure),
        ("half", half::measure),
        ("answers", answers::measure),
        ("large", large::measure),
        ("crowd", crowd::measure),
    ] {
        if typed.wants(claim) {
            measure(&typed, &mut table)?;
        }
    }
    Ok(table.has_missed())
}

/// One line of the table.
fn line(
    table: &mut Table,
    claim: &str,
    what: &str,
    unit: &str,
    ours: Vec<f64>,
    floor: Vec<f64>,
    says: Claim,
) -> Result<(), Trouble> {
    table.line(Line { claim, what, who: "runbook", unit, turns: Turns { ours, floor }, says })
}
