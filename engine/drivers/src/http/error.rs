//! What goes wrong with a call, and what of it is known.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

use reqwest::{StatusCode, Url};
use runbook_model::{Failure, Value, code};

use super::redirect::plain;
use super::{Answer, BODY_BYTES_MAX, Method};

/// How much of the end of a body a failure carries.
const TAIL_BYTES_MAX: usize = 4096;

/// A call as messages name it: without the user and password of its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    brief: String,
    changes: bool,
}

impl Call {
    pub(super) fn new(method: Method, url: &Url, changes: bool) -> Self {
        Self { brief: format!("{method} {}", plain(url)), changes }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.brief)
    }
}

/// What went wrong with a call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("`{url}` is no address of a web server")]
    Url {
        /// What was given.
        url: String,
        /// Why not.
        why: String,
    },
    /// A header cannot be sent.
    #[error("the header `{name}` cannot be sent")]
    Header {
        /// Its name.
        name: String,
    },
    /// The file with the certificates to trust cannot be used.
    #[error("`{path}` gives no certificates to trust")]
    Ca {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// The certificates of this machine cannot be used.
    #[error("this machine has no certificates to trust")]
    Roots(#[source] rustls::Error),
    /// The client cannot be made.
    #[error("no call can be made")]
    Client(#[source] reqwest::Error),
    /// There is no connection; nothing was sent.
    #[error("{call} could not reach the server")]
    Connect {
        /// The call.
        call: Call,
        /// Why.
        why: String,
        /// Whether the server was reached and not trusted.
        distrusted: bool,
    },
    /// No whole answer in time.
    #[error("{call} took longer than {limit:?}")]
    Timeout {
        /// The call.
        call: Call,
        /// How long it could take.
        limit: Duration,
    },
    /// The connection broke before the answer was whole.
    #[error("{call} lost its connection before the answer was complete")]
    Lost {
        /// The call.
        call: Call,
        /// Why.
        why: String,
    },
    /// The answer is larger than can be taken in.
    #[error("{call} answered with more than {} MiB", BODY_BYTES_MAX >> 20)]
    Large {
        /// The call.
        call: Call,
    },
    /// The server sends the call to where it may not go.
    #[error("{call} was sent on {why}")]
    Redirect {
        /// The call.
        call: Call,
        /// Where to.
        why: String,
    },
    /// The answer has a status that does not count as done.
    #[error("{call} answered {status}")]
    Status {
        /// The call.
        call: Call,
        /// The status with its name.
        status: StatusCode,
        /// The answer.
        answer: Box<Answer>,
    },
}

impl Error {
    pub(super) fn status(call: Call, answer: Answer) -> Self {
        let status = StatusCode::from_u16(answer.status).unwrap_or_default();
        Self::Status { call, status, answer: Box::new(answer) }
    }

    /// What a trouble of the client means for `call`.
    pub(super) fn of(call: Call, trouble: reqwest::Error) -> Self {
        let distrusted = chain(&trouble).any(is_about_certificates);
        let why = chain(&trouble).last().map_or_else(|| trouble.to_string(), ToString::to_string);
        if trouble.is_builder() {
            Self::Client(trouble)
        } else if trouble.is_connect() {
            Self::Connect { call, why, distrusted }
        } else {
            Self::Lost { call, why }
        }
    }
}

/// What stands behind a trouble, outermost first.
fn chain(of: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(of.source(), |&trouble| trouble.source())
}

/// An input-output trouble hides what it wraps from the chain, and that is where these are.
fn is_about_certificates(trouble: &(dyn std::error::Error + 'static)) -> bool {
    match trouble.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => is_about_certificates(wrapped),
        None => matches!(trouble.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let what = error.to_string();
        let unknown = |code: &str, call: &Call| Failure {
            may_have_acted: call.changes,
            ..Failure::new(code, what.clone()).retryable()
        };
        match &error {
            Error::Url { why, .. } => {
                Self::new(code::VALUE_BAD, what).because(why).hint("write it in full, `https://host/path`")
            }
            Error::Header { .. } => Self::new(code::VALUE_BAD, what),
            Error::Ca { why, .. } => Self::new(code::VALUE_BAD, what).because(why).hint("name a file in PEM format"),
            Error::Roots(why) => Self::new(code::HTTP_CONNECT, what)
                .because(why)
                .hint("install the `ca-certificates` of this system, or name a file with `ca`"),
            Error::Client(why) => Self::new(code::VALUE_BAD, what).because(why),
            Error::Connect { why, distrusted: true, .. } => Self::new(code::HTTP_CONNECT, what)
                .because(why)
                .hint("name the file with the certificate of its authority as `ca`"),
            Error::Connect { why, .. } => Self::new(code::HTTP_CONNECT, what).because(why).retryable(),
            Error::Timeout { call, .. } => unknown(code::HTTP_TIMEOUT, call).hint("give it more time with `timeout`"),
            Error::Lost { call, why } => unknown(code::HTTP_LOST, call).because(why),
            Error::Large { call } => Self { retryable: false, ..unknown(code::VALUE_LARGE, call) }
                .hint("fetch it into a file with `local::run`"),
            Error::Redirect { call, .. } => Self { retryable: false, ..unknown(code::HTTP_STATUS, call) }
                .hint("give the address it should go to, or `follow: false`"),
            Error::Status { call, answer, .. } => refused(what, call, answer),
        }
    }
}

fn refused(what: String, call: &Call, answer: &Answer) -> Failure {
    let mut failure = Failure::new(code::HTTP_STATUS, what);
    failure.retryable = matches!(answer.status, 429 | 502 | 503 | 504);
    // A server that fails says nothing of how far it came; one that refuses has not begun.
    failure.may_have_acted = call.changes && answer.status >= 500;
    let body = &answer.body[answer.body.len().saturating_sub(TAIL_BYTES_MAX)..];
    let body = String::from_utf8_lossy(body);
    if let Some(line) = body.lines().map(str::trim).find(|line| !line.is_empty()) {
        failure = failure.because(line.chars().take(200).collect::<String>());
    }
    failure.data =
        Some(Value::from([("status", Value::Int(i64::from(answer.status))), ("body", Value::Text(body.into_owned()))]));
    failure
}
