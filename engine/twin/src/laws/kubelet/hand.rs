//! What somebody does to the containers of pods behind their kubelet's back: they end, and it does what it always does.

use super::LAW;
use super::run::{Is, Sort, containers, name};
use super::step::Container;
use crate::json::{Value, json};
use crate::laws::kit::events::{Told, tell};
use crate::laws::kit::pods;
use crate::world::{Key, Object, World};

/// How long a container takes to stop when it is asked to and killed after `limit` seconds, and the code it ends with.
pub(crate) fn stops(world: &World, pod: &Key, container: &str, limit: i64) -> (i64, i64) {
    let Some(object) = world.at(pod) else { return (0, 137) };
    let node = pods::node(object).to_owned();
    let found = containers(object).find(|(spec, _)| name(spec) == container);
    let by_itself = found.and_then(|(spec, sort)| Container::new(world, object, &node, spec, sort).behaviour.stops);
    // Without a limit it is not even asked.
    by_itself.filter(|seconds| limit > 0 && *seconds <= limit).map_or((limit, 137), |seconds| (seconds, 0))
}

/// A container was ended with this code.
pub(crate) fn ended(world: &mut World, pod: &Key, container: &str, code: i64) {
    end(world, pod, Some(container), code);
}

/// The sandbox of a pod was stopped, and with it all that ran in it: its network is gone.
pub(crate) fn sandbox_ended(world: &mut World, pod: &Key) {
    end(world, pod, None, 137);
}

fn end(world: &mut World, pod: &Key, container: Option<&str>, code: i64) {
    let Some(object) = world.at(pod).cloned() else { return };
    let Some(mut run) = super::recall(world, pod, &object) else { return };
    let now = world.now().0;
    for (spec, sort) in containers(&object) {
        let Some(cell) = run.cells.get_mut(name(spec)) else { continue };
        if container.is_some_and(|wanted| wanted != name(spec)) {
            continue;
        }
        match (&cell.is, sort) {
            (Is::Runs { since }, _) => {
                cell.is = Is::Ended { at: now, since: *since, code };
                cell.by_hand = true;
            }
            // What prepares a sandbox prepares the next one too.
            (Is::Ended { code: 0, .. }, Sort::Init) if container.is_none() => {
                cell.is = Is::New;
                cell.restarts += 1;
            }
            _ => {}
        }
    }
    if container.is_none() {
        run.address = None;
        let count = sandboxes(world, &object) + 1;
        world.remember(LAW.name, &counted(&object), json!({"uid": object.uid(), "count": count}));
        let node = pods::node(&object).to_owned();
        let told = Told { by: "kubelet", host: &node, field: "", reason: "SandboxChanged", warning: false };
        tell(world, &object, told, "Pod sandbox changed, it will be killed and re-created.");
    }
    super::remember(world, pod, &run);
    world.wake(LAW.name, pod.clone());
}

fn counted(pod: &Object) -> Key {
    Key::new("sandboxes.before", pod.namespace(), pod.name())
}

/// How many sandboxes a pod had before the one it has.
pub(crate) fn sandboxes(world: &World, pod: &Object) -> u32 {
    let known = world.memory(LAW.name, &counted(pod));
    let count = known["count"].as_u64().filter(|_| known["uid"] == pod.uid());
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

/// Forgets a pod that is gone.
pub(super) fn forget(world: &mut World, pod: &Object) {
    world.remember(LAW.name, &counted(pod), Value::Null);
}
