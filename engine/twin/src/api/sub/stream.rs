//! Commands in containers, attaching to them, and their ports: what is refused before anything flows.

use super::super::answer::Answer;
use super::super::get;
use super::super::kinds::Served;
use super::super::request::Request;
use super::super::target::Target;
use crate::world::{Refusal, World};

pub(crate) fn answer(world: &World, served: &Served, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let pod = get::object(world, served, target)?;
    if target.sub != "portforward" {
        super::logs::container(&pod, request.query.get("container").unwrap_or_default())?;
    }
    if pod["spec"]["nodeName"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::bad_request(format!("pod {} does not have a host assigned", pod.name())));
    }
    if request.header("upgrade").is_empty() {
        return Err(Refusal::bad_request("Upgrade request required"));
    }
    // The machines' containers answer here once they speak.
    Err(Refusal::new(
        500,
        "InternalError",
        "Internal error occurred: error executing command in container: container is not running",
    ))
}
