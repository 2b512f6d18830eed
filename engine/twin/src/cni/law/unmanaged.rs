//! Cilium's operator restarts pods of the cluster's DNS that are not Cilium's, unless it is told to leave them alone.

use crate::json::{Value, json};
use crate::world::{Deletion, Key, Moment, Object, World};

/// A pod that began so recently is left for now.
const YOUNG: i64 = 30;
/// One of the same name is not restarted again within this time.
const AGAIN: i64 = 300;
/// Where is written down which was restarted when.
const MEMORY: &str = "unmanaged.twin";

/// How often it looks, by its configuration: `15` as of old, `15s` as of late, `0` for never.
pub(super) fn every(options: &Value) -> Option<i64> {
    let text = options["unmanaged-pod-watcher-interval"].as_str()?;
    text.trim_end_matches('s').parse().ok().filter(|seconds| *seconds > 0)
}

/// Restarts one that is not Cilium's: never two in one look, so that not all of them are gone at once.
pub(super) fn restart(world: &mut World) {
    let now = world.now();
    let known = super::memory(world, MEMORY, "all").clone();
    let unmanaged = |pod: &Object| {
        let began = pod["status"]["startTime"].as_str().and_then(Moment::read);
        pod.label("k8s-app") == Some("kube-dns")
            && pod["spec"]["hostNetwork"] != true
            && pod["status"]["phase"] == "Running"
            && !pod.is_going()
            && began.is_some_and(|began| now.seconds_since(began) >= YOUNG)
            && world.get("ciliumendpoints.cilium.io", pod.namespace(), pod.name()).is_none()
            && known[pod.name()].as_i64().is_none_or(|at| now.seconds_since(Moment(at)) >= AGAIN)
    };
    let found: Option<Key> = world.entries("pods", "kube-system").find(|(_, pod)| unmanaged(pod)).map(|(key, _)| key);
    let Some(key) = found else { return };
    let mut known = if known.is_object() { known } else { json!({}) };
    known[key.name()] = now.0.into();
    drop(world.delete(&key, &Deletion::default()));
    super::remember(world, MEMORY, "all", known);
}
