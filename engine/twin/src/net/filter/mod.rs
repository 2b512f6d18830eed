//! Netfilter: tables and chains of both backends, sets, and the tracking of connections.

pub(crate) mod connection;
mod fit;
pub(crate) mod listed;
mod nat;
mod pass;
pub(crate) mod rule;
pub(crate) mod set;
pub(crate) mod text;
mod track;

pub(crate) use pass::pass;
pub(crate) use rule::{Chain, Match, Rule, Table, Tables, Target};
pub(crate) use set::Set;
pub(crate) use track::{Flow, Tuple};

use super::walk::packet::Trouble;
use std::net::Ipv4Addr;

/// A place on a packet's way where chains hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    Prerouting,
    Input,
    Forward,
    Output,
    Postrouting,
}

impl Hook {
    pub(crate) fn chain(self) -> &'static str {
        match self {
            Hook::Prerouting => "PREROUTING",
            Hook::Input => "INPUT",
            Hook::Forward => "FORWARD",
            Hook::Output => "OUTPUT",
            Hook::Postrouting => "POSTROUTING",
        }
    }
}

/// Between which links a packet is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    pub(crate) input: Option<u32>,
    pub(crate) output: Option<u32>,
    pub(crate) port_in: Option<u32>,
    pub(crate) port_out: Option<u32>,
    /// The next hop, for the address that masquerading takes.
    pub(crate) next: Option<Ipv4Addr>,
}

/// What the chains say of a packet.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Accept,
    Drop(String),
    /// With which error; `None` is a TCP reset.
    Reject(Option<Trouble>, String),
}
