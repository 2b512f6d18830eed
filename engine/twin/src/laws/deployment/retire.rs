//! Forgetting old replica sets beyond the number that is kept.

use super::sets::{Sets, revision};
use super::wanted;
use crate::world::{Deletion, Key, Object, World};
use std::sync::Arc;

/// Deletes the oldest empty sets beyond `revisionHistoryLimit`.
pub(super) fn old(world: &mut World, deployment: &Key, sets: &Sets) {
    let limit = world.at(deployment).and_then(|it| it["spec"]["revisionHistoryLimit"].as_u64());
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else {
        return;
    };
    let mut there: Vec<(&Key, &Arc<Object>)> =
        sets.old.iter().filter_map(|key| world.at(key).filter(|set| !set.is_going()).map(|set| (key, set))).collect();
    let over = there.len().saturating_sub(limit);
    there.sort_by_key(|(key, set)| (revision(set), (*key).clone()));
    let empty = |set: &Object| {
        wanted(set) == 0
            && set["status"]["replicas"].as_i64().unwrap_or(0) == 0
            && set["status"]["observedGeneration"].as_i64().unwrap_or(0) >= set.generation()
    };
    let ending: Vec<Key> =
        there.into_iter().take(over).filter(|(_, set)| empty(set)).map(|(key, _)| key.clone()).collect();
    for key in ending {
        drop(world.delete(&key, &Deletion::default()));
    }
}
