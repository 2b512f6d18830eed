//! Reading protobuf bodies.

use crate::world::Refusal;
use serde_json::Value;

/// Reads a protobuf body as the value it means.
///
/// # Failures
/// 400 for what is none.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, Refusal> {
    let _ = bytes;
    Err(super::body::unknown("application/json, application/yaml"))
}
