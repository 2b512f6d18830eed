//! What the records of a run say, without what may differ between a run that was cut and one that was not: times,
//! numbers, who held it, what was taken up again.

use std::collections::{BTreeMap, BTreeSet};

use runbook_model::record::{Closing, Kind, Outcome, Purpose, Ruling, RunClosed};
use runbook_model::{Body, Key, Record, Repeat, Value};

/// The facts of a run.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// How each attempt of each key ended, failures among them; checks are asked again and left out.
    pub ends: BTreeMap<Key, Vec<String>>,
    /// What the finished steps gave.
    pub values: BTreeMap<Key, Value>,
    /// The effects of each step, in the order in which it first called them.
    pub effects: BTreeMap<Key, Vec<String>>,
    /// The calls of effects, with how often each was made.
    pub calls: BTreeMap<String, usize>,
    /// The steps that a person has to decide over, with the call nobody knows the end of.
    pub doubts: BTreeMap<Key, String>,
    /// How often an effect is known to have come to its end.
    pub answered: BTreeMap<String, usize>,
    /// The gates that wait for a person.
    pub gates: BTreeSet<Key>,
    /// Whether the run is being unwound.
    pub unwinds: bool,
    /// How the run was let go, where that is its last record.
    pub closed: Option<RunClosed>,
    kinds: BTreeMap<Key, Kind>,
    open: BTreeMap<Key, BTreeMap<u32, (String, Repeat)>>,
}

impl Facts {
    /// The facts of these records. Requires on the way that they are numbered without gaps, that time and epochs never
    /// go back, and that no step ends well twice.
    pub(super) fn of(records: &[Record]) -> Self {
        let mut facts = Self::default();
        let mut before: Option<&Record> = None;
        for record in records {
            let seq = before.map_or(0, |before| before.seq);
            assert_eq!(record.seq, seq + 1, "the records have a gap");
            if let Some(before) = before {
                assert!(record.at >= before.at, "time goes back at record {}", record.seq);
                assert!(record.epoch >= before.epoch, "the epoch falls at record {}", record.seq);
            }
            before = Some(record);
            facts.take(&record.body);
        }
        facts
    }

    fn take(&mut self, body: &Body) {
        self.closed = None;
        match body {
            Body::StepBegun(begun) => {
                self.kinds.insert(begun.key.clone(), begun.kind);
                self.unwinds |= begun.kind == Kind::Unwind;
                self.open.insert(begun.key.clone(), BTreeMap::new());
            }
            Body::CallNoted(noted) => {
                let effect = effect_of(&noted.call.brief);
                let effects = self.effects.entry(noted.key.clone()).or_default();
                if !effects.contains(&effect) {
                    effects.push(effect.clone());
                }
                *self.calls.entry(effect.clone()).or_default() += 1;
                if noted.call.repeat == Repeat::Ask {
                    self.doubts.insert(noted.key.clone(), effect.clone());
                }
                self.open.entry(noted.key.clone()).or_default().insert(noted.nth, (effect, noted.call.repeat));
            }
            Body::CallAnswered(answered) => {
                let call = self.open.get(&answered.key).and_then(|calls| calls.get(&answered.nth)).unwrap();
                *self.answered.entry(call.0.clone()).or_default() += 1;
                if call.1 == Repeat::Ask {
                    self.doubts.remove(&answered.key);
                }
            }
            Body::StepSettled(settled) => self.end(&settled.key, &settled.outcome),
            Body::StepRuled(ruled) => {
                if !matches!(ruled.ruling, Ruling::Again) {
                    self.doubts.remove(&ruled.key);
                }
                if let Ruling::Done(value) = &ruled.ruling {
                    self.end(&ruled.key, &Outcome::Done(value.clone()));
                }
            }
            Body::RunClosed(closed) => self.closed = Some((**closed).clone()),
            Body::GateOpened(opened) => drop(self.gates.insert(opened.key.clone())),
            Body::GateAnswered(answered) => drop(self.gates.remove(&answered.key)),
            Body::RunTaken(taken) => self.unwinds |= taken.purpose == Purpose::Undo,
            Body::RunOpened(_) | Body::Said(_) | Body::GuardBroken(_) => {}
        }
    }

    fn end(&mut self, key: &Key, outcome: &Outcome) {
        let kind = self.kinds.get(key).copied().unwrap_or(Kind::Step);
        if kind == Kind::Check {
            return;
        }
        let end = match outcome {
            // The time of day, and who said yes when: not the same in any two runs.
            Outcome::Done(_) if matches!(kind, Kind::Now | Kind::Gate) => "done".to_owned(),
            Outcome::Done(value) => format!("done {}", serde_json::to_string(value).unwrap()),
            Outcome::Failed { failure, .. } => format!("failed {}", failure.code),
            Outcome::Skipped { why } => format!("skipped {why}"),
            Outcome::Stopped { .. } => return,
        };
        if let Outcome::Done(value) = outcome {
            let first = self.values.insert(key.clone(), value.clone());
            assert!(first.is_none(), "`{key}` ended well twice");
        }
        let ends = self.ends.entry(key.clone()).or_default();
        ends.push(end);
        ends.sort();
    }

    /// The ends as they must be equal. A failure that ends a run is tried again by every resume, so how often that one
    /// happened, and what it stands in, is not counted.
    pub(super) fn comparable(&self, culprits: &[Key]) -> BTreeMap<Key, Vec<String>> {
        let mut ends = self.ends.clone();
        for (key, ends) in &mut ends {
            if culprits.iter().any(|culprit| culprit == key || culprit.is_under(key)) {
                ends.dedup();
            }
        }
        ends
    }

    /// How the run ended, where there is nothing more for a person to do but to look at it.
    pub(super) fn verdict(&self) -> Option<Closing> {
        let verdict = self.closed.as_ref()?.verdict;
        (!matches!(verdict, Closing::Stopped | Closing::InDoubt)).then_some(verdict)
    }

    /// The steps that ended well, with their effects.
    pub(super) fn finished(&self) -> BTreeSet<&String> {
        self.values.keys().filter_map(|key| self.effects.get(key)).flatten().collect()
    }
}

/// The name of the effect that a call's line ends with.
fn effect_of(brief: &str) -> String {
    let name = brief.split_once("effect ").map_or(brief, |(_, name)| name);
    name.trim_matches('\'').to_owned()
}
