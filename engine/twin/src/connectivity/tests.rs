//! What is renewed after a change is what asking for all pairs would say.

use super::{Cell, Connectivity};
use crate::clock::Clock;
use crate::json::json;
use crate::world::{Chance, Deletion, Key, Object, World};
use crate::{net, scene};
use std::collections::BTreeMap;

const NODES: usize = 4;

/// What is done to a machine: it need not work, for what is there depends on what was done before.
const TURNS: [&str; 30] = [
    "ip route del 10.42.1.0/24",
    "ip route add 10.42.1.0/24 via 10.0.0.2",
    "ip route add blackhole 10.42.2.0/24",
    "ip route del blackhole 10.42.2.0/24",
    "ip link set eth0 down",
    "ip link set eth0 up",
    "ip link set eth0 mtu 1400",
    "ip link set cni0 down",
    "ip link set cni0 up",
    "ip address add 10.0.0.77/16 dev eth0",
    "ip address del 10.0.0.77/16 dev eth0",
    "sysctl -w net.ipv4.conf.all.rp_filter=1",
    "sysctl -w net.ipv4.conf.all.rp_filter=0",
    "sysctl -w net.ipv4.ip_forward=0",
    "sysctl -w net.ipv4.ip_forward=1",
    "iptables -I FORWARD -p tcp -j DROP",
    "iptables -D FORWARD -p tcp -j DROP",
    "iptables -t nat -A POSTROUTING -s 10.42.0.0/16 -j MASQUERADE",
    "iptables -I FORWARD -p tcp --dport 80 -j DROP",
    "iptables -D FORWARD -p tcp --dport 80 -j DROP",
    "iptables -I FORWARD -p tcp --dport 79:90 -m comment --comment few -j REJECT",
    "iptables -D FORWARD -p tcp --dport 79:90 -m comment --comment few -j REJECT",
    "iptables -I OUTPUT -s 10.0.0.1/32 -p tcp -j DROP",
    "iptables -D OUTPUT -s 10.0.0.1/32 -p tcp -j DROP",
    "ipset create few hash:ip",
    "ipset add few 10.42.1.2",
    "ipset del few 10.42.1.2",
    "iptables -I FORWARD -m set --match-set few src -j DROP",
    "iptables -D FORWARD -m set --match-set few src -j DROP",
    "iptables -t nat -A PREROUTING -p tcp --dport 80 -d 10.42.3.0/24 -j DNAT --to-destination 10.42.1.3:80",
];

fn make_pod(world: &mut World, name: &str, node: usize) {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
        "spec": {"nodeName": format!("n{node}"), "containers": [
            {"name": "web", "image": "nginx:1", "ports": [{"containerPort": 80}]},
        ]},
    });
    world.create("pods", Object::new(pod)).unwrap();
}

fn pass(world: &mut World) {
    let until = world.now().plus_seconds(60);
    world.live(until, usize::MAX);
}

fn cluster() -> World {
    let mut text = "name: small\nnodes:\n".to_owned();
    for number in 0..NODES {
        let address = number + 1;
        text.push_str(&format!("  - {{name: n{number}, address: 10.0.0.{address}/16, pods: 10.42.{number}.0/24}}\n"));
    }
    let mut world = scene::read(&text, Clock::today()).unwrap().world;
    for number in 0..NODES * 2 {
        make_pod(&mut world, &format!("p{number}"), number % NODES);
    }
    pass(&mut world);
    world
}

fn told(known: &Connectivity) -> Vec<(String, String, Cell)> {
    known.pairs().map(|(from, to, cell)| (from.to_owned(), to.to_owned(), cell.clone())).collect()
}

#[test]
fn after_any_change_it_says_what_asking_for_all_would_say() {
    let mut world = cluster();
    let mut known = Connectivity::of(&world);
    assert_eq!((known.noes().count(), known.is_empty()), (0, false), "{}", known.text());
    let mut chance = Chance::new(11);
    let mut below = |many: usize| usize::try_from(chance.below(many as u64)).unwrap();
    let mut done = Vec::new();
    for round in 0..120 {
        let node = below(NODES);
        match below(TURNS.len() + 3) {
            0 => {
                done.push(format!("a pod comes to n{node}"));
                make_pod(&mut world, &format!("q{round}"), node);
                pass(&mut world);
            }
            1 => {
                let pods: Vec<Key> =
                    world.list("pods", "default").map(|it| Key::new("pods", "default", it.name())).collect();
                let Some(pod) = pods.get(below(pods.len().max(1))) else { continue };
                done.push(format!("{} goes", pod.name()));
                world.delete(pod, &Deletion::default()).unwrap();
                pass(&mut world);
            }
            turn => {
                let turn = TURNS[turn % TURNS.len()];
                done.push(format!("n{node}: {turn}"));
                let words: Vec<String> = turn.split(' ').map(str::to_owned).collect();
                let now = world.now().0 / 1000;
                net::run(world.network_mut(), &format!("n{node}"), "", &words, "", now);
            }
        }
        known = known.renewed(&world);
        assert_eq!(told(&known), told(&Connectivity::of(&world)), "after {done:#?}");
    }
    assert!(known.noes().count() > 0, "something of all that must have hurt");
}

/// The pairs with whether they are reached, and where it was said that they are not.
fn answers(known: &Connectivity) -> BTreeMap<(&str, &str), (bool, Option<&str>)> {
    let pairs = known.pairs();
    pairs.map(|(from, to, cell)| ((from, to), (cell.reached, cell.why.as_ref().map(|why| why.0.as_str())))).collect()
}

#[test]
fn whoever_writes_chains_and_maps_anew_matters_to_those_who_go_by_what_is_new() {
    for (seed, name) in ["flannel", "k3s-shop", "cilium", "calico", "calico-k3s"].into_iter().enumerate() {
        let Some(text) = scene::text(name) else { continue };
        let mut world = scene::read(text, Clock::today()).unwrap().world;
        for _ in 0..5 {
            pass(&mut world);
        }
        let mut known = Connectivity::of(&world);
        let mut chance = Chance::new(seed as u64);
        for round in 0..4 {
            let daemons = |pod: &Object| pod.controller().is_some_and(|owner| owner.kind() == "DaemonSet");
            let pods: Vec<Key> = world
                .list("pods", "")
                .filter(|pod| !daemons(pod) && pod.controller().is_some())
                .map(|pod| Key::new("pods", pod.namespace(), pod.name()))
                .collect();
            let pod = &pods[usize::try_from(chance.below(pods.len() as u64)).unwrap()];
            world.delete(pod, &Deletion::default()).unwrap();
            for seconds in [0, 1, 2, 4, 8, 45] {
                let until = world.now().plus_seconds(seconds);
                world.live(until, usize::MAX);
                known = known.renewed(&world);
                let anew = Connectivity::of(&world);
                let kept = answers(&known);
                for (pair, answer) in answers(&anew) {
                    assert_eq!(
                        kept[&pair],
                        answer,
                        "{name}, round {round}, {} goes, {seconds} s later: {pair:?}",
                        pod.name()
                    );
                }
                assert_eq!(known.len(), anew.len());
            }
        }
    }
}
