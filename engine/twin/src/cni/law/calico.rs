//! Calico in the cluster: its pools and blocks, and which address each node has taken for its own.

use super::node::{address, network_is_up};
use crate::cni::Folders;
use crate::cni::calico::{self, Mode, Peer, Plan};
use crate::net::Prefix;
use crate::world::{Key, Moment, Object, World};
use serde_json::{Value, json};
use std::net::Ipv4Addr;

const OWN: &str = "projectcalico.org/IPv4Address";
const TUNNEL: &str = "projectcalico.org/IPv4VXLANTunnelAddr";
const POOLS: &str = "ippools.crd.projectcalico.org";
const BLOCKS: &str = "ipamblocks.crd.projectcalico.org";
/// How often it looks again which address is its own.
const LOOK: i64 = 60;

fn env(world: &World, pod: &Key, name: &str) -> Option<String> {
    let pod = world.at(pod)?;
    let containers = pod["spec"]["containers"].as_array()?;
    let node = containers.iter().find(|it| it["name"] == "calico-node")?;
    let found = node["env"].as_array()?.iter().find(|it| it["name"] == name)?;
    Some(found["value"].as_str().unwrap_or_default().to_owned())
}

/// The agent of a node starts; false while its kinds are not there.
///
/// # Errors
/// What it ends with.
pub(super) fn start(world: &mut World, name: &str, pod: &Key) -> Result<bool, String> {
    if world.get("customresourcedefinitions.apiextensions.k8s.io", "", BLOCKS).is_none() {
        return Ok(false);
    }
    let Some(node) = world.get("nodes", "", name).cloned() else { return Ok(false) };
    default_pool(world, pod);
    let method = env(world, pod, "IP_AUTODETECTION_METHOD").unwrap_or_default();
    let Some(node_address) = address(&node) else { return Ok(false) };
    let Some(found) = world.on_host(name, |host| calico::found(host, &method, node_address)).flatten() else {
        return Err("Couldn't autodetect an IPv4 address. If auto-detecting, choose a different autodetection method."
            .to_owned());
    };
    take(world, name, &method, found.0);
    give_block(world, name);
    install(world, name, pod);
    let Some(plan) = plan(world, name) else { return Ok(false) };
    let mac = world.on_host(name, |host| calico::start(host, &plan)).flatten();
    drop(world.change_as(&Key::new("nodes", "", name), "calico-node", "status", |node| {
        if let Some(mac) = mac {
            node.set_annotation(TUNNEL, &plan.block.network().addr.to_string());
            node.set_annotation("projectcalico.org/VXLANTunnelMACAddr", &mac);
        }
    }));
    network_is_up(world, name, "CalicoIsUp", "Calico is running on this node");
    Ok(true)
}

fn take(world: &mut World, name: &str, method: &str, own: Prefix) {
    let text = format!("{}/{}", own.addr, own.len);
    drop(
        world.change_as(&Key::new("nodes", "", name), "calico-node", "status", |node| node.set_annotation(OWN, &text)),
    );
    super::remember(world, "calico.twin", name, json!({"method": method}));
}

/// The pool that the agent makes where there is none, as its environment says.
fn default_pool(world: &mut World, pod: &Key) {
    if world.count(POOLS) > 0 {
        return;
    }
    let range = env(world, pod, "CALICO_IPV4POOL_CIDR").unwrap_or_else(|| "192.168.0.0/16".to_owned());
    let mode = |name: &str, or: &str| {
        let said = env(world, pod, name).filter(|text| !text.is_empty());
        said.unwrap_or_else(|| or.to_owned())
    };
    let vxlan = mode("CALICO_IPV4POOL_VXLAN", "Never");
    let ipip = mode("CALICO_IPV4POOL_IPIP", if vxlan == "Never" { "Always" } else { "Never" });
    let pool = json!({
        "apiVersion": "crd.projectcalico.org/v1", "kind": "IPPool", "metadata": {"name": "default-ipv4-ippool"},
        "spec": {"allowedUses": ["Workload", "Tunnel"], "blockSize": 26, "cidr": range, "ipipMode": ipip,
            "vxlanMode": vxlan, "natOutgoing": true, "nodeSelector": "all()"},
    });
    drop(world.create(POOLS, Object::new(pool)));
}

fn block_of(world: &World, name: &str) -> Option<Prefix> {
    let affinity = format!("host:{name}");
    let mut blocks = world.list(BLOCKS, "").filter(|block| block["spec"]["affinity"] == affinity.as_str());
    Prefix::read(blocks.next()?["spec"]["cidr"].as_str()?)
}

fn give_block(world: &mut World, name: &str) {
    if block_of(world, name).is_some() {
        return;
    }
    let taken: Vec<Prefix> =
        world.list(BLOCKS, "").filter_map(|block| Prefix::read(block["spec"]["cidr"].as_str()?)).collect();
    let pools: Vec<(Prefix, u8)> = world
        .list(POOLS, "")
        .filter(|pool| pool["spec"]["disabled"] != true)
        .filter_map(|pool| {
            let size = pool["spec"]["blockSize"].as_u64().and_then(|it| u8::try_from(it).ok()).unwrap_or(26);
            Some((Prefix::read(pool["spec"]["cidr"].as_str()?)?, size))
        })
        .collect();
    let start = crate::cni::number(&[name, "block"]);
    let found = pools.into_iter().find_map(|(pool, len)| {
        let step = 1_u32.checked_shl(32 - u32::from(len.min(32)))?;
        let first = u32::from(pool.network().addr);
        let count = (u32::from(pool.last()) - first) / step + 1;
        let mut all =
            (0..count).map(|place| Prefix::new(Ipv4Addr::from(first + start.wrapping_add(place) % count * step), len));
        all.find(|block| !taken.contains(block))
    });
    let Some(block) = found else { return };
    let word = block.to_string().replace(['.', '/'], "-");
    let made = json!({
        "apiVersion": "crd.projectcalico.org/v1", "kind": "IPAMBlock", "metadata": {"name": word},
        "spec": {"affinity": format!("host:{name}"), "cidr": block.to_string(), "allocations": [], "attributes": [],
            "deleted": false, "strictAffinity": false, "unallocated": []},
    });
    drop(world.create(BLOCKS, Object::new(made)));
}

/// What its init container does: the plugins, the configuration, and a kubeconfig.
fn install(world: &mut World, name: &str, pod: &Key) {
    let map = world.get("configmaps", pod.namespace(), "calico-config");
    let text = map.and_then(|map| map["data"]["cni_network_config"].as_str()).unwrap_or(OPERATOR_CONF).to_owned();
    let mtu = map.and_then(|map| map["data"]["veth_mtu"].as_str()).unwrap_or("0").to_owned();
    world.on_host(name, |host| {
        let folders = Folders::of(host.machine);
        let kubeconfig = format!("{}/calico-kubeconfig", folders.conf);
        let text = text
            .replace("__KUBERNETES_NODE_NAME__", host.name())
            .replace("__CNI_MTU__", &mtu)
            .replace("__KUBECONFIG_FILEPATH__", &kubeconfig);
        host.machine.write(&format!("{}/10-calico.conflist", folders.conf), text.as_bytes());
        host.machine.write_secret(&kubeconfig, b"# Kubeconfig file for Calico CNI plugin. Installed by calico/node.\n");
        if let Some(folder) = folders.programs.first() {
            for program in
                ["calico", "calico-ipam", "portmap", "bandwidth", "host-local", "loopback", "tuning", "flannel"]
            {
                host.machine.put_program(&format!("{folder}/{program}"), program);
            }
        }
    });
}

const OPERATOR_CONF: &str = r#"{"name": "k8s-pod-network", "cniVersion": "0.3.1", "plugins": [
    {"type": "calico", "datastore_type": "kubernetes", "ipam": {"type": "calico-ipam"}},
    {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}}]}"#;

fn own(node: &Object) -> Option<Prefix> {
    Prefix::read(node.annotation(OWN)?)
}

fn plan(world: &World, name: &str) -> Option<Plan> {
    let node = world.get("nodes", "", name)?;
    let mode = |field: &str| {
        let pool = world.list(POOLS, "").next();
        Mode::read(pool.and_then(|pool| pool["spec"][field].as_str()).unwrap_or("Never"))
    };
    Some(Plan {
        node: name.to_owned(),
        own: own(node)?,
        block: block_of(world, name)?,
        pools: world.list(POOLS, "").filter_map(|pool| Prefix::read(pool["spec"]["cidr"].as_str()?)).collect(),
        vxlan: mode("vxlanMode"),
        ipip: mode("ipipMode"),
        masquerades: world.list(POOLS, "").any(|pool| pool["spec"]["natOutgoing"] == true),
    })
}

/// The agent of a node learns of the others, and looks every minute whether it is still where it was.
pub(super) fn sync(world: &mut World, name: &str) -> Option<Moment> {
    let method = super::memory(world, "calico.twin", name)["method"].as_str().unwrap_or_default().to_owned();
    let node = world.get("nodes", "", name).cloned()?;
    let looked = super::memory(world, "calico.twin", name)["looked"].as_i64().unwrap_or(0);
    let now = world.now();
    if now.0 - looked >= LOOK * 1_000_000 {
        let node_address = address(&node)?;
        let found = world.on_host(name, |host| calico::found(host, &method, node_address)).flatten();
        if let Some((found, _)) = found.filter(|(found, _)| looked > 0 && Some(*found) != own(&node)) {
            take(world, name, &method, found);
        }
        super::remember(world, "calico.twin", name, json!({"method": method, "looked": now.0}));
    }
    let plan = plan(world, name)?;
    let peers: Vec<Peer> = world
        .list("nodes", "")
        .filter(|other| other.name() != name)
        .filter_map(|other| {
            let mac = other.annotation("projectcalico.org/VXLANTunnelMACAddr").unwrap_or_default().to_owned();
            Some(Peer { own: own(other)?.addr, block: block_of(world, other.name())?, mac })
        })
        .collect();
    world.on_host(name, |host| calico::sync(host, &plan, &peers));
    let looked = super::memory(world, "calico.twin", name)["looked"].as_i64().unwrap_or(now.0);
    Some(Moment(looked).plus_seconds(LOOK))
}

/// What nodes tell each other of it.
pub(super) fn told(node: &Object) -> Value {
    json!([node.annotation(OWN), node.annotation(TUNNEL)])
}
