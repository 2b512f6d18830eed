//! What there is to tell of a rehearsal: its records and its two worlds, as the report knows them.

use std::collections::BTreeMap;

use runbook_model::record::{Closing, GuardBroken, Kind, Outcome};
use runbook_model::{Body, Record};
use runbook_report::rehearsal::{Changed, Guarded, How, Rehearsal, Step};
use runbook_twin::portrait::{self, Change, Difference, Portrait};
use runbook_twin::world::World;

use crate::exit::Exit;
use crate::proof::fork::is_over;
use crate::rehearsal::reach::Reach;
use crate::rehearsal::timeline::Timeline;

/// All that is known of a rehearsal when it is over.
pub(crate) struct Facts<'a> {
    /// What it was rehearsed on.
    pub scene: String,
    /// How the run ended.
    pub exit: Exit,
    /// Its records.
    pub records: &'a [Record],
    /// The world before and after it.
    pub worlds: (&'a World, &'a World),
    /// The workloads meanwhile.
    pub timeline: &'a Timeline,
    /// Who reached whom meanwhile.
    pub reach: &'a Reach,
}

/// The rehearsal as the report knows it.
pub(crate) fn told(facts: &Facts<'_>) -> Rehearsal {
    let opened = facts.records.iter().find_map(|record| match &record.body {
        Body::RunOpened(opened) => Some(opened),
        _ => None,
    });
    let ends = || facts.records.iter().map(|record| record.at);
    let began = opened.map_or_else(|| ends().min().unwrap_or(0), |opened| opened.by.since);
    let (before, after) = facts.worlds;
    let differences = Portrait::of(before).against(&Portrait::of(after));
    Rehearsal {
        runbook: opened.map_or_else(String::new, |opened| opened.runbook.clone()),
        scene: facts.scene.clone(),
        verdict: verdict(facts.records, facts.exit),
        exit: facts.exit as u8,
        began,
        took: ends().max().unwrap_or(began) - began,
        steps: steps(facts.records),
        changes: differences.into_iter().map(changed).collect(),
        workloads: facts.timeline.workloads(),
        losses: facts.reach.classes(),
        services: facts.reach.services(),
        away: facts.reach.away(),
        guards: guards(facts.records),
        // A run that is not over keeps its lock, and what it needs to go on.
        left: if is_over(facts.records) { left(after) } else { Vec::new() },
        unknown: unknown(after),
    }
}

fn verdict(records: &[Record], exit: Exit) -> String {
    let closed = records.iter().rev().find_map(|record| match &record.body {
        Body::RunClosed(closed) => Some(closed.verdict),
        _ => None,
    });
    match closed {
        Some(Closing::Stopped) => "stopped".to_owned(),
        Some(verdict) => verdict.word().to_owned(),
        None if exit == Exit::Done => "done".to_owned(),
        None => "never begun".to_owned(),
    }
}

fn steps(records: &[Record]) -> Vec<Step> {
    let mut begun: BTreeMap<String, (i64, u32)> = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    for record in records {
        match &record.body {
            Body::StepBegun(one) if matches!(one.kind, Kind::Step | Kind::Unwind) => {
                let entry = begun.entry(one.key.to_string()).or_insert((record.at, 0));
                entry.1 = one.attempt;
            }
            Body::StepSettled(one) => {
                let key = one.key.to_string();
                let Some((from, attempts)) = begun.get(&key).copied() else { continue };
                let status = match &one.outcome {
                    Outcome::Done(_) => "done",
                    Outcome::Failed { again_at: Some(_), .. } => continue,
                    Outcome::Failed { .. } => "failed",
                    Outcome::Skipped { .. } => "skipped",
                    Outcome::Stopped { .. } => "stopped",
                };
                steps.push(Step { key, status: status.to_owned(), from, to: record.at, attempts });
            }
            _ => {}
        }
    }
    steps
}

pub(crate) fn changed(difference: Difference) -> Changed {
    let how = match difference.change {
        Change::Added => How::Added,
        Change::Removed => How::Removed,
        Change::Changed(fields) => How::Fields(fields),
    };
    Changed { thing: difference.thing, how }
}

fn guards(records: &[Record]) -> Vec<Guarded> {
    let mut guards: Vec<Guarded> = Vec::new();
    for record in records {
        match &record.body {
            Body::StepBegun(one) if one.kind == Kind::Guard => {
                let name = one.key.to_string();
                if guards.iter().all(|guard| guard.name != name) {
                    guards.push(Guarded { name, breach: None });
                }
            }
            Body::StepSettled(one) if matches!(one.outcome, Outcome::Failed { .. }) => {
                breaks(&mut guards, &one.key.to_string(), "when it was put up");
            }
            Body::GuardBroken(GuardBroken { key, detail, .. }) => breaks(&mut guards, &key.to_string(), detail),
            _ => {}
        }
    }
    guards
}

fn breaks(guards: &mut [Guarded], name: &str, how: &str) {
    guards.iter_mut().filter(|guard| guard.name == name).for_each(|guard| guard.breach = Some(how.to_owned()));
}

/// What the engine itself has left in a world: its locks, its test pods, its folders on machines.
pub(crate) fn left(world: &World) -> Vec<String> {
    let held = world.entries("leases.coordination.k8s.io", "kube-system").filter(|(key, lease)| {
        key.name().starts_with("runbook-")
            && lease["spec"]["holderIdentity"].as_str().is_some_and(|who| !who.is_empty())
    });
    let probes = world.entries("namespaces", "").filter(|(key, _)| key.name().starts_with("runbook-probe-"));
    let mut left: Vec<String> = held.map(|(key, _)| format!("the lock `{}`", key.name())).collect();
    left.extend(probes.map(|(key, _)| format!("the namespace `{}`", key.name())));
    left.extend(world.machines().flat_map(portrait::kept));
    left
}

fn unknown(world: &World) -> Vec<String> {
    let of = |machine: &runbook_twin::machines::Machine| {
        let said = |unknown: &runbook_twin::machines::Unknown| {
            format!("{}: `{}`: {}", machine.name, unknown.words.join(" "), unknown.what)
        };
        machine.unknown.iter().map(said).collect::<Vec<_>>()
    };
    world.machines().flat_map(of).chain(world.unknown().iter().map(|unknown| unknown.what.clone())).collect()
}
