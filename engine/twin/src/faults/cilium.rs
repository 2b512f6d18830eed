//! What goes wrong with Cilium: options that do not fit, agents that do not reach what they need, what they lose.

use super::{Planted, all_of, done, lines_on};
use crate::cni::cilium as host_side;
use crate::json::{Value, json};
use crate::net::Prefix;
use crate::world::{Key, Object, World};

/// The node label by which agents are kept away from all nodes.
const NOWHERE: &str = "twin.test/nowhere";
const SYSTEM: &str = "kube-system";

fn config() -> Key {
    Key::new("configmaps", SYSTEM, "cilium-config")
}

fn agents() -> Key {
    Key::new("daemonsets.apps", SYSTEM, "cilium")
}

fn operator() -> Key {
    Key::new("deployments.apps", SYSTEM, "cilium-operator")
}

/// Has all agents begin anew.
fn restart(world: &mut World) {
    for key in all_of(world, "pods", SYSTEM, |pod| pod.label("k8s-app") == Some("cilium")) {
        super::gone(world, &key);
    }
}

/// Gives all agents other options.
pub(super) fn options(world: &mut World, pairs: &[(&str, &str)]) -> Result<(), String> {
    done(world, &config(), |map| {
        for (name, value) in pairs {
            map["data"][*name] = (*value).into();
        }
    })?;
    restart(world);
    Ok(())
}

/// Gives the agents' template an environment.
fn environment(world: &mut World, pairs: &[(&str, &str)]) -> Result<(), String> {
    done(world, &agents(), |set| {
        let containers = &mut set["spec"]["template"]["spec"]["containers"];
        for container in containers.as_array_mut().into_iter().flatten().filter(|it| it["name"] == "cilium-agent") {
            let mut env: Vec<Value> = container["env"].as_array().cloned().unwrap_or_default();
            env.retain(|it| pairs.iter().all(|(name, _)| it["name"] != *name));
            env.extend(pairs.iter().map(|(name, value)| json!({"name": name, "value": value})));
            container["env"] = env.into();
        }
    })?;
    restart(world);
    Ok(())
}

fn image_of_operator(world: &mut World, version: &str) -> Result<(), String> {
    done(world, &operator(), |object| {
        let image = &mut object["spec"]["template"]["spec"]["containers"][0]["image"];
        let name = image.as_str().unwrap_or_default().split('@').next().unwrap_or_default();
        let own = name.rsplit_once(':').map_or(name, |(own, _)| own).to_owned();
        *image = format!("{own}:{version}").into();
    })
}

pub(super) fn acceleration(world: &mut World, _: &Planted) -> Result<(), String> {
    options(world, &[("bpf-lb-acceleration", "hardware")])
}

pub(super) fn asks_localhost(world: &mut World, _: &Planted) -> Result<(), String> {
    environment(world, &[("KUBERNETES_SERVICE_HOST", "127.0.0.1"), ("KUBERNETES_SERVICE_PORT", "6443")])
}

pub(super) fn across(world: &mut World, fault: &Planted) -> Result<(), String> {
    // One machine reaches the others only by a gateway.
    let gateway = fault.text("gateway").to_owned();
    let name = fault.text("machine").to_owned();
    let others: Vec<String> = world
        .list("nodes", "")
        .filter(|node| node.name() != name)
        .filter_map(|node| super::address(node))
        .map(|own| format!("ip route replace {own}/32 via {gateway}"))
        .collect();
    lines_on(world, &name, &others)?;
    options(world, &[("routing-mode", "native"), ("auto-direct-node-routes", "true")])
}

pub(super) fn devices(world: &mut World, _: &Planted) -> Result<(), String> {
    options(world, &[("devices", "10.0.0.0/24")])
}

pub(super) fn dsr(world: &mut World, _: &Planted) -> Result<(), String> {
    options(world, &[("bpf-lb-mode", "dsr"), ("kube-proxy-replacement", "true")])
}

pub(super) fn gone(world: &mut World, fault: &Planted) -> Result<(), String> {
    done(world, &agents(), |set| set["spec"]["template"]["spec"]["nodeSelector"][NOWHERE] = "true".into())?;
    // The plugins ask in vain when the next pod begins.
    if !fault.text("machine").is_empty() {
        world.on_host(fault.text("machine"), |host| host_side::stop(host, false));
        super::network::begin_anew(world, fault.text("machine"))?;
    }
    Ok(())
}

pub(super) fn kinds_gone(world: &mut World, _: &Planted) -> Result<(), String> {
    done(world, &operator(), |object| object["spec"]["replicas"] = 0.into())?;
    for key in all_of(world, "pods", SYSTEM, |pod| pod.label("io.cilium/app") == Some("operator")) {
        super::gone(world, &key);
    }
    let own = |kind: &Object| kind.name() == "ciliumnodeconfigs.cilium.io";
    for key in all_of(world, "customresourcedefinitions.apiextensions.k8s.io", "", own) {
        super::gone(world, &key);
    }
    restart(world);
    Ok(())
}

pub(super) fn maps_gone(world: &mut World, fault: &Planted) -> Result<(), String> {
    done(world, &agents(), |set| set["spec"]["template"]["spec"]["nodeSelector"][NOWHERE] = "true".into())?;
    let name = fault.text("machine").to_owned();
    world.on_host(&name, host_side::forget).ok_or_else(|| format!("there is no machine `{name}`"))
}

pub(super) fn masquerade(world: &mut World, _: &Planted) -> Result<(), String> {
    options(world, &[("enable-bpf-masquerade", "true"), ("kube-proxy-replacement", "false")])
}

pub(super) fn memory(world: &mut World, _: &Planted) -> Result<(), String> {
    let images = images_of_agents(world);
    if images.is_empty() {
        return Err("no agent of Cilium runs here".to_owned());
    }
    for image in images {
        super::cluster::image(world, &image, "exits", 137.into())?;
        super::cluster::image(world, &image, "after", 8.into())?;
    }
    restart(world);
    Ok(())
}

pub(super) fn not_compiled(world: &mut World, _: &Planted) -> Result<(), String> {
    let images = images_of_agents(world);
    if images.is_empty() {
        return Err("no agent of Cilium runs here".to_owned());
    }
    for image in images {
        super::cluster::image(world, &image, "programs", false.into())?;
    }
    restart(world);
    Ok(())
}

fn images_of_agents(world: &World) -> Vec<String> {
    let Some(set) = world.at(&agents()) else { return Vec::new() };
    let containers = set["spec"]["template"]["spec"]["containers"].as_array().into_iter().flatten();
    let own = containers.filter(|it| it["name"] == "cilium-agent");
    own.filter_map(|it| it["image"].as_str().map(str::to_owned)).collect()
}

pub(super) fn of_kubernetes(world: &mut World, fault: &Planted) -> Result<(), String> {
    done(world, &Key::new("nodes", "", fault.text("node")), |node| {
        // Whoever gives ranges to nodes gives none to this one.
        node.set_annotation("plane.test/no-range", "true");
        for field in ["podCIDR", "podCIDRs"] {
            if let Some(spec) = node["spec"].as_object_mut() {
                spec.remove(field);
            }
        }
    })?;
    options(world, &[("ipam", "kubernetes")])
}

pub(super) fn operator_other_image(world: &mut World, _: &Planted) -> Result<(), String> {
    image_of_operator(world, "v1.18.0-own")
}

pub(super) fn operator_other_version(world: &mut World, _: &Planted) -> Result<(), String> {
    // The older writes seconds, the newer a length of time: each reads only its own.
    let seconds =
        world.at(&config()).is_some_and(|map| !map["data"]["unmanaged-pod-watcher-interval"].to_string().contains('s'));
    done(world, &config(), |map| {
        map["data"]["unmanaged-pod-watcher-interval"] = if seconds { "15" } else { "15s" }.into();
    })?;
    image_of_operator(world, if seconds { "v1.19.0" } else { "v1.18.4" })
}

pub(super) fn operator_replicas(world: &mut World, _: &Planted) -> Result<(), String> {
    let nodes = i64::try_from(world.count("nodes")).unwrap_or(i64::MAX - 1);
    done(world, &operator(), |object| object["spec"]["replicas"] = (nodes + 1).into())
}

pub(super) fn option(world: &mut World, fault: &Planted) -> Result<(), String> {
    options(world, &[(fault.text("key"), fault.text("value"))])
}

pub(super) fn overlay_blocked(world: &mut World, fault: &Planted) -> Result<(), String> {
    let port = world.at(&config()).map_or(8472, |map| {
        map["data"]["tunnel-port"].as_str().and_then(|text| text.parse::<u16>().ok()).unwrap_or(8472)
    });
    lines_on(world, fault.text("machine"), &[format!("iptables -I INPUT -p udp --dport {port} -j DROP")])
}

pub(super) fn policies_asleep(world: &mut World, _: &Planted) -> Result<(), String> {
    options(world, &[("enable-policy", "never")])
}

pub(super) fn pool_of_machines(world: &mut World, _: &Planted) -> Result<(), String> {
    done(world, &config(), |map| map["data"]["cluster-pool-ipv4-cidr"] = "10.0.0.0/8".into())?;
    for key in all_of(world, "ciliumnodes.cilium.io", "", |_| true) {
        super::gone(world, &key);
    }
    restart(world);
    Ok(())
}

pub(super) fn proxy_lost(world: &mut World, _: &Planted) -> Result<(), String> {
    options(world, &[("kube-proxy-replacement", "false")])
}

pub(super) fn routing_mode(world: &mut World, _: &Planted) -> Result<(), String> {
    options(world, &[("routing-mode", "vxlan")])
}

pub(super) fn taint_left(world: &mut World, fault: &Planted) -> Result<(), String> {
    done(world, &Key::new("nodes", "", fault.text("node")), |node| {
        let mut taints: Vec<Value> = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
        taints.push(json!({"key": "node.cilium.io/agent-not-ready", "effect": "NoSchedule"}));
        node["spec"]["taints"] = taints.into();
    })
}

pub(super) fn unmanaged(world: &mut World, fault: &Planted) -> Result<(), String> {
    let own = |pod: &Object| pod.name().starts_with(fault.text("pod")) && pod["spec"]["hostNetwork"] != true;
    let Some(pod) = world.list("pods", fault.text("namespace")).find(|pod| own(pod)).cloned() else {
        return Err("there is no such pod".to_owned());
    };
    let address = pod["status"]["podIP"].as_str().and_then(Prefix::read);
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default().to_owned();
    let Some(address) = address else { return Err("it has no address yet".to_owned()) };
    world.on_host(&node, |host| {
        let link = host_side::maps_of(host)
            .and_then(|maps| maps.endpoints.get(&address.addr))
            .map(|endpoint| endpoint.link.clone());
        link.map(|link| host_side::leave(host, &link))
    });
    super::gone(world, &Key::new("ciliumendpoints.cilium.io", pod.namespace(), pod.name()));
    Ok(())
}

pub(super) fn unreached_api(world: &mut World, _: &Planted) -> Result<(), String> {
    environment(world, &[("KUBERNETES_SERVICE_HOST", "10.255.255.1"), ("KUBERNETES_SERVICE_PORT", "443")])
}
