//! What one process asks of the process that holds a run.

use runbook_model::{Key, Millis};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::{Error, Store};

/// One request to the holder of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Who asks, `user@host`.
    pub who: String,
    /// When.
    pub at: Millis,
    /// What.
    pub ask: Ask,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Write down this answer to a gate.
    Answer {
        /// The gate.
        key: Key,
        /// Yes or no.
        yes: bool,
        /// What was said with it.
        note: String,
    },
    /// Stop at the next safe point.
    Stop,
}

impl Store {
    /// Leaves a request for the holder of `run`.
    pub fn post(&self, run: &str, mail: &Mail) -> Result<(), Error> {
        let body = match &mail.ask {
            Ask::Answer { key, yes, note } => json!({"answer": key.as_str(), "yes": yes, "note": note}),
            Ask::Stop => json!({"stop": true}),
        };
        let db = self.db();
        let posted = db.execute(
            "INSERT INTO mail (no, at, who, body) SELECT no, ?2, ?3, ?4 FROM runs WHERE run = ?1",
            params![run, mail.at, mail.who, body.to_string()],
        )?;
        if posted == 1 { Ok(()) } else { Err(Error::Unknown { run: run.to_owned() }) }
    }

    /// A number that changes whenever another process writes to the store; cheap to ask for.
    pub fn changes(&self) -> Result<i64, Error> {
        Ok(self.db().pragma_query_value(None, "data_version", |row| row.get(0))?)
    }
}

pub(super) fn collect(store: &Store, number: i64) -> Result<Vec<Mail>, Error> {
    let db = store.db();
    let any: Option<i64> =
        db.prepare_cached("SELECT id FROM mail WHERE no = ?1 LIMIT 1")?.query_row([number], |r| r.get(0)).optional()?;
    if any.is_none() {
        return Ok(Vec::new());
    }
    let mut taken = db.prepare_cached("DELETE FROM mail WHERE no = ?1 RETURNING id, at, who, body")?;
    let rows = taken.query_map([number], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Millis>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
    })?;
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    rows.sort_by_key(|(id, ..)| *id);
    Ok(rows.into_iter().filter_map(|(_, at, who, body)| Some(Mail { who, at, ask: ask_of(&body)? })).collect())
}

fn ask_of(body: &str) -> Option<Ask> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    if body.get("stop").is_some() {
        return Some(Ask::Stop);
    }
    Some(Ask::Answer {
        key: Key::from_text(body.get("answer")?.as_str()?),
        yes: body.get("yes")?.as_bool()?,
        note: body.get("note").and_then(|note| note.as_str()).unwrap_or_default().to_owned(),
    })
}
