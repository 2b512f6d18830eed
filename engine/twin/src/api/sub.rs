//! Subresources other than `status`.

use super::answer::Answer;
use super::kinds::Served;
use super::request::Request;
use super::target::Target;
use crate::world::{Refusal, World};

pub(crate) fn answer(
    _world: &mut World,
    _served: &Served,
    _target: &Target,
    _request: &Request,
) -> Result<Answer, Refusal> {
    Ok(Answer::nowhere())
}
