//! How a twin starts.

use crate::world::{Moment, Object, World};
use serde_json::json;

/// A cluster with nothing in it but what every cluster has.
#[must_use]
pub fn bare(seed: u64, now: Moment) -> World {
    let mut world = World::new(seed, now);
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        });
        if world.create("namespaces", Object::new(object)).is_err() {
            // Nothing stands in the way of the first objects of a world.
        }
    }
    world
}
