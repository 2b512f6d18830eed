//! The SSH door: real clients reach real sessions; what is behind it is a machine with a shell and commands.

pub(crate) mod commands;
mod connection;
mod door;
mod keys;
pub(crate) mod shell;

pub use door::{Door, Seat};
