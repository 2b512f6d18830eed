//! Releases as helm keeps them: a secret for each revision, packed twice.

use crate::json::{Value, json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

/// What a release may unfold to.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The name of the secret of a revision.
pub(super) fn name_of(release: &str, revision: i64) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

/// The labels that helm gives a secret itself; all others are the user's.
const OWN: [&str; 6] = ["createdAt", "modifiedAt", "name", "owner", "status", "version"];

/// The secret that holds a revision; the user's labels stand on it and not within.
pub(super) fn secret(revision: &Value, modified: i64) -> Result<Value, String> {
    let (name, number) = (revision["name"].as_str().unwrap_or_default(), revision["version"].as_i64().unwrap_or(0));
    let mut plain = revision.clone();
    let mut labels = plain.as_object_mut().and_then(|plain| plain.remove("labels")).unwrap_or_else(|| json!({}));
    for (label, value) in [("modifiedAt", json!(modified.to_string())), ("name", json!(name)), ("owner", json!("helm"))]
    {
        labels[label] = value;
    }
    labels["status"] = revision["info"]["status"].clone();
    labels["version"] = number.to_string().into();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(plain.to_string().as_bytes()).map_err(|error| error.to_string())?;
    let packed = packed.finish().map_err(|error| error.to_string())?;
    Ok(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {
            "name": name_of(name, number), "namespace": revision["namespace"],
            "labels": labels,
        },
        "data": {"release": STANDARD.encode(STANDARD.encode(packed))},
    }))
}

/// The revision a secret holds.
pub(super) fn read(secret: &Value) -> Option<Value> {
    let outer = STANDARD.decode(secret["data"]["release"].as_str()?).ok()?;
    let packed = STANDARD.decode(outer).ok()?;
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).take(LARGEST).read_to_string(&mut text).ok()?;
    let mut revision: Value = crate::json::from_str(&text).ok()?;
    let mut labels = secret["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.retain(|label, _| !OWN.contains(&label.as_str()));
    revision["labels"] = labels.into();
    Some(revision)
}

/// The labels of a release: those it had, and those that are given as `a=b,c=d`; `null` takes one away.
pub(super) fn labels(had: &Value, given: Option<&str>) -> Value {
    let mut labels = had.as_object().cloned().unwrap_or_default();
    for (label, value) in given.into_iter().flat_map(|text| text.split(',')).filter_map(|pair| pair.split_once('=')) {
        match value {
            "null" => drop(labels.remove(label)),
            value => drop(labels.insert(label.to_owned(), value.into())),
        }
    }
    labels.into()
}

/// A value in YAML.
pub(super) fn yaml(value: &Value) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| error.to_string())
}

/// Objects as one text, as helm keeps and prints them.
pub(super) fn manifest(chart: &str, objects: &[Value]) -> Result<String, String> {
    let mut text = String::new();
    for object in objects {
        let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        text.push_str(&format!("---\n# Source: {chart}/templates/{name}-{kind}.yaml\n{}", yaml(object)?));
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(text)
}

/// The objects of such a text.
pub(super) fn objects(manifest: &str) -> Vec<Value> {
    let parts = format!("\n{manifest}");
    let read = |part: &str| serde_saphyr::from_str::<Value>(part).ok().filter(Value::is_object);
    parts.split("\n---").filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_comes_out_of_its_secret_as_it_went_in() {
        let revision = json!({"name": "web", "namespace": "shop", "version": 3, "info": {"status": "deployed"}, "labels": {},
            "manifest": manifest("web", &[json!({"kind": "A", "metadata": {"name": "a"}}), json!({"kind": "B"})]).unwrap()});
        let secret = secret(&revision, 7).unwrap();
        assert_eq!(secret["metadata"]["name"], "sh.helm.release.v1.web.v3");
        assert_eq!(secret["metadata"]["labels"]["status"], "deployed");
        assert_eq!(read(&secret).unwrap(), revision);
        let kinds: Vec<Value> =
            objects(revision["manifest"].as_str().unwrap()).into_iter().map(|it| it["kind"].clone()).collect();
        assert_eq!(kinds, ["A", "B"]);
    }

    #[test]
    fn a_secret_of_something_else_is_no_revision() {
        for data in ["", "%", "eA==", "ZUE9PQ=="] {
            assert_eq!(read(&json!({"data": {"release": data}})), None);
        }
    }
}
