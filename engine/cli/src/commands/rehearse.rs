//! `runbook rehearse`: run a runbook against a twin, and tell what became of it.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use runbook_model::Failure;
use runbook_report::rehearsal::{self, Rehearsal};
use runbook_script::front::Header;
use runbook_script::sources::Sources;
use runbook_twin::clock::Speed;
use runbook_twin::serve::Seen;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::args::{Common, Output, Rehearse};
use crate::exit::Exit;
use crate::look;
use crate::rehearsal::reach::Reach;
use crate::rehearsal::stage::Stage;
use crate::rehearsal::timeline::Timeline;
use crate::rehearsal::told::{Facts, told};
use crate::rehearsal::{files, given, scene};

/// How long a world goes on after a rehearsal before it is told what became of it.
const REST_SECONDS: i64 = 120;

/// Rehearses a runbook.
pub(crate) fn rehearse(common: &Common, typed: &Rehearse) -> Result<Exit, Failure> {
    let header = Header::of(&Sources::gather(&typed.given.file)?)?;
    let (world, scene) = scene::of(&typed.given, &header)?;
    let stage = Stage::open(world, typed.speed.map_or(Speed::Led, Speed::Times))?;
    let before = stage.twin.world();
    let mut first = (Timeline::default(), Reach::default());
    first.0.look(&before, before.now());
    first.1.look(&before, before.now());
    let watched = Arc::new(Mutex::new(first));
    let looks = Arc::clone(&watched);
    stage.twin.show(Arc::new(move |seen, world| {
        if let Seen::Passes(until) = seen {
            let mut watched = looks.lock().unwrap_or_else(PoisonError::into_inner);
            watched.0.look(world, until);
            watched.1.look(world, until);
        }
    }));
    let examples = given::examples(&header, &typed.given.set, typed.given.inputs.is_some(), stage.folder());
    for example in &examples {
        note(common, &format!("input {example}: the example of the runbook; give another with `--set`"));
    }
    let exit = Exit::of_status(stage.play("run", &words(common, typed, &examples))?);
    let after = stage.twin.world();
    let (timeline, reach) = {
        let mut watched = watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.0.look(&after, after.now());
        watched.1.look(&after, after.now());
        watched.clone()
    };
    let records = stage.records()?;
    // What was set going comes to its end before it is compared; the twin itself stays at the moment of the end.
    let mut rested = after;
    let until = rested.now().plus_seconds(REST_SECONDS);
    rested.live(until, usize::MAX);
    let (records, worlds) = (records.as_slice(), (&before, &rested));
    // Before anything else can fail: what stood in the files of this machine comes back.
    let restored = if typed.keep { Ok(()) } else { files::put_back(records) };
    let rehearsal = told(&Facts { scene, exit, records, worlds, timeline: &timeline, reach: &reach });
    // Of a run that was never begun there is nothing to tell but what it said itself.
    if !records.is_empty() || common.output == Output::Json {
        show(common, &rehearsal);
    }
    if let Some(file) = &typed.report {
        write_page(file, &rehearsal)?;
        note(common, &format!("the report is in `{}`", file.display()));
    }
    if typed.keep {
        keep(common, stage)?;
    }
    restored?;
    Ok(exit)
}

/// The words of the run: those that were typed here and mean the same there.
fn words(common: &Common, typed: &Rehearse, examples: &[String]) -> Vec<String> {
    let output = match common.output {
        Output::Auto => "auto",
        Output::Tty => "tty",
        Output::Lines => "lines",
        Output::Json => "json",
    };
    let mut words = vec![typed.given.file.to_string_lossy().into_owned(), "--output".to_owned(), output.to_owned()];
    words.extend(typed.given.words(examples));
    if !typed.stop_at_gates {
        words.push("--yes".to_owned());
    }
    words
}

fn show(common: &Common, rehearsal: &Rehearsal) {
    if common.output == Output::Json {
        super::print(&format!("{}\n", rehearsal::json(rehearsal)));
        return;
    }
    let style = look::style(std::io::stdout().is_terminal());
    super::print(&format!("\n{}", look::text(&rehearsal::draw(rehearsal, &style))));
}

fn write_page(file: &Path, rehearsal: &Rehearsal) -> Result<(), Failure> {
    let page = runbook_report::page::page(rehearsal);
    std::fs::write(file, page).map_err(|error| {
        let what = format!("`{}` cannot be written", file.display());
        Failure::new(runbook_model::code::FILE_TROUBLE, what).because(error)
    })
}

/// Leaves the twin up as it is now, until somebody ends this program.
fn keep(common: &Common, stage: Stage) -> Result<(), Failure> {
    let (folder, ssh_config) = (stage.folder().to_owned(), stage.ssh_config.clone());
    let kubeconfig = stage.twin.kubeconfig.clone();
    note(common, "the twin stays as it is; end it with Ctrl-C");
    note(common, &format!("  kubectl --kubeconfig {} get pods -A", kubeconfig.display()));
    note(common, &format!("  ssh -F {} n1", ssh_config.display()));
    note(common, &format!("  runbook show last --state {}", stage.state.display()));
    let trouble = |error: std::io::Error| {
        Failure::new(runbook_model::code::RUN_DIED, "signals cannot be listened to").because(error)
    };
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(trouble)?;
    signals.forever().next();
    drop(stage);
    // The doors are closed; what they wrote goes with them.
    drop(std::fs::remove_dir_all(folder));
    Ok(())
}

/// Says something to people.
fn note(common: &Common, text: &str) {
    use std::io::Write;
    if common.output != Output::Json {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}
