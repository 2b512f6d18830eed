//! What happened lately: a bounded list of changes, from which watches are fed and past lists are rebuilt.

use super::{Key, Object};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many changes are remembered.
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

/// The latest changes in order.
#[derive(Clone, Default)]
pub struct History {
    changes: VecDeque<Arc<Change>>,
    forgotten: u64,
}

impl History {
    pub(super) fn push(&mut self, change: Arc<Change>) {
        if self.changes.len() >= REMEMBERED {
            self.forgotten = self.changes.pop_front().map_or(self.forgotten, |old| old.revision);
        }
        self.changes.push_back(change);
    }

    /// The revision before which nothing is remembered any more.
    #[must_use]
    pub fn oldest(&self) -> u64 {
        self.forgotten
    }

    /// Forgets everything up to a revision, as the store's compaction does.
    pub fn forget(&mut self, revision: u64) {
        while self.changes.front().is_some_and(|change| change.revision <= revision) {
            self.changes.pop_front();
        }
        self.forgotten = self.forgotten.max(revision);
    }

    /// The changes after a revision, in order; none when some of them are forgotten.
    #[must_use]
    pub fn since(&self, revision: u64) -> Option<impl DoubleEndedIterator<Item = &Arc<Change>>> {
        if revision < self.forgotten {
            return None;
        }
        let from = self.changes.partition_point(|change| change.revision <= revision);
        Some(self.changes.range(from..))
    }
}
