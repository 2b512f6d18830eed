//! Commands in the containers of pods that speak of the network: what agents tell, and the tools of the kernel.

use super::cilium::{self, Said};
use crate::net;
use crate::world::{Key, World};

/// Runs a command in a pod; `None` for one that says nothing of the network.
pub(crate) fn exec(world: &mut World, pod: &Key, words: &[&str], input: &str) -> Option<Said> {
    let found = world.at(pod)?.clone();
    let node = found["spec"]["nodeName"].as_str()?.to_owned();
    world.machine(&node)?;
    let (first, rest) = words.split_first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    if matches!(name, "cilium-dbg" | "cilium") {
        let agent = found["spec"]["containers"].as_array()?.iter().find(|it| it["name"] == "cilium-agent")?;
        let image = agent["image"].as_str().unwrap_or_default();
        let image = image.split('@').next().unwrap_or(image);
        let version = image.rsplit(':').next().unwrap_or_default().trim_start_matches('v').to_owned();
        let peers = super::law::cilium_peers(world, &node);
        return world.on_host(&node, |host| cilium::command(host, rest, &peers, &version))?;
    }
    if !net::knows(name) {
        return None;
    }
    let netns = if found["spec"]["hostNetwork"] == true { String::new() } else { format!("cni-{}", found.uid()) };
    let argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let output = world.on_host(&node, |host| {
        let machine = host.name().to_owned();
        net::run(host.net, &machine, &netns, &argv, input, host.now)
    })?;
    Some((output.stdout, output.stderr, output.code))
}
