//! What the API server does with an object between the wire and the store: patches, defaults, validation, ownership.
//!
//! All of it is functions of values: no I/O, no clock, no store. Refusals are worded as the real server words them.

mod applying;
mod body;
pub mod bytes;
mod convert;
pub mod custom;
mod decode;
pub mod defaults;
mod fit;
pub mod patch;
pub mod qos;
pub mod quantity;
mod refusal;
mod settle;
mod strategy;
mod validate;
mod write;

pub use decode::{Decoded, decode};
pub use refusal::{Cause, Refusal};
pub use settle::settle;
pub use write::{Outcome, Validation, Verb, Write, write};
