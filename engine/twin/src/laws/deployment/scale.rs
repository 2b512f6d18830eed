//! Changing the size of a deployment: its only set, or all of them in proportion while one gives way to another.

use super::sets::{self, Sets};
use super::{BY, DESIRED, MAXIMUM, recreates, surge, wanted};
use crate::laws::kit::events::{Told, tell};
use crate::world::{Key, Object, World};

/// Whether the deployment's size was changed since its sets were sized.
pub(super) fn is_due(world: &World, key: &Key, sets: &Sets) -> bool {
    let Some(deployment) = world.at(key) else {
        return false;
    };
    sets.all(world).filter(|(_, set)| wanted(set) > 0).any(|(_, set)| {
        let desired = set.annotation(DESIRED).and_then(|text| text.parse::<i64>().ok());
        desired.is_some_and(|desired| desired != wanted(deployment))
    })
}

/// Sets the size of one set and tells it. Says whether it changed.
pub(super) fn set_size(world: &mut World, deployment: &Key, set: &Key, size: i64) -> bool {
    let (Some(owner), Some(before)) = (world.at(deployment).cloned(), world.at(set).map(|set| wanted(set))) else {
        return false;
    };
    let written = world.change(set, |set| {
        if before != size {
            set["spec"]["replicas"] = size.into();
        }
        sets::size_notes(set, &owner);
    });
    if written.is_err() || before == size {
        return false;
    }
    let way = if before < size { "up" } else { "down" };
    let message = format!("Scaled {way} replica set {} from {before} to {size}", set.name());
    tell(world, &owner, Told::normal(BY, "ScalingReplicaSet"), &message);
    true
}

/// The same, but not even its notes are written when the size is right.
pub(super) fn resize(world: &mut World, deployment: &Key, set: &Key, size: i64) -> bool {
    world.at(set).is_some_and(|set| wanted(set) != size) && set_size(world, deployment, set, size)
}

/// Gives the sets the sizes that go with the deployment's.
pub(super) fn scale(world: &mut World, key: &Key, sets: &Sets) {
    let Some(deployment) = world.at(key).cloned() else {
        return;
    };
    let mut active: Vec<Key> = sets.all(world).filter(|(_, set)| wanted(set) > 0).map(|(key, _)| key.clone()).collect();
    let latest = sets.new.clone().or_else(|| sets.old.last().cloned());
    match (active.as_slice(), latest) {
        ([], None) => return,
        ([], Some(only)) => {
            resize(world, key, &only, wanted(&deployment));
            return;
        }
        ([only], _) => {
            resize(world, key, only, wanted(&deployment));
            return;
        }
        _ => {}
    }
    if let Some(new) = sets.new_set(world)
        && wanted(new) == wanted(&deployment)
        && new.annotation(DESIRED) == Some(wanted(&deployment).to_string().as_str())
        && new["status"]["availableReplicas"] == wanted(&deployment)
    {
        for old in active.iter().filter(|key| Some(*key) != sets.new.as_ref()) {
            resize(world, key, old, 0);
        }
        return;
    }
    if recreates(&deployment) {
        return;
    }
    let there: i64 = active.iter().filter_map(|key| world.at(key)).map(|set| wanted(set)).sum();
    let allowed = if wanted(&deployment) > 0 { wanted(&deployment) + surge(&deployment) } else { 0 };
    let to_add = allowed - there;
    active.sort_by_key(|key| {
        let set = world.at(key);
        let age = set.map(|set| set.created());
        let newest_first = if to_add > 0 { age.map(|age| -age.0) } else { age.map(|age| age.0) };
        (set.map(|set| -wanted(set)), newest_first)
    });
    let mut added = 0;
    let mut sizes: Vec<(Key, i64)> = Vec::new();
    for one in active {
        let Some(set) = world.at(&one) else { continue };
        let part = proportion(set, &deployment, to_add, added);
        added += part;
        sizes.push((one.clone(), wanted(set) + part));
    }
    for (place, (set, size)) in sizes.into_iter().enumerate() {
        let rest = if place == 0 { to_add - added } else { 0 };
        set_size(world, key, &set, (size + rest).max(0));
    }
}

/// A set's part of the change.
fn proportion(set: &Object, deployment: &Object, to_add: i64, added: i64) -> i64 {
    if to_add == 0 || to_add == added {
        return 0;
    }
    let has = wanted(set);
    let fraction = if wanted(deployment) == 0 {
        -has
    } else {
        let noted = set.annotation(MAXIMUM).and_then(|text| text.parse::<i64>().ok()).filter(|number| *number > 0);
        let before = noted.or_else(|| deployment["status"]["replicas"].as_i64()).unwrap_or(0);
        if before == 0 {
            return 0;
        }
        // Rounded to the nearest, halves up.
        (2 * has * (wanted(deployment) + surge(deployment)) + before).div_euclid(2 * before) - has
    };
    if to_add > 0 { fraction.min(to_add - added) } else { fraction.max(to_add - added) }
}
