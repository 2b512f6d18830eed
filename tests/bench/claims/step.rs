//! One durable step after the other.

use crate::figures::{Turns, median, ms};
use crate::program::{Place, whole};
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;
use crate::{Trouble, engine, floor, peers};

const STEPS: usize = 1000;

/// Measures it from inside and as a whole process, beside a raw append with its sync.
pub(super) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let place = Place::with(&format!("for i in 0..{STEPS} {{ step(`step ${{i}}`, || i); }}\n"))?;
    let mut round = 0;
    let mut ours = || {
        round += 1;
        engine::run(&place.path("main.rhai"), &place.path(&format!("inside-{round}")))
    };
    let bytes = ours()?.bytes;
    let raw = || floor::append(&place.path("floor"), STEPS, bytes);
    let rounds = typed.rounds(7);
    let turns = Turns::take(rounds, raw, || Ok(median(ours()?.each)))?;
    let line = |what, who, turns, says| Line { claim: "step", what, who, unit: "ms", turns, says };
    table.line(line("one durable step, serial, p50", "runbook", turns, Claim::TimesFloor(1.5)))?;
    let mut round = 0;
    let whole_process = || {
        round += 1;
        let (took, code) = whole(place.run(&format!("whole-{round}"), &[]))?;
        if code != Some(0) {
            return Err(format!("the run ended with {code:?}").into());
        }
        Ok(ms(took) / STEPS as f64)
    };
    let turns = Turns::take(rounds, raw, whole_process)?;
    table.line(line("a whole process of 1,000 steps / 1,000", "runbook", turns, Claim::Nothing))?;
    let mut round = 0;
    let sqlite = || {
        round += 1;
        floor::sqlite(&place.path(&format!("sqlite-{round}")), STEPS, bytes)
    };
    let turns = Turns::take(rounds, raw, sqlite)?;
    table.line(line("one INSERT, WAL, synchronous=FULL, p50", "sqlite", turns, Claim::Nothing))?;
    for peer in peers::found(typed) {
        let turns = Turns::take(typed.rounds(3), raw, || peer.serial(&place, STEPS));
        table.peer(peer.name, turns, |turns| line("one durable step, serial", peer.name, turns, Claim::Nothing))?;
    }
    Ok(())
}
