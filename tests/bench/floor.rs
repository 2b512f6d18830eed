//! What the same would cost with nothing but a file: the least any durable engine could take on this machine.
//!
//! It runs within this process, or, where a whole process is compared, as `durable floor-NAME …` in one of its own.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::Trouble;
use crate::figures::{median, ms};

/// Appends `count` records of `size` bytes, each with its own sync; gives the median time of one in milliseconds.
pub(crate) fn append(path: &Path, count: usize, size: usize) -> Result<f64, Trouble> {
    let mut file = File::create(path)?;
    let record = record(size);
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        file.write_all(&record)?;
        file.sync_data()?;
        times.push(ms(began.elapsed()));
    }
    std::fs::remove_file(path)?;
    Ok(median(times))
}

/// Inserts `count` records of `size` bytes, each in a transaction of its own; gives the median time in milliseconds.
pub(crate) fn sqlite(path: &Path, count: usize, size: usize) -> Result<f64, Trouble> {
    let db = rusqlite::Connection::open(path)?;
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute_batch("CREATE TABLE journal (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")?;
    let record = record(size);
    let mut times = Vec::with_capacity(count);
    for nth in 0..count {
        let began = Instant::now();
        let mut insert = db.prepare_cached("INSERT INTO journal (id, body) VALUES (?1, ?2)")?;
        insert.execute(rusqlite::params![i64::try_from(nth)?, record])?;
        times.push(ms(began.elapsed()));
    }
    Ok(median(times))
}

/// A log whose writers share a sync: the first that needs one does it for all that wait.
struct Group {
    file: File,
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    seq: u64,
    synced: u64,
    leading: bool,
}

impl Group {
    fn commit(&self, record: &[u8]) -> std::io::Result<()> {
        let mut state = self.state();
        state.waiting.extend_from_slice(record);
        state.seq += 1;
        let mine = state.seq;
        while state.synced < mine {
            if state.leading {
                state = self.turned.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.leading = true;
            let batch = std::mem::take(&mut state.waiting);
            let last = state.seq;
            drop(state);
            (&self.file).write_all(&batch)?;
            self.file.sync_data()?;
            state = self.state();
            state.leading = false;
            state.synced = last;
            self.turned.notify_all();
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Appends from `branches` threads `steps` records each with shared syncs; gives records a second.
pub(crate) fn group(path: &Path, branches: usize, steps: usize, size: usize) -> Result<f64, Trouble> {
    let group = Group { file: File::create(path)?, state: Mutex::default(), turned: Condvar::new() };
    let record = record(size);
    let began = Instant::now();
    let written = std::thread::scope(|scope| {
        let write = || (0..steps).try_for_each(|_| group.commit(&record));
        let threads: Vec<_> = (0..branches).map(|_| scope.spawn(write)).collect();
        threads.into_iter().all(|thread| thread.join().is_ok_and(|written| written.is_ok()))
    });
    let took = began.elapsed();
    std::fs::remove_file(path)?;
    if !written {
        return Err("the floor could not write".into());
    }
    Ok((branches * steps) as f64 / took.as_secs_f64())
}

/// Writes a log of `count` records, for `resume` to read.
pub(crate) fn log(path: &Path, count: usize, size: usize) -> Result<(), Trouble> {
    let record = record(size);
    std::fs::write(path, record.repeat(count))?;
    Ok(())
}

/// A floor in a process of its own: `resume FILE` reads a log and appends one record; `idle` waits for the end of its
/// standard input. Each says so on standard output as soon as it is there.
pub(crate) fn process(name: &str, words: &[String]) -> ExitCode {
    let done = match (name, words) {
        ("resume", [path, ..]) => resume(Path::new(path)),
        ("idle", _) => idle(),
        _ => Err("there is no such floor".into()),
    };
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn resume(path: &Path) -> Result<(), Trouble> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let records = text.iter().filter(|byte| **byte == b'\n').count();
    file.write_all(&record(256))?;
    file.sync_data()?;
    writeln!(std::io::stdout(), "next after {records}")?;
    Ok(())
}

fn idle() -> Result<(), Trouble> {
    writeln!(std::io::stdout(), "next is to wait")?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn record(size: usize) -> Vec<u8> {
    let mut record = vec![b'x'; size.max(1)];
    record[size.max(1) - 1] = b'\n';
    record
}
