//! Replacing, and the common end of every change of an object.

use super::answer::Answer;
use super::kinds::{Served, named, stored};
use super::options::{self, Options};
use super::request::{Request, User};
use super::target::Target;
use super::{accept, admit, body, convert, create, encode, get, seam};
use crate::world::{Cause, Key, Object, Part, Refusal, World};
use serde_json::Value;
use std::sync::Arc;

pub(crate) fn update(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let options = options::read(request, "UpdateOptions")?;
    let value = body::object(request, served)?;
    let text = |field: &str| value["metadata"][field].as_str().unwrap_or_default();
    if text("name") != target.name {
        let said = if text("name").is_empty() {
            "name must be provided".to_owned()
        } else {
            format!("the name of the object ({}) does not match the name on the URL ({})", text("name"), target.name)
        };
        return Err(Refusal::bad_request(said));
    }
    if served.namespaced && !text("namespace").is_empty() && text("namespace") != target.namespace {
        let said = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(said));
    }
    let before = match get::object(world, served, target) {
        Ok(before) => before,
        Err(_) if creates(served) && target.sub.is_empty() => {
            let mut value = value;
            crate::world::map(&mut value["metadata"]).remove("resourceVersion");
            let (made, warnings) = create::new_object(world, served, target, value, &options, &request.user)?;
            return Ok(create::warn(encode::object(201, world, served, &made, wanted, &request.query), warnings));
        }
        Err(refusal) => return Err(refusal),
    };
    let (value, warnings) = seam::read(served, value, options.validation)?;
    let (after, more) = change(world, served, target, &before, value, &options, &request.user, false)?;
    let answer = encode::object(200, world, served, &after, wanted, &request.query);
    Ok(create::warn(answer, warnings.into_iter().chain(more).collect()))
}

/// The kinds whose objects a replacement may make.
fn creates(served: &Served) -> bool {
    [
        "leases",
        "endpoints",
        "endpointslices",
        "events",
        "limitranges",
        "clusterroles",
        "clusterrolebindings",
        "roles",
        "rolebindings",
    ]
    .contains(&served.plural.as_str())
        && !served.is_custom()
}

/// Whether an update must say which version it replaces.
fn needs_revision(served: &Served) -> bool {
    served.is_custom()
        || ["leases", "customresourcedefinitions", "apiservices", "endpointslices"].contains(&served.plural.as_str())
}

/// Checks, completes and keeps a changed object. `value` is the whole object as it is wanted, managers included when
/// it was applied.
///
/// # Failures
/// All that can be wrong with a change.
#[expect(clippy::too_many_arguments, reason = "the end of three verbs, which share nothing but this")]
pub(crate) fn change(
    world: &mut World,
    served: &Served,
    target: &Target,
    before: &Arc<Object>,
    mut value: Value,
    options: &Options,
    user: &User,
    applied: bool,
) -> Result<(Arc<Object>, Vec<String>), Refusal> {
    let metadata = crate::world::map(&mut value["metadata"]);
    metadata.insert("name".to_owned(), target.name.as_str().into());
    if served.namespaced {
        metadata.insert("namespace".to_owned(), target.namespace.as_str().into());
    }
    if needs_revision(served) && metadata.get("resourceVersion").is_none_or(|it| it == "" || it == "0") && !applied {
        let message = "Invalid value: 0x0: must be specified for an update";
        let cause = Cause::new("FieldValueInvalid", "metadata.resourceVersion", message);
        return Err(Refusal::invalid(&served.group, &served.kind, &target.name, vec![cause]));
    }
    seam::defaults(served, &mut value);
    let key = Key::new(stored(served), &target.namespace_of(served), &target.name);
    let shown_key = Key::new(named(served), &target.namespace_of(served), &target.name);
    let part = if target.sub.is_empty() { Part::Main } else { Part::Status };
    let mut object = Object::new(convert::stored(value));
    if object.managed_text().is_none() {
        object.share_managed(before);
    }
    let mut copy = options.dry_run.then(|| world.clone());
    let world = copy.as_mut().unwrap_or(world);
    let warnings = admit::update(world, served, before, &mut object, &target.sub, user)?;
    let mut after = World::merged(&shown_key, before, object, part)?;
    admit::keep(served, before, &mut after, &target.sub);
    seam::check_change(served, before.plain(), after.plain(), &target.sub)?;
    let now = world.now();
    if !applied {
        seam::managed(served, Some(before), &mut after, &target.sub, options, now);
    }
    let made = world.put_if_changed(key, before, after)?;
    let made = if options.dry_run {
        let mut shown = (*made).clone();
        shown["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
        Arc::new(shown)
    } else {
        admit::changed(world, served, before, &made);
        made
    };
    Ok((made, warnings))
}
