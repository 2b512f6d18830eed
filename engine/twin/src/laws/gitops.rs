//! Argo CD and Flux: what a repository says of an object is put back when somebody changed it by hand.
//!
//! The repository is what the scene began with: objects that bear the mark of an Argo CD application or a Flux
//! kustomization, as they were then. Argo CD puts back five seconds after a change where its application heals itself, and
//! else says `OutOfSync`; Flux puts back at its next interval, or when it is asked. Neither touches a field that the
//! repository does not name. Whoever wants them to hold still suspends them, or takes `automated` away.

use super::Law;
use crate::json::{Value, json};
use crate::world::{Again, Change, Key, Moment, Object, World};

/// The law.
pub(super) const LAW: Law = Law { name: "gitops", hears, acts };

const APPLICATIONS: &str = "applications.argoproj.io";
const KUSTOMIZATIONS: &str = "kustomizations.kustomize.toolkit.fluxcd.io";
/// Where the twin keeps the repository.
const REPOSITORY: &str = "repositories.twin";
/// Seconds until Argo CD heals.
const HEALS: i64 = 5;

/// Whose an object is: the application or kustomization that has it.
fn owner(object: &Object) -> Option<Key> {
    if let Some(tracking) = object.annotation("argocd.argoproj.io/tracking-id") {
        return Some(Key::new(APPLICATIONS, "argocd", tracking.split(':').next()?));
    }
    let name = object.label("kustomize.toolkit.fluxcd.io/name")?;
    Some(Key::new(KUSTOMIZATIONS, object.label("kustomize.toolkit.fluxcd.io/namespace")?, name))
}

/// Keeps what the repository says: the marked objects of a scene, as they are now.
pub(crate) fn commit(world: &mut World, object: &Value) {
    let Some(owner) = owner(&Object::new(object.clone())) else { return };
    let key = Key::new(REPOSITORY, "", &name_of(&owner));
    if world.at(&key).is_none() {
        drop(world.create(REPOSITORY, Object::new(json!({"metadata": {"name": key.name()}, "objects": []}))));
    }
    drop(world.change(&key, |it| crate::world::list(&mut it["objects"]).push(object.clone())));
}

fn name_of(owner: &Key) -> String {
    let kind = if owner.kind.as_str() == APPLICATIONS { "argo" } else { "flux" };
    format!("{kind}.{}.{}", owner.namespace(), owner.name())
}

fn hears(world: &World, change: &Change) -> Vec<Key> {
    if world.count(REPOSITORY) == 0 {
        return Vec::new();
    }
    if [APPLICATIONS, KUSTOMIZATIONS].contains(&change.key.kind.as_str()) {
        return vec![change.key.clone()];
    }
    // What is asked of an object counts, not what it says of itself.
    let asked =
        |object: &Object| (object["spec"].clone(), object["data"].clone(), object["metadata"]["labels"].clone());
    let (before, after) = (change.before.as_deref(), change.after.as_deref());
    if before.is_some() && before.map(asked) == after.map(asked) {
        return Vec::new();
    }
    before.or(after).and_then(owner).into_iter().collect()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(own) = world.at(key).cloned().filter(|own| !own.is_going()) else { return Again::Never };
    if key.kind.as_str() == APPLICATIONS { argo(world, key, &own) } else { flux(world, key, &own) }
}

/// Whether the controller runs.
fn works(world: &World, label: (&str, &str)) -> bool {
    let mut pods = world.list("pods", "");
    pods.any(|pod| pod.label(label.0) == Some(label.1) && pod.condition("Ready") == Some("True"))
}

/// The objects of an owner that are not as the repository says.
fn drifted(world: &World, owner: &Key) -> Vec<Value> {
    let Some(kept) = world.get(REPOSITORY, "", &name_of(owner)) else { return Vec::new() };
    let other = |wanted: &&Value| {
        let found = key_of(world, wanted).and_then(|key| world.at(&key).cloned());
        found.is_none_or(|found| !holds(&found.plain(), wanted))
    };
    kept["objects"].as_array().into_iter().flatten().filter(other).cloned().collect()
}

pub(super) fn key_of(world: &World, wanted: &Value) -> Option<Key> {
    let kind = world.shapes().of(wanted)?;
    let name = crate::world::Kind::new(&kind.group, &kind.plural);
    let text = |field: &str| wanted["metadata"][field].as_str().unwrap_or_default();
    Some(Key::new(name.as_str(), text("namespace"), text("name")))
}

/// Whether a value has all that is wanted of it.
pub(super) fn holds(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            let mut all = wanted.iter().filter(|(name, _)| *name != "status");
            all.all(|(name, wanted)| found.get(name).is_some_and(|found| holds(found, wanted)))
        }
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(found, wanted)| holds(found, wanted))
        }
        _ => found == wanted,
    }
}

fn put_into(found: &mut Value, wanted: &Value) {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            for (name, wanted) in wanted.iter().filter(|(name, _)| *name != "status") {
                put_into(found.entry(name.clone()).or_insert(Value::Null), wanted);
            }
        }
        (found, wanted) => found.clone_from(wanted),
    }
}

/// Makes objects as the repository says.
pub(super) fn put_back(world: &mut World, objects: &[Value], manager: &str) {
    for wanted in objects {
        let Some(key) = key_of(world, wanted) else { continue };
        if world.at(&key).is_some_and(|found| found.is_going()) {
            continue;
        }
        if world.at(&key).is_none() {
            drop(world.create(key.kind.clone(), Object::new(wanted.clone())));
            continue;
        }
        drop(world.change_as(&key, manager, "", |found| {
            for (name, wanted) in wanted.as_object().into_iter().flatten() {
                if !["apiVersion", "kind", "status"].contains(&name.as_str()) {
                    let mut value = found[name.as_str()].take();
                    put_into(&mut value, wanted);
                    found[name.as_str()] = value;
                }
            }
        }));
    }
}

fn argo(world: &mut World, key: &Key, own: &Object) -> Again {
    if !works(world, ("app.kubernetes.io/name", "argocd-application-controller")) {
        return Again::Idle(world.now().plus_seconds(HEALS));
    }
    let drifted = drifted(world, key);
    let now = world.now();
    let sync = if drifted.is_empty() { "Synced" } else { "OutOfSync" };
    if own["status"]["sync"]["status"] != sync {
        drop(world.change_as(key, "argocd-controller", "status", |it| it["status"]["sync"]["status"] = sync.into()));
    }
    if drifted.is_empty() {
        world.remember(LAW.name, key, Value::Null);
        return Again::Never;
    }
    if own["spec"]["syncPolicy"]["automated"]["selfHeal"] != true {
        return Again::Never;
    }
    let since = world.memory(LAW.name, key)["since"].as_i64();
    let since = since.unwrap_or_else(|| {
        world.remember(LAW.name, key, json!({"since": now.0}));
        now.0
    });
    let due = Moment(since).plus_seconds(HEALS);
    if now < due {
        return Again::At(due);
    }
    put_back(world, &drifted, "argocd-controller");
    world.remember(LAW.name, key, Value::Null);
    Again::At(now.plus_seconds(1))
}

fn flux(world: &mut World, key: &Key, own: &Object) -> Again {
    if own["spec"]["suspend"] == true {
        return Again::Never;
    }
    let now = world.now();
    let every = own["spec"]["interval"].as_str().and_then(crate::scene::span).map_or(600, |span| span.as_secs());
    let every = i64::try_from(every.max(1)).unwrap_or(600);
    if !works(world, ("app", "kustomize-controller")) {
        return Again::Idle(now.plus_seconds(HEALS));
    }
    let asked = own.annotation("reconcile.fluxcd.io/requestedAt").unwrap_or_default();
    let known = world.memory(LAW.name, key).clone();
    let last = Moment(known["at"].as_i64().unwrap_or(0));
    let due = last.plus_seconds(every);
    if known["asked"] == asked && now < due {
        return Again::Idle(due);
    }
    let drifted = drifted(world, key);
    put_back(world, &drifted, "kustomize-controller");
    world.remember(LAW.name, key, json!({"at": now.0, "asked": asked}));
    let handled = own["status"]["lastHandledReconcileAt"].as_str().unwrap_or_default();
    if own.condition("Ready") != Some("True") || handled != asked {
        drop(world.change_as(key, "kustomize-controller", "status", |it| {
            it.set_condition(now, "Ready", "True", "ReconciliationSucceeded", "Applied revision: main@sha1:twin");
            it["status"]["lastHandledReconcileAt"] = asked.into();
        }));
    }
    Again::Idle(now.plus_seconds(every))
}
