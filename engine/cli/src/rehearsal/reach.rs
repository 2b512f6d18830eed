//! Who reaches whom while time passes: by class of pair, and each service by anybody.
//!
//! Between two moments at which time jumps nothing changes, so to ask before each jump is to ask always. What a pair could
//! not do before the run began is no loss of the run; a machine that is away is told of on its own, not with each of its
//! pairs.

use std::collections::{BTreeMap, BTreeSet};

use runbook_model::Millis;
use runbook_report::rehearsal::Loss;
use runbook_twin::connectivity::{Connectivity, End, Sort};
use runbook_twin::net::Network;
use runbook_twin::world::{Moment, World};

/// The namespaces of the run's own test pods.
const OWN: &str = "runbook-probe-";

/// Pairs with a node that takes no pods just now: nobody is served there.
const FROM_EMPTIED: &str = "from a cordoned node";
const TO_EMPTIED: &str = "to a cordoned node";
/// Classes of pairs, in the order they are shown.
const CLASSES: [&str; 12] = [
    "pod to pod on its node",
    "pod to pod on another node",
    "pod to service",
    "pod to DNS",
    "pod to node",
    "pod to outside",
    "node to pod",
    "node to service",
    "node to DNS",
    "node to node",
    FROM_EMPTIED,
    TO_EMPTIED,
];

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    known: Connectivity,
    network: Option<Network>,
    /// Pairs that failed at the beginning.
    before: BTreeSet<(String, String)>,
    /// Pairs of workloads none of whose pods reached each other then: policies bar them, whatever their pods are called.
    barred: BTreeSet<(String, String)>,
    classes: BTreeMap<&'static str, Track>,
    services: BTreeMap<String, Track>,
    machines: BTreeMap<String, Track>,
    end: Millis,
}

/// What is open and what is over of one thing.
#[derive(Clone, Debug, Default)]
struct Track {
    open: Option<Millis>,
    spans: Vec<(Millis, Millis)>,
    most: usize,
    of: usize,
    why: String,
}

impl Track {
    fn note(&mut self, at: Millis, lost: usize, of: usize, why: &str) {
        self.of = self.of.max(of);
        if lost > self.most {
            self.most = lost;
            why.clone_into(&mut self.why);
        }
        match (self.open, lost > 0) {
            (None, true) => self.open = Some(at),
            (Some(from), false) => {
                self.open = None;
                if at > from {
                    self.spans.push((from, at));
                }
            }
            _ => {}
        }
    }

    fn loss(&self, who: &str, end: Millis) -> Loss {
        let open = self.open.filter(|from| end > *from).map(|from| (from, end));
        Loss {
            who: who.to_owned(),
            spans: self.spans.iter().copied().chain(open).collect(),
            most: self.most,
            of: self.of,
            why: self.why.clone(),
        }
    }
}

impl Reach {
    /// Looks at a world, which stays as it is until `until`.
    pub(crate) fn look(&mut self, world: &World, until: Moment) {
        let now = world.now().0 / 1000;
        self.end = self.end.max(until.0 / 1000);
        for machine in world.machines() {
            let track = self.machines.entry(machine.name.clone()).or_default();
            track.note(now, usize::from(!machine.is_up()), 1, "");
        }
        if self.network.as_ref().is_some_and(|had| had.shares(world.network())) {
            return;
        }
        self.known = self.known.renewed(world);
        if self.network.is_none() {
            let noes = self.known.noes().map(|(from, to, _)| (from.to_owned(), to.to_owned()));
            self.before = noes.collect();
            self.barred = self.strangers();
        }
        self.network = Some(world.network().clone());
        self.count(world, now);
    }

    fn strangers(&self) -> BTreeSet<(String, String)> {
        let (mut barred, mut friends) = (BTreeSet::new(), BTreeSet::new());
        for from in &self.known.from {
            for to in &self.known.to {
                if let Some(cell) = self.known.cell(&from.id, &to.id) {
                    if cell.reached { &mut friends } else { &mut barred }.insert(kin(from, to));
                }
            }
        }
        barred.retain(|pair| !friends.contains(pair));
        barred
    }

    fn count(&mut self, world: &World, now: Millis) {
        let mut found: BTreeMap<&'static str, (usize, usize, String)> = BTreeMap::new();
        let mut services: BTreeMap<String, (usize, usize, String)> = BTreeMap::new();
        let up = |end: &End| place(end).is_none_or(|name| world.machine(name).is_none_or(|machine| machine.is_up()));
        let asked = |end: &&End| up(end) && !end.id.contains(OWN);
        let emptied = |end: &End| {
            let node = place(end).and_then(|name| world.get("nodes", "", name));
            node.is_some_and(|node| node["spec"]["unschedulable"] == true)
        };
        for from in self.known.from.iter().filter(asked) {
            for to in self.known.to.iter().filter(asked) {
                let (Some(cell), Some(class)) = (self.known.cell(&from.id, &to.id), class(from, to)) else { continue };
                let class = if emptied(from) {
                    FROM_EMPTIED
                } else if emptied(to) {
                    TO_EMPTIED
                } else {
                    class
                };
                let lost = !cell.reached
                    && !self.before.contains(&(from.id.clone(), to.id.clone()))
                    && !self.barred.contains(&kin(from, to));
                let why = cell
                    .why
                    .as_ref()
                    .filter(|_| lost)
                    .map(|(place, said)| format!("{} to {}: at {place}: {said}", from.id, to.id));
                let tell = |entry: &mut (usize, usize, String)| {
                    entry.0 += usize::from(lost);
                    entry.1 += 1;
                    if let Some(why) = why.as_ref().filter(|_| entry.2.is_empty()) {
                        entry.2.clone_from(why);
                    }
                };
                tell(found.entry(class).or_default());
                if matches!(to.sort, Sort::Service | Sort::Dns) && class != FROM_EMPTIED {
                    tell(services.entry(to.id.clone()).or_default());
                }
            }
        }
        for class in CLASSES {
            if let Some((lost, of, why)) = found.get(class) {
                self.classes.entry(class).or_default().note(now, *lost, *of, why);
            } else if let Some(track) = self.classes.get_mut(class) {
                track.note(now, 0, 0, "");
            }
        }
        for (name, (lost, of, why)) in &services {
            self.services.entry(name.clone()).or_default().note(now, *lost, *of, why);
        }
        for (_, track) in self.services.iter_mut().filter(|(name, _)| !services.contains_key(*name)) {
            track.note(now, 0, 0, "");
        }
    }

    /// The classes of pairs, those that lost nothing as well.
    pub(crate) fn classes(&self) -> Vec<Loss> {
        let known = CLASSES.iter().filter_map(|class| Some((*class, self.classes.get(class)?)));
        known.map(|(class, track)| track.loss(class, self.end)).collect()
    }

    /// The services, those that lost nothing as well.
    pub(crate) fn services(&self) -> Vec<Loss> {
        self.services.iter().map(|(name, track)| track.loss(name, self.end)).collect()
    }

    /// The machines that were away.
    pub(crate) fn away(&self) -> Vec<Loss> {
        let all = self.machines.iter().map(|(name, track)| track.loss(name, self.end));
        all.filter(|loss| !loss.spans.is_empty()).collect()
    }
}

/// Which workloads two ends belong to: a node asks for what is on it, or elsewhere.
fn kin(from: &End, to: &End) -> (String, String) {
    let here = if place(from) == place(to) { "here" } else { "there" };
    let of = |end: &End| match end.id.strip_prefix("pod ") {
        Some(pod) => workload(pod).to_owned(),
        None if end.sort == Sort::Node => format!("node {here}"),
        None => end.id.clone(),
    };
    (of(from), of(to))
}

/// The namespace and the name of a pod `node/namespace/name` without what its owner has put behind.
fn workload(pod: &str) -> &str {
    let name = pod.split_once('/').map_or(pod, |(_, name)| name);
    let made = |end: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let Some((owner, _)) = name.rsplit_once('-').filter(|(_, end)| made(end, 5..=5)) else { return name };
    owner.rsplit_once('-').filter(|(_, end)| made(end, 8..=10)).map_or(owner, |(owner, _)| owner)
}

/// The machine an end is on.
fn place(end: &End) -> Option<&str> {
    let (word, rest) = end.id.split_once(' ')?;
    matches!(word, "pod" | "node").then(|| rest.split('/').next().unwrap_or(rest))
}

fn class(from: &End, to: &End) -> Option<&'static str> {
    let same = place(from) == place(to);
    let word = match (from.sort, to.sort) {
        (Sort::Pod, Sort::Pod) if same => "pod to pod on its node",
        (Sort::Pod, Sort::Pod) => "pod to pod on another node",
        (Sort::Pod, Sort::Service) => "pod to service",
        (Sort::Pod, Sort::Dns) => "pod to DNS",
        (Sort::Pod, Sort::Node) => "pod to node",
        (Sort::Pod, Sort::Outside) => "pod to outside",
        (Sort::Node, Sort::Pod) => "node to pod",
        (Sort::Node, Sort::Service) => "node to service",
        (Sort::Node, Sort::Dns) => "node to DNS",
        (Sort::Node, Sort::Node) => "node to node",
        _ => return None,
    };
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_from_the_first_no_to_the_next_yes() {
        let mut track = Track::default();
        for (at, lost) in [(0, 0), (10, 2), (20, 5), (30, 0), (40, 1)] {
            track.note(at, lost, 6, &format!("{lost} are lost"));
        }
        let loss = track.loss("pod to pod on its node", 50);
        assert_eq!(loss.spans, [(10, 30), (40, 50)]);
        assert_eq!((loss.most, loss.of, loss.why.as_str(), loss.lasted()), (5, 6, "5 are lost", (20, 30)));
    }

    /// A scene that has lived for a while, and then stays as it is for a minute.
    fn looked_at(scene: &str) -> Reach {
        let mut world = crate::scene::named(scene, None).unwrap().world;
        let until = world.now().plus_seconds(600);
        world.live(until, usize::MAX);
        let mut reach = Reach::default();
        reach.look(&world, until.plus_seconds(60));
        reach
    }

    #[test]
    fn workloads_that_policies_keep_apart_have_nothing_to_lose() {
        let reach = looked_at("arm-k3s");
        let barred = |from: &str, to: &str| reach.barred.contains(&(from.to_owned(), to.to_owned()));
        assert!(barred("irc/marmitton", "service database/postgres"), "{:?}", reach.barred);
        assert!(barred("database/postgres-0", "service security/vaultwarden"), "{:?}", reach.barred);
        assert!(!barred("irc/marmitton", "dns kube-system/kube-dns:dns/udp"));
        assert!(!barred("network/ingress-nginx-controller", "service security/vaultwarden"));
    }

    #[test]
    fn a_whole_cluster_loses_nothing_while_nothing_happens() {
        let reach = looked_at("shop");
        assert!(reach.classes().len() >= 6);
        assert!(reach.classes().iter().chain(&reach.services()).all(|loss| loss.spans.is_empty() && loss.of > 0));
        assert_eq!(reach.away(), []);
        assert!(reach.before.is_empty(), "{:?}", reach.before);
    }
}
