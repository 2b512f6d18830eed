//! What can go wrong with a store.

use std::path::PathBuf;

use runbook_model::{Failure, Holder, code};

/// What went wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such run.
    #[error("there is no run `{run}`")]
    Unknown {
        /// Its name as it was asked for.
        run: String,
    },
    /// Several runs begin like that.
    #[error("`{run}` could be any of {}", .among.join(", "))]
    Ambiguous {
        /// What was asked for.
        run: String,
        /// Which it could be.
        among: Vec<String>,
    },
    /// Another process holds the run.
    #[error("run `{run}` is held by {holder}")]
    Held {
        /// The run.
        run: String,
        /// Who.
        holder: Box<Holder>,
    },
    /// A newer holder has taken the run over: this process may no longer write.
    #[error("run `{run}` was taken over by another process")]
    Lost {
        /// The run.
        run: String,
        /// The epoch that is over.
        epoch: u32,
    },
    /// Another unfinished run holds the lock.
    #[error("lock `{lock}` is held by run `{run}`")]
    LockHeld {
        /// The lock.
        lock: String,
        /// Who holds it.
        run: String,
    },
    /// A newer engine wrote it.
    #[error("the store `{}` was written by a newer version (format {found}, known up to {known})", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// It cannot be read: it is damaged, or no store at all.
    #[error("the store `{}` is damaged: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        what: String,
    },
    /// The folder cannot be made or used.
    #[error("the state directory `{}` cannot be used: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A record cannot be written as text.
    #[error("a record cannot be written: {what}")]
    Unwritable {
        /// Why.
        what: String,
    },
    /// SQLite refused.
    #[error("the store cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl Error {
    /// Whether a newer holder has taken the run over.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    fn sqlite_code(&self) -> Option<rusqlite::ErrorCode> {
        if let Self::Sqlite(error) = self { error.sqlite_error_code() } else { None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        use rusqlite::ErrorCode;
        let what = error.to_string();
        match (&error, error.sqlite_code()) {
            (Error::Unknown { .. } | Error::Ambiguous { .. }, _) => {
                Self::new(code::RUN_UNKNOWN, what).hint("list the runs with `runbook runs`")
            }
            (Error::Held { run, .. }, _) => Self::new(code::RUN_HELD, what)
                .hint(format!("watch it with `runbook watch {run}`"))
                .hint("if its process is truly gone, resume with `--take-over`"),
            (Error::Lost { run, .. }, _) => {
                Self::new(code::RUN_LOST, what).hint(format!("watch it with `runbook watch {run}`"))
            }
            (Error::LockHeld { run, .. }, _) => Self::new(code::LOCK_HELD, what).hint(format!(
                "finish it with `runbook run --resume={run}`, unwind it with `runbook undo {run}`, or give it up with `runbook stop {run} --abandon`"
            )),
            (Error::Newer { .. }, _) => Self::new(code::STORE_NEWER, what).hint("use the version that wrote it, or another `--state` directory"),
            (Error::Damaged { .. }, _) | (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => {
                Self::new(code::STORE_DAMAGED, what)
                    .hint("keep a copy of the file, then choose another store with `--state`")
            }
            (_, Some(ErrorCode::DiskFull)) => {
                Self::new(code::STORE_FULL, "the disk of the store is full").hint("free some space, then resume")
            }
            (Error::Folder { .. } | Error::Unwritable { .. } | Error::Sqlite(_), _) => Self::new(code::STORE_TROUBLE, what)
                .hint("choose a directory that can be written with `--state DIR`"),
        }
    }
}
