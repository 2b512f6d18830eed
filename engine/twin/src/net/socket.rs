//! Servers that listen in a namespace.

use super::network::{Network, SpaceId};
use std::net::Ipv4Addr;

/// TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

/// A server that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// TCP or UDP.
    pub transport: Transport,
    /// The address it is bound to; 0.0.0.0 for all.
    pub addr: Ipv4Addr,
    /// The port.
    pub port: u16,
    /// Whose it is, for `ss -p` and for ending it.
    pub owner: String,
}

impl Listener {
    pub(crate) fn takes(&self, transport: Transport, addr: Ipv4Addr, port: u16) -> bool {
        self.transport == transport && self.port == port && (self.addr.is_unspecified() || self.addr == addr)
    }

    pub(crate) fn clashes(&self, other: &Listener) -> bool {
        self.transport == other.transport
            && self.port == other.port
            && (self.addr.is_unspecified() || other.addr.is_unspecified() || self.addr == other.addr)
    }
}

impl Network {
    /// Who listens at a port of a namespace, and the machine it is of.
    pub(crate) fn listener_at(&self, space: SpaceId, transport: Transport, port: u16) -> Option<(String, String)> {
        let here = self.space(space);
        let found = here.listeners.iter().find(|it| (it.transport, it.port) == (transport, port))?;
        Some((found.owner.clone(), here.machine.clone()))
    }
}
