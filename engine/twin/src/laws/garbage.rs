//! The garbage collector: what becomes of objects whose owners go.

use super::Law;
use crate::json::Value;
use crate::world::{Again, Change, Deletion, Key, Kind, Object, Propagation, World, list};
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "garbage", hears, acts };

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    // The real one does not look at them either.
    if change.key.kind == "events" {
        return Vec::new();
    }
    let Some(after) = &change.after else {
        let Some(before) = &change.before else { return Vec::new() };
        let mut keys: Vec<Key> = world.owned(before.uid()).map(|(key, _)| key.clone()).collect();
        // Owners that wait for their dependents may go on.
        for owner in references(before) {
            if let Some(key) = owner_key(world, before, owner)
                && world.at(&key).is_some_and(|owner| waits(owner))
            {
                keys.push(key);
            }
        }
        return keys;
    };
    let owners = &after["metadata"]["ownerReferences"];
    let going = after.is_going() && after.finalizers().any(|name| name == FOREGROUND || name == ORPHAN);
    let changed = change.before.as_ref().is_none_or(|before| before["metadata"]["ownerReferences"] != *owners);
    if going || changed && owners.is_array() { vec![change.key.clone()] } else { Vec::new() }
}

fn references(object: &Object) -> impl Iterator<Item = &Value> {
    object["metadata"]["ownerReferences"].as_array().into_iter().flatten()
}

/// Whether the object waits for its dependents to go first.
fn waits(object: &Object) -> bool {
    object.is_going() && object.finalizers().any(|name| name == FOREGROUND)
}

/// The key of an owner; none when its kind is not known.
fn owner_key(world: &World, object: &Object, owner: &Value) -> Option<Key> {
    let fast = match owner["kind"].as_str()? {
        "ReplicaSet" => Some("replicasets.apps"),
        "Deployment" => Some("deployments.apps"),
        "DaemonSet" => Some("daemonsets.apps"),
        "StatefulSet" => Some("statefulsets.apps"),
        "Service" => Some("services"),
        "Node" => Some("nodes"),
        _ => None,
    };
    let name = owner["name"].as_str().unwrap_or_default();
    if let Some(plural) = fast {
        let namespace = if plural == "nodes" { "" } else { object.namespace() };
        return Some(Key::new(plural, namespace, name));
    }
    let kind = world.shapes().of(owner)?;
    let namespace = if kind.namespaced { object.namespace() } else { "" };
    Some(Key::new(Kind::new(&kind.group, &kind.plural), namespace, name))
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(object) = world.at(key).cloned() else {
        return Again::Never;
    };
    if object.is_going() && object.finalizers().any(|name| name == ORPHAN) {
        orphan(world, key, &object);
    } else if waits(&object) {
        foreground(world, key, &object);
    } else if !object.is_going() {
        collect(world, key, &object);
    }
    Again::Never
}

fn dependents(world: &World, object: &Object) -> Vec<(Key, Arc<Object>)> {
    world.owned(object.uid()).map(|(key, one)| (key.clone(), one.clone())).collect()
}

/// The dependents stay, without their owner.
fn orphan(world: &mut World, key: &Key, object: &Object) {
    for (dependent, _) in dependents(world, object) {
        super::kit::workload::release(world, &dependent, object.uid());
    }
    unhold(world, key, ORPHAN);
}

/// The dependents go first; those that may hold their owner back do.
fn foreground(world: &mut World, key: &Key, object: &Object) {
    for (dependent, it) in dependents(world, object) {
        if it.is_going() {
            continue;
        }
        let others = references(&it).filter(|owner| owner["uid"] != object.uid());
        let solid: Vec<&Value> = others
            .filter(|owner| {
                let there = owner_key(world, &it, owner).and_then(|key| world.at(&key));
                there.is_some_and(|there| there.uid() == owner["uid"] && !waits(there))
            })
            .collect();
        if !solid.is_empty() {
            super::kit::workload::release(world, &dependent, object.uid());
            continue;
        }
        let more = world.owned(it.uid()).next().is_some();
        delete(world, &dependent, &it, if more { Propagation::Foreground } else { Propagation::Background });
    }
    let blocked =
        world.owned(object.uid()).any(|(_, it)| it.owners().any(|owner| owner.uid() == object.uid() && owner.blocks()));
    if !blocked {
        unhold(world, key, FOREGROUND);
    }
}

/// An object whose owners are all gone goes as well; one that keeps an owner loses the others.
fn collect(world: &mut World, key: &Key, object: &Object) {
    let (mut solid, mut gone) = (0, Vec::new());
    for owner in references(object) {
        let Some(place) = owner_key(world, object, owner) else {
            return;
        };
        let uid = owner["uid"].as_str().unwrap_or_default();
        match world.at(&place) {
            Some(there) if there.uid() == uid => {
                if waits(there) {
                    gone.push(uid.to_owned());
                } else {
                    solid += 1;
                }
            }
            _ => gone.push(uid.to_owned()),
        }
    }
    if gone.is_empty() {
        return;
    }
    if solid > 0 {
        for uid in gone {
            super::kit::workload::release(world, key, &uid);
        }
        return;
    }
    let has = |wanted: &str| object.finalizers().any(|name| name == wanted);
    let how = if has(ORPHAN) {
        Propagation::Orphan
    } else if has(FOREGROUND) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    delete(world, key, object, how);
}

fn delete(world: &mut World, key: &Key, object: &Object, how: Propagation) {
    let uid = Some(object.uid().to_owned());
    drop(world.delete(key, &Deletion { propagation: Some(how), uid, ..Deletion::default() }));
}

fn unhold(world: &mut World, key: &Key, finalizer: &str) {
    drop(world.change(key, |object| {
        let finalizers = list(&mut object["metadata"]["finalizers"]);
        finalizers.retain(|name| name != finalizer);
        if finalizers.is_empty() {
            object.metadata().remove("finalizers");
        }
    }));
}
