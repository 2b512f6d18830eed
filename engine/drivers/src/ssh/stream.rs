//! Sessions of their own for what is too large for a shell that stays: raw bytes, one way.

use std::io;
use std::sync::Arc;

use openssh::{Child, Session};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::frame::{Frame, Marks};
use super::quote::quoted;
use super::remote::Stream;
use super::shell::{FIRST, random_word};
use super::{Answer, Error, Remote};

const CHUNK_BYTES: usize = 64 * 1024;
/// The most that is kept of what a script says beside its bytes.
const SAID_BYTES_MAX: usize = 64 * 1024;

impl Remote {
    /// Runs `script` with `input` to read, to the end of both. `progress` hears how much has gone out.
    pub(super) async fn give(
        &self,
        script: &str,
        during: &str,
        mut input: impl AsyncRead + Unpin,
        progress: impl Fn(u64),
    ) -> Result<Answer, Error> {
        let (mut stream, marks) = self.begin(script).await?;
        let Some((stdin, mut stdout, mut stderr)) = channels(&mut stream.child) else {
            return Err(self.lost(&stream, during, false).await);
        };
        let (mut out, mut err) = (Frame::new(marks.clone(), SAID_BYTES_MAX), Frame::new(marks, SAID_BYTES_MAX));
        {
            let hear = async { tokio::join!(hear(&mut stdout, &mut out), hear(&mut stderr, &mut err)) };
            tokio::pin!(hear);
            tokio::select! {
                _ = &mut hear => {}
                sent = send(&mut input, stdin, progress) => {
                    sent.map_err(|why| Error::Client { why: format!("what was to be sent cannot be read: {why}") })?;
                    hear.await;
                }
            }
        }
        self.answer(&stream, during, true, out, err).await
    }

    /// Runs `script` and hands what it prints to `sink` as it comes.
    pub(super) async fn take(
        &self,
        script: &str,
        during: &str,
        mut sink: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<Answer, Error> {
        let (mut stream, marks) = self.begin(script).await?;
        let Some((stdin, mut stdout, mut stderr)) = channels(&mut stream.child) else {
            return Err(self.lost(&stream, during, false).await);
        };
        drop(stdin);
        let (mut out, mut err) = (Frame::new(marks.clone(), usize::MAX), Frame::new(marks, SAID_BYTES_MAX));
        let pass = async {
            let mut chunk = vec![0; CHUNK_BYTES];
            while out.ended().is_none() {
                match stdout.read(&mut chunk).await {
                    Ok(0) | Err(_) => break,
                    Ok(read) => {
                        out.push(&chunk[..read]);
                        sink(&out.pass_on())?;
                    }
                }
            }
            Ok::<_, io::Error>(())
        };
        let (passed, ()) = tokio::join!(pass, hear(&mut stderr, &mut err));
        passed.map_err(|why| Error::Client { why: format!("what came cannot be written: {why}") })?;
        self.answer(&stream, during, false, out, err).await
    }

    async fn begin(&self, script: &str) -> Result<(Stream<'_>, Marks), Error> {
        let word = random_word().map_err(|why| Error::Client { why: why.to_string() })?;
        // Without the input of the session a script could not read what it is given.
        let text = Marks::around(&word, 1, &quoted(script)).replacen(" </dev/null;", ";", 1);
        let stream = self.stream(&format!("{FIRST}{text}")).await?;
        Ok((stream, Marks::new(&word, 1)))
    }

    async fn answer(
        &self,
        stream: &Stream<'_>,
        during: &str,
        acted: bool,
        out: Frame,
        err: Frame,
    ) -> Result<Answer, Error> {
        let Some(status) = out.ended() else {
            return Err(self.lost(stream, during, acted).await);
        };
        Ok(Answer { status, stdout: out.bytes(), stderr: err.bytes() })
    }

    async fn lost(&self, stream: &Stream<'_>, during: &str, acted: bool) -> Error {
        let (machine, during) = (self.machine().name.clone(), during.to_owned());
        Error::Lost { machine, during, acted, why: stream.why_lost().await }
    }
}

type Channels = (openssh::ChildStdin, openssh::ChildStdout, openssh::ChildStderr);

fn channels(child: &mut Child<Arc<Session>>) -> Option<Channels> {
    Some((child.stdin().take()?, child.stdout().take()?, child.stderr().take()?))
}

/// Sends all of `input`, and says with the end of `stdin` that it was all.
async fn send(
    input: &mut (impl AsyncRead + Unpin),
    mut stdin: openssh::ChildStdin,
    progress: impl Fn(u64),
) -> io::Result<()> {
    let (mut chunk, mut sent) = (vec![0; CHUNK_BYTES], 0);
    loop {
        let read = input.read(&mut chunk).await?;
        // A script that ends before its input says why on its way out.
        if read == 0 || stdin.write_all(&chunk[..read]).await.is_err() {
            return Ok(());
        }
        sent += read as u64;
        progress(sent);
    }
}

async fn hear(channel: &mut (impl AsyncRead + Unpin), frame: &mut Frame) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while frame.ended().is_none() {
        match channel.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(read) if !frame.push(&chunk[..read]) => break,
            Ok(_) => {}
        }
    }
}
