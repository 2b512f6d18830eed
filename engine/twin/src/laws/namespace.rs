//! The end of a namespace: everything in it is deleted, what holds it back is said, and then it is gone.

use super::Law;
use crate::world::{Again, Change, Deletion, Key, Kind, Object, World, list, strings};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The law.
pub(super) const LAW: Law = Law { name: "namespace", hears, acts };

const SERVICES: &str = "apiservices.apiregistration.k8s.io";

fn hears(world: &World, change: &Change) -> Vec<Key> {
    let ends = |name: &str| world.get("namespaces", "", name).is_some_and(|namespace| namespace.is_going());
    let namespace = match change.key.kind.as_str() {
        "namespaces" => change.key.name(),
        SERVICES => {
            let ending = world.entries("namespaces", "").filter(|(_, namespace)| namespace.is_going());
            return ending.map(|(key, _)| key).collect();
        }
        _ if change.key.namespace().is_empty() => return Vec::new(),
        _ => change.key.namespace(),
    };
    if ends(namespace) { vec![Key::new("namespaces", "", namespace)] } else { Vec::new() }
}

fn acts(world: &mut World, key: &Key) -> Again {
    let Some(namespace) = world.at(key).cloned() else {
        return Again::Never;
    };
    if !namespace.is_going() || !strings(&namespace["spec"]["finalizers"]).any(|name| name == "kubernetes") {
        return Again::Never;
    }
    let unknown = undiscovered(world);
    for (key, object) in contents(world, key.name()) {
        if !object.is_going() {
            drop(world.delete(&key, &Deletion::default()));
        }
    }
    let rest = contents(world, key.name());
    let done = rest.is_empty() && unknown.is_empty();
    let (remaining, holding) = (counted(&rest), held(&rest));
    let now = world.now();
    drop(world.change(key, |namespace| {
        for (kind, bad, good) in [
            (
                "NamespaceDeletionDiscoveryFailure",
                discovery(&unknown),
                ("ResourcesDiscovered", "All resources successfully discovered"),
            ),
            (
                "NamespaceDeletionGroupVersionParsingFailure",
                None,
                ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
            ),
            (
                "NamespaceDeletionContentFailure",
                None,
                ("ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            ),
            ("NamespaceContentRemaining", remaining, ("ContentRemoved", "All content successfully removed")),
            (
                "NamespaceFinalizersRemaining",
                holding,
                ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
            ),
        ] {
            match bad {
                Some((reason, message)) => namespace.set_condition(now, kind, "True", reason, &message),
                None => namespace.set_condition(now, kind, "False", good.0, good.1),
            }
        }
    }));
    if done {
        drop(world.change(key, |namespace| {
            list(&mut namespace["spec"]["finalizers"]).retain(|name| name != "kubernetes");
        }));
    }
    Again::Never
}

/// Everything in the namespace.
fn contents(world: &World, namespace: &str) -> Vec<(Key, Arc<Object>)> {
    let kinds: Vec<Kind> = world.kinds().cloned().collect();
    let within =
        |kind: &Kind| world.entries(kind.as_str(), namespace).map(|(key, it)| (key, it.clone())).collect::<Vec<_>>();
    kinds.iter().flat_map(within).collect()
}

/// The versions whose servers cannot be asked what they have.
fn undiscovered(world: &World) -> Vec<String> {
    let lost = |service: &&Arc<Object>| {
        service["spec"]["service"].is_object() && service.condition("Available") != Some("True")
    };
    let text = |service: &Object, field: &str| service["spec"][field].as_str().unwrap_or_default().to_owned();
    let lost = world.list(SERVICES, "").filter(lost);
    lost.map(|service| format!("{}/{}", text(service, "group"), text(service, "version"))).collect()
}

fn discovery(unknown: &[String]) -> Option<(&'static str, String)> {
    if unknown.is_empty() {
        return None;
    }
    let each: Vec<String> = unknown.iter().map(|one| format!("{one}: stale GroupVersion discovery: {one}")).collect();
    let message = format!(
        "Discovery failed for some groups, {} failing: unable to retrieve the complete list of server APIs: {}",
        unknown.len(),
        each.join(", ")
    );
    Some(("DiscoveryFailed", message))
}

fn counted(rest: &[(Key, Arc<Object>)]) -> Option<(&'static str, String)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (key, _) in rest {
        *counts.entry(format!("{}.{}", key.kind.plural(), key.kind.group())).or_default() += 1;
    }
    let each: Vec<String> =
        counts.iter().map(|(kind, count)| format!("{kind} has {count} resource instances")).collect();
    let message = format!("Some resources are remaining: {}", each.join(", "));
    (!each.is_empty()).then_some(("SomeResourcesRemain", message))
}

fn held(rest: &[(Key, Arc<Object>)]) -> Option<(&'static str, String)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, object) in rest {
        for finalizer in object.finalizers() {
            *counts.entry(finalizer).or_default() += 1;
        }
    }
    let each: Vec<String> =
        counts.iter().map(|(name, count)| format!("{name} in {count} resource instances")).collect();
    let message = format!("Some content in the namespace has finalizers remaining: {}", each.join(", "));
    (!each.is_empty()).then_some(("SomeFinalizersRemain", message))
}
