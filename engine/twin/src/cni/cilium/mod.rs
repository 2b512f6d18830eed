//! Cilium: what its agent does on a machine, what its programs read, and what stays when it is gone.

mod agent;
mod chains;
mod command;
mod conf;
mod links;
mod maps;
mod options;
mod programs;
mod status;

pub(crate) use agent::{Agent, NOT_COMPILED, Peer, keep_conf, start, stop, sync};
pub(crate) use command::{Said, run as command};
pub(crate) use conf::install_plugins;
#[cfg(test)]
pub(crate) use maps::forget;
pub(crate) use maps::{Gates, join, judge, leave, of as maps_of, remember};
pub(crate) use options::Options;
