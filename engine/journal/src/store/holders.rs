//! A holder as the store keeps it.

use runbook_model::Holder;

pub(super) fn to_text(holder: &Holder) -> String {
    serde_json::to_string(holder).unwrap_or_default()
}

pub(super) fn from_text(text: &str) -> Option<Holder> {
    serde_json::from_str(text).ok()
}
