//! The claims.

use crate::figures::Turns;
use crate::ours::How;
use crate::server::{Server, Way};
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;
use crate::{Trouble, bare, ours};

const COMMANDS: usize = 20;
const FILE_BYTES: usize = 5 * 1024 * 1024;

/// Measures the claims that are wanted.
pub(crate) fn measure(typed: &Typed, server: &Server, table: &mut Table) -> Result<(), Trouble> {
    if typed.wants("near") {
        fan(typed, server, table, Way::Near, "near")?;
    }
    if typed.wants("far") {
        fan(typed, server, table, Way::Far, "far")?;
    }
    if typed.wants("copy") {
        copy(typed, server, table)?;
    }
    if typed.wants("warm") {
        let turns = Turns::take(typed.rounds(9), || bare::round_trip(server), || ours::second(server))?;
        let what = "second command, beside one round trip";
        table.line(Line { claim: "warm", what, who: "runbook", unit: "ms", turns, says: Claim::TimesFloor(1.5) })?;
    }
    Ok(())
}

/// 50 machines, 20 commands each, connections included.
fn fan(typed: &Typed, server: &Server, table: &mut Table, way: Way, claim: &str) -> Result<(), Trouble> {
    for (how, what) in [(How::Asked, "50 machines x 20 commands"), (How::Run, "50 machines x 20 commands, tokened")] {
        let mut processor = Vec::new();
        let ours = || {
            let took = ours::commands(server, way, how, COMMANDS)?;
            processor.push(took.processor);
            Ok(took.seconds)
        };
        let turns = Turns::take(typed.rounds(3), || bare::commands(server, way, COMMANDS), ours)?;
        // A token costs the machine processes that a bare command does not: what it buys has its own price.
        let says = if matches!(how, How::Asked) { Claim::TimesFloor(1.3) } else { Claim::Nothing };
        table.line(Line { claim, what, who: "runbook", unit: "s", turns, says })?;
        let turns = Turns { ours: processor, floor: Vec::new() };
        let says = Claim::AtMost(0.3);
        table.line(Line { claim, what: "  own processor time", who: "runbook", unit: "s", turns, says })?;
    }
    let turns = Turns { ours: vec![ours::memory()?], floor: Vec::new() };
    let says = Claim::AtMost(30.0);
    table.line(Line { claim, what: "  own memory, at most", who: "runbook", unit: "MB", turns, says })
}

/// 5 MB to 50 machines, connections included.
fn copy(typed: &Typed, server: &Server, table: &mut Table) -> Result<(), Trouble> {
    let file = server.path("file");
    let mut bytes = vec![0; FILE_BYTES];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    std::fs::write(&file, bytes)?;
    let mut turn = 0;
    let ours = || {
        turn += 1;
        ours::copies(server, &file, turn)
    };
    let turns = Turns::take(typed.rounds(3), || bare::copies(server, &file), ours)?;
    let says = Claim::TimesFloor(1.3);
    table.line(Line { claim: "copy", what: "5 MB to 50 machines, beside scp", who: "runbook", unit: "s", turns, says })
}
