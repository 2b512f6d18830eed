//! The ports that processes of a machine listen on: opened with the process, closed with its end.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::Machine;
use super::process::{Pid, State};
use crate::net::{Listener, SpaceId, Transport};

/// A port that a process listens on.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    space: SpaceId,
    /// What the network knows the process as.
    owner: String,
    /// What it says to whoever connects.
    says: Vec<u8>,
    /// What it was told so far, and in how many connections.
    heard: (Vec<u8>, usize),
}

impl Port {
    fn new(space: SpaceId, owner: String) -> Self {
        Self { space, owner, says: Vec::new(), heard: (Vec::new(), 0) }
    }
}

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
        Arc::make_mut(&mut self.ports).entry(pid).or_insert_with(|| Port::new(space, owner));
    }

    /// Tells a listening process what it is to say, and gives what it was told so far and in how many connections.
    pub(crate) fn attend_port(&mut self, pid: Pid, says: &[u8]) -> (Vec<u8>, usize) {
        let Some(port) = Arc::make_mut(&mut self.ports).get_mut(&pid) else { return (Vec::new(), 0) };
        port.says = says.to_vec();
        port.heard.clone()
    }

    /// Tells the process that listens as an owner something, and gives what it says; none where it is not here.
    pub(crate) fn talk_to_port(&mut self, space: SpaceId, owner: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut all = Arc::make_mut(&mut self.ports).iter_mut();
        let (pid, port) = all.find(|(_, port)| port.space == space && port.owner == owner)?;
        port.heard.0.extend(bytes);
        port.heard.1 += 1;
        let (pid, says) = (*pid, port.says.clone());
        if let Some(process) = self.proc_mut(pid).filter(|process| matches!(process.state, State::Waiting(_))) {
            process.state = State::Ready;
        }
        Some(says)
    }

    /// Lets a process listen, in its own namespace; false where the port is taken.
    pub fn listen(&mut self, pid: Pid, transport: Transport, addr: Ipv4Addr, port: u16) -> bool {
        let ((machine, namespace), owner) = (self.place_of(Some(pid)), self.owner(pid));
        let Some(network) = self.network_mut() else { return false };
        let Some(space) = network.find(&machine, &namespace) else { return false };
        let opened = network.listen(space, Listener { transport, addr, port, owner: owner.clone() });
        if opened {
            Arc::make_mut(&mut self.ports).insert(pid, Port::new(space, owner));
        }
        opened
    }

    /// Closes the ports of a process that has ended.
    pub(super) fn close_ports(&mut self, pid: Pid) {
        if !self.ports.contains_key(&pid) {
            return;
        }
        if let Some(Port { space, owner, .. }) = Arc::make_mut(&mut self.ports).remove(&pid)
            && let Some(network) = self.network_mut()
        {
            network.unlisten(space, &owner);
        }
    }
}
