//! What the server does to objects of single kinds on their way in and out, beside their shapes.

use super::kinds::Served;
use super::request::User;
use crate::world::{Key, Object, Refusal, World};

/// Completes a new object and checks it against the world.
///
/// # Failures
/// 403, 404, 422.
pub(crate) fn create(
    _world: &mut World,
    served: &Served,
    object: &mut Object,
    _user: &User,
) -> Result<Vec<String>, Refusal> {
    if served.plural == "namespaces" {
        let name = object.name().to_owned();
        object.set_label("kubernetes.io/metadata.name", &name);
    }
    Ok(Vec::new())
}

/// Checks a change against the world.
///
/// # Failures
/// 403, 422.
pub(crate) fn update(
    _world: &mut World,
    _served: &Served,
    _before: &Object,
    _object: &mut Object,
    _sub: &str,
    _user: &User,
) -> Result<Vec<String>, Refusal> {
    Ok(Vec::new())
}

/// Refuses deletions that must not be.
///
/// # Failures
/// 403.
pub(crate) fn delete(_world: &World, served: &Served, key: &Key, _user: &User) -> Result<(), Refusal> {
    if served.plural == "namespaces" && ["default", "kube-system", "kube-public"].contains(&key.name()) {
        return Err(Refusal::forbidden(&key.kind, key.name(), "this namespace may not be deleted"));
    }
    Ok(())
}

/// After a new object was kept.
pub(crate) fn created(_world: &mut World, _served: &Served, _object: &Object) {}

/// After an object was changed.
pub(crate) fn changed(_world: &mut World, _served: &Served, _before: &Object, _after: &Object) {}

/// After an object is gone.
pub(crate) fn gone(_world: &mut World, _served: &Served, _object: &Object) {}
