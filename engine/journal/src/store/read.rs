//! Reading the batches of a run: a second thread decodes, while the first asks the store and hands the records on.
//!
//! Promises: the records come in their order, the first trouble ends it, and a short run starts no thread.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{Builder, Scope};

use runbook_model::Record;
use rusqlite::Rows;

use crate::format;

/// How many batches go to the second thread at once.
const CHUNK: usize = 256;
/// How many such chunks may wait for it.
const AHEAD: usize = 4;

/// What ends a reading before its end.
pub(super) enum Trouble {
    /// The store cannot be read.
    Store(rusqlite::Error),
    /// A record cannot be read, or was refused.
    Damaged(String),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

type Chunk = Vec<Vec<u8>>;
/// The records up to the first that cannot be read, and what is wrong with that one.
type Decoded = (Vec<Record>, Option<String>);

/// The second thread.
struct Decoder {
    give: SyncSender<Chunk>,
    take: Receiver<Decoded>,
}

/// Hands the records of `rows` to `hear`.
pub(super) fn all(mut rows: Rows<'_>, mut hear: impl FnMut(Record) -> Result<(), String>) -> Result<(), Trouble> {
    let mut hear_all = |(records, wrong): Decoded| {
        records.into_iter().try_for_each(&mut hear).map_err(Trouble::Damaged)?;
        wrong.map_or(Ok(()), |wrong| Err(Trouble::Damaged(wrong)))
    };
    std::thread::scope(|scope| {
        let mut decoder: Option<Decoder> = None;
        let mut chunk = Chunk::new();
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_bytes().map_err(|error| Trouble::Damaged(error.to_string()))?;
            chunk.push(body.to_vec());
            if chunk.len() < CHUNK {
                continue;
            }
            let full = std::mem::take(&mut chunk);
            if decoder.is_none() {
                decoder = Decoder::start(scope);
            }
            let Some(decoder) = &decoder else {
                hear_all(decode(full))?;
                continue;
            };
            // It ends only with this reading.
            let _ = decoder.give.send(full);
            decoder.take.try_iter().try_for_each(&mut hear_all)?;
        }
        if let Some(Decoder { give, take }) = decoder {
            drop(give);
            take.iter().try_for_each(&mut hear_all)?;
        }
        hear_all(decode(chunk))
    })
}

impl Decoder {
    /// Starts it; nothing where the machine has no thread left.
    fn start<'s>(scope: &'s Scope<'s, '_>) -> Option<Self> {
        let (give, chunks) = sync_channel::<Chunk>(AHEAD);
        let (decoded, take) = channel();
        let work = move || {
            // Nobody listens any more where the reading ended in trouble.
            chunks.iter().map(decode).try_for_each(|one| decoded.send(one)).unwrap_or_default();
        };
        Builder::new().name("decoder".into()).spawn_scoped(scope, work).ok()?;
        Some(Self { give, take })
    }
}

fn decode(chunk: Chunk) -> Decoded {
    let mut records = Vec::with_capacity(chunk.len());
    for record in chunk.iter().flat_map(|body| format::decode(body)) {
        match record {
            Ok(record) => records.push(record),
            Err(error) => return (records, Some(format!("a record cannot be read: {error}"))),
        }
    }
    (records, None)
}
