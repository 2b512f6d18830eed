//! What the container runtime of a machine has: the sandboxes, containers and images of the pods of its node, their
//! processes and the files of their logs.

use super::{Law, kubelet};
use crate::json::Value;
use crate::machines::Machine;
use crate::machines::containers::{Container, Image, Sandbox};
use crate::machines::process::End;
use crate::mix::{START, mixed};
use crate::world::{Again, Change, Key, MACHINES, Moment, Object, World};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The law.
pub(super) const LAW: Law = Law { name: "runtime", hears, acts };

fn hears(world: &World, change: &Change) -> Vec<Key> {
    let name = match (change.key.kind.as_str(), change.before.as_deref(), change.after.as_deref()) {
        ("pods", Some(before), Some(after)) if shown(before) == shown(after) => None,
        ("pods", before, after) => after.or(before).and_then(|pod| pod["spec"]["nodeName"].as_str()),
        ("nodes", Some(before), Some(after)) if before["status"]["images"] != after["status"]["images"] => {
            Some(after.name())
        }
        _ => None,
    };
    name.filter(|name| world.machine(name).is_some()).map(|name| Key::new(MACHINES, "", name)).into_iter().collect()
}

/// What of a pod its machine shows. Most of what becomes of a pod does not change it, and a node has many pods.
fn shown(pod: &Object) -> Option<Vec<&Value>> {
    let status = &pod["status"];
    // Without an address there is nothing on the machine yet.
    status["podIP"].as_str()?;
    let mut all = vec![&status["podIP"], &status["phase"], &status["startTime"]];
    for list in ["initContainerStatuses", "containerStatuses"] {
        for one in status[list].as_array().into_iter().flatten() {
            all.extend(["name", "image", "containerID", "restartCount", "state", "lastState"].map(|part| &one[part]));
        }
    }
    Some(all)
}

/// A container as it is to be on the machine.
struct Wanted {
    one: Container,
    words: Vec<String>,
    netns: String,
    log: String,
}

fn acts(world: &mut World, key: &Key) -> Again {
    let name = key.name();
    if !world.machine(name).is_some_and(Machine::has_runtime) {
        return Again::Never;
    }
    let (mut pods, mut all) = (Vec::new(), Vec::new());
    for pod in world.on_node(name) {
        let Some(sandbox) = sandbox(world, pod) else { continue };
        all.extend(containers(world, pod, &sandbox));
        pods.push(sandbox);
    }
    let images = images(world, name);
    pods.sort_by_key(|pod| pod.created);
    all.sort_by_key(|wanted| wanted.one.created);
    world.on_machine(name, |machine| keep(machine, pods, all, images));
    Again::Never
}

/// The id of an image of this name.
pub(crate) fn image_id(name: &str) -> String {
    format!("sha256:{}", id(name))
}

/// Sixty-four digits from a text.
fn id(text: &str) -> String {
    let mut out = String::new();
    for part in 0..4u64 {
        let mixed = mixed(START ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15), text.bytes());
        out.push_str(&format!("{:016x}", mixed ^ (mixed >> 29)));
    }
    out
}

fn time(value: &Value) -> Duration {
    value.as_str().and_then(Moment::read).unwrap_or_default().since_1970()
}

fn sandbox(world: &World, pod: &Object) -> Option<Sandbox> {
    // A pod without an address has no sandbox yet.
    let address = pod["status"]["podIP"].as_str()?;
    let ended = ["Succeeded", "Failed"].contains(&pod["status"]["phase"].as_str().unwrap_or_default());
    let attempt = kubelet::hand::sandboxes(world, pod);
    Some(Sandbox {
        id: id(&format!("{}/{address}/{attempt}", pod.uid())),
        name: pod.name().to_owned(),
        namespace: pod.namespace().to_owned(),
        ready: !ended,
        attempt,
        created: time(&pod["status"]["startTime"]),
    })
}

fn containers(world: &World, pod: &Object, sandbox: &Sandbox) -> Vec<Wanted> {
    let mut all = Vec::new();
    let netns = if pod["spec"]["hostNetwork"] == true { String::new() } else { format!("cni-{}", pod.uid()) };
    let key = Key::new("pods", pod.namespace(), pod.name());
    for (list, specs) in [("initContainerStatuses", "initContainers"), ("containerStatuses", "containers")] {
        for status in pod["status"][list].as_array().into_iter().flatten() {
            let name = status["name"].as_str().unwrap_or_default();
            let specs = pod["spec"][specs].as_array().into_iter().flatten();
            let spec = specs.into_iter().find(|spec| spec["name"] == name).unwrap_or(&Value::Null);
            let count = u32::try_from(status["restartCount"].as_u64().unwrap_or(0)).unwrap_or(0);
            let state = &status["state"];
            let live =
                [("running", "Running"), ("terminated", "Exited")].into_iter().find(|(at, _)| state[at].is_object());
            let before = status["lastState"]["terminated"].as_object().map(|_| &status["lastState"]["terminated"]);
            let mut add = |whose: &Value, word: &str, attempt: u32, previous: bool| {
                let id = whose.as_str().unwrap_or_default().trim_start_matches("containerd://").to_owned();
                if id.is_empty() {
                    return;
                }
                let (lines, _) = world.log(&key, name, previous, 0);
                let started =
                    if word == "Running" { &state["running"]["startedAt"] } else { &state["terminated"]["startedAt"] };
                let one = Container {
                    id,
                    name: name.to_owned(),
                    image: status["image"].as_str().unwrap_or_default().to_owned(),
                    state: word.to_owned(),
                    attempt,
                    created: time(if previous { &status["lastState"]["terminated"]["startedAt"] } else { started }),
                    pod: sandbox.id.clone(),
                    log: lines.iter().map(|line| line.text.to_string()).collect(),
                };
                let log = lines.iter().map(|line| format!("{} stdout F {}\n", line.at.micro(), line.text)).collect();
                all.push(Wanted { one, words: words(spec), netns: netns.clone(), log });
            };
            if let Some(before) = before {
                add(&before["containerID"], "Exited", count.saturating_sub(1), true);
            }
            if let Some((at, word)) = live {
                let whose = if at == "running" { &status["containerID"] } else { &state["terminated"]["containerID"] };
                add(whose, word, count, false);
            }
        }
    }
    all
}

/// What a container's first process is called by.
fn words(spec: &Value) -> Vec<String> {
    let of = |field: &str| -> Vec<String> {
        spec[field].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut words = of("command");
    if words.is_empty() {
        let image = spec["image"].as_str().unwrap_or_default();
        let last = image.rsplit('/').next().unwrap_or_default();
        words.push(format!("/{}", last.split([':', '@']).next().unwrap_or_default()));
    }
    words.extend(of("args"));
    words
}

fn images(world: &World, node: &str) -> Option<BTreeMap<String, Image>> {
    let mut all = BTreeMap::new();
    for image in world.get("nodes", "", node)?["status"]["images"].as_array().into_iter().flatten() {
        let size = image["sizeBytes"].as_u64().unwrap_or(0);
        for name in image["names"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            all.insert(name.to_owned(), Image { id: image_id(name), size });
        }
    }
    Some(all)
}

/// Makes the machine have what it is to have.
fn keep(machine: &mut Machine, pods: Vec<Sandbox>, all: Vec<Wanted>, images: Option<BTreeMap<String, Image>>) {
    let mut lives: BTreeMap<String, u32> = BTreeMap::new();
    for process in machine.procs.values() {
        if let Some(id) = process.cgroup.rsplit("cri-containerd-").next().and_then(|end| end.strip_suffix(".scope"))
            && process.cgroup.starts_with("/kubepods")
        {
            lives.insert(id.to_owned(), process.pid);
        }
    }
    for wanted in all.iter().filter(|wanted| wanted.one.state == "Running") {
        if lives.remove(&wanted.one.id).is_some() {
            continue;
        }
        let short = wanted.words.first().and_then(|word| word.rsplit('/').next()).unwrap_or("pause").to_owned();
        let words: Vec<&str> = wanted.words.iter().map(String::as_str).collect();
        let group = format!("/kubepods.slice/cri-containerd-{}.scope", wanted.one.id);
        let pid = machine.daemon(&short, &words, &group);
        if let Some(process) = machine.proc_mut(pid) {
            process.netns = wanted.netns.as_str().into();
        }
    }
    for pid in lives.into_values() {
        machine.end(pid, End::Signal(9));
    }
    for wanted in &all {
        let Some(pod) = pods.iter().find(|pod| pod.id == wanted.one.pod) else { continue };
        let uid = wanted.netns.strip_prefix("cni-").unwrap_or("host");
        let (name, attempt) = (&wanted.one.name, wanted.one.attempt);
        let file = format!("/var/log/pods/{}_{}_{uid}/{name}/{attempt}.log", pod.namespace, pod.name);
        if machine.text(&file) != wanted.log || machine.read(&file).is_none() {
            machine.write(&file, wanted.log.as_bytes());
        }
        let link = format!("/var/log/containers/{}_{}_{name}-{}.log", pod.name, pod.namespace, wanted.one.id);
        if machine.read(&link).is_none() {
            machine.put_folder("/var/log/containers", 0o755);
            machine.put(&link, crate::machines::files::Kind::Link(file), 0o777);
        }
    }
    let containers = Arc::make_mut(&mut machine.containers);
    containers.pods = pods;
    // What somebody took away does not come back, though the API still tells of it.
    containers.removed.retain(|id| all.iter().any(|wanted| wanted.one.id == *id));
    let kept = all.into_iter().map(|wanted| wanted.one).filter(|one| !containers.removed.contains(&one.id));
    containers.all = kept.collect();
    if let Some(images) = images {
        containers.images = images;
    }
}
