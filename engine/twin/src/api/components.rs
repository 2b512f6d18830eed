//! What the API says of the control plane's own parts: nobody wrote it down, it is asked each time.

use super::answer::Answer;
use super::encode::{self, ListMeta};
use super::kinds::Served;
use super::request::Request;
use super::select;
use super::target::Target;
use super::{accept, list};
use crate::json::json;
use crate::world::{Kind, Object, Refusal, World};
use std::sync::Arc;

/// One part, or all of them. While there is an API to ask, all of them are well.
///
/// # Failures
/// 404 for a part that there is not, 400 for selectors that make no sense.
pub(crate) fn answer(
    world: &World,
    served: &Arc<Served>,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let parts = ["scheduler", "controller-manager", "etcd-0"].map(|name| {
        let healthy = json!([{"type": "Healthy", "status": "True", "message": "ok"}]);
        let metadata = json!({"name": name});
        let part = json!({"apiVersion": "v1", "kind": served.kind, "metadata": metadata, "conditions": healthy});
        Arc::new(Object::new(part))
    });
    if target.name.is_empty() {
        list::check(&request.query)?;
        let selection = select::read(&request.query, served)?;
        let parts = parts.into_iter().filter(|part| selection.takes(part)).collect();
        return Ok(encode::list(served, world.now(), parts, ListMeta::default(), wanted, &request.query));
    }
    match parts.iter().find(|part| part.name() == target.name) {
        Some(part) => Ok(encode::object(200, world, served, part, wanted, &request.query)),
        None => Err(Refusal::not_found(&Kind::new("", "componentstatus"), &target.name)),
    }
}
