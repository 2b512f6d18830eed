//! Which of the nodes that would do is best.

use super::Spot;
use super::affinity::Near;
use super::fit::{Wants, term};
use crate::json::json;
use crate::world::{Object, World};
use std::collections::BTreeMap;

/// The names of the best nodes, all as good as each other.
pub(super) fn best(world: &World, pod: &Object, wants: &Wants, near: &Near, spots: &[Spot<'_>]) -> Vec<String> {
    let like: BTreeMap<&str, usize> = match pod.controller() {
        Some(owner) if spots.len() > 1 => world.kin(owner.uid()).collect(),
        _ => BTreeMap::new(),
    };
    let mut best: (i64, Vec<&str>) = (i64::MIN, Vec::new());
    for spot in spots {
        let node = spot.node;
        let unwelcome = i64::try_from(wants.unwelcome(node)).unwrap_or(0);
        let score = free(wants, spot) - 300 * unwelcome + 2 * near.liking(node) + 2 * preferred(pod, node)
            - 20 * i64::try_from(like.get(node.name()).copied().unwrap_or(0)).unwrap_or(0);
        if score > best.0 {
            best = (score, vec![node.name()]);
        } else if score == best.0 {
            best.1.push(node.name());
        }
    }
    best.1.into_iter().map(str::to_owned).collect()
}

/// How free the node would still be, in hundredths. A pod that asks for nothing counts as a small one.
fn free(wants: &Wants, &Spot { has, left, .. }: &Spot<'_>) -> i64 {
    // Those that ask for nothing are not in the sum: they are taken to be a tenth of a processor and 200 MiB each.
    let (cpu, memory) = (wants.load.cpu.max(100), wants.load.memory.max(200 << 20));
    let quiet = has.pods - left.pods;
    let part = |left: i64, wanted: i64, small: i64, has: i64| {
        if has <= 0 { 0 } else { (left - wanted - quiet * small).max(0).saturating_mul(100) / has }
    };
    (part(left.cpu, cpu, 1, has.cpu) + part(left.memory, memory, 2 << 20, has.memory)) / 2
}

/// The weights of the preferred terms the node meets.
fn preferred(pod: &Object, node: &Object) -> i64 {
    let terms = &pod["spec"]["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"];
    let Some(terms) = terms.as_array() else { return 0 };
    let fields = json!({"metadata.name": node.name()});
    let met = terms.iter().filter(|weighted| {
        let (labels, names) = term(&weighted["preference"]);
        labels.takes(node) && names.takes_labels(&fields)
    });
    met.filter_map(|weighted| weighted["weight"].as_i64()).sum()
}
