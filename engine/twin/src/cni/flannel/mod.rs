//! Flannel: as a DaemonSet, or built into k3s. What it does on a machine, and what it forgets to take back.

mod daemon;
pub(crate) mod env;
mod rules;

pub(crate) use daemon::{Facts, Peer, plain, start, sync, write_conf};
