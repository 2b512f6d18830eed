//! Resuming through very many finished steps: time and memory.

use super::{floor_resume, killed, resume, serial};
use crate::figures::Turns;
use crate::memory::{Of, of_tree};
use crate::program::Place;
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;
use crate::{Trouble, floor};

/// Measures whole processes, the one that watches included.
pub(super) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    through(10_000, typed.rounds(9), ("through 10,000 finished steps", Claim::AtMost(60.0)), Claim::Nothing, table)?;
    through(
        100_000,
        typed.rounds(5),
        ("through 100,000 finished steps", Claim::AtMost(700.0)),
        Claim::AtMost(150.0),
        table,
    )
}

fn through(count: usize, rounds: usize, time: (&str, Claim), memory: Claim, table: &mut Table) -> Result<(), Trouble> {
    let place = Place::with(&serial(count))?;
    killed(&place, "killed", count)?;
    floor::log(&place.path("log"), count, 400)?;
    let mut peaks = Vec::new();
    let ours = || {
        let (took, live) = resume(&place, "killed", "one more")?;
        peaks.push(of_tree(live.pid(), Of::Peak)?);
        Ok(took)
    };
    let turns = Turns::take(rounds, || floor_resume(&place, "log"), ours)?;
    let line = |what, unit, turns, says| Line { claim: "resume", what, who: "runbook", unit, turns, says };
    table.line(line(time.0, "ms", turns, time.1))?;
    let turns = Turns { ours: peaks, floor: Vec::new() };
    table.line(line("  most memory of both processes", "MB", turns, memory))
}
