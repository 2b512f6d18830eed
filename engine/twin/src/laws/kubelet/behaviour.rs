//! How containers behave: data, on the pod or in the twin's catalogue of images; what nobody said has sensible values.
//!
//! Annotations of a pod: `plane.test/ready` ("false": it never becomes ready), `plane.test/result` ("succeed" or "fail":
//! its containers end so, "none": they do not), `plane.test/seconds` (after how many), `plane.test/lingers` (deleted, it
//! stays until its grace is over), `plane.test/ready-after` (seconds until it is ready), `plane.test/stuck` (deleted, it
//! stays for good).

use super::images;
use crate::json::Value;
use crate::world::{Object, World, command_of};

/// How one container behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Behaviour {
    /// Seconds a pull takes.
    pub(super) pull: i64,
    /// Why the image cannot be pulled.
    pub(super) missing: Option<String>,
    /// Its size in bytes.
    pub(super) size: i64,
    /// Seconds from its start until it is ready.
    pub(super) ready_after: i64,
    /// Whether it becomes ready at all.
    pub(super) ready: bool,
    /// Whether it runs a command for real, and ends with it.
    pub(super) runs: bool,
    /// The code it ends with by itself, and after how many seconds.
    pub(super) exits: Option<(i64, i64)>,
    /// Seconds it takes to stop when asked; none when it only stops by force.
    pub(super) stops: Option<i64>,
}

/// How a container of a pod behaves. `init` containers end well by themselves.
pub(super) fn of(world: &World, pod: &Object, container: &Value, init: bool) -> Behaviour {
    let image = container["image"].as_str().unwrap_or_default();
    let entry = world.image(image);
    let number = |name: &str| pod.annotation(name).and_then(|text| text.parse::<i64>().ok());
    let after = number("plane.test/seconds").or(entry["after"].as_i64());
    let of_job = pod.controller().is_some_and(|owner| owner.kind() == "Job");
    let exits = match (pod.annotation("plane.test/result"), entry["exits"].as_i64()) {
        (Some("succeed"), _) => Some(0),
        (Some("fail"), _) if !init => Some(1),
        (Some(_), _) if !init => None,
        // What is killed for its memory has begun its work.
        (_, Some(code)) if !(init && code == 137) => Some(code),
        _ => (init || of_job).then_some(0),
    };
    let told = pod["spec"]["nodeName"].as_str().and(crate::cni::verdict(
        world,
        pod,
        container["name"].as_str().unwrap_or_default(),
    ));
    let exits = if told == Some(crate::cni::Verdict::Ends) { Some(1) } else { exits };
    Behaviour {
        pull: entry["pull"].as_i64().unwrap_or(2),
        missing: images::offered(world, image).err(),
        size: entry["size"].as_i64().unwrap_or(10_000_000),
        ready_after: number("plane.test/ready-after").or(entry["ready"].as_i64()).unwrap_or(0),
        ready: pod.annotation("plane.test/ready") != Some("false")
            && entry["ready"] != false
            && !matches!(told, Some(crate::cni::Verdict::Starting)),
        runs: !init && command_of(pod, container).is_some(),
        exits: exits.map(|code| (code, after.unwrap_or(1))),
        stops: if pod.annotation("plane.test/lingers").is_some() || entry["stops"] == false {
            None
        } else {
            Some(entry["stops"].as_i64().unwrap_or(1))
        },
    }
}
