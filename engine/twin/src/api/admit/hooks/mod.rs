//! Policies and webhooks: those whose rules fit a request are asked, one after the other, and may change the object or refuse it.
//!
//! The API itself does no I/O: what somebody outside must be asked goes out as an [`Ask`] in a refusal, and the request
//! comes in again with what was heard. A webhook inside the cluster answers as a scene says; one with nobody behind it
//! fails as it does on a real server.

mod fit;
mod inside;
mod policies;
mod review;
mod verdict;

use super::super::kinds::Served;
use super::super::request::{Heard, User};
use crate::json::Value;
use crate::world::{Ask, Chance, Object, Refusal, World};
use std::sync::Arc;

/// What is attempted, as webhooks are told.
pub(crate) struct Attempt<'a> {
    pub(crate) operation: &'static str,
    pub(crate) served: &'a Served,
    pub(crate) sub: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) user: &'a User,
    pub(crate) dry_run: bool,
    pub(crate) manager: &'a str,
    /// What is there already.
    pub(crate) before: Option<&'a Value>,
}

/// The two sorts of webhooks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Mutating,
    Validating,
}

impl Sort {
    fn kind(self) -> &'static str {
        match self {
            Self::Mutating => "mutatingwebhookconfigurations.admissionregistration.k8s.io",
            Self::Validating => "validatingwebhookconfigurations.admissionregistration.k8s.io",
        }
    }
}

/// Whether there are webhooks or policies at all.
pub(crate) fn any(world: &World) -> bool {
    let kinds = [Sort::Mutating.kind(), Sort::Validating.kind(), policies::POLICIES];
    kinds.iter().any(|kind| world.count(kind) > 0)
}

/// Does something in which somebody may have to be asked: the names it makes up are the same when it is done again.
pub(crate) fn with_luck<T>(
    world: &mut World,
    luck: Option<u64>,
    act: impl FnOnce(&mut World) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let luck = luck.unwrap_or_else(|| world.chance().number());
    let outer = std::mem::replace(world.chance(), Chance::new(luck));
    let made = act(world);
    *world.chance() = outer;
    made.map_err(|mut refusal| {
        if let Some(ask) = &mut refusal.ask {
            ask.luck = luck;
        }
        refusal
    })
}

/// Asks the policies and the webhooks of a sort about an object; `heard` is what those outside have said already, and is used up.
///
/// # Failures
/// What a policy or a webhook refuses; 500 when one that must be heard cannot be; a refusal with an [`Ask`] when one has yet to be
/// asked.
pub(crate) fn ask(
    world: &mut World,
    sort: Sort,
    attempt: &Attempt<'_>,
    object: &mut Value,
    heard: &mut std::slice::Iter<'_, Heard>,
) -> Result<Vec<String>, Refusal> {
    let mut warnings = Vec::new();
    // Those that decide about webhooks are not asked about webhooks.
    if attempt.served.group == "admissionregistration.k8s.io" {
        return Ok(warnings);
    }
    if sort == Sort::Validating {
        warnings.extend(policies::judge(world, attempt, object)?);
    }
    let configurations: Vec<Arc<Object>> = world.list(sort.kind(), "").cloned().collect();
    for hook in configurations.iter().flat_map(|one| one["webhooks"].as_array().into_iter().flatten()) {
        if !fit::fits(world, hook, attempt, object)? {
            continue;
        }
        let review = review::review(world, hook, attempt, object);
        let answer = match inside::answer(world, hook, &review) {
            Some(answer) => answer,
            None => match heard.next() {
                Some(heard) => heard.clone(),
                None => return Err(waiting(hook, &review)),
            },
        };
        match verdict::read(hook, &review, answer) {
            verdict::Verdict::Allowed { patch, warned } => {
                warnings.extend(warned);
                if let Some(patch) = patch.filter(|_| sort == Sort::Mutating) {
                    verdict::apply(hook, &patch, object)?;
                }
            }
            verdict::Verdict::Refused(refusal) => return Err(Refusal { warnings, ..refusal }),
            verdict::Verdict::Failed(why) => {
                if hook["failurePolicy"] != "Ignore" {
                    return Err(Refusal { warnings, ..verdict::failed(hook, &why) });
                }
            }
        }
    }
    Ok(warnings)
}

/// The webhook must be asked before the request can go on.
fn waiting(hook: &Value, review: &Value) -> Refusal {
    let mut refusal = Refusal::new(500, "InternalError", "a webhook was not asked");
    refusal.ask = Some(Box::new(Ask {
        url: review::address(hook),
        authority: hook["clientConfig"]["caBundle"].as_str().unwrap_or_default().to_owned(),
        seconds: review::seconds(hook),
        body: review.to_string(),
        luck: 0,
    }));
    refusal
}
