//! Which nodes take the pod of a daemon set, and how a pod is meant for one node.

use crate::json::{Value, json};
use crate::laws::kit::pods;
use crate::world::{Object, Selector, list};

/// What a node is to a set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// A pod should run there.
    pub(super) may_run: bool,
    /// One that is there may stay.
    pub(super) may_stay: bool,
}

/// The taints that daemons live with.
fn daemon_tolerations(template: &Value) -> Vec<Value> {
    let on = |key: &str, effect: &str| json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect});
    let mut all = vec![
        on("not-ready", "NoExecute"),
        on("unreachable", "NoExecute"),
        on("disk-pressure", "NoSchedule"),
        on("memory-pressure", "NoSchedule"),
        on("pid-pressure", "NoSchedule"),
        on("unschedulable", "NoSchedule"),
    ];
    if template["spec"]["hostNetwork"] == true {
        all.push(on("network-unavailable", "NoSchedule"));
    }
    all
}

/// What the node is to the set.
pub(super) fn place(set: &Object, node: &Object) -> Place {
    let template = &set["spec"]["template"];
    let spec = &template["spec"];
    let fields = json!({"metadata.name": node.name()});
    let required = &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let affine = required["nodeSelectorTerms"].as_array().is_none_or(|terms| {
        terms.iter().any(|term| {
            let part = |field: &str| Selector::of(&json!({"matchExpressions": term[field]}));
            part("matchExpressions").takes(node) && part("matchFields").takes_labels(&fields)
        })
    });
    let named = spec["nodeName"].as_str().is_none_or(|name| name.is_empty() || name == node.name());
    if !affine || !named || !Selector::labels(&spec["nodeSelector"]).takes(node) {
        return Place { may_run: false, may_stay: false };
    }
    let mut tolerations = spec["tolerations"].as_array().cloned().unwrap_or_default();
    tolerations.extend(daemon_tolerations(template));
    let tolerations = Value::from(tolerations);
    let taints = || node["spec"]["taints"].as_array().into_iter().flatten();
    let lives_with = |effects: &[&str]| {
        let of = |taint: &&Value| taint["effect"].as_str().is_some_and(|effect| effects.contains(&effect));
        taints().filter(of).all(|taint| pods::tolerates(&tolerations, taint))
    };
    Place { may_run: lives_with(&["NoSchedule", "NoExecute"]), may_stay: lives_with(&["NoExecute"]) }
}

/// Means a pod for one node, and lets it live with the taints daemons live with.
pub(super) fn aim(pod: &mut Object, node: &str) {
    let template = json!({"spec": {"hostNetwork": pod["spec"]["hostNetwork"]}});
    let only = json!([{"key": "metadata.name", "operator": "In", "values": [node]}]);
    let required = &mut pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    // Only the field is left: the labels have been looked at already.
    required["nodeSelectorTerms"] = json!([{"matchFields": only}]);
    let tolerations = list(&mut pod["spec"]["tolerations"]);
    for one in daemon_tolerations(&template) {
        if !tolerations.contains(&one) {
            tolerations.push(one);
        }
    }
}

/// The node a pod is on or is meant for.
pub(super) fn meant_for(pod: &Object) -> &str {
    let on = pods::node(pod);
    if !on.is_empty() {
        return on;
    }
    let terms = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let fields = terms["nodeSelectorTerms"].as_array().into_iter().flatten();
    let mut fields = fields.flat_map(|term| term["matchFields"].as_array().into_iter().flatten());
    fields.find_map(|field| field["values"][0].as_str()).unwrap_or_default()
}
