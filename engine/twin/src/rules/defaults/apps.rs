//! Deployments, replica sets, daemon sets, stateful sets.

use crate::json::{Value, json};

use super::{each, part, pod, set, some, storage};

pub(super) fn defaults(object: &mut Value, kind: &str) {
    if kind == "ControllerRevision" {
        return;
    }
    let Some(spec) = some(object, "spec") else { return };
    pod::template(spec, "template");
    match kind {
        "Deployment" => deployment(spec),
        "DaemonSet" => daemon_set(spec),
        "StatefulSet" => stateful_set(spec),
        "ReplicaSet" => set(spec, "replicas", json!(1)),
        _ => {}
    }
}

fn deployment(spec: &mut Value) {
    set(spec, "replicas", json!(1));
    set(spec, "revisionHistoryLimit", json!(10));
    set(spec, "progressDeadlineSeconds", json!(600));
    let Some(strategy) = part(spec, "strategy") else { return };
    set(strategy, "type", json!("RollingUpdate"));
    if strategy["type"] == "RollingUpdate"
        && let Some(rolling) = part(strategy, "rollingUpdate")
    {
        set(rolling, "maxUnavailable", json!("25%"));
        set(rolling, "maxSurge", json!("25%"));
    }
}

fn daemon_set(spec: &mut Value) {
    set(spec, "revisionHistoryLimit", json!(10));
    let Some(strategy) = part(spec, "updateStrategy") else { return };
    set(strategy, "type", json!("RollingUpdate"));
    if strategy["type"] == "RollingUpdate"
        && let Some(rolling) = part(strategy, "rollingUpdate")
    {
        set(rolling, "maxUnavailable", json!(1));
        set(rolling, "maxSurge", json!(0));
    }
}

fn stateful_set(spec: &mut Value) {
    set(spec, "podManagementPolicy", json!("OrderedReady"));
    set(spec, "replicas", json!(1));
    set(spec, "revisionHistoryLimit", json!(10));
    if let Some(strategy) = part(spec, "updateStrategy") {
        let said = strategy.get("type").is_some_and(|kind| !kind.is_null());
        set(strategy, "type", json!("RollingUpdate"));
        let rolling = !said || strategy.get("rollingUpdate").is_some();
        if strategy["type"] == "RollingUpdate"
            && rolling
            && let Some(rolling) = part(strategy, "rollingUpdate")
        {
            set(rolling, "partition", json!(0));
        }
    }
    if let Some(retention) = part(spec, "persistentVolumeClaimRetentionPolicy") {
        set(retention, "whenDeleted", json!("Retain"));
        set(retention, "whenScaled", json!("Retain"));
    }
    for claim in each(spec, "volumeClaimTemplates") {
        set(claim, "apiVersion", json!("v1"));
        set(claim, "kind", json!("PersistentVolumeClaim"));
        storage::core(claim, "PersistentVolumeClaim");
    }
}
