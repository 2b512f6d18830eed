//! What applying and updating do to the owners of fields, and what applying does to the object.

use crate::json::Value;

use super::compare::{Comparison, compare};
use super::merge::merge;
use super::owner::{Operation, Owner};
use super::remove::remove;
use super::set::Set;
use super::view::set_of;
use crate::shapes::Shape;

/// Who writes, when, and through which part.
#[derive(Clone, Debug)]
pub struct Who<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// The version spoken.
    pub api_version: &'a str,
    /// The part, or nothing.
    pub sub: &'a str,
    /// The time, as RFC 3339 with seconds.
    pub now: &'a str,
    /// Fields that a write through this part leaves as they are, so that nobody comes to own them by it.
    pub ignored: &'a Set,
}

/// What came of an apply.
#[derive(Debug)]
pub struct Applied {
    /// The object merged and without what is no longer applied.
    pub object: Value,
    /// The owners after it.
    pub owners: Vec<Owner>,
}

/// At most so many owners that updated are kept apart; the oldest are put together.
const MOST_UPDATERS: usize = 10;
const ANCIENT: &str = "ancient-changes";

impl Who<'_> {
    /// Of who scales the server keeps no time.
    fn time(&self) -> Option<String> {
        (self.sub != "scale").then(|| self.now.to_owned())
    }

    fn owner(&self, operation: Operation, fields: Set) -> Owner {
        Owner {
            manager: self.manager.to_owned(),
            operation,
            api_version: self.api_version.to_owned(),
            sub: self.sub.to_owned(),
            time: self.time(),
            fields,
        }
    }
}

/// What every object says of itself, which nobody owns.
fn stripped() -> Set {
    let metadata = [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ];
    let mut paths: Vec<Vec<&str>> = metadata.iter().map(|name| vec!["metadata", *name]).collect();
    paths.extend([vec!["apiVersion"], vec!["kind"], vec!["metadata"]]);
    Set::of_paths(&paths.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Takes what has changed from its owners, whoever they are; returns what each lost by a changed value.
fn dispossess(owners: &mut [Owner], found: &Comparison, but: Option<usize>) -> Vec<(usize, Set)> {
    let touched = found.modified.union(&found.added);
    let mut lost = Vec::new();
    for (index, owner) in owners.iter_mut().enumerate().filter(|(index, _)| Some(*index) != but) {
        let conflict = owner.fields.intersection(&touched);
        if !conflict.is_empty() {
            lost.push((index, conflict.clone()));
        }
        owner.fields = owner.fields.difference(&conflict).difference(&found.removed);
    }
    lost
}

/// The owners after an update, which takes what it changes from whoever has it.
pub fn updated(
    before: &Value,
    after: &Value,
    mut owners: Vec<Owner>,
    shape: Option<&Shape>,
    who: &Who<'_>,
) -> Vec<Owner> {
    let found = compare(Some(before), Some(after), shape);
    let found = Comparison {
        added: found.added.outside(who.ignored),
        removed: found.removed.outside(who.ignored),
        modified: found.modified.outside(who.ignored),
    };
    let kept = owners.clone();
    dispossess(&mut owners, &found, None);
    let own = found.modified.union(&found.added).outside(who.ignored).difference(&stripped());
    let mine = who.owner(Operation::Update, own);
    if !mine.fields.is_empty() {
        match owners.iter_mut().find(|owner| owner.same(&mine)) {
            Some(owner) => {
                owner.fields = owner.fields.union(&mine.fields);
                owner.time = mine.time;
            }
            None => owners.push(mine),
        }
    }
    owners.retain(|owner| !owner.fields.is_empty() || kept.iter().any(|old| old == owner && old.fields.is_empty()));
    cap(owners)
}

/// Puts the oldest of too many updaters together.
fn cap(mut owners: Vec<Owner>) -> Vec<Owner> {
    let updaters = owners.iter().filter(|owner| owner.operation == Operation::Update && owner.sub.is_empty());
    let mut over = updaters.count().saturating_sub(MOST_UPDATERS);
    if over == 0 {
        return owners;
    }
    let mut ages: Vec<(Option<String>, String)> = owners
        .iter()
        .filter(|owner| owner.operation == Operation::Update && owner.sub.is_empty())
        .map(|owner| (owner.time.clone(), owner.manager.clone()))
        .collect();
    ages.sort();
    for (time, manager) in ages {
        if over == 0 {
            break;
        }
        let found = owners.iter().position(|owner| {
            owner.operation == Operation::Update
                && owner.sub.is_empty()
                && owner.time == time
                && owner.manager == manager
        });
        let Some(index) = found else { continue };
        let mut old = owners.remove(index);
        old.manager = ANCIENT.to_owned();
        match owners.iter_mut().find(|owner| owner.same(&old)) {
            Some(owner) => {
                owner.fields = owner.fields.union(&old.fields);
                owner.time = old.time.max(owner.time.take());
                over -= 1;
            }
            None => owners.push(old),
        }
    }
    owners
}

/// What comes of applying `config` to the object; or the conflicts: owners as they are shown, and the fields.
pub fn applied(
    before: &Value,
    config: &Value,
    mut owners: Vec<Owner>,
    shape: Option<&Shape>,
    who: &Who<'_>,
    force: bool,
) -> Result<Applied, Vec<(String, Set)>> {
    let merged = merge(Some(before), Some(config), shape).unwrap_or_default();
    let set = set_of(config, shape).outside(who.ignored);
    let mine = who.owner(Operation::Apply, set);
    let index = match owners.iter().position(|owner| owner.same(&mine)) {
        Some(index) => index,
        None => {
            owners.push(Owner { fields: Set::default(), time: None, ..mine.clone() });
            owners.len() - 1
        }
    };
    let last = std::mem::replace(&mut owners[index].fields, mine.fields);
    owners[index].api_version = mine.api_version;
    let object = pruned(merged, &owners, &last, shape);
    let found = compare(Some(before), Some(&object), shape);
    let found = Comparison {
        added: found.added.outside(who.ignored),
        removed: found.removed.outside(who.ignored),
        modified: found.modified.outside(who.ignored),
    };
    let lost = dispossess(&mut owners, &found, Some(index));
    if !force && !lost.is_empty() {
        let mut conflicts: Vec<(String, Set)> =
            lost.into_iter().map(|(index, set)| (owners[index].shown(), set)).collect();
        conflicts.sort_by(|left, right| left.0.cmp(&right.0));
        return Err(conflicts);
    }
    let stripped = stripped();
    owners[index].fields = owners[index].fields.difference(&stripped);
    let same = found.added.is_empty() && found.removed.is_empty() && found.modified.is_empty();
    if !same {
        owners[index].time = who.time();
    }
    owners.retain(|owner| !owner.fields.is_empty());
    Ok(Applied { object: if same { before.clone() } else { object }, owners })
}

/// The merged object without what its applier applied before and no longer does, but what others own.
fn pruned(merged: Value, owners: &[Owner], last: &Set, shape: Option<&Shape>) -> Value {
    if last.is_empty() {
        return merged;
    }
    let last = last.with_named(shape);
    let mut pruned = remove(&merged, &last, shape);
    let all = set_of(&merged, shape).with_named(shape);
    let owned = owners.iter().fold(Set::default(), |all, owner| all.union(&owner.fields)).with_named(shape);
    let left = set_of(&pruned, shape).with_named(shape);
    pruned = remove(&merged, &all.difference(&left).difference(&owned), shape);
    let left = set_of(&pruned, shape).with_named(shape);
    remove(&merged, &all.difference(&left).intersection(&last), shape)
}
