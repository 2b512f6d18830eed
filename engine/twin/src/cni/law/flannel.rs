//! Flannel in the cluster: what its ConfigMap says, what nodes say of it to each other.

use super::node::{address, network_is_up};
use crate::cni::flannel::{self, Facts, Peer};
use crate::json::{Value, json};
use crate::net::Prefix;
use crate::world::{Key, Object, World};

const PREFIX: &str = "flannel.alpha.coreos.com";

/// What flannel is to do: as its ConfigMap says; inside of k3s, which has none, as k3s does.
fn conf(world: &World, namespace: &str) -> Option<(Value, String)> {
    if namespace.is_empty() {
        return Some((json!({"Network": "10.42.0.0/16", "Backend": {"Type": "vxlan"}}), super::k3s::CONF.to_owned()));
    }
    let maps = ["kube-flannel-cfg", "canal-config", "rke2-canal-config"];
    let map = maps.iter().find_map(|name| world.get("configmaps", namespace, name))?;
    let net = crate::json::from_str(map["data"]["net-conf.json"].as_str()?).ok()?;
    Some((net, map["data"]["cni-conf.json"].as_str().unwrap_or_default().to_owned()))
}

fn facts(node: &Object, net: &Value) -> Result<Facts, String> {
    let name = node.name();
    let Some(subnet) = node["spec"]["podCIDR"].as_str().and_then(Prefix::read) else {
        return Err(format!("failed to acquire lease: node \"{name}\" pod cidr not assigned"));
    };
    let Some(network) = net["Network"].as_str().and_then(Prefix::read) else {
        return Err(
            "failed to read net conf: flannel config: please define a correct Network parameter in the flannel config"
                .to_owned(),
        );
    };
    let Some(public) = address(node) else { return Err(format!("node {name} has no address")) };
    if !network.holds(subnet.addr) {
        return Err(format!("failed to acquire lease: subnet {subnet} of node \"{name}\" is not in {network}"));
    }
    let backend = &net["Backend"];
    Ok(Facts {
        network,
        subnet,
        public,
        backend: backend["Type"].as_str().unwrap_or("vxlan").to_owned(),
        vni: backend["VNI"].as_u64().and_then(|vni| u32::try_from(vni).ok()).unwrap_or(1),
        port: backend["Port"]
            .as_u64()
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port > 0)
            .unwrap_or(8472),
    })
}

/// The daemon of a node starts.
///
/// # Errors
/// What it ends with.
pub(super) fn start(world: &mut World, name: &str, pod: &Key) -> Result<bool, String> {
    let Some(node) = world.get("nodes", "", name).cloned() else { return Ok(false) };
    let Some((net, cni)) = conf(world, pod.namespace()) else { return Ok(false) };
    let facts = facts(&node, &net)?;
    let started = world.on_host(name, |host| {
        // Beside Calico it writes none.
        if !cni.is_empty() {
            flannel::write_conf(host, &cni);
        }
        flannel::start(host, &facts)
    });
    let mac = started.unwrap_or(Err("the machine is not there".to_owned()))?;
    let backend = mac.map_or_else(|| "null".to_owned(), |mac| json!({"VNI": facts.vni, "VtepMAC": mac}).to_string());
    drop(world.change_as(&Key::new("nodes", "", name), "flanneld", "", |node| {
        for (key, value) in [
            ("backend-data", backend.as_str()),
            ("backend-type", facts.backend.as_str()),
            ("kube-subnet-manager", "true"),
            ("public-ip", &facts.public.to_string()),
        ] {
            node.set_annotation(&format!("{PREFIX}/{key}"), value);
        }
    }));
    if node.condition("NetworkUnavailable") != Some("False") {
        network_is_up(world, name, "FlannelIsUp", "Flannel is running on this node");
    }
    super::remember(world, "flannel.twin", name, json!({"namespace": pod.namespace()}));
    Ok(true)
}

/// The other machines, as their nodes tell.
fn peers(world: &World, name: &str) -> Vec<Peer> {
    let others = world.list("nodes", "").filter(|node| node.name() != name);
    others
        .filter_map(|node| {
            let data = node.annotation(&format!("{PREFIX}/backend-data"))?;
            let mac = crate::json::from_str::<Value>(data).ok()?["VtepMAC"].as_str().unwrap_or_default().to_owned();
            let public = node.annotation(&format!("{PREFIX}/public-ip"))?.parse().ok()?;
            Some(Peer { subnet: Prefix::read(node["spec"]["podCIDR"].as_str()?)?, public, mac })
        })
        .collect()
}

/// The daemon of a node learns of the others.
pub(super) fn sync(world: &mut World, name: &str) {
    let known = super::memory(world, "flannel.twin", name).clone();
    let namespace = known["namespace"].as_str().unwrap_or_default().to_owned();
    let Some(node) = world.get("nodes", "", name) else { return };
    let Some((net, _)) = conf(world, &namespace) else { return };
    let Ok(facts) = facts(node, &net) else { return };
    let peers = peers(world, name);
    // It writes when it hears something new: what others do to its routes in between it does not see.
    let told = crate::cni::digits(&[&format!("{facts:?} {peers:?}")], 16);
    if known["told"] == told.as_str() {
        return;
    }
    super::remember(world, "flannel.twin", name, json!({"namespace": namespace, "told": told}));
    world.on_host(name, |host| flannel::sync(host, &facts, &peers));
}
