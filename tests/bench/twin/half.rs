//! Half an hour of nine nodes that are emptied, booted again and filled, one after the other, as a migration does it.

use std::time::Instant;

use runbook_twin::clock::Clock;
use runbook_twin::json::json;
use runbook_twin::scene;
use runbook_twin::world::{Deletion, Key, Object, World};

use crate::table::{Claim, Table};
use crate::typed::Typed;
use crate::{Trouble, line};

const NODES: usize = 9;
const REPLICAS: usize = 90;

/// The scene with flannel, its machines become nine, and an application on them.
fn nine() -> Result<World, Trouble> {
    let text = scene::text("flannel").ok_or("there is no scene with flannel")?;
    let mut lines: Vec<String> = text.lines().filter(|line| !line.contains("{name: n")).map(str::to_owned).collect();
    let at = lines.iter().position(|line| line == "nodes:").ok_or("the scene has no nodes")?;
    for number in (1..=NODES).rev() {
        let roles = if number == 1 { "roles: [control-plane], " } else { "" };
        let (address, pods) = (format!("10.0.0.{number}/24"), format!("10.244.{}.0/24", number - 1));
        lines.insert(at + 1, format!("  - {{name: n{number}, {roles}address: {address}, pods: {pods}}}"));
    }
    let mut world = scene::read(&lines.join("\n"), Clock::today()).map_err(|mistake| mistake.what)?.world;
    let labels = json!({"app": "load"});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "load", "namespace": "default"},
        "spec": {
            "replicas": REPLICAS, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        },
    });
    world.create("deployments.apps", Object::new(deployment)).map_err(|refusal| refusal.message)?;
    pass(&mut world, 120);
    Ok(world)
}

fn pass(world: &mut World, seconds: i64) {
    let until = world.now().plus_seconds(seconds);
    world.live(until, usize::MAX);
}

/// Moves one node: nothing new comes to it, what is there goes, its machine boots, and it takes pods again.
fn move_one(world: &mut World, name: &str) -> Result<(), Trouble> {
    let key = Key::new("nodes", "", name);
    let cordon = |world: &mut World, shut: bool| {
        let changed = world.change(&key, |node| node["spec"]["unschedulable"] = shut.into());
        changed.map(drop).map_err(|refusal| refusal.message)
    };
    cordon(world, true)?;
    let by_daemon = |pod: &Object| pod.controller().is_some_and(|owner| owner.kind() == "DaemonSet");
    let pods: Vec<Key> = world
        .on_node(name)
        .filter(|pod| !by_daemon(pod))
        .map(|pod| Key::new("pods", pod.namespace(), pod.name()))
        .collect();
    for pod in pods {
        world.delete(&pod, &Deletion::default()).map_err(|refusal| refusal.message)?;
    }
    pass(world, 60);
    world.on_machine(name, |machine| machine.reboot()).ok_or("there is no such machine")?;
    pass(world, 120);
    cordon(world, false)?;
    pass(world, 20);
    Ok(())
}

pub(crate) fn measure(_: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let mut world = nine()?;
    let from = world.now();
    let begun = Instant::now();
    for number in 1..=NODES {
        move_one(&mut world, &format!("n{number}"))?;
    }
    let took = begun.elapsed().as_secs_f64();
    let passed = world.now().seconds_since(from);
    let load = world.get("deployments.apps", "default", "load").ok_or("the deployment is gone")?;
    if load["status"]["availableReplicas"] != REPLICAS || passed < 1800 {
        return Err(format!("after {passed} s: {}", load["status"]).into());
    }
    let what = "half an hour: nine nodes emptied, booted, filled";
    line(table, "half", what, "s", vec![took], Vec::new(), Claim::AtMost(5.0))
}
