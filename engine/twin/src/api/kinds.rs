//! The kinds that are served, found by what a path names.

use crate::shapes;
use crate::world::{Kind, World};
use std::sync::Arc;

/// A kind as it is served in one version.
pub(crate) type Served = shapes::Kind;

/// The kind at this place.
pub(crate) fn find(world: &World, group: &str, version: &str, plural: &str) -> Option<Arc<Served>> {
    world.shapes().resource(group, version, plural)
}

/// The kind's name in the world: events have two groups and one place.
pub(crate) fn stored(served: &Served) -> Kind {
    if served.group == "events.k8s.io" { "events".into() } else { Kind::new(&served.group, &served.plural) }
}

/// The kind's name in messages.
pub(crate) fn named(served: &Served) -> Kind {
    Kind::new(&served.group, &served.plural)
}

/// `DeploymentList`.
pub(crate) fn list_kind(served: &Served) -> String {
    format!("{}List", served.kind)
}
