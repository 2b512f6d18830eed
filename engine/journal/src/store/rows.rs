//! The list of runs.

use runbook_model::{Holder, Millis};
use rusqlite::{Row, params};

use super::{Error, Store, holders};

/// One run, as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its name.
    pub run: String,
    /// The runbook's name.
    pub runbook: String,
    /// The runbook's full path.
    pub path: String,
    /// Where it acts.
    pub site: String,
    /// When it was opened.
    pub opened: Millis,
    /// When it was last let go.
    pub closed: Option<Millis>,
    /// How it was last let go; none while it is held, or after a crash.
    pub verdict: Option<String>,
    /// How often it was taken up.
    pub epoch: u32,
    /// Who holds it.
    pub holder: Option<Holder>,
}

const COLUMNS: &str = "SELECT run, runbook, path, site, opened, closed, verdict, epoch, holder FROM runs";

impl Store {
    /// Every run, the newest first.
    pub fn runs(&self) -> Result<Vec<RunRow>, Error> {
        let db = self.db();
        let mut rows = db.prepare_cached(&format!("{COLUMNS} ORDER BY no DESC"))?;
        let rows = rows.query_map([], row_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The runs of the runbook at `path`, the newest first.
    pub fn runs_of(&self, path: &str) -> Result<Vec<RunRow>, Error> {
        let db = self.db();
        let mut rows = db.prepare_cached(&format!("{COLUMNS} WHERE path = ?1 ORDER BY no DESC"))?;
        let rows = rows.query_map([path], row_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The run called `name`: its whole name, the beginning of just one, or `last`.
    pub fn find(&self, name: &str) -> Result<RunRow, Error> {
        let db = self.db();
        let unknown = || Error::Unknown { run: name.to_owned() };
        if name == "last" {
            let mut rows = db.prepare_cached(&format!("{COLUMNS} ORDER BY no DESC LIMIT 1"))?;
            let row = rows.query_map([], row_of)?.next().ok_or_else(unknown)?;
            return Ok(row?);
        }
        let mut rows = db.prepare_cached(&format!(
            "{COLUMNS} WHERE run = ?1 OR substr(run, 1, length(?1)) = ?1 ORDER BY run = ?1 DESC, no DESC LIMIT 6"
        ))?;
        let mut found = rows.query_map(params![name], row_of)?.collect::<Result<Vec<_>, _>>()?;
        match found.len() {
            0 => Err(unknown()),
            1 => Ok(found.remove(0)),
            _ if found[0].run == name => Ok(found.remove(0)),
            _ => Err(Error::Ambiguous {
                run: name.to_owned(),
                among: found.into_iter().map(|row| format!("`{}`", row.run)).collect(),
            }),
        }
    }
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    Ok(RunRow {
        run: row.get(0)?,
        runbook: row.get(1)?,
        path: row.get(2)?,
        site: row.get(3)?,
        opened: row.get(4)?,
        closed: row.get(5)?,
        verdict: row.get(6)?,
        epoch: row.get(7)?,
        holder: row.get::<_, Option<String>>(8)?.as_deref().and_then(holders::from_text),
    })
}
