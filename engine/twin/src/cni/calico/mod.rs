//! Calico: which address it takes for the machine's own, its blocks, its routes and chains, and what it leaves.

pub(crate) mod bird;
mod chains;
mod detect;
mod felix;
pub(crate) mod fences;
mod plan;
pub(crate) mod state;

pub(crate) use detect::found;
pub(crate) use felix::{start, sync};
pub(crate) use plan::{Mode, Peer, Plan, Pool};
pub(crate) use state::State;
