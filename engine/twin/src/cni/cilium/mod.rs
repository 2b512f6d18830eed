//! Cilium: what its agent does on a machine, what its programs read, and what stays when it is gone.

mod agent;
mod chains;
mod command;
mod conf;
mod health;
mod links;
mod lists;
mod maps;
mod options;
mod pins;
mod programs;
mod speed;
mod status;

pub(crate) use agent::{Agent, NOT_COMPILED, Peer, keep_conf, start, stop, sync};
pub(crate) use command::{Said, run as command};
pub(crate) use conf::install_plugins;
pub(crate) use lists::{Known, Shown};
pub(crate) use maps::{Fronts, Gates, forget, join, judge, leave, of as maps_of, remember};
pub(crate) use options::{Options, VERSION};
pub(crate) use pins::{number as endpoint_number, pinned};
pub(crate) use programs::hold_sockets;
pub(crate) use speed::{leave_entry, lose_entry};
