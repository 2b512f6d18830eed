//! Nothing grows faster than the run: the time of a step among 1,000, 10,000 and 100,000.

use super::{killed, serial};
use crate::figures::{Turns, median};
use crate::program::Place;
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;
use crate::{Trouble, floor};

/// The longest run.
const MOST: usize = 100_000;

/// Measures whole processes; the floor of each is the same number of raw appends.
pub(super) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let mut few = 0.0;
    for (count, what, usual) in
        [(1_000, "a step among 1,000", 7), (10_000, "a step among 10,000", 3), (MOST, "a step among 100,000", 1)]
    {
        let place = Place::with(&serial(count))?;
        let mut round = 0;
        let ours = || {
            round += 1;
            Ok(killed(&place, &format!("state-{round}"), count)? / count as f64)
        };
        let turns = Turns::take(typed.rounds(usual), || floor::append(&place.path("floor"), count, 400), ours)?;
        // Not more than half as much again, however long the run; the noise of a disk is of that size too.
        let times_floor = median(turns.ours.clone()) / median(turns.floor.clone());
        let says = if count == MOST { Claim::TimesFloor(few * 1.5) } else { Claim::Nothing };
        if few == 0.0 {
            few = times_floor;
        }
        table.line(Line { claim: "linear", what, who: "runbook", unit: "ms", turns, says })?;
    }
    Ok(())
}
