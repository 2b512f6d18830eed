//! What netlink does: each change of links, addresses, routes, rules and neighbours, refused as the kernel refuses it.

mod address;
mod link;
mod neigh;
mod ovs;
mod route;
mod rule;
mod set;

pub(crate) use address::{add_address, delete_address};
pub(crate) use link::{add_link, destroy_link, link_came_up};
pub(crate) use neigh::{FdbManner, Flushed, add_fdb, add_neigh, add_station, delete_fdb, delete_neigh, flush_fdb};
pub(crate) use ovs::{add_bridge, add_port, delete_datapath};
pub(crate) use route::{Manner, Wanted, add_route, delete_route};
pub(crate) use rule::{add_rule, delete_rule};
pub(crate) use set::{move_link, rename, set_down, set_mac, set_master, set_mtu, set_up};
