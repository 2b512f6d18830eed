//! Cilium in the cluster: its options for each node, its CiliumNode, and who the others are.

use super::agents::{self, Sort};
use super::node::{address, network_is_up};
use super::{POLICIES, SERVICES, key, needs, operator};
use crate::cni::cilium::{self, Agent, NOT_COMPILED, Options, Peer, VERSION};
use crate::json::{Value, json};
use crate::net::Prefix;
use crate::world::{Key, Moment, Object, Selector, World};

const NODES: &str = "ciliumnodes.cilium.io";
const CONFIGS: &str = "ciliumnodeconfigs.cilium.io";

/// The options of the agent of a node: the ConfigMap, and over it what is meant for nodes like this one.
fn options(world: &World, node: &Object, namespace: &str) -> Option<Options> {
    let map = world.get("configmaps", namespace, "cilium-config")?;
    let mut all = Options::default();
    let mut add = |values: &Value| {
        for (name, value) in values.as_object().into_iter().flatten() {
            all.0.insert(name.to_string(), value.as_str().unwrap_or_default().to_owned());
        }
    };
    add(&map["data"]);
    for own in world.list(CONFIGS, namespace) {
        if Selector::of(&own["spec"]["nodeSelector"]).takes_labels(&node["metadata"]["labels"]) {
            add(&own["spec"]["defaults"]);
        }
    }
    Some(all)
}

fn ranges(world: &World, node: &Object, options: &Options) -> Vec<Prefix> {
    let listed = if options.text("ipam") == "kubernetes" {
        node["spec"]["podCIDRs"].clone()
    } else {
        world.get(NODES, "", node.name()).map_or(Value::Null, |own| own["spec"]["ipam"]["podCIDRs"].clone())
    };
    listed.as_array().into_iter().flatten().filter_map(|range| Prefix::read(range.as_str()?)).collect()
}

/// The agent of a node starts; false while it waits for its kinds or its ranges.
///
/// # Errors
/// What it ends with.
pub(super) fn start(world: &mut World, name: &str, pod: &Key) -> Result<bool, String> {
    needs::api(world, name, pod)?;
    needs::kernel(world, name)?;
    let Some(node) = world.get("nodes", "", name).cloned() else { return Ok(false) };
    let Some(mut options) = options(world, &node, pod.namespace()) else { return Ok(false) };
    if world.at(pod).is_some_and(|pod| takes_conf(pod)) {
        options.0.insert("cni-uninstall".to_owned(), "true".to_owned());
    }
    if world.at(pod).is_some_and(|pod| !compiles(world, pod)) {
        options.0.insert(NOT_COMPILED.to_owned(), "true".to_owned());
        world.write_log(pod, "cilium-agent", REDEFINED);
    }
    if let Some(version) = world.at(pod).and_then(|pod| operator::version_of(pod, "cilium-agent")) {
        options.0.insert(VERSION.to_owned(), format!("{}.{}", version.0, version.1));
    }
    for kind in [NODES, CONFIGS] {
        if world.get("customresourcedefinitions.apiextensions.k8s.io", "", kind).is_none() {
            let said = format!(
                "level=error msg=\"Failed to list {kind}: the server could not find the requested resource\" subsys=k8s"
            );
            needs::say_once(world, pod, "cilium-agent", &said);
            return Ok(false);
        }
    }
    if world.get(NODES, "", name).is_none() {
        // Somebody may have made it at this very moment.
        drop(world.create(NODES, Object::new(own_node(&node))));
    }
    let ranges = ranges(world, &node, &options);
    if ranges.is_empty() {
        if options.text("ipam") == "kubernetes" {
            return Err("required IPv4 PodCIDR not available".to_owned());
        }
        return Ok(false);
    }
    let Some(own) = address(&node) else { return Ok(false) };
    let started = world.on_host(name, |host| {
        cilium::install_plugins(host);
        cilium::start(host, &options, own, &ranges)
    });
    let agent = started.unwrap_or(Err("the machine is not there".to_owned()))?;
    drop(world.change_as(&Key::new(NODES, "", name), "cilium-agent", "", |it| {
        it["spec"]["addresses"] = json!([
            {"ip": agent.node, "type": "InternalIP"}, {"ip": agent.router, "type": "CiliumInternalIP"},
        ]);
        it["spec"]["health"] = json!({"ipv4": agent.health});
        it["spec"]["ipam"]["podCIDRs"] = json!(agent.ranges);
    }));
    network_is_up(world, name, "CiliumIsUp", "Cilium is running on this node");
    for kind in [SERVICES, POLICIES] {
        world.wake(super::LAW.name, key(kind, "all"));
    }
    world.wake(super::LAW.name, key(super::OPERATOR, "cilium"));
    Ok(true)
}

/// What an agent writes whose programs the kernel's compiler does not take.
const REDEFINED: &str = "level=error msg=\"Failed to compile bpf_host.o: exit status 1\" subsys=datapath-loader
level=warning msg=\"error: 'CALLS_MAP' macro redefined [-Werror,-Wmacro-redefined]\" subsys=datapath-loader
level=warning msg=\"error: 'ENABLE_ARP_RESPONDER' macro redefined [-Werror,-Wmacro-redefined]\" subsys=datapath-loader
level=warning msg=\"error: 'MONITOR_AGGREGATION' macro redefined [-Werror,-Wmacro-redefined]\" subsys=datapath-loader
level=error msg=\"Failed to compile bpf_lxc.o: exit status 1\" subsys=datapath-loader";

/// Whether the programs of an agent's image can be compiled: the catalogue of images says where they cannot.
fn compiles(world: &World, pod: &Object) -> bool {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let agent = containers.into_iter().find(|it| it["name"] == "cilium-agent");
    agent.and_then(|it| it["image"].as_str()).is_none_or(|image| world.image(image)["programs"] != false)
}

/// Whether the container takes the configuration along when it is stopped.
fn takes_conf(pod: &Object) -> bool {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    containers.into_iter().any(|it| it["lifecycle"]["preStop"].to_string().contains("cni-uninstall"))
}

fn own_node(node: &Object) -> Value {
    let address = address(node).map(|own| own.to_string()).unwrap_or_default();
    json!({
        "apiVersion": "cilium.io/v2", "kind": "CiliumNode",
        "metadata": {"name": node.name(), "labels": node["metadata"]["labels"], "ownerReferences": [
            {"apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid()},
        ]},
        "spec": {
            "addresses": [{"ip": address, "type": "InternalIP"}], "alibaba-cloud": {}, "azure": {}, "bootid": "",
            "encryption": {}, "eni": {}, "health": {}, "ingress": {}, "ipam": {},
        },
        "status": {"alibaba-cloud": {}, "azure": {}, "eni": {}, "ipam": {"operator-status": {}}},
    })
}

/// The other machines, as their CiliumNodes tell.
pub(crate) fn peers(world: &World, name: &str) -> Vec<Peer> {
    let others = world.list(NODES, "").filter(|node| node.name() != name);
    others
        .filter_map(|node| {
            let addresses = node["spec"]["addresses"].as_array()?;
            let own = addresses.iter().find(|it| it["type"] == "InternalIP")?["ip"].as_str()?.parse().ok()?;
            let ranges = node["spec"]["ipam"]["podCIDRs"].as_array()?;
            Some(Peer {
                name: node.name().to_owned(),
                node: own,
                ranges: ranges.iter().filter_map(|range| Prefix::read(range.as_str()?)).collect(),
                health: node["spec"]["health"]["ipv4"].as_str().and_then(|ip| ip.parse().ok()),
            })
        })
        .collect()
}

/// The agent of a node learns of the others; where its tunnel is in trouble it tries again for ever.
pub(super) fn sync(world: &mut World, name: &str) -> Option<Moment> {
    super::pods::forget_gone(world, name);
    let peers = peers(world, name);
    let told = world.on_host(name, |host| {
        let far = cilium::sync(host, &peers);
        cilium::keep_conf(host);
        (far, Agent::of(host).is_some_and(|agent| agent.tunnel_trouble.is_some()))
    });
    let (far, trouble) = told.unwrap_or_default();
    for said in far {
        let line =
            format!("level=warning msg=\"Unable to install direct node route\" error=\"{said}\" subsys=linux-datapath");
        let own = world.on_node(name).find(|pod| pod.label("k8s-app") == Some("cilium"));
        if let Some(pod) = own.map(|pod| Key::new("pods", pod.namespace(), pod.name())) {
            needs::say_once(world, &pod, "cilium-agent", &line);
        }
    }
    trouble.then(|| world.now().plus_seconds(10))
}

/// The agent of a node ends.
pub(super) fn stop(world: &mut World, name: &str) {
    world.on_host(name, |host| {
        let takes = Agent::of(host).is_some_and(|agent| agent.options().is("cni-uninstall"));
        cilium::stop(host, takes);
    });
}

/// The nodes on which an agent works.
pub(crate) fn working(world: &World) -> Vec<String> {
    agents::working(world, Sort::Cilium)
}
