//! The clean rehearsal of a proof, and the points at which it is watched.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runbook_model::{Body, Failure, Millis, Record, code};
use runbook_script::front::Header;
use runbook_twin::clock::Speed;
use runbook_twin::portrait::Portrait;
use runbook_twin::serve::Seen;
use runbook_twin::world::World;

use super::budgets::Budgets;
use super::fork::{Ended, Fork, last_at};
use super::here::Here;
use super::path::{Path, Progress};
use super::reader::Reader;
use crate::args::Played;
use crate::exit::Exit;
use crate::rehearsal::given::examples;
use crate::rehearsal::stage::{GIVEN, Stage, trouble};

/// A point at which a run may be killed, and what is left of it then.
#[derive(Clone)]
pub(crate) struct Point {
    /// How many records are on disk.
    pub seq: u64,
    /// What has just happened: a record, or half of an effect.
    pub what: String,
    /// Whether it is a record.
    pub recorded: bool,
    /// The world.
    pub world: World,
}

/// An effect: a change that was asked of the twin.
#[derive(Clone)]
pub(crate) struct Effect {
    /// What is on disk before it.
    pub seq: u64,
    /// How it is asked for.
    pub method: String,
    /// Of what.
    pub path: String,
    /// The world before it.
    pub world: World,
}

/// A rehearsal in which nothing went wrong.
pub(crate) struct Clean {
    /// Its records.
    pub records: Vec<Record>,
    /// Where it can be killed.
    pub points: Vec<Point>,
    /// What it changes.
    pub effects: Vec<Effect>,
    /// What lasts of the world before it and after it.
    pub portraits: (Portrait, Portrait),
    /// How it ended.
    pub exit: Exit,
    /// What it said, where it did not end well.
    pub said: String,
    /// What is wrong already.
    pub wrong: Vec<String>,
    /// How far it had come when, and how the world was then.
    pub path: Arc<Path>,
    /// What it changed of this machine.
    pub here: Here,
    /// The world with which it began.
    pub first: World,
    /// What the runbook says of itself.
    header: Header,
}

/// What is watched while it goes on.
struct Watch {
    reader: Reader,
    records: Vec<Record>,
    points: Vec<Point>,
    effects: Vec<Effect>,
    budgets: Budgets,
    progress: Progress,
    path: Path,
}

impl Watch {
    /// Reads the records that have come to disk; each of them is a point in the world as it is now.
    fn read(&mut self, world: &World) {
        let after = self.seq();
        self.records.extend(self.reader.read());
        let new = self.records.iter().filter(|record| record.seq > after);
        new.clone().for_each(|record| {
            self.progress.fold(record);
        });
        if let Some(last) = self.records.last().filter(|last| last.seq > after) {
            self.path.mark(&self.progress, last.seq, world);
        }
        let points =
            new.map(|record| Point { seq: record.seq, what: told(record), recorded: true, world: world.clone() });
        self.points.extend(points);
    }

    fn seq(&self) -> u64 {
        self.records.last().map_or(0, |record| record.seq)
    }

    fn see(&mut self, seen: Seen<'_>, world: &World) {
        match seen {
            Seen::Asked(method, path) if is_change(method, path) => {
                self.read(world);
                let effect =
                    Effect { seq: self.seq(), method: method.to_owned(), path: path.to_owned(), world: world.clone() };
                self.effects.push(effect);
            }
            Seen::Answered(method, path, _) if is_change(method, path) => {
                let what = format!("{method} {path} was done and not answered");
                self.points.push(Point { seq: self.seq(), what, recorded: false, world: world.clone() });
            }
            Seen::Told(_) => self.read(world),
            Seen::Done(machine) => {
                let what = format!("machine `{machine}` was told something");
                let seq = self.seq();
                // A machine is told of many things that change nothing; only the last of them between two records counts.
                let same = |last: &&mut Point| last.seq == seq && last.what == what;
                match self.points.last_mut().filter(same) {
                    Some(last) => last.world = world.clone(),
                    None => self.points.push(Point { seq, what, recorded: false, world: world.clone() }),
                }
            }
            Seen::Passes(_) => {
                self.read(world);
                self.budgets.look(world);
            }
            Seen::Asked(..) | Seen::Answered(..) => {}
        }
    }
}

/// Whether a request changes what a proof is about: not who asks, and not the lock of the run itself.
fn is_change(method: &str, path: &str) -> bool {
    let asks = path.contains("reviews") || path.contains("/leases") || path.ends_with("/token");
    method != "GET" && method != "HEAD" && !asks
}

/// A record in a few words.
fn told(record: &Record) -> String {
    match &record.body {
        Body::RunOpened(_) => "the run is opened".to_owned(),
        Body::RunTaken(_) => "the run is taken up".to_owned(),
        Body::StepBegun(one) => format!("`{}` begins", one.key),
        Body::CallNoted(one) => format!("`{}` is about to call `{}`", one.key, one.call.word),
        Body::CallAnswered(one) => format!("a call of `{}` is answered", one.key),
        Body::StepSettled(one) => format!("`{}` ends", one.key),
        Body::StepRuled(one) => format!("`{}` is decided over", one.key),
        Body::GateOpened(one) => format!("gate `{}` opens", one.key),
        Body::GateAnswered(one) => format!("gate `{}` is answered", one.key),
        Body::Said(_) => "something is said".to_owned(),
        Body::GuardBroken(one) => format!("guard `{}` is broken", one.key),
        Body::RunClosed(_) => "the run is let go".to_owned(),
    }
}

/// Rehearses once, and watches.
pub(crate) fn clean(given: &Played, header: Header, world: &World) -> Result<Clean, Failure> {
    let stage = Stage::open(world.clone(), Speed::Led)?;
    let before = stage.twin.world();
    let mut budgets = Budgets::default();
    budgets.look(&before);
    let watch = Watch {
        reader: Reader::new(stage.state.clone(), 0),
        records: Vec::new(),
        points: Vec::new(),
        effects: Vec::new(),
        budgets,
        progress: Progress::on(&stage),
        path: Path::default(),
    };
    let watch = Arc::new(Mutex::new(watch));
    let (watches, watch_of) = (Arc::clone(&watch), Arc::clone(&watch));
    stage.twin.show(Arc::new(move |seen, world| lock(&watches).see(seen, world)));
    let mut fork = Fork::first(stage);
    let words = first_words(&fork.stage, given, &header)?;
    let (exit, said) = go_on(&fork, &words, given, &[])?;
    let after = fork.stage.twin.world();
    let mut watch = lock(&watch);
    watch.read(&after);
    drop(watch);
    fork.stage.twin.give(super::trial::REST);
    let rested = fork.stage.twin.world();
    let mut watch = lock(&watch_of);
    // The end itself is no point: nobody takes a run up that is over.
    watch.points.retain(|point| point.seq > 0);
    let wrong = watch.budgets.told();
    let (mut points, records) = (std::mem::take(&mut watch.points), std::mem::take(&mut watch.records));
    points.retain(|point| !super::fork::is_over(until(&records, point.seq)));
    dedupe(&mut points);
    let portraits = (Portrait::of(&before), Portrait::of(&rested));
    let effects = std::mem::take(&mut watch.effects).into_iter().filter(|effect| effect.seq > 0).collect();
    let path = Arc::new(std::mem::take(&mut watch.path));
    drop(watch);
    fork.run = records.first().and_then(opened).unwrap_or_default();
    let here = Here::begin(fork, &records)?;
    // A run that is played from the beginning is cut at its records alone: there is no world in which to begin half-way.
    points.retain(|point| point.recorded || !here.is_played());
    Ok(Clean { records, points, effects, portraits, exit, said, wrong, path, here, first: world.clone(), header })
}

/// The words with which the run begins.
fn first_words(stage: &Stage, given: &Played, header: &Header) -> Result<Vec<String>, Failure> {
    let folder = stage.folder().join(GIVEN);
    std::fs::create_dir_all(&folder).map_err(trouble)?;
    let mut words = vec![given.file.to_string_lossy().into_owned()];
    words.extend(given.words(&examples(header, &given.set, given.inputs.is_some(), &folder)));
    Ok(words)
}

/// Points that leave the same behind are one.
fn dedupe(points: &mut Vec<Point>) {
    let mut kept: Vec<Point> = Vec::new();
    for point in points.drain(..) {
        let same = |last: &Point| {
            last.seq == point.seq
                && last.world.revision() == point.world.revision()
                && !point.what.starts_with("machine")
        };
        if !kept.last().is_some_and(same) {
            kept.push(point);
        }
    }
    *points = kept;
}

fn lock(watch: &Mutex<Watch>) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs to the end; every gate is opened by hand, as a person would. What is `more` is told to each process.
fn go_on(fork: &Fork, words: &[String], given: &Played, more: &[String]) -> Result<(Exit, String), Failure> {
    let mut ended = fork.play("run", &[words, more].concat())?;
    for _ in 0..super::trial::SESSIONS_MAX {
        let Ended::With(status, said) = ended else {
            return Ok((Exit::Failed, "the rehearsal does not come to an end".to_owned()));
        };
        let exit = Exit::of_status(status);
        let gates = if exit == Exit::Stopped { fork.gates()? } else { Vec::new() };
        let Some(row) = fork.stage.records()?.first().and_then(opened) else { return Ok((exit, said)) };
        if gates.is_empty() {
            return Ok((exit, said));
        }
        for gate in gates {
            fork.play("approve", &[row.clone(), gate])?;
        }
        ended = fork.play("run", &[super::trial::resume(&row, given).as_slice(), more].concat())?;
    }
    Err(Failure::new(code::RUN_DIED, "the rehearsal waits at its gates for ever"))
}

fn opened(record: &Record) -> Option<String> {
    match &record.body {
        Body::RunOpened(opened) => Some(opened.run.clone()),
        _ => None,
    }
}

impl Clean {
    /// Tries something on a fork of where the run was when record `seq` was the last and the world was so. It may take so
    /// much longer than others.
    pub(crate) fn on_fork<T>(
        &self,
        given: &Played,
        (seq, world): (u64, &World),
        longer: Millis,
        tries: impl FnOnce(&Fork) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let latest = self.latest() + longer;
        let mut fork = if self.here.is_played() { self.played(given, seq)? } else { self.fork(seq, world)? };
        fork.latest = latest;
        let tried = tries(&fork);
        self.here.leave(&fork, seq)?;
        tried
    }

    fn fork(&self, seq: u64, world: &World) -> Result<Fork, Failure> {
        let stage = Fork::stage(world)?;
        let records = self.here.moved(&self.records, &stage)?;
        self.here.lay_out(&stage, &records, seq)?;
        Fork::open(stage, until(&records, seq))
    }

    /// Plays the run again from its beginning, and kills it as soon as record `seq` is on disk.
    fn played(&self, given: &Played, seq: u64) -> Result<Fork, Failure> {
        let mut fork = Fork::first(Stage::open(self.first.clone(), Speed::Led)?);
        let words = first_words(&fork.stage, given, &self.header)?;
        go_on(&fork, &words, given, &["--die-after".to_owned(), seq.to_string()])?;
        fork.run = fork.stage.records()?.first().and_then(opened).unwrap_or_default();
        Ok(fork)
    }

    /// The moment after which a run of this is held to go round in circles.
    pub(crate) fn latest(&self) -> Millis {
        const MORE: Millis = 2 * 3_600_000;
        let first = self.records.first().map_or(0, |record| record.at);
        let last = last_at(&self.records);
        last + 10 * (last - first) + MORE
    }

    /// What is left of it when all is done but it has not been said that it is over.
    pub(crate) fn end(&self) -> Option<(u64, World)> {
        let last = self.points.iter().rev().find(|point| point.seq + 1 == self.records.len() as u64)?;
        Some((last.seq, last.world.clone()))
    }
}

/// The first of these records, up to this one.
fn until(records: &[Record], seq: u64) -> &[Record] {
    &records[..usize::try_from(seq).unwrap_or(0).min(records.len())]
}
