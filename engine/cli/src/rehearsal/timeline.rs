//! What becomes of the workloads while time passes: how many of their pods are ready, and for how long none is.
//!
//! Between two moments at which time jumps nothing changes, so to look before each jump is to look always.

use std::collections::{BTreeMap, BTreeSet};

use runbook_model::Millis;
use runbook_report::rehearsal::{Span, Workload};
use runbook_twin::world::{Moment, World};

/// The namespaces of the run's own test pods.
const OWN: &str = "runbook-probe-";

/// The workloads over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    seen: BTreeMap<String, Vec<(Millis, u64, u64)>>,
    /// Those that were there at the first look.
    old: Option<BTreeSet<String>>,
    end: Millis,
}

impl Timeline {
    /// Looks at the workloads, which stay as they are until `until`.
    pub(crate) fn look(&mut self, world: &World, until: Moment) {
        let now = world.now().0 / 1000;
        self.end = self.end.max(until.0 / 1000);
        for kind in ["deployments.apps", "statefulsets.apps", "daemonsets.apps"] {
            for (key, object) in world.entries(kind, "") {
                let status = &object["status"];
                if key.namespace().starts_with(OWN) {
                    continue;
                }
                let number = |name: &str| status[name].as_u64();
                let ready = number("readyReplicas").or_else(|| number("numberReady")).unwrap_or(0);
                let wanted = object["spec"]["replicas"].as_u64();
                let wanted = wanted.or_else(|| number("desiredNumberScheduled")).unwrap_or(1);
                let seen = self.seen.entry(format!("{}/{}", key.namespace(), key.name())).or_default();
                if seen.last().is_none_or(|(_, was, of)| (*was, *of) != (ready, wanted)) {
                    seen.push((now, ready, wanted));
                }
            }
        }
        self.old.get_or_insert_with(|| self.seen.keys().cloned().collect());
    }

    /// What it amounts to. One that was made meanwhile is told of from when it first had all the pods that it wants; a
    /// daemon set that nobody has looked at yet wants none.
    pub(crate) fn workloads(&self) -> Vec<Workload> {
        let workload = |(name, seen): (&String, &Vec<(Millis, u64, u64)>)| {
            let ends = seen.iter().skip(1).map(|(at, ..)| *at).chain([self.end]);
            let made = self.old.as_ref().is_some_and(|old| !old.contains(name));
            let spans: Vec<Span> = seen
                .iter()
                .zip(ends)
                .skip_while(|((_, ready, wanted), _)| made && (*wanted == 0 || ready < wanted))
                .map(|((from, ready, wanted), to)| Span { from: *from, to, ready: *ready, wanted: *wanted })
                .collect();
            Workload { name: name.clone(), spans }
        };
        self.seen.iter().map(workload).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_made_meanwhile_is_without_pods_only_after_it_had_all() {
        let seen = vec![(1, 0, 0), (2, 0, 4), (5, 4, 4), (7, 0, 4), (9, 4, 4)];
        let new = Timeline { seen: [("n/d".into(), seen)].into(), old: Some(BTreeSet::new()), end: 20 };
        assert_eq!(new.workloads()[0].without(), (2, 2));
        let old = Timeline { old: Some(["n/d".into()].into()), ..new };
        assert_eq!(old.workloads()[0].without(), (3, 5));
    }
}
