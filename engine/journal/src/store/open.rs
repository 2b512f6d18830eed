//! Opening a store: the folder, the pragmas, the tables, the version.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;

use super::{Error, Store};
use crate::format::VERSION;

const FILE: &str = "runbook.db";

/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(10);

const TABLES: &str = "
    CREATE TABLE runs (
        no      INTEGER PRIMARY KEY,
        run     TEXT NOT NULL UNIQUE,
        runbook TEXT NOT NULL,
        path    TEXT NOT NULL,
        site    TEXT NOT NULL,
        opened  INTEGER NOT NULL,
        closed  INTEGER,
        verdict TEXT,
        epoch   INTEGER NOT NULL,
        holder  TEXT
    );
    CREATE TABLE journal (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE locks (
        site  TEXT NOT NULL,
        name  TEXT NOT NULL,
        run   TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (site, name)
    );
    CREATE TABLE mail (
        id   INTEGER PRIMARY KEY,
        no   INTEGER NOT NULL,
        at   INTEGER NOT NULL,
        who  TEXT NOT NULL,
        body TEXT NOT NULL
    );
";

pub(super) fn open(folder: &Path) -> Result<Store, Error> {
    make_folder(folder)?;
    let path = folder.join(FILE);
    let db = Connection::open(&path)?;
    let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            Error::Damaged { path: path.clone(), what: error.to_string() }
        }
        _ => Error::Sqlite(error),
    };
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(32);
    let found: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(damaged)?;
    if found > VERSION {
        return Err(Error::Newer { path, found, known: VERSION });
    }
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(damaged)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    if found == 0 {
        make_tables(&db)?;
    }
    Ok(Store { path, db: Arc::new(Mutex::new(db)) })
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::DirBuilderExt;
    let trouble = |source| Error::Folder { path: folder.to_owned(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(trouble)?;
    Ok(())
}

/// Makes the tables, unless another process made them in the meantime.
fn make_tables(db: &Connection) -> Result<(), Error> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    let found: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let made = if found == 0 {
        db.execute_batch(TABLES).and_then(|()| db.pragma_update(None, "user_version", VERSION))
    } else {
        Ok(())
    };
    db.execute_batch(if made.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    Ok(made?)
}
