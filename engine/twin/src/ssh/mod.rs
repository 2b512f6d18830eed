//! The SSH door: what is behind it is a machine with a shell and commands; the door itself carries bytes.

pub(crate) mod commands;
pub(crate) mod shell;
