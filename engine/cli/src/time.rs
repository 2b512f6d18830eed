//! Times in words.

use runbook_model::Millis;

/// How long ago something was: `12s`, `3m`, `2h`, `5d`.
pub(crate) fn ago(passed: Millis) -> String {
    let seconds = passed.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds}s ago"),
        60..3_600 => format!("{}m ago", seconds / 60),
        3_600..86_400 => format!("{}h ago", seconds / 3_600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}
