//! One hop of a call, and where its answer leads.

use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::error::Call;
use super::{Answer, Body, Error, Method, Request, Result};

/// How often a server may send a call on.
const HOPS_MAX: usize = 5;

/// A request as it goes out.
pub(super) struct Hop {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    /// How often the call was sent on so far, and whether the first request was one that changes something.
    nth: usize,
    changes: bool,
}

impl Hop {
    /// The request as it was asked for; refuses what cannot be sent.
    pub(super) fn first(request: &Request) -> Result<Self> {
        let url = parse(&request.url)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let known = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
            let (name, value) = known.ok_or_else(|| Error::Header { name: name.clone() })?;
            headers.insert(name, value);
        }
        let body = match &request.body {
            Body::Nothing => None,
            Body::Bytes(bytes) => Some(bytes.clone()),
            Body::Json(value) => {
                headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                Some(value.to_plain_json().to_string().into_bytes())
            }
        };
        Ok(Self { method: request.method, url, headers, body, nth: 0, changes: request.method.changes() })
    }

    /// What is said of it in messages.
    pub(super) fn call(&self) -> Call {
        Call::new(self.method, &self.url, self.changes)
    }

    /// Where `answer` sends the call on to, if it does.
    pub(super) fn next(&self, request: &Request, answer: &Answer) -> Result<Option<Self>> {
        let sends_on = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        // A status the caller names is the answer it wants.
        if !request.follow || !sends_on || request.ok.contains(&answer.status) {
            return Ok(None);
        }
        let Some(location) = answer.headers.get("location") else { return Ok(None) };
        let refuse = |why: String| Error::Redirect { call: self.call(), why };
        let url = self.url.join(location).map_err(|_| refuse(format!("to `{location}`, which is no address")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse(format!("to `{location}`, which is no address of a web server")));
        }
        if self.url.scheme() == "https" && url.scheme() == "http" {
            return Err(refuse("from `https` to `http`".into()));
        }
        if self.nth == HOPS_MAX {
            return Err(refuse(format!("more than {HOPS_MAX} times")));
        }
        let method = match (answer.status, self.method) {
            (303, Method::Head) => Method::Head,
            (303, _) | (301 | 302, Method::Post) => Method::Get,
            (_, method) => method,
        };
        let mut headers = self.headers.clone();
        let mut body = self.body.clone();
        if method != self.method {
            headers.remove(CONTENT_TYPE);
            body = None;
        }
        if url.origin() != self.url.origin() {
            // Any header may hold what proves who we are, not only `Authorization`.
            headers = [ACCEPT, CONTENT_TYPE]
                .into_iter()
                .filter_map(|name| headers.remove(&name).map(|value| (name, value)))
                .collect();
        }
        Ok(Some(Self { method, url, headers, body, nth: self.nth + 1, changes: self.changes }))
    }
}

/// `text` as an address is really understood, without user and password; what leave is asked for.
///
/// Two texts can look alike and lead to different servers: `http://good.example@other.example/`.
pub fn address(text: &str) -> std::result::Result<String, runbook_model::Failure> {
    Ok(plain(&parse(text)?).into())
}

/// The address without user and password.
pub(super) fn plain(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only for an address that has no place for them.
    let _ = url.set_password(None).and_then(|()| url.set_username(""));
    url
}

fn parse(text: &str) -> Result<Url> {
    let bad = |why: String| Error::Url { url: text.to_owned(), why };
    let url = Url::parse(text).map_err(|why| bad(why.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(bad(format!("`{other}` is not spoken here, only `http` and `https`"))),
    }
}
