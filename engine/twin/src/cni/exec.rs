//! What the containers of agents have beside the usual, and what their own commands tell.

use super::antrea;
use super::cilium::{self, Known, Said};
use crate::machines::Machine;
use crate::world::World;

/// Images whose programs for names are those of BIND; what others have is busybox's.
const OF_BIND: [&str; 3] = ["agnhost", "dnsutils", "netshoot"];

/// Images with the programs of Open vSwitch, as they were named over the years.
const OF_ANTREA: [&str; 3] = ["antrea/antrea-agent-", "antrea/antrea-ubuntu", "antrea/antrea-ubi"];

/// Puts what an image has of its own into a container of it.
pub(crate) fn furnish(machine: &mut Machine, container: &str, image: &str) {
    if container == "cilium-agent" {
        for (name, program) in
            [("cilium-dbg", "cilium-dbg"), ("cilium", "cilium-dbg"), ("cilium-health", "cilium-health")]
        {
            machine.put_program(&format!("/usr/bin/{name}"), program);
        }
    }
    if OF_ANTREA.iter().any(|name| image.contains(name)) {
        for name in ["ovs-dpctl", "ovs-vsctl"] {
            machine.put_program(&format!("/usr/bin/{name}"), name);
        }
    }
    if !OF_BIND.iter().any(|tools| image.contains(tools)) {
        machine.put_program("/usr/bin/nslookup", "nslookup-busybox");
    }
}

/// Runs a program that only an agent's container has, on its node; `None` for what the twin does not know of it.
pub(crate) fn of_agent(world: &mut World, node: &str, program: &str, words: &[&str]) -> Option<Said> {
    match program {
        // The name of old, which still leads to it.
        "cilium-dbg" | "cilium" => cilium_dbg(world, node, words),
        "cilium-health" => cilium_dbg(world, node, &[&["health"], words].concat()),
        _ => world.on_host(node, |host| antrea::ovs(host, program, words))?,
    }
}

/// Runs `cilium-dbg` on a node; `None` for what the twin does not know of it.
fn cilium_dbg(world: &mut World, node: &str, words: &[&str]) -> Option<Said> {
    let image = world.on_node(node).find_map(|pod| {
        let containers = pod["spec"]["containers"].as_array()?;
        containers.iter().find(|it| it["name"] == "cilium-agent")?["image"].as_str().map(str::to_owned)
    });
    let image = image.unwrap_or_default();
    let image = image.split('@').next().unwrap_or_default();
    let version = image.rsplit(':').next().unwrap_or_default().trim_start_matches('v').to_owned();
    let peers = super::law::cilium_peers(world, node);
    // What the API tells of everybody is gathered for lists alone: most ask for the status, again and again.
    let known = if words.contains(&"list") { super::law::cilium_known(world, node) } else { Known::default() };
    world.on_host(node, |host| cilium::command(host, words, (&peers, &known), &version))?
}
