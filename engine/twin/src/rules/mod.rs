//! What the API server does with an object between the wire and the store: patches, defaults, validation, ownership.
//!
//! All of it is functions of values: no I/O, no clock, no store. Refusals are worded as the real server words them.

#[cfg(test)]
mod admit;
mod applying;
mod body;
pub mod bytes;
pub(crate) mod convert;
pub mod custom;
mod decode;
pub mod defaults;
mod disabled;
mod fit;
#[cfg(test)]
mod hostile;
mod inner;
mod keep;
#[cfg(test)]
mod likeness;
pub mod patch;
pub mod qos;
pub mod quantity;
mod refusal;
mod restore;
mod rule;
mod services;
mod settle;
mod strategy;
mod typed;
mod validate;
mod warn;
mod write;

pub(crate) use body::{VERSION_AND_KIND, found, internal};
pub use decode::{Decoded, decode};
pub use refusal::{Cause, Refusal};
pub use settle::{settle, stored};
pub(crate) use strategy::new_pod_status;
pub use write::{Admit, Judge, Outcome, Validation, Verb, Write, deprecation, spoken, write};

/// Whether a condition of somebody's holds, which speaks of these names; none where it cannot be judged here.
pub(crate) fn condition(rule: &str, names: &[(&str, crate::json::Value)]) -> Option<bool> {
    rule::condition(rule, names)
}

/// What an expression comes to.
#[derive(Debug)]
pub(crate) enum Said {
    /// This.
    Is(crate::json::Value),
    /// It fails, as the server would say.
    Fails(String),
    /// It cannot be read or judged here.
    Unknown,
}

/// What an expression of somebody's comes to, which speaks of these names.
pub(crate) fn judged(rule: &str, names: &[(&str, crate::json::Value)]) -> Said {
    rule::said(rule, names)
}
