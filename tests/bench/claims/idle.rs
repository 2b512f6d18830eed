//! The memory of a run that waits.

use std::process::Command;

use super::{done, serial};
use crate::Trouble;
use crate::figures::Turns;
use crate::memory::{Of, of_tree};
use crate::program::{Live, Place};
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;

/// Measures both processes of a run that sleeps; a page that both use counts once.
pub(super) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let place = Place::with(&serial(10))?;
    let mut round = 0;
    let share = |command: Command, mark: &str| {
        let mut live = Live::start(command, &place.path(""))?;
        live.until(mark)?;
        of_tree(live.pid(), Of::Share)
    };
    let floor = || {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("floor-idle");
        share(command, "next")
    };
    let ours = || {
        round += 1;
        share(place.run(&format!("state-{round}"), &[]), &done("one more"))
    };
    let turns = Turns::take(typed.rounds(5), floor, ours)?;
    let what = "a run that waits, both processes";
    table.line(Line { claim: "idle", what, who: "runbook", unit: "MB", turns, says: Claim::AtMost(30.0) })
}
