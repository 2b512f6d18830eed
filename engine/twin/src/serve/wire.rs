//! An upgraded connection: bytes as they are, or bytes in the messages of a WebSocket.

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
    Socket(Box<WebSocketStream<TokioIo<Upgraded>>>),
}

impl Wire {
    pub(super) fn plain(stream: Upgraded) -> Self {
        Self::Plain(TokioIo::new(stream))
    }

    pub(super) async fn socket(stream: Upgraded) -> Self {
        Self::Socket(Box::new(WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, None).await))
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
            Self::Socket(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
                    Some(Ok(_)) => {}
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
            Self::Socket(socket) => socket.send(Message::Binary(bytes.into())).await.map_err(|_| Gone),
        }
    }

    /// Ends it well; what the other side still sends is read, so that it reads what was said before the end.
    pub(super) async fn end(mut self) {
        match &mut self {
            // It may be gone already; all was said all the same.
            Self::Plain(stream) => drop(stream.shutdown().await),
            Self::Socket(socket) => {
                let frame = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
                drop(WebSocketStream::close(socket, Some(frame)).await);
            }
        }
        let rest = async { while self.read().await.is_ok() {} };
        drop(tokio::time::timeout(Duration::from_secs(2), rest).await);
    }
}
