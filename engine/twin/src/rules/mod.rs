//! What the API server does with an object between the wire and the store: patches, defaults, validation, ownership.
//!
//! All of it is functions of values: no I/O, no clock, no store. Refusals are worded as the real server words them.

pub mod patch;
mod refusal;

pub use refusal::{Cause, Refusal};
