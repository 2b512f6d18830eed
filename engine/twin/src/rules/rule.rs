//! The rules that authors of custom definitions write in CEL.

use serde_json::Value;

/// Whether the rule holds for the value; nothing if the rule cannot be judged here.
pub(super) fn holds(rule: &str, value: &Value) -> Option<bool> {
    let _ = (rule, value);
    None
}
