//! The templates a set has had, each kept as a controller revision.

use super::template;
use crate::json::{Value, json};
use crate::world::{Deletion, Key, Object, World};
use std::collections::BTreeSet;
use std::sync::Arc;

const PLURAL: &str = "controllerrevisions.apps";

/// The revisions of a set, oldest first.
pub(in crate::laws) fn of(world: &World, owner: &Object) -> Vec<Arc<Object>> {
    let mut all: Vec<Arc<Object>> =
        world.owned(owner.uid()).filter(|(key, _)| key.kind == PLURAL).map(|(_, it)| it.clone()).collect();
    all.sort_by_key(|it| (number(it), it.name().to_owned()));
    all
}

fn number(revision: &Object) -> i64 {
    revision["revision"].as_i64().unwrap_or(0)
}

fn data(owner: &Object) -> Value {
    let mut template = owner["spec"]["template"].clone();
    template["$patch"] = "replace".into();
    json!({"spec": {"template": template}})
}

/// The revision of the set's template: found, made the newest, or made. `label` carries its hash.
pub(in crate::laws) fn current(world: &mut World, owner: &Object, label: &str) -> Option<Arc<Object>> {
    let all = of(world, owner);
    let newest = all.last().map_or(0, |it| number(it));
    let data = data(owner);
    if let Some(same) = all.iter().rev().find(|it| it["data"] == data) {
        if number(same) == newest {
            return Some(same.clone());
        }
        let key = Key::new(PLURAL, owner.namespace(), same.name());
        return world.change(&key, |it| it["revision"] = (newest + 1).into()).ok();
    }
    let hash = template::hash(&data, owner["status"]["collisionCount"].as_i64().unwrap_or(0));
    let mut labels = owner["spec"]["template"]["metadata"]["labels"].clone();
    labels[label] = hash.as_str().into();
    let mut revision = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {
            "name": format!("{}-{hash}", owner.name()), "namespace": owner.namespace(), "labels": labels,
            "ownerReferences": [owner.as_controller()],
        },
        "data": data, "revision": newest + 1,
    });
    if let Some(annotations) = owner["metadata"].get("annotations") {
        revision["metadata"]["annotations"] = annotations.clone();
    }
    world.create(PLURAL, Object::new(revision)).ok()
}

/// Deletes the oldest revisions beyond the limit that no pod is of; `used` are the values of their labels.
pub(in crate::laws) fn retire(world: &mut World, owner: &Object, label: &str, used: &BTreeSet<String>) {
    let limit =
        owner["spec"]["revisionHistoryLimit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10);
    let all = of(world, owner);
    let unused =
        |it: &&Arc<Object>| !used.contains(it.name()) && it.label(label).is_none_or(|hash| !used.contains(hash));
    let old: Vec<Arc<Object>> = all.iter().take(all.len().saturating_sub(1)).filter(unused).cloned().collect();
    for revision in old.iter().take(old.len().saturating_sub(limit)) {
        drop(world.delete(&Key::new(PLURAL, owner.namespace(), revision.name()), &Deletion::default()));
    }
}
