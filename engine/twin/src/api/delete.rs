//! Deleting one object.

use super::answer::Answer;
use super::kinds::{Served, named, stored};
use super::request::Request;
use super::target::Target;
use super::{accept, admit, encode, options, write};
use crate::json::{Value, json};
use crate::world::{Deleted, Deletion, Key, Object, Refusal, World};
use std::sync::Arc;

/// The kinds that are shown when they are gone, where others are only said to be.
const SHOWN: [&str; 8] = [
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "podtemplates",
    "replicationcontrollers",
    "resourcequotas",
    "serviceaccounts",
    "services",
];

pub(crate) fn delete(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let (how, dry_run) = options::deletion(request)?;
    let key = Key::new(stored(served), &target.namespace_of(served), &target.name);
    admit::delete(world, served, &key, &target.name, request, dry_run, &mut request.heard.iter())?;
    let mut copy = dry_run.then(|| world.clone());
    let deleted = one(copy.as_mut().unwrap_or(world), served, &key, &how)?;
    let answer = match deleted {
        Deleted::Going(object) => encode::object(200, world, served, &object, wanted, &request.query),
        Deleted::Gone(object) if is_shown(served) => {
            encode::object(200, world, served, &object, wanted, &request.query)
        }
        Deleted::Gone(object) => encode::value(200, &success(served, &object), wanted),
    };
    Ok(write::warn(answer, warnings(served, &how)))
}

fn is_shown(served: &Served) -> bool {
    served.group == "storage.k8s.io" || (served.group.is_empty() && SHOWN.contains(&served.plural.as_str()))
}

/// Deletes one object and does what its kind does besides.
///
/// # Failures
/// As [`World::delete`].
pub(crate) fn one(world: &mut World, served: &Served, key: &Key, how: &Deletion) -> Result<Deleted, Refusal> {
    world.delete(key, how).map_err(|refusal| renamed(refusal, served, key))
}

fn renamed(refusal: Refusal, served: &Served, key: &Key) -> Refusal {
    if refusal.reason == "NotFound" { Refusal::not_found(&named(served), key.name()) } else { refusal }
}

fn warnings(served: &Served, how: &Deletion) -> Vec<String> {
    if served.plural == "jobs" && served.group == "batch" && how.propagation.is_none() {
        let said = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove \
                    them or set propagationPolicy=Orphan to suppress this warning";
        return vec![said.to_owned()];
    }
    Vec::new()
}

/// That it is gone.
fn success(served: &Served, object: &Arc<Object>) -> Value {
    let mut details = json!({"name": object.name(), "kind": served.plural, "uid": object.uid()});
    if !served.group.is_empty() {
        details["group"] = served.group.as_str().into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}
