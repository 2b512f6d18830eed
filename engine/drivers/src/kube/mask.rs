//! Secrets never reach a record: what an object of the kind `Secret` holds is kept as its digest.

use runbook_model::Value;
use sha2::{Digest, Sha256};

use super::names::Target;
use super::object;

/// Where a Secret, or a note `kubectl` left on it, has what nobody else may read.
const HIDDEN: [&[&str]; 3] =
    [&["data"], &["stringData"], &["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"]];

/// Whether the objects of this kind hold what must not be kept.
pub(super) fn hides(target: &Target) -> bool {
    target.kind.group.is_empty() && target.kind.name == "Secret"
}

/// The object as it may be kept.
pub(super) fn kept(target: &Target, mut whole: Value) -> Value {
    if hides(target) {
        for path in HIDDEN {
            if let Some(hidden) = object::at(&whole, path).cloned() {
                object::put(&mut whole, path, digested(hidden));
            }
        }
    }
    whole
}

/// Whether a path leads to something that was not kept.
pub(super) fn is_hidden(target: &Target, path: &[String]) -> bool {
    hides(target) && HIDDEN.iter().any(|hidden| path.iter().zip(*hidden).all(|(a, b)| a == b))
}

fn digested(value: Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(map.into_iter().map(|(key, value)| (key, digested(value))).collect()),
        other => {
            let digest = Sha256::digest(other.to_string());
            Value::Text(digest.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn what_a_secret_holds_is_kept_as_its_digest() {
        let kind = Kind { name: "Secret".into(), version: "v1".into(), ..Kind::default() };
        let target = Target { kind, namespace: None, name: "s".into() };
        let whole =
            super::super::plain::read(r#"{"metadata":{"name":"s"},"data":{"k":"aGlkZGVu"},"type":"Opaque"}"#).unwrap();
        let safe = kept(&target, whole.clone());
        assert!(!safe.to_string().contains("aGlkZGVu"));
        assert!(object::text(&safe, &["data", "k"]).unwrap().starts_with("sha256:"));
        assert_eq!(object::text(&safe, &["type"]), Some("Opaque"));
        let other = Target { kind: Kind { name: "ConfigMap".into(), ..Kind::default() }, ..target };
        assert_eq!(kept(&other, whole.clone()), whole);
    }
}
