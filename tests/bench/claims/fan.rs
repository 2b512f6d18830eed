//! Durable steps of many branches at the same time.

use crate::figures::Turns;
use crate::program::Place;
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;
use crate::{Trouble, engine, floor, peers};

const BRANCHES: usize = 64;
const STEPS: usize = 500;
/// Peers are given fewer, or they would take minutes.
const PEER_STEPS: usize = 50;

/// Measures steps a second beside a log whose writers share their syncs.
pub(super) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let place = Place::with(&format!(
        "let items = [];\nfor b in 0..{BRANCHES} {{ items.push(b); }}\n\
         parallel(\"fan\", items, #{{ max: {BRANCHES} }}, |b| {{\n    \
         for i in 0..{STEPS} {{ step(`step ${{i}}`, || i); }}\n}});\n"
    ))?;
    let mut round = 0;
    let mut ours = || {
        round += 1;
        engine::run(&place.path("main.rhai"), &place.path(&format!("inside-{round}")))
    };
    let bytes = ours()?.bytes;
    let group = || floor::group(&place.path("floor"), BRANCHES, STEPS, bytes);
    let per_second = || {
        let took = ours()?;
        // Each branch is settled too: that is not counted as a step.
        Ok((took.steps.min(BRANCHES * STEPS)) as f64 / took.all.as_secs_f64())
    };
    let turns = Turns::take(typed.rounds(5), group, per_second)?;
    let line = |what, who, turns, says| Line { claim: "fan", what, who, unit: "/s", turns, says };
    table.line(line("durable steps, 64 branches", "runbook", turns, Claim::AtLeast(25_000.0)))?;
    for peer in peers::found(typed) {
        let turns = Turns::take(typed.rounds(3), group, || peer.fan(&place, BRANCHES, PEER_STEPS));
        table.peer(peer.name, turns, |turns| line("durable steps, 64 branches", peer.name, turns, Claim::Nothing))?;
    }
    Ok(())
}
