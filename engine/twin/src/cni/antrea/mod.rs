//! Antrea: a bridge of Open vSwitch on every machine, the flows on it, and what of all that outlives its agent.

mod agent;
mod chains;
mod database;
mod flows;
mod settings;
mod tools;

pub(crate) use agent::{Peer, Plan, SOCKET, install, start, stop, sync};
pub(crate) use flows::{guard, join, leave, serve};
pub(crate) use settings::Settings;
pub(crate) use tools::run as ovs;
