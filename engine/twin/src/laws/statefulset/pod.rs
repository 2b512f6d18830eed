//! One pod of a stateful set: its name, its labels, its claims.

use super::{BY, HASH, claims, template_of};
use crate::laws::kit::events::{Told, tell};
use crate::laws::kit::template;
use crate::world::{Object, World};

/// The number in a pod's name, if it is one of the set's.
pub(super) fn number(set: &Object, name: &str) -> Option<i64> {
    name.strip_prefix(set.name())?.strip_prefix('-')?.parse().ok()
}

/// Creates the pod of a number with its claims; says whether it could.
pub(super) fn create_named(world: &mut World, set: &Object, number: i64, revision: &str) -> Result<(), String> {
    let name = format!("{}-{number}", set.name());
    let mut pod = template::pod(set, &template_of(world, set, revision));
    pod["metadata"]["name"] = name.as_str().into();
    pod.set_label(HASH, revision);
    pod.set_label("statefulset.kubernetes.io/pod-name", &name);
    pod.set_label("apps.kubernetes.io/pod-index", &number.to_string());
    pod["spec"]["hostname"] = name.as_str().into();
    if let Some(service) = set["spec"]["serviceName"].as_str().filter(|service| !service.is_empty()) {
        pod["spec"]["subdomain"] = service.into();
    }
    claims::mount(set, &mut pod, &name);
    claims::create(world, set, &name)?;
    template::create(world, pod).map(|_| ()).map_err(|refusal| refusal.message)
}

/// The same, and tells it.
pub(super) fn create(world: &mut World, set: &Object, number: i64, revision: &str) -> bool {
    let name = format!("{}-{number}", set.name());
    match create_named(world, set, number, revision) {
        Ok(()) => {
            let message = format!("create Pod {name} in StatefulSet {} successful", set.name());
            tell(world, set, Told::normal(BY, "SuccessfulCreate"), &message);
            true
        }
        Err(why) => {
            let message = format!("create Pod {name} in StatefulSet {} failed error: {why}", set.name());
            tell(world, set, Told::warning(BY, "FailedCreate"), &message);
            false
        }
    }
}
