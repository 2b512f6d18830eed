//! The plugin `flannel`: reads what the daemon wrote down, and has `bridge` do the rest.

use super::super::chain::{Failed, Task};
use super::super::host::Host;
use super::bridge;
use crate::cni::flannel::env::{Env, PATH};
use crate::json::{Value, json};
use std::net::Ipv4Addr;

/// Gives a pod its network.
///
/// # Errors
/// In the plugin's words.
pub(super) fn add(host: &mut Host<'_>, task: &Task<'_>) -> Result<Ipv4Addr, Failed> {
    if !host.machine.has(PATH) {
        return Err((format!("loadFlannelSubnetEnv failed: open {PATH}: no such file or directory"), 0));
    }
    let Some(env) = Env::read(&host.machine.text(PATH)) else {
        let said = "loadFlannelSubnetEnv failed: /run/flannel/subnet.env is missing FLANNEL_NETWORK, FLANNEL_SUBNET";
        return Err((said.to_owned(), 0));
    };
    let delegate = delegate(task, &env);
    let cache = format!("/var/lib/cni/flannel/{}", task.pod.sandbox);
    host.machine.write(&cache, delegate.to_string().as_bytes());
    bridge::wire(host, task, &delegate, task.network)
}

/// Takes a pod's network back by what was written down at its birth; without that it does nothing.
pub(super) fn delete(host: &mut Host<'_>, task: &Task<'_>) {
    let cache = format!("/var/lib/cni/flannel/{}", task.pod.sandbox);
    let Ok(delegate) = crate::json::from_str::<Value>(&host.machine.text(&cache)) else { return };
    bridge::unwire(host, task, &delegate, task.network);
    host.machine.take_away(&cache);
}

fn delegate(task: &Task<'_>, env: &Env) -> Value {
    let mut conf = task.conf["delegate"].clone();
    if !conf.is_object() {
        conf = json!({});
    }
    let kind = conf["type"].as_str().unwrap_or("bridge").to_owned();
    conf["type"] = kind.into();
    conf["name"] = task.network.into();
    conf["mtu"] = env.mtu.into();
    if conf["isGateway"].is_null() && conf["isDefaultGateway"].is_null() {
        conf["isGateway"] = true.into();
    }
    conf["ipMasq"] = (!env.masquerades).into();
    conf["ipam"] = json!({
        "type": "host-local",
        "ranges": [[{"subnet": env.subnet.network().to_string()}]],
        "routes": [{"dst": env.network.to_string()}],
    });
    conf
}
