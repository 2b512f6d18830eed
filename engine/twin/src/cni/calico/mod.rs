//! Calico: which address it takes for the machine's own, its blocks, its routes and chains, and what it leaves.

mod chains;
mod detect;
mod felix;
pub(crate) mod state;

pub(crate) use detect::found;
pub(crate) use felix::{Mode, Peer, Plan, start, sync};
pub(crate) use state::State;
