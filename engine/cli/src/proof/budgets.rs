//! Disruption budgets that were broken while time passed.

use std::collections::BTreeMap;
use std::sync::Arc;

use runbook_twin::world::{Key, Object, World};

/// The budgets that asked for more than there was, and how little that was at the worst.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budgets {
    broken: BTreeMap<String, (u64, u64)>,
    /// Those that were broken before anything was done.
    before: Option<Vec<String>>,
}

impl Budgets {
    /// Looks at the budgets of a world in which time is about to pass.
    pub(crate) fn look(&mut self, world: &World) {
        let short = |(key, budget): (Key, &Arc<Object>)| {
            let number = |name: &str| budget["status"][name].as_u64();
            let (healthy, wanted) = (number("currentHealthy")?, number("desiredHealthy")?);
            (healthy < wanted).then(|| (format!("{}/{}", key.namespace(), key.name()), (healthy, wanted)))
        };
        let short: Vec<_> = world.entries("poddisruptionbudgets.policy", "").filter_map(short).collect();
        let before = self.before.get_or_insert_with(|| short.iter().map(|(name, _)| name.clone()).collect());
        for (name, (healthy, wanted)) in short {
            if !before.contains(&name) {
                let worst = self.broken.entry(name).or_insert((healthy, wanted));
                *worst = (*worst).min((healthy, wanted));
            }
        }
    }

    /// What is wrong, one line for each.
    pub(crate) fn told(&self) -> Vec<String> {
        let line = |(name, (healthy, wanted)): (&String, &(u64, u64))| {
            format!("the disruption budget `{name}` wants {wanted} ready, and there were {healthy}")
        };
        self.broken.iter().map(line).collect()
    }
}
