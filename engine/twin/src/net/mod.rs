//! The network of all machines, computed as the Linux kernel would: a value, with the commands that change it and read it.
//!
//! Promises: no I/O, no clock, the same state and the same packet give the same answer, and every "no" names its place.
//! What the model does not know it refuses with a text that says so; it never guesses that a packet arrives.

mod apart;
mod bridging;
mod cables;
mod changes;
mod commands;
mod errno;
mod files;
mod filter;
mod link;
mod longest;
pub(crate) mod maps;
mod module;
mod network;
mod ops;
mod places;
mod prefix;
mod qdisc;
mod rests;
mod route;
mod segment;
mod services;
mod settings;
mod socket;
mod space;
pub(crate) mod switch;
mod sysctl;
mod walk;

pub(crate) use changes::Changes;
pub(crate) use commands::{NcAsked, read_nc, setting_path, setting_shown};
pub use commands::{Output, knows, run};
pub(crate) use link::tag_of;
pub use link::{Duty, Program, Seat};
pub(crate) use link::{Link, Mac};
pub use network::{Network, SpaceId};
pub(crate) use prefix::Prefix;
pub(crate) use rests::Rests;
pub use socket::{Listener, Transport};
pub(crate) use space::Space;
pub use walk::{Answer, Outcome, Probe, Why};

/// Has Open vSwitch make a bridge on a machine, or keep the one that is there.
///
/// # Errors
/// In the kernel's words.
pub(crate) fn switch_on(net: &mut Network, id: SpaceId, wanted: &switch::Switch, mtu: u32) -> Result<(), &'static str> {
    ops::add_bridge(net, id, wanted, mtu).map_err(|why| why.errno.text())
}

/// Has Open vSwitch make a link a port of its bridge.
pub(crate) fn switch_port(net: &mut Network, id: SpaceId, link: &str) {
    ops::add_port(net, id, link);
}

/// Has Open vSwitch take its datapath away; false where there is none.
pub(crate) fn switch_off(net: &mut Network, id: SpaceId) -> bool {
    ops::delete_datapath(net, id)
}

/// Reads an address with the length of its prefix, `10.0.0.1/24`.
pub fn read_prefix(text: &str) -> Option<(std::net::Ipv4Addr, u8)> {
    prefix::Prefix::read(text).map(|prefix| (prefix.addr, prefix.len))
}
