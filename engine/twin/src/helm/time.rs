//! The time helm lives in: the twin's, where it is told of it, else that of the machine it runs on.

use crate::clock::Clock;
use crate::world::Moment;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Whose time it is.
pub(super) enum Time {
    /// That of whoever says it at the other end.
    Led { from: BufReader<UnixStream>, now: Moment },
    /// That of this machine.
    Own,
}

impl Time {
    pub(super) fn own() -> Self {
        Self::Own
    }

    /// Goes by the time that is said at a socket.
    pub(super) fn led(socket: &Path) -> std::io::Result<Self> {
        let mut from = BufReader::new(UnixStream::connect(socket)?);
        let now = heard(&mut from)?;
        Ok(Self::Led { from, now })
    }

    pub(super) fn now(&self) -> Moment {
        match self {
            Self::Led { now, .. } => *now,
            Self::Own => Clock::today(),
        }
    }

    /// Rests for so long.
    pub(super) async fn rest(&mut self, time: Duration) -> std::io::Result<()> {
        let Self::Led { from, now } = self else {
            tokio::time::sleep(time).await;
            return Ok(());
        };
        let until = now.plus(time);
        from.get_mut().write_all(format!("{} - 1 0\n", until.0).as_bytes())?;
        while *now < until {
            *now = heard(from)?;
        }
        from.get_mut().write_all(b"- - 0 0\n")
    }
}

fn heard(from: &mut impl BufRead) -> std::io::Result<Moment> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let at = line.split_whitespace().next().and_then(|word| word.parse().ok());
    at.map(Moment).ok_or_else(|| std::io::Error::other("what is said is no time"))
}
