//! What k3s has inside of itself: flannel and a proxy, unless its server's configuration says otherwise.
//!
//! The workers learn both from the server, and only when they start: a flag that was changed there is nothing to a worker
//! that was not started again.

use super::agents::{Runs, Sort};
use crate::machines::Machine;
use crate::world::{Key, Moment, World};

const UNITS: [&str; 2] = ["k3s.service", "k3s-agent.service"];

/// The configuration of flannel that k3s writes for the plugins.
pub(super) const CONF: &str = r#"{
  "name":"cbr0",
  "cniVersion":"1.0.0",
  "plugins":[
    {"type":"flannel","delegate":{"hairpinMode":true,"forceAddress":true,"isDefaultGateway":true}},
    {"type":"portmap","capabilities":{"portMappings":true}},
    {"type":"bandwidth","capabilities":{"bandwidth":true}}
  ]
}
"#;

/// All the text of a machine's configuration: the file, those beside it, and the words of its unit.
fn configuration(machine: &Machine) -> String {
    let mut text = machine.text("/etc/rancher/k3s/config.yaml");
    let folder = "/etc/rancher/k3s/config.yaml.d";
    for name in machine.names_in(folder).iter().filter(|name| name.ends_with(".yaml")) {
        text.push('\n');
        text.push_str(&machine.text(&format!("{folder}/{name}")));
    }
    for unit in UNITS.iter().filter_map(|name| machine.units.all.get(*name)) {
        for word in &unit.command {
            text.push('\n');
            text.push_str(&word.trim_start_matches('-').replacen('=', ": ", 1));
        }
    }
    text
}

/// The last value of a key in such a text.
fn value(text: &str, key: &str) -> Option<String> {
    let of = |line: &str| {
        let (name, value) = line.trim().split_once(':')?;
        (name.trim().trim_matches('"') == key).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    };
    text.lines().filter_map(of).next_back()
}

/// What the servers say of a key.
fn said(world: &World, key: &str) -> Option<String> {
    let mut servers = world.machines().filter(|machine| machine.units.all.contains_key("k3s.service"));
    servers.find_map(|machine| value(&configuration(machine), key))
}

/// The range of pods that the parts of k3s and RKE2 on a machine are told.
pub(super) fn range_of_pods(world: &World, node: &str) -> Option<String> {
    let units = &world.machine(node)?.units.all;
    let is_one = units.keys().any(|name| name.starts_with("k3s") || name.starts_with("rke2-"));
    is_one.then(|| said(world, "cluster-cidr").unwrap_or_else(|| "10.42.0.0/16".to_owned()))
}

/// Whether the servers are told to go without one of the things k3s brings along.
pub(crate) fn disables(world: &World, what: &str) -> bool {
    let says = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        let named = line.strip_prefix("disable:").unwrap_or(line);
        named.split([',', ' ', '[', ']']).any(|word| word.trim_matches(['"', '\'']) == what)
    };
    let mut servers = world.machines().filter(|machine| machine.units.all.contains_key("k3s.service"));
    servers.any(|machine| configuration(machine).lines().any(says))
}

/// The agents inside of k3s that run on a machine.
pub(super) fn running(world: &World, node: &str) -> Vec<Runs> {
    let Some(machine) = world.machine(node) else { return Vec::new() };
    let plain = machine.has(&format!("{}/{}", crate::cni::Folders::of(machine).conf, crate::cni::PLAIN));
    let unit = UNITS.iter().find_map(|name| machine.units.all.get(*name)).filter(|unit| unit.active == "active");
    let Some(unit) = unit.filter(|_| machine.is_up() && !plain) else { return Vec::new() };
    let since = Moment::not_before(unit.since);
    let started = format!("{} {}", machine.boot_id, since.0);
    // What it took at its start it keeps until the next.
    let known = super::memory(world, "k3s.twin", node);
    let (flannel, proxy, router) = if known["started"] == started.as_str() {
        (known["flannel"] == true, known["proxy"] == true, known["router"] == true)
    } else {
        flags(world)
    };
    let one = |sort: Sort, word: &str| {
        let pod = Key::new("pods", "", word);
        Runs { sort, pod, id: format!("k3s {started}"), since }
    };
    let mut all = Vec::new();
    if flannel {
        all.push(one(Sort::Flannel, "flannel"));
    }
    if proxy {
        all.push(one(Sort::Proxy, "proxy"));
    }
    if router {
        all.push(one(Sort::Router, "router"));
    }
    all
}

/// Whether the servers say yes to a key, by a value or by the key alone.
fn says(world: &World, key: &str) -> bool {
    let mut servers = world.machines().filter(|machine| machine.units.all.contains_key("k3s.service"));
    let alone = servers.any(|machine| configuration(machine).lines().any(|line| line.trim() == key));
    alone || said(world, key).as_deref() == Some("true")
}

/// Whether flannel, the proxy and the policies run.
fn flags(world: &World) -> (bool, bool, bool) {
    let flannel = said(world, "flannel-backend").as_deref() != Some("none");
    let (proxy, router) = (!says(world, "disable-kube-proxy"), !says(world, "disable-network-policy"));
    (flannel, proxy, router)
}

/// Remembers what a k3s took at its start.
pub(super) fn remember(world: &mut World, node: &str) {
    let Some(machine) = world.machine(node) else { return };
    let Some(unit) = UNITS.iter().find_map(|name| machine.units.all.get(*name)) else { return };
    let started = format!("{} {}", machine.boot_id, Moment::not_before(unit.since).0);
    if super::memory(world, "k3s.twin", node)["started"] == started.as_str() || unit.active != "active" {
        return;
    }
    let (flannel, proxy, router) = flags(world);
    super::remember(
        world,
        "k3s.twin",
        node,
        crate::json::json!({"started": started, "flannel": flannel, "proxy": proxy, "router": router}),
    );
}
