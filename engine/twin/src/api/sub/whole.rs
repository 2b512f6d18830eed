//! Subresources that are the whole object with one part of it open to change.

use super::super::answer::Answer;
use super::super::kinds::{Served, named, stored};
use super::super::request::Request;
use super::super::target::Target;
use super::super::{accept, body, encode, get, options};
use crate::rules;
use crate::world::{Key, Object, Refusal, World};
use serde_json::Value;

/// The part that is open.
fn open(sub: &str) -> &'static [&'static [&'static str]] {
    match sub {
        "finalize" => &[&["spec", "finalizers"]],
        "approval" => &[&["status", "conditions"]],
        "ephemeralcontainers" => &[&["spec", "ephemeralContainers"]],
        _ => &[&["spec", "containers"], &["spec", "initContainers"], &["spec", "resources"]],
    }
}

pub(crate) fn answer(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
    verb: &str,
) -> Result<Answer, Refusal> {
    if verb == "get" {
        return get::get(world, served, target, request);
    }
    let wanted = accept::wanted(request)?;
    let options = options::read(request, if verb == "patch" { "PatchOptions" } else { "UpdateOptions" })?;
    let before = get::object(world, served, target)?;
    let key = Key::new(stored(served), &target.namespace_of(served), &target.name);
    let given = given(served, request, &before, verb)?;
    let revision = given["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    if !revision.is_empty() && revision != before["metadata"]["resourceVersion"] {
        return Err(Refusal::modified(&Key::new(named(served), key.namespace(), key.name())));
    }
    let mut copy = options.dry_run.then(|| world.clone());
    let world = copy.as_mut().unwrap_or(world);
    let after = world.change(&key, |object| {
        for path in open(&target.sub) {
            let value = path.iter().fold(&given, |value, piece| &value[*piece]).clone();
            let [first, last] = path else { continue };
            match value {
                Value::Null => drop(crate::world::map(&mut object[*first]).remove(*last)),
                value => object[*first][*last] = value,
            }
        }
        let shaped = rules::settle(object.plain().clone(), served.shape());
        **object = shaped;
    })?;
    Ok(encode::object(200, world, served, &after, wanted, &request.query))
}

fn given(served: &Served, request: &Request, before: &Object, verb: &str) -> Result<Value, Refusal> {
    if verb != "patch" {
        return Ok(body::value(request)?.unwrap_or_default());
    }
    let patch: Value = serde_json::from_slice(&request.body)
        .map_err(|_| Refusal::bad_request("error decoding patch: invalid character looking for beginning of value"))?;
    let whole = before.whole();
    Ok(match request.content_type() {
        "application/json-patch+json" => rules::patch::json(whole, &patch)?,
        "application/strategic-merge-patch+json" => rules::patch::strategic(whole, &patch, served.shape())?,
        _ => rules::patch::merge(whole, &patch),
    })
}
