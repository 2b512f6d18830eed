//! From the old sets to the new one: bit by bit, or all at once after the old pods are gone.

use super::scale::resize;
use super::sets::Sets;
use super::{missing, retire, status, surge, wanted};
use crate::laws::kit::pods;
use crate::world::{Key, Object, World};
use std::sync::Arc;

/// One step of a rolling update. None when there is nothing to report on.
pub(super) fn rolling(world: &mut World, key: &Key, sets: &mut Sets) -> Option<()> {
    ready_set(world, key, sets)?;
    let deployment = world.at(key)?.clone();
    let new = sets.new.clone()?;
    let has = wanted(world.at(&new)?);
    let there: i64 = sets.all(world).map(|(_, set)| wanted(set)).sum();
    let size = if has > wanted(&deployment) {
        wanted(&deployment)
    } else {
        has + (wanted(&deployment) + surge(&deployment) - there).clamp(0, wanted(&deployment) - has)
    };
    if resize(world, key, &new, size) || shrink(world, key, sets, there, &deployment) {
        return Some(());
    }
    if status::is_complete(&deployment, &deployment["status"]) {
        retire::old(world, key, sets);
    }
    Some(())
}

/// The new set, numbered; made if it is missing.
fn ready_set(world: &mut World, key: &Key, sets: &mut Sets) -> Option<()> {
    if sets.new.is_none() {
        return sets.create(world, key);
    }
    sets.adopt_revision(world, key);
    Some(())
}

fn available(set: &Object) -> i64 {
    set["status"]["availableReplicas"].as_i64().unwrap_or(0)
}

/// Takes pods from the old sets: first those that do not work, then as many as may be missing.
fn shrink(world: &mut World, key: &Key, sets: &Sets, there: i64, deployment: &Object) -> bool {
    let Some(new) = sets.new_set(world).cloned() else {
        return false;
    };
    let old: Vec<Key> =
        sets.old.iter().filter(|key| world.at(key).is_some_and(|set| wanted(set) > 0)).cloned().collect();
    let least = wanted(deployment) - missing(deployment);
    let most = there - least - (wanted(&new) - available(&new));
    if old.is_empty() || most <= 0 {
        return false;
    }
    let mut taken = 0;
    for one in &old {
        let Some(set) = world.at(one).cloned() else { continue };
        let broken = (wanted(&set) - available(&set)).max(0).min(most - taken);
        if broken > 0 && resize(world, key, one, wanted(&set) - broken) {
            taken += broken;
        }
    }
    let working: i64 = old.iter().filter_map(|key| world.at(key)).chain([&new]).map(|set| available(set)).sum();
    let may = working - least;
    let mut given = 0;
    for one in &old {
        let has = world.at(one).map_or(0, |set| wanted(set));
        let part = has.min(may - given);
        if part > 0 && resize(world, key, one, has - part) {
            given += part;
        }
    }
    taken + given > 0
}

/// One step of an update that ends everything old first.
pub(super) fn recreate(world: &mut World, key: &Key, sets: &mut Sets) -> Option<()> {
    sets.adopt_revision(world, key);
    let mut shrunk = false;
    for old in sets.old.clone() {
        shrunk |= resize(world, key, &old, 0);
    }
    if shrunk || old_pods(world, sets) {
        return Some(());
    }
    if sets.new.is_none() {
        sets.create(world, key)?;
    }
    let deployment: Arc<Object> = world.at(key)?.clone();
    let new = sets.new.clone()?;
    resize(world, key, &new, wanted(&deployment));
    if status::is_complete(&deployment, &deployment["status"]) {
        retire::old(world, key, sets);
    }
    Some(())
}

fn old_pods(world: &World, sets: &Sets) -> bool {
    sets.old.iter().filter_map(|key| world.at(key)).any(|set| {
        set["status"]["replicas"].as_i64().unwrap_or(0) > 0
            || world.owned(set.uid()).any(|(key, pod)| key.kind == "pods" && !pods::has_ended(pod))
    })
}
