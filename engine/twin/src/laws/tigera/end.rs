//! The end of an Installation: first what needs the plugin for its own end, then the plugin's rights, then all the rest.

use super::{BY_SERVER, FINALIZERS, MANAGER, NAMESPACE, PROTECTED, SERVERS, STATUSES, let_go, parts, status};
use crate::world::{Again, Deletion, Key, Object, World};

/// An Installation is on its way out.
pub(super) fn act(world: &mut World, key: &Key, own: &Object) -> Again {
    // Calico's API server must be taken away by whoever wanted it.
    if world.get(SERVERS, "", "default").is_none() {
        let_go(world, key, &[BY_SERVER]);
    } else if own.finalizers().any(|one| one == BY_SERVER) {
        super::server::act(world, &parts::version(world));
    }
    let controllers = Key::new("deployments.apps", NAMESPACE, "calico-kube-controllers");
    if world.at(&controllers).is_some_and(|it| !it.is_going()) {
        drop(world.delete(&controllers, &Deletion::default()));
    }
    let left = |pod: &std::sync::Arc<Object>| pod.label("k8s-app") == Some("calico-kube-controllers");
    if world.at(&controllers).is_some() || world.list("pods", NAMESPACE).any(left) {
        return Again::Never;
    }
    for held in parts::protected() {
        let_go(world, &held, &[PROTECTED]);
    }
    let_go(world, key, &FINALIZERS);
    if world.at(key).is_none() {
        for name in status::NAMES {
            drop(world.delete(&Key::new(STATUSES, "", name), &Deletion::default()));
        }
        return Again::Never;
    }
    drop(world.change_as(key, MANAGER, "status", |it| it["status"]["conditions"] = crate::json::json!([])));
    Again::Never
}
