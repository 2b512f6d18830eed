//! One machine with the network it is in: what an agent or a plugin has its hands on.

use crate::machines::Machine;
use crate::net::{Mac, Network, SpaceId, run};
use std::net::Ipv4Addr;

/// A machine, all networks, and the moment.
pub(crate) struct Host<'a> {
    /// The network of all machines.
    pub(crate) net: &'a mut Network,
    /// The machine.
    pub(crate) machine: &'a mut Machine,
    /// The moment in milliseconds.
    pub(crate) now: i64,
}

impl Host<'_> {
    /// The machine's name.
    pub(crate) fn name(&self) -> &str {
        &self.machine.name
    }

    /// The machine's own namespace.
    pub(crate) fn space(&self) -> SpaceId {
        self.net.find(&self.machine.name, "").unwrap_or(SpaceId(0))
    }

    /// Runs a command of the network on the machine.
    ///
    /// # Errors
    /// What the command complained of.
    pub(crate) fn run(&mut self, line: &str) -> Result<String, String> {
        self.run_in("", line, "")
    }

    /// Runs a command of the network in a namespace of the machine, and gives it something to read.
    ///
    /// # Errors
    /// What the command complained of.
    pub(crate) fn run_in(&mut self, namespace: &str, line: &str, stdin: &str) -> Result<String, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let output = run(self.net, &self.machine.name, namespace, &words, stdin, self.now);
        if output.code == 0 { Ok(output.stdout) } else { Err(output.stderr.trim_end().to_owned()) }
    }

    /// Runs commands one after the other; one that fails does not keep the others.
    pub(crate) fn try_all(&mut self, namespace: &str, lines: &[String]) {
        for line in lines {
            // What is there already is what most of them complain of.
            drop(self.run_in(namespace, line, ""));
        }
    }

    /// Whether the machine has a link of that name.
    pub(crate) fn has_link(&self, name: &str) -> bool {
        self.net.space(self.space()).named(name).is_some()
    }

    /// The first address of a link of the machine.
    pub(crate) fn address_of(&self, link: &str) -> Option<Ipv4Addr> {
        self.net.space(self.space()).named(link)?.addresses.first().map(|address| address.local.addr)
    }

    /// The Ethernet address of a link of the machine.
    pub(crate) fn mac_of(&self, link: &str) -> Option<String> {
        self.net.space(self.space()).named(link).map(|link| link.mac.to_string())
    }

    /// The Ethernet address of a link in a namespace of the machine; nothing but zeros where it is not there.
    pub(crate) fn mac_within(&self, namespace: &str, link: &str) -> Mac {
        let inside = self.net.find(self.name(), namespace);
        inside.and_then(|id| self.net.space(id).named(link)).map_or(Mac::ZERO, |link| link.mac)
    }

    /// The MTU of a link of the machine.
    pub(crate) fn mtu_of(&self, link: &str) -> Option<u32> {
        self.net.space(self.space()).named(link).map(|link| link.mtu)
    }

    /// The link that carries an address of the machine.
    pub(crate) fn link_with(&self, addr: Ipv4Addr) -> Option<String> {
        let space = self.net.space(self.space());
        space.links.values().find(|link| link.owns(addr)).map(|link| link.name.clone())
    }

    /// Puts another card in the place of one: the same but for its driver.
    pub(crate) fn set_driver(&mut self, link: &str, to: &str) -> bool {
        let space = self.space();
        self.net.set_driver(space, link, to)
    }

    /// Adds rules to the chains of the newer backend: lines as `iptables-restore` reads them; chains named are made.
    ///
    /// # Errors
    /// What the command complained of.
    pub(crate) fn restore(&mut self, text: &str) -> Result<(), String> {
        self.run_in("", "iptables-restore --noflush", text).map(drop)
    }
}
