//! Reaches machines over the user's own OpenSSH.
//!
//! Promises: host keys are always checked. One connection serves all who ask of a machine; a warm command costs one
//! round trip. Nothing is left behind on this side when the process is killed.
//! Never: ask for a password, trust a new key by itself, repeat what may have acted.

pub mod armed;
mod control;
mod error;
mod facts;
pub mod files;
mod frame;
mod link;
mod machine;
mod machines;
mod quote;
mod reboot;
mod refusal;
mod remote;
pub mod run;
pub mod service;
mod settings;
mod shell;
mod stream;
mod sysctl;

pub use error::{Error, KeyTrouble};
pub use machine::Machine;
pub use machines::Machines;
pub use reboot::Rebooted;
pub use remote::Remote;
pub use settings::Settings;
pub use shell::Answer;
