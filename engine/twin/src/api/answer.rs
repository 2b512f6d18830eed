//! An answer as a value: status, headers, and a body that is bytes, bytes made later, or a watch.

use super::exec::Exec;
use super::follow::Follow;
use super::forward::Forward;
use super::speaks::Speaks;
use super::watch::Watch;
use crate::json::Value;
use crate::world::{Ask, Refusal};

/// What is sent back.
pub struct Answer {
    /// The HTTP status.
    pub code: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
}

/// The body of an answer.
pub enum Body {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Bytes that are made after the world is let go, for large lists.
    Later(Box<dyn FnOnce() -> Vec<u8> + Send>),
    /// Events until the watch ends.
    Watch(Box<Watch>),
    /// Lines, and more of them as they are written.
    Follow(Vec<u8>, Box<Follow>),
    /// A command in a container, over an upgraded connection.
    Exec(Box<Exec>, Speaks),
    /// Connections to ports of a pod, over an upgraded connection.
    Forward(Box<Forward>, Speaks),
    /// Nothing yet: this one must be asked first, and the request brought again with what was heard.
    Ask(Box<Ask>),
    /// No answer at all.
    Broken(Broken),
}

/// How a request goes without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Its connection ends.
    Cut,
    /// Nothing comes.
    Hung,
}

impl Body {
    /// The bytes that are there already; nothing for a watch or a command.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Later(make) => make(),
            Self::Follow(bytes, _) => bytes,
            Self::Watch(_) | Self::Exec(..) | Self::Forward(..) | Self::Ask(_) | Self::Broken(_) => Vec::new(),
        }
    }
}

impl Answer {
    /// JSON.
    #[must_use]
    pub fn json(code: u16, value: &impl serde::Serialize) -> Self {
        Self::bytes(code, "application/json", crate::json::to_vec(value).unwrap_or_default())
    }

    /// Plain words.
    #[must_use]
    pub fn text(code: u16, text: impl Into<String>) -> Self {
        let mut answer = Self::bytes(code, "text/plain; charset=utf-8", text.into().into_bytes());
        answer.headers.push(("x-content-type-options", "nosniff".to_owned()));
        answer
    }

    /// Bytes of a kind.
    #[must_use]
    pub fn bytes(code: u16, kind: &str, bytes: Vec<u8>) -> Self {
        let headers = vec![("content-type", kind.to_owned()), ("cache-control", "no-cache, private".to_owned())];
        Self { code, headers, body: Body::Bytes(bytes) }
    }

    /// A header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What the server says where nothing is.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::text(404, "404 page not found\n")
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        if let Some(ask) = refusal.ask {
            return Self { code: 500, headers: Vec::new(), body: Body::Ask(ask) };
        }
        let status: Value = refusal.status();
        let answer = Self::json(refusal.code, &status);
        let answer = super::write::warn(answer, refusal.warnings);
        match refusal.details["retryAfterSeconds"].as_i64() {
            Some(seconds) => answer.with("retry-after", seconds.to_string()),
            None => answer,
        }
    }
}
