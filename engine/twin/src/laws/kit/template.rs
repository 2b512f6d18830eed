//! Pods from templates, and the hash that names a template.

use crate::json::{Value, json};
use crate::world::{Key, Object, Refusal, World};
use std::sync::Arc;

/// The letters a number is written in where names carry hashes.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// A hash of some JSON in the form of those in names: `74c656cf9`.
pub(in crate::laws) fn hash(value: &Value, collisions: i64) -> String {
    let mut number: u32 = 0x811c_9dc5;
    for byte in value.to_string().bytes().chain(collisions.to_le_bytes().into_iter().filter(|_| collisions > 0)) {
        number = (number ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    number.to_string().bytes().map(|digit| char::from(LETTERS[usize::from(digit) % 27])).collect()
}

/// A pod of a template for its controller; its name is still to be given.
pub(in crate::laws) fn pod(controller: &Object, template: &Value) -> Object {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"generateName": format!("{}-", controller.name()), "namespace": controller.namespace()},
    });
    pod["spec"] = template["spec"].clone();
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template["metadata"].get(field) {
            pod["metadata"][field] = value.clone();
        }
    }
    pod["metadata"]["ownerReferences"] = vec![controller.as_controller()].into();
    Object::new(pod)
}

/// Creates a pod the way the API does for controllers: completed, checked, kept.
pub(in crate::laws) fn create(world: &mut World, mut pod: Object) -> Result<Arc<Object>, Refusal> {
    crate::laws::admission::complete(world, &mut pod)?;
    world.create("pods", pod)
}

/// The key of an object's controller, when it is of this kind.
pub(in crate::laws) fn controller_key(object: &Object, kind: &str, plural: &str) -> Option<Key> {
    let owner = object.controller().filter(|owner| owner.kind() == kind)?;
    Some(Key::new(plural, object.namespace(), owner.name()))
}
