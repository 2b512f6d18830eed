//! What the containers of agents have beside the usual, and what their own commands tell.

use super::cilium::{self, Said};
use crate::machines::Machine;
use crate::world::World;

/// Puts the programs of an agent's image into its container.
pub(crate) fn furnish(machine: &mut Machine, container: &str) {
    if container == "cilium-agent" {
        for name in ["cilium-dbg", "cilium"] {
            machine.put_program(&format!("/usr/bin/{name}"), "cilium-dbg");
        }
    }
}

/// Runs `cilium-dbg` on a node; `None` for what the twin does not know of it.
pub(crate) fn cilium_dbg(world: &mut World, node: &str, words: &[&str]) -> Option<Said> {
    let image = world.on_node(node).find_map(|pod| {
        let containers = pod["spec"]["containers"].as_array()?;
        containers.iter().find(|it| it["name"] == "cilium-agent")?["image"].as_str().map(str::to_owned)
    });
    let image = image.unwrap_or_default();
    let image = image.split('@').next().unwrap_or_default();
    let version = image.rsplit(':').next().unwrap_or_default().trim_start_matches('v').to_owned();
    let peers = super::law::cilium_peers(world, node);
    world.on_host(node, |host| cilium::command(host, words, &peers, &version))?
}
