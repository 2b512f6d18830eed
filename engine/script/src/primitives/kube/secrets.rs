//! What a Secret holds is masked from the moment a runbook sees it, as what `secret` gives is.
//!
//! Promises: each value is known in the form in which it is kept, in clear, and, where it has lines, line by line; also
//! the passwords within what logs in to a registry. What the object says openly of itself, and the public half of what
//! the cluster itself makes, is no secret: to blank `kube-system` everywhere would blank the run.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rhai::{EvalAltResult, NativeCallContext};
use runbook_drivers::kube::Ref;
use runbook_model::{Failure, Mask, Value, code};

use crate::bench::{ahead, allow};
use crate::frame::{Frame, fail};
use crate::front::{in_cluster, secret_text};

/// Lines shorter than this are not known on their own: they stand in too much else.
const LINE_BYTES_MIN: usize = 16;
/// The keys of a Secret whose values are public, with its type.
const PUBLIC: [(&str, &str); 5] = [
    ("kubernetes.io/service-account-token", "ca.crt"),
    ("kubernetes.io/service-account-token", "namespace"),
    ("kubernetes.io/tls", "ca.crt"),
    ("kubernetes.io/tls", "tls.crt"),
    ("kubernetes.io/basic-auth", "username"),
];
/// What is no secret, whoever keeps it in one.
const PLAIN: [&str; 5] = ["default", "false", "none", "null", "true"];
/// What in a login to a registry is secret.
const LOGIN: [&str; 4] = ["auth", "identitytoken", "password", "registrytoken"];
/// Where `kubectl` notes a whole Secret once more.
const NOTE: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Has `mask` know what the Secrets in `value` hold; anything else is left alone.
pub(super) fn learn(mask: &Mask, value: &Value) {
    match text(value, "kind") {
        "Secret" => learn_one(mask, value),
        "SecretList" | "List" => {
            if let Some(Value::List(items)) = value.get("items") {
                let whole = text(value, "kind") == "SecretList";
                items
                    .iter()
                    .filter(|item| whole || text(item, "kind") == "Secret")
                    .for_each(|one| learn_one(mask, one));
            }
        }
        _ => {}
    }
}

fn learn_one(mask: &Mask, secret: &Value) {
    let meta = secret.get("metadata");
    let of = |key: &str| meta.map_or("", |meta| text(meta, key));
    let (namespace, name) = (of("namespace"), of("name"));
    let mut known = Vec::new();
    if let Some(Value::Map(data)) = secret.get("data") {
        for (key, kept) in data {
            let Value::Text(kept) = kept else { continue };
            let clear = STANDARD.decode(kept).unwrap_or_default();
            let clear = String::from_utf8(clear).unwrap_or_default();
            let open = [namespace, name, key.as_str()].contains(&clear.trim()) || PLAIN.contains(&clear.trim());
            if open || PUBLIC.contains(&(text(secret, "type"), key)) {
                continue;
            }
            let as_one = format!("kube:{namespace}/{name}/{key}");
            known.push((as_one.clone(), kept.clone()));
            parts(&clear).for_each(|part| known.push((as_one.clone(), part)));
            known.extend(logins(&clear).into_iter().map(|login| (as_one.clone(), login)));
        }
    }
    let note = meta.and_then(|meta| meta.get("annotations")).map_or("", |notes| text(notes, NOTE));
    if let Ok(noted) = serde_json::from_str::<serde_json::Value>(note) {
        let fields = noted.get("stringData").and_then(serde_json::Value::as_object).into_iter().flatten();
        for (key, clear) in fields.filter_map(|(key, clear)| Some((key, clear.as_str()?))) {
            parts(clear).for_each(|part| known.push((format!("kube:{namespace}/{name}/{key}"), part)));
        }
    }
    mask.learn_all(known);
}

/// A text whole and, where it has several lines, each that tells enough.
fn parts(clear: &str) -> impl Iterator<Item = String> {
    let lines = clear.lines().map(str::trim).filter(|_| clear.trim().contains('\n'));
    let telling = lines.filter(|line| line.len() >= LINE_BYTES_MIN && !line.starts_with("-----"));
    std::iter::once(clear).chain(telling).map(str::to_owned)
}

/// The passwords in the JSON with which a registry is logged in to.
fn logins(clear: &str) -> Vec<String> {
    let Ok(serde_json::Value::Object(config)) = serde_json::from_str(clear) else { return Vec::new() };
    let registries = config.get("auths").and_then(serde_json::Value::as_object).into_iter().flatten();
    let each = registries.flat_map(|(_, login)| LOGIN.map(|key| login.get(key).and_then(serde_json::Value::as_str)));
    each.flatten().map(str::to_owned).collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_text).unwrap_or_default()
}

/// The secret that `reference` names in the cluster; nothing where it leads elsewhere.
pub(crate) fn read(ctx: &NativeCallContext, reference: &str) -> Result<Option<String>, Box<EvalAltResult>> {
    let Some((namespace, name, key)) = in_cluster(reference) else { return Ok(None) };
    allow(ctx, "kube", "read", &format!("secrets {namespace}/{name}"))?;
    let bench = Arc::clone(Frame::of(ctx)?.bench());
    let found = ahead(ctx, async {
        let cluster = bench.hands.cluster().await?;
        cluster.get(&Ref::new("v1/Secret", namespace, name)).await
    })?;
    learn(&bench.mask, &found);
    let kept = found.get("data").map_or("", |data| text(data, key));
    let clear = match STANDARD.decode(kept) {
        Ok(bytes) if !bytes.is_empty() => secret_text(reference, bytes),
        _ => Err(Failure::new(code::SECRET_MISSING, format!("secret `{namespace}/{name}` has nothing at `{key}`"))
            .hint(format!("see its keys with `kubectl -n {namespace} describe secret {name}`"))),
    };
    clear.map(Some).map_err(|failure| fail(ctx, &failure))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(kind: &str, pairs: &[(&str, &str)]) -> Value {
        let data = pairs.iter().map(|(key, clear)| ((*key).to_owned(), Value::Text(STANDARD.encode(clear))));
        Value::from([
            ("kind", Value::from("Secret")),
            ("type", Value::from(kind)),
            ("metadata", Value::from([("namespace", Value::from("shop")), ("name", Value::from("db"))])),
            ("data", Value::Map(data.collect())),
        ])
    }

    #[test]
    fn what_a_secret_holds_is_masked_in_every_form_it_comes_in() {
        let mask = Mask::default();
        let pem = "-----BEGIN KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEF\n-----END KEY-----\n";
        let login = r#"{"auths":{"r.example.com":{"username":"ann","password":"opensesame"}}}"#;
        learn(&mask, &secret("Opaque", &[("password", "hunter22"), ("key", pem), ("login", login)]));
        assert_eq!(mask.text("it is hunter22!"), "it is «kube:shop/db/password»!");
        assert_eq!(mask.text(&STANDARD.encode("hunter22")), "«kube:shop/db/password»");
        assert_eq!(mask.text("MIIEvgIBADANBgkqhkiG9w0BAQEF"), "«kube:shop/db/key»");
        assert_eq!(mask.text("opensesame"), "«kube:shop/db/login»");
        assert_eq!(mask.text("-----BEGIN KEY-----"), "-----BEGIN KEY-----");
    }

    #[test]
    fn what_is_open_anyway_stays_readable() {
        let mask = Mask::default();
        let token = "kubernetes.io/service-account-token";
        learn(&mask, &secret(token, &[("namespace", "shop"), ("ca.crt", "public"), ("token", "eyJhbGciOi")]));
        learn(&mask, &secret("Opaque", &[("enabled", "true"), ("of", "shop"), ("db", "db")]));
        let open = "shop public true db";
        assert_eq!(mask.text(open), open);
        assert_eq!(mask.text("eyJhbGciOi"), "«kube:shop/db/token»");
    }

    #[test]
    fn a_list_of_secrets_is_learnt_whole_and_other_objects_are_not() {
        let mask = Mask::default();
        let mut one = secret("Opaque", &[("password", "hunter22")]);
        if let Value::Map(map) = &mut one {
            map.remove("kind");
        }
        let list = Value::from([("kind", Value::from("SecretList")), ("items", Value::List(vec![one.clone()]))]);
        learn(&mask, &Value::from([("kind", Value::from("ConfigMap")), ("data", one.get("data").unwrap().clone())]));
        assert_eq!(mask.text("hunter22"), "hunter22");
        learn(&mask, &list);
        assert_eq!(mask.text("hunter22"), "«kube:shop/db/password»");
    }
}
