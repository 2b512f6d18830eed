//! What an agent of Cilium needs before it can work: the API at the address it was told, a kernel that takes programs.

use super::operator::version_of;
use crate::json::Value;
use crate::net::{Outcome, Probe, Transport};
use crate::world::{Key, Object, World};
use std::net::Ipv4Addr;

/// What a container of a pod is told by its environment.
fn told(pod: &Object, container: &str, name: &str) -> Option<String> {
    let containers = pod["spec"]["containers"].as_array()?;
    let env = containers.iter().find(|it| it["name"] == container)?["env"].as_array()?;
    env.iter().find(|it| it["name"] == name)?["value"].as_str().map(str::to_owned)
}

/// Whether the agent reaches the API where it was told that it is. Where it was told nothing it is not asked.
///
/// # Errors
/// In the words of its log.
pub(super) fn api(world: &mut World, node: &str, pod: &Key) -> Result<(), String> {
    let Some(object) = world.at(pod) else { return Ok(()) };
    let host = told(object, "cilium-agent", "KUBERNETES_SERVICE_HOST").unwrap_or_default();
    let port = told(object, "cilium-agent", "KUBERNETES_SERVICE_PORT").and_then(|text| text.parse::<u16>().ok());
    let (port, address) = (port.unwrap_or(443), if host == "localhost" { "127.0.0.1" } else { host.as_str() });
    let Ok(address) = address.parse::<Ipv4Addr>() else { return Ok(()) };
    if address.is_loopback() && has_proxy(world, node, port) {
        return Ok(());
    }
    let Some(space) = world.network().find(node, "") else { return Ok(()) };
    let now = world.now().0 / 1000;
    let answer = world.network_mut().probe(&Probe::port(space, address, Transport::Tcp, port), now);
    let said = match answer.outcome {
        Outcome::Reached => return Ok(()),
        Outcome::Refused => "connect: connection refused",
        Outcome::Silence => "i/o timeout",
        _ => "connect: no route to host",
    };
    Err(format!(
        "Unable to contact k8s api-server\" error=\"Get \\\"https://{address}:{port}/api/v1/namespaces/kube-system\\\": dial tcp {address}:{port}: {said}"
    ))
}

/// Whether the distribution itself answers for the API at a port of every node.
fn has_proxy(world: &World, node: &str, port: u16) -> bool {
    let Some(machine) = world.machine(node) else { return false };
    let has = |unit: &str| machine.units.all.get(unit).is_some_and(|unit| unit.active == "active");
    let k3s = has("k3s.service") || has("k3s-agent.service");
    let rke2 = has("rke2-server.service") || has("rke2-agent.service");
    (port == 6444 && k3s) || (port == 6443 && rke2) || port == 7445
}

/// Whether the kernel of a machine takes the agent's programs.
///
/// # Errors
/// In the words of its log.
pub(super) fn kernel(world: &World, node: &str) -> Result<(), String> {
    if world.machine(node).and_then(|machine| machine.kernel.lockdown()) == Some("confidentiality") {
        return Err("cannot attach program cil_from_container: permission denied: bpf: operation not permitted".into());
    }
    Ok(())
}

/// Whether an operator of Cilium can read its options: how often it looks is a number of seconds up to 1.18, and a
/// length of time from 1.19 on.
///
/// # Errors
/// In the words of its log.
pub(super) fn interval(world: &World, pod: &Object) -> Result<(), String> {
    let Some(map) = world.get("configmaps", pod.namespace(), "cilium-config") else { return Ok(()) };
    let text = map["data"]["unmanaged-pod-watcher-interval"].as_str().unwrap_or_default();
    let Some(version) = version_of(pod, "cilium-operator") else { return Ok(()) };
    let is_number = text.parse::<i64>().is_ok();
    if text.is_empty() || text == "0" {
        return Ok(());
    }
    if version >= (1, 19) && is_number {
        return Err(format!(
            "invalid argument \"{text}\" for \"--unmanaged-pod-watcher-interval\" flag: time: missing unit in duration \"{text}\""
        ));
    }
    if version < (1, 19) && !is_number {
        return Err(format!(
            "invalid argument \"{text}\" for \"--unmanaged-pod-watcher-interval\" flag: strconv.ParseInt: parsing \"{text}\": invalid syntax"
        ));
    }
    Ok(())
}

/// Writes what a container says into its log, once in its life.
pub(super) fn say_once(world: &mut World, pod: &Key, container: &str, line: &str) {
    let id = world.at(pod).map_or(Value::Null, |object| {
        let all = object["status"]["containerStatuses"].as_array().into_iter().flatten();
        all.into_iter().find(|it| it["name"] == container).map_or(Value::Null, |it| it["containerID"].clone())
    });
    let own = format!("{}/{}/{container}", pod.namespace(), pod.name());
    let told = crate::cni::digits(&[id.as_str().unwrap_or_default(), line], 16);
    if super::memory(world, "said.twin", &own) == told.as_str() {
        return;
    }
    super::remember(world, "said.twin", &own, told.into());
    world.write_log(pod, container, line);
}
