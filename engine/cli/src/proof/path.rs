//! Whether a run that was cut off is back on the path of the uncut one, so that the rest of it need not be seen again.
//!
//! Promises: it is held to be back only where it has brought a step to its end since it was cut; where the same steps are
//! over with the same values and the same are open, with the same calls made; where the world looks the same, and the
//! engine has left as much in it. Never: a guess from one of these alone.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use runbook_model::{Body, Key, Record, record::Outcome};
use runbook_twin::portrait::Portrait;
use runbook_twin::world::World;

use super::reader::Reader;
use crate::rehearsal::stage::Stage;
use crate::rehearsal::told;

/// How far a run has come, by its records.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    keys: BTreeMap<Key, At>,
    /// The folder of its stage, which is another for each run.
    home: String,
}

/// How far a step has come.
#[derive(Clone, Debug, Hash)]
enum At {
    Open(BTreeMap<u32, bool>),
    Done(String),
}

/// A place on the path of the uncut run.
struct Mark {
    seq: u64,
    world: World,
    seen: OnceLock<(Portrait, usize)>,
}

/// The path of the uncut run.
#[derive(Default)]
pub(crate) struct Path {
    marks: HashMap<u64, Mark>,
}

/// Watches a run that was cut off at a record of the uncut one.
pub(crate) struct Follower {
    path: Arc<Path>,
    cut: u64,
    at: Mutex<(Progress, Reader, bool)>,
}

impl Progress {
    /// Of a run on this stage, before its first record.
    pub(crate) fn on(stage: &Stage) -> Self {
        Self { keys: BTreeMap::new(), home: stage.folder().display().to_string() }
    }

    /// Takes in what has happened; says whether a step came to its end.
    pub(crate) fn fold(&mut self, record: &Record) -> bool {
        match &record.body {
            Body::StepBegun(begun) => drop(self.keys.insert(begun.key.clone(), At::Open(BTreeMap::new()))),
            Body::CallNoted(noted) => self.call(&noted.key, noted.nth, false),
            Body::CallAnswered(answered) => self.call(&answered.key, answered.nth, true),
            Body::StepSettled(settled) => {
                let Outcome::Done(value) = &settled.outcome else {
                    self.keys.remove(&settled.key);
                    return false;
                };
                let text = serde_json::to_string(value).unwrap_or_default().replace(&self.home, "");
                self.keys.insert(settled.key.clone(), At::Done(text));
                return true;
            }
            _ => {}
        }
        false
    }

    fn call(&mut self, key: &Key, nth: u32, answered: bool) {
        if let Some(At::Open(calls)) = self.keys.get_mut(key) {
            calls.insert(nth, answered);
        }
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (key, at) in &self.keys {
            (key.as_str(), at).hash(&mut hasher);
        }
        hasher.finish()
    }
}

impl Path {
    /// Notes that the uncut run had come so far with this record, and the world was so.
    pub(crate) fn mark(&mut self, progress: &Progress, seq: u64, world: &World) {
        let mark = Mark { seq, world: world.clone(), seen: OnceLock::new() };
        self.marks.entry(progress.fingerprint()).or_insert(mark);
    }

    /// Whether the uncut run came through here after record `cut`.
    fn comes_through(&self, progress: &Progress, cut: u64, world: &World) -> bool {
        let Some(mark) = self.marks.get(&progress.fingerprint()).filter(|mark| mark.seq > cut) else { return false };
        let (portrait, left) = mark.seen.get_or_init(|| (Portrait::of(&mark.world), told::left(&mark.world).len()));
        told::left(world).len() == *left && Portrait::of(world) == *portrait
    }
}

impl Follower {
    /// Follows the run on a stage, which was cut after the last of these records.
    pub(crate) fn new(path: Arc<Path>, records: &[Record], stage: &Stage) -> Self {
        let mut progress = Progress::on(stage);
        for record in records {
            progress.fold(record);
        }
        let cut = records.last().map_or(0, |record| record.seq);
        Self { path, cut, at: Mutex::new((progress, Reader::new(stage.state.clone(), cut), false)) }
    }

    /// Reads what has been recorded since; says whether the run is back on the path in this world.
    pub(crate) fn look(&self, world: &World) -> bool {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let (progress, reader, settled) = &mut *at;
        let new = reader.read();
        for record in &new {
            *settled |= progress.fold(record);
        }
        !new.is_empty() && *settled && self.path.comes_through(progress, self.cut, world)
    }
}
