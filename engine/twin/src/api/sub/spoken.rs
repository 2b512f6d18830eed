//! What is sent to a part that speaks a kind of its own: a scale, an eviction.

use super::super::kinds::Served;
use super::super::target::Target;
use crate::json::Value;
use crate::rules::{self, Validation, Verb};
use crate::world::Refusal;

/// What was sent, and how.
pub(crate) struct Sent<'a> {
    pub(crate) verb: Verb,
    pub(crate) bytes: &'a [u8],
    pub(crate) validation: Validation,
}

/// Reads it, or patches it onto what is there; and what the client is warned of. Of what is created, whoever calls looks
/// at the name.
pub(crate) fn read(
    kind: &Served,
    target: &Target,
    sent: &Sent<'_>,
    before: Option<&Value>,
) -> Result<(Value, Vec<String>), Refusal> {
    let write = rules::Write {
        kind,
        verb: sent.verb,
        sub: "",
        namespace: &target.namespace,
        name: if sent.verb == Verb::Create { "" } else { &target.name },
        manager: "",
        validation: sent.validation,
        now: "",
        uid: "",
        suffix: "",
        body: sent.bytes,
        twice: &[],
        admit: None,
        judge: None,
    };
    Ok(rules::spoken(before, &write)?)
}
