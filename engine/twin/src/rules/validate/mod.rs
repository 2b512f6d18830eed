//! Whether an object may be as it is, and whether it may become what it is to be.

use serde_json::Value;

use super::Refusal;
use crate::shapes::Kind;

/// Whether a new object may be.
pub(super) fn created(object: &Value, kind: &Kind) -> Result<(), Refusal> {
    let _ = (object, kind);
    Ok(())
}

/// Whether an object may become this one.
pub(super) fn changed(object: &Value, before: &Value, kind: &Kind, sub: &str) -> Result<(), Refusal> {
    let _ = (object, before, kind, sub);
    Ok(())
}
