//! One output channel of a running command.

use std::os::fd::AsFd;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::error::Trouble;
use super::printed::Printed;

/// The most a pipe can hold for us once its writer is gone.
const PIPE_BYTES_MAX: usize = 1024 * 1024;
const CHUNK_BYTES: usize = 16 * 1024;

/// A pipe until it ends, and what came out of it.
pub(super) struct Channel<R> {
    pipe: Option<R>,
    printed: Printed,
    error: bool,
}

impl<R: AsyncRead + AsFd + Unpin> Channel<R> {
    pub(super) fn new(pipe: Option<R>, error: bool) -> Self {
        Self { pipe, printed: Printed::default(), error }
    }

    pub(super) fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    /// Reads once. Loses nothing when it is dropped while it waits.
    pub(super) async fn hear_more(&mut self, hear: &impl Fn(&str, bool)) -> Result<(), Trouble> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        let mut chunk = [0; CHUNK_BYTES];
        let read = pipe.read(&mut chunk).await.map_err(Trouble::Lost)?;
        self.take(&chunk[..read], hear)
    }

    /// Reads what already lies in the pipe and closes it, although something else may still hold its other end.
    ///
    /// Asks the kernel itself: what the runtime believes of a pipe may be older than the last words of the command.
    pub(super) fn drain(&mut self, hear: &impl Fn(&str, bool)) -> Result<(), Trouble> {
        let mut chunk = [0; CHUNK_BYTES];
        let mut left = PIPE_BYTES_MAX;
        while let Some(pipe) = &self.pipe
            && left > 0
        {
            match rustix::io::read(pipe.as_fd(), &mut chunk) {
                Ok(read) => {
                    left = left.saturating_sub(read);
                    self.take(&chunk[..read], hear)?;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => break,
            }
        }
        self.take(&[], hear)
    }

    /// Takes what was read; nothing read is the end.
    fn take(&mut self, bytes: &[u8], hear: &impl Fn(&str, bool)) -> Result<(), Trouble> {
        let error = self.error;
        if bytes.is_empty() {
            self.pipe = None;
            self.printed.end(|line| hear(line, error));
            return Ok(());
        }
        let kept = self.printed.push(bytes, |line| hear(line, error));
        if kept { Ok(()) } else { Err(Trouble::Output { error }) }
    }

    pub(super) fn text(self) -> String {
        self.printed.text()
    }

    pub(super) fn tail(&self) -> String {
        self.printed.tail()
    }
}
