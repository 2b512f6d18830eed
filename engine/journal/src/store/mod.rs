//! Where journals lie: one SQLite file under the state directory, in WAL mode with full syncs.
//!
//! Promises: what `append` returned from is on disk; a batch is there whole or not at all; only the holder of the
//! newest epoch can write. It never changes or removes a record.

mod error;
mod holders;
mod mail;
mod open;
mod read;
mod rows;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runbook_model::record::RunOpened;
use runbook_model::{Body, Holder, Millis, Record};
use rusqlite::{Connection, OptionalExtension, params};

pub use error::Error;
pub use mail::{Ask, Mail};
pub use rows::RunRow;

use crate::format;

/// How many records a run may have: its number and theirs share one 64-bit row number.
const SEQ_BITS: u32 = 40;

/// A store of runs.
#[derive(Clone)]
pub struct Store {
    path: PathBuf,
    db: Arc<Mutex<Connection>>,
}

/// The right to write the journal of one run.
pub struct Journal {
    store: Store,
    number: i64,
    /// The run's name.
    pub run: String,
    /// The epoch of this holder.
    pub epoch: u32,
}

impl Store {
    /// Opens the store in `folder`, making it where there is none yet.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        open::open(folder)
    }

    /// The file it lies in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a new run with its first record, both or neither; refused while another run holds the same lock on the
    /// same cluster.
    pub fn create(&self, opened: RunOpened, at: Millis) -> Result<(Journal, Record), Error> {
        let first = Record { seq: 1, at, epoch: 1, body: Body::RunOpened(Box::new(opened)) };
        let Body::RunOpened(opened) = &first.body else { unreachable!("the first record opens the run") };
        let journal = self.create_with(opened, &first)?;
        Ok((journal, first))
    }

    fn create_with(&self, opened: &RunOpened, first: &Record) -> Result<Journal, Error> {
        let at = first.at;
        let body = format::encode([first]).map_err(|e| Error::Unwritable { what: e.to_string() })?;
        let mut db = self.db();
        let all = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if let Some(lock) = &opened.lock {
            let by: Option<String> = all
                .prepare_cached("SELECT run FROM locks WHERE site = ?1 AND name = ?2")?
                .query_row(params![place_of(opened), lock], |row| row.get(0))
                .optional()?;
            if let Some(run) = by {
                return Err(Error::LockHeld { lock: lock.clone(), run });
            }
        }
        all.prepare_cached(
            "INSERT INTO runs (run, runbook, path, site, opened, epoch, holder) VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)",
        )?
        .execute(params![
            opened.run,
            opened.runbook,
            opened.path,
            opened.site,
            at,
            holders::to_text(&opened.by)
        ])?;
        let number = all.last_insert_rowid();
        all.prepare_cached("INSERT INTO journal (id, body) VALUES (?1, ?2)")?
            .execute(params![(number << SEQ_BITS) | 1, body])?;
        if let Some(lock) = &opened.lock {
            all.execute(
                "INSERT INTO locks (site, name, run, since) VALUES (?1, ?2, ?3, ?4)",
                params![place_of(opened), lock, opened.run, at],
            )?;
        }
        all.commit()?;
        drop(db);
        Ok(Journal { store: self.clone(), number, run: opened.run.clone(), epoch: 1 })
    }

    /// Takes an unfinished run up: its epoch rises by one, and whoever held it can no longer write.
    ///
    /// `may_take` is asked about the present holder, within the same transaction.
    pub fn take(&self, run: &str, by: &Holder, may_take: impl FnOnce(&Holder) -> bool) -> Result<Journal, Error> {
        let mut db = self.db();
        let all = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let (number, epoch, holder): (i64, u32, Option<String>) = all
            .query_row("SELECT no, epoch, holder FROM runs WHERE run = ?1", [run], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?
            .ok_or_else(|| Error::Unknown { run: run.to_owned() })?;
        if let Some(holder) = holder.as_deref().and_then(holders::from_text)
            && !may_take(&holder)
        {
            return Err(Error::Held { run: run.to_owned(), holder: Box::new(holder) });
        }
        all.execute(
            "UPDATE runs SET epoch = ?2, holder = ?3 WHERE no = ?1",
            params![number, epoch + 1, holders::to_text(by)],
        )?;
        all.commit()?;
        drop(db);
        Ok(Journal { store: self.clone(), number, run: run.to_owned(), epoch: epoch + 1 })
    }

    /// Keeps a run that was written elsewhere, with all its records.
    pub fn import(&self, opened: &RunOpened, epoch: u32, records: &[Record], verdict: &str) -> Result<(), Error> {
        const BATCH: usize = 1000;
        let mut journal = self.create_with(opened, &records[0])?;
        self.db().execute("UPDATE runs SET epoch = ?2 WHERE run = ?1", params![opened.run, epoch])?;
        journal.epoch = epoch;
        for batch in records[1..].chunks(BATCH) {
            journal.append(batch[0].seq, batch)?;
        }
        journal.release(verdict, false, records[records.len() - 1].at)
    }

    /// Sets right what a process that was killed between its last record and its letting go left behind.
    pub fn mend(&self, run: &str, verdict: &str, is_final: bool, at: Millis) -> Result<(), Error> {
        let mut db = self.db();
        let all = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        all.execute(
            "UPDATE runs SET holder = NULL, verdict = ?2, closed = ?3 WHERE run = ?1",
            params![run, verdict, at],
        )?;
        if is_final {
            all.execute("DELETE FROM locks WHERE run = ?1", [run])?;
        }
        Ok(all.commit()?)
    }

    /// Frees a run that was taken up and to which nothing was written.
    pub fn let_go(&self, run: &str) -> Result<(), Error> {
        self.db().execute("UPDATE runs SET holder = NULL WHERE run = ?1", [run])?;
        Ok(())
    }

    /// Hands every record of `run` after number `after` to `hear`, in order; stops at the first it refuses.
    pub fn read(&self, run: &str, after: u64, mut hear: impl FnMut(Record) -> Result<(), String>) -> Result<(), Error> {
        let db = self.db();
        let number: i64 = db
            .query_row("SELECT no FROM runs WHERE run = ?1", [run], |row| row.get(0))
            .optional()?
            .ok_or_else(|| Error::Unknown { run: run.to_owned() })?;
        // A batch may begin before `after` and end behind it, so the search begins at the batch that holds it.
        let mut batches = db.prepare_cached(
            "SELECT body FROM journal WHERE id >= coalesce(
                 (SELECT max(id) FROM journal WHERE id <= ?2 AND id > ?1), ?1) AND id < ?3 ORDER BY id",
        )?;
        let first = number << SEQ_BITS;
        let seq = i64::try_from(after).unwrap_or(i64::MAX).min((1 << SEQ_BITS) - 1);
        let rows = batches.query(params![first, first | seq, (number + 1) << SEQ_BITS])?;
        let fresh = |record: Record| if record.seq > after { hear(record) } else { Ok(()) };
        read::all(rows, fresh).map_err(|trouble| match trouble {
            read::Trouble::Store(error) => error.into(),
            read::Trouble::Damaged(what) => {
                Error::Damaged { path: self.path.clone(), what: format!("run `{run}`: {what}") }
            }
        })
    }
}

/// What a lock is of: the cluster where the run has one, else the site.
fn place_of(opened: &RunOpened) -> &str {
    opened.aim.cluster.as_deref().unwrap_or(&opened.site)
}

impl Journal {
    /// Writes `records` in one transaction and syncs; when it returns, they are on disk.
    pub fn append<'r>(&self, first_seq: u64, records: impl IntoIterator<Item = &'r Record>) -> Result<(), Error> {
        let body = format::encode(records).map_err(|e| Error::Unwritable { what: e.to_string() })?;
        let seq = i64::try_from(first_seq).unwrap_or(i64::MAX);
        let db = self.store.db();
        // One statement is one transaction, and the epoch is compared within it: a late holder writes nothing.
        let written = db
            .prepare_cached("INSERT INTO journal (id, body) SELECT ?1, ?2 FROM runs WHERE no = ?3 AND epoch = ?4")?
            .execute(params![(self.number << SEQ_BITS) | seq, body, self.number, self.epoch])?;
        drop(db);
        if written == 1 { Ok(()) } else { Err(self.lost()) }
    }

    /// Lets the run go. A final verdict frees its lock.
    pub fn release(&self, verdict: &str, is_final: bool, at: Millis) -> Result<(), Error> {
        let mut db = self.store.db();
        let all = db.transaction()?;
        let held = all.execute(
            "UPDATE runs SET holder = NULL, verdict = ?3, closed = ?4 WHERE no = ?1 AND epoch = ?2",
            params![self.number, self.epoch, verdict, at],
        )?;
        if is_final && held == 1 {
            all.execute("DELETE FROM locks WHERE run = ?1", [&self.run])?;
        }
        all.commit()?;
        if held == 1 { Ok(()) } else { Err(self.lost()) }
    }

    /// What other processes asked of this run since the last look; each is handed out once.
    pub fn mail(&self) -> Result<Vec<Mail>, Error> {
        mail::collect(&self.store, self.number)
    }

    fn lost(&self) -> Error {
        Error::Lost { run: self.run.clone(), epoch: self.epoch }
    }
}

#[cfg(test)]
mod tests;
