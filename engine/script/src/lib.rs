//! What may be said in a runbook: the language, its words, and the reading of a runbook without running it.
//!
//! This is the only room that knows Rhai. It never prints, never opens the store, never chooses colours.

pub mod bench;
pub mod check;
pub mod evaluate;
pub mod fingerprint;
pub mod frame;
pub mod front;
pub mod hands;
pub mod language;
pub mod listed;
pub mod lock;
pub mod looks;
mod modules;
mod natives;
pub mod options;
pub mod outline;
pub mod primitives;
pub mod privacy;
pub mod pulse;
mod register;
pub mod resolver;
mod site;
pub mod sources;
pub mod stdlib;
pub mod syntax;
pub mod thrown;
pub mod tidy;
mod tokens;
pub mod trace;
pub mod unwinding;
pub mod value;
pub mod word;
