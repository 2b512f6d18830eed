//! Reads and changes files of this machine.
//!
//! Promises: a file is written whole or not at all, and is on the disk when a verb comes back. A link at the end of a
//! path is followed when a file is written, so the link stays. A folder, a pipe or a device is never taken for a file.
//! Never: delete what has something in it, change the owner of a file, read more than a run can keep.

mod before;
mod error;
mod folder;
mod put_back;
mod read;
mod stat;
mod write;

pub use before::{Before, before_remove, before_write};
pub use error::Error;
pub use folder::{Entry, list, mkdir, remove};
pub use put_back::put_back;
pub use read::{read, read_bytes};
pub use stat::{Kind, Stat, exists, stat};
pub use write::{Written, copy, write};

/// The largest file that can be read into a value.
pub const READ_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The result of a step inside a verb, before it is made a failure.
type Result<T> = std::result::Result<T, Error>;

pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
