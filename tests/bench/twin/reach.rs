//! Who reaches whom in a large cluster, said again after one change.

use std::time::Instant;

use runbook_twin::connectivity::Connectivity;
use runbook_twin::json::json;
use runbook_twin::world::{Object, World};
use runbook_twin::{clock::Clock, net, scene};

use crate::figures::ms;
use crate::table::{Claim, Table};
use crate::typed::Typed;
use crate::{Trouble, line};

const NODES: usize = 200;
const PODS: usize = 30;

/// Nodes with machines and routes to each other, and pods that run.
fn cluster() -> Result<World, Trouble> {
    let mut text = "name: large\nnodes:\n".to_owned();
    for number in 0..NODES {
        let (high, low) = (number / 250, number % 250 + 1);
        text.push_str(&format!("  - {{name: n{number}, address: 10.0.{high}.{low}/16, pods: 10.42.{number}.0/24}}\n"));
    }
    let mut world = scene::read(&text, Clock::today()).map_err(|mistake| mistake.what)?.world;
    for number in 0..NODES * PODS {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("p{number}"), "namespace": "default"},
            "spec": {"nodeName": format!("n{}", number % NODES), "containers": [
                {"name": "web", "image": "nginx:1", "ports": [{"containerPort": 80}]},
            ]},
        });
        world.create("pods", Object::new(pod)).map_err(|refusal| refusal.message)?;
    }
    let until = world.now().plus_seconds(60);
    world.live(until, usize::MAX);
    Ok(world)
}

/// Does something on a node and back again, so often, and says each time who reaches whom.
fn turns(world: &mut World, known: &mut Connectivity, rounds: usize, words: [&str; 2]) -> Result<Vec<f64>, Trouble> {
    let mut figures = Vec::new();
    for round in 0..rounds {
        let words: Vec<String> = words[round % 2].split(' ').map(str::to_owned).collect();
        let now = world.now().0 / 1000;
        let said = net::run(world.network_mut(), "n7", "", &words, "", now);
        if said.code != 0 {
            return Err(said.stderr.into());
        }
        let begun = Instant::now();
        let renewed = known.renewed(world);
        figures.push(ms(begun.elapsed()));
        *known = renewed;
    }
    Ok(figures)
}

pub(crate) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let mut world = cluster()?;
    let begun = Instant::now();
    let mut known = Connectivity::of(&world);
    let whole = begun.elapsed().as_secs_f64();
    if known.noes().count() > 0 {
        return Err(known.text().into());
    }
    let rounds = typed.rounds(10);
    let route = ["ip route del 10.42.1.0/24", "ip route add 10.42.1.0/24 via 10.0.0.2"];
    let routes = turns(&mut world, &mut known, rounds, route)?;
    let setting = ["sysctl -w net.ipv4.conf.all.rp_filter=1", "sysctl -w net.ipv4.conf.all.rp_filter=0"];
    let settings = turns(&mut world, &mut known, rounds, setting)?;
    let what = "200 nodes, 6000 pods: a route is another";
    line(table, "reach", what, "ms", routes, Vec::new(), Claim::AtMost(50.0))?;
    line(table, "reach", "  a setting of a node is another", "ms", settings, Vec::new(), Claim::AtMost(50.0))?;
    line(table, "reach", "  all pairs for the first time", "s", vec![whole], Vec::new(), Claim::Nothing)
}
