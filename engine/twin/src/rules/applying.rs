//! Server-side apply around the merge itself: the first apply, and what came from client-side apply.

use crate::json::Value;

use super::write::{self, Write};
use super::{Refusal, strategy};
use crate::fields::{self, Operation, Owner, Set, Who};
use crate::shapes::Shape;

const LAST: &str = "kubectl.kubernetes.io/last-applied-configuration";
const FIRST: &str = "before-first-apply";

/// The object after the apply, with its owners.
pub(super) fn apply(
    before: &Value,
    config: &Value,
    write: &Write<'_>,
    force: bool,
    prepared: &dyn Fn(Value) -> Value,
) -> Result<Value, Refusal> {
    if config["metadata"]["managedFields"].is_array() {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    let shape = write.kind.shape();
    let ignored = strategy::ignored(write.kind, write.sub);
    let version = write.kind.api_version();
    let who = write::applier(write, &ignored, &version);
    super::typed::check(config, write.kind)?;
    let owners = owners(before, shape, &who);
    let attempt = |force| fields::applied(before, config, owners.clone(), Some(shape), &who, force);
    let applied = match attempt(force) {
        Ok(applied) => applied,
        Err(conflicts) => {
            let inherited = inherited(before, write, shape);
            let rest: Vec<(String, Set)> =
                conflicts.into_iter().map(|(owner, set)| (owner, set.difference(&inherited))).collect();
            if rest.iter().any(|(_, set)| !set.is_empty()) {
                return Err(refusal(&rest));
            }
            attempt(true).map_err(|conflicts| refusal(&conflicts))?
        }
    };
    let mut object = applied.object;
    if write.manager == "kubectl"
        && before["metadata"]["annotations"][LAST].is_string()
        && let Some(Value::Object(annotations)) = object["metadata"].get_mut("annotations")
    {
        let mut said = config.clone();
        if let Some(Value::Object(annotations)) = said["metadata"].get_mut("annotations") {
            annotations.remove(LAST);
        }
        annotations.insert(LAST.to_owned(), format!("{said}\n").into());
    }
    Ok(write::with_owners(prepared(object), &applied.owners))
}

fn refusal(conflicts: &[(String, Set)]) -> Refusal {
    let each = |(owner, set): &(String, Set)| -> Vec<(String, String)> {
        set.paths().into_iter().map(|path| (owner.clone(), path)).collect()
    };
    Refusal::conflicts(&conflicts.iter().flat_map(each).collect::<Vec<_>>())
}

/// The owners of the object; if it has none, all of it belongs to what was before the first apply.
fn owners(before: &Value, shape: &Shape, who: &Who<'_>) -> Vec<Owner> {
    let there = fields::owners(&before["metadata"]["managedFields"]).unwrap_or_default();
    let is_new = before["metadata"]["uid"].as_str().is_none_or(str::is_empty);
    if who.sub == "scale" {
        return scaled(before, there, who);
    }
    if !there.is_empty() || is_new {
        return there;
    }
    let blank = super::settle(crate::json::json!({"metadata": {}}), shape);
    fields::updated(&blank, before, Vec::new(), Some(shape), &Who { manager: FIRST, ..who.clone() })
}

/// A scale has no owners where nobody of those of the object has the number: then it, too, was before the first apply.
fn scaled(before: &Value, mut there: Vec<Owner>, who: &Who<'_>) -> Vec<Owner> {
    let number = Set::of_paths(&[&["spec", "replicas"]]);
    let owned = there.iter().any(|owner| !owner.fields.intersection(&number).is_empty());
    if !owned && before["spec"]["replicas"].as_i64().is_some_and(|number| number != 0) {
        there.push(Owner {
            manager: FIRST.to_owned(),
            operation: Operation::Update,
            api_version: who.api_version.to_owned(),
            sub: who.sub.to_owned(),
            time: None,
            fields: number,
        });
    }
    there
}

/// What `kubectl apply` without server-side apply has set and nobody has changed since: kubectl may take it.
fn inherited(before: &Value, write: &Write<'_>, shape: &Shape) -> Set {
    let said = before["metadata"]["annotations"][LAST].as_str();
    let last = said.filter(|_| write.manager == "kubectl").and_then(|text| crate::json::from_str::<Value>(text).ok());
    let Some(last) = last.filter(|last| last["apiVersion"] == before["apiVersion"]) else { return Set::default() };
    let found = fields::compare(Some(&last), Some(before), Some(shape));
    fields::set_of(&last, Some(shape)).difference(&found.modified).difference(&found.added).difference(&found.removed)
}
