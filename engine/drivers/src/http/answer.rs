//! What a server answered.

use std::collections::BTreeMap;

use runbook_model::Value;

use super::redirect::Hop;
use super::{BODY_BYTES_MAX, Error, Result};

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, with names in lower case; several of one name are joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) async fn take_in(mut response: reqwest::Response, hop: &Hop) -> Result<Self> {
        let status = response.status().as_u16();
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in response.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            let all = headers.entry(name.as_str().to_owned()).or_default();
            if !all.is_empty() {
                all.push_str(", ");
            }
            all.push_str(&value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|trouble| Error::of(hop.call(), trouble))? {
            if body.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(Error::Large { call: hop.call() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, headers, body })
    }

    /// Its body as a value, where it says that it is JSON and is.
    pub fn json(&self) -> Option<Value> {
        let kind = self.headers.get("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
        if kind != "application/json" && !kind.ends_with("+json") {
            return None;
        }
        serde_json::from_slice(&self.body).ok().map(Value::from_plain_json)
    }

    /// As a script sees it: `#{status, headers, body, json}`. The body is text, or bytes where it is not UTF-8.
    pub fn into_value(self) -> Value {
        let json = self.json();
        let headers = self.headers.into_iter().map(|(name, value)| (name, Value::Text(value))).collect();
        let body = String::from_utf8(self.body).map_or_else(|bad| Value::Blob(bad.into_bytes()), Value::Text);
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        entries.insert("status".into(), Value::Int(i64::from(self.status)));
        entries.insert("headers".into(), Value::Map(headers));
        entries.insert("body".into(), body);
        entries.extend(json.map(|json| ("json".into(), json)));
        Value::Map(entries)
    }
}
