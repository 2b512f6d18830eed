//! The claims, one in each file.

mod fan;
mod idle;
mod killed;
mod linear;
mod resume;
mod start;
mod step;

use crate::Trouble;
use crate::program::{Live, Place, whole};
use crate::table::Table;
use crate::typed::Typed;

/// Measures the claims that are wanted.
pub(crate) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    type Measure = fn(&Typed, &mut Table) -> Result<(), Trouble>;
    let claims: [(&str, Measure); 7] = [
        ("step", step::measure),
        ("fan", fan::measure),
        ("killed", killed::measure),
        ("resume", resume::measure),
        ("start", start::measure),
        ("linear", linear::measure),
        ("idle", idle::measure),
    ];
    for (name, measure) in claims {
        if typed.wants(name) {
            measure(typed, table)?;
        }
    }
    Ok(())
}

/// A runbook of `count` steps one after the other, one more, and a long sleep in which it can be looked at.
fn serial(count: usize) -> String {
    format!("for i in 0..{count} {{ step(`step ${{i}}`, || i); }}\nstep(\"one more\", || true);\nsleep(\"1m\");\n")
}

/// The mark of the line that tells that the step `name` is done: it is printed once that is on disk.
fn done(name: &str) -> String {
    format!("\"kind\":\"step_settled\",\"key\":\"{name}\"")
}

/// The record with which the step number `count` of a serial run ends: the run's first record, and two for each step.
fn last_record(count: usize) -> String {
    (1 + 2 * count).to_string()
}

/// A state of `place` as a run leaves it that is killed as soon as `done` steps are on disk; gives the milliseconds the
/// whole process took.
fn killed(place: &Place, state: &str, done: usize) -> Result<f64, Trouble> {
    let (took, code) = whole(place.run(state, &["--die-after", &last_record(done)]))?;
    if code != Some(1) {
        return Err(format!("the run was to be killed, and ended with {code:?}").into());
    }
    Ok(crate::figures::ms(took))
}

/// A resume of `state`, in a copy of it, up to the moment the step `next` is on disk; gives the milliseconds since the
/// start of the process, and the process, which sleeps.
fn resume(place: &Place, state: &str, next: &str) -> Result<(f64, Live), Trouble> {
    place.copy(state, "copy")?;
    let mut live = Live::start(place.run("copy", &["--resume"]), &place.path(""))?;
    let took = live.until(&done(next))?;
    Ok((crate::figures::ms(took), live))
}

/// The same with nothing but a log: a process reads `log` and appends one record.
fn floor_resume(place: &Place, log: &str) -> Result<f64, Trouble> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.arg("floor-resume").arg(place.path(log));
    let took = Live::start(command, &place.path(""))?.until("next")?;
    Ok(crate::figures::ms(took))
}
