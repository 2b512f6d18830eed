//! Pods that do not tolerate that their node drives them out.

use crate::json::Value;
use crate::laws::kit::events::{Told, tell};
use crate::laws::kit::pods;
use crate::world::{Deletion, Key, Moment, Object, World};

const BY: &str = "taint-eviction-controller";

fn taints(node: &Object) -> impl Iterator<Item = &Value> {
    node["spec"]["taints"].as_array().into_iter().flatten().filter(|taint| taint["effect"] == "NoExecute")
}

/// Whether the node drives pods out.
pub(super) fn drives_out(node: &Object) -> bool {
    taints(node).next().is_some()
}

/// Deletes the pods whose time is up; says when the next one's is.
pub(super) fn act(world: &mut World, key: &Key) -> Option<Moment> {
    let node = world.at(key).filter(|node| drives_out(node))?.clone();
    let now = world.now();
    let (mut leaving, mut next) = (Vec::new(), None::<Moment>);
    for pod in world.on_node(key.name()).filter(|pod| !pod.is_going()) {
        match until(&node, pod) {
            Stay::Always => {}
            Stay::Until(at) if at > now => next = Some(next.map_or(at, |next| next.min(at))),
            Stay::Until(_) => leaving.push(Key::new("pods", pod.namespace(), pod.name())),
        }
    }
    for key in leaving {
        let message = "Taint manager: deleting due to NoExecute taint";
        let changed = world.change(&key, |pod| {
            pod.set_condition(now, "DisruptionTarget", "True", "DeletionByTaintManager", message);
        });
        if let Ok(pod) = changed {
            let message = format!("Marking for deletion Pod {}/{}", pod.namespace(), pod.name());
            tell(world, &pod, Told::normal(BY, "TaintManagerEviction"), &message);
        }
        drop(world.delete(&key, &Deletion::default()));
    }
    next
}

enum Stay {
    Always,
    Until(Moment),
}

/// Until when the pod may stay: each taint must be tolerated, the shortest toleration counts.
fn until(node: &Object, pod: &Object) -> Stay {
    let mut until: Option<Moment> = None;
    for taint in taints(node) {
        let Some(toleration) = pods::toleration(&pod["spec"]["tolerations"], taint) else {
            return Stay::Until(Moment::default());
        };
        if let Some(seconds) = toleration["tolerationSeconds"].as_i64() {
            let since = taint["timeAdded"].as_str().and_then(Moment::read).unwrap_or_default();
            let at = since.plus_seconds(seconds);
            until = Some(until.map_or(at, |until| until.min(at)));
        }
    }
    until.map_or(Stay::Always, Stay::Until)
}
