//! Machines in a portrait: their files, units, settings, links, addresses, routes and chains.

use super::{Fields, digest};
use crate::cni::{Folders, chosen};
use crate::laws::kubelet::sandbox_of;
use crate::machines::Machine;
use crate::machines::files::{Content, Ino, Kind};
use crate::net::{self, Network};
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// Folders in which a machine keeps what does not last, or what the engine keeps for itself.
const PASSING: [&str; 9] =
    ["/dev", "/proc", "/run", "/sys", "/tmp", "/var/lib/runbook", "/var/log", "/var/run", "/var/tmp"];
/// The longest file that is shown whole.
const SHORT: usize = 4000;
/// The deepest folder that is looked into.
const DEPTH_MAX: usize = 40;
/// Links that come and go with pods.
const OF_PODS: [&str; 4] = ["cali", "lxc", "tunl", "veth"];
/// Bridges that are up while a pod is on them.
const BRIDGES: [&str; 2] = ["cni0", "kube-bridge"];
/// Chains that come and go with services and pods.
const OF_OTHERS: [&str; 7] =
    ["KUBE-EXT", "KUBE-POD-FW", "KUBE-SEP", "KUBE-SVC", "CNI-", "cali-fw-cali", "cali-tw-cali"];
/// Where plugins note which pod has what.
const NOTES: &str = "/var/lib/cni/";
/// The folder in it that the runtime makes for the first pod of a machine, whatever its network.
const RESULTS: &str = "results";
/// The folders in it that flannel's plugins make for their first pod.
const FOLDERS: [&str; 3] = ["flannel", "networks", "networks/cbr0"];

/// Paints all machines.
pub(super) fn paint(world: &World, things: &mut BTreeMap<String, Fields>) {
    let alive: BTreeSet<String> = world.list("pods", "").filter_map(|pod| sandbox_of(world, pod)).collect();
    let wandering = crate::laws::vip::wandering(world);
    for machine in world.machines() {
        files(machine, "", machine.files.root(), 0, things);
        units(machine, things);
        let settings = machine.kernel.settings.iter().map(|(name, value)| (name.clone(), value.clone()));
        add(things, format!("settings of {}", machine.name), settings.collect());
        network(world.network(), &machine.name, wandering, things);
        notes(machine, &alive, things);
    }
}

fn add(things: &mut BTreeMap<String, Fields>, name: String, fields: Fields) {
    if !fields.is_empty() {
        things.insert(name, fields);
    }
}

/// Takes out what plugins noted of pods that are there, for pods come and go. What they noted of pods that are gone is
/// counted, for it has leaked; and what was noted for a network that is not the machine's own any more will, whenever and
/// by whatever the pod goes, so that it is no difference that the pod has gone.
fn notes(machine: &Machine, alive: &BTreeSet<String>, things: &mut BTreeMap<String, Fields>) {
    let network = chosen(machine, &Folders::of(machine)).map(|conf| conf.name);
    let machine = machine.name.as_str();
    things.remove(&format!("folder {machine}:{NOTES}{RESULTS}"));
    // Where flannel is, its folders come with its first pod, as its bridge does.
    if things.contains_key(&format!("link {machine}:flannel.1")) {
        FOLDERS.iter().for_each(|folder| drop(things.remove(&format!("folder {machine}:{NOTES}{folder}"))));
    }
    let start = format!("file {machine}:{NOTES}");
    let results = format!("{start}{RESULTS}/");
    let lost: BTreeSet<String> = things
        .range(results.clone()..)
        .map_while(|(name, _)| name.strip_prefix(&results))
        .filter_map(|file| Some((file.split_once(id(file)?)?.0.trim_end_matches('-'), id(file)?)))
        // That of the loopback goes with every pod.
        .filter(|(of, _)| *of != "cni-loopback" && network.as_ref().is_some_and(|network| network != of))
        .map(|(_, whose)| whose.to_owned())
        .collect();
    let own = things.range(start.clone()..).take_while(|(name, _)| name.starts_with(&start));
    let mut leaked: BTreeMap<String, u64> = BTreeMap::new();
    let mut gone = Vec::new();
    for (name, fields) in own {
        let (folder, file) = name.rsplit_once('/').unwrap_or_default();
        let whose = id(file).or_else(|| fields.get("content").and_then(|content| id(content)));
        let loopback = file.starts_with("cni-loopback-");
        if whose.is_some_and(|whose| !alive.contains(whose) || !loopback && lost.contains(whose)) {
            *leaked.entry(folder.replacen("file ", "notes of pods that nobody takes away, ", 1)).or_default() += 1;
        }
        if whose.is_some() || file.starts_with("last_reserved_ip") || file == "lock" {
            gone.push(name.clone());
        }
    }
    gone.iter().for_each(|name| drop(things.remove(name)));
    for (name, count) in leaked {
        things.insert(name, Fields::from([("count".to_owned(), count.to_string())]));
    }
}

/// The id of a sandbox in a text.
fn id(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_hexdigit()).find(|word| word.len() == 64)
}

fn files(machine: &Machine, path: &str, ino: Ino, depth: usize, things: &mut BTreeMap<String, Fields>) {
    if PASSING.contains(&path) || depth > DEPTH_MAX {
        return;
    }
    let Ok(node) = machine.files.node(ino) else { return };
    let mut fields = Fields::from([("mode".to_owned(), format!("{:o}", node.mode & 0o7777))]);
    if node.uid != 0 || node.gid != 0 {
        fields.insert("owner".to_owned(), format!("{}:{}", node.uid, node.gid));
    }
    let what = match &node.kind {
        Kind::Folder(names) => {
            for (name, below) in names.iter() {
                files(machine, &format!("{path}/{name}"), *below, depth + 1, things);
            }
            "folder"
        }
        Kind::File(content) => {
            fields.insert("content".to_owned(), shown(content));
            "file"
        }
        Kind::Link(to) => {
            fields.insert("to".to_owned(), to.clone());
            "link"
        }
        Kind::Device(_) | Kind::Fifo | Kind::Socket => return,
    };
    if !path.is_empty() {
        things.insert(format!("{what} {}:{path}", machine.name), fields);
    }
}

fn shown(content: &Content) -> String {
    match content {
        Content::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if text.len() <= SHORT => text.to_owned(),
            _ => digest(bytes),
        },
        Content::Holes(size) => format!("({size} bytes of nothing)"),
        Content::Program(name) => format!("(the program {name})"),
    }
}

fn units(machine: &Machine, things: &mut BTreeMap<String, Fields>) {
    for (name, unit) in &machine.units.all {
        let fields = [("active", &unit.active), ("enabled", &unit.enabled)];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        things.insert(format!("unit {}:{name}", machine.name), fields);
    }
}

fn network(network: &Network, machine: &str, wandering: Option<&str>, things: &mut BTreeMap<String, Fields>) {
    if network.find(machine, "").is_none() {
        return;
    }
    // What looks changes nothing, and still takes a network to change.
    let mut network = network.clone();
    let mut ask = |words: &str| {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        net::run(&mut network, machine, "", &words, "", 0).stdout
    };
    // Flannel's bridge comes with the first pod: where flannel is, it is no difference that none has come yet.
    let serves = !ask("ip -o link show flannel.1").is_empty();
    let of_pods =
        |name: &str| OF_PODS.iter().any(|start| name.starts_with(start)) || (serves && BRIDGES.contains(&name));
    for line in ask("ip -o link show").lines() {
        let mut words = line.split_whitespace().skip(1);
        let name = words.next().unwrap_or_default().trim_end_matches(':').split('@').next().unwrap_or_default();
        // Antrea's cables have the names of their pods: they are known by where they lead.
        let antreas = line.contains(" master ovs-system ") && line.contains(" link-netns ");
        if of_pods(name) || antreas {
            continue;
        }
        let words: Vec<&str> = words.collect();
        let after = |word: &str| words.iter().skip_while(|one| **one != word).nth(1).map(|value| (*value).to_owned());
        let shown = if BRIDGES.contains(&name) { &["mtu"][..] } else { &["master", "mtu", "state"] };
        let fields = shown.iter().filter_map(|word| Some(((*word).to_owned(), after(word)?)));
        things.insert(format!("link {machine}:{name}"), fields.collect());
    }
    // Who has it just now is no matter, only that somebody does.
    let wanders = |text: &str| wandering.is_some() && text.split('/').next() == wandering;
    for line in ask("ip -o addr show").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some(name), Some(address)) = (words.get(1), words.get(3)) else { continue };
        if wanders(address) {
            things.entry(format!("address {address}")).or_default().insert("held".to_owned(), String::new());
            continue;
        }
        if let Some(link) = things.get_mut(&format!("link {machine}:{name}")) {
            link.insert(format!("address {address}"), String::new());
        }
    }
    let lines = |text: String, keep: &dyn Fn(&str) -> bool| -> Fields {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && keep(line));
        lines.map(|line| (line.trim_end_matches(" linkdown").to_owned(), String::new())).collect()
    };
    let routes = lines(ask("ip route show table all"), &|line| {
        let behind = |word: &str| line.split_whitespace().skip_while(|one| *one != word).nth(1);
        !behind("dev").is_some_and(of_pods) && !behind("local").is_some_and(wanders)
    });
    add(things, format!("routes of {machine}"), routes);
    add(things, format!("rules of {machine}"), lines(ask("ip rule show"), &|_| true));
    let chains = lines(ask("iptables-save"), &|line| {
        // A table without a rule filters nothing, and stays once somebody has looked at it.
        !line.starts_with(['#', ':', '*']) && line != "COMMIT" && !OF_OTHERS.iter().any(|chain| line.contains(chain))
    });
    add(things, format!("chains of {machine}"), chains);
}
