//! What may be said in a runbook: the language, its words, and the reading of a runbook without running it.
//!
//! This is the only room that knows Rhai. It never prints, never opens the store, never chooses colours.

pub mod bench;
pub mod front;
pub mod language;
pub mod options;
pub mod primitives;
pub mod thrown;
pub mod value;
pub mod word;
