//! Commands in containers over WebSocket: the first byte of each message says which stream it is.

use super::door::Door;
use crate::api::Exec;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// How often a command that says nothing is asked again.
const AGAIN: Duration = Duration::from_millis(50);

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const CLOSE: u8 = 255;

/// The headers that accept an upgrade.
pub(super) fn accepted(key: &str) -> Vec<(&'static str, String)> {
    vec![
        ("upgrade", "websocket".to_owned()),
        ("connection", "Upgrade".to_owned()),
        ("sec-websocket-accept", derive_accept_key(key.as_bytes())),
    ]
}

/// Carries a command's streams until it ends, the client goes or all connections are cut.
pub(super) async fn talk(door: Arc<Door>, exec: Exec, upgrade: OnUpgrade) {
    let mut cuts = door.cuts();
    tokio::select! {
        () = carry(door, exec, upgrade) => {}
        _ = cuts.changed() => {}
    }
}

async fn carry(door: Arc<Door>, mut exec: Exec, upgrade: OnUpgrade) {
    let Ok(stream) = upgrade.await else {
        return;
    };
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, None).await;
    loop {
        let heard = door.with(|world| exec.hear(world));
        for (channel, bytes) in [(STDOUT, heard.out), (STDERR, heard.err)] {
            if !bytes.is_empty() && socket.send(piece(channel, &bytes)).await.is_err() {
                return;
            }
        }
        if let Some(status) = heard.ended {
            // The client may be gone already; the command has ended all the same.
            drop(socket.send(piece(STATUS, status.to_string().as_bytes())).await);
            let frame = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
            drop(socket.close(Some(frame)).await);
            // What the client still sends is read, so that it reads what was said before the end.
            let rest = async { while let Some(Ok(_)) = socket.next().await {} };
            drop(tokio::time::timeout(Duration::from_secs(2), rest).await);
            return;
        }
        let room = door.with(|world| exec.has_room(world));
        tokio::select! {
            message = socket.next(), if room => match message {
                Some(Ok(Message::Binary(bytes))) => take(&mut exec, &bytes),
                Some(Ok(Message::Close(_)) | Err(_)) | None => {
                    door.with(|world| exec.hang_up(world));
                    return;
                }
                Some(Ok(_)) => {}
            },
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

fn piece(channel: u8, bytes: &[u8]) -> Message {
    let mut all = Vec::with_capacity(bytes.len() + 1);
    all.push(channel);
    all.extend_from_slice(bytes);
    Message::Binary(Bytes::from(all))
}

fn take(exec: &mut Exec, bytes: &[u8]) {
    match bytes.split_first() {
        Some((&STDIN, rest)) => exec.feed(rest),
        Some((&CLOSE, [STDIN])) => exec.end_input(),
        _ => {}
    }
}
