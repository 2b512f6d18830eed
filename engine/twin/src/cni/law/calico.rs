//! Calico in the cluster: its pools and blocks, and which address each node has taken for its own.

use super::bgp;
use super::node::{address, network_is_up};
use crate::cni::Folders;
use crate::cni::calico::{self, Mode, Peer, Plan, Pool};
use crate::json::{Value, json};
use crate::net::Prefix;
use crate::world::{Key, Moment, Object, World};
use std::net::Ipv4Addr;

const OWN: &str = "projectcalico.org/IPv4Address";
const BY_VXLAN: &str = "projectcalico.org/IPv4VXLANTunnelAddr";
const BY_IPIP: &str = "projectcalico.org/IPv4IPIPTunnelAddr";
const MAC: &str = "projectcalico.org/VXLANTunnelMACAddr";
const POOLS: &str = "ippools.crd.projectcalico.org";
const BLOCKS: &str = "ipamblocks.crd.projectcalico.org";
/// What the law remembers of the agent of a node: how it finds its address, when it looked, and its sessions.
pub(super) const OF: &str = "calico.twin";
/// The init container that puts plugins and their configuration where the runtime looks for them.
const INSTALLER: (&str, &str) = ("initContainers", "install-cni");
/// How often it looks again which address is its own.
const LOOK: i64 = 60;

fn env(world: &World, pod: &Key, name: &str) -> Option<String> {
    env_of(world, pod, ("containers", "calico-node"), name)
}

fn env_of(world: &World, pod: &Key, of: (&str, &str), name: &str) -> Option<String> {
    let pod_namespace = pod.namespace();
    let pod = world.at(pod)?;
    let containers = pod["spec"][of.0].as_array()?;
    let own = containers.iter().find(|it| it["name"] == of.1)?;
    let found = own["env"].as_array()?.iter().find(|it| it["name"] == name)?;
    let from = &found["valueFrom"]["configMapKeyRef"];
    if let (Some(map), Some(key)) = (from["name"].as_str(), from["key"].as_str()) {
        let map = world.get("configmaps", pod_namespace, map)?;
        return map["data"][key].as_str().map(str::to_owned);
    }
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
    let backend = env(world, pod, "CALICO_NETWORKING_BACKEND").unwrap_or_default();
    if backend == "none" {
        return Ok(beside_flannel(world, name, pod, &node));
    }
    default_pool(world, pod);
    let method = env(world, pod, "IP_AUTODETECTION_METHOD").unwrap_or_default();
    let Some(node_address) = address(&node) else { return Ok(false) };
    let Some(found) = world.on_host(name, |host| calico::found(host, &method, node_address)).flatten() else {
        return Err("Couldn't autodetect an IPv4 address. If auto-detecting, choose a different autodetection method."
            .to_owned());
    };
    take(world, name, found.0);
    give_block(world, name);
    install(world, name, pod);
    let bird = backend != "vxlan";
    let mut own = super::memory(world, OF, name).clone();
    own["method"] = method.into();
    own["bird"] = bird.into();
    super::remember(world, OF, name, own);
    let Some(plan) = plan(world, name) else { return Ok(false) };
    let mac = world.on_host(name, |host| calico::start(host, &plan)).flatten();
    bgp::start(world, name, &plan);
    drop(world.change_as(&Key::new("nodes", "", name), "calico-node", "status", |node| {
        let first = plan.block.network().addr.to_string();
        if let Some(mac) = mac {
            node.set_annotation(BY_VXLAN, &first);
            node.set_annotation(MAC, &mac);
        }
        if plan.by_ipip() {
            node.set_annotation(BY_IPIP, &first);
        }
    }));
    network_is_up(world, name, "CalicoIsUp", "Calico is running on this node");
    Ok(true)
}

/// Canal: flannel makes the ways and gives out ranges, Calico the cables of pods and its chains.
fn beside_flannel(world: &mut World, name: &str, pod: &Key, node: &Object) -> bool {
    let (Some(own), Some(block)) = (address(node), node["spec"]["podCIDR"].as_str().and_then(Prefix::read)) else {
        return false;
    };
    let said = env_of(world, pod, INSTALLER, "CNI_MTU").and_then(|text| text.parse::<u32>().ok());
    let ways = world.on_host(name, |host| host.mtu_of("flannel.1")).flatten();
    // Without flannel's own file and link there is nothing yet that a pod could be led by.
    let Some(ways) = ways else { return false };
    let room = Some(said.filter(|mtu| *mtu > 0).unwrap_or(ways));
    let plan = Plan { node: name.to_owned(), own: Prefix::new(own, 32), block, pools: Vec::new(), bird: false, room };
    install(world, name, pod);
    world.on_host(name, |host| calico::start(host, &plan));
    true
}

fn take(world: &mut World, name: &str, own: Prefix) {
    let text = format!("{}/{}", own.addr, own.len);
    drop(
        world.change_as(&Key::new("nodes", "", name), "calico-node", "status", |node| node.set_annotation(OWN, &text)),
    );
}

/// The pool that the agent makes where there is none, as its environment says.
fn default_pool(world: &mut World, pod: &Key) {
    if world.count(POOLS) > 0 || env(world, pod, "NO_DEFAULT_POOLS").as_deref() == Some("true") {
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
    let kept = |key: &str| map.and_then(|map| map["data"][key].as_str()).map(str::to_owned);
    let said = |name: &str| env_of(world, pod, INSTALLER, name).filter(|text| !text.is_empty());
    let text = said("CNI_NETWORK_CONFIG").or_else(|| kept("cni_network_config"));
    let text = text.unwrap_or_else(|| OPERATOR_CONF.to_owned());
    let mtu = said("CNI_MTU").or_else(|| kept("veth_mtu")).unwrap_or_else(|| "0".to_owned());
    let file = said("CNI_CONF_NAME").unwrap_or_else(|| "10-calico.conflist".to_owned());
    world.on_host(name, |host| {
        let folders = Folders::of(host.machine);
        let kubeconfig = format!("{}/calico-kubeconfig", folders.conf);
        let text = text
            .replace("__KUBERNETES_NODE_NAME__", host.name())
            .replace("__CNI_MTU__", &mtu)
            .replace("__KUBECONFIG_FILEPATH__", &kubeconfig);
        host.machine.write(&format!("{}/{file}", folders.conf), text.as_bytes());
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
    let pools = world.list(POOLS, "").filter_map(|pool| {
        let mode = |field: &str| Mode::read(pool["spec"][field].as_str().unwrap_or("Never"));
        Some(Pool {
            range: Prefix::read(pool["spec"]["cidr"].as_str()?)?,
            vxlan: mode("vxlanMode"),
            ipip: mode("ipipMode"),
            masquerades: pool["spec"]["natOutgoing"] == true,
        })
    });
    Some(Plan {
        node: name.to_owned(),
        own: own(node)?,
        block: block_of(world, name)?,
        pools: pools.collect(),
        bird: super::memory(world, OF, name)["bird"] == true,
        room: None,
    })
}

/// The agent of a node learns of the others, and looks every minute whether it is still where it was.
pub(super) fn sync(world: &mut World, name: &str) -> Option<Moment> {
    let mut own_memory = super::memory(world, OF, name).clone();
    let method = own_memory["method"].as_str().unwrap_or_default().to_owned();
    let node = world.get("nodes", "", name).cloned()?;
    let looked = own_memory["looked"].as_i64().unwrap_or(0);
    let now = world.now();
    let looks = now.0 - looked >= LOOK * 1_000_000;
    if looks {
        let node_address = address(&node)?;
        let found = world.on_host(name, |host| calico::found(host, &method, node_address)).flatten();
        if let Some((found, _)) = found.filter(|(found, _)| looked > 0 && Some(*found) != own(&node)) {
            take(world, name, found);
        }
        own_memory["looked"] = now.0.into();
        super::remember(world, OF, name, own_memory);
    }
    let plan = plan(world, name)?;
    let others = world.list("nodes", "").filter(|other| other.name() != name);
    let mut peers: Vec<(String, Peer)> = others
        .filter_map(|other| {
            let mac = other.annotation(MAC).unwrap_or_default().to_owned();
            let block = block_of(world, other.name())?;
            Some((other.name().to_owned(), Peer { own: own(other)?.addr, block, mac, told: false }))
        })
        .collect();
    let again = if plan.bird { bgp::meet(world, name, &plan, &mut peers, looks) } else { None };
    let peers: Vec<Peer> = peers.into_iter().map(|(_, peer)| peer).collect();
    world.on_host(name, |host| calico::sync(host, &plan, &peers));
    let looked = super::memory(world, OF, name)["looked"].as_i64().unwrap_or(now.0);
    again.into_iter().chain([Moment(looked).plus_seconds(LOOK)]).min()
}

/// What nodes tell each other of it.
pub(super) fn told(node: &Object) -> Value {
    json!([node.annotation(OWN), node.annotation(BY_VXLAN), node.annotation(BY_IPIP)])
}
