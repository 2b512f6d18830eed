//! Patching in four manners: JSON patch, merge patch, strategic merge patch, apply.

use super::answer::Answer;
use super::kinds::{Served, named};
use super::options;
use super::request::Request;
use super::target::Target;
use super::{accept, body, create, encode, get, seam, update};
use crate::rules;
use crate::world::{Refusal, World};
use serde_json::Value;

const JSON: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const APPLY: &str = "application/apply-patch+yaml";

pub(crate) fn patch(world: &mut World, served: &Served, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let kind = request.content_type();
    let spoken: &[&str] = if served.is_custom() { &[JSON, MERGE, APPLY] } else { &[JSON, MERGE, STRATEGIC, APPLY] };
    if !spoken.contains(&kind) {
        return Err(body::unknown(&spoken.join(", ")));
    }
    let wanted = accept::wanted(request)?;
    let options = options::read(request, "PatchOptions")?;
    let patch = read(request, kind)?;
    let before = get::object(world, served, target);
    if kind == APPLY {
        check_applied(&patch, served, target)?;
        let before = before.ok();
        if before.is_none() && !target.sub.is_empty() {
            return Err(Refusal::not_found(&named(served), &target.name));
        }
        let (patch, warnings) = seam::read_applied(served, patch, options.validation)?;
        let applied = seam::apply(served, before.as_deref(), &patch, &target.sub, &options, world.now())?;
        let (code, (after, more)) = match &before {
            None => {
                let value = named_by(applied, target);
                (201, create::new_applied(world, served, target, value, &options, &request.user)?)
            }
            Some(before) => {
                (200, update::change(world, served, target, before, applied, &options, &request.user, true)?)
            }
        };
        let answer = encode::object(code, world, served, &after, wanted, &request.query);
        return Ok(create::warn(answer, warnings.into_iter().chain(more).collect()));
    }
    let before = before?;
    let shown = super::convert::converted(&before, served).map_or_else(|| before.whole(), |object| object.whole());
    let uid = shown["metadata"]["uid"].clone();
    let patched = match kind {
        JSON => rules::patch::json(shown, &patch)?,
        MERGE => rules::patch::merge(shown, &patch),
        _ => seam::strategic(served, shown, &patch)?,
    };
    let (mut patched, warnings) = seam::read_patched(served, patched, &patch, kind == JSON, options.validation)?;
    check_patched(&patched, served, target)?;
    if patched["metadata"]["uid"].is_null() {
        patched["metadata"]["uid"] = uid;
    }
    let (after, more) = update::change(world, served, target, &before, patched, &options, &request.user, false)?;
    let answer = encode::object(200, world, served, &after, wanted, &request.query);
    Ok(create::warn(answer, warnings.into_iter().chain(more).collect()))
}

fn read(request: &Request, kind: &str) -> Result<Value, Refusal> {
    if request.body.len() > body::LARGEST {
        return Err(Refusal::new(
            413,
            "RequestEntityTooLarge",
            format!("Request entity too large: limit is {}", body::LARGEST),
        ));
    }
    if kind == APPLY {
        let said = |why: String| Refusal::bad_request(format!("error decoding YAML: {why}"));
        return body::parsed(&request.body, true).map_err(|refusal| said(refusal.message));
    }
    serde_json::from_slice(&request.body).map_err(|_| Refusal::bad_request(seam::patch_trouble(&request.body)))
}

fn check_applied(patch: &Value, served: &Served, target: &Target) -> Result<(), Refusal> {
    let text = |name: &str| patch[name].as_str().unwrap_or_default();
    if text("kind").is_empty() {
        return Err(Refusal::bad_request(format!("Object 'Kind' is missing in '{patch}'")));
    }
    if text("apiVersion").is_empty() {
        return Err(Refusal::bad_request(format!("Object 'apiVersion' is missing in '{patch}'")));
    }
    if text("apiVersion") != served.api_version() || text("kind") != served.kind {
        let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
        let said = if text("kind") == served.kind {
            format!(
                "Incorrect version specified in apply patch. Specified patch version: {}, expected: {}",
                text("apiVersion"),
                served.api_version()
            )
        } else {
            let expected = format!("{}/{}, Kind={}", served.group, served.version, served.kind);
            format!("invalid object type: {group}/{version}, Kind={} (expected {expected})", text("kind"))
        };
        return Err(Refusal::bad_request(said));
    }
    let name = patch["metadata"]["name"].as_str().unwrap_or_default();
    if !name.is_empty() && name != target.name {
        let said = format!("the name of the object ({name}) does not match the name on the URL ({})", target.name);
        return Err(Refusal::bad_request(said));
    }
    check_namespace(patch, served, target)?;
    if patch["metadata"].get("managedFields").is_some_and(|it| !it.is_null()) {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    Ok(())
}

fn check_namespace(value: &Value, served: &Served, target: &Target) -> Result<(), Refusal> {
    let namespace = value["metadata"]["namespace"].as_str().unwrap_or_default();
    if served.namespaced && !namespace.is_empty() && namespace != target.namespace {
        let said = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(said));
    }
    Ok(())
}

fn check_patched(value: &Value, served: &Served, target: &Target) -> Result<(), Refusal> {
    let name = value["metadata"]["name"].as_str().unwrap_or_default();
    if name != target.name {
        let said = if name.is_empty() {
            "name must be provided".to_owned()
        } else {
            format!("the name of the object ({name}) does not match the name on the URL ({})", target.name)
        };
        return Err(Refusal::bad_request(said));
    }
    check_namespace(value, served, target)
}

fn named_by(mut value: Value, target: &Target) -> Value {
    crate::world::map(&mut value["metadata"]).insert("name".to_owned(), target.name.as_str().into());
    value
}
