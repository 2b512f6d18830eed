//! Subresources that are the whole object with one part of it open to change.

use super::super::answer::Answer;
use super::super::kinds::Served;
use super::super::request::Request;
use super::super::target::Target;
use super::super::{get, write};
use crate::world::{Refusal, World};

pub(crate) fn answer(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
    verb: &str,
) -> Result<Answer, Refusal> {
    match verb {
        "get" => get::get(world, served, target, request),
        "update" => write::update(world, served, target, request),
        _ => write::patch(world, served, target, request),
    }
}
