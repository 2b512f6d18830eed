//! The door of time: a Unix socket at which a guest hears what time it is, and says what it waits for.
//!
//! To the guest goes a line `MICROSECONDS-SINCE-1970 RATE` when it comes and whenever time has jumped; between two lines
//! time passes for it RATE times as fast as its own. From the guest comes a line `REST LIMIT WORLD PROCESS` whenever
//! that changes; see [`super::guests`]. Whoever says anything else is shown out.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::unbounded_channel;

use super::door::Door;
use super::guests::Awaits;

/// The longest line a guest may say.
const LINE_MAX: u64 = 1000;

/// Opens the door.
pub(super) fn open(path: &Path) -> io::Result<UnixListener> {
    UnixListener::bind(path)
}

/// Lets guests in for as long as the twin runs.
pub(super) async fn listen(listener: UnixListener, door: Arc<Door>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(host(stream, door.clone()));
    }
}

async fn host(stream: UnixStream, door: Arc<Door>) {
    let (from, mut to) = stream.into_split();
    let (send, mut told) = unbounded_channel();
    let (now, rate) = door.time();
    let number = door.guests.come(send, now);
    let telling = tokio::spawn(async move {
        while let Some(now) = told.recv().await {
            if to.write_all(format!("{} {rate}\n", now.0).as_bytes()).await.is_err() {
                return;
            }
        }
    });
    let mut from = BufReader::new(from);
    loop {
        let mut line = String::new();
        let read = tokio::io::AsyncReadExt::take(&mut from, LINE_MAX).read_line(&mut line).await;
        let Some(awaits) = read.ok().filter(|read| *read > 0).and_then(|_| Awaits::read(&line)) else { break };
        door.guests.hear(number, awaits);
        door.look_again();
    }
    door.guests.go(number);
    door.look_again();
    telling.abort();
}
