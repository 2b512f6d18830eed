//! The shared words of the house: what a run is made of, as plain values.
//!
//! Promises: no I/O, no clock, no knowledge of drivers or of Rhai.
//! Only `record.rs` and what it holds is written to disk.

pub mod aim;
pub mod call;
pub mod clock;
pub mod closing;
pub mod code;
pub mod event;
pub mod failure;
pub mod holder;
pub mod key;
pub mod mask;
pub mod place;
pub mod record;
pub mod site;
pub mod survey;
pub mod value;

pub use call::{Call, Repeat};
pub use clock::Time;
pub use event::{Event, Progress};
pub use failure::Failure;
pub use holder::Holder;
pub use key::Key;
pub use mask::Mask;
pub use place::Place;
pub use record::{Body, Record};
pub use value::Value;

/// Milliseconds since the Unix epoch, as the one clock of a run gives them.
pub type Millis = i64;
