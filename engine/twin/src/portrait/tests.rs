//! What a portrait shows and what it leaves out.

use super::*;
use crate::clock::Clock;
use crate::json::json;
use crate::scene;
use crate::world::{Key, Moment, Object};

fn world(seed: u64, at: i64) -> World {
    let mut world = scene::cluster(seed, Moment(at), 2);
    let web = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    });
    drop(world.create("deployments.apps", Object::new(web)));
    let until = world.now().plus_seconds(120);
    world.run(until, usize::MAX);
    world
}

#[test]
fn the_same_done_at_another_time_by_another_chance_is_the_same() {
    let (one, other) = (Portrait::of(&world(1, 1_000_000)), Portrait::of(&world(2, 999_000_000)));
    assert_eq!(one.against(&other), []);
    assert_eq!(one.0["pods of Deployment default/web"], Fields::from([("ready".into(), "2".into())]));
}

#[test]
fn a_cordon_is_told_in_a_line() {
    let mut world = world(1, 1_000_000);
    let before = Portrait::of(&world);
    drop(world.change(&Key::new("nodes", "", "n2"), |node| node["spec"]["unschedulable"] = true.into()));
    world.settle(usize::MAX);
    let after = Portrait::of(&world);
    let differences = before.against(&after);
    let told = differences.iter().find(|one| one.thing == "nodes n2").unwrap();
    let Change::Changed(fields) = &told.change else { panic!("{told:?}") };
    assert!(fields.contains(&("spec.unschedulable".into(), None, Some("true".into()))), "{fields:?}");
    assert_eq!(Portrait::of(&world).against(&after), []);
}

#[test]
fn what_is_new_and_what_is_gone_are_told_as_such() {
    let mut world = world(1, 1_000_000);
    let before = Portrait::of(&world);
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}});
    drop(world.create("configmaps", Object::new(map)));
    let after = Portrait::of(&world);
    let added = Difference { thing: "configmaps default/a".into(), change: Change::Added };
    assert_eq!(before.against(&after), [added]);
    let removed = Difference { thing: "configmaps default/a".into(), change: Change::Removed };
    assert_eq!(after.against(&before), [removed]);
}

#[test]
fn who_has_an_address_that_wanders_is_no_difference_and_that_nobody_has_it_is_one() {
    let mut world = scene::read(scene::text("arm-k3s").unwrap(), Clock::today()).unwrap().world;
    let until = world.now().plus_seconds(60);
    world.live(until, usize::MAX);
    let before = Portrait::of(&world);
    let mut typed = |machine: &str, line: &str| {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let answer = crate::net::run(world.network_mut(), machine, "", &words, "", 0);
        assert_eq!(answer.code, 0, "{line}: {}", answer.stderr);
        Portrait::of(&world)
    };
    typed("opi01", "ip addr del 10.1.0.5/32 dev end1");
    assert_eq!(before.against(&typed("opi02", "ip addr add 10.1.0.5/32 dev end1")), []);
    let nobody = typed("opi02", "ip addr del 10.1.0.5/32 dev end1");
    let removed = Difference { thing: "address 10.1.0.5/32".into(), change: Change::Removed };
    assert_eq!(before.against(&nobody), [removed]);
}
