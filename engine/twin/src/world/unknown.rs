//! What the API was asked and does not know: kept for the report, so that no rehearsal passes by ignorance.

use super::{Moment, World};
use std::sync::Arc;

/// How much of it is kept.
const KEPT: usize = 1000;

/// Something that was asked and is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// When.
    pub at: Moment,
    /// What.
    pub what: String,
}

impl World {
    /// Keeps that something was asked which is not known; the same thing once.
    pub fn note_unknown(&mut self, what: &str) {
        if self.unknown.len() < KEPT && !self.unknown.iter().any(|one| one.what == what) {
            let note = Unknown { at: self.now, what: what.to_owned() };
            Arc::make_mut(&mut self.unknown).push(note);
        }
    }

    /// What was asked and is not known, in the order of asking.
    #[must_use]
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }
}
