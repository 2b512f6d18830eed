//! How a twin starts.

mod limited;
mod node;

use crate::machines::{Bare, Card};
use crate::world::{Moment, Object, World};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::io::Read;

/// What every cluster has from its first moment: namespaces, roles, priorities and the like, as a real one has them.
const BOOTSTRAP: &[u8] = include_bytes!("bootstrap.json.gz");

/// A cluster with nothing in it but what every cluster has.
///
/// # Panics
/// Never: its objects are part of the program.
#[must_use]
pub fn bare(seed: u64, now: Moment) -> World {
    let mut world = World::new(seed, now);
    let mut text = Vec::new();
    GzDecoder::new(BOOTSTRAP).read_to_end(&mut text).expect("it is part of the program");
    let objects: Vec<Value> = serde_json::from_slice(&text).expect("it is part of the program");
    for object in objects {
        add(&mut world, object);
    }
    world
}

/// A plain cluster with so many nodes, ready to run pods.
#[must_use]
pub fn cluster(seed: u64, now: Moment, nodes: usize) -> World {
    let mut world = bare(seed, now);
    for number in 1..=nodes {
        add(&mut world, node::node(number));
    }
    world
}

/// A plain cluster as the control plane of the tests is furnished: with the user `limited`, who may look at pods and
/// nodes and do nothing else.
#[must_use]
pub fn plane(seed: u64, now: Moment, nodes: usize) -> World {
    let mut world = cluster(seed, now, nodes);
    for object in limited::rights() {
        add(&mut world, object);
    }
    let test = serde_json::json!({
        "says": ["{pod} began", "{pod} is ready"], "log": "/log", "env": {"POD": "{pod}", "CONTAINER": "{container}"},
    });
    let images = serde_json::json!({"metadata": {"name": "images"}, "images": {"localhost/test*": test}});
    // The catalogue is new, so nothing is in its place.
    drop(world.create("catalogues.twin", Object::new(images)));
    world
}

/// A cluster of nothing but machines: each with one card `eth0` on one shared segment, and an address there.
#[must_use]
pub fn machines(seed: u64, now: Moment, names: &[&str]) -> World {
    let mut world = bare(seed, now);
    for (name, number) in names.iter().zip(1..) {
        let mut machine = Bare { booted: now.since_1970(), ..Bare::new(name) }.machine();
        machine.add_card(Card {
            name: "eth0".to_owned(),
            segment: "underlay".to_owned(),
            driver: "virtio_net".to_owned(),
            address: Some(format!("10.0.0.{number}/24")),
            ..Card::default()
        });
        world.add_machine(machine);
    }
    world
}

/// Adds an object of a scene under the kind it names; what cannot be added is left out.
fn add(world: &mut World, object: Value) {
    let Some(kind) = world.shapes().of(&object) else { return };
    let name = crate::world::Kind::new(&kind.group, &kind.plural);
    if world.create(name, Object::new(object)).is_err() {
        // Two of one name: the first stays.
    }
}
