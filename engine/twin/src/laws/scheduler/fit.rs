//! Whether one node will do for a pod: its taints, its labels, its ports, its room.

use super::Spot;
use super::refused::No;
use crate::json::{Value, json};
use crate::laws::kit::numbers::thousandths;
use crate::laws::kit::pods::tolerates;
use crate::world::{Load, Object, Selector, World};
use std::collections::BTreeSet;

/// What a pod wants of its node, read once.
#[derive(Clone, Debug)]
pub(super) struct Wants {
    pub(super) load: Load,
    tolerations: Value,
    labels: Selector,
    /// The alternatives of its required affinity to nodes: labels and fields.
    terms: Option<Vec<(Selector, Selector)>>,
    only: Option<String>,
    ports: BTreeSet<(String, String, i64)>,
    extended: Vec<(String, i128)>,
}

impl Wants {
    pub(super) fn of(_world: &World, pod: &Object) -> Self {
        let required = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
        let terms = required["nodeSelectorTerms"].as_array().map(|terms| terms.iter().map(term).collect());
        let only = required["nodeSelectorTerms"].as_array().filter(|terms| terms.len() == 1).and_then(|terms| {
            let field = terms[0]["matchFields"].as_array()?.first()?;
            let named = field["key"] == "metadata.name" && field["operator"] == "In";
            named.then(|| field["values"][0].as_str().map(str::to_owned))?
        });
        let mut extended: Vec<(String, i128)> = Vec::new();
        for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
            for (name, amount) in container["resources"]["requests"].as_object().into_iter().flatten() {
                if !["cpu", "memory"].contains(&name.as_str()) {
                    match extended.iter_mut().find(|(one, _)| one == name) {
                        Some((_, sum)) => *sum += thousandths(amount),
                        None => extended.push((name.to_string(), thousandths(amount))),
                    }
                }
            }
        }
        Self {
            load: Load::of_pod(pod),
            tolerations: pod["spec"]["tolerations"].clone(),
            labels: Selector::labels(&pod["spec"]["nodeSelector"]),
            terms,
            only,
            ports: ports(pod),
            extended,
        }
    }

    /// The one node it may be on, when it says so by name.
    pub(super) fn only(&self) -> Option<&str> {
        self.only.as_deref()
    }

    /// Whether the pod tolerates the taints that keep pods away.
    pub(super) fn tolerates(&self, node: &Object) -> bool {
        taints(node)
            .filter(|taint| taint["effect"] != "PreferNoSchedule")
            .all(|taint| tolerates(&self.tolerations, taint))
    }

    /// How many taints that only ask pods to stay away it does not tolerate.
    pub(super) fn unwelcome(&self, node: &Object) -> usize {
        taints(node)
            .filter(|taint| taint["effect"] == "PreferNoSchedule" && !tolerates(&self.tolerations, taint))
            .count()
    }

    /// Whether the node has the labels and fields that are asked for.
    pub(super) fn labels_fit(&self, node: &Object) -> bool {
        self.labels.takes(node)
            && self.terms.as_ref().is_none_or(|terms| {
                let fields = json!({"metadata.name": node.name()});
                terms.iter().any(|(labels, names)| {
                    (!labels.is_everything() || !names.is_everything())
                        && labels.takes(node)
                        && names.takes_labels(&fields)
                })
            })
    }
}

/// A term of an affinity to nodes.
pub(super) fn term(term: &Value) -> (Selector, Selector) {
    let part = |field: &str| Selector::of(&json!({"matchExpressions": term[field]}));
    (part("matchExpressions"), part("matchFields"))
}

fn taints(node: &Object) -> impl Iterator<Item = &Value> {
    node["spec"]["taints"].as_array().into_iter().flatten()
}

/// The ports of the node a pod takes: address, protocol, number.
fn ports(pod: &Object) -> BTreeSet<(String, String, i64)> {
    let mut ports = BTreeSet::new();
    for field in ["containers", "initContainers"] {
        for container in pod["spec"][field].as_array().into_iter().flatten() {
            if field == "initContainers" && container["restartPolicy"] != "Always" {
                continue;
            }
            for port in container["ports"].as_array().into_iter().flatten() {
                if let Some(number) = port["hostPort"].as_i64().filter(|number| *number > 0) {
                    let text = |field: &str, or: &str| {
                        port[field].as_str().filter(|text| !text.is_empty()).unwrap_or(or).to_owned()
                    };
                    ports.insert((text("hostIP", "0.0.0.0"), text("protocol", "TCP"), number));
                }
            }
        }
    }
    ports
}

fn clashes(mine: &BTreeSet<(String, String, i64)>, theirs: &BTreeSet<(String, String, i64)>) -> bool {
    mine.iter().any(|(address, protocol, port)| {
        theirs.iter().any(|(other, its, number)| {
            (protocol, port) == (its, number) && (address == other || address == "0.0.0.0" || other == "0.0.0.0")
        })
    })
}

/// Why the node will not do, or nothing.
pub(super) fn check(world: &World, wants: &Wants, spot: &Spot<'_>) -> Option<No> {
    let node = spot.node;
    if node["spec"]["unschedulable"] == true {
        let taint = json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
        if !tolerates(&wants.tolerations, &taint) {
            return Some(No::firm("node(s) were unschedulable"));
        }
    }
    if !wants.tolerates(node) {
        return Some(No::firm("node(s) had untolerated taint(s)"));
    }
    if !wants.labels_fit(node) {
        return Some(No::firm("node(s) didn't match Pod's node affinity/selector"));
    }
    if !wants.ports.is_empty() && world.on_node(node.name()).any(|pod| clashes(&wants.ports, &ports(pod))) {
        return Some(No::soft("node(s) didn't have free ports for the requested pod ports"));
    }
    room(world, wants, spot)
}

fn room(world: &World, wants: &Wants, &Spot { node, has, left }: &Spot<'_>) -> Option<No> {
    let mut no = No { reasons: Vec::new(), firm: false };
    if left.pods < 1 {
        no.reasons.push("Too many pods".to_owned());
    }
    for (name, wanted, left, has) in
        [("cpu", wants.load.cpu, left.cpu, has.cpu), ("memory", wants.load.memory, left.memory, has.memory)]
    {
        if wanted > 0 && wanted > left {
            no.reasons.push(format!("Insufficient {name}"));
            no.firm |= wanted > has;
        }
    }
    for (name, wanted) in wants.extended.iter().filter(|(_, wanted)| *wanted > 0) {
        let has = thousandths(&node["status"]["allocatable"][name]);
        let taken: i128 = world.on_node(node.name()).map(|pod| asked(pod, name)).sum();
        if *wanted > has - taken {
            no.reasons.push(format!("Insufficient {name}"));
            no.firm |= *wanted > has;
        }
    }
    (!no.reasons.is_empty()).then_some(no)
}

fn asked(pod: &Object, name: &str) -> i128 {
    if matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
        return 0;
    }
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    containers.map(|container| thousandths(&container["resources"]["requests"][name])).sum()
}
