//! What happened lately: a bounded list of changes of each kind, from which watches are fed and past lists are rebuilt.
//!
//! Every kind has its own, as in the real server's caches: who watches nodes loses nothing because a thousand pods start.
//! What is remembered is shared with the world.

use super::{Key, Kind, Object};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How many changes of one kind are remembered.
const REMEMBERED: usize = 4096;

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its number: the resource version it gave.
    pub revision: u64,
    /// The object.
    pub key: Key,
    /// What it was; none when it is new.
    pub before: Option<Arc<Object>>,
    /// What it is; none when it is gone.
    pub after: Option<Arc<Object>>,
}

impl Change {
    /// The object after the change, or as it was last.
    ///
    /// # Panics
    /// Never: a change has one or the other.
    #[must_use]
    pub fn object(&self) -> &Arc<Object> {
        self.after.as_ref().or(self.before.as_ref()).expect("a change is of something")
    }
}

/// The latest changes of each kind in order.
#[derive(Clone, Default)]
pub struct History {
    kinds: BTreeMap<Kind, Arc<Past>>,
    forgotten: u64,
}

#[derive(Clone, Default)]
struct Past {
    changes: VecDeque<Arc<Change>>,
    forgotten: u64,
}

impl History {
    /// Remembers a change; gives the one that is forgotten for it.
    pub(super) fn push(&mut self, change: &Change) -> Option<Arc<Change>> {
        let past = Arc::make_mut(self.kinds.entry(change.key.kind.clone()).or_default());
        past.changes.push_back(Arc::new(change.clone()));
        let forgotten = if past.changes.len() > REMEMBERED { past.changes.pop_front() } else { None };
        past.forgotten = forgotten.as_ref().map_or(past.forgotten, |old| old.revision);
        forgotten
    }

    /// The revision before which nothing of a kind is remembered any more.
    #[must_use]
    pub fn oldest(&self, kind: &str) -> u64 {
        self.kinds.get(kind).map_or(0, |past| past.forgotten).max(self.forgotten)
    }

    /// Forgets everything up to a revision, as the store's compaction does.
    pub fn forget(&mut self, revision: u64) {
        self.forgotten = self.forgotten.max(revision);
        for past in self.kinds.values_mut() {
            let past = Arc::make_mut(past);
            while past.changes.front().is_some_and(|change| change.revision <= revision) {
                past.changes.pop_front();
            }
        }
    }

    /// The changes of a kind after a revision, in order; none when some of them are forgotten.
    #[must_use]
    pub fn since(&self, kind: &str, revision: u64) -> Option<impl DoubleEndedIterator<Item = &Arc<Change>>> {
        if revision < self.oldest(kind) {
            return None;
        }
        let changes = self.kinds.get(kind).map(|past| {
            let from = past.changes.partition_point(|change| change.revision <= revision);
            past.changes.range(from..)
        });
        Some(changes.into_iter().flatten())
    }
}
