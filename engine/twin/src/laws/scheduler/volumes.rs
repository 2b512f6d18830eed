//! The claims of a pod: whether they are bound, to volumes of which nodes, and binding those that wait for a pod.

use super::fit::term;
use super::refused::No;
use crate::json::json;
use crate::world::{Key, Object, Selector, World};

/// Where the volumes of a pod can be reached: for each the terms of its affinity to nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims(Vec<Vec<(Selector, Selector)>>);

/// The names of the claims of a pod.
fn names(pod: &Object) -> impl Iterator<Item = String> {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    volumes.filter_map(|volume| {
        let own = || {
            let ephemeral = volume.get("ephemeral")?;
            ephemeral.is_object().then(|| format!("{}-{}", pod.name(), volume["name"].as_str().unwrap_or_default()))
        };
        volume["persistentVolumeClaim"]["claimName"].as_str().map(str::to_owned).or_else(own)
    })
}

/// Whether claims of this class wait until a pod uses them.
pub(in crate::laws) fn waits(world: &World, claim: &Object) -> bool {
    let class = claim["spec"]["storageClassName"].as_str().unwrap_or_default();
    let class = world.get("storageclasses.storage.k8s.io", "", class);
    class.is_some_and(|class| class["volumeBindingMode"] == "WaitForFirstConsumer")
}

impl Claims {
    /// Reads them; or says why no node will do, with the number of nodes.
    pub(super) fn of(world: &World, pod: &Object) -> Result<Self, (usize, String)> {
        let nodes = world.count("nodes");
        let mut all = Vec::new();
        for name in names(pod) {
            let Some(claim) = world.get("persistentvolumeclaims", pod.namespace(), &name) else {
                return Err((nodes, format!("persistentvolumeclaim \"{name}\" not found")));
            };
            if claim.is_going() {
                return Err((nodes, format!("persistentvolumeclaim \"{name}\" is being deleted")));
            }
            let bound = claim["spec"]["volumeName"].as_str().filter(|name| !name.is_empty());
            match bound {
                None if waits(world, claim) => {}
                None => return Err((nodes, "pod has unbound immediate PersistentVolumeClaims".to_owned())),
                Some(volume) => {
                    let volume = world.get("persistentvolumes", "", volume);
                    let terms =
                        volume.and_then(|it| it["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"].as_array());
                    if let Some(terms) = terms {
                        all.push(terms.iter().map(term).collect());
                    }
                }
            }
        }
        Ok(Self(all))
    }

    /// Why the node will not do, or nothing.
    pub(super) fn check(&self, node: &Object) -> Option<No> {
        if self.0.is_empty() {
            return None;
        }
        let fields = json!({"metadata.name": node.name()});
        let reached = |terms: &Vec<(Selector, Selector)>| {
            terms.iter().any(|(labels, names)| labels.takes(node) && names.takes_labels(&fields))
        };
        (!self.0.iter().all(reached)).then(|| No::firm("node(s) didn't match PersistentVolume's node affinity"))
    }
}

const SELECTED: &str = "volume.kubernetes.io/selected-node";

/// Whether all claims are bound; those that wait for a pod are told the node it will be on.
pub(super) fn are_ready(world: &mut World, pod: &Object, node: &str) -> bool {
    let mut ready = true;
    for name in names(pod).collect::<Vec<_>>() {
        let key = Key::new("persistentvolumeclaims", pod.namespace(), &name);
        let unbound = |claim: &Object| claim["spec"]["volumeName"].as_str().is_none_or(str::is_empty);
        if world.at(&key).is_some_and(|claim| unbound(claim)) {
            ready = false;
            drop(world.change(&key, |claim| claim.set_annotation(SELECTED, node)));
        }
    }
    ready
}
