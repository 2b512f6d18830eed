//! The replica sets of a deployment: the one of its template and the older ones, and the numbers they carry.

use super::{BY, DESIRED, HASH, HISTORY, MAXIMUM, REVISION, SETS, status, surge, wanted};
use crate::json::{Value, json};
use crate::laws::kit::events::{Told, tell};
use crate::laws::kit::template;
use crate::world::{Key, Object, World};
use std::sync::Arc;

/// The keys of a deployment's replica sets.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    pub(super) new: Option<Key>,
    pub(super) old: Vec<Key>,
}

impl Sets {
    pub(super) fn of(world: &World, deployment: &Key) -> Self {
        let Some(deployment) = world.at(deployment) else {
            return Self::default();
        };
        let mut all: Vec<(&Key, &Arc<Object>)> =
            world.owned(deployment.uid()).filter(|(key, _)| key.kind == SETS).collect();
        all.sort_by(|(a, one), (b, other)| one.created().cmp(&other.created()).then_with(|| a.cmp(b)));
        let wanted = plain(&deployment["spec"]["template"]);
        let new = all.iter().find(|(_, set)| plain(&set["spec"]["template"]) == wanted).map(|(key, _)| (*key).clone());
        let old = all.into_iter().map(|(key, _)| key.clone()).filter(|key| Some(key) != new.as_ref()).collect();
        Self { new, old }
    }

    pub(super) fn all<'a>(&'a self, world: &'a World) -> impl Iterator<Item = (&'a Key, &'a Arc<Object>)> {
        let keys = self.old.iter().chain(self.new.as_ref());
        keys.filter_map(|key| world.at(key).map(|set| (key, set)))
    }

    pub(super) fn new_set<'a>(&self, world: &'a World) -> Option<&'a Arc<Object>> {
        self.new.as_ref().and_then(|key| world.at(key))
    }

    /// Brings the new set's revision and the deployment's into line. Says whether the set had to be written.
    pub(super) fn adopt_revision(&self, world: &mut World, deployment: &Key) -> bool {
        let (Some(new), Some(owner)) = (self.new.clone(), world.at(deployment).cloned()) else {
            return false;
        };
        let next = self.last_revision(world) + 1;
        let before = world.at(&new).map(|set| set.revision());
        let written = world.change(&new, |set| {
            annotate(set, &owner, next);
            let ready = owner["spec"]["minReadySeconds"].as_i64().unwrap_or(0);
            if set["spec"]["minReadySeconds"].as_i64().unwrap_or(0) != ready {
                set["spec"]["minReadySeconds"] = ready.into();
            }
        });
        let Ok(set) = written else {
            return false;
        };
        if before != Some(set.revision()) {
            return true;
        }
        let revision = set.annotation(REVISION).unwrap_or_default().to_owned();
        let now = world.now();
        drop(world.change(deployment, |deployment| {
            if deployment.annotation(REVISION) != Some(&revision) {
                deployment.set_annotation(REVISION, &revision);
            }
            if status::has_deadline(deployment) && deployment.condition("Progressing").is_none() {
                let message = format!("Found new replica set \"{}\"", new.name());
                status::set(deployment, now, "Progressing", "True", "FoundNewReplicaSet", &message);
            }
        }));
        false
    }

    fn last_revision(&self, world: &World) -> i64 {
        self.old.iter().filter_map(|key| world.at(key)).map(|set| revision(set)).max().unwrap_or(0)
    }

    /// Creates the set of the deployment's template. None when it could not be.
    pub(super) fn create(&mut self, world: &mut World, deployment: &Key) -> Option<()> {
        let owner = world.at(deployment)?.clone();
        let collisions = owner["status"]["collisionCount"].as_i64().unwrap_or(0);
        let hash = template::hash(&plain(&owner["spec"]["template"]), collisions);
        let next = self.last_revision(world) + 1;
        let replicas = if super::recreates(&owner) {
            wanted(&owner)
        } else {
            let there: i64 = self.all(world).map(|(_, set)| wanted(set)).sum();
            (wanted(&owner) + surge(&owner) - there).clamp(0, wanted(&owner))
        };
        let mut set = new_set(&owner, &hash, replicas);
        annotate(&mut set, &owner, next);
        size_notes(&mut set, &owner);
        let name = set.name().to_owned();
        let now = world.now();
        match world.create(SETS, set) {
            Ok(_) => {}
            Err(refusal) if refusal.reason == "AlreadyExists" => {
                let counted = |it: &mut Object| it["status"]["collisionCount"] = (collisions + 1).into();
                drop(world.change(deployment, counted));
                return None;
            }
            Err(refusal) if refusal.causes.iter().any(|cause| cause.reason == "NamespaceTerminating") => return None,
            Err(refusal) => {
                let message = format!("Failed to create new replica set \"{name}\": {}", refusal.message);
                let failed = |it: &mut Object| {
                    status::set(it, now, "Progressing", "False", "ReplicaSetCreateError", &message);
                };
                drop(world.change(deployment, failed));
                tell(world, &owner, Told::warning(BY, "ReplicaSetCreateError"), &message);
                return None;
            }
        }
        self.new = Some(Key::new(SETS, owner.namespace(), &name));
        if replicas > 0 {
            let message = format!("Scaled up replica set {name} from 0 to {replicas}");
            tell(world, &owner, Told::normal(BY, "ScalingReplicaSet"), &message);
        }
        drop(world.change(deployment, |it| {
            it.set_annotation(REVISION, &next.to_string());
            if status::has_deadline(it) {
                let message = format!("Created new replica set \"{name}\"");
                status::set(it, now, "Progressing", "True", "NewReplicaSetCreated", &message);
            }
        }));
        Some(())
    }
}

fn new_set(owner: &Object, hash: &str, replicas: i64) -> Object {
    let mut template = owner["spec"]["template"].clone();
    template["metadata"]["labels"][HASH] = hash.into();
    let mut selector = owner["spec"]["selector"].clone();
    selector["matchLabels"][HASH] = hash.into();
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", owner.name()), "namespace": owner.namespace(),
            "labels": template["metadata"]["labels"], "ownerReferences": [owner.as_controller()],
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template},
        "status": {"replicas": 0},
    });
    if let Some(ready) = owner["spec"]["minReadySeconds"].as_i64().filter(|ready| *ready > 0) {
        set["spec"]["minReadySeconds"] = ready.into();
    }
    Object::new(set)
}

/// A template without the label that names it.
pub(super) fn plain(template: &Value) -> Value {
    let mut plain = template.clone();
    if let Some(metadata) = plain.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("creationTimestamp");
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.remove(HASH);
        }
    }
    plain
}

/// A set's number in the order of templates.
pub(super) fn revision(set: &Object) -> i64 {
    set.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Copies the deployment's annotations to its newest set and numbers it; what it was numbered before is remembered.
fn annotate(set: &mut Object, owner: &Object, next: i64) {
    let skipped = [
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        HISTORY,
        DESIRED,
        MAXIMUM,
        "deprecated.deployment.rollback.to",
    ];
    for (name, value) in owner["metadata"]["annotations"].as_object().into_iter().flatten() {
        if !skipped.contains(&name.as_str()) {
            set["metadata"]["annotations"][name] = value.clone();
        }
    }
    let had = set.annotation(REVISION).map(str::to_owned);
    let number = had.as_deref().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    if number >= next {
        return;
    }
    set.set_annotation(REVISION, &next.to_string());
    if let Some(had) = had {
        let history = match set.annotation(HISTORY).filter(|text| !text.is_empty()) {
            Some(before) => format!("{before},{had}"),
            None => had,
        };
        set.set_annotation(HISTORY, &history);
    }
}

/// Notes on a set how large its deployment is to be, so that a later change of the size is seen.
pub(super) fn size_notes(set: &mut Object, owner: &Object) {
    set.set_annotation(DESIRED, &wanted(owner).to_string());
    set.set_annotation(MAXIMUM, &(wanted(owner) + surge(owner)).to_string());
}
