//! Volumes: claims find or get theirs, and both are let go in the right order.

mod provision;

use super::Law;
use super::kit::events::{Told, tell};
use super::kit::numbers::thousandths;
use super::kit::pods;
use crate::json::{Value, json};
use crate::world::{Again, Change, Deletion, Key, Object, Selector, World, list, strings};
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "volume", hears, acts };

const CLAIMS: &str = "persistentvolumeclaims";
const VOLUMES: &str = "persistentvolumes";
const CLASSES: &str = "storageclasses.storage.k8s.io";
const BY: &str = "persistentvolume-controller";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    match change.key.kind.as_str() {
        CLAIMS => {
            let mut keys = vec![change.key.clone()];
            let volume = change.object()["spec"]["volumeName"].as_str().unwrap_or_default();
            if change.after.is_none() && !volume.is_empty() {
                keys.push(Key::new(VOLUMES, "", volume));
            }
            keys
        }
        VOLUMES => {
            let mut keys = vec![change.key.clone()];
            let claim = &change.object()["spec"]["claimRef"];
            if let (Some(namespace), Some(name)) = (claim["namespace"].as_str(), claim["name"].as_str()) {
                keys.push(Key::new(CLAIMS, namespace, name));
            } else if change.after.is_some() {
                keys.extend(pending(world));
            }
            keys
        }
        CLASSES => pending(world),
        // A claim that is to go waits for the last pod that uses it.
        "pods" if change.after.as_ref().is_none_or(|pod| pods::has_ended(pod)) => {
            let pod = change.object();
            let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
            let names = volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str());
            names.map(|name| Key::new(CLAIMS, pod.namespace(), name)).collect()
        }
        _ => Vec::new(),
    }
}

fn pending(world: &World) -> Vec<Key> {
    let waits = |claim: &Object| claim["spec"]["volumeName"].as_str().is_none_or(str::is_empty);
    world.entries(CLAIMS, "").filter(|(_, claim)| waits(claim)).map(|(key, _)| key).collect()
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(object) = world.at(key).cloned() else {
        return Again::Never;
    };
    if key.kind == VOLUMES {
        volume(world, key, &object);
        return Again::Never;
    }
    if object.is_going() {
        release(world, key, &object);
        return Again::Never;
    }
    let named = object["spec"]["volumeName"].as_str().unwrap_or_default();
    if !named.is_empty() {
        if object["status"]["phase"] != "Bound" && world.get(VOLUMES, "", named).is_some() {
            let named = named.to_owned();
            bind(world, key, &named, false);
        }
        return Again::Never;
    }
    find(world, key, &object)
}

/// A claim that is to go: nothing may use it any more.
fn release(world: &mut World, key: &Key, claim: &Object) {
    let uses = |pod: &Arc<Object>| {
        let mut volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
        !pods::has_ended(pod) && volumes.any(|volume| volume["persistentVolumeClaim"]["claimName"] == claim.name())
    };
    if world.list("pods", key.namespace()).any(uses) {
        return;
    }
    unhold(world, key, "kubernetes.io/pvc-protection");
}

fn unhold(world: &mut World, key: &Key, finalizer: &str) {
    drop(world.change(key, |it| {
        list(&mut it["metadata"]["finalizers"]).retain(|name| name != finalizer);
        if it.finalizers().next().is_none() {
            it.metadata().remove("finalizers");
        }
    }));
}

/// A volume: available, bound, released, gone.
fn volume(world: &mut World, key: &Key, volume: &Object) {
    let claim = &volume["spec"]["claimRef"];
    if volume.is_going() {
        if !is_claimed(world, claim) {
            unhold(world, key, "kubernetes.io/pv-protection");
        }
        return;
    }
    let phase = if claim.is_null() || claim["uid"].is_null() {
        "Available"
    } else if is_claimed(world, claim) {
        "Bound"
    } else {
        "Released"
    };
    set_phase(world, key, phase);
    if phase == "Released" && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete" {
        drop(world.delete(key, &Deletion::default()));
    }
}

fn set_phase(world: &mut World, key: &Key, phase: &str) {
    let now = world.now().text();
    drop(world.change(key, |volume| {
        if volume["status"]["phase"] != phase {
            volume["status"]["phase"] = phase.into();
            volume["status"]["lastPhaseTransitionTime"] = now.into();
        }
    }));
}

fn is_claimed(world: &World, claim: &Value) -> bool {
    let text = |field: &str| claim[field].as_str().unwrap_or_default();
    world.get(CLAIMS, text("namespace"), text("name")).is_some_and(|it| it.uid() == text("uid"))
}

/// Whether a volume that is there will do for a claim.
fn fits(volume: &Object, claim: &Object) -> bool {
    let (has, wants) = (&volume["spec"], &claim["spec"]);
    let held = &has["claimRef"];
    let free = held.is_null()
        || held["namespace"] == claim.namespace()
            && held["name"] == claim.name()
            && held["uid"].as_str().is_none_or(|uid| uid == claim.uid());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let selector = &wants["selector"];
    free && !volume.is_going()
        && text(&has["storageClassName"]) == text(&wants["storageClassName"])
        && has["volumeMode"].as_str().unwrap_or("Filesystem") == wants["volumeMode"].as_str().unwrap_or("Filesystem")
        && (selector.is_null() || Selector::of(selector).takes(volume))
        && strings(&wants["accessModes"]).all(|mode| strings(&has["accessModes"]).any(|one| one == mode))
        && thousandths(&has["capacity"]["storage"]) >= thousandths(&wants["resources"]["requests"]["storage"])
}

/// Finds a volume for a claim, or has one made.
fn find(world: &mut World, key: &Key, claim: &Object) -> Again {
    let class = claim["spec"]["storageClassName"].as_str().unwrap_or_default().to_owned();
    let selected = claim.annotation(provision::SELECTED).map(str::to_owned);
    let found = world.get(CLASSES, "", &class).cloned();
    let waits = found.as_ref().is_some_and(|class| class["volumeBindingMode"] == "WaitForFirstConsumer");
    if waits && selected.is_none() {
        let message = "waiting for first consumer to be created before binding";
        tell(world, claim, Told::normal(BY, "WaitForFirstConsumer"), message);
        return Again::Never;
    }
    let fitting = world.list(VOLUMES, "").filter(|volume| fits(volume, claim));
    let smallest = fitting.min_by_key(|volume| {
        (volume["spec"]["claimRef"].is_null(), thousandths(&volume["spec"]["capacity"]["storage"]))
    });
    if let Some(name) = smallest.map(|volume| volume.name().to_owned()) {
        bind(world, key, &name, true);
        return Again::Never;
    }
    match found {
        Some(class) if class["provisioner"] != "kubernetes.io/no-provisioner" => {
            provision::make(world, key, claim, &class)
        }
        Some(_) => {
            let message = "no volume plugin matched name: kubernetes.io/no-provisioner";
            tell(world, claim, Told::warning(BY, "ProvisioningFailed"), message);
            Again::Never
        }
        None if class.is_empty() => {
            let message = "no persistent volumes available for this claim and no storage class is set";
            tell(world, claim, Told::normal(BY, "FailedBinding"), message);
            Again::Never
        }
        None => {
            let message = format!("storageclass.storage.k8s.io \"{class}\" not found");
            tell(world, claim, Told::warning(BY, "ProvisioningFailed"), &message);
            Again::Never
        }
    }
}

/// Binds a claim and a volume to each other.
fn bind(world: &mut World, key: &Key, volume: &str, chosen: bool) {
    let Some(claim) = world.at(key).cloned() else {
        return;
    };
    let place = Key::new(VOLUMES, "", volume);
    let reference = json!({
        "kind": "PersistentVolumeClaim", "namespace": claim.namespace(), "name": claim.name(), "uid": claim.uid(),
        "apiVersion": "v1", "resourceVersion": claim.version(),
    });
    let taken = world.change(&place, |volume| {
        if volume["spec"]["claimRef"]["uid"] != claim.uid() {
            volume["spec"]["claimRef"] = reference;
            if chosen {
                volume.set_annotation("pv.kubernetes.io/bound-by-controller", "yes");
            }
        }
    });
    let Ok(taken) = taken else {
        return;
    };
    set_phase(world, &place, "Bound");
    drop(world.change(key, |claim| {
        claim["spec"]["volumeName"] = volume.into();
        claim.set_annotation("pv.kubernetes.io/bind-completed", "yes");
        if chosen {
            claim.set_annotation("pv.kubernetes.io/bound-by-controller", "yes");
        }
        claim["status"] = json!({
            "phase": "Bound", "accessModes": taken["spec"]["accessModes"], "capacity": taken["spec"]["capacity"],
        });
    }));
}
