//! Cutting a run and going on with it as a person would: resume, answer gates, look what happened and say so.

use runbook_model::record::Closing;
use runbook_model::{Key, Record, Value};

use super::facts::Facts;
use crate::place::Place;

/// How often a run may be taken up before something goes round in circles.
const SESSIONS_MAX: usize = 40;

/// A runbook and how it is run.
#[derive(Clone, Copy)]
pub(super) struct Book {
    /// Its file.
    pub name: &'static str,
    /// What is typed with `run`.
    pub more: &'static [&'static str],
    /// Whether its steps tell by themselves whether they are done.
    pub tells: bool,
}

/// What a run without any cut amounts to.
pub(super) struct Clean {
    /// Its facts.
    pub facts: Facts,
    /// Its exit code.
    pub code: i32,
    /// How many records it has.
    pub records: u64,
    /// The steps that ended it.
    pub culprits: Vec<Key>,
    /// How often each effect took place.
    pub effects: std::collections::BTreeMap<String, usize>,
}

impl Book {
    /// Runs it without any cut.
    pub(super) fn clean(self) -> Clean {
        let place = Place::with(self.name);
        let code = place.run(self.more).code.unwrap();
        let (code, records) = go_on(&place, self, None, code, place.records(), None);
        let facts = Facts::of(&records);
        let culprits = facts.closed.as_ref().map(|closed| closed.failure.clone()).unwrap_or_default();
        let culprits = culprits.and_then(|failure| failure.step).into_iter().collect();
        Clean { facts, code, records: records.len() as u64, culprits, effects: place.effects() }
    }
}

/// Runs a runbook until its record `seq` is on disk and the next is not. Gives its records
/// where it came to that: what a person writes down in between is not cut.
pub(super) fn cut_after(place: &Place, book: Book, seq: u64) -> Option<Vec<Record>> {
    let at = seq.to_string();
    let more = [book.more, &["--die-after", &at]].concat();
    let mut ended = place.run(&more);
    while ended.code == Some(4) {
        approve(place, &Facts::of(&place.records()));
        if place.records().len() as u64 >= seq {
            return None;
        }
        ended = place.resume(&more);
    }
    ended.exits(1).says("signal 9");
    let records = place.records();
    assert_eq!(records.len() as u64, seq, "{}: the cut is not where it should be", book.name);
    Some(records)
}

/// Goes on with a run that has just exited with `code` until it has ended; with `die`, it is cut once more on the way,
/// so many records further on. Gives the last exit code and all records.
pub(super) fn go_on(
    place: &Place,
    book: Book,
    clean: Option<&Clean>,
    mut code: i32,
    mut records: Vec<Record>,
    mut die: Option<u64>,
) -> (i32, Vec<Record>) {
    let mut said = String::new();
    for _ in 0..SESSIONS_MAX {
        let facts = Facts::of(&records);
        if let Some(verdict) = facts.verdict() {
            assert_ne!(verdict, Closing::UndoFailed);
            // One that was killed with its last record has ended, and nobody was left to say how.
            let left = clean.filter(|_| said.contains("signal 9"));
            return (left.map_or(code, |clean| clean.code), records);
        }
        if code == 4 {
            approve(place, &facts);
        }
        if code == 5 {
            assert!(!facts.doubts.is_empty(), "nothing is in doubt, and still a person is asked");
            let clean = clean.expect("a run without any cut is never in doubt");
            facts.doubts.iter().for_each(|(key, effect)| decide(place, &facts, clean, key, effect));
        }
        let asks = code != 5 && !facts.doubts.is_empty() && !book.tells;
        let at = die.take_if(|_| !asks).map(|further| (place.records().len() as u64 + 1 + further).to_string());
        let ended = if facts.unwinds {
            place.call(&["undo", "last"])
        } else {
            let die: Vec<&str> = at.iter().flat_map(|at| ["--die-after", at]).collect();
            place.resume(&[book.more, &die].concat())
        };
        code = ended.code.unwrap();
        said = format!("{ended:?}");
        if asks {
            ended.exits(5);
        }
        records = place.records();
    }
    panic!("the run never ends: {said}\n{:#?}", Facts::of(&records));
}

/// Says yes at every gate that waits.
pub(super) fn approve(place: &Place, facts: &Facts) {
    assert!(!facts.gates.is_empty(), "no gate waits, and still a person is asked");
    for gate in &facts.gates {
        place.call(&["approve", "last", gate.as_str()]).exits(0);
    }
}

/// Looks whether the effect took place. Where it did, does by hand what the step had still to do and says that it is
/// done; where nothing of the step was done, has it run again.
fn decide(place: &Place, facts: &Facts, clean: &Clean, key: &Key, effect: &String) {
    let known = facts.answered.get(effect).copied().unwrap_or(0);
    let took_place = place.effects().get(effect).copied().unwrap_or(0) > known;
    let all = &clean.facts.effects[key];
    let at = all.iter().position(|other| other == effect).unwrap();
    if !took_place && at == 0 {
        place.call(&["settle", "last", key.as_str(), "--redo", "--note", "it is not there"]).exits(0);
        return;
    }
    let left = &all[if took_place { at + 1 } else { at }..];
    let text: String = left.iter().map(|effect| format!("{effect}\n")).collect();
    let mut effects = std::fs::read_to_string(place.path("effects")).unwrap_or_default();
    effects.push_str(&text);
    std::fs::write(place.path("effects"), effects).unwrap();
    let value = clean.facts.values.get(key).unwrap_or(&Value::Unit).to_plain_json().to_string();
    place.call(&["settle", "last", key.as_str(), "--done", "--value", &value]).exits(0);
}
