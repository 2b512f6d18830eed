//! An upgraded connection: bytes as they are, or bytes in the messages of a WebSocket.

use crate::api::Speaks;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// The other side is gone.
pub(super) struct Gone;

/// A connection that speaks something else than HTTP now.
pub(super) enum Wire {
    Plain(TokioIo<Upgraded>),
    /// Whether its messages are text: a digit, and bytes as base64.
    Socket(Box<WebSocketStream<TokioIo<Upgraded>>>, bool),
}

impl Wire {
    pub(super) fn plain(stream: Upgraded) -> Self {
        Self::Plain(TokioIo::new(stream))
    }

    pub(super) async fn socket(stream: Upgraded, text: bool) -> Self {
        Self::Socket(Box::new(WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, None).await), text)
    }

    pub(super) async fn spoken(stream: Upgraded, speaks: Speaks) -> Self {
        if speaks.is_socket() { Self::socket(stream, speaks.is_text()).await } else { Self::plain(stream) }
    }

    /// Some bytes, or one message. Nothing is lost where this is dropped before its end.
    pub(super) async fn read(&mut self) -> Result<Bytes, Gone> {
        match self {
            Self::Plain(stream) => {
                let mut bytes = vec![0; 32 * 1024];
                match stream.read(&mut bytes).await {
                    Ok(0) | Err(_) => Err(Gone),
                    Ok(length) => {
                        bytes.truncate(length);
                        Ok(bytes.into())
                    }
                }
            }
            Self::Socket(socket, text) => loop {
                let bytes = match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    Some(Ok(Message::Text(text))) => text.into(),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
                    Some(Ok(_)) => continue,
                };
                if !*text {
                    return Ok(bytes);
                }
                // What is not what was agreed on is passed over.
                if let Some(plain) = decoded(&bytes) {
                    return Ok(plain.into());
                }
            },
        }
    }

    /// Sends bytes, or one message.
    pub(super) async fn write(&mut self, bytes: Vec<u8>) -> Result<(), Gone> {
        match self {
            Self::Plain(stream) => {
                stream.write_all(&bytes).await.map_err(|_| Gone)?;
                stream.flush().await.map_err(|_| Gone)
            }
            Self::Socket(socket, text) => {
                let message = if *text { Message::Text(encoded(&bytes).into()) } else { Message::Binary(bytes.into()) };
                socket.send(message).await.map_err(|_| Gone)
            }
        }
    }

    /// Ends it well; what the other side still sends is read, so that it reads what was said before the end.
    pub(super) async fn end(mut self) {
        match &mut self {
            // It may be gone already; all was said all the same.
            Self::Plain(stream) => drop(stream.shutdown().await),
            Self::Socket(socket, _) => {
                let frame = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
                drop(WebSocketStream::close(socket, Some(frame)).await);
            }
        }
        let rest = async { while self.read().await.is_ok() {} };
        drop(tokio::time::timeout(Duration::from_secs(2), rest).await);
    }
}

fn decoded(message: &[u8]) -> Option<Vec<u8>> {
    let (digit, rest) = message.split_first()?;
    let mut plain = vec![digit.checked_sub(b'0')?];
    STANDARD.decode_vec(rest, &mut plain).ok()?;
    Some(plain)
}

fn encoded(plain: &[u8]) -> String {
    let Some((number, rest)) = plain.split_first() else { return String::new() };
    let mut text = char::from(b'0' + number).to_string();
    STANDARD.encode_string(rest, &mut text);
    text
}
