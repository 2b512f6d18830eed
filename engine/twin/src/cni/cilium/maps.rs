//! What the agent writes into the maps that its programs read.

use super::super::host::Host;
use super::pins;
use crate::net::Prefix;
use crate::net::maps::{Endpoint, Maps, Pass, Services};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Changes the maps of a machine; where there are none nothing is done.
fn change(host: &mut Host<'_>, change: impl FnOnce(&mut Maps)) {
    let space = host.space();
    let Some(maps) = &host.net.space(space).maps else { return };
    let mut changed = Maps::clone(maps);
    change(&mut changed);
    if **maps != changed {
        host.net.space_mut(space).maps = Some(Arc::new(changed));
    }
}

/// The maps of a machine.
pub(crate) fn of<'a>(host: &'a Host<'_>) -> Option<&'a Maps> {
    host.net.space(host.space()).maps.as_deref()
}

/// Opens the maps, with what was pinned in them before.
pub(super) fn open(host: &mut Host<'_>, router: Ipv4Addr, tunnel: Option<String>, sockets: bool) {
    let space = host.space();
    let mut maps = of(host).cloned().unwrap_or_else(|| Maps::new(router));
    (maps.router, maps.tunnel, maps.sockets) = (router, tunnel, sockets);
    if host.net.space(space).maps.as_deref() != Some(&maps) {
        host.net.space_mut(space).maps = Some(Arc::new(maps));
    }
}

/// Writes down where the pods of other machines are.
pub(super) fn elsewhere(host: &mut Host<'_>, all: Vec<(Prefix, Ipv4Addr)>) {
    change(host, |maps| maps.elsewhere = all);
}

/// Adds a pod.
pub(crate) fn join(host: &mut Host<'_>, address: Ipv4Addr, endpoint: Endpoint) {
    pins::come(host, address);
    change(host, |maps| drop(maps.endpoints.insert(address, endpoint)));
}

/// Takes the pod behind a link out.
pub(crate) fn leave(host: &mut Host<'_>, link: &str) {
    let behind = |maps: &Maps| maps.endpoints.iter().find(|(_, it)| it.link == link).map(|(address, _)| *address);
    let Some(address) = of(host).and_then(behind) else { return };
    pins::go(host, address);
    change(host, |maps| drop(maps.endpoints.remove(&address)));
}

/// Services by where they are asked for.
pub(crate) type Fronts = Services;

/// Writes down what is behind the services. The ports of the nodes are Cilium's where it replaces kube-proxy.
pub(crate) fn remember(host: &mut Host<'_>, services: &Fronts, ports_of_nodes: &Fronts) {
    change(host, |maps| {
        maps.services = services.clone();
        if maps.sockets {
            maps.services.extend(ports_of_nodes.clone());
        }
    });
}

/// What a pod may be reached by and may reach; `None` where nothing is enforced.
pub(crate) type Gates = (Option<Arc<Vec<Pass>>>, Option<Arc<Vec<Pass>>>);

/// Writes down who may speak to whom.
pub(crate) fn judge(host: &mut Host<'_>, gates: &BTreeMap<Ipv4Addr, Gates>) {
    change(host, |maps| {
        for (address, endpoint) in &mut maps.endpoints {
            let (ingress, egress) = gates.get(address).cloned().unwrap_or_default();
            (endpoint.ingress, endpoint.egress) = (ingress, egress);
        }
    });
}

/// Takes all maps away; a program that is still attached then drops everything.
pub(crate) fn forget(host: &mut Host<'_>) {
    pins::forget(host);
    let space = host.space();
    host.net.space_mut(space).maps = None;
}
