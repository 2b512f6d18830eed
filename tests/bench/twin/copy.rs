//! Copies of a world.

use std::hint::black_box;
use std::time::Instant;

use runbook_twin::clock::Clock;
use runbook_twin::json::json;
use runbook_twin::scene;
use runbook_twin::world::{Key, Object, World};

use crate::figures::ms;
use crate::table::{Claim, Table};
use crate::typed::Typed;
use crate::{Trouble, line};

/// Nine nodes with thirty pods each, all running.
fn nine() -> Result<World, Trouble> {
    let mut world = scene::cluster(7, Clock::today(), 9);
    let labels = json!({"app": "web"});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": 270, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        },
    });
    world.create("deployments.apps", Object::new(deployment)).map_err(|refusal| refusal.message)?;
    let until = world.now().plus_seconds(600);
    world.run(until, 1_000_000);
    let web = world.get("deployments.apps", "default", "web").ok_or("the deployment is gone")?;
    if web["status"]["availableReplicas"] != 270 {
        return Err(format!("not all pods run: {}", web["status"]).into());
    }
    Ok(world)
}

pub(crate) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let world = nine()?;
    let (mut copies, mut changed) = (Vec::new(), Vec::new());
    let key = Key::new("deployments.apps", "default", "web");
    for _ in 0..typed.rounds(99) {
        let begun = Instant::now();
        let copy = black_box(world.clone());
        copies.push(ms(begun.elapsed()));
        let begun = Instant::now();
        let mut other = black_box(world.clone());
        other.change(&key, |web| web["spec"]["replicas"] = 271.into()).map_err(|refusal| refusal.message)?;
        other.settle(1_000_000);
        changed.push(ms(begun.elapsed()));
        drop((copy, other));
    }
    line(table, "copy", "nine nodes, 270 pods", "ms", copies, Vec::new(), Claim::AtMost(5.0))?;
    line(table, "copy", "  and one more pod in the copy", "ms", changed, Vec::new(), Claim::Nothing)
}
