//! The memory of a run: which moves are legal, what the records of a run amount to, and where they lie.
//!
//! `status` and `history` do no I/O and read no clock. `store` is the only door to SQLite.

pub mod format;
pub mod history;
#[cfg(test)]
mod samples;
pub mod status;
pub mod store;

pub use history::{History, Past, PastCall};
pub use status::Status;
pub use store::{Error, Journal, Mail, RunRow, Store};
