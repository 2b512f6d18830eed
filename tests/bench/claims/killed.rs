//! A run that is killed after 900 of 1,000 steps, and goes on.

use super::{floor_resume, killed, resume, serial};
use crate::figures::Turns;
use crate::program::Place;
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;
use crate::{Trouble, floor, peers};

const STEPS: usize = 1000;
const DONE: usize = 900;

/// Measures the time from the start of the process until step 901 is on disk and told.
pub(super) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let place = Place::with(&serial(STEPS))?;
    killed(&place, "killed", DONE)?;
    floor::log(&place.path("log"), DONE, 400)?;
    let log = || floor_resume(&place, "log");
    let next = format!("step {DONE}");
    let turns = Turns::take(typed.rounds(15), log, || Ok(resume(&place, "killed", &next)?.0))?;
    let line = |who, turns, says| Line {
        claim: "killed",
        what: "killed after 900 of 1,000, to step 901",
        who,
        unit: "ms",
        turns,
        says,
    };
    table.line(line("runbook", turns, Claim::AtMost(25.0)))?;
    for peer in peers::found(typed) {
        let turns = Turns::take(typed.rounds(3), log, || peer.killed(&place, STEPS, DONE));
        table.peer(peer.name, turns, |turns| line(peer.name, turns, Claim::Nothing))?;
    }
    Ok(())
}
