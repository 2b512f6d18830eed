//! What a pod keeps on its node: volumes that do not go with it.

use runbook_model::Value;

use super::discovery::items;
use super::{Cluster, Ref, Result, object};

/// The volumes of a pod of this sort, by name.
pub(super) fn of_sort(pod: &Value, sort: &str) -> Vec<String> {
    items(object::at(pod, &["spec", "volumes"]))
        .filter(|volume| volume.get(sort).is_some())
        .filter_map(|volume| object::text(volume, &["name"]).map(str::to_owned))
        .collect()
}

/// Names in backticks, in a row.
pub(super) fn ticked(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Cluster {
    /// The claims of a pod whose data is on one node: elsewhere the pod cannot start.
    pub(super) async fn bound_claims(&self, pod: &Value) -> Result<Vec<String>> {
        let namespace = object::meta(pod, "namespace").unwrap_or_default();
        let mut bound = Vec::new();
        for volume in items(object::at(pod, &["spec", "volumes"])) {
            let Some(claim) = object::text(volume, &["persistentVolumeClaim", "claimName"]) else { continue };
            let Some(found) = self.find(&Ref::new("v1/PersistentVolumeClaim", namespace, claim)).await? else {
                continue;
            };
            let Some(name) = object::text(&found, &["spec", "volumeName"]).filter(|name| !name.is_empty()) else {
                continue;
            };
            let Some(disk) = self.find(&Ref::bare("v1/PersistentVolume", name)).await? else { continue };
            if ["local", "hostPath"].iter().any(|sort| object::at(&disk, &["spec", sort]).is_some()) {
                bound.push(claim.to_owned());
            }
        }
        Ok(bound)
    }
}
