//! Subresources other than `status`, one file each.

mod binding;
mod eviction;
mod logs;
mod proxy;
mod scale;
pub(crate) mod spoken;
mod stream;
mod token;
mod whole;

use super::answer::Answer;
use super::kinds::Served;
use super::request::Request;
use super::route::{not_allowed, nothing};
use super::target::Target;
use crate::world::{Refusal, World};

pub(crate) fn answer(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
    verb: &str,
) -> Result<Answer, Refusal> {
    let Some(sub) = served.sub(&target.sub) else {
        return Err(nothing());
    };
    // Of these, discovery names fewer verbs than there are.
    let may = match target.sub.as_str() {
        "proxy" => true,
        "exec" | "attach" | "portforward" => ["get", "create"].contains(&verb),
        _ => sub.verbs.iter().any(|one| one == verb),
    };
    if !may {
        return Err(not_allowed());
    }
    match target.sub.as_str() {
        "scale" => scale::answer(world, served, target, request, verb),
        "binding" => binding::answer(world, &target.name, target, request),
        "eviction" => eviction::answer(world, served, target, request),
        "token" => token::answer(world, target, request),
        "log" => logs::answer(world, served, target, request),
        "proxy" => proxy::answer(world, served, target, request),
        "exec" | "attach" | "portforward" => stream::answer(world, served, target, request),
        "finalize" | "approval" | "ephemeralcontainers" | "resize" => {
            whole::answer(world, served, target, request, verb)
        }
        other => {
            let said = format!("the subresource {}/{other} is not known here", served.plural);
            world.note_unknown(&said);
            Err(Refusal::new(501, "NotImplemented", said))
        }
    }
}

pub(crate) use binding::answer as bind;

/// That it was done, as the answers to bindings and evictions say it.
pub(crate) fn done() -> crate::json::Value {
    crate::json::json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
}
