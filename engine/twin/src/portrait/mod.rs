//! Portraits of worlds: what lasts of a world, as plain text, so that two worlds can be compared and the difference read.
//!
//! Promises: two worlds in which the same was done have the same portrait, whenever and however often it was tried: ids,
//! versions, times and the names of pods that somebody makes are not in it. Two worlds that differ in what somebody
//! asked for, or in what runs where that matters, have different ones.

mod flat;
mod machines;
mod objects;

use crate::machines::Machine;
use crate::world::World;
use std::collections::BTreeMap;

/// What lasts of one thing: its fields by their paths.
pub type Fields = BTreeMap<String, String>;

/// What lasts of a world: things by their names, `deployments.apps shop/web`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portrait(pub BTreeMap<String, Fields>);

/// What became of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// These fields are others: path, what was there, what is there.
    Changed(Vec<(String, Option<String>, Option<String>)>),
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub thing: String,
    /// What became of it.
    pub change: Change,
}

impl Portrait {
    /// The portrait of a world.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let mut things = BTreeMap::new();
        objects::paint(world, &mut things);
        machines::paint(world, &mut things);
        Self(things)
    }

    /// How `later` differs from this one.
    #[must_use]
    pub fn against(&self, later: &Self) -> Vec<Difference> {
        let names: std::collections::BTreeSet<&String> = self.0.keys().chain(later.0.keys()).collect();
        let differ = |thing: &String| {
            let change = match (self.0.get(thing), later.0.get(thing)) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                (Some(before), Some(after)) => Change::Changed(changed(before, after)).some()?,
            };
            Some(Difference { thing: thing.clone(), change })
        };
        names.into_iter().filter_map(differ).collect()
    }
}

impl Change {
    fn some(self) -> Option<Self> {
        (self != Self::Changed(Vec::new())).then_some(self)
    }
}

fn changed(before: &Fields, after: &Fields) -> Vec<(String, Option<String>, Option<String>)> {
    let paths: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = |path: &String| {
        let (was, is) = (before.get(path), after.get(path));
        (was != is).then(|| (path.clone(), was.cloned(), is.cloned()))
    };
    paths.into_iter().filter_map(differ).collect()
}

/// What the engine has left in its own folder on a machine: commands that are kept, and what is armed.
#[must_use]
pub fn kept(machine: &Machine) -> Vec<String> {
    let names = |path: &str| -> Vec<String> {
        let mut at = machine.files.root();
        for step in path.split('/').filter(|step| !step.is_empty()) {
            match machine.files.names(at).ok().and_then(|names| names.get(step)) {
                Some(below) => at = *below,
                None => return Vec::new(),
            }
        }
        machine.files.names(at).map(|names| names.keys().cloned().collect()).unwrap_or_default()
    };
    let told = |folder: &str, what: &str| -> Vec<String> {
        let here = names(&format!("/var/lib/runbook/{folder}"));
        here.into_iter().map(|name| format!("{what} `{name}` on `{}`", machine.name)).collect()
    };
    [told("run", "the command"), told("armed", "what was armed,")].concat()
}

/// A text too long to be shown: so many bytes, and what tells it from another.
fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(bytes);
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("({} bytes, {short})", bytes.len())
}

#[cfg(test)]
mod tests;
