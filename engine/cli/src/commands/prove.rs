//! `runbook prove`: kill a run at every point and fail it at every effect, on a twin, and require the right end.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use runbook_model::{Body, Failure, code};
use runbook_report::proof::{self, Case, Proof};
use runbook_script::front::Header;
use runbook_script::sources::Sources;

use crate::args::{Common, Output, Prove};
use crate::exit::Exit;
use crate::look;
use crate::proof::clean::{Clean, clean};
use crate::proof::faults::TROUBLE;
use crate::proof::finding::{Kind, Tried};
use crate::proof::trial;
use crate::rehearsal::{files, scene};

/// One thing to try.
enum Try {
    Crash(usize),
    Fail(usize),
    Trouble(usize),
    Gate(usize),
    UndoAll,
}

/// Proves a runbook.
pub(crate) fn prove(common: &Common, typed: &Prove) -> Result<Exit, Failure> {
    let header = Header::of(&Sources::gather(&typed.given.file)?)?;
    let (world, scene) = scene::of(&typed.given, &header)?;
    let name = header.name.clone();
    let clean = clean(&typed.given, header, &world)?;
    let proved = told(common, typed, &clean, &name, scene);
    // However it went: what stood in the files of this machine comes back.
    files::put_back(&clean.records)?;
    proved
}

/// Tries what is to be tried after this rehearsal, and tells what came of it.
fn told(common: &Common, typed: &Prove, clean: &Clean, name: &str, scene: String) -> Result<Exit, Failure> {
    if clean.exit != Exit::Done {
        note(common, &clean.said);
        let what = "the rehearsal itself does not end well, so there is nothing to prove yet";
        let hint = format!("see it with `runbook rehearse {}`", typed.given.file.display());
        note(common, &format!("{what}; {hint}"));
        return Ok(clean.exit);
    }
    let tries = tries(clean, typed)?;
    let tells = common.output != Output::Json && std::io::stderr().is_terminal();
    let results = all(clean, typed, &tries, tells)?;
    let proof = Proof {
        runbook: name.to_owned(),
        scene,
        records: clean.records.len(),
        effects: clean.effects.len(),
        wrong: clean.wrong.clone(),
        cases: results.into_iter().map(|tried| case(&tried, typed)).collect(),
    };
    show(common, &proof);
    if let Some(file) = &typed.junit {
        std::fs::write(file, proof::junit(&proof)).map_err(|error| {
            Failure::new(code::FILE_TROUBLE, format!("`{}` cannot be written", file.display())).because(error)
        })?;
    }
    Ok(if proof.holds() { Exit::Done } else { Exit::Failed })
}

/// What is to be tried: `all`, none, or the one of this number.
fn tries(clean: &Clean, typed: &Prove) -> Result<Vec<Try>, Failure> {
    let chosen = |option: &str, told: &Option<String>, count: usize| -> Result<Vec<usize>, Failure> {
        let alone = [&typed.crash, &typed.fail, &typed.gate, &typed.trouble].iter().any(|told| told.is_some());
        match told.as_deref() {
            None if alone => Ok(Vec::new()),
            None | Some("all") => Ok((0..count).collect()),
            Some("none") => Ok(Vec::new()),
            Some(number) => match number.parse::<usize>() {
                Ok(number) if (1..=count).contains(&number) => Ok(vec![number - 1]),
                _ => {
                    let what = format!("`{option}` takes `all`, `none` or a number up to {count}, not `{number}`");
                    Err(Failure::new(code::INPUT_BAD, what))
                }
            },
        }
    };
    let gates = clean.records.iter().filter(|record| matches!(record.body, Body::GateOpened(_))).count();
    let mut tries: Vec<Try> = Vec::new();
    tries.extend(chosen("--crash", &typed.crash, clean.points.len())?.into_iter().map(Try::Crash));
    let fails = chosen("--fail", &typed.fail, clean.effects.len() + 1)?;
    tries.extend(fails.into_iter().map(|at| if at < clean.effects.len() { Try::Fail(at) } else { Try::UndoAll }));
    let troubles = clean.effects.len() * TROUBLE.len();
    tries.extend(chosen("--trouble", &typed.trouble, troubles)?.into_iter().map(Try::Trouble));
    tries.extend(chosen("--gate", &typed.gate, gates)?.into_iter().map(Try::Gate));
    Ok(tries)
}

/// Tries all, some at a time; gives what came of them in their order. How far it is stands in one line of the terminal.
fn all(clean: &Clean, typed: &Prove, tries: &[Try], tells: bool) -> Result<Vec<Tried>, Failure> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<Option<Tried>, Failure>)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = tries.get(at) else { return };
            let tried = attempt(clean, typed, one);
            let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            done.push((at, tried));
            if tells {
                progress(done.len(), tries.len());
            }
        }
    };
    // A trial waits for a quarter of its time, so one more than there are processors has work for all of them.
    let own = || std::thread::available_parallelism().map_or(2, usize::from) + 1;
    // What trials change of this machine itself is one for all of them.
    let jobs = if clean.here.is_shared() { 1 } else { typed.jobs.unwrap_or_else(own).max(1) };
    std::thread::scope(|scope| {
        for _ in 1..jobs.min(tries.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().filter_map(|(_, tried)| tried.transpose()).collect()
}

/// Shows in place how many have been tried; leaves nothing behind at the end.
fn progress(done: usize, of: usize) {
    use std::io::Write;
    let text = if done == of { String::new() } else { format!("tried {done} of {of}") };
    let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
}

fn attempt(clean: &Clean, typed: &Prove, one: &Try) -> Result<Option<Tried>, Failure> {
    match one {
        Try::Crash(at) => trial::crash(clean, &typed.given, at + 1, &clean.points[*at]).map(Some),
        Try::Fail(at) => trial::fail(clean, &typed.given, at + 1, &clean.effects[*at]).map(Some),
        Try::Trouble(at) => {
            let which = (&clean.effects[at / TROUBLE.len()], at % TROUBLE.len());
            trial::trouble(clean, &typed.given, at + 1, which).map(Some)
        }
        Try::UndoAll => trial::undo_all(clean, &typed.given, clean.effects.len() + 1),
        Try::Gate(at) => {
            let mut gates = clean.records.iter().filter(|record| matches!(record.body, Body::GateOpened(_)));
            gates.nth(*at).map_or(Ok(None), |gate| trial::gate(clean, &typed.given, at + 1, gate))
        }
    }
}

fn case(tried: &Tried, typed: &Prove) -> Case {
    let file = typed.given.file.display();
    let mut again = format!("runbook prove {file} {} {}", tried.kind.option(), tried.number);
    for (option, value) in typed.given.set.iter().map(|pair| ("--set", pair)) {
        again.push_str(&format!(" {option} '{value}'"));
    }
    if let Some(scene) = &typed.given.scene {
        again.push_str(&format!(" --scene {scene}"));
    }
    for fault in &typed.given.fault {
        again.push_str(&format!(" --fault '{fault}'"));
    }
    if let Some(seed) = typed.given.seed {
        again.push_str(&format!(" --seed {seed}"));
    }
    let kind = match tried.kind {
        Kind::Crash => "crash",
        Kind::Fail => "fail",
        Kind::Gate => "gate",
        Kind::Trouble => "trouble",
    };
    Case { kind: kind.to_owned(), number: tried.number, what: tried.what.clone(), wrong: tried.wrong.clone(), again }
}

fn show(common: &Common, proof: &Proof) {
    if common.output == Output::Json {
        super::print(&format!("{}\n", proof::json(proof)));
        return;
    }
    let style = look::style(std::io::stdout().is_terminal());
    super::print(&look::text(&proof::draw(proof, &style)));
}

/// Says something to people.
fn note(common: &Common, text: &str) {
    use std::io::Write;
    if common.output != Output::Json {
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }
}
