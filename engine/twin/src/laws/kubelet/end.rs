//! The end of a pod: its containers are asked to stop, stopped when their time is up, and the pod is gone.

use super::run::{Is, Run, Sort, containers, name};
use super::status;
use super::step::Container;
use crate::json::Value;
use crate::laws::kit::pods;
use crate::world::{Again, Deletion, Key, Moment, Object, World};

const SECOND: i64 = 1_000_000;

/// Moves the end of a pod on; says when it goes on.
pub(super) fn act(world: &mut World, key: &Key, pod: &Object, node: &str, mut run: Run) -> Again {
    let now = world.now().0;
    let grace = pod["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
    if run.stopping.is_none() {
        run.stopping = Some(now);
        for (spec, sort) in containers(pod) {
            if run.cells.get(name(spec)).is_some_and(|cell| matches!(cell.is, Is::Runs { .. })) {
                let container = Container::new(world, pod, node, spec, sort);
                container.tell(world, false, "Killing", &format!("Stopping container {}", name(spec)));
            }
        }
    }
    let asked = run.stopping.unwrap_or(now);
    let limit = pod.deleted_at().map_or(asked, |at| at.0).max(asked).min(asked + grace * SECOND);
    let mut last = asked;
    for (spec, sort) in containers(pod) {
        let container = Container::new(world, pod, node, spec, sort);
        let Some(cell) = run.cells.get_mut(name(spec)) else { continue };
        if let Is::Runs { since } = cell.is {
            let hook = hook(spec);
            let by_itself = container.behaviour.stops.map(|seconds| asked + (hook + seconds) * SECOND);
            let (at, code) = by_itself.filter(|at| *at <= limit).map_or((limit, 137), |at| (at, 0));
            last = last.max(at);
            if at <= now {
                cell.is = Is::Ended { at, since, code };
            }
        } else if !matches!(cell.is, Is::Ended { .. }) && sort != Sort::Init {
            last = last.max(now);
        }
    }
    let said = status::render(world, pod, node, &run);
    super::remember(world, key, &run);
    if now < last {
        drop(world.change_status(key, said.status));
        return Again::At(Moment(last));
    }
    if pod.annotation("plane.test/stuck").is_some() {
        return Again::Never;
    }
    if !pods::has_ended(pod) {
        drop(world.change_status(key, said.status));
    }
    super::address::gone(world, pod, node);
    super::hand::forget(world, pod);
    world.remember(super::LAW.name, key, Value::Null);
    let uid = Some(pod.uid().to_owned());
    drop(world.delete(key, &Deletion { grace: Some(0), uid, ..Deletion::default() }));
    Again::Never
}

/// Seconds the hook before the stop takes: it sleeps, or runs a command that does.
fn hook(spec: &Value) -> i64 {
    let hook = &spec["lifecycle"]["preStop"];
    if let Some(seconds) = hook["sleep"]["seconds"].as_i64() {
        return seconds;
    }
    let words: Vec<&str> = hook["exec"]["command"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let text = words.join(" ");
    let mut words = text.split([' ', ';', '&']).filter(|word| !word.is_empty());
    let mut seconds = 0;
    while let Some(word) = words.next() {
        if word == "sleep" || word.ends_with("/sleep") {
            seconds += words.next().and_then(|word| word.trim_end_matches('s').parse::<i64>().ok()).unwrap_or(0);
        }
    }
    seconds
}
