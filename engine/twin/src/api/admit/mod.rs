//! What the server does to objects of single kinds on their way in and out, beside their shapes; one file each.

mod admission;
mod families;
pub(crate) mod hooks;
mod services;

pub(crate) use admission::Admission;

use super::kinds::{Served, named};
use super::request::{Heard, Request, User};
use crate::json::json;
use crate::world::{Key, Object, Refusal, World, list};

/// Completes a new object and checks it against the world.
///
/// # Failures
/// 403, 404, 422.
pub(crate) fn create(world: &mut World, served: &Served, object: &mut Object, user: &User) -> Result<(), Refusal> {
    match (served.group.as_str(), served.plural.as_str()) {
        ("", "namespaces") => {
            let name = object.name().to_owned();
            object.set_label("kubernetes.io/metadata.name", &name);
        }
        ("", "pods") => crate::laws::admission::admit(world, object)?,
        ("", "services") => services::allocate(world, None, object)?,
        ("", "persistentvolumeclaims") => {
            protect(object, "kubernetes.io/pvc-protection");
            default_class(world, object);
        }
        ("", "persistentvolumes") => {
            protect(object, "kubernetes.io/pv-protection");
            object["status"]["lastPhaseTransitionTime"] = world.now().text().into();
        }
        ("", "nodes") => unready(object),
        ("batch", "jobs") => job(object),
        ("certificates.k8s.io", "certificatesigningrequests") => {
            object["spec"]["username"] = user.name.as_str().into();
            object["spec"]["groups"] = json!(user.groups);
        }
        _ => {}
    }
    Ok(())
}

/// A new node is not ready until something says so.
fn unready(node: &mut Object) {
    const KEY: &str = "node.kubernetes.io/not-ready";
    let taints = list(&mut node["spec"]["taints"]);
    if !taints.iter().any(|taint| taint["key"] == KEY) {
        taints.push(json!({"key": KEY, "effect": "NoSchedule"}));
    }
}

/// A job that names no pods of its own knows them by its uid.
fn job(object: &mut Object) {
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let (uid, name) = (object.uid().to_owned(), object.name().to_owned());
    let labels = |metadata: &mut crate::json::Value| {
        for (label, value) in [("controller-uid", &uid), ("job-name", &name)] {
            metadata["labels"][label] = value.as_str().into();
            metadata["labels"][format!("batch.kubernetes.io/{label}")] = value.as_str().into();
        }
    };
    // Labels that a job only has from its pods grow with those of its pods.
    let own = object["metadata"]["labels"].as_object().is_some_and(|labels| !labels.is_empty());
    if !own || object["metadata"]["labels"] == object["spec"]["template"]["metadata"]["labels"] {
        labels(&mut object["metadata"]);
    }
    labels(&mut object["spec"]["template"]["metadata"]);
    object["spec"]["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"] = uid.as_str().into();
}

fn protect(object: &mut Object, finalizer: &str) {
    if !object.finalizers().any(|one| one == finalizer) {
        list(&mut object["metadata"]["finalizers"]).push(finalizer.into());
    }
}

/// A claim without a class gets the default one.
fn default_class(world: &World, claim: &mut Object) {
    if claim["spec"].get("storageClassName").is_some() {
        return;
    }
    let mut classes = world.list("storageclasses.storage.k8s.io", "");
    let default = |class: &&std::sync::Arc<Object>| {
        class.annotation("storageclass.kubernetes.io/is-default-class") == Some("true")
    };
    if let Some(class) = classes.find(default) {
        claim["spec"]["storageClassName"] = class.name().into();
    }
}

/// Refuses a claim that grows where its class lets none grow.
///
/// # Failures
/// 403.
pub(crate) fn grown(world: &World, served: &Served, sub: &str, before: &Object, claim: &Object) -> Result<(), Refusal> {
    if !served.group.is_empty() || served.plural != "persistentvolumeclaims" || !sub.is_empty() {
        return Ok(());
    }
    let size = |claim: &Object| crate::world::thousandths(&claim["spec"]["resources"]["requests"]["storage"]);
    if size(claim) <= size(before) {
        return Ok(());
    }
    let class = claim["spec"]["storageClassName"].as_str().unwrap_or_default();
    let class = world.get("storageclasses.storage.k8s.io", "", class);
    let why = if before["status"]["phase"] != "Bound" {
        "Only bound persistent volume claims can be expanded"
    } else if class.is_none_or(|class| class["allowVolumeExpansion"] != true) {
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
    } else {
        return Ok(());
    };
    Err(Refusal::forbidden(&named(served), claim.name(), why))
}

/// Checks a change against the world.
///
/// # Failures
/// 403, 422.
pub(crate) fn update(
    world: &mut World,
    served: &Served,
    before: &Object,
    object: &mut Object,
    sub: &str,
    _user: &User,
) -> Result<(), Refusal> {
    if before.is_going() {
        let added: Vec<String> =
            object.finalizers().filter(|one| !before.finalizers().any(|old| old == *one)).map(str::to_owned).collect();
        if !added.is_empty() {
            return Err(no_more_finalizers(served, object, &added));
        }
    }
    match (served.group.as_str(), served.plural.as_str(), sub) {
        ("", "services", "") => services::allocate(world, Some(before), object)?,
        // What holds a namespace back is changed by `finalize` alone.
        ("", "namespaces", "" | "status") => object["spec"] = before["spec"].clone(),
        ("", "pods", "") => crate::laws::admission::again(before, object),
        ("", "pods", "ephemeralcontainers") => {
            open(before, object, sub);
            described(before, object);
        }
        ("", "pods", "resize") => resized(before, object),
        (_, _, "finalize" | "approval") => open(before, object, sub),
        _ => {}
    }
    Ok(())
}

/// Leaves what describes a pod as it was.
fn described(before: &Object, object: &mut Object) {
    let Some(old) = before.get("metadata") else { return };
    let metadata = crate::world::map(&mut object["metadata"]);
    for field in ["deletionTimestamp", "generation", "labels", "annotations", "finalizers", "ownerReferences"] {
        match old.get(field) {
            Some(value) => drop(metadata.insert(field, value.clone())),
            None => drop(metadata.remove(field)),
        }
    }
}

/// Leaves open what the containers of a pod may use. Whoever adds, removes or renames any is refused later.
fn resized(before: &Object, object: &mut Object) {
    let names = |pod: &Object, list: &str| -> Vec<crate::json::Value> {
        pod["spec"][list].as_array().into_iter().flatten().map(|one| one["name"].clone()).collect()
    };
    let lists = ["containers", "initContainers"];
    if lists.iter().any(|list| names(before, list).len() != names(object, list).len()) {
        return;
    }
    let wanted = object["spec"].clone();
    for part in ["spec", "status"] {
        object.keep(before, part);
    }
    described(before, object);
    for list in lists {
        let Some(wanted) = wanted[list].as_array() else { continue };
        let same = wanted.iter().map(|one| one["name"].clone()).eq(names(before, list));
        if !same {
            object["spec"][list] = crate::json::Value::Array(wanted.clone());
            continue;
        }
        for (one, wanted) in object["spec"][list].as_array_mut().into_iter().flatten().zip(wanted) {
            for field in ["resources", "resizePolicy"] {
                match wanted.get(field) {
                    Some(value) => one[field] = value.clone(),
                    None => drop(crate::world::map(one).remove(field)),
                }
            }
        }
    }
}

/// Leaves open the one part that a subresource is about, and closes the rest.
fn open(before: &Object, object: &mut Object, sub: &str) {
    let (of, fields): (&str, &[&str]) = match sub {
        "finalize" => ("spec", &["finalizers"]),
        "approval" => ("status", &["conditions"]),
        _ => ("spec", &["ephemeralContainers"]),
    };
    let wanted = object[of].clone();
    for part in ["spec", "status"] {
        object.keep(before, part);
    }
    for field in fields {
        match wanted.get(*field) {
            Some(value) => object[of][*field] = value.clone(),
            None => drop(crate::world::map(&mut object[of]).remove(field)),
        }
    }
}

fn no_more_finalizers(served: &Served, object: &Object, added: &[String]) -> Refusal {
    let shown: Vec<String> = added.iter().map(|one| format!("\"{one}\"")).collect();
    let message = format!(
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        shown.join(", ")
    );
    let cause = crate::world::Cause::new("FieldValueForbidden", "metadata.finalizers", message);
    Refusal::invalid(&served.group, &served.kind, object.name(), vec![cause.clone(), cause])
}

/// Refuses deletions that must not be. `name` is what the request names: nothing where it is about a collection.
///
/// # Failures
/// 403.
pub(crate) fn delete(
    world: &mut World,
    served: &Served,
    key: &Key,
    name: &str,
    request: &Request,
    dry_run: bool,
    heard: &mut std::slice::Iter<'_, Heard>,
) -> Result<(), Refusal> {
    let undeletable = match served.plural.as_str() {
        "namespaces" if ["default", "kube-system", "kube-public"].contains(&key.name()) => {
            Err(Refusal::forbidden(&key.kind, key.name(), "this namespace may not be deleted"))
        }
        "priorityclasses" if ["system-node-critical", "system-cluster-critical"].contains(&key.name()) => {
            Err(Refusal::forbidden(&key.kind, key.name(), "this is a system priority class and cannot be deleted"))
        }
        _ => Ok(()),
    };
    undeletable?;
    if !hooks::any(world) {
        return Ok(());
    }
    let Some(before) = world.at(key).map(|object| object.plain()) else { return Ok(()) };
    let attempt = hooks::Attempt {
        operation: "DELETE",
        served,
        sub: "",
        namespace: key.namespace(),
        name,
        user: &request.user,
        dry_run,
        manager: "",
        before: Some(&before),
    };
    hooks::with_luck(world, request.luck, |world| {
        for sort in [hooks::Sort::Mutating, hooks::Sort::Validating] {
            // There is no object any more that could be changed.
            drop(hooks::ask(world, sort, &attempt, &mut crate::json::Value::Null, heard)?);
        }
        Ok(())
    })
}
