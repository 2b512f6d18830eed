//! States made up from a seed.

use crate::script::Script;

/// The state of a seed.
pub(crate) fn state(_seed: u64) -> Script {
    Script { machines: vec!["a".to_owned()], lines: Vec::new() }
}
