//! What all controllers of pods do: whose pods are whose, taking in what belongs to nobody, letting go what does not fit.

use super::{pods, template};
use crate::world::{Change, Key, Object, Selector, World, list};
use std::sync::Arc;

/// A kind that controls pods.
#[derive(Clone, Copy, Debug)]
pub(in crate::laws) struct Workload {
    /// Its kind as objects say it.
    pub(in crate::laws) kind: &'static str,
    /// Its kind as keys say it.
    pub(in crate::laws) plural: &'static str,
}

/// The first part of the made-up kind under which a pod without a controller waits to be looked at.
const ORPHAN: &str = "orphans/";

impl Workload {
    /// The controllers of this kind that a change concerns: the object itself, and the controller of a pod.
    pub(in crate::laws) fn hears(&self, change: &Change) -> Vec<Key> {
        if change.key.kind == self.plural {
            return vec![change.key.clone()];
        }
        if change.key.kind != "pods" {
            return Vec::new();
        }
        if let (Some(before), Some(after)) = (&change.before, &change.after)
            && before.is_one_with(after, "metadata")
        {
            return template::controller_key(after, self.kind, self.plural).into_iter().collect();
        }
        let mut keys: Vec<Key> = Vec::new();
        for object in [&change.before, &change.after].into_iter().flatten() {
            if let Some(key) = template::controller_key(object, self.kind, self.plural)
                && !keys.contains(&key)
            {
                keys.push(key);
            }
        }
        let orphan = |object: &Arc<Object>| object.controller().is_none() && !object.is_going();
        if let Some(after) =
            change.after.as_ref().filter(|after| orphan(after) && after["metadata"]["labels"].is_object())
            && change
                .before
                .as_ref()
                .is_none_or(|before| !orphan(before) || before["metadata"]["labels"] != after["metadata"]["labels"])
        {
            keys.push(Key::new(ORPHAN, change.key.namespace(), change.key.name()));
        }
        keys
    }

    /// If the key is that of a pod without a controller: the controller that should have it is to look.
    pub(in crate::laws) fn adopts(&self, world: &mut World, key: &Key) -> bool {
        if key.kind != ORPHAN {
            return false;
        }
        let Some(pod) = world.get("pods", key.namespace(), key.name()).cloned() else {
            return true;
        };
        if pod.controller().is_some() || pod.is_going() {
            return true;
        }
        let takes = |one: &Arc<Object>| !one.is_going() && Selector::of(&one["spec"]["selector"]).takes(&pod);
        let taker = world.list(self.plural, key.namespace()).find(|one| takes(one)).cloned();
        if let Some(taker) = taker {
            adopt(world, &Key::new("pods", key.namespace(), key.name()), &taker);
        }
        true
    }

    /// The controller's pods: orphans taken in once, when the controller is new; those that do not fit let go.
    pub(in crate::laws) fn claim(&self, world: &mut World, owner: &Object, is_new: bool) -> Vec<(Key, Arc<Object>)> {
        let selector = Selector::of(&owner["spec"]["selector"]);
        if is_new && !owner.is_going() {
            let orphans: Vec<Key> = world
                .pods_with(owner.namespace(), &owner["spec"]["selector"]["matchLabels"])
                .into_iter()
                .filter(|pod| pod.controller().is_none() && pods::is_active(pod) && selector.takes(pod))
                .map(|pod| Key::new("pods", pod.namespace(), pod.name()))
                .collect();
            for key in orphans {
                adopt(world, &key, owner);
            }
        }
        let mine: Vec<(Key, Arc<Object>)> = world
            .owned(owner.uid())
            .filter(|(key, pod)| key.kind == "pods" && pod.controller().is_some_and(|it| it.uid() == owner.uid()))
            .map(|(key, pod)| (key.clone(), pod.clone()))
            .collect();
        let (mine, strangers): (Vec<_>, Vec<_>) = mine.into_iter().partition(|(_, pod)| selector.takes(pod));
        if !owner.is_going() {
            for (key, _) in strangers {
                release(world, &key, owner.uid());
            }
        }
        mine
    }
}

/// Makes the owner the controller of an object.
pub(in crate::laws) fn adopt(world: &mut World, key: &Key, owner: &Object) {
    let reference = owner.as_controller();
    drop(world.change(key, |object| list(&mut object["metadata"]["ownerReferences"]).push(reference)));
}

/// Takes an owner off an object.
pub(in crate::laws) fn release(world: &mut World, key: &Key, uid: &str) {
    let released = world.change(key, |object| {
        let owners = list(&mut object["metadata"]["ownerReferences"]);
        owners.retain(|owner| owner["uid"] != uid);
        if owners.is_empty() {
            object.metadata().remove("ownerReferences");
        }
    });
    drop(released);
}
