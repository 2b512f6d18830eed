//! Trials: one thing goes wrong at one point, the run goes on, and what comes of it is compared.

use std::time::Duration;

use runbook_model::{Body, Failure, Record};
use runbook_twin::portrait::Portrait;
use runbook_twin::world::World;

use super::clean::{Clean, Effect, Point};
use super::finding::{Kind, Tried, lines};
use super::fork::{Ended, Fork};
use crate::args::Played;
use crate::exit::Exit;
use crate::rehearsal::told;

/// How often a run may be taken up before something goes round in circles.
pub(super) const SESSIONS_MAX: usize = 40;
/// How long the world is left alone before it is compared: what is under way comes to its end.
pub(super) const REST: Duration = Duration::from_secs(300);

/// The words with which a run is taken up.
pub(super) fn resume(run: &str, given: &Played) -> Vec<String> {
    let mut words = vec![format!("--resume={run}")];
    words.extend(given.accept.iter().flat_map(|check| ["--accept".to_owned(), check.clone()]));
    words
}

/// Kills the run at a point and takes it up again: it must come to the same end.
pub(crate) fn crash(clean: &Clean, given: &Played, number: usize, point: &Point) -> Result<Tried, Failure> {
    let what = format!("killed after record {}: {}", point.seq, point.what);
    let wrong = clean.on_fork(given, (point.seq, &point.world), 0, |fork| {
        fork.follow(&clean.path)?;
        taken_up(fork, clean, given)
    })?;
    Ok(Tried { kind: Kind::Crash, number, what, wrong })
}

/// Takes the run up until it is over; what is not as at the end of the uncut one.
fn taken_up(fork: &Fork, clean: &Clean, given: &Played) -> Result<Vec<String>, Failure> {
    Ok(match go_on(fork, given)? {
        Ended::Met => Vec::new(),
        Ended::Never => vec!["taken up again, it does not come to an end".to_owned()],
        Ended::With(status, said) => compare(fork, clean, Exit::of_status(status), &said),
    })
}

fn compare(fork: &Fork, clean: &Clean, exit: Exit, said: &str) -> Vec<String> {
    if exit != clean.exit {
        let mut wrong = vec![format!("taken up again, it {}; uncut, it {}", ends(exit), ends(clean.exit))];
        wrong.extend(last_words(said));
        return wrong;
    }
    fork.stage.twin.give(REST);
    let end = fork.stage.twin.world();
    let mut wrong = lines(&clean.portraits.1.against(&Portrait::of(&end)));
    wrong.extend(told::left(&end).into_iter().map(|left| format!("{left} is left behind")));
    wrong
}

/// Has an effect fail for as long as it is tried, and undoes the run: the first world must be back. Past a point of no
/// return the run is taken up instead: it must come to the same end.
pub(crate) fn fail(clean: &Clean, given: &Played, number: usize, effect: &Effect) -> Result<Tried, Failure> {
    clean.on_fork(given, (effect.seq, &effect.world), 0, |fork| {
        fork.stage.twin.change(|world| super::faults::refuse(world, effect));
        let past = fork.is_past_return()?;
        let then = if past { "the run is taken up" } else { "what was done is undone" };
        let what = format!("{} {} fails, and {then}", effect.method, effect.path);
        let tried = |wrong| Ok(Tried { kind: Kind::Fail, number, what: what.clone(), wrong });
        let exit = match go_on(fork, given)? {
            Ended::Met | Ended::Never => {
                return tried(vec!["with that failing, it does not come to an end".to_owned()]);
            }
            Ended::With(status, _) => Exit::of_status(status),
        };
        fork.stage.twin.change(World::heal);
        if exit == clean.exit {
            // The runbook knows another way; where that leads is not for this trial to say.
            return tried(Vec::new());
        }
        tried(if past { taken_up(fork, clean, given)? } else { undo(fork, clean)? })
    })
}

/// Has something go wrong once with an effect. The run may fail of it, and then be taken up; its end must be the same.
pub(crate) fn trouble(
    clean: &Clean,
    given: &Played,
    number: usize,
    (effect, nth): (&Effect, usize),
) -> Result<Tried, Failure> {
    let (said, fault) = &super::faults::TROUBLE[nth];
    let what = format!("{} {}: {said}", effect.method, effect.path);
    let wrong = clean.on_fork(given, (effect.seq, &effect.world), 0, |fork| {
        fork.stage.twin.change(|world| super::faults::trouble(world, effect, fault));
        fork.follow(&clean.path)?;
        let mut ended = go_on(fork, given)?;
        if matches!(&ended, Ended::With(status, _) if Exit::of_status(*status) == Exit::Failed) {
            ended = go_on(fork, given)?;
        }
        Ok(match ended {
            Ended::Met => Vec::new(),
            Ended::Never => vec!["after that it does not come to an end".to_owned()],
            Ended::With(status, said) => compare(fork, clean, Exit::of_status(status), &said),
        })
    })?;
    Ok(Tried { kind: Kind::Trouble, number, what, wrong })
}

/// Undoes a run that has come to its end: the first world must be back. Past a point of no return that must be refused.
pub(crate) fn undo_all(clean: &Clean, given: &Played, number: usize) -> Result<Option<Tried>, Failure> {
    let Some((seq, world)) = clean.end() else { return Ok(None) };
    clean.on_fork(given, (seq, &world), 0, |fork| {
        let past = fork.is_past_return()?;
        let what = if past { "all is done, and an undo is refused" } else { "all is done, and then undone" };
        let wrong = if past { refused(fork)? } else { undo(fork, clean)? };
        Ok(Some(Tried { kind: Kind::Fail, number, what: what.to_owned(), wrong }))
    })
}

/// Undoes without the word that says how far: past a point of no return nothing may come of it.
fn refused(fork: &Fork) -> Result<Vec<String>, Failure> {
    // What the run has thrown away may still be going.
    fork.stage.twin.give(REST);
    let before = Portrait::of(&fork.stage.twin.world());
    let done =
        matches!(fork.play("undo", std::slice::from_ref(&fork.run))?, Ended::With(status, _) if status.success());
    let mut wrong = lines(&before.against(&Portrait::of(&fork.stage.twin.world())));
    if done {
        wrong.insert(0, "it was undone past its point of no return without a word".to_owned());
    }
    Ok(wrong)
}

fn undo(fork: &Fork, clean: &Clean) -> Result<Vec<String>, Failure> {
    let (exit, said) = match fork.play("undo", std::slice::from_ref(&fork.run))? {
        Ended::Met | Ended::Never => return Ok(vec!["its undo does not come to an end".to_owned()]),
        Ended::With(status, said) => (Exit::of_status(status), said),
    };
    if exit != Exit::Done {
        let mut wrong = vec![format!("its undo {}", ends(exit))];
        wrong.extend(last_words(&said));
        return Ok(wrong);
    }
    fork.stage.twin.give(REST);
    let end = fork.stage.twin.world();
    let mut wrong = lines(&clean.portraits.0.against(&Portrait::of(&end)));
    wrong.extend(told::left(&end).into_iter().map(|left| format!("{left} is left behind")));
    wrong.extend(clean.here.unlike_first(&fork.stage)?);
    Ok(wrong)
}

/// Leaves a gate alone and takes the run up again, soon and late: no resume is consent.
pub(crate) fn gate(clean: &Clean, given: &Played, number: usize, at: &Record) -> Result<Option<Tried>, Failure> {
    let Body::GateOpened(gate) = &at.body else { return Ok(None) };
    let Some(point) = clean.points.iter().find(|point| point.seq == at.seq) else { return Ok(None) };
    let what = format!("gate `{}` is left alone, and the run taken up again", gate.key);
    let late = gate.expires.map(|expires| Duration::from_millis((expires - at.at).max(0).unsigned_abs()));
    let wrong = clean.on_fork(given, (at.seq, &point.world), gate.expires.unwrap_or(0), |fork| {
        let before = Portrait::of(&fork.stage.twin.world());
        for rest in [None, late] {
            if let Some(rest) = rest {
                fork.stage.twin.give(rest + Duration::from_secs(1));
            }
            let ended = fork.play("run", &resume(&fork.run, given))?;
            let went_on = matches!(&ended, Ended::With(status, _) if Exit::of_status(*status) == Exit::Done);
            let changed = before.against(&Portrait::of(&fork.stage.twin.world()));
            if went_on || !changed.is_empty() {
                let when = if rest.is_some() { "after the gate had expired, it went" } else { "it went" };
                let mut wrong = vec![format!("{when} on without anybody's yes")];
                wrong.extend(lines(&changed));
                return Ok(wrong);
            }
        }
        Ok(Vec::new())
    })?;
    Ok(Some(Tried { kind: Kind::Gate, number, what, wrong }))
}

/// Takes the run up until it is over; opens each gate as a person would.
fn go_on(fork: &Fork, given: &Played) -> Result<Ended, Failure> {
    for _ in 0..SESSIONS_MAX {
        // A gate that was reached before the kill waits for its answer now.
        for gate in fork.gates()? {
            fork.play("approve", &[fork.run.clone(), gate])?;
        }
        let ended = fork.play("run", &resume(&fork.run, given))?;
        let stopped = matches!(&ended, Ended::With(status, _) if Exit::of_status(*status) == Exit::Stopped);
        if !stopped || fork.gates()?.is_empty() {
            return Ok(ended);
        }
    }
    Ok(Ended::Never)
}

fn ends(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "is done",
        Exit::Failed => "fails",
        Exit::Usage => "is refused",
        Exit::Refused => "is told no by a check",
        Exit::Stopped => "stops",
        Exit::InDoubt => "is in doubt, and a person has to decide",
        Exit::UndoFailed => "fails",
        Exit::Held => "finds its lock held",
        Exit::Bug => "meets a mistake of the engine",
    }
}

/// The end of what a process said that failed.
fn last_words(said: &str) -> Vec<String> {
    const LINES: usize = 12;
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| format!("  {line}")).collect()
}
