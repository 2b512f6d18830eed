//! The records of the run on a stage, as they come to disk.

use std::path::PathBuf;

use runbook_journal::Store;
use runbook_model::Record;

/// Reads what has been recorded since it looked last.
pub(crate) struct Reader {
    state: PathBuf,
    /// The store and the run in it, once there is one.
    found: Option<(Store, String)>,
    after: u64,
}

impl Reader {
    /// A reader of what comes after record `after` in this state directory.
    pub(crate) fn new(state: PathBuf, after: u64) -> Self {
        Self { state, found: None, after }
    }

    /// The new records; what cannot be read now is read the next time.
    pub(crate) fn read(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        let Some((store, run)) = self.found.take().or_else(|| self.find()) else { return records };
        let read = store.read(&run, self.after, |record| {
            records.push(record);
            Ok(())
        });
        drop(read);
        self.after = records.last().map_or(self.after, |last| last.seq);
        self.found = Some((store, run));
        records
    }

    fn find(&self) -> Option<(Store, String)> {
        // To open a store that is not there would make one.
        let store = self.state.join("runbook.db").exists().then(|| Store::open(&self.state).ok()).flatten()?;
        let run = store.runs().ok()?.first()?.run.clone();
        Some((store, run))
    }
}
