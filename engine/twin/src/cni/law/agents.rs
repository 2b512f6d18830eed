//! Which agents run on a machine: each starts with its container, a while after it, and ends with it.

use super::{HOST, antrea, calico, cilium, flannel, k3s, key, memory, policies, remember, services};
use crate::json::{Value, json};
use crate::world::{Again, Key, Moment, Object, World};

/// The agents the twin knows, by the name of their container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Antrea,
    Flannel,
    Cilium,
    Calico,
    Proxy,
    Router,
}

const SORTS: [(Sort, &str); 6] = [
    (Sort::Antrea, "antrea-agent"),
    (Sort::Flannel, "kube-flannel"),
    (Sort::Calico, "calico-node"),
    (Sort::Cilium, "cilium-agent"),
    (Sort::Proxy, "kube-proxy"),
    (Sort::Router, "kube-router"),
];

impl Sort {
    fn of(container: &str) -> Option<Sort> {
        SORTS.iter().find(|(_, name)| *name == container).map(|(sort, _)| *sort)
    }

    /// Seconds from the container's start until it has done its work.
    fn takes(self) -> i64 {
        match self {
            Sort::Cilium => 7,
            Sort::Antrea | Sort::Calico => 3,
            Sort::Flannel | Sort::Proxy | Sort::Router => 1,
        }
    }
}

/// Whether a pod is an agent's.
pub(super) fn is_one(pod: &Object) -> bool {
    let names = pod["spec"]["containers"].as_array().into_iter().flatten().filter_map(|it| it["name"].as_str());
    pod["spec"]["hostNetwork"] == true && names.into_iter().any(|name| Sort::of(name).is_some())
}

/// An agent whose container runs.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    pub(super) sort: Sort,
    pub(super) pod: Key,
    pub(super) id: String,
    pub(super) since: Moment,
}

/// The agents whose containers run on a node, as its kubelet told last.
fn running(world: &World, node: &str) -> Vec<Runs> {
    let mut all = Vec::new();
    for pod in world.on_node(node).filter(|pod| is_one(pod)) {
        for status in pod["status"]["containerStatuses"].as_array().into_iter().flatten() {
            let Some(sort) = status["name"].as_str().and_then(Sort::of) else { continue };
            let Some(since) = status["state"]["running"]["startedAt"].as_str().and_then(Moment::read) else { continue };
            let id = status["containerID"].as_str().unwrap_or_default().to_owned();
            all.push(Runs { sort, pod: Key::new("pods", pod.namespace(), pod.name()), id, since });
        }
    }
    all
}

/// What is to be said of an agent's container that its kubelet cannot know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is not done with its start.
    Starting,
    /// It ends with 1.
    Ends,
    /// It works.
    Works,
}

/// The verdict on a container of a pod; `None` for those that are no agent's.
pub(crate) fn verdict(world: &World, pod: &Object, container: &str) -> Option<Verdict> {
    if container == "cilium-operator" && super::operator::is_one(pod) {
        return super::needs::interval(world, pod).is_err().then_some(Verdict::Ends);
    }
    let sort = Sort::of(container).filter(|_| is_one(pod))?;
    let node = pod["spec"]["nodeName"].as_str()?;
    world.machine(node)?;
    let known = &memory(world, HOST, node)[name(sort)];
    Some(if known["ends"].is_string() {
        Verdict::Ends
    } else if sort == Sort::Calico && !super::bgp::is_met(world, node) {
        Verdict::Starting
    } else if known["works"] == true && known["pod"] == pod.uid() {
        Verdict::Works
    } else {
        Verdict::Starting
    })
}

fn name(sort: Sort) -> &'static str {
    SORTS.iter().find(|(one, _)| *one == sort).map_or("", |(_, name)| name)
}

/// Looks at one machine.
pub(super) fn tend(world: &mut World, node: &str) -> Again {
    let Some(machine) = world.machine(node) else { return Again::Never };
    let (up, boot) = (machine.is_up(), machine.boot_id.clone());
    // What ran before a boot runs no more, though the API still says so for a while.
    let booted = Moment::not_before(machine.booted);
    let mut all = running(world, node);
    all.extend(k3s::running(world, node));
    all.retain(|it| it.since.plus_seconds(1) > booted);
    let mut known = memory(world, HOST, node).clone();
    if known["boot"] != boot.as_str() {
        known = json!({"boot": boot});
        remember(world, HOST, node, known.clone());
    }
    if !up {
        return Again::Never;
    }
    if known["kubelet"] != true && world.get("nodes", "", node).is_some() {
        world.on_host(node, crate::cni::kubelet::chains);
        known["kubelet"] = true.into();
        remember(world, HOST, node, known.clone());
    }
    super::node::plain_routes(world, node, &boot);
    k3s::remember(world, node);
    // The clock jumps to a start; what is only tried again and again it does not jump for.
    let (mut next, mut later): (Option<Moment>, Option<Moment>) = (None, None);
    for (sort, word) in SORTS {
        let lives = |it: &&Runs| it.sort == sort;
        let now_runs = all.iter().filter(lives).max_by_key(|it| it.since.0).cloned();
        let known_id = known[word]["id"].as_str().map(str::to_owned);
        match (now_runs, known_id) {
            (None, None) => {}
            (None, Some(_)) => {
                stop(world, node, sort);
                known[word] = Value::Null;
                remember(world, HOST, node, known.clone());
            }
            (Some(runs), had) => {
                if had.as_deref() != Some(runs.id.as_str()) {
                    if had.is_some() {
                        stop(world, node, sort);
                    }
                    known[word] = json!({"id": runs.id, "at": runs.since.plus_seconds(sort.takes()).0});
                    remember(world, HOST, node, known.clone());
                }
                let at = Moment(known[word]["at"].as_i64().unwrap_or(0));
                if known[word]["works"] != true && at > world.now() {
                    next = next.into_iter().chain([at]).min();
                    continue;
                }
                if known[word]["works"] != true {
                    let again = start(world, node, &runs, &mut known, word);
                    later = later.into_iter().chain(again).min();
                }
                if known[word]["works"] == true {
                    let again = sync(world, node, sort);
                    later = later.into_iter().chain(again).min();
                }
            }
        }
    }
    match (next, later) {
        (Some(at), _) => Again::At(at),
        (None, Some(at)) => Again::Idle(at),
        (None, None) => Again::Never,
    }
}

/// An agent starts; says when to look again where it waits for something.
fn start(world: &mut World, node: &str, runs: &Runs, known: &mut Value, word: &str) -> Option<Moment> {
    let started = match runs.sort {
        Sort::Antrea => antrea::start(world, node, &runs.pod),
        Sort::Flannel => flannel::start(world, node, &runs.pod),
        Sort::Cilium => cilium::start(world, node, &runs.pod),
        Sort::Calico => calico::start(world, node, &runs.pod),
        Sort::Proxy | Sort::Router => Ok(true),
    };
    let uid = world.at(&runs.pod).map(|pod| pod.uid().to_owned()).unwrap_or_default();
    match started {
        Ok(true) => {
            policies::begin(world, node, runs.sort);
            known[word]["works"] = true.into();
            known[word]["pod"] = uid.into();
            known[word]["ends"] = Value::Null;
        }
        Ok(false) => return Some(world.now().plus_seconds(2)),
        Err(said) => {
            let line = format!("level=error msg=\"{said}\" subsys=daemon");
            super::needs::say_once(world, &runs.pod, word, &line);
            known[word]["ends"] = said.into();
        }
    }
    remember(world, HOST, node, known.clone());
    world.wake("kubelet", runs.pod.clone());
    world.wake("heartbeat", Key::new("nodes", "", node));
    if matches!(runs.sort, Sort::Antrea | Sort::Flannel | Sort::Calico) {
        // Another that keeps the folder for itself sees what was written.
        world.on_host(node, crate::cni::cilium::keep_conf);
    }
    None
}

fn stop(world: &mut World, node: &str, sort: Sort) {
    match sort {
        Sort::Antrea => antrea::stop(world, node),
        Sort::Cilium => cilium::stop(world, node),
        Sort::Calico => super::bgp::stop(world, node),
        // They leave all as it is.
        Sort::Flannel | Sort::Proxy | Sort::Router => {}
    }
}

fn sync(world: &mut World, node: &str, sort: Sort) -> Option<Moment> {
    match sort {
        Sort::Antrea => return antrea::sync(world, node),
        Sort::Flannel => flannel::sync(world, node),
        Sort::Cilium => return cilium::sync(world, node),
        Sort::Calico => return calico::sync(world, node),
        Sort::Proxy => services::tell_one(world, node),
        // What it keeps it is told of by those who know the policies.
        Sort::Router => {}
    }
    None
}

/// Has the kubelet ask again how the agents of Calico on a node are.
pub(super) fn look_again(world: &mut World, node: &str) {
    for runs in running(world, node).into_iter().filter(|runs| runs.sort == Sort::Calico) {
        world.wake("kubelet", runs.pod);
    }
}

/// The nodes on which an agent of a sort works.
pub(super) fn working(world: &World, sort: Sort) -> Vec<String> {
    let works = |node: &&str| world.memory(super::LAW.name, &key(HOST, node))[name(sort)]["works"] == true;
    world.machines().map(|machine| machine.name.as_str()).filter(works).map(str::to_owned).collect()
}
