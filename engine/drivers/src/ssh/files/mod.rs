//! Reads and changes files of machines.
//!
//! Promises: a file is written whole or not at all, and is on the disk when a verb comes back. Its mode, owner and what
//! else belongs to it stay where nothing else is asked. What the run wrote and someone else has changed is not undone.
//! Never: delete what has something in it, send what is there already, take a folder or a device for a file.

mod before;
mod carry;
mod change;
mod look;
mod script;
pub(super) mod trouble;

pub use change::{Attributes, Written};
pub use look::{Entry, Stat};
pub use trouble::Trouble;

/// The largest file that can be read into a value.
const READ_BYTES_MAX: usize = 16 * 1024 * 1024;
