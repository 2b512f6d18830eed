//! Ports of pods: connections to them as streams of SPDY, as it is or within a WebSocket, or as channels of a WebSocket.

use super::door::Door;
use super::spdy::{Event, Session};
use super::wire::{Gone, Wire};
use crate::api::{Forward, Port, Speaks};
use hyper::upgrade::OnUpgrade;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Carries connections to a pod's ports until the client goes or all connections are cut.
pub(super) async fn talk(door: Arc<Door>, forward: Forward, speaks: Speaks, upgrade: OnUpgrade) {
    let mut cuts = door.cuts();
    let carried = async {
        let stream = upgrade.await.map_err(|_| Gone)?;
        let wire = Wire::spoken(stream, speaks).await;
        match speaks {
            Speaks::Channels(_) => channels(&door, forward, wire).await,
            _ => streams(&door, forward, wire).await,
        }
    };
    tokio::select! {
        // However it ends, nobody is there any more who could be told.
        ended = carried => drop(ended),
        _ = cuts.changed() => {}
    }
}

/// One connection to a port: its two streams, as far as they are open.
#[derive(Default)]
struct Pair {
    data: Option<u32>,
    error: Option<u32>,
    port: u16,
    open: Option<Port>,
}

async fn streams(door: &Arc<Door>, forward: Forward, mut wire: Wire) -> Result<(), Gone> {
    let mut session = Session::default();
    // By the number of the request, which both streams of a connection name.
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    loop {
        session.take(&wire.read().await?).map_err(|_| Gone)?;
        while let Some(event) = session.next() {
            match event {
                Event::Opened(id, headers) => {
                    let text = |name: &str| headers.get(name).cloned().unwrap_or_default();
                    let pair = pairs.entry(text("requestid")).or_default();
                    pair.port = text("port").parse().unwrap_or(0);
                    match text("streamtype").as_str() {
                        "error" => pair.error = Some(id),
                        _ => pair.data = Some(id),
                    }
                    connect(door, &forward, pair, &mut session);
                }
                Event::Data(id, bytes) => said(&mut pairs, &mut session, id, &bytes),
                Event::Ended(id) | Event::Reset(id) => pairs.retain(|_, pair| {
                    let over = pair.data == Some(id);
                    if over {
                        pair.data.into_iter().chain(pair.error).for_each(|stream| session.end(stream));
                    }
                    !over
                }),
                Event::Pinged => {}
            }
        }
        wire.write(std::mem::take(&mut session.out)).await?;
    }
}

/// Connects once both streams are open; says on the second why that cannot be.
fn connect(door: &Arc<Door>, forward: &Forward, pair: &mut Pair, session: &mut Session) {
    let (Some(data), Some(error)) = (pair.data, pair.error) else { return };
    match door.with(|world| forward.connect(world, pair.port)) {
        Ok(port) => pair.open = Some(port),
        Err(why) => {
            session.say(error, why.as_bytes());
            session.end(error);
            session.end(data);
        }
    }
}

fn said(pairs: &mut BTreeMap<String, Pair>, session: &mut Session, id: u32, bytes: &[u8]) {
    let Some(pair) = pairs.values_mut().find(|pair| pair.data == Some(id)) else { return };
    if let Some(open) = &mut pair.open {
        session.say(id, &open.say(bytes));
    }
}

/// The other way of WebSocket: two channels for each port that was named, which begin with its number.
async fn channels(door: &Arc<Door>, forward: Forward, mut wire: Wire) -> Result<(), Gone> {
    let mut open: Vec<Option<Port>> = Vec::new();
    for (place, port) in (0_u8..).step_by(2).zip(forward.ports.clone()) {
        for channel in [place, place + 1] {
            let number = port.to_le_bytes();
            wire.write(vec![channel, number[0], number[1]]).await?;
        }
        match door.with(|world| forward.connect(world, port)) {
            Ok(connected) => open.push(Some(connected)),
            Err(why) => {
                wire.write([&[place + 1], why.as_bytes()].concat()).await?;
                open.push(None);
            }
        }
    }
    loop {
        let bytes = wire.read().await?;
        let Some((channel, rest)) = bytes.split_first() else { continue };
        if let Some(Some(port)) = open.get_mut(usize::from(channel / 2)).filter(|_| channel % 2 == 0) {
            let answer = port.say(rest);
            if !answer.is_empty() {
                wire.write([&[*channel], answer.as_slice()].concat()).await?;
            }
        }
    }
}
