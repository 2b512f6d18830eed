//! Commands in containers: their streams over WebSocket, where the first byte of each message says which one it is, or
//! over SPDY.

use super::door::Door;
use super::spdy::{Event, Session};
use super::wire::{Gone, Wire};
use crate::api::{Channels, Exec, Speaks};
use crate::json::Value;
use hyper::upgrade::OnUpgrade;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a command that says nothing is asked again.
const AGAIN: Duration = Duration::from_millis(50);
/// How long a client may take to open its streams.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a command says, by the numbers WebSocket gives its streams.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Channel {
    Out = 1,
    Err = 2,
    Status = 3,
}

const CLOSE: u8 = 255;

/// What the client did.
enum Did {
    Said(Vec<u8>),
    EndedInput,
    Nothing,
}

/// How the streams of one command are carried.
enum Carrier {
    Channels(Wire, Channels),
    Streams { wire: Wire, session: Session, ids: BTreeMap<String, u32> },
}

impl Carrier {
    /// Waits until the client has opened what it will open.
    async fn open(mut wire: Wire, exec: &Exec, speaks: Speaks) -> Result<Self, Gone> {
        if let Speaks::Channels(how) = speaks {
            // An empty message says that the connection stands.
            wire.write(vec![exec.first()]).await?;
            return Ok(Self::Channels(wire, how));
        }
        let (mut session, mut ids) = (Session::default(), BTreeMap::new());
        while !exec.streams().iter().all(|name| ids.contains_key(*name)) {
            session.take(&wire.read().await?).map_err(|_| Gone)?;
            // What comes on a stream comes after all are open.
            while let Some(event) = session.next() {
                if let Event::Opened(id, mut headers) = event {
                    ids.insert(headers.remove("streamtype").unwrap_or_default(), id);
                }
            }
            wire.write(std::mem::take(&mut session.out)).await?;
        }
        Ok(Self::Streams { wire, session, ids })
    }

    /// What the client does next. Nothing is lost where this is dropped before its end.
    async fn next(&mut self) -> Result<Did, Gone> {
        match self {
            Self::Channels(wire, how) => Ok(match wire.read().await?.split_first() {
                Some((0, rest)) => Did::Said(rest.to_vec()),
                Some((&CLOSE, [0])) if how.fifth => Did::EndedInput,
                _ => Did::Nothing,
            }),
            Self::Streams { wire, session, ids } => {
                let input = ids.get("stdin").copied();
                loop {
                    match session.next() {
                        Some(Event::Data(id, bytes)) if Some(id) == input => return Ok(Did::Said(bytes)),
                        Some(Event::Ended(id) | Event::Reset(id)) if Some(id) == input => return Ok(Did::EndedInput),
                        Some(_) => return Ok(Did::Nothing),
                        None => session.take(&wire.read().await?).map_err(|_| Gone)?,
                    }
                }
            }
        }
    }

    async fn say(&mut self, channel: Channel, bytes: &[u8]) -> Result<(), Gone> {
        match self {
            Self::Channels(wire, _) => {
                let mut all = Vec::with_capacity(bytes.len() + 1);
                all.push(channel as u8);
                all.extend_from_slice(bytes);
                wire.write(all).await
            }
            Self::Streams { wire, session, ids } => {
                let name = match channel {
                    Channel::Out => "stdout",
                    Channel::Err => "stderr",
                    Channel::Status => "error",
                };
                if let Some(id) = ids.get(name) {
                    session.say(*id, bytes);
                }
                wire.write(std::mem::take(&mut session.out)).await
            }
        }
    }

    /// Says how the command ended.
    async fn close(&mut self, status: &Value) -> Result<(), Gone> {
        match self {
            Self::Channels(_, Channels { plain: true, .. }) => match status["message"].as_str() {
                Some(why) => self.say(Channel::Status, why.as_bytes()).await,
                None => Ok(()),
            },
            _ => self.say(Channel::Status, status.to_string().as_bytes()).await,
        }
    }

    /// Sends what is ready to be sent without anybody having said it.
    async fn flush(&mut self) -> Result<(), Gone> {
        match self {
            Self::Streams { wire, session, .. } if !session.out.is_empty() => {
                wire.write(std::mem::take(&mut session.out)).await
            }
            _ => Ok(()),
        }
    }

    async fn end(mut self) {
        if let Self::Streams { session, ids, .. } = &mut self {
            for id in ids.values() {
                session.end(*id);
            }
        }
        if self.flush().await.is_err() {
            return;
        }
        match self {
            Self::Channels(wire, _) | Self::Streams { wire, .. } => wire.end().await,
        }
    }
}

/// Carries a command's streams until it ends, the client goes or all connections are cut.
pub(super) async fn talk(door: Arc<Door>, mut exec: Exec, speaks: Speaks, upgrade: OnUpgrade) {
    let mut cuts = door.cuts();
    // Somebody waits for what the command does, so time may jump for it.
    let waits = door.waits();
    tokio::select! {
        carried = carry(&door, &mut exec, speaks, upgrade) => if carried.is_err() {
            door.with(|world| exec.hang_up(world));
        },
        _ = cuts.changed() => door.with(|world| exec.hang_up(world)),
    }
    drop(waits);
}

async fn carry(door: &Arc<Door>, exec: &mut Exec, speaks: Speaks, upgrade: OnUpgrade) -> Result<(), Gone> {
    let stream = upgrade.await.map_err(|_| Gone)?;
    let wire = Wire::spoken(stream, speaks).await;
    let opening = Carrier::open(wire, exec, speaks);
    let mut carrier = tokio::time::timeout(PATIENCE, opening).await.map_err(|_| Gone)??;
    loop {
        let heard = door.with(|world| exec.hear(world));
        for (channel, bytes) in [(Channel::Out, heard.out), (Channel::Err, heard.err)] {
            for piece in bytes.chunks(32 * 1024) {
                carrier.say(channel, piece).await?;
            }
        }
        if heard.lost {
            return Err(Gone);
        }
        if let Some(status) = heard.ended {
            carrier.close(&status).await?;
            carrier.end().await;
            return Ok(());
        }
        carrier.flush().await?;
        let room = door.with(|world| exec.has_room(world));
        tokio::select! {
            did = carrier.next(), if room => match did? {
                Did::Said(bytes) => exec.feed(&bytes),
                Did::EndedInput => exec.end_input(),
                Did::Nothing => {}
            },
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}
