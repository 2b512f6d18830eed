//! What is asked of a server.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use runbook_model::Value;

/// How long a call may take where it is not said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// To see what is there.
    Get,
    /// To see what is known of it.
    Head,
    /// To take something in.
    Post,
    /// To put something in its place.
    Put,
    /// To change a part.
    Patch,
    /// To take it away.
    Delete,
}

impl Method {
    /// Whether it is meant to change something.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Head => Self::HEAD,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a request carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Body {
    /// Nothing.
    #[default]
    Nothing,
    /// Bytes as they are.
    Bytes(Vec<u8>),
    /// A value as JSON, with the content type that says so.
    Json(Value),
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What for.
    pub method: Method,
    /// Where, `https://host/path`.
    pub url: String,
    /// Its headers beside the usual ones.
    pub headers: Vec<(String, String)>,
    /// What it carries.
    pub body: Body,
    /// How long all of it may take.
    pub timeout: Duration,
    /// Whether it goes where the server sends it on to, five times at most.
    pub follow: bool,
    /// The statuses that count as done; every 2xx where the list is empty.
    pub ok: Vec<u16>,
    /// The file with the certificates to trust, instead of those of this machine.
    pub ca: Option<PathBuf>,
}

impl Request {
    /// A call with nothing else asked.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Body::Nothing,
            timeout: TIMEOUT,
            follow: true,
            ok: Vec::new(),
            ca: None,
        }
    }

    pub(crate) fn accepts(&self, status: u16) -> bool {
        if self.ok.is_empty() { (200..300).contains(&status) } else { self.ok.contains(&status) }
    }
}
