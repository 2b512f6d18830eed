//! How a twin starts: a scene in YAML, or one of those that are part of the program.
//!
//! A scene says which nodes and machines there are, what is installed on them, which objects the cluster has and what
//! goes wrong. The same scene and seed give the same world. Must never guess: what it does not know it refuses.

mod build;
mod distribution;
mod done;
mod kinds;
mod limited;
mod machine;
mod node;
mod plane;
mod reader;
mod release;

use crate::json::Value;
use crate::machines::{Bare, Card};
use crate::world::{Moment, Object, World};
use flate2::read::GzDecoder;
use std::io::Read;

pub use build::{Head, Scene, head, read, read_with};
pub use reader::Mistake;
pub use reader::span as read_span;
pub(crate) use reader::span;

/// What every cluster has from its first moment: namespaces, roles, priorities and the like, as a real one has them.
const BOOTSTRAP: &[u8] = include_bytes!("bootstrap.json.gz");

/// The scenes that are part of the program, sorted by name: the name and the text.
pub const SCENES: &[(&str, &str)] = &[
    ("antrea", include_str!("../../../../runbooks/scenes/antrea.yaml")),
    ("arm-k3s", include_str!("../../../../runbooks/scenes/arm-k3s.yaml")),
    ("bare", include_str!("../../../../runbooks/scenes/bare.yaml")),
    ("by-hand", include_str!("../../../../runbooks/scenes/by-hand.yaml")),
    ("calico", include_str!("../../../../runbooks/scenes/calico.yaml")),
    ("calico-by-hand", include_str!("../../../../runbooks/scenes/calico-by-hand.yaml")),
    ("calico-deaf", include_str!("../../../../runbooks/scenes/calico-deaf.yaml")),
    ("calico-k3s", include_str!("../../../../runbooks/scenes/calico-k3s.yaml")),
    ("calico-operator", include_str!("../../../../runbooks/scenes/calico-operator.yaml")),
    ("cilium", include_str!("../../../../runbooks/scenes/cilium.yaml")),
    ("flannel", include_str!("../../../../runbooks/scenes/flannel.yaml")),
    ("k3s", include_str!("../../../../runbooks/scenes/k3s.yaml")),
    ("k3s-shop", include_str!("../../../../runbooks/scenes/k3s-shop.yaml")),
    ("leap-bare-metal", include_str!("../../../../runbooks/scenes/leap-bare-metal.yaml")),
    ("leap-empty", include_str!("../../../../runbooks/scenes/leap-empty.yaml")),
    ("photon-cilium", include_str!("../../../../runbooks/scenes/photon-cilium.yaml")),
    ("photon-k3s", include_str!("../../../../runbooks/scenes/photon-k3s.yaml")),
    ("rke2", include_str!("../../../../runbooks/scenes/rke2.yaml")),
    ("shop", include_str!("../../../../runbooks/scenes/shop.yaml")),
    ("talos-flux", include_str!("../../../../runbooks/scenes/talos-flux.yaml")),
    ("three", include_str!("../../../../runbooks/scenes/three.yaml")),
];

/// The text of a scene that is part of the program.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    SCENES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// A cluster with nothing in it but what every cluster has.
///
/// # Panics
/// Never: its objects are part of the program.
#[must_use]
pub fn bare(seed: u64, now: Moment) -> World {
    let mut world = World::new(seed, now);
    let mut text = Vec::new();
    GzDecoder::new(BOOTSTRAP).read_to_end(&mut text).expect("it is part of the program");
    let objects: Vec<Value> = crate::json::from_slice(&text).expect("it is part of the program");
    for object in objects {
        // Two of one name: the first stays.
        drop(add(&mut world, object));
    }
    world
}

/// A plain cluster with so many nodes, ready to run pods, without machines behind them.
#[must_use]
pub fn cluster(seed: u64, now: Moment, nodes: usize) -> World {
    let mut world = bare(seed, now);
    for number in 1..=nodes {
        drop(add(&mut world, node::plain(number)));
    }
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

/// A plain cluster as the control plane of the tests is furnished: with the user `limited`, who may look at pods and
/// nodes and do nothing else.
#[must_use]
pub fn plane(seed: u64, now: Moment, nodes: usize) -> World {
    let mut world = cluster(seed, now, nodes);
    for object in limited::rights() {
        drop(add(&mut world, object));
    }
    let test = crate::json::json!({
        "says": ["{pod} began", "{pod} is ready"], "log": "/log", "env": {"POD": "{pod}", "CONTAINER": "{container}"},
    });
    let images = crate::json::json!({"metadata": {"name": "images"}, "images": {"localhost/test*": test}});
    // The catalogue is new, so nothing is in its place.
    drop(world.create("catalogues.twin", Object::new(images)));
    world
}

/// How a definition is that was accepted long ago: objects of its kind may follow.
fn established(definition: &Value) -> Value {
    let names = definition["spec"]["names"].clone();
    let versions = definition["spec"]["versions"].as_array().into_iter().flatten();
    let stored: Vec<Value> =
        versions.filter(|version| version["storage"] == true).map(|version| version["name"].clone()).collect();
    let one = |kind: &str, reason: &str, message: &str| crate::json::json!({"type": kind, "status": "True", "reason": reason, "message": message});
    crate::json::json!({"acceptedNames": names, "storedVersions": stored, "conditions": [
        one("NamesAccepted", "NoConflicts", "no conflicts found"),
        one("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]})
}

/// Adds an object of a scene under the kind it names; says why where it cannot be added.
pub(crate) fn add(world: &mut World, mut object: Value) -> Result<(), String> {
    let Some(kind) = world.shapes().of(&object) else {
        return Err(format!("there is no kind {} of {}", object["kind"], object["apiVersion"]));
    };
    let name = crate::world::Kind::new(&kind.group, &kind.plural);
    if kind.kind == "CustomResourceDefinition" && object["status"].is_null() {
        object["status"] = established(&object);
    }
    if kind.kind == "Namespace" && object["spec"]["finalizers"].is_null() {
        object["spec"]["finalizers"] = crate::json::json!(["kubernetes"]);
    }
    if kind.kind == "Node" {
        for condition in object["status"]["conditions"].as_array_mut().into_iter().flatten() {
            for time in ["lastHeartbeatTime", "lastTransitionTime"] {
                if condition[time].is_null() {
                    condition[time] = world.now().text().into();
                }
            }
        }
    }
    // What the cluster was born with is as its server wrote it.
    if object["metadata"]["managedFields"].is_null() {
        crate::rules::defaults::defaults(&mut object, &kind);
        crate::rules::convert::accounts(&mut object, &kind);
        object = crate::rules::settle(object, kind.shape());
    }
    world.create(name, Object::new(object)).map(drop).map_err(|refusal| refusal.message)
}
