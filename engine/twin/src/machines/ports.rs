//! The ports that processes of a machine listen on: opened with the process, closed with its end.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::Machine;
use super::process::Pid;
use crate::net::{Listener, Transport};

impl Machine {
    /// The owner a process listens as: its name and its number.
    fn owner(&self, pid: Pid) -> String {
        let name = self.procs.get(&pid).map_or("", |process| process.name.as_str());
        format!("{name}#{pid}")
    }

    /// Makes a port a process's own that was just opened in the name `before`.
    pub(crate) fn opened_port(&mut self, pid: Pid, before: &str) {
        let ((machine, namespace), owner) = (self.place_of(Some(pid)), self.owner(pid));
        let Some(network) = self.network_mut() else { return };
        let Some(space) = network.find(&machine, &namespace) else { return };
        network.rename_owner(space, before, &owner);
        Arc::make_mut(&mut self.ports).insert(pid, (space, owner));
    }

    /// Lets a process listen, in its own namespace; false where the port is taken.
    pub fn listen(&mut self, pid: Pid, transport: Transport, addr: Ipv4Addr, port: u16) -> bool {
        let ((machine, namespace), owner) = (self.place_of(Some(pid)), self.owner(pid));
        let Some(network) = self.network_mut() else { return false };
        let Some(space) = network.find(&machine, &namespace) else { return false };
        let opened = network.listen(space, Listener { transport, addr, port, owner: owner.clone() });
        if opened {
            Arc::make_mut(&mut self.ports).insert(pid, (space, owner));
        }
        opened
    }

    /// Closes the ports of a process that has ended.
    pub(super) fn close_ports(&mut self, pid: Pid) {
        if !self.ports.contains_key(&pid) {
            return;
        }
        if let Some((space, owner)) = Arc::make_mut(&mut self.ports).remove(&pid)
            && let Some(network) = self.network_mut()
        {
            network.unlisten(space, &owner);
        }
    }
}
