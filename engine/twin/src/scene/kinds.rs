//! Kinds that somebody's definitions have added to the cluster of a scene, in a line each.

use super::reader::{Read, Reader};
use serde_json::{Value, json};

/// The definition of one: `{name: volumes.longhorn.io, kind: Volume, version: v1beta2}`. It takes any fields.
pub(super) fn definition(mut map: Reader) -> Read<Value> {
    let (name, kind, version) = (map.must("name")?, map.must("kind")?, map.must("version")?);
    let (short, cluster, status) = (map.texts("short")?, map.flag("cluster")?, map.flag("status")?);
    let columns: Vec<Value> = map
        .map("columns")?
        .into_iter()
        .map(|(name, path)| json!({"name": name, "type": "string", "jsonPath": path}))
        .collect();
    map.end()?;
    let (plural, group) = name.split_once('.').unwrap_or((&name, ""));
    let mut one = json!({"name": version, "served": true, "storage": true, "schema": {
        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    }});
    if status {
        one["subresources"] = json!({"status": {}});
    }
    if !columns.is_empty() {
        one["additionalPrinterColumns"] = columns.into();
    }
    let mut names =
        json!({"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List")});
    if !short.is_empty() {
        names["shortNames"] = json!(short);
    }
    Ok(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name},
        "spec": {"group": group, "scope": if cluster { "Cluster" } else { "Namespaced" }, "names": names,
            "conversion": {"strategy": "None"}, "versions": [one]},
    }))
}
