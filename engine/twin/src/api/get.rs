//! Reading one object.

use super::answer::Answer;
use super::kinds::{Served, named, stored};
use super::request::Request;
use super::target::Target;
use super::{accept, encode, list};
use crate::world::{Object, Refusal, World};
use std::sync::Arc;

/// The object a target names.
///
/// # Failures
/// 404.
pub(crate) fn object(world: &World, served: &Served, target: &Target) -> Result<Arc<Object>, Refusal> {
    let found = world.get(stored(served).as_str(), &target.namespace_of(served), &target.name);
    found.cloned().ok_or_else(|| Refusal::not_found(&named(served), &target.name))
}

pub(crate) fn get(world: &World, served: &Served, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    list::revision(world, request.query.get("resourceVersion").unwrap_or_default())?;
    let found = object(world, served, target)?;
    Ok(encode::object(200, world, served, &found, wanted, &request.query))
}
