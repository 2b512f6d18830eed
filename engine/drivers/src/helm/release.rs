//! One revision of a release, as helm keeps it in a secret.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use runbook_model::{Failure, Value, code};
use serde_json::Value as Json;

use super::secrets::Secret;

/// How large a release may unfold: what stops a small secret that means gigabytes.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// One revision of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// The namespace it is in.
    pub namespace: String,
    /// Its number, from 1.
    pub revision: i64,
    /// Which call of ours made it, where one did.
    pub call: Option<String>,
    /// What helm says of it: `deployed`, `failed`, `superseded`, `pending-upgrade`…
    pub status: String,
    /// What whoever made it says of it.
    pub description: String,
    /// When it was made or last changed, as helm writes times.
    pub when: String,
    /// The name of its chart.
    pub chart: String,
    /// The version of its chart.
    pub version: String,
    /// The version of what the chart installs.
    pub app_version: String,
    /// What the chart tells whoever installed it.
    pub notes: String,
    /// Its objects, in YAML.
    pub manifest: String,
    /// Its hooks, as helm keeps them.
    pub hooks: Json,
    /// The values that were given.
    pub given: Json,
    /// The values the chart has by itself.
    pub defaults: Json,
}

impl Release {
    /// The revision that `secret` holds.
    pub(super) fn read(secret: &Secret) -> Result<Self, Failure> {
        let unreadable = |why: String| {
            let what =
                format!("the secret `{}` in `{}` holds no release that can be read", secret.name, secret.namespace);
            Failure::new(code::HELM_RELEASE, what).because(why).hint("look at it with `helm history`")
        };
        let json = unfold(&secret.data).map_err(unreadable)?;
        let text = |path: &str| json.pointer(path).and_then(Json::as_str).unwrap_or_default().to_owned();
        let part = |path: &str| json.pointer(path).filter(|part| !part.is_null()).cloned();
        let empty = || Json::Object(serde_json::Map::new());
        Ok(Self {
            name: text("/name"),
            namespace: Some(text("/namespace")).filter(|text| !text.is_empty()).unwrap_or(secret.namespace.clone()),
            revision: json.get("version").and_then(Json::as_i64).unwrap_or(secret.revision),
            call: secret.call.clone(),
            status: text("/info/status"),
            description: text("/info/description"),
            when: text("/info/last_deployed"),
            chart: text("/chart/metadata/name"),
            version: text("/chart/metadata/version"),
            app_version: text("/chart/metadata/appVersion"),
            notes: text("/info/notes"),
            manifest: text("/manifest"),
            hooks: part("/hooks").unwrap_or(Json::Array(Vec::new())),
            given: part("/config").unwrap_or_else(empty),
            defaults: part("/chart/values").unwrap_or_else(empty),
        })
    }

    /// Whether an operation on it was begun and has not ended.
    pub fn is_pending(&self) -> bool {
        is_pending(&self.status)
    }

    /// What the chart's own values and those that were given come to. Those of a chart within the chart are not kept
    /// by helm, and so are not among them.
    pub fn values(&self) -> Json {
        super::values::over(&self.defaults, &self.given)
    }

    /// What a script gets of it.
    pub fn to_value(&self) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        Value::from([
            ("release", text(&self.name)),
            ("namespace", text(&self.namespace)),
            ("revision", Value::Int(self.revision)),
            ("status", text(&self.status)),
            ("pending", Value::Bool(self.is_pending())),
            ("description", text(&self.description)),
            ("when", text(&self.when)),
            ("chart", text(&self.chart)),
            ("version", text(&self.version)),
            ("app_version", text(&self.app_version)),
        ])
    }

    /// One line of what it is and who made it when.
    pub fn brief(&self) -> String {
        format!("revision {} is `{}` since {}, described `{}`", self.revision, self.status, self.when, self.description)
    }
}

/// Whether `status` says that an operation was begun and has not ended.
pub(super) fn is_pending(status: &str) -> bool {
    status.starts_with("pending-")
}

/// base64 by Kubernetes, base64 by helm, gzip, JSON.
fn unfold(data: &str) -> Result<Json, String> {
    let outer = BASE64.decode(data.trim()).map_err(|bad| bad.to_string())?;
    let inner = BASE64.decode(outer.trim_ascii()).map_err(|bad| bad.to_string())?;
    let mut plain = inner;
    if plain.starts_with(&GZIP) {
        let mut unfolded = Vec::new();
        let read = GzDecoder::new(plain.as_slice()).take(BYTES_MAX + 1).read_to_end(&mut unfolded);
        if read.map_err(|bad| bad.to_string())? as u64 > BYTES_MAX {
            return Err(format!("it unfolds to more than {} MiB", BYTES_MAX >> 20));
        }
        plain = unfolded;
    }
    let json: Json = serde_json::from_slice(&plain).map_err(|bad| bad.to_string())?;
    if json.is_object() { Ok(json) } else { Err("it is not a map".to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn secret(data: String) -> Secret {
        let (name, namespace) = ("sh.helm.release.v1.a.v3".to_owned(), "ns".to_owned());
        Secret { name, namespace, release: "a".into(), revision: 3, data, call: None }
    }

    fn folded(json: &str, zip: bool) -> String {
        let mut plain = json.as_bytes().to_vec();
        if zip {
            let mut to = GzEncoder::new(Vec::new(), Compression::fast());
            to.write_all(&plain).unwrap();
            plain = to.finish().unwrap();
        }
        BASE64.encode(BASE64.encode(plain))
    }

    #[test]
    fn a_release_is_read_with_and_without_gzip() {
        let json = r#"{"name":"a","version":3,"info":{"status":"deployed"},"chart":{"values":{"x":1}},"config":null}"#;
        for zip in [true, false] {
            let release = Release::read(&secret(folded(json, zip))).unwrap();
            assert_eq!((release.revision, release.status.as_str(), release.namespace.as_str()), (3, "deployed", "ns"));
            assert_eq!(release.values(), serde_json::json!({"x": 1}));
        }
    }

    #[test]
    fn a_secret_that_holds_something_else_is_refused_and_never_a_panic() {
        let cut = folded(r#"{"name":"a"}"#, true);
        for data in ["", "%", "eA==", &folded("[]", true), &folded("{", false), &cut[..cut.len() - 12]] {
            assert_eq!(Release::read(&secret(data.to_owned())).unwrap_err().code, code::HELM_RELEASE, "{data}");
        }
    }
}
