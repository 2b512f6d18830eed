//! What only a twin answers: who reaches whom in its network.

use super::answer::Answer;
use super::request::Request;
use crate::connectivity::Connectivity;
use crate::world::World;

/// The answer of a path of its own; none when it is none of these.
pub(super) fn answer(world: &World, request: &Request) -> Option<Answer> {
    match request.path.as_str() {
        "/twin/connectivity" => Some(Answer::text(200, Connectivity::of(world).text())),
        "/twin/connectivity.json" => Some(Answer::json(200, &Connectivity::of(world).json())),
        _ => None,
    }
}
