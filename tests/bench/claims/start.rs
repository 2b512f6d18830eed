//! A runbook of one step, as a whole process.

use super::floor_resume;
use crate::Trouble;
use crate::figures::{Turns, ms};
use crate::program::{Place, whole};
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;

/// Measures it in a store that is there already, and in one that has to be made.
pub(super) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let place = Place::with("step(\"only\", || 1);\n")?;
    let run = |state: &str| {
        let (took, code) = whole(place.run(state, &[]))?;
        if code == Some(0) { Ok(ms(took)) } else { Err(format!("the run ended with {code:?}").into()) }
    };
    run("old")?;
    let floor = || floor_resume(&place, "log");
    let line = |what, turns, says| Line { claim: "start", what, who: "runbook", unit: "ms", turns, says };
    let turns = Turns::take(typed.rounds(25), floor, || run("old"))?;
    table.line(line("`runbook run` of one step", turns, Claim::AtMost(20.0)))?;
    let mut round = 0;
    let new = || {
        round += 1;
        run(&format!("new-{round}"))
    };
    let turns = Turns::take(typed.rounds(9), floor, new)?;
    table.line(line("  where the store has to be made", turns, Claim::Nothing))
}
