//! A definition of a kind: its names are accepted, its kind is served, and at its end its objects go first.

use super::Law;
use crate::json::{Value, json};
use crate::world::{Again, Change, Deletion, Key, Object, World};

/// The law of definitions.
pub(super) const LAW: Law = Law { name: "definition", hears, acts };

const KIND: &str = "customresourcedefinitions.apiextensions.k8s.io";
const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    if change.key.kind == KIND {
        return vec![change.key.clone()];
    }
    let group = change.key.kind.group();
    if change.after.is_none() && group.contains('.') {
        let definition = Key::new(KIND, "", change.key.kind.as_str());
        return world.at(&definition).filter(|one| one.is_going()).map(|_| definition).into_iter().collect();
    }
    Vec::new()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(definition) = world.at(key).cloned() else {
        return Again::Never;
    };
    if definition.is_going() {
        ending(world, key, &definition);
        return Again::Never;
    }
    let taken = taken(world, &definition);
    let now = world.now();
    let names = definition["spec"]["names"].clone();
    // It is gone when somebody was quicker, and then there is nothing left to do.
    drop(world.change_as(key, "kube-apiserver", "status", |one| {
        match taken {
            Some((reason, message)) => {
                one.set_condition(now, "NamesAccepted", "False", reason, &message);
                one.set_condition(now, "Established", "False", "NotAccepted", "not all names are accepted");
            }
            None => {
                one["status"]["acceptedNames"] = names;
                one.set_condition(now, "NamesAccepted", "True", "NoConflicts", "no conflicts found");
                one.set_condition(
                    now,
                    "Established",
                    "True",
                    "InitialNamesAccepted",
                    "the initial names have been accepted",
                );
            }
        }
        stored(one);
    }));
    Again::Never
}

/// The version objects are stored in is among those that have been.
fn stored(definition: &mut Object) {
    let versions = definition["spec"]["versions"].as_array();
    let Some(name) =
        versions.and_then(|all| all.iter().find(|one| one["storage"] == true)).map(|one| one["name"].clone())
    else {
        return;
    };
    let list = crate::world::list(&mut definition["status"]["storedVersions"]);
    if !list.contains(&name) {
        list.push(name);
    }
}

/// The first name another kind of the group has already.
fn taken(world: &World, definition: &Object) -> Option<(&'static str, String)> {
    let names = &definition["spec"]["names"];
    let group = definition["spec"]["group"].as_str().unwrap_or_default();
    let plural = names["plural"].as_str().unwrap_or_default();
    for other in world.shapes().all().filter(|other| other.group == group && other.plural != plural) {
        if names["kind"] == *other.kind {
            return Some(("KindConflict", format!("\"{}\" is already in use", other.kind)));
        }
        let short = |name: &str| other.short.iter().any(|one| one == name);
        if let Some(name) = crate::world::strings(&names["shortNames"]).find(|name| short(name)) {
            return Some(("ShortNamesConflict", format!("\"{name}\" is already in use")));
        }
    }
    None
}

fn ending(world: &mut World, key: &Key, definition: &Object) {
    if !definition.finalizers().any(|one| one == CLEANUP) {
        return;
    }
    let kind = key.name().to_owned();
    let objects: Vec<Key> = world.entries(&kind, "").map(|(key, _)| key).collect();
    for object in &objects {
        if !world.at(object).is_some_and(|one| one.is_going()) {
            drop(world.delete(object, &Deletion::default()));
        }
    }
    let now = world.now();
    let left = world.count(&kind);
    drop(world.change_as(key, "kube-apiserver", "status", |one| {
        if left == 0 {
            let rest: Vec<Value> = one.finalizers().filter(|name| *name != CLEANUP).map(Into::into).collect();
            one["metadata"]["finalizers"] = json!(rest);
        } else {
            one.set_condition(
                now,
                "Terminating",
                "True",
                "InstanceDeletionInProgress",
                "CustomResource deletion is in progress",
            );
        }
    }));
}
