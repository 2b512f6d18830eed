//! How long it takes to say again who reaches whom, after one change in a large cluster.
//!
//! `cargo bench -p runbook-twin --bench connectivity [NODES [PODS_PER_NODE]]`; 200 nodes with 30 pods each by default.

use runbook_twin::connectivity::Connectivity;
use runbook_twin::net;
use runbook_twin::scene;
use runbook_twin::world::{Moment, Object, World};
use serde_json::json;
use std::io::Write;
use std::time::Instant;

fn cluster(nodes: usize, pods: usize) -> World {
    let mut text = "name: large\nnodes:\n".to_owned();
    for number in 0..nodes {
        let (high, low) = (number / 250, number % 250 + 1);
        text.push_str(&format!("  - {{name: n{number}, address: 10.0.{high}.{low}/16, pods: 10.42.{number}.0/24}}\n"));
    }
    let now = Moment::seconds(1_790_000_000);
    let mut world = match scene::read(&text, now) {
        Ok(scene) => scene.world,
        Err(mistake) => panic!("{}: {}", mistake.path, mistake.what),
    };
    for number in 0..nodes * pods {
        let pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("p{number}"), "namespace": "default"},
            "spec": {"nodeName": format!("n{}", number % nodes), "containers": [
                {"name": "web", "image": "nginx:1", "ports": [{"containerPort": 80}]}]}});
        drop(world.create("pods", Object::new(pod)));
    }
    let until = world.now().plus_seconds(60);
    world.live(until, usize::MAX);
    world
}

fn main() {
    let number = |place: usize| std::env::args().filter_map(|word| word.parse().ok()).nth(place);
    let (nodes, pods) = (number(0).unwrap_or(200), number(1).unwrap_or(30));
    let mut out = std::io::stdout();
    let mut say = |text: String| drop(writeln!(out, "{text}"));
    let begun = Instant::now();
    let mut world = cluster(nodes, pods);
    say(format!("{nodes} nodes with {pods} pods each: built in {:?}", begun.elapsed()));
    let begun = Instant::now();
    let whole = Connectivity::of(&world);
    say(format!("{} pairs asked for in {:?}, {} of them no", whole.len(), begun.elapsed(), whole.noes().count()));
    let changes = [
        ("nothing has changed", "", ""),
        ("a route of a node is gone", "n7", "ip route del 10.42.1.0/24"),
        ("a setting of a node is another", "n7", "sysctl -w net.ipv4.conf.all.rp_filter=1"),
        ("a node forwards nothing", "n9", "sysctl -w net.ipv4.ip_forward=0"),
    ];
    let mut known = whole;
    for (what, machine, words) in changes {
        let (words, now) = (words.split(' ').map(str::to_owned).collect::<Vec<_>>(), world.now().0 / 1000);
        if !machine.is_empty() {
            net::run(world.network_mut(), machine, "", &words, "", now);
        }
        let begun = Instant::now();
        known = known.renewed(&world);
        say(format!("{what}: {:?}, {} of them no", begun.elapsed(), known.noes().count()));
    }
}
