//! What the agent writes into the flows of its bridge: pods, services, and who may speak to whom.

use super::super::cilium::Fronts;
use super::super::host::Host;
use super::super::ward::{Guarded, Ward};
use super::database::Database;
use crate::net::maps::{Endpoint, Pass};
use crate::net::switch::Switch;
use crate::net::{Mac, switch_port};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Changes the flows of a machine; where there is no bridge nothing is done.
pub(super) fn change(host: &mut Host<'_>, change: impl FnOnce(&mut Switch)) {
    let space = host.space();
    let Some(had) = &host.net.space(space).switch else { return };
    let mut changed = Switch::clone(had);
    change(&mut changed);
    if **had != changed {
        host.net.space_mut(space).switch = Some(Arc::new(changed));
    }
}

/// Makes the machine's end of a pod's cable a port of the bridge.
pub(crate) fn join(host: &mut Host<'_>, address: Ipv4Addr, link: &str, mac: Mac) {
    let space = host.space();
    Database::change(host, |it| drop(it.ports.insert(address, (link.to_owned(), mac.to_string()))));
    switch_port(host.net, space, link);
    let port = Endpoint { link: link.to_owned(), mac, ingress: None, egress: None };
    change(host, |switch| drop(switch.ports.insert(address, port)));
}

/// Takes the port of a pod away.
pub(crate) fn leave(host: &mut Host<'_>, link: &str) {
    Database::change(host, |it| it.ports.retain(|_, (own, _)| own != link));
    change(host, |switch| switch.ports.retain(|_, port| port.link != link));
}

/// Writes down the services of the cluster.
pub(crate) fn serve(host: &mut Host<'_>, fronts: &Fronts) {
    change(host, |switch| switch.services.clone_from(fronts));
}

/// Writes down for each pod of the machine what policies let pass.
pub(crate) fn guard(host: &mut Host<'_>, wards: &[Ward], _: &[Guarded]) {
    let gate = |own: &[&Ward], side: fn(&Ward) -> Option<&Vec<Pass>>| {
        let all: Vec<&Vec<Pass>> = own.iter().filter_map(|ward| side(ward)).collect();
        (!all.is_empty()).then(|| Arc::new(all.into_iter().flatten().cloned().collect::<Vec<Pass>>()))
    };
    change(host, |switch| {
        for (address, port) in &mut switch.ports {
            let own: Vec<&Ward> = wards.iter().filter(|ward| ward.pods.contains(address)).collect();
            port.ingress = gate(&own, |ward| ward.ingress.as_ref());
            port.egress = gate(&own, |ward| ward.egress.as_ref());
        }
    });
}
