//! Creating.

use super::answer::Answer;
use super::kinds::{Served, named, stored};
use super::options::{self, Options};
use super::request::{Request, User};
use super::target::Target;
use super::{accept, admit, body, convert, encode, seam};
use crate::world::{Object, Refusal, World};
use serde_json::Value;
use std::sync::Arc;

pub(crate) fn create(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let options = options::read(request, "CreateOptions")?;
    let value = body::object(request, served)?;
    let (object, warnings) = new_object(world, served, target, value, &options, &request.user)?;
    let answer = encode::object(201, world, served, &object, wanted, &request.query);
    Ok(warn(answer, warnings))
}

/// Tells of warnings in headers.
pub(crate) fn warn(mut answer: Answer, warnings: Vec<String>) -> Answer {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        answer = answer.with("warning", format!("299 - \"{quoted}\""));
    }
    answer
}

/// Checks, completes and keeps a new object.
///
/// # Failures
/// All that can be wrong with one.
pub(crate) fn new_object(
    world: &mut World,
    served: &Served,
    target: &Target,
    value: Value,
    options: &Options,
    user: &User,
) -> Result<(Arc<Object>, Vec<String>), Refusal> {
    let (mut value, warnings) = seam::read(served, value, options.validation)?;
    crate::world::map(&mut value["metadata"]).remove("managedFields");
    let (made, more) = complete(world, served, target, value, options, user, false)?;
    Ok((made, warnings.into_iter().chain(more).collect()))
}

/// The same for an object that was applied, whose managers are known already.
///
/// # Failures
/// All that can be wrong with one.
pub(crate) fn new_applied(
    world: &mut World,
    served: &Served,
    target: &Target,
    value: Value,
    options: &Options,
    user: &User,
) -> Result<(Arc<Object>, Vec<String>), Refusal> {
    complete(world, served, target, value, options, user, true)
}

fn complete(
    world: &mut World,
    served: &Served,
    target: &Target,
    mut value: Value,
    options: &Options,
    user: &User,
    applied: bool,
) -> Result<(Arc<Object>, Vec<String>), Refusal> {
    place(served, target, &mut value)?;
    seam::defaults(served, &mut value);
    let mut object = Object::new(convert::stored(value));
    // What a dry run does, it does to a copy.
    let mut copy = options.dry_run.then(|| world.clone());
    let world = copy.as_mut().unwrap_or(world);
    let warnings = admit::create(world, served, &mut object, user)?;
    world.prepare(&stored(served), &mut object)?;
    seam::check_new(served, object.plain())?;
    let now = world.now();
    if !applied {
        seam::managed(served, None, &mut object, "", options, now);
    }
    let made = world.keep(stored(served), object).map_err(|refusal| rename(refusal, served))?;
    let made = if options.dry_run {
        let mut shown = (*made).clone();
        shown.metadata().remove("resourceVersion");
        Arc::new(shown)
    } else {
        admit::created(world, served, &made);
        made
    };
    Ok((made, warnings))
}

fn rename(refusal: Refusal, served: &Served) -> Refusal {
    let name = refusal.details["name"].as_str().unwrap_or_default().to_owned();
    if refusal.reason == "AlreadyExists" { Refusal::already_exists(&named(served), &name) } else { refusal }
}

/// Puts the object in the namespace and under the name of the path.
fn place(served: &Served, target: &Target, value: &mut Value) -> Result<(), Refusal> {
    let metadata = crate::world::map(&mut value["metadata"]);
    let namespace = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if served.namespaced {
        if namespace.is_empty() {
            metadata.insert("namespace".to_owned(), target.namespace.as_str().into());
        } else if namespace != target.namespace {
            let said = "the namespace of the provided object does not match the namespace sent on the request";
            return Err(Refusal::bad_request(said));
        }
    } else {
        metadata.remove("namespace");
    }
    if !metadata.get("name").is_some_and(|name| name != "")
        && !metadata.get("generateName").is_some_and(|name| name != "")
    {
        let said = "name or generateName is required";
        let kind = served.kind.as_str();
        let cause = crate::world::Cause::new("FieldValueRequired", "metadata.name", format!("Required value: {said}"));
        return Err(Refusal::invalid(&served.group, kind, "", vec![cause]));
    }
    if metadata.get("resourceVersion").is_some_and(|it| it != "") {
        return Err(Refusal::new(500, "", "resourceVersion should not be set on objects to be created"));
    }
    Ok(())
}
